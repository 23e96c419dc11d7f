"""The place sense: a valid position becomes a Fix; what cannot be true is no Fix."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from agent.core.events import Fix

if TYPE_CHECKING:
    from sensors.readings import Position

FARTHEST_M = 10_000.0
"""A circle wider than this does not tell anybody where to go."""


def place(position: Position) -> list[Fix]:
    """The Fix of a position (WGS 84), or none: no numbers, off the globe, 0/0, or accurate to over 10 km."""
    latitude, longitude, accuracy_m = position.latitude, position.longitude, position.accuracy_m
    on_earth = isfinite(position.at) and abs(latitude) <= 90 and abs(longitude) <= 180  # false for nan
    somewhere = (latitude, longitude) != (0.0, 0.0)  # what receivers say before they know
    useful = accuracy_m is None or 0 <= accuracy_m <= FARTHEST_M
    if not (on_earth and somewhere and useful):
        return []
    return [Fix(position.at, latitude, longitude, accuracy_m, position.source)]
