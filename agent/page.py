"""Page: what a link in a message opens: who, what, where, and two buttons. Pressing one is the answer,
but what ends it for everyone is asked once more.

Looking changes nothing, since mail scanners follow every link; only a POST answers. Each link answers once,
for the rest of its day it says that it has been used. Nothing here decides: an answer knocks at the same
door as all other requests. The link of a drill answers that drill, and can answer nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qs
from uuid import uuid4

from agent.channels import Message
from agent.channels.letter import advice, map_link, write
from agent.core.incident import Incident, State
from agent.core.notice import Notice
from agent.core.watch import Watch
from agent.link_book import PLACE, LinkBook
from agent.links import LASTS_S, Claim
from agent.replies import FALSE_ALARM, GOING, Answer, request
from agent.runtime.clock import Clock
from agent.web import Page, Visit, plain
from agent.wording import Device


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the page: `seen` gives the mind as it is now, `answer` is the door."""

    links: LinkBook
    device: Device
    clock: Clock
    seen: Callable[[], Watch]
    answer: Answer


async def respond(behind: Behind, visit: Visit) -> Page:
    """The page for a visit."""
    _, found, token = visit.path.rpartition(PLACE)
    try:
        claim = behind.links.read(token if found else "")
    except ValueError:
        return plain(HTTPStatus.NOT_FOUND, "This link is not valid", FORGED)
    drill = any(one.incident_id == claim.incident_id for one in behind.seen().drills)
    story = DRILL if drill else _story(claim, behind.seen(), behind.device)
    if _expired(claim, behind):
        return plain(HTTPStatus.GONE, "This link has expired", EXPIRED)
    if token in behind.links.used:
        return plain(HTTPStatus.GONE, "This link has been used", _said(claim, USED_UP) + story)
    if visit.method == "POST":
        return await (
            _drilled(behind, claim, token) if drill else _answered(behind, claim, token, visit.body)
        )
    if not story:
        return plain(HTTPStatus.GONE, "This is over", OVER)
    if drill:
        return plain(HTTPStatus.OK, "A drill: nobody is in danger", story + _said(claim, SEEN))
    title = f"{escape(behind.device.wearer)} may need help"
    return plain(HTTPStatus.OK, title, story + _said(claim, BUTTONS))


def _expired(claim: Claim, behind: Behind) -> bool:
    """By the wall clock; but a board without a battery may set that amid an alarm: what is new is young."""
    told = [
        outcome.at
        for delivery in behind.seen().deliveries
        if (delivery.incident_id, delivery.seq) == (claim.incident_id, claim.seq)
        for outcome in delivery.outcomes
    ]
    young = bool(told) and behind.clock.now() < min(told) + LASTS_S
    return claim.expires < behind.clock.wall() and not young


async def _answered(behind: Behind, claim: Claim, token: str, body: bytes) -> Page:
    """A POST without words, as ntfy's button sends it, says "I am going"."""
    pressed = parse_qs(body.decode("latin-1")).get("answer")
    if pressed == ["false"]:
        return plain(HTTPStatus.OK, "Are you sure?", _said(claim, SURE))
    over = pressed == ["over"]
    refused = await _taken(behind, claim, token, FALSE_ALARM if over else GOING)
    if refused:
        return refused
    if over:
        return plain(HTTPStatus.OK, "The alarm is closed", _said(claim, CLOSED))
    story = _story(claim, behind.seen(), behind.device)
    more = _said(claim, AFTER, behind.links.next(claim))
    return plain(HTTPStatus.OK, "You are going", _said(claim, THANKS) + story + more)


async def _drilled(behind: Behind, claim: Claim, token: str) -> Page:
    """A drill has one answer, whatever was pressed; it never touches an alarm."""
    refused = await _taken(behind, claim, token, GOING)
    return refused or plain(HTTPStatus.OK, "That was the drill", _said(claim, DRILLED) + DRILL)


