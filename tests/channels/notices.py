"""Messages as the couriers hand them over."""

from dataclasses import replace
from datetime import timedelta, timezone

from agent.channels import Message
from agent.core.events import Fix
from agent.core.notice import Notice, Reason
from agent.wording import Device

ID = "01JD8Z3V7QK5W9X2M4N6P8R0TA"
ASHA = Device("band-1", "Asha", timezone(timedelta(hours=1)))
WALL = 1_795_291_471.25

ALARM = Notice(
    incident_id=ID,
    seq=1,
    kind="alarm",
    at=100.0,
    wall=WALL,
    belief=0.97,
    reasons=(Reason("scream", 4.2, "scream heard"), Reason("stress", 1.1, "pulse up <&> high")),
    fix=Fix(at=60.0, latitude=48.137121, longitude=11.575489, accuracy_m=8.0),
)


def message(recipient="*", late=False, wall=WALL + 1, **changes):
    return Message(replace(ALARM, **changes), recipient, late, wall)


def sort_of(error):
    """Of an Undelivered: `later`, `never`, or `shut` until somebody mends the way."""
    assert error.retry or not error.cure
    return "shut" if error.cure else "later" if error.retry else "never"
