"""E-mail as a section."""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from agent.config.section import Authorities, Limit, Secret, Section, Text

PLAUSIBLE = re.compile(
    r"[^\s,;:@<>()\[\]\"\\]{1,64}@([^\W_]([\w-]{0,61}[^\W_])?\.)*[^\W_]([\w-]{0,61}[^\W_])?"
)
"""One @, a part before it of at most 64 octets (RFC 5321, 4.5.3.1.1), and a host's name of whole labels."""


def mail_address(address: str) -> str:
    """The address, where it could be one. Raises ValueError with a sentence for people."""
    name = address.rpartition("@")[0]
    if not PLAUSIBLE.fullmatch(address) or ".." in name or name.startswith(".") or name.endswith("."):
        raise ValueError(f"{address!r} is no e-mail address; one looks like ben@example.org")
    return address


def _sender(sender: str) -> str:
    mail_address(parseaddr(sender)[1] or sender)
    return sender


class Email(Section):
    """E-mail through a server that takes letters in."""

    host: Text
    """The server's name."""
    sender: Annotated[Text, AfterValidator(_sender)]
    """The address that letters come from, as asha@example.org or Asha <asha@example.org>."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Its port; 0: the usual one, 587 with starttls, 465 with tls, 25 with none."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the way there is encrypted; none is only for a server on this very device."""
    username: Text | None = None
    """Name to log in with."""
    password: Secret | None = None
    """Password to log in with."""
    ca: Authorities | None = None
    """File of the authority that signed the server's certificate; null: the usual ones."""
    timeout_s: Limit = 30
    """Longest that handing in one letter may take."""

    @model_validator(mode="after")
    def _login(self) -> Self:
        if (self.password is None) != (self.username is None):
            raise ValueError("username and password belong together; set both or none")
        if self.password is not None and self.security == "none":
            raise ValueError("a password must not travel in the open; write security: starttls or tls")
        return self
