"""Whole scenarios made in code, of the sounds in sensors/sounds: `walk`, the demo's minute at night."""

from __future__ import annotations

from sensors.synth.night import walk

__all__ = ["walk"]
