"""Plan: what a house is built of, in plain values; build.py makes one, the demo bends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.channels import Channel
from agent.channels.mqtt import Broker
from agent.channels.mqtt_home import Introduction
from agent.channels.sms_at import AtSettings
from agent.channels.sms_modem import ModemSettings
from agent.core.policy import Policy
from agent.link_book import LinkBook
from agent.recent import Recent
from agent.runtime.clock import Clock
from agent.runtime.door import Pins
from agent.runtime.keep import Values
from agent.senses.perception import Senses
from agent.wording import Device
from sensors import Driver
from sensors.lamp import Lamp


@dataclass(frozen=True, slots=True)
class Plan:
    """What a house is built of."""

    policy: Policy
    clock: Clock
    folder: Path
    new_senses: Callable[[Values | None], Senses]
    seed: str
    device: Device
    broker: Broker | None = None
    pins: Pins | None = None
    sensors: Mapping[str, Driver] = field(default_factory=dict)
    lamp: Lamp | None = None
    ticking: bool = True
    tell_scores: bool = False
    always_locate: bool = False
    channels: Mapping[str, Channel] = field(default_factory=dict)
    recent: Recent | None = None
    links: LinkBook | None = None
    page_at: tuple[str, int] = ("127.0.0.1", 8420)
    home: Introduction | None = None
    modem: ModemSettings | AtSettings | None = None
    rehearse: Callable[[], str] | None = None
    drill_every_s: float | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the models on the shelf, by file: what an incident's journal names."""
