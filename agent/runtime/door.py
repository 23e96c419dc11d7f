"""The one door for whoever wants something from outside: MQTT, the local socket, an SMS reply.

A request (request.py) is refused with a reason, or becomes a Press in the inbox; nothing that comes in can
raise an error or be heard twice. The answer says how the incident stands once the press is through.

The duress PIN is the right one to everyone who looks on: same road, same time, same answer. Behind it the
press is an alarm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import scrypt
from hmac import compare_digest
from typing import Any, Protocol

from agent.core.checkin import refusal
from agent.core.drills import LASTS_S
from agent.core.events import Event, Gap, Press
from agent.core.incident import TABLE, State
from agent.core.policy import Policy
from agent.core.shown import shown
from agent.core.watch import Watch
from agent.core.wishes import lacks_pin, meaning, misses
from agent.runtime.clock import Clock
from agent.runtime.request import Request, parse, read

ANYBODY = ("sos", "test")
NEED_INCIDENT = ("acknowledge", "resolve", "cancel")

OLD_S = 60.0
"""Oldest that a request may be, and furthest from the future, by the device's wall clock."""

REMEMBERED = 1000
"""Request ids that are known again; older ones are refused for their age."""

WRONG_PINS = 5
LOCKED_S = 600.0


@dataclass(frozen=True, slots=True)
class Pins:
    """The wearer's PIN, and the one that looks like it and alarms everyone; salted hashes only."""

    salt: bytes
    right: bytes
    duress: bytes | None

    @classmethod
    def of(cls, right: str, duress: str | None, salt: bytes) -> Pins:
        """Hash them; `salt` is 16 bytes of chance."""
        return cls(salt, _hash(right, salt), _hash(duress, salt) if duress else None)

    def says(self, pin: str) -> str:
        """`right`, `duress` or `wrong`, in a time that tells nothing of which."""
        given = _hash(pin, self.salt)
        right = compare_digest(given, self.right)
        duress = compare_digest(given, self.duress or b"\0" * len(given))
        return "right" if right else "duress" if duress else "wrong"


def _hash(pin: str, salt: bytes) -> bytes:
    # scrypt (RFC 7914), 1 MB and some ten milliseconds: it is the lock that stops guessing, not this.
    return scrypt(pin.encode(), salt=salt, n=2**10, r=8, p=1)


class Mind(Protocol):
    """Where the mind can be seen: the board."""

    watch: Watch


