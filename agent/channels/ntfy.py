"""ntfy: a push to telephones that subscribed to a topic, at ntfy.sh or a server of one's own.

Source: docs.ntfy.sh/publish, "Publish as JSON", "Message priority", "Action buttons". Whoever knows a
topic can read it: take a long random one, or a server with rights.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from agent.channels import Link, Message
from agent.channels.http import Call, accept, send
from agent.channels.letter import advice, map_link, write
from agent.core.notice import Notice
from agent.wording import Device
from agent.wording.people import ANSWERABLE

LOUD, HIGH, USUAL = 5, 4, 3
"""ntfy's priorities: 5 rings on until seen where the telephone lets it, 3 is a usual message."""

MANNERS = {
    "alarm": (LOUD, "rotating_light"),
    "escalated": (LOUD, "rotating_light"),
    "pre_alarm": (HIGH, "warning"),
    "update": (HIGH, "round_pushpin"),
    "acknowledged": (USUAL, "raising_hand"),
    "resolved": (USUAL, "white_check_mark"),
    "cancelled": (USUAL, "white_check_mark"),
    "device_trouble": (HIGH, "low_battery"),
}
"""Kind of notice: priority, and the tag that is shown as a picture before the title."""


@dataclass(frozen=True, slots=True)
class NtfySettings:
    """The server; `topic` is used for the recipient "*", any other recipient is a topic itself."""

    topic: str = field(default="", repr=False)
    url: str = "https://ntfy.sh"
    token: str | None = field(default=None, repr=False)
    timeout_s: float = 20.0
    ca: str | None = None


@dataclass(frozen=True, slots=True)
class Ntfy:
    """The channel. `acknowledge`: a link whose POST says "I am going"."""

    settings: NtfySettings
    device: Device
    acknowledge: Link | None = None

    async def deliver(self, message: Message) -> None:
        """Return when the server has taken it. Raises Undelivered."""
        ours = self.settings
        topic = ours.topic if message.recipient == "*" else message.recipient
        link = self.acknowledge(message) if self.acknowledge else None
        headers = {"Content-Type": "application/json"}
        if ours.token:
            headers["Authorization"] = f"Bearer {ours.token}"
        body = json.dumps(push(message, topic, self.device, link)).encode()
        accept(await send(Call(ours.url, body, headers, timeout_s=ours.timeout_s, ca=ours.ca)))


def push(message: Message, topic: str, device: Device, acknowledge: str | None = None) -> dict[str, object]:
    """What is published, as ntfy's JSON."""
    notice = message.notice
    letter = write(message, device)
    priority, tag = MANNERS.get(notice.kind, MANNERS["alarm"])
    here = map_link(notice.fix) if notice.fix else None
    return {
        "topic": topic,
        "title": letter.subject,
        "message": f"{letter.lines}\n{advice(notice, device.wearer)}",
        "priority": USUAL if notice.test else priority,
        "tags": ["test_tube"] if notice.test else [tag],
        "actions": _buttons(notice, here, acknowledge),
        **({"click": here} if here else {}),
    }


def _buttons(notice: Notice, here: str | None, acknowledge: str | None) -> list[dict[str, object]]:
    buttons: list[dict[str, object]] = []
    if acknowledge and notice.kind in ANSWERABLE:
        label = "I have seen it" if notice.test else "I am going"
        buttons.append(
            {"action": "http", "label": label, "url": acknowledge, "method": "POST", "clear": True}
        )
    if here:
        buttons.append({"action": "view", "label": "Map", "url": here})
    return buttons
