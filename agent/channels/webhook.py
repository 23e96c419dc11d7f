"""Webhook: a signed POST to a server of one's own; docs/webhook.md tells its author how to check it.

Source of the headers and the signature: Standard Webhooks (github.com/standard-webhooks), whose
libraries verify ours; the key in `webhook-id` and `Idempotency-Key` is the same for every try.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import quote

from agent.channels import Link, Message, Undelivered, cap
from agent.channels.http import Call, accept, send
from agent.wording import Device, alert, location
from agent.wording.people import ANSWERABLE

REMEMBERED = 32
"""Open CAP stories kept in mind; older ones start anew as an Alert."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where to, and the shared `secret` (any text; 32 random characters are good)."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    timeout_s: float = 20.0
    ca: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """JSON to one server: our alert, or with `only_location` an OwnTracks location for maps.

    acknowledge: the link by which its contact answers, told beside the alert as `answer_url`.
    """

    settings: WebhookSettings
    device: Device
    only_location: bool = False
    acknowledge: Link | None = None

    async def deliver(self, message: Message) -> None:
        """Return on a 2xx answer; raise Undelivered on any other, and where a map would get no position."""
        told = _location(message, self.device) if self.only_location else self._alert(message)
        body = json.dumps(told, ensure_ascii=False, allow_nan=False).encode()
        await _post(self.settings, message, body, "application/json")

    def _alert(self, message: Message) -> dict[str, object]:
        """The alert, and how to answer where an answer is asked for."""
        asked = self.acknowledge if message.notice.kind in ANSWERABLE else None
        link = asked(message) if asked else None
        return alert(message, self.device) | ({"answer_url": link} if link else {})


def _location(message: Message, device: Device) -> dict[str, object]:
    notice = message.notice
    if notice.fix is None:
        raise Undelivered("there is no position yet, and this webhook takes only positions", retry=False)
    return location(notice.fix, notice.wall - notice.at, device, message.wall)


@dataclass(frozen=True, slots=True)
class CapSettings:
    """How we appear in CAP. `sender`: unique in the world, as device@domain; `addresses`: whom it is for
    (none: the recipient).

    `unconfirmed`: send also what only sensors say. Leave it off for public services: their people are
    few and machines err; then only what the wearer asked for or a caregiver answered goes out, and drills.
    """

    sender: str
    addresses: tuple[str, ...] = ()
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class CapWebhook:
    """CAP 1.2 to one server. It remembers what that server has, for Updates and Cancels refer to it."""

    settings: WebhookSettings
    identity: CapSettings
    device: Device
    _earlier: dict[tuple[str, str], list[cap.Reference]] = field(default_factory=dict, init=False, repr=False)

    async def deliver(self, message: Message) -> None:
        """Return on a 2xx answer; raise Undelivered on any other, and where no human has confirmed."""
        notice, ours = message.notice, self.identity
        story = self._earlier.get((notice.incident_id, message.recipient), [])
        if not (ours.unconfirmed or notice.test or cap.confirmed(notice) or story):
            raise Undelivered("kept back: no human has confirmed it yet", retry=False)
        document = cap.message(
            notice,
            sender=ours.sender,
            name=self.device.wearer,
            addresses=ours.addresses or (message.recipient,),
            earlier=story,
            late=message.late,
        )
        await _post(self.settings, message, document.encode(), "application/cap+xml")
        self._remember(message, [*story, cap.reference(notice, ours.sender)])

    def _remember(self, message: Message, story: list[cap.Reference]) -> None:
        key = (message.notice.incident_id, message.recipient)
        self._earlier.pop(key, None)
        if message.notice.kind not in cap.ENDS:
            self._earlier[key] = story
        for old in list(self._earlier)[:-REMEMBERED]:
            del self._earlier[old]


async def _post(settings: WebhookSettings, message: Message, body: bytes, kind: str) -> None:
    headers = settings.headers | signed(settings.secret, idempotency_key(message), int(message.wall), body)
    headers["Content-Type"] = kind
    accept(await send(Call(settings.url, body, headers, timeout_s=settings.timeout_s, ca=settings.ca)))


def idempotency_key(message: Message) -> str:
    """incident_id:seq:recipient, the recipient percent-encoded: the same for every try."""
    return f"{message.notice.incident_id}:{message.notice.seq}:{quote(message.recipient, safe='*@+')}"


def signed(secret: str, key: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that prove a body: HMAC-SHA256 (RFC 2104) over `key.timestamp.body`, in base 64.

    timestamp: Unix seconds when this try left, so that a receiver can refuse what is old.
    """
    proof = hmac.digest(secret.encode(), f"{key}.{timestamp}.".encode() + body, "sha256")
    return {
        "webhook-id": key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{b64encode(proof).decode()}",
        "Idempotency-Key": key,
    }
