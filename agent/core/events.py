"""All that can happen to the agent: these events, in the order of the inbox, are its whole world.

`at` is seconds on the monotonic clock (scenario time in a replay); only a Tick knows wall time.
Writing the events down and folding them again gives the same decisions to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cue:
    """One sense's calibrated opinion at one look: `kind` (scream, stress ...), P(kind), in words why."""

    at: float
    kind: str
    probability: float
    reason: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the device is: WGS 84 degrees, radius of 68 % confidence in metres (None = unknown)."""

    at: float
    latitude: float
    longitude: float
    accuracy_m: float | None = None
    source: str = "gps"


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody wants something: a button, a request by MQTT or the local socket, an SMS reply.

    action: sos, cancel, duress, acknowledge, resolve, pause, resume, test, checkin, checkin_off, silence
    (the siren). `by` is the wearer or the name of a caregiver; `trusted` says that a right PIN came with
    it. minutes: of a pause; due_wall: of a check-in, in Unix seconds. The door has checked the rest.
    about: the incident or drill that is meant; None: whichever is open. poses: of a duress PIN, the action
    that it came with and must look like; "" where that was refused.
    """

    at: float
    action: str
    by: str = "wearer"
    trusted: bool = False
    minutes: float = 0.0
    due_wall: float | None = None
    about: str | None = None
    poses: str = "cancel"


@dataclass(frozen=True, slots=True)
class Gap:
    """A sense lost its sensor (`open`) or has it back; it adds nothing to the belief."""

    at: float
    part: str
    open: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Power:
    """The device's own supply: battery 0..1 (None without one), under-voltage, temperature, its end.

    throttled: heat or a weak supply slows it down. stopping: by hand its program is ended, and the device
    goes on.
    """

    at: float
    battery: float | None = None
    volts_low: bool = False
    celsius: float | None = None
    shutting_down: bool = False
    throttled: bool = False
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """A channel told what became of a notice: accepted, delivered or failed.

    cure: the way itself is shut until somebody does this.
    """

    at: float
    incident_id: str
    seq: int
    channel: str
    recipient: str
    outcome: str
    why: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed, four times a second; `wall` is Unix time in seconds.

    utc_offset_s: how far local time is ahead of UTC, for what people read; None where nobody knows.
    """

    at: float
    wall: float
    utc_offset_s: float | None = None


Event = Cue | Fix | Press | Gap | Power | Receipt | Tick
