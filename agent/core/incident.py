"""Incident: one story from first suspicion to its end, as a literal state table.

Theory. The incident is a finite automaton: `TABLE[state, signal]` is (next state, act), or STAY where
the signal changes nothing. Every cell is written; one that is missing fails at import. Time enters as
the signal TIMEOUT, once a state has lasted LASTS; what a signal is made of is watch.py's business.
Acts are what is told; `since` starts anew when the state changes or the act is in RESTARTS.

Two rules stand behind the cells. The wearer's cancel ends only what nobody has been alarmed by; later
it is told and asked about, since it may be forced. And whatever says "worse" (SOS, a duress PIN) is
heard in every state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from agent.core.events import Fix
from agent.core.notice import Address, Reason
from agent.core.policy import Policy


class State(Enum):
    """Where a story stands; `calm` is no incident at all."""

    CALM = "calm"
    PRE_ALARM = "pre_alarm"
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"


class Signal(Enum):
    """What can happen to a story."""

    SUSPECT = "suspicion"
    CHECKIN = "check-in not answered"
    SOS = "SOS"
    CANCEL = "cancel"
    DURESS = "duress PIN"
    TIMEOUT = "time is up"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    NEWS = "news"


class Act(Enum):
    """What is told; the value's first word is the notice's kind."""

    WARN = "pre_alarm"
    ALARM = "alarm"
    CALL_OFF = "cancelled"
    ESCALATE = "escalated"
    LAPSE = "escalated (whoever acknowledged has not closed it)"
    TELL_WHO = "acknowledged"
    UPDATE = "update"
    DOUBT = "update (cancel was pressed)"
    CLOSE = "resolved"

    @property
    def kind(self) -> str:
        """The notice's kind."""
        return self.value.split(" ", 1)[0]


Cell = tuple[State, Act] | None
C, P, A, K = State
STAY: Cell = None
WARN: Cell = (P, Act.WARN)
OFF: Cell = (C, Act.CALL_OFF)
ALARM: Cell = (A, Act.ALARM)
NEXT: Cell = (A, Act.ESCALATE)
LAPSE: Cell = (A, Act.LAPSE)
WHO: Cell = (K, Act.TELL_WHO)
END: Cell = (C, Act.CLOSE)
A_NEWS: Cell = (A, Act.UPDATE)
A_DOUBT: Cell = (A, Act.DOUBT)
K_NEWS: Cell = (K, Act.UPDATE)
K_DOUBT: Cell = (K, Act.DOUBT)

# fmt: off
#      SUSPECT CHECKIN  SOS    CANCEL   DURESS  TIMEOUT  ACKNOWLEDGE  RESOLVE  NEWS
ROWS: dict[State, tuple[Cell, ...]] = {
    C: (WARN,  WARN,    ALARM, STAY,    ALARM,  STAY,    STAY,        STAY,    STAY),
    P: (STAY,  STAY,    ALARM, OFF,     ALARM,  ALARM,   STAY,        STAY,    STAY),
    A: (STAY,  A_NEWS,  ALARM, A_DOUBT, ALARM,  NEXT,    WHO,         END,     A_NEWS),
    K: (STAY,  K_NEWS,  ALARM, K_DOUBT, ALARM,  LAPSE,   WHO,         END,     K_NEWS),
}
# fmt: on
TABLE = {(s, signal): cell for s, row in ROWS.items() for signal, cell in zip(Signal, row, strict=True)}
RESTARTS = frozenset({Act.ALARM, Act.ESCALATE, Act.LAPSE, Act.TELL_WHO})


@dataclass(frozen=True, slots=True)
class Incident:
    """One open story. `since`: its state began (monotonic s); `peak`: highest belief so far.

    told: who has had a notice of it and so hears the end too. seq: of its newest notice. spoke: when
    all who were told last heard of it; told_fix: the position they have; updates: how many so far.
    tier: the last one alarmed. doubted_by: who says that all is well, since the last alarm. lapsed_by:
    whose acknowledgement lapsed, till there is another. silenced: the wearer has switched the siren off.
    countdown_s: how long its pre-alarm lasts, where that is not the policy's usual time. track: the way since
    the check-in that was not answered.
    """

    id: str
    state: State
    since: float
    peak: float
    reasons: tuple[Reason, ...]
    told: tuple[Address, ...] = ()
    seq: int = 0
    spoke: float = 0.0
    updates: int = 0
    told_fix: Fix | None = None
    tier: int = 0
    acknowledged_by: str | None = None
    sos: bool = False
    duress: bool = False
    doubted_by: str | None = None
    countdown_s: float | None = None
    lapsed_by: str | None = None
    silenced: bool = False
    track: tuple[Fix, ...] = ()


def lasts(incident: Incident, policy: Policy) -> float | None:
    """Seconds after which its state's time is up; None for calm."""
    return {
        State.PRE_ALARM: policy.countdown_s if incident.countdown_s is None else incident.countdown_s,
        State.ACTIVE: policy.tier_delay_s,
        State.ACKNOWLEDGED: policy.acknowledge_lasts_s,
    }.get(incident.state)


def overdue(incident: Incident, at: float, policy: Policy) -> bool:
    """Whether the state's time is up."""
    limit = lasts(incident, policy)
    return limit is not None and at >= incident.since + limit


def table_as_markdown() -> str:
    """The table as the documentation shows it."""
    head = ["in", *(signal.value for signal in Signal)]
    rows = [[state.value, *map(_cell, row)] for state, row in ROWS.items()]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _cell(cell: Cell) -> str:
    return "-" if cell is None else f"**{cell[0].value}**, tells {cell[1].value}"
