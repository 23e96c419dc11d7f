"""Letter: a notice for a person who is woken by it: what, who, why, when, where, what to do. Pure.

The first words say whether to get up. The same facts stand in plain text and in plain HTML, which a
screen reader reads in the same order; nothing is said by colour or picture alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape

from agent.channels import Message
from agent.core.events import Fix
from agent.core.notice import Notice
from agent.wording import Device
from agent.wording.people import ANSWERABLE, HEADS, forced

SENTENCES = {
    "pre_alarm": "{name} may be in distress. The alarm follows unless {name} cancels it",
    "alarm": "{name} may need help",
    "update": "{name} may still need help",
    "escalated": "{name} may need help and nobody has answered yet",
    "acknowledged": "{by} is taking care of {name}",
    "resolved": "the alarm of {name} was {text}",
    "cancelled": "the warning about {name} was {text}",
    "device_trouble": "the safety device of {name} has trouble",
}
"""What stands in the subject after the head (ALARM, OVER ...) that all our words to people share."""

FORCED = "{name} was FORCED to cancel. Do not call or text {name}. Call the police"
"""The same place where the cancel was forced."""

ENDED = {"resolved": "closed", "cancelled": "called off"}
"""How it ended, where the notice does not say by whom."""

CALL = (
    "Do what you agreed with {name} for this. Nothing agreed, and {name} may be hiding or not alone? "
    "Do not ring: it could betray {name}. Call the emergency number of the country {name} is in and "
    "give the place. Otherwise call {name}; no answer: go there, or send somebody."
)
DURESS = (
    "{name} was forced to cancel: the device shows that all is over. Do not call or text {name}. "
    "Call the emergency number of the country {name} is in and give the place."
)
WAIT = "Keep this in mind; you need not do anything yet."
DONE = (
    "You do not know who closed it, or it followed a forced cancel? Ask the other contacts. "
    "Do not stand down on this message alone."
)
OFF = (
    "The device cannot know why. {name} may live with somebody to be feared? Check in the way you agreed; "
    "where no PIN is set, anybody who holds the device can cancel."
)
ADVICE = {
    "pre_alarm": WAIT,
    "acknowledged": WAIT,
    "resolved": DONE,
    "cancelled": OFF,
    "device_trouble": "Tell {name}: until it is mended the device may miss an alarm.",
}
DRILL = "This is a test. Nobody is in danger."
WAY = "The way since the check-in was agreed, and when each place was reached, the oldest first"
SMALL_PRINT = "Sent by distress-agent, an aid that can err and fail. It is no emergency service."


@dataclass(frozen=True, slots=True)
class Picture:
    """What goes along with a letter: an SVG document, and the same in a sentence for who cannot see it."""

    svg: str
    words: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for people, in three forms; `lines` is the short one for a phone's notification."""

    subject: str
    lines: str
    plain: str
    html: str


def write(
    message: Message, device: Device, acknowledge: str | None = None, picture: Picture | None = None
) -> Letter:
    """Put a message into words for those who care for the wearer; `acknowledge`: link for the answer."""
    notice = message.notice
    subject = headline(notice, device.wearer)
    todo = advice(notice, device.wearer)
    facts, way = tuple(_facts(message, device.zone)), _way(notice, device.zone)
    return Letter(
        subject=subject,
        lines="\n".join(f"{label}: {value}" for label, value in facts),
        plain=_plain(subject, todo, facts, _links(notice, acknowledge), way, notice, picture),
        html=_html(subject, todo, facts, _links(notice, acknowledge), way, notice, picture),
    )


def headline(notice: Notice, name: str) -> str:
    """The subject, one line: `ALARM: Asha may need help`."""
    kind = notice.kind if notice.kind in SENTENCES else "alarm"
    pattern = FORCED if forced(notice) else SENTENCES[kind]
    how = notice.text or ENDED.get(kind, "")
    said = pattern.format(name=name, by=notice.acknowledged_by or "somebody", text=how)
    return " ".join(f"{'TEST, no help needed. ' if notice.test else ''}{HEADS[kind]}: {said}".split())


def advice(notice: Notice, name: str) -> str:
    """What the reader should do now."""
    if notice.test:
        return DRILL
    if forced(notice):
        return DURESS.format(name=name)
    return ADVICE.get(notice.kind, CALL).format(name=name)


def map_link(fix: Fix) -> str:
    """A map with a pin, on openstreetmap.org."""
    here = f"{fix.latitude:.5f}", f"{fix.longitude:.5f}"
    return f"https://www.openstreetmap.org/?mlat={here[0]}&mlon={here[1]}#map=17/{here[0]}/{here[1]}"


def _facts(message: Message, zone: tzinfo | None) -> Iterator[tuple[str, str]]:
    notice = message.notice
    if notice.text and notice.kind not in ENDED:
        yield "News", notice.text
    if notice.reasons:
        yield "Why", "; ".join(reason.text for reason in notice.reasons)
    yield "When", _clock(notice.wall, zone)
    if message.late:
        yield "Late", f"this message could only leave at {_clock(message.wall, zone)}"
    if notice.kind not in ("resolved", "cancelled"):
        yield "Where", _place(notice)
    if notice.acknowledged_by:
        yield "Who takes care", notice.acknowledged_by


