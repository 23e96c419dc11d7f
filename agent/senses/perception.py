"""Perception: all senses behind one door, readings in and events out; live sensors and replays share it."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.events import Event, Fix, Gap, Press
from agent.senses.sound import Hearing
from sensors import readings
from sensors.readings import Reading, Sound


@dataclass(frozen=True, slots=True)
class Senses:
    """The senses that are switched on; None for one that is not."""

    hearing: Hearing | None = None

    def take(self, reading: Reading) -> list[Event]:
        """The events that a reading is, once the sense it belongs to has looked at it."""
        match reading:
            case Sound():
                return list(self.hearing.hear(reading)) if self.hearing else []
            case readings.Position():
                return [
                    Fix(reading.at, reading.latitude, reading.longitude, reading.accuracy_m, reading.source)
                ]
            case readings.Press():
                return [Press(reading.at, reading.press)]
            case readings.Loss():
                return [Gap(reading.at, reading.sensor, reading.lost, reading.why)]
        return []
