"""Scenarios: a stretch of somebody's life, in a folder or made in code, that plays as readings.

story.py says what one is, reading.py reads `scenario.yaml` strictly (tables.py its CSV and NMEA files,
strict.py its keys and lines), play.py turns it into readings, in order of time, the same on every run.
"""

from __future__ import annotations

from sensors.scenario.play import Replay, readings
from sensors.scenario.reading import load
from sensors.scenario.story import PARTS, SENSORS, Fault, Layer, Scenario, Truth

__all__ = ["PARTS", "SENSORS", "Fault", "Layer", "Replay", "Scenario", "Truth", "load", "readings"]
