"""Policy: every number the mind decides by, checked when it is made.

Log-odds are natural (nats). A sense's probability p was calibrated on a mix with `base_rate` positives,
so what a look adds is its log-likelihood ratio, logit(p) - logit(base_rate) (Good 1950, "weight of
evidence"), times `weight`, never below 0 and never above `cap`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from math import exp, inf, log

from agent.core.notice import Address

DAY_S = 86_400.0
AT_ALARM = ("nothing", "lamp", "siren")


def logit(probability: float) -> float:
    """Log-odds of a probability, which is kept 1e-6 away from 0 and 1 so that it stays finite."""
    p = min(max(probability, 1e-6), 1 - 1e-6)
    return log(p / (1 - p))


def sigmoid(log_odds: float) -> float:
    """Probability of log-odds (nats)."""
    return 1 / (1 + exp(-log_odds))


@dataclass(frozen=True, slots=True)
class CueRule:
    """How one kind of cue counts.

    base_rate: share of positives in the mix on which the sense was calibrated. weight: trust, 0..1 or
    so. cap: most log-odds that it may add. half_life_s: how fast what it added fades. hit: a look with
    at least this probability supports an alarm. overwhelming: one look that is enough alone.
    alone: may raise an alarm by itself, and with a hit of any other kind. witness: may raise one with
    another witness (voice and face), never by itself. Neither: only supports what may (stress).
    """

    base_rate: float
    hit: float
    overwhelming: float
    weight: float = 1.0
    cap: float = 8.0
    half_life_s: float = 6.0
    alone: bool = True
    witness: bool = False

    def share(self, probability: float) -> float:
        """Log-odds that one look with this probability adds."""
        return min(max(self.weight * (logit(probability) - logit(self.base_rate)), 0.0), self.cap)


@dataclass(frozen=True, slots=True)
class Contact:
    """One person who is told, in tier 1, 2 ...; `warn`: also, quietly, of a pre-alarm.

    answers: there is a way by which a drill can be answered.
    """

    name: str
    addresses: tuple[Address, ...]
    tier: int = 1
    warn: bool = False
    answers: bool = True


def default_cues() -> dict[str, CueRule]:
    """The rules of the senses that ship.

    Scream: of the rules that `python -m bench.road --split val --choose` lists, the one that finds most
    screams with at most 80 pre-alarms an hour of nothing but hard negatives and none in daily life, with
    scream 0.2.0; with 0.3.0 it finds 74.0 % there at 66 an hour, no rule within these bounds over 75.3 %.
    Stress: a vote for what is heard, never an alarm; a hit is its card's setting of 1 % of calm looks.
    Voice, face: witnesses. Of the levels that `python -m bench.witnesses --split val --choose` lists, those
    with which ordinary speech before strangers' faces raises under 0.1 pre-alarms an hour, on at least three
    false hits each, and which find most fear, chosen with voice 0.1.0 and face 0.1.0. With voice 0.4.0 and
    face 0.3.0 they find 4 % of pairs in fear and 35 % in anger, and raise none in 4.1 h of ordinary speech.
    Beside a scream a voice adds none, true or false. The caps keep one of them alone under 0.6.
    """
    return {
        "scream": CueRule(base_rate=0.1, hit=0.3, overwhelming=0.7),
        "stress": CueRule(base_rate=0.1, hit=0.6, overwhelming=1.0, cap=2.5, half_life_s=20.0, alone=False),
        "voice": CueRule(base_rate=0.29, hit=0.9, overwhelming=1.0, cap=2.5, alone=False, witness=True),
        "face": CueRule(base_rate=0.1, hit=0.7, overwhelming=1.0, cap=2.5, alone=False, witness=True),
    }


@dataclass(frozen=True, slots=True)
class Policy:
    """What is suspicious enough, who is told, and how long everything lasts (seconds).

    prior: P(distress) of a moment that is worth a look, before it is heard; with a cue's base_rate, one
    look's belief is its own probability. threshold: belief from which a pre-alarm may start.
    k of the last n looks of one kind must be hits, unless one is overwhelming or two kinds agree.
    cooldown_s: from the moment that a cancel has reached somebody, for the same cause at the same strength.
    remind_s: how long before a check-in the wearer is reminded, and may answer.
    at_alarm: what the device itself does once people are alarmed: nothing, lamp or siren.
    quiet: hours (from, to), in seconds of the local day, in which nobody is told that a part works again;
    they hold back nothing else, least of all an alarm.
    pin_needed: a cancel counts only with the right PIN.
    Raises ValueError, naming the key, for values that make no sense or can never be met.
    """

    cues: dict[str, CueRule] = field(default_factory=default_cues)
    prior: float = 0.1
    threshold: float = 0.3
    k: int = 2
    n: int = 4
    countdown_s: float = 15.0
    checkin_countdown_s: float = 60.0
    remind_s: float = 300.0
    tier_delay_s: float = 90.0
    acknowledge_lasts_s: float = 600.0
    cooldown_s: float = 120.0
    update_s: float = 30.0
    silent_at_most_s: float = 600.0
    moved_m: float = 25.0
    fix_every_s: float = 60.0
    question_lasts_s: float = 60.0
    pin_needed: bool = False
    at_alarm: str = "nothing"
    quiet: tuple[float, float] | None = None
    contacts: tuple[Contact, ...] = ()
    broadcast: tuple[Address, ...] = ()

    def __post_init__(self) -> None:
        for wrong in _faults(self):
            raise ValueError(wrong)

    @property
    def tiers(self) -> int:
        """How many tiers there are to escalate through (1 where nobody is listed)."""
        return max((contact.tier for contact in self.contacts), default=1)


def _faults(policy: Policy) -> list[str]:
    """What is wrong with a policy, each as `key: what and the cure`."""
    faults = [f"{key}: {wrong}" for key, wrong in _numbers(policy)] + _choices(policy)
    if not 1 <= policy.k <= policy.n:
        faults.append(f"k: {policy.k} of {policy.n} looks can never be met; k must be 1 to n")
    if policy.silent_at_most_s < policy.update_s:
        faults.append("silent_at_most_s: must be at least update_s")
    if {contact.tier for contact in policy.contacts} not in (set(), set(range(1, policy.tiers + 1))):
        faults.append("contacts: tiers must be 1, 2, 3 ... with somebody in each, the first to be told in 1")
    return faults or _unreachable(policy)


def _numbers(policy: Policy) -> list[tuple[str, str]]:
    """Numbers without sense: a countdown of NaN or endless seconds would never alarm."""
    may_be_0 = "countdown_s", "cooldown_s", "silent_at_most_s", "fix_every_s", "question_lasts_s", "moved_m"
    over_0 = "tier_delay_s", "acknowledge_lasts_s", "update_s", "checkin_countdown_s", "remind_s"
    value = partial(getattr, policy)
    return [
        *((key, "must not be negative or endless") for key in may_be_0 if not 0 <= value(key) < inf),
        *((key, "must be over 0, not endless") for key in over_0 if not 0 < value(key) < inf),
        *((key, "must lie between 0 and 1") for key in ("prior", "threshold") if not 0 < value(key) < 1),
    ]


def _choices(policy: Policy) -> list[str]:
    faults = []
    if policy.quiet is not None and not all(0 <= second < DAY_S for second in policy.quiet):
        faults.append("quiet: must be two times of the day")
    if policy.at_alarm not in AT_ALARM:
        faults.append(f"at_alarm: must be one of {', '.join(AT_ALARM)}")
    return faults


def _unreachable(policy: Policy) -> list[str]:
    """Cue rules that contradict themselves, and an alarm that no evidence could ever raise."""
    wrong = {kind: _contradiction(rule) for kind, rule in policy.cues.items()}
    faults = [f"cues.{kind}: {why}" for kind, why in wrong.items() if why]
    most = sum(rule.share(1.0) for rule in policy.cues.values())
    if not faults and logit(policy.prior) + most < logit(policy.threshold):
        faults.append("threshold: can never be met: all cues together cannot raise the prior that far")
    elif not faults and not _startable([rule for rule in policy.cues.values() if rule.weight > 0]):
        faults.append("cues: an alarm can never be met: no cue may raise one, alone or with another")
    return faults


def _startable(rules: list[CueRule]) -> bool:
    return any(rule.alone for rule in rules) or sum(rule.witness for rule in rules) >= 2


def _contradiction(rule: CueRule) -> str | None:
    if not 0 < rule.base_rate < 1 or not 0 < rule.hit <= rule.overwhelming <= 1:
        return "base_rate must lie in 0..1 and hit must not exceed overwhelming"
    if not (0 <= rule.weight < inf and rule.cap >= 0 and 0 < rule.half_life_s < inf):
        return "weight and cap must not be negative, half_life_s must be over 0, and none endless"
    return None
