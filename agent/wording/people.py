"""People: a notice in one sentence, and as an SMS of one segment. Pure.

Order: what, who, why, when, where. Names keep their letters; every other word stays within the GSM
7-bit alphabet (3GPP TS 23.038, 6.2.1), since one letter outside it makes the whole SMS UCS-2: 70
characters in a segment and no longer 160.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from unicodedata import combining, normalize

from agent.core.notice import Message, Notice
from agent.wording.payloads import Device

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_TWICE = frozenset("^{}\\[~]|€")
"""Letters of the extension table: each takes the room of two."""

GSM_7_ROOM, UCS_2_ROOM = 160, 70
OLD_S = 120.0
"""From this age on a position says how old it is."""
STAYED_S = 300.0
"""From then on the end of a track says since when the wearer has been there."""

HEADS = {
    "pre_alarm": "WARNING",
    "alarm": "ALARM",
    "update": "UPDATE",
    "escalated": "ALARM",
    "acknowledged": "ANSWERED",
    "resolved": "OVER",
    "cancelled": "CANCELLED",
    "device_trouble": "DEVICE",
}
ANSWERABLE = ("alarm", "escalated", "update")
"""Kinds that ask for an answer."""
PLACED = (*ANSWERABLE, "pre_alarm")
"""Kinds that say where; the others have no need of it, but for the device's last words."""

FORCED = " FORCED to cancel. DO NOT CALL BACK. Call police"
"""After the name, before every reason; never dropped for room."""

REPLIES = (" Reply 1=going 2=false", " 1=going 2=false")
"""How to answer a modem that hears replies, in long and in short."""

SEEN = (" Reply 1=seen",)
"""How to answer a drill."""


def sentence(notice: Notice, device: Device) -> str:
    """One line for logs and screens."""
    when = clock(notice.wall, notice.wall, device.zone)
    who = f"{_head(notice, late=False)} {_one_line(device.wearer)}{_order(notice)}"
    return f"{who}{_why(notice, 9)}. {when}{_link(notice)}{_accuracy(notice)}{_since(notice, device.zone)}"


def forced(notice: Notice) -> bool:
    """Whether the reader must be warned that a cancel was forced, and that a call could be overheard."""
    return notice.duress and notice.kind not in ("resolved", "acknowledged")


def by_link(link: str | None, *, test: bool = False) -> tuple[str, ...]:
    """How to answer where nobody hears replies: by a link, or in another way than by SMS."""
    return (f" {'Seen? Open' if test else 'Answer:'} {link}", f" {link}") if link else ()


def once_more(wearer: str, going: str | None, minutes: float, *, forced: bool) -> str:
    """What whoever wants to end an alarm is asked by SMS. going: who is on the way."""
    state = f"{going} is on the way to {wearer}" if going else f"Nobody is on the way to {wearer} yet"
    warned = "The cancel was FORCED. " if forced else ""
    return (
        f"{warned}{state}. Sure it is a false alarm? Send 2 again within {minutes:.0f} min to end it for all"
    )


def still_open(wearer: str, going: str | None, *, forced: bool) -> str:
    """What whoever has answered a drill is told by SMS where an alarm is open. going: who is on the way."""
    state = f"{going} is on the way" if going else "nobody is on the way yet"
    warned = " The cancel was FORCED." if forced else ""
    is_open = f"Taken for the TEST. But a REAL alarm of {wearer} is open, {state}."
    return f"{is_open}{warned} Send 1 if you are going, 2 if it is false"


def sms(message: Message, device: Device, answers: tuple[str, ...] = REPLIES) -> str:
    """The fullest text that fits one segment; a name so long that none does is cut.

    answers: how to answer, from long to short.
    """
    drafts = list(_drafts(message, device, answers))
    return next((draft for draft in drafts if room(draft) >= 0), drafts[-1])


def room(text: str) -> int:
    """Characters left in the segment; below 0 when it takes more than one."""
    if set(text) <= GSM_7 | GSM_7_TWICE:
        return GSM_7_ROOM - len(text) - sum(letter in GSM_7_TWICE for letter in text)
    return UCS_2_ROOM - len(text.encode("utf-16-be")) // 2


def plain(text: str) -> str:
    """The text within the GSM alphabet: accents that it lacks are dropped, the rest becomes `?`."""
    return "".join(letter if letter in GSM_7 else _without_accent(letter) for letter in text)


