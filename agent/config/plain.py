"""From the configuration to the plain frozen values that the parts are made with."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config.mind import DEFAULT
from agent.config.model import Config
from agent.core.notice import Address
from agent.core.policy import Contact, Policy
from agent.wording import Device

if TYPE_CHECKING:
    from agent.channels.mqtt import Broker


def policy(config: Config) -> Policy:
    """The mind's policy; ValueError, naming the key, where it can never be met."""
    fusion, cues = config.fusion, config.fusion.cues
    rules = {kind: replace(DEFAULT.cues[kind], **cue.model_dump()) for kind, cue in cues}
    return replace(
        DEFAULT,
        cues=rules,
        contacts=tuple(Contact(contact.name, (), contact.tier) for contact in config.contacts),
        broadcast=(Address("mqtt"),) if config.channels.mqtt.enabled else (),
        pin_needed=config.incident.pin is not None,
        **fusion.model_dump(exclude={"cues"}),
        **config.incident.model_dump(exclude={"pin", "duress_pin"}),
    )


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
