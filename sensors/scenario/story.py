"""What a scenario is: layers of sound, what sensors give, what goes wrong, what is true and expected.

Times are seconds from the scenario's start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from sensors.readings import Position, Press, Vitals

PARTS = ("scream", "voice", "face", "band", "position")
"""What a scenario can be played without: the layers of that name (voice: the babble), or the sensor."""

SENSORS = ("microphone", "camera", "band", "gps")
"""Names of the sensors that can have a fault; the same as in their SensorLost."""

EVENTS = ("pre_alarm", "alarm", "update", "cancelled", "acknowledged", "resolved", "health")
"""Events of which a scenario can say whether, or between which two times, it expects them."""

Expected = bool | tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layer:
    """One sound in the mix, from `at` on, `gain_db` louder (dB re the file, or re a made sound's own level).

    Either `file` or `synth` (a name of sensors.sounds.MAKERS). `seconds` cuts it; None: to its own end.
    """

    file: Path | None = None
    synth: str | None = None
    at: float = 0.0
    gain_db: float = 0.0
    seconds: float | None = None

    @property
    def name(self) -> str:
        """What it is of: `scream` for the made scream and for scream.ogg."""
        return self.synth or (self.file.stem if self.file else "")


@dataclass(frozen=True, slots=True)
class Fault:
    """The sensor gives nothing from `start` up to, but not at, `end`."""

    sensor: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happens: the cue is there between the two times."""

    cue: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario. `expect` holds, by event, whether it must come, or between which two times."""

    seconds: float
    seed: int = 0
    audio: tuple[Layer, ...] = ()
    video: Path | None = None
    band: tuple[Vitals, ...] = ()
    position: tuple[Position, ...] = ()
    presses: tuple[Press, ...] = ()
    faults: tuple[Fault, ...] = ()
    truth: tuple[Truth, ...] = ()
    expect: Mapping[str, Expected] = field(default_factory=lambda: MappingProxyType({}))