async def _taken(behind: Behind, claim: Claim, token: str, action: str) -> Page | None:
    """Knock with the answer; the page that says why it was refused, and then the link may be used again."""
    links, wall = behind.links, behind.clock.wall()
    links.use_up(token, claim)  # at once: pressed twice, it is one answer
    heard = await behind.answer(request(action, claim.name, f"link-{uuid4().hex}", wall, claim.incident_id))
    if not heard["ok"]:
        links.give_back(token)
        return plain(HTTPStatus.CONFLICT, "Your answer was not taken", _said(claim, REFUSED, heard["error"]))
    links.remember()
    return None


def _story(claim: Claim, watch: Watch, device: Device) -> str:
    """What the mail says, as of now; nothing once the incident is over."""
    if watch.incident is None or watch.incident.id != claim.incident_id:
        return ""
    message = _message(watch, watch.incident)
    lines = write(message, device).lines.splitlines()
    pairs = (line.partition(": ") for line in lines)
    facts = "\n".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, _, value in pairs)
    todo = escape(advice(message.notice, device.wearer))
    where = (
        f'<p><a href="{escape(map_link(watch.fix))}">Show the place on a map</a></p>\n' if watch.fix else ""
    )
    return f"<p><strong>{todo}</strong></p>\n<dl>\n{facts}\n</dl>\n{where}"


def _message(watch: Watch, incident: Incident) -> Message:
    """The incident as it is now, as if it were told."""
    notice = Notice(
        incident_id=incident.id,
        seq=incident.seq,
        kind="acknowledged" if incident.state is State.ACKNOWLEDGED else "alarm",
        at=watch.at,
        wall=incident.since + watch.offset,
        belief=incident.peak,
        reasons=incident.reasons,
        fix=watch.fix,
        acknowledged_by=incident.acknowledged_by,
        duress=incident.duress,
    )
    return Message(notice, "*", late=False, wall=watch.wall)


def _said(claim: Claim, text: str, more: str = "") -> str:
    return text.format(name=escape(claim.name), more=escape(more))


FORGED = (
    "<p>It may have been cut in two by the mail program. Copy the whole link, or answer in another way.</p>"
)
EXPIRED = "<p>Links work for one day. If there is still an alarm, a newer message has a newer link.</p>"
USED_UP = "<p>{name} has answered with it. The next message brings a new link.</p>\n"
REFUSED = "<p>{name}, the device said: {more}.</p>"
OVER = (
    "<p>If your message began with TEST, it was a drill: you need not do anything. If not, the alarm has "
    "been closed or called off. You do not know by whom? Ask the other contacts.</p>"
)
THANKS = "<p>Thank you, {name}. Everyone who was told now hears that you are going.</p>\n"
CLOSED = "<p>Thank you, {name}. Everyone who was told now hears that it is over.</p>"
DRILL = (
    "<p>This was an exercise, and answers no alarm. You have a message that begins with ALARM? "
    "Answer that one.</p>\n"
)
DRILLED = "<p>Thank you, {name}. The device now knows that its messages reach you.</p>\n"
SEEN = """<form method="post">
<p>You answer as {name}.</p>
<button name="answer" value="seen">I have seen this drill</button>
</form>
"""
BUTTONS = """<form method="post">
<p>You answer as {name}.</p>
<button name="answer" value="going">I am going</button>
<button name="answer" value="false">It is a false alarm: end it for everyone</button>
</form>
"""
SURE = """<p>This ends the alarm for everyone: nobody else will come. It may have been said under force.</p>
<form method="post">
<p>You answer as {name}.</p>
<button name="answer" value="going">No: I am going</button>
<button name="answer" value="over">Yes: I am sure, end it for everyone</button>
</form>
"""
AFTER = """<form method="post" action="{more}">
<button name="answer" value="false">It is over, or was a false alarm: end it for everyone</button>
</form>
"""
