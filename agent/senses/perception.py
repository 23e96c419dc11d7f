"""Perception: all senses behind one door, readings in and events out; live sensors and replays share it."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.events import Cue, Event, Gap, Power, Press
from agent.senses.place import place
from agent.senses.sight import Seeing
from agent.senses.sound import Hearing
from agent.senses.speech import Listening
from agent.senses.stress import Feeling
from sensors import readings
from sensors.readings import Reading


@dataclass(frozen=True, slots=True)
class Senses:
    """The senses that are switched on; None for one that is not."""

    hearing: Hearing | None = None
    feeling: Feeling | None = None
    listening: Listening | None = None
    seeing: Seeing | None = None

    def take(self, reading: Reading) -> list[Event]:
        """The events that a reading is, once the sense it belongs to has looked at it."""
        match reading:
            case readings.Sound():
                return list(self._heard(reading))
            case readings.Frame():
                return list(self.seeing.see(reading)) if self.seeing else []
            case readings.Vitals():
                return list(self.feeling.feel(reading)) if self.feeling else []
            case readings.Position():
                return list(place(reading))
            case readings.Press():
                return [Press(reading.at, reading.press)]
            case readings.Power():
                known = reading.battery, reading.volts_low, reading.celsius
                return [Power(reading.at, *known, throttled=reading.throttled)]
            case readings.Loss():
                return [Gap(reading.at, reading.sensor, reading.lost, reading.why)]
        return []

    def _heard(self, sound: readings.Sound) -> list[Cue]:
        """What both ears make of a block, in order of time: so it is alike whatever the blocks' size."""
        screams = self.hearing.hear(sound) if self.hearing else []
        voices = self.listening.hear(sound) if self.listening else []
        return sorted((*screams, *voices), key=lambda cue: cue.at)
