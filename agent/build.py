"""Build: the composition root, from the configuration to the plan of a house."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache, partial

from agent import __version__, config
from agent.channels.mqtt_home import Introduction
from agent.config import Config
from agent.config.drivers import drivers, light
from agent.core.names import names
from agent.link_book import LinkBook, open_links
from agent.models import on_shelf
from agent.plan import Plan
from agent.recent import Recent
from agent.rehearsal import rehearse
from agent.runtime.clock import Clock
from agent.runtime.door import Pins
from agent.runtime.keep import Values
from agent.senses import forest, shelf
from agent.senses.perception import Senses
from agent.senses.sight import Seeing
from agent.senses.sound import Hearing
from agent.senses.speech import Listening
from agent.senses.stress import Feeling, Limits
from agent.wording import Device


def plan(known: Config) -> Plan:
    """The daemon's plan."""
    device, links, policy = config.device(known), link_book(known), config.policy(known)
    recent = Recent(device, policy.threshold)
    return Plan(
        policy=policy,
        clock=Clock(),
        folder=config.storage_folder(known),
        new_senses=senses(known),
        seed=secrets.token_hex(10),
        device=device,
        broker=config.broker(known),
        pins=pins(known),
        sensors={driver.name: driver for driver in drivers(known.sensors)},
        lamp=light(known.sensors),
        tell_scores=known.channels.mqtt.scores,
        always_locate=known.privacy.always_locate,
        channels=config.channels(known, device, links.to_answer if links else None, recent.picture),
        recent=recent,
        links=links,
        page_at=(known.dashboard.host, known.dashboard.port),
        home=introduction(known, device),
        modem=config.modem(known),
        rehearse=partial(rehearse, policy) if known.detectors.scream.enabled else None,
        drill_every_s=3600 * every_h if (every_h := known.incident.drill_every_h) else None,
        models={file.name: shelf.checksum(file) for file in on_shelf()},
    )


def link_book(known: Config) -> LinkBook | None:
    """The links that messages carry; None where no telephone could reach the page behind them."""
    base_url = known.dashboard.base_url
    who = names(config.policy(known).contacts)
    return open_links(base_url, config.storage_folder(known), who) if base_url else None


def introduction(known: Config, device: Device) -> Introduction | None:
    """What Home Assistant is told; no button may cancel where a PIN is asked for."""
    if not known.channels.mqtt.home_assistant:
        return None
    return Introduction(device, __version__, cancels=known.incident.pin is None)


def pins(known: Config) -> Pins | None:
    """The wearer's PINs as salted hashes; None where there are none."""
    right, duress = known.incident.pin, known.incident.duress_pin
    if right is None:
        return None
    return Pins.of(
        right.get_secret_value(), duress.get_secret_value() if duress else None, secrets.token_bytes(16)
    )


def senses(known: Config) -> Callable[[Values | None], Senses]:
    """A maker of fresh senses, from the wearer's usual values where they are known.

    Models are loaded once, by its first call, which may raise ModelUnfit.
    """
    model, trees = cache(shelf.load), cache(forest.load)
    detectors, stress = known.detectors, known.detectors.stress

    def fresh(kept: Values | None) -> Senses:
        limits = Limits(stress.pulse_over, stress.systolic_over)
        return Senses(
            Hearing(model("scream")) if detectors.scream.enabled else None,
            Feeling(trees("stress"), kept, limits) if stress.enabled else None,
            Listening(model("voice")) if detectors.voice.enabled else None,
            Seeing(model("face_detector"), model("face")) if detectors.face.enabled else None,
        )

    return fresh
