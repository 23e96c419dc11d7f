"""E-mail: one letter to one person over SMTP, with the incident as one thread.

Message-ID is made of incident and seq, so that a letter sent twice is shown once by most programs;
References name the incident's first letter (RFC 5322, 3.6.4). The letter says that no human wrote it
(Auto-Submitted, RFC 3834), so that no holiday answer comes back.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import TYPE_CHECKING, Literal

from agent.channels import Link, Message, Undelivered
from agent.channels.letter import Letter, Picture, picture_id, write
from agent.wording import Device

if TYPE_CHECKING:
    from aiosmtplib import SMTP

log = logging.getLogger("distress_agent")

LOGIN = (530, 534, 535, 538)
"""Answers to a login that is missing, too weak or wrong (RFC 4954, 6)."""

PORTS = {"starttls": 587, "tls": 465, "none": 25}
URGENT = ("alarm", "escalated", "pre_alarm")

GOODBYE_S = 1.0
"""Longest wait for the answer to QUIT: by then the server has the letter."""

OURSELVES = "[127.0.0.1]"
"""What we call ourselves in EHLO: the name that betrays nothing and needs no look-up (RFC 5321, 4.1.3)."""


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """Where letters are handed in. `port` 0: the usual one; `security` none: only for a relay on this device.

    `ca`: file of the authorities to trust instead of the usual ones; `timeout_s`: for the whole letter.
    """

    host: str
    sender: str
    port: int = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: str | None = None
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Email:
    """The channel. `acknowledge` and `picture` are asked anew for each letter.

    acknowledge: a link for "I am going"; picture: the last minutes' scores. A letter whose picture cannot be
    drawn goes without.
    """

    settings: EmailSettings
    device: Device
    acknowledge: Link | None = None
    picture: Callable[[Message], Picture | None] | None = None

    async def deliver(self, message: Message) -> None:
        """Return when the server has taken the letter (250 after DATA).

        Raises Undelivered: for good on a 5xx answer (RFC 5321, 4.2.1), save one that greets us with it, or
        that wants another login (RFC 4954, 6).
        """
        link = self.acknowledge(message) if self.acknowledge else None
        picture = self._drawn(message)
        try:
            letter = write(message, self.device, link, picture)
            mail = compose(message, letter, self.settings.sender, picture)
        except ValueError as error:
            raise Undelivered(str(error), retry=False) from error
        await _within(self.settings, _send(mail, self.settings))

    def _drawn(self, message: Message) -> Picture | None:
        """The picture; none where it cannot be drawn, for a defect in it must not hold up the letter."""
        try:
            return self.picture(message) if self.picture else None
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            log.warning("a letter goes without its picture, which cannot be drawn: %r", error)
            return None


def compose(message: Message, letter: Letter, sender: str, picture: Picture | None = None) -> EmailMessage:
    """The mail as it goes over the wire. Raises ValueError if one end of it is not one address."""
    _check(parseaddr(sender)[1])
    _check(message.recipient)
    notice = message.notice
    urgent = notice.kind in URGENT and not notice.test
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.recipient
    mail["Subject"] = letter.subject
    mail["Date"] = formatdate(message.wall, localtime=True)
    mail["Message-ID"] = message_id(notice.incident_id, notice.seq, sender)
    if notice.seq > 1:
        mail["In-Reply-To"] = mail["References"] = message_id(notice.incident_id, 1, sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Priority"] = "1" if urgent else "3"
    mail["Importance"] = "high" if urgent else "normal"
    mail.set_content(letter.plain)
    mail.add_alternative(letter.html, subtype="html")
    if picture and (html := mail.get_body(("html",))):
        name = f"<{picture_id(notice)}>"
        html.add_related(
            picture.svg.encode(), "image", "svg+xml", cid=name, filename="scores.svg", disposition="inline"
        )
    return mail


def _check(address: str) -> None:
    if not re.fullmatch(r"[^\s,;@<>]+@[^\s,;@<>]+", address):
        raise ValueError(f"{address!r} is not one e-mail address")


def message_id(incident_id: str, seq: int, sender: str) -> str:
    """Unique in the world by the ULID and the sender's domain."""
    return f"<{incident_id}.{seq}@{parseaddr(sender)[1].rpartition('@')[2]}>"


async def _within(settings: EmailSettings, talk: Awaitable[None]) -> None:
    """Talk to the server, within its time. Raises Undelivered."""
    from aiosmtplib import SMTPException

    try:
        async with asyncio.timeout(settings.timeout_s):
            await talk
    except (SMTPException, OSError) as error:
        raise _undelivered(error, settings) from error
    except UnicodeError as error:
        raise Undelivered(f"{settings.host!r} cannot be the name of a host", retry=False) from error


async def _send(mail: EmailMessage, settings: EmailSettings) -> None:
    async with _logged_in(settings) as client:
        await client.send_message(mail)


@asynccontextmanager
async def _logged_in(settings: EmailSettings) -> AsyncIterator[SMTP]:
    """A connection, encrypted and logged in as configured, that takes its leave when all went well."""
    import aiosmtplib

    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port or PORTS[settings.security],
        username=settings.username,
        password=settings.password,
        use_tls=settings.security == "tls",
        start_tls=settings.security == "starttls",
        cert_bundle=settings.ca,
        local_hostname=OURSELVES,
        timeout=settings.timeout_s,
    )
    try:
        await client.connect()
        yield client
        with suppress(aiosmtplib.SMTPException):
            await client.quit(timeout=GOODBYE_S)
    finally:
        client.close()


async def probe(settings: EmailSettings) -> None:
    """Connect, log in, and leave without a letter. Raises ConnectionError with why not, in words."""
    try:
        await _within(settings, _greet(settings))
    except Undelivered as error:
        raise ConnectionError(error.why) from error


async def _greet(settings: EmailSettings) -> None:
    async with _logged_in(settings):
        pass


def _undelivered(error: Exception, settings: EmailSettings) -> Undelivered:
    """Tell later from never. The server's words may be shown: they never hold the password."""
    import aiosmtplib

    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    if isinstance(error, TimeoutError):
        return Undelivered(f"{settings.host} gave no answer within {settings.timeout_s:g} s")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        # A server that will not even talk speaks of the network we are in, not of this letter.
        greeting = isinstance(error, aiosmtplib.SMTPConnectError)
        said = " ".join(str(error.message).split())[:200]
        why = f"{settings.host} refused it ({error.code} {said})"
        if error.code in LOGIN:
            return Undelivered(why, cure="check username and password under channels.email")
        return Undelivered(why, retry=error.code < 500 or greeting)
    return Undelivered(f"{settings.host} cannot be reached: {error or type(error).__name__}")
