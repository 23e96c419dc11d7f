"""From sections to the channels themselves, by the names that addresses call them (MQTT: see plain.broker).

The sections' keys are the settings' own fields, so one is made of the other by `plain`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from agent.channels import Channel, Link, Message
from agent.channels.apprise import Apprise
from agent.channels.command import Command, CommandSettings
from agent.channels.email import Email, EmailSettings
from agent.channels.http import prepare
from agent.channels.letter import Picture
from agent.channels.ntfy import Ntfy, NtfySettings
from agent.channels.sms_at import AtSettings
from agent.channels.sms_gateway import Gateway, GatewaySettings, Twilio, TwilioSettings
from agent.channels.sms_modem import ModemSettings
from agent.channels.webhook import CapSettings, CapWebhook, Webhook, WebhookSettings
from agent.config import people
from agent.config.email import Email as EmailSection
from agent.config.section import Section
from agent.config.sms import Gateway as GatewaySection
from agent.config.sms import Modem as ModemSection
from agent.config.sms import Serial as SerialSection
from agent.config.sms import Sms as SmsSection
from agent.config.sms import Twilio as TwilioSection
from agent.config.web import Apprise as AppriseSection
from agent.config.web import Command as CommandSection
from agent.config.web import Ntfy as NtfySection
from agent.config.web import Webhook as WebhookSection
from agent.wording import Device

if TYPE_CHECKING:
    from agent.config.model import Config

LinkFor = Callable[[str, Message], str | None]
"""The link by which a channel's recipient answers a message; None where there is none."""
PictureFor = Callable[[Message], Picture | None]
"""What goes along with a message where a picture can; None where there is none."""

NOT_SETTINGS = frozenset({"name", "broadcast", "body", "cap"})
"""Of a webhook: what says which channel it is, not how it gets there."""


def channels(
    config: Config, device: Device, link: LinkFor | None = None, picture: PictureFor | None = None
) -> dict[str, Channel]:
    """All that only send, with what they need already loaded: an alarm must not wait for imports.

    Raises OSError where a file of authorities has gone since the configuration was read.
    """
    made = {
        name: _channel(way, device, partial(link, name) if link else None, picture)
        for name, way in people.ways(config.channels).items()
    }
    return {name: channel for name, channel in made.items() if channel is not None}


def modem(config: Config) -> ModemSettings | AtSettings | None:
    """The modem that SMS go through and are heard by; None without one."""
    match config.channels.sms and config.channels.sms.way:
        case ModemSection() as way:
            return ModemSettings(**plain(way))
        case SerialSection() as way:
            return AtSettings(**plain(way))
    return None


def _channel(
    way: people.Ways, device: Device, link: Link | None, picture: PictureFor | None
) -> Channel | None:
    """None for a modem: it listens too, and is the house's to hold."""
    match way:
        case EmailSection():
            import_module("aiosmtplib")
            return Email(EmailSettings(**plain(way)), device, link, picture)
        case NtfySection():
            prepare(_ca(way.ca))
            given = {key: value for key, value in plain(way).items() if value is not None}
            return Ntfy(NtfySettings(**given), device, link)
        case SmsSection():
            return _gateway(way.way, device, link)
        case WebhookSection():
            return _webhook(way, device, link)
        case CommandSection():
            return Command(CommandSettings(way.argv, way.timeout_s), device, link)
        case AppriseSection():
            return Apprise(way.url.get_secret_value(), device, link)


def _gateway(way: Section, device: Device, link: Link | None) -> Channel | None:
    match way:
        case TwilioSection():
            prepare(_ca(way.ca))
            return Twilio(TwilioSettings(**plain(way)), device, link)
        case GatewaySection():
            prepare(_ca(way.ca))
            return Gateway(GatewaySettings(**plain(way)), device, link)
    return None


def _webhook(way: WebhookSection, device: Device, link: Link | None) -> Channel:
    prepare(_ca(way.ca))
    settings = WebhookSettings(**plain(way, NOT_SETTINGS))
    if way.cap is not None:
        return CapWebhook(settings, CapSettings(**plain(way.cap)), device)
    if way.body == "location":
        return Webhook(settings, device, only_location=True)
    return Webhook(settings, device, acknowledge=link)


def plain(section: Section, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A section's values as the parts want them: secrets and paths as text."""
    return {key: _bare(value) for key, value in section if key not in without}


def _bare(value: object) -> object:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value)
        case dict():
            return {key: _bare(inner) for key, inner in value.items()}
    return value


def _ca(path: Path | None) -> str | None:
    return None if path is None else str(path)
