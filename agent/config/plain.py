"""From the configuration to the plain frozen values that the parts are made with."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import people
from agent.config.mind import DEFAULT
from agent.config.model import Config
from agent.config.sms import Modem, Serial, Sms
from agent.config.web import Webhook
from agent.core.notice import Address
from agent.core.policy import Contact, Policy
from agent.wording import Device

if TYPE_CHECKING:
    from agent.channels.mqtt import Broker


def policy(config: Config) -> Policy:
    """The mind's policy; ValueError, naming the key, where it can never be met."""
    fusion, cues = config.fusion, config.fusion.cues
    rules = DEFAULT.cues | {kind: replace(DEFAULT.cues[kind], **cue.model_dump()) for kind, cue in cues}
    return replace(
        DEFAULT,
        cues=rules,
        contacts=contacts(config),
        broadcast=_broadcast(config),
        pin_needed=config.incident.pin is not None,
        **fusion.model_dump(exclude={"cues"}),
        quiet=_seconds(config.incident.quiet) if config.incident.quiet else None,
        **config.incident.model_dump(exclude={"pin", "duress_pin", "quiet", "drill_every_h"}),
    )


def _seconds(hours: str) -> tuple[float, float]:
    """22:00-07:00 in seconds of the local day."""
    begin, end = (60.0 * (int(time[:2]) * 60 + int(time[3:])) for time in hours.split("-"))
    return begin, end


def contacts(config: Config) -> tuple[Contact, ...]:
    """Who comes to help, with all their addresses."""
    known = people.ways(config.channels)
    return tuple(
        Contact(
            one.name,
            tuple(Address(way.channel, people.recipient(way.to, known[way.channel])) for way in one.channels),
            one.tier,
            one.warn,
            answers=_answers(config, {way.channel for way in one.channels}),
        )
        for one in config.contacts
    )


def _answers(config: Config, ways: set[str]) -> bool:
    """Whether a drill can be answered: by SMS that a modem hears, a link, or MQTT, which needs no way."""
    known = people.ways(config.channels)
    linked = config.dashboard.base_url is not None
    return not ways or any(_heard(known[way]) or (linked and _carries(known[way])) for way in ways)


def _heard(way: people.Ways) -> bool:
    return isinstance(way, Sms) and isinstance(way.way, Modem | Serial)


def _carries(way: people.Ways) -> bool:
    """Whether its messages have room for a link: all do, but what machines have defined for others."""
    return not isinstance(way, Webhook) or way.body == "alert"


def _broadcast(config: Config) -> tuple[Address, ...]:
    loud = [name for name, way in people.ways(config.channels).items() if getattr(way, "broadcast", False)]
    return tuple(Address(name) for name in (["mqtt"] if config.channels.mqtt.enabled else []) + loud)


def device(config: Config) -> Device:
    """Who speaks in every message."""
    return Device(config.device.id, config.wearer.name)


def broker(config: Config) -> Broker | None:
    """The MQTT broker; None where that channel is off."""
    from agent.channels.mqtt import Broker

    mqtt = config.channels.mqtt
    if not mqtt.enabled:
        return None
    files = {name: str(file) for name, file in mqtt.tls if name != "enabled" and file is not None}
    return Broker(
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password=mqtt.password.get_secret_value() if mqtt.password else None,
        tls=mqtt.tls.enabled,
        keepalive_s=mqtt.keepalive_s,
        version=mqtt.version,
        **files,
    )


def storage_folder(config: Config) -> Path:
    """Where state is kept: as configured, else the service's own folder, else the user's."""
    if config.storage.folder is not None:
        return config.storage.folder
    if service := os.environ.get("STATE_DIRECTORY"):
        return Path(service)
    return Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "distress-agent"