def clock(wall: float, now: float, zone: tzinfo | None) -> str:
    """Local time with its offset, 21:04+01; with the date when that is not today's."""
    then, today = (datetime.fromtimestamp(at, zone).astimezone(zone) for at in (wall, now))
    hours, minutes = then.strftime("%z")[:3], then.strftime("%z")[3:5]
    day = f"{then.day}.{then.month}. " if then.date() != today.date() else ""
    return f"{day}{then:%H:%M}{hours}{'' if minutes == '00' else minutes}"


def _drafts(message: Message, device: Device, answers: tuple[str, ...]) -> Iterator[str]:
    """From the fullest to the leanest: first reasons go, then words, accuracy, why; then how to answer.

    That the cancel was forced never goes: rather the name does.
    """
    notice = message.notice
    head, name, order = _head(notice, late=message.late), _one_line(device.wearer), _order(notice)
    who = f"{head} {name}{order}"
    when = clock(notice.wall, message.wall, device.zone)
    place, accuracy = _link(notice), _accuracy(notice)
    known = f"{place}{accuracy}"
    fully = f"{known}{_since(notice, device.zone)}"
    if notice.kind not in ANSWERABLE:
        answers = ()
    elif notice.test and answers == REPLIES:
        answers = SEEN
    for count in (9, 3, 2, 1):
        yield f"{who}{_why(notice, count)}. {when}{fully}.{''.join(answers[:1])}"
    for where in (fully, known, place):
        yield from (f"{who}{_why(notice, 1)}. {when}{where}{answer}" for answer in answers)
    for why in (_why(notice, 0), ""):
        yield from (f"{who}{why}. {when}{place}{answer}" for answer in answers[-1:])
    if notice.test:  # to be answered, which is what a drill is for, it need not say where
        yield from (f"{who}. {when}{answer}" for answer in answers)
    yield f"{who}{_why(notice, 1)}. {when}{known}"
    yield f"{who}{_why(notice, 1)}. {when}{place}"
    for size in range(len(name), -1, -1):
        yield f"{' '.join(f'{head} {name[:size]}'.split())}{order} {when}{place}"


def _head(notice: Notice, *, late: bool) -> str:
    head = HEADS.get(notice.kind, "ALARM")
    return f"{'TEST, no help needed: ' if notice.test else ''}{'LATE ' if late else ''}{head}"


def _order(notice: Notice) -> str:
    return FORCED if forced(notice) else ""


def _why(notice: Notice, count: int) -> str:
    """What is to be said beside the head, at most `count` reasons; empty when there is nothing."""
    reasons = [reason.text for reason in notice.reasons if not (forced(notice) and reason.cue == "duress")]
    because = ", ".join(reasons[:count])
    told: tuple[str, ...] = {
        "pre_alarm": (because, "alarm follows unless cancelled"),
        "escalated": ("nobody is coming yet", because),
        "acknowledged": (f"{notice.acknowledged_by or 'somebody'} is going",),
        "resolved": ("" if notice.text else "closed",),
        "cancelled": ("" if notice.text else "called off",),
    }.get(notice.kind, (because,))
    text = _one_line("; ".join(part for part in (notice.text, *told) if part))
    mark = "." if forced(notice) else ":"
    return text and f"{mark} {_keep_name(text, _one_line(notice.acknowledged_by or ''))}"


def _keep_name(text: str, name: str) -> str:
    """Plain, but for the name of whoever acknowledged."""
    return name.join(plain(part) for part in text.split(name)) if name else plain(text)


def _placed(notice: Notice) -> bool:
    return notice.kind in PLACED or (notice.kind == "device_trouble" and bool(notice.reasons))


def _link(notice: Notice) -> str:
    if not _placed(notice):
        return ""
    if notice.fix is None:
        return " position not known yet"
    return f" osm.org/?mlat={notice.fix.latitude:.5f}&mlon={notice.fix.longitude:.5f}"


def _accuracy(notice: Notice) -> str:
    fix = notice.fix
    if fix is None or not _placed(notice):
        return ""
    radius = "" if fix.accuracy_m is None else f" +-{fix.accuracy_m:.0f}m"
    old = notice.at - fix.at
    return radius if old <= OLD_S else f"{radius} {old / 60:.0f}min old"


def _since(notice: Notice, zone: tzinfo | None) -> str:
    """Since when the last known place is the place, where the way there is known."""
    if notice.fix is None or not notice.track or not _placed(notice):
        return ""
    came = notice.track[-1].at
    if notice.fix.at - came < STAYED_S:
        return ""
    return f" there since {clock(notice.wall - notice.at + came, notice.wall, zone)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _without_accent(letter: str) -> str:
    bare = "".join(part for part in normalize("NFKD", letter) if not combining(part))
    return bare if bare and set(bare) <= GSM_7 else "?"
