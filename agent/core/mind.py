"""Mind: all that the agent knows, one frozen value that step() turns into the next."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core import belief as beliefs
from agent.core.belief import Belief
from agent.core.checkin import CheckIn
from agent.core.deliveries import Deliveries
from agent.core.drills import Drills
from agent.core.events import Fix, Gap, Power
from agent.core.incident import Incident, State
from agent.core.policy import Policy
from agent.core.power import Worries


@dataclass(frozen=True, slots=True)
class Mute:
    """After a cancel: the same causes, no stronger than this belief, raise nothing until then.

    It starts when the closing notice (incident_id, seq) has been taken by somebody's channel; till then
    `until` is None and nothing is mute. kinds: the cues that weighed at least as much as a hit.
    """

    kinds: tuple[str, ...]
    strength: float
    until: float | None
    incident_id: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """All that the mind knows. `offset` + `at` is wall time; `seed` and `count` name incidents.

    gaps: the parts that are lost (`open`), and those that are back but not for long. utc_offset_s: of
    local time, None while unknown. worries: what is wrong with the supply and has been told. cover:
    after a duress PIN, what the mind would be had it been the right one (core/cover.py).
    """

    at: float
    offset: float
    seed: str
    belief: Belief
    incident: Incident | None = None
    fix: Fix | None = None
    gaps: tuple[Gap, ...] = ()
    mute: Mute | None = None
    paused_until: float | None = None
    count: int = 0
    utc_offset_s: float | None = None
    checkin: CheckIn | None = None
    power: Power | None = None
    worries: Worries = ()
    deliveries: Deliveries = ()
    drills: Drills = ()
    cover: Watch | None = None

    @property
    def wall(self) -> float:
        """Unix seconds now."""
        return self.at + self.offset

    @property
    def battery(self) -> float | None:
        """The device's own, 0..1; None where it has none."""
        return self.power.battery if self.power else None

    @property
    def state(self) -> State:
        """Where the open story stands; calm without one."""
        return self.incident.state if self.incident else State.CALM


def begin(at: float, wall: float, seed: str, policy: Policy) -> Watch:
    """A mind that knows nothing yet."""
    return Watch(at, wall - at, seed, beliefs.weigh((), at, policy))
