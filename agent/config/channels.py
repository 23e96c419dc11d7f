"""The ways to reach people, as sections."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.config.email import Email
from agent.config.section import File, Port, Secret, Section, Text
from agent.config.sms import Sms
from agent.config.web import Apprise, Command, Ntfy, Webhook


class Tls(Section):
    """Encryption of the way to the broker."""

    enabled: bool = False
    """Whether the connection is encrypted (the port is then mostly 8883)."""
    ca: File | None = None
    """File of the authority that signed the broker's certificate; null: those that the system trusts."""
    certificate: File | None = None
    """File of the device's own certificate, where the broker asks for one."""
    key: File | None = None
    """File of the private key of that certificate."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together; set both or none")
        if not self.enabled and (self.ca or self.key):
            raise ValueError("has files but is not enabled; write enabled: true")
        return self


class Mqtt(Section):
    """The MQTT broker that caregivers listen to."""

    enabled: bool = True
    """Whether alerts go there."""
    host: Text = "localhost"
    """Name or address of the broker."""
    port: Port = 1883
    """Its port."""
    username: Text | None = None
    """Name to log in with."""
    password: Secret | None = None
    """Password to log in with."""
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 20
    """The broker says that this device is offline 1.5 times this long after it fell silent."""
    version: Literal["3.1.1", "5"] = "3.1.1"
    """The protocol's version that is spoken; in 5 a broker tells of topics that it forbids."""
    home_assistant: bool = False
    """Whether Home Assistant, at the same broker, finds this device by itself."""
    scores: bool = False
    """Whether what the detectors see is told every second, for those who tune them."""
    tls: Tls = Tls()
    """Encryption of the way to the broker."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.password is not None and self.username is None:
            raise ValueError("a password needs a username; set both or none")
        return self


class Channels(Section):
    """The ways to reach people."""

    mqtt: Mqtt = Mqtt()
    """The MQTT broker that caregivers listen to."""
    email: Email | None = None
    """E-mail."""
    sms: Sms | None = None
    """SMS, by one way."""
    ntfy: Ntfy | None = None
    """Push messages to telephones by ntfy."""
    webhooks: tuple[Webhook, ...] = ()
    """Servers of one's own that take alerts as JSON or CAP."""
    commands: tuple[Command, ...] = ()
    """Programs of this device that send messages."""
    apprise: tuple[Apprise, ...] = ()
    """Services that Apprise knows; they need the extra `apprise`."""