class Door:
    """Takes requests; `put` is the way into the inbox; `guests` may answer though they are no contacts.

    Lives on the event loop.
    """

    def __init__(
        self,
        clock: Clock,
        mind: Mind,
        policy: Policy,
        put: Callable[[Event], None],
        pins: Pins | None = None,
        guests: frozenset[str] = frozenset(),
    ) -> None:
        self._guests = guests
        self._clock = clock
        self._mind = mind
        self._policy = policy
        self._put = put
        self._pins = pins
        self._seen: dict[str, None] = {}
        self._wrong = 0
        self._locked = False

    def knock(self, payload: bytes | Mapping[str, Any], retained: bool = False) -> dict[str, Any]:
        """Answer a request: {request_id, ok, error (why not, where it is not), state}."""
        told: Mapping[str, Any] = {}
        try:
            told = parse(payload)
            request = read(told)
            state = self._admit(request, retained)
        except ValueError as error:
            name, by = told.get("request_id"), told.get("by")
            now = self._seen_by(by if isinstance(by, str) else "").state
            name = name if isinstance(name, str) else None
            return {"request_id": name, "ok": False, "error": str(error), "state": now.value}
        return {"request_id": request.request_id, "ok": True, "state": state.value}

    def _admit(self, request: Request, retained: bool) -> State:
        """Check who asks and when, press; the state that follows. ValueError says why not."""
        if retained:
            raise ValueError("a request must not be retained")
        self._check_time(request.at)
        self._check_new(request.request_id)
        self._check_name(request)
        said = self._check_pin(request)
        watch = self._seen_by(request.by)
        press = _pressed(request, self._clock.now(), trusted=said != "none")
        why = self._refusal(request, press, watch)
        if said == "duress":
            # Whatever is refused: whoever is forced to this must be heard in every state.
            self._press(replace(press, action="duress", poses="" if why else press.action))
        if why:
            raise ValueError(why)
        if said != "duress":
            self._press(press)
        signal = None if misses(press, watch.incident) else meaning(press)
        cell = TABLE[watch.state, signal] if signal else None
        return cell[0] if cell else watch.state

    def _refusal(self, request: Request, press: Press, watch: Watch) -> str:
        """Why it is refused as things stand; empty where it is not."""
        if request.action == "checkin" and (why := refusal(request.due, self._clock.wall())):
            return why
        needed = lacks_pin(press, self._policy, watch.checkin)
        return _aimless(request, watch) or ("this needs the PIN" if needed else "")

    def _seen_by(self, by: str) -> Watch:
        """The mind as it is, or to the wearer, who may be forced, as the device shows it."""
        return shown(self._mind.watch) if by == "wearer" else self._mind.watch

    def _check_name(self, request: Request) -> None:
        """Where contacts are named, only they and the wearer may end or answer; anybody may call for help."""
        names = {contact.name for contact in self._policy.contacts}
        known = request.by in names | self._guests or request.by == "wearer"
        if names and not known and request.action not in ANYBODY:
            raise ValueError("nobody of that name is a contact")

    def _check_time(self, at: float) -> None:
        age = self._clock.wall() - at
        if age > OLD_S:
            raise ValueError(f"it is {age:.0f} s old by the device's clock; at most {OLD_S:g} s are heard")
        if age < -OLD_S:
            raise ValueError(f"it is {-age:.0f} s from the future by the device's clock")

    def _check_new(self, request_id: str) -> None:
        if request_id in self._seen:
            raise ValueError("this request_id was heard before")
        self._seen[request_id] = None
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]

    def _check_pin(self, request: Request) -> str:
        """`none`, `right` or `duress`. While locked, calls and answers pass, and the duress PIN, unseen."""
        help_wanted = request.action == "sos"
        said = self._pins.says(request.pin) if self._pins and request.pin is not None else "none"
        if self._locked:
            return self._while_locked(request, said)
        if said == "none":
            return said
        self._count(said)
        if said != "wrong":
            return said
        if help_wanted:
            return "none"
        raise ValueError("wrong PIN")

    def _while_locked(self, request: Request, said: str) -> str:
        """Whoever guesses PINs must not keep help away: who is forced, and who helps, is heard."""
        helps = request.action == "acknowledge" and request.by != "wearer"
        if helps or request.action == "sos":
            return "duress" if said == "duress" else "none"
        if said == "duress":
            self._press(Press(self._clock.now(), "duress", request.by, trusted=True, poses=""))
        raise ValueError("too many wrong PINs: requests are locked for 10 minutes")

    def _count(self, said: str) -> None:
        self._wrong = self._wrong + 1 if said == "wrong" else 0
        if self._wrong >= WRONG_PINS:
            self._lock()

    def _lock(self) -> None:
        self._locked, self._wrong = True, 0
        why = f"{WRONG_PINS} wrong PINs in a row; for 10 minutes only calls for help are heard"
        self._press(Gap(self._clock.now(), "requests", open=True, why=why))
        asyncio.get_running_loop().call_later(LOCKED_S, self._unlock)

    def _unlock(self) -> None:
        self._locked = False
        self._press(Gap(self._clock.now(), "requests", open=False))

    def _press(self, event: Event) -> None:
        try:
            self._put(event)
        except asyncio.QueueFull:
            raise ValueError("the agent is too busy to hear it; ask again") from None


def _pressed(request: Request, at: float, *, trusted: bool) -> Press:
    about = request.incident_id if request.action in NEED_INCIDENT else None
    return Press(at, request.action, request.by, trusted, request.minutes, request.due, about)


def answers_drill(request: Request, watch: Watch) -> bool:
    """Whether it acknowledges a drill: the one it names, or the newest where no incident is open."""
    named = request.incident_id
    known = [drill for drill in watch.drills if drill.incident_id == named] if named else watch.drills[-1:]
    free = named is not None or watch.incident is None
    late = not known or watch.at > known[0].at + LASTS_S
    return request.action == "acknowledge" and free and not late


def _aimless(request: Request, watch: Watch) -> str:
    """Why what it is about is not there, an open incident or a drill; empty where it is."""
    incident, named = watch.incident, request.incident_id
    if request.action == "sos" or answers_drill(request, watch):
        return ""
    if incident is None:
        return "no incident is open" if named or request.action in NEED_INCIDENT else ""
    return "it is about another incident than the open one" if named not in (None, incident.id) else ""
