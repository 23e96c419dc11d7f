"""Aside: what is told outside any story: drills, and trouble with the device."""

from __future__ import annotations

from dataclasses import replace

from agent.core import trouble
from agent.core.escalation import everybody, unique
from agent.core.mind import Watch
from agent.core.notice import Notice
from agent.core.policy import Policy
from agent.core.ulid import ulid


def aside(watch: Watch, kind: str, text: str, policy: Policy) -> tuple[Watch, tuple[Notice, ...]]:
    """A notice outside any story: a drill, or trouble with the device."""
    drill = kind == "alarm"
    watch = replace(watch, count=watch.count + 1)
    to = unique((*policy.broadcast, *everybody(policy.contacts))) if drill else policy.broadcast
    name = ulid(watch.wall, watch.seed, watch.count)
    belief = round(watch.belief.probability, 4)
    notice = Notice(name, 1, kind, watch.at, watch.wall, belief, (), watch.fix, to, text=text, test=drill)
    return watch, (notice,)


def healed(watch: Watch, policy: Policy) -> tuple[Watch, tuple[Notice, ...]]:
    """Tell of a part that has worked again for long enough; one a Tick."""
    gap = trouble.healed(watch.gaps, watch.at)
    if gap is None:
        return watch, ()
    watch = replace(watch, gaps=tuple(g for g in watch.gaps if g is not gap))
    return aside(watch, "device_trouble", trouble.in_words(gap), policy)
