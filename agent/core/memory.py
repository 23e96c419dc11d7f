"""Memory: what of the mind outlives a restart, as plain values for JSON.

Monotonic time starts anew with the device, wall time goes on: all times are kept as they were and moved
when the mind wakes again, so that what had passed and the time switched off have passed for them. A wall
clock that went back (no battery, no network yet) counts as no time at all: otherwise a countdown would
never end. Beliefs are not kept; they fade anyway. Nor are gaps; a sensor that is lost says so again.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from agent.core.checkin import CheckIn
from agent.core.deliveries import Delivery, Outcome
from agent.core.drills import Answer, Drill
from agent.core.events import Fix
from agent.core.incident import Incident, State
from agent.core.notice import Address, Reason
from agent.core.power import Worry
from agent.core.shown import face
from agent.core.watch import Mute, Watch


def dump(watch: Watch) -> dict[str, Any]:
    """What to keep: the open incident, the last fix, what was asked for and told, how incidents are named."""
    incident = asdict(watch.incident) | {"state": watch.state.value} if watch.incident else None
    return {
        "at": watch.at,
        "offset": watch.offset,
        "seed": watch.seed,
        "count": watch.count,
        "incident": incident,
        "fix": asdict(watch.fix) if watch.fix else None,
        "mute": asdict(watch.mute) if watch.mute else None,
        "paused_until": watch.paused_until,
        "deliveries": [asdict(delivery) for delivery in watch.deliveries],
        "drills": [asdict(drill) for drill in watch.drills],
        "worries": [asdict(worry) for worry in watch.worries],
        "checkin": asdict(watch.checkin) if watch.checkin else None,
        "cover": dump(watch.cover) if watch.cover else None,
    }


def lasting(watch: Watch) -> tuple[object, ...]:
    """What of the mind must be on disk as soon as it changes; the rest goes with it."""
    asked = watch.checkin, watch.paused_until, watch.mute, watch.worries, watch.drills
    cover = lasting(watch.cover) if watch.cover else None
    return watch.incident, *asked, watch.count, face(watch), cover


def restore(fresh: Watch, kept: dict[str, Any]) -> Watch:
    """A mind just begun (its `at` and `offset` are now) takes up what was kept.

    Raises KeyError, TypeError or ValueError where `kept` is not what dump() gave.
    """
    off_s = max(fresh.wall - (kept["at"] + kept["offset"]), 0.0)
    by = fresh.at - kept["at"] - off_s
    pause = kept["paused_until"]
    watch = replace(
        fresh,
        seed=kept["seed"],
        count=kept["count"],
        incident=_incident(kept["incident"], by) if kept["incident"] else None,
        fix=_fix(kept["fix"], by),
        mute=_mute(kept["mute"], by),
        paused_until=None if pause is None else pause + by,
        checkin=_checkin(kept.get("checkin"), by),
        deliveries=tuple(_delivery(delivery, by) for delivery in kept.get("deliveries", ())),
        drills=tuple(_drill(drill, by) for drill in kept.get("drills", ())),
        worries=tuple(_worry(worry, by) for worry in kept.get("worries", ())),
        cover=restore(fresh, kept["cover"]) if kept.get("cover") else None,
    )
    return watch if "cover" in kept else _calmed(watch)


def _calmed(watch: Watch) -> Watch:
    """A mind that an older version kept: after a duress PIN that one showed calm, and so it goes on."""
    hidden = watch.incident
    if hidden is None or not hidden.duress:
        return watch
    left = tuple(one for one in watch.deliveries if one.incident_id != hidden.id)
    return replace(watch, cover=replace(watch, incident=None, checkin=None, deliveries=left))


def _incident(kept: dict[str, Any], by: float) -> Incident:
    known = kept | {
        "state": State(kept["state"]),
        "since": kept["since"] + by,
        "spoke": kept["spoke"] + by,
        "reasons": tuple(Reason(**reason) for reason in kept["reasons"]),
        "told": tuple(Address(**address) for address in kept["told"]),
        "told_fix": _fix(kept["told_fix"], by),
        "track": _track(kept, by),
    }
    return Incident(**known)


def _mute(kept: dict[str, Any] | None, by: float) -> Mute | None:
    if kept is None:
        return None
    until = None if kept["until"] is None else kept["until"] + by
    return Mute(**kept | {"kinds": tuple(kept["kinds"]), "until": until})


def _checkin(kept: dict[str, Any] | None, by: float) -> CheckIn | None:
    return CheckIn(**kept | {"offset": kept["offset"] - by, "track": _track(kept, by)}) if kept else None


def _worry(kept: dict[str, Any], by: float) -> Worry:
    return Worry(kept["name"], kept["at"] + by)


def _delivery(kept: dict[str, Any], by: float) -> Delivery:
    outcomes = (Outcome(Address(**one["to"]), one["state"], one["at"] + by) for one in kept["outcomes"])
    return Delivery(**kept | {"outcomes": tuple(outcomes)})


def _drill(kept: dict[str, Any], by: float) -> Drill:
    answers = tuple(Answer(**answer) for answer in kept["answers"])
    named = kept.get("named", False)
    return Drill(kept["incident_id"], kept["at"] + by, tuple(kept["asked"]), answers, named)


def _track(kept: dict[str, Any], by: float) -> tuple[Fix, ...]:
    return tuple(Fix(**fix | {"at": fix["at"] + by}) for fix in kept.get("track", ()))


def _fix(kept: dict[str, Any] | None, by: float) -> Fix | None:
    return Fix(**kept | {"at": kept["at"] + by}) if kept else None
