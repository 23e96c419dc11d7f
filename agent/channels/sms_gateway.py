"""SMS over an HTTP gateway: the shape that Twilio made common, or any other by a template.

A gateway that says "accepted" has the message; whether the telephone got it is a delivery report's
business. There is no idempotency key: a try whose answer was lost may send a second SMS, never none.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, urlencode

from agent.channels import Link, Message, Undelivered
from agent.channels.http import Answer, Call, accept, send
from agent.channels.phone import e164
from agent.wording import Device, sms
from agent.wording.people import by_link

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """An account at Twilio or at one who speaks as it does; `sender`: number or name that is shown."""

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    url: str = "https://api.twilio.com"
    timeout_s: float = 20.0
    ca: str | None = None


@dataclass(frozen=True, slots=True)
class Twilio:
    """POST /2010-04-01/Accounts/{Sid}/Messages.json with To, From, Body and Basic authentication."""

    settings: TwilioSettings
    device: Device
    acknowledge: Link | None = None

    async def deliver(self, message: Message) -> None:
        """Return when the gateway has queued it. Raises Undelivered with the gateway's own reason."""
        to = recipient(message)
        account = self.settings
        form = {"To": to, "From": account.sender, "Body": text(message, self.device, self.acknowledge)}
        login = b64encode(f"{account.account_sid}:{account.auth_token}".encode()).decode()
        answer = await send(
            Call(
                url=f"{account.url}/2010-04-01/Accounts/{quote(account.account_sid)}/Messages.json",
                body=urlencode(form).encode(),
                headers={"Content-Type": FORM, "Authorization": f"Basic {login}"},
                timeout_s=account.timeout_s,
                ca=account.ca,
            )
        )
        _queued(answer)


def _queued(answer: Answer) -> None:
    """A login page answers 200 too: only a message id says that there is a message."""
    said = _object(answer.body)
    accept(answer, " ".join(str(said.get("message", "")).split())[:200])
    if not said.get("sid"):
        raise Undelivered(f"{answer.host} answered, but not as an SMS gateway does")


def _object(body: bytes) -> dict[str, object]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Any gateway. In `url` and `body`, `{to}` and `{text}` are filled in, escaped as their place asks.

    The Content-Type among the headers says how the body is escaped: JSON, a form, otherwise plain.
    """

    url: str = field(repr=False)
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"
    timeout_s: float = 20.0
    ca: str | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """The channel for any gateway by its template."""

    settings: GatewaySettings
    device: Device
    acknowledge: Link | None = None

    async def deliver(self, message: Message) -> None:
        """Return on a 2xx answer; raise Undelivered on any other."""
        template = self.settings
        words = {"to": recipient(message), "text": text(message, self.device, self.acknowledge)}
        answer = await send(
            Call(
                url=fill(template.url, words, lambda word: quote(word, safe="")),
                body=fill(template.body, words, escape_for(template.headers)).encode(),
                headers=template.headers,
                method=template.method,
                timeout_s=template.timeout_s,
                ca=template.ca,
            )
        )
        accept(answer)


def text(message: Message, device: Device, link: Link | None) -> str:
    """The SMS of a way that only sends: where there is no link it asks for no answer."""
    return sms(message, device, by_link(link(message) if link else None, test=message.notice.test))


def recipient(message: Message) -> str:
    """The number as gateways want it. Raises Undelivered, for good, where it is none."""
    try:
        return e164(message.recipient)
    except ValueError as error:
        raise Undelivered(str(error), retry=False) from error


def fill(template: str, words: dict[str, str], escape: Callable[[str], str]) -> str:
    """Put words in for `{name}`, each once: what looks like a place inside a word stays as it is."""
    return re.sub(
        r"\{(\w+)\}", lambda place: escape(words[place[1]]) if place[1] in words else place[0], template
    )


def escape_for(headers: dict[str, str]) -> Callable[[str], str]:
    """How a word is written inside a body of this Content-Type."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if "json" in kind:
        return lambda word: json.dumps(word)[1:-1]
    return quote_plus if FORM in kind else str
