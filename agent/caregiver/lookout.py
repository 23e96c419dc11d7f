"""Lookout: what a caregiver is told of devices far away, from what they published and when it came. Pure.

A device publishes its state at least every BEAT_S. Its silence is measured by the lookout's own clock: that
of the device may be wrong, and retained messages may be years old. What silence means can be known in part:

- we have no connection to the broker ourselves: then nothing is known of any device;
- the device said that it is shutting down, and then `offline`: it was switched off;
- it said that its program was stopped by hand: that is loud only if it stays away;
- `offline` without such words came from the broker, for a device that fell silent (its will): it crashed, has
  no signal, or its battery is empty, which nobody can tell apart; the battery that it last told of is said;
- neither: the broker still has its connection, but nothing comes: the program hangs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from agent.caregiver import heard
from agent.core.events import Fix
from agent.core.notice import Notice
from agent.core.power import ENDS, LOW
from agent.wording import Device, sentence
from agent.wording.people import ANSWERABLE, clock

BEAT_S = 60.0
MISSED = 3
LOST_S = BEAT_S * MISSED
"""Silence after which contact is lost."""

WORDS_HOLD_S = 60.0
"""The word that it is shutting down explains an `offline` that comes so soon after it."""

REMEMBERED = 200
"""Newest alerts by which one that comes twice is known."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing to tell the caregiver: `event` and `facts` for programs, `text` for people.

    loud: it wants somebody to do something now. drill: the incident_id of a drill that may be answered.
    """

    event: str
    device_id: str
    text: str
    loud: bool = False
    drill: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """What is known of one device; `newest`: when it last spoke or we came (own clock, s).

    gone: `offline` was heard and nothing since. leaving: when it said that it is shutting down, or that it
    was stopped `by_hand`; stopped: so it was.
    fix: the last position, its `at` in Unix seconds. lost: contact was lost, and that was told.
    """

    id: str
    newest: float
    name: str = ""
    gone: bool = False
    leaving: float | None = None
    by_hand: bool = False
    stopped: bool = False
    off: bool = False
    lost: bool = False
    battery: float | None = None
    fix: Fix | None = None
    mode: str = "armed"
    perceives: str = ""
    alerts: deque[tuple[str, int]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))


class Lookout:
    """Knows all devices that were heard of. zone: in which people read times (None: local)."""

    def __init__(self, expected: tuple[str, ...] = (), now: float = 0.0, zone: tzinfo | None = None) -> None:
        self._known = {name: Known(name, now) for name in expected}
        self._zone = zone
        self._connected = False

    def connected(self, now: float) -> list[Said]:
        """We reached the broker: every device gets its time to speak anew."""
        self._connected = True
        for known in self._known.values():
            known.newest = now
        return [Said("broker", "", "connected to the broker")]

    def disconnected(self, why: str) -> list[Said]:
        """We lost the broker, or do not reach it; told once."""
        was, self._connected = self._connected, False
        text = f"NO CONNECTION to the broker ({why}): nothing is known of any device until it is back"
        return [Said("broker_lost", "", text, loud=was)]

    def hear(self, device_id: str, topic: str, payload: bytes, now: float, *, retained: bool) -> list[Said]:
        """A device published; ValueError for what is none of its words. Retained ones are no sign of life."""
        known = self._known.setdefault(device_id, Known(device_id, now))
        match topic:
            case "availability":
                return list(self._available(known, payload == b"online", now, retained=retained))
            case "state":
                news = list(self._stated(known, heard.state(heard.parsed(payload))))
                return news + self._alive(known, now, retained=retained)
            case "alert":
                return self._alive(known, now, retained=retained) + list(self._alert(known, payload, now))
            case "location":
                known.fix = heard.owntracks(heard.parsed(payload)) or known.fix
        return []

    def look(self, now: float) -> list[Said]:
        """What silence means by now."""
        silent = [known for known in self._known.values() if self._silent(known, now)]
        for known in silent:
            known.lost = True
        return [self._lost(known, now) for known in silent]

    def _silent(self, known: Known, now: float) -> bool:
        return self._connected and not (known.lost or known.off) and now >= known.newest + LOST_S

    def _alive(self, known: Known, now: float, *, retained: bool) -> list[Said]:
        if retained:
            return []
        away_s, was_away = now - known.newest, known.lost or known.off
        known.newest, known.lost, known.off, known.gone, known.stopped = now, False, False, False, False
        text = f"{_who(known)}: contact again after {away_s / 60:.0f} min"
        return [Said("contact", known.id, text)] if was_away else []

    def _available(self, known: Known, online: bool, now: float, *, retained: bool) -> Iterator[Said]:
        if online:
            yield from self._alive(known, now, retained=retained)
            return
        known.gone = True
        said_so = known.leaving is not None and now <= known.leaving + WORDS_HOLD_S
        if said_so and known.by_hand and not known.stopped:
            known.stopped = True
            yield Said("stopped", known.id, f"{_who(known)}: STOPPED by hand, as it said")
        elif said_so and not (known.by_hand or known.off):
            known.off = True
            yield Said(
                "shut_down", known.id, f"{_who(known)}: SHUT DOWN, as it said{self._last(known)}", loud=True
            )

    def _stated(self, known: Known, state: heard.State) -> Iterator[Said]:
        known.name = state.name or known.name
        known.battery = known.battery if state.battery is None else state.battery / 100
        if state.perceives != known.perceives:
            yield Said("perceives", known.id, f"{_who(known)}: {state.perceives or 'all its sensors work'}")
        if state.mode != known.mode:
            yield Said("mode", known.id, f"{_who(known)}: {state.mode}")
        known.perceives, known.mode = state.perceives, state.mode

    def _alert(self, known: Known, payload: bytes, now: float) -> Iterator[Said]:
        told = heard.parsed(payload)
        notice = heard.notice(told)
        key = notice.incident_id, notice.seq
        if key in known.alerts:
            return
        known.alerts.append(key)
        known.name = heard.text(told, "name") or known.name
        known.battery = known.battery if notice.battery is None else notice.battery
        if notice.fix:
            at = notice.wall + notice.fix.at
            known.fix = Fix(at, notice.fix.latitude, notice.fix.longitude, notice.fix.accuracy_m)
        if ends := {reason.cue for reason in notice.reasons} & ENDS:
            known.leaving, known.by_hand = now, "shutdown" not in ends
        loud = notice.kind in ANSWERABLE and not notice.test
        text = sentence(notice, Device(known.id, known.name, self._zone))
        yield Said("alert", known.id, text, loud, _drill(notice), {"alert": told})

    def _lost(self, known: Known, now: float) -> Said:
        if known.stopped:
            why = "its program was stopped by hand and has not been started again"
        elif known.gone:
            why = "it crashed, has no signal, or was cut off: that cannot be told apart"
        else:
            why = "the broker has not seen it leave: its program may hang"
        if known.battery is not None and known.battery <= LOW:
            why = f"its battery was low and may be empty; else {why}"
        silent_s = now - known.newest
        text = f"{_who(known)}: LOST CONTACT, silent for {silent_s / 60:.0f} min{self._last(known)}; {why}"
        facts = {"silent_s": round(silent_s, 1), "offline": known.gone, "battery": known.battery}
        return Said("lost_contact", known.id, text, loud=True, facts=facts)

    def _last(self, known: Known) -> str:
        """Where it was last seen, and its battery."""
        where = ", where it was is not known"
        if known.fix:
            at = clock(known.fix.at, known.fix.at, self._zone)
            where = f", last seen {at} osm.org/?mlat={known.fix.latitude:.5f}&mlon={known.fix.longitude:.5f}"
        return where if known.battery is None else f"{where}, battery {known.battery:.0%}".replace("%", " %")


def _who(known: Known) -> str:
    return f"{known.name} ({known.id})" if known.name else known.id


def _drill(notice: Notice) -> str | None:
    return notice.incident_id if notice.test and notice.kind == "alarm" else None
