"""SMS as a section: one way that carries all text messages."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from agent.channels.phone import e164
from agent.config.section import Authorities, File, Limit, Secret, Section, Text, Url
from agent.config.web import Headers

SHOWN = re.compile(r"\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}|MG[0-9a-f]{32}")
"""What may stand for a number as the sender: a short code, a name of at most 11 letters, Twilio's pool."""


def _shown(sender: str) -> str:
    return sender if SHOWN.fullmatch(sender) else e164(sender)


class Twilio(Section):
    """An account at Twilio, or at one who speaks as it does."""

    account_sid: Annotated[Text, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    """The account, AC and 32 letters and digits at Twilio."""
    auth_token: Secret
    """Its token, as !secret twilio_token."""
    sender: Annotated[Text, AfterValidator(_shown)]
    """The number or the name (at most 11 letters) that telephones show."""
    url: Url = Field(default="https://api.twilio.com", validate_default=True)
    """The service, where it is not Twilio's own."""
    timeout_s: Limit = 20
    """Longest wait for an answer."""
    ca: Authorities | None = None
    """File of the authority that signed the service's certificate; null: the usual ones."""


class Gateway(Section):
    """Any gateway that takes SMS by HTTP; {to} and {text} are filled in, escaped as their place asks."""

    url: Url
    """The address, where {to} and {text} may stand."""
    body: Annotated[str, Field(max_length=10_000)] = ""
    """What is sent, where {to} and {text} may stand."""
    headers: Headers = Field(default_factory=dict)
    """Headers of the request; the Content-Type says how the body is escaped."""
    method: Literal["POST", "PUT", "GET"] = "POST"
    """The method of the request."""
    timeout_s: Limit = 20
    """Longest wait for an answer."""
    ca: Authorities | None = None
    """File of the authority that signed the gateway's certificate; null: the usual ones."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        told = self.url.get_secret_value() + self.body
        for place in ("{to}", "{text}"):
            if place not in told:
                raise ValueError(f"neither url nor body holds {place}; the message would lack it")
        return self


class Modem(Section):
    """A modem that ModemManager looks after, as on Raspberry Pi OS; replies are heard."""

    timeout_s: Limit = 60
    """Longest that the network may take for one message."""
    keep: bool = False
    """Whether received messages stay in the modem, as on a telephone that shows them."""


class Serial(Section):
    """A modem at a serial port that speaks AT commands; replies are heard."""

    port: File
    """The port; its name under /dev/serial/by-id stays the same when others are plugged in."""
    baud: Literal[9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600] = 115200
    """The port's speed."""
    pin: Secret | None = None
    """The SIM's PIN, as !secret sim_pin, where it has one."""
    timeout_s: Limit = 60
    """Longest that the network may take for one message."""

    @model_validator(mode="after")
    def _digits(self) -> Self:
        if self.pin is not None and not re.fullmatch(r"[0-9]{4,8}", self.pin.get_secret_value()):
            raise ValueError("pin must be 4 to 8 digits; three wrong ones lock the SIM card")
        return self


class Sms(Section):
    """Text messages, by exactly one way."""

    modem: Modem | None = None
    """A modem that ModemManager looks after."""
    serial: Serial | None = None
    """A modem at a serial port."""

    twilio: Twilio | None = None
    """An account at Twilio."""
    gateway: Gateway | None = None
    """Any gateway that takes SMS by HTTP."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(ways) != 1:
            known = ", ".join(type(self).model_fields)
            raise ValueError(f"needs exactly one of {known}; it has {len(ways)}")
        return self

    @property
    def way(self) -> Modem | Serial | Twilio | Gateway:
        """The one that is set up."""
        ways = (self.modem, self.serial, self.twilio, self.gateway)
        return next(way for way in ways if way is not None)
