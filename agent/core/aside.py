"""Aside: what is told outside any story: drills, trouble with the device, a reminder of the check-in."""

from __future__ import annotations

from dataclasses import replace

from agent.core import drills, trouble
from agent.core import power as supply
from agent.core.checkin import answerable, clock
from agent.core.escalation import concerned, everybody, unique
from agent.core.events import Power
from agent.core.mind import Watch
from agent.core.notice import Address, Notice, Reason
from agent.core.policy import Policy
from agent.core.ulid import ulid

Step = tuple[Watch, tuple[Notice, ...]]
"""What the mind knows now, and what it wants told."""


def drill(watch: Watch, by: str, policy: Policy) -> Step:
    """A test alarm for everyone."""
    to = unique((*policy.broadcast, *everybody(policy.contacts)))
    watch, notices = _aside(watch, "alarm", f"test, asked for by {by}: no help is needed", to, test=True)
    known = drills.begun(watch.drills, notices[0].incident_id, watch.at, policy)
    return replace(watch, drills=known), notices


def trouble_told(watch: Watch, text: str, policy: Policy, why: tuple[Reason, ...] = ()) -> Step:
    """Trouble with the device, in words; with reasons it is the device's last words."""
    told = watch.incident.told if watch.incident else ()
    return _aside(watch, "device_trouble", text, concerned(told, policy), why=why)


def last_words(watch: Watch, power: Power, policy: Policy) -> Step:
    """What is newly wrong with the device's supply: once, with the position, to whoever hears of trouble.

    What wakes nobody goes to the topics alone. But an end is news to all who know of an open incident, and
    to the first tier where nobody listens to topics: a device must not fall silent unseen.
    """
    worries = supply.worries(watch.worries, power, watch.at)
    why = supply.reasons(watch.worries, worries, power)
    watch = replace(watch, worries=worries)
    if not why:
        return watch, ()
    ends = any(reason.cue in supply.ENDS for reason in why)
    unheard = watch.incident is not None or not policy.broadcast
    if all(reason.cue in supply.QUIET for reason in why) and not (ends and unheard):
        return _aside(watch, "device_trouble", "", policy.broadcast, why=why)
    return trouble_told(watch, "", policy, why)


def healed(watch: Watch, policy: Policy) -> Step | None:
    """Tell of a part that has worked again for long enough; one a Tick, and not in quiet hours."""
    gap = trouble.healed(watch.gaps, watch.at)
    if gap is None or trouble.quiet(watch.wall, watch.utc_offset_s, policy.quiet):
        return None
    watch = replace(watch, gaps=tuple(g for g in watch.gaps if g is not gap))
    return trouble_told(watch, trouble.in_words(gap), policy)


def silence(watch: Watch, policy: Policy) -> Step | None:
    """Tell the wearer, after each drill and not in quiet hours, who answered none of the last three."""
    names = drills.unnamed(watch.drills, watch.at)
    if not names or trouble.quiet(watch.wall, watch.utc_offset_s, policy.quiet):
        return None
    watch = replace(watch, drills=drills.named(watch.drills, watch.at))
    text = f"no answer to the last three drills from {', '.join(names)}: ask whether they get your alarms"
    return _aside(watch, "device_trouble", text, policy.broadcast)


def reminder(watch: Watch, policy: Policy) -> Step | None:
    """Remind the wearer once that a check-in is near; it is worth nothing any more once that is due."""
    checkin = watch.checkin
    if watch.incident or checkin is None or checkin.reminded:
        return None
    if not answerable(checkin, watch.at, watch.offset):
        return None
    watch = replace(watch, checkin=replace(checkin, reminded=True))
    text = f"check-in at {clock(checkin.due_wall, watch.utc_offset_s)}: one press answers it"
    left_s = checkin.due_wall - checkin.remind_wall
    return _aside(watch, "device_trouble", text, policy.broadcast, expires_s=left_s)


def _aside(
    watch: Watch,
    kind: str,
    text: str,
    to: tuple[Address, ...],
    *,
    why: tuple[Reason, ...] = (),
    expires_s: float | None = None,
    test: bool = False,
) -> Step:
    watch = replace(watch, count=watch.count + 1)
    notice = Notice(
        incident_id=ulid(watch.wall, watch.seed, watch.count),
        seq=1,
        kind=kind,
        at=watch.at,
        wall=watch.wall,
        belief=round(watch.belief.probability, 4),
        reasons=why,
        fix=watch.fix,
        to=to,
        expires_s=expires_s,
        text=text,
        test=test,
        battery=watch.battery,
    )
    return watch, (notice,)