def _clock(wall: float, zone: tzinfo | None) -> str:
    """The reader's time with its offset: 21:04:31 on Saturday 21 November 2026 (UTC+01:00)."""
    then = datetime.fromtimestamp(wall, zone).astimezone(zone)
    return f"{then:%H:%M:%S on %A} {then.day} {then:%B %Y} (UTC{then.isoformat()[-6:]})"


def _place(notice: Notice) -> str:
    if notice.fix is None:
        return "not known yet; another message follows when it is"
    fix = notice.fix
    radius = f"within {fix.accuracy_m:.0f} m" if fix.accuracy_m is not None else "accuracy not known"
    return f"{_degrees(fix)}, {radius}, {_age(notice.at - fix.at)}"


def _age(seconds: float) -> str:
    if seconds < 10:
        return "at that moment"
    return f"{seconds:.0f} s earlier" if seconds < 120 else f"{seconds / 60:.0f} min earlier"


def _links(notice: Notice, acknowledge: str | None) -> tuple[tuple[str, str], ...]:
    going = acknowledge if notice.kind in ANSWERABLE else None
    label = "I have seen this drill: tell the device" if notice.test else "I am going: tell the others"
    links = ((label, going), ("Show the place on a map", _map(notice)))
    return tuple((label, url) for label, url in links if url)


def _way(notice: Notice, zone: tzinfo | None) -> tuple[tuple[str, str], ...]:
    """The positions since the check-in was agreed: in words, and on a map."""
    offset = notice.wall - notice.at
    return tuple((f"{_hour(offset + fix.at, zone)}: {_degrees(fix)}", map_link(fix)) for fix in notice.track)


def _hour(wall: float, zone: tzinfo | None) -> str:
    return f"{datetime.fromtimestamp(wall, zone).astimezone(zone):%H:%M:%S}"


def _degrees(fix: Fix) -> str:
    return f"{fix.latitude:.5f}, {fix.longitude:.5f}"


def _map(notice: Notice) -> str | None:
    return map_link(notice.fix) if notice.fix else None


def _plain(
    subject: str,
    todo: str,
    facts: tuple[tuple[str, str], ...],
    links: tuple[tuple[str, str], ...],
    way: tuple[tuple[str, str], ...],
    notice: Notice,
    picture: Picture | None,
) -> str:
    return "\n".join(
        (
            f"{subject}.",
            "",
            todo,
            "",
            *(f"{label}: {value}" for label, value in facts),
            *(f"\n{label}:\n{url}" for label, url in links),
            *(("", f"{WAY}:") if way else ()),
            *(f"{place}\n{url}" for place, url in way),
            *(("", picture.words) if picture else ()),
            "",
            f"{SMALL_PRINT} Incident {notice.incident_id}, message {notice.seq}.",
            "",
        )
    )


PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{subject}</title></head>
<body style="font: 1.1rem/1.5 sans-serif; max-width: 40rem">
<h1 style="font-size: 1.5rem">{subject}</h1>
<p><strong>{todo}</strong></p>
{links}
<dl>
{facts}
</dl>
{way}{picture}
<p><small>{small}</small></p>
</body>
</html>
"""


def _html(
    subject: str,
    todo: str,
    facts: tuple[tuple[str, str], ...],
    links: tuple[tuple[str, str], ...],
    way: tuple[tuple[str, str], ...],
    notice: Notice,
    picture: Picture | None,
) -> str:
    return PAGE.format(
        subject=escape(subject),
        todo=escape(todo),
        links="\n".join(f'<p><a href="{escape(url)}">{escape(label)}</a></p>' for label, url in links),
        facts="\n".join(
            f"<dt><strong>{escape(label)}</strong></dt><dd>{escape(value)}</dd>" for label, value in facts
        ),
        way=_listed(way),
        picture=_shown(picture, notice),
        small=escape(f"{SMALL_PRINT} Incident {notice.incident_id}, message {notice.seq}."),
    )


def _listed(way: tuple[tuple[str, str], ...]) -> str:
    if not way:
        return ""
    places = "\n".join(f'<li><a href="{escape(url)}">{escape(place)}</a></li>' for place, url in way)
    return f"<p><strong>{WAY}</strong></p>\n<ol>\n{places}\n</ol>\n"


def _shown(picture: Picture | None, notice: Notice) -> str:
    """The picture under its words: many programs show no SVG, and a screen reader reads them once."""
    if picture is None:
        return ""
    image = f'<img src="cid:{picture_id(notice)}" alt="The same as curves." style="max-width: 100%">'
    return f"<p>{escape(picture.words)}</p>\n<p>{image}</p>"


def picture_id(notice: Notice) -> str:
    """The picture's Content-ID, without its angle brackets (RFC 2392)."""
    return f"scores.{notice.incident_id}.{notice.seq}@distress-agent"
