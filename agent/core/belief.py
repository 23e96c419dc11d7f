"""Belief: cues become one probability of distress, with reasons.

Theory. Each look of a sense adds its weight of evidence (policy.CueRule.share) to the prior's log-odds.
Looks of one sense overlap and are not independent, so within a kind the strongest one counts, fading
with the rule's half-life; kinds are added (naive Bayes). A look that heard nothing adds nothing: it is
no vote for calm, and neither is a sensor that is missing. A trace that has faded away is over: its
hits neither agree with later ones nor count among the last n.

An alarm needs more than the sum: one overwhelming look, or hits of two kinds, or k hits among the last
n looks of one kind. So a single mistaken second, however sure, seldom wakes anybody. Which kinds may do
so alone, as witnesses for each other, or not at all: policy.CueRule.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp2, fsum

from agent.core.events import Cue
from agent.core.notice import Reason
from agent.core.policy import Policy, logit, sigmoid

FAINT = 0.1
"""Log-odds (nats) below which a trace is over: no reason to tell, no hit to count."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What one kind of cue has left: log-odds `share` as of `at`, its words, the last n looks' P."""

    kind: str
    at: float
    share: float
    text: str
    looks: tuple[float, ...] = ()

    def faded(self, at: float, policy: Policy) -> float:
        """The share that is left at a later time; 0 where the policy has dropped this kind."""
        rule = policy.cues.get(self.kind)
        return self.share * exp2(-max(at - self.at, 0.0) / rule.half_life_s) if rule else 0.0


@dataclass(frozen=True, slots=True)
class Belief:
    """The fused suspicion at a time: probability, and the traces of all cues that made it."""

    at: float
    probability: float
    traces: tuple[Trace, ...] = ()


def weigh(traces: tuple[Trace, ...], at: float, policy: Policy) -> Belief:
    """Add up what is left of all traces at `at`; fsum gives the same bits on every Python."""
    left = tuple(trace for trace in traces if trace.faded(at, policy) >= FAINT)
    total = fsum(trace.faded(at, policy) for trace in left)
    return Belief(at, sigmoid(logit(policy.prior) + total), left)


def hear(belief: Belief, cue: Cue, policy: Policy) -> Belief:
    """Take one look into account; a kind without a rule is left out."""
    belief = weigh(belief.traces, cue.at, policy)
    rule = policy.cues.get(cue.kind)
    if rule is None:
        return belief
    old = next((t for t in belief.traces if t.kind == cue.kind), Trace(cue.kind, cue.at, 0.0, cue.reason))
    looks = (*old.looks, cue.probability)[-policy.n :]
    left, fresh = old.faded(cue.at, policy), rule.share(cue.probability)
    new = Trace(cue.kind, cue.at, max(left, fresh), cue.reason if fresh >= left else old.text, looks)
    others = tuple(t for t in belief.traces if t.kind != cue.kind)
    return weigh(tuple(sorted((*others, new), key=lambda t: t.kind)), cue.at, policy)


def forget(belief: Belief, policy: Policy) -> Belief:
    """Nothing heard so far counts any more: after a pause, or once an incident is over."""
    return weigh((), belief.at, policy)


def reasons(belief: Belief, policy: Policy) -> tuple[Reason, ...]:
    """The cues that still weigh something, heaviest first, in words."""
    left = [(trace, trace.faded(belief.at, policy)) for trace in belief.traces]
    heavy = sorted(((t, s) for t, s in left if s >= FAINT), key=lambda pair: -pair[1])
    return tuple(Reason(t.kind, round(s, 3), t.text) for t, s in heavy)


def suspicious(belief: Belief, policy: Policy) -> bool:
    """Whether a pre-alarm is due: over the threshold, and overwhelming, agreeing or persistent."""
    if belief.probability < policy.threshold:
        return False
    hit = [trace for trace in belief.traces if _hits(trace, policy)]
    witnesses = sum(policy.cues[trace.kind].witness for trace in hit)
    agreeing = len(hit) >= 2
    alone = [trace for trace in hit if policy.cues[trace.kind].alone]
    return witnesses >= 2 or any(agreeing or _enough(trace, policy) for trace in alone)


def hits(belief: Belief, policy: Policy) -> frozenset[str]:
    """The kinds of cue with at least one hit among their last n looks."""
    return frozenset(trace.kind for trace in belief.traces if _hits(trace, policy))


def _enough(trace: Trace, policy: Policy) -> bool:
    overwhelming = trace.looks[-1] >= policy.cues[trace.kind].overwhelming
    return overwhelming or _hits(trace, policy) >= policy.k


def _hits(trace: Trace, policy: Policy) -> int:
    return sum(p >= policy.cues[trace.kind].hit for p in trace.looks)
