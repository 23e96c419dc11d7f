"""Push, webhooks, programs and Apprise as sections; the last three have names of their own for contacts."""

from __future__ import annotations

import re
import shutil
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from agent.config.section import Authorities, Hidden, Limit, Secret, Section, Text, Url

TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
"""ntfy's own rule (docs.ntfy.sh/publish)."""


def topic(name: str) -> str:
    """The name, where it can be a topic of ntfy. Raises ValueError, which does not show it."""
    if not TOPIC.fullmatch(name):
        raise ValueError("is no topic of ntfy: 1 to 64 letters, digits, - and _, long and hard to guess")
    return name


def _topic(hidden: SecretStr) -> SecretStr:
    topic(hidden.get_secret_value())
    return hidden


def _program(argv: tuple[str, ...]) -> tuple[str, ...]:
    if shutil.which(argv[0]) is None:
        raise ValueError(f"there is no program {argv[0]!r} on this device that may be started")
    return argv


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")]
Headers = dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")], Hidden]


class Ntfy(Section):
    """ntfy, at ntfy.sh or a server of one's own."""

    topic: Annotated[Hidden, AfterValidator(_topic)] | None = None
    """The topic for contacts who name none of their own; who knows a topic can read it."""
    url: Url = Field(default="https://ntfy.sh", validate_default=True)
    """The server."""
    token: Secret | None = None
    """An access token, where the server asks for one."""
    timeout_s: Limit = 20
    """Longest wait for an answer."""
    ca: Authorities | None = None
    """File of the authority that signed the server's certificate; null: the usual ones."""


class Cap(Section):
    """How the device appears in CAP."""

    sender: Annotated[Text, Field(pattern=r"^[^\s,<&]+$")]
    """Unique in the world: device@domain; no spaces, commas, < or &."""
    addresses: tuple[Text, ...] = ()
    """Whom the messages are for."""
    unconfirmed: bool = False
    """Whether alarms go there that no human has confirmed; never for public services."""


class Webhook(Section):
    """One server that takes signed messages (docs/webhook.md)."""

    name: Name
    """What contacts call it."""
    url: Url
    """Its address."""
    secret: Secret
    """What messages are signed with, as !secret webhook_key."""
    body: Literal["alert", "location", "cap"] = "alert"
    """What is sent: our JSON, OwnTracks locations alone, or CAP 1.2."""
    cap: Cap | None = None
    """How the device appears in CAP, where body is cap."""
    broadcast: bool = False
    """Whether it hears everything, as the MQTT topics do; else only what its contacts are told."""
    headers: Headers = Field(default_factory=dict)
    """Further headers of each request."""
    timeout_s: Limit = 20
    """Longest wait for an answer."""
    ca: Authorities | None = None
    """File of the authority that signed the server's certificate; null: the usual ones."""

    @model_validator(mode="after")
    def _cap_fits(self) -> Self:
        if (self.body == "cap") != (self.cap is not None):
            raise ValueError("body: cap and a section cap with its sender belong together; set both or none")
        return self


class Command(Section):
    """One program that sends messages; it gets the text on standard input."""

    name: Name
    """What contacts call it."""
    argv: Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(_program)]
    """The program and its arguments, each for itself; {to} stands for the contact's address."""
    broadcast: bool = False
    """Whether it is started for everything; else only for what its contacts are told."""
    timeout_s: Limit = 30
    """Longest that it may run."""

    @model_validator(mode="after")
    def _for_somebody(self) -> Self:
        if self.broadcast and self.wants_to:
            raise ValueError("a broadcast has no {to}; write the address itself, or leave broadcast out")
        return self

    @property
    def wants_to(self) -> bool:
        """Whether an argument asks for the contact's address."""
        return any("{to}" in part for part in self.argv[1:])


class Apprise(Section):
    """One service that Apprise knows."""

    name: Name
    """What contacts call it."""
    url: Secret
    """Apprise's URL of it, as !secret telegram."""
    broadcast: bool = False
    """Whether it hears everything; else only what its contacts are told."""
