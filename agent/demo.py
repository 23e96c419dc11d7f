"""The demo: a scream becomes an alert in somebody's hand, on embedded defaults, with nothing scripted.

A walk made in code (sensors/sounds) goes the whole way of the daemon: readings, slot, senses with the
int8 model, inbox, step, outbox, courier, MQTT to a broker of its own on loopback, and a caregiver's
subscriber. Time is the scenario's own, and the walk waits until all that came before has been dealt
with; so it goes alike to the byte at every speed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from agent import build
from agent.channels.mqtt import Broker
from agent.config import Config
from agent.core.events import Event, Tick
from agent.core.notice import Notice
from agent.core.watch import Watch
from agent.house import House
from agent.out import say_or_end
from agent.plan import Plan
from agent.replay import Tally
from agent.runtime.clock import SetClock
from agent.screen import AsJson, Cockpit, Plain, Screen
from agent.telling import Told, tell
from agent.timeline import BEGAN, timeline
from sensors import SensorLost, media, scenario, synth
from sensors.scenario import Scenario
from sensors.scenario.story import Expected

OPENING = "A walk at night, one minute, made in code. The agent listens; nothing it does is scripted."

NEXT = """
That was the real road: change the recording, the contacts or the broker, and it is yours.
  your own recording     distress-agent demo --scream FILE     distress-agent score FILE
  your own microphone    distress-agent run                    (listens on the default input)
  your own people        copy config/agent.yaml to ~/.config/distress-agent/: contacts, channels.mqtt
  then                   distress-agent check-config
This is a supplementary aid and no emergency service: in danger, call one.
"""


def run(options: argparse.Namespace) -> int:
    """Run the demo; 0 when the walk went as it must, 1 when it did not.

    Raises OSError or ValueError for a recording that cannot be used, ModelUnfit without a model.
    """
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    return asyncio.run(_demo(_scenario(options.scream), options))


def _scenario(own_scream: Path | None) -> Scenario:
    """The walk made in code, with somebody's own recording in the scream's place where one is given."""
    play = synth.walk()
    if own_scream is None:
        return play
    media.seconds(own_scream)  # says now, in one sentence, if it cannot be read
    layers = (
        replace(layer, synth=None, file=own_scream) if layer.synth == "scream" else layer
        for layer in play.audio
    )
    return replace(play, audio=tuple(layers))


def _screen(plan: Plan, options: argparse.Namespace) -> Screen:
    if options.json:
        return AsJson(say_or_end)
    # As if on no terminal, where only the last picture is drawn: else the record would hold them all.
    console = Console(record=True, width=100, force_terminal=False) if options.record else Console()
    if not (console.is_terminal or options.record):
        say_or_end(OPENING)
        return Plain(say_or_end)
    return Cockpit(console, "a walk at night", plan.policy, options.record)


async def _demo(play: Scenario, options: argparse.Namespace) -> int:
    async with broker() as port:
        with tempfile.TemporaryDirectory(prefix="distress-agent-") as folder:
            return await _walk_with(play, port, Path(folder), options)


async def _walk_with(play: Scenario, port: int, folder: Path, options: argparse.Namespace) -> int:
    clock = SetClock(BEGAN)
    plan = replace(
        build.plan(Config()),
        clock=clock,
        folder=folder,
        seed="demo",
        broker=Broker("127.0.0.1", port),
        sensors={},
        ticking=False,
    )
    screen, tally = _screen(plan, options), Tally()

    def show(told: Told) -> None:
        tally.add(told)
        screen.told(told)

    def seen(event: Event, before: Watch, after: Watch, notices: tuple[Notice, ...]) -> None:
        for told in tell(event, before, after, notices, plan.policy):
            show(told)

    house = House(plan, seen)
    await house.open()
    async with asyncio.TaskGroup() as group:
        tasks = house.start(group)
        ready = asyncio.Event()
        tasks.append(
            group.create_task(
                caregiver(port, plan.device.id, ready, lambda alert: screen.received(in_words(alert)))
            )
        )
        await ready.wait()
        await _walk(play, house, clock, screen, options)
        for task in tasks:
            task.cancel()
    await house.outbox.close()
    summary = tally.summary(play.seconds, _expected(play, options))
    show(summary)
    screen.close(_closing(summary, tally))
    return 1 if summary["missed"] else 0


def _closing(summary: Told, tally: Tally) -> str:
    """How it went, in words, and how to go on."""
    took = [alarm - warning for warning, alarm in zip(*map(tally.at, ("pre_alarm", "alarm")), strict=False)]
    went = f"The caregiver received {summary['delivered']} messages" + (
        f"; the alarm came {took[0]:.0f} s after the pre-alarm, when nobody had cancelled." if took else "."
    )
    if not summary["pre_alarms"]:
        highest = summary["highest"].get("scream", 0.0)
        went = f"No alarm: the highest score of a scream was {highest:.0%}. Nothing was sent."
    missed = "".join(f"\nNot as expected: {sentence}." for sentence in summary["missed"])
    return f"\n{went}{missed}\n{NEXT}"


def _expected(play: Scenario, options: argparse.Namespace) -> Mapping[str, Expected]:
    """Without its scream the walk must raise nothing; with somebody's own it is a finding, not a must."""
    if "scream" in options.without:
        return {"pre_alarm": False, "alarm": False}
    return {} if options.scream or options.without else play.expect


async def _walk(
    play: Scenario, house: House, clock: SetClock, screen: Screen, options: argparse.Namespace
) -> None:
    """Walk along the scenario, at its pace; nothing is put in before all that came before is through."""
    start = time.monotonic()
    for item in timeline(scenario.readings(play, frozenset(options.without)), play.seconds):
        await house.settled()
        if not options.fast:
            await asyncio.sleep(max(0.0, start + item.at - time.monotonic()))
        clock.seconds = item.at
        if isinstance(item, Tick):
            await house.inbox.put(item)
        else:
            screen.reading(item)
            house.body.emit("scenario", item)
    await house.settled()


@asynccontextmanager
async def broker() -> AsyncIterator[int]:
    """An MQTT broker in this process, on a free port of loopback: for demo and development only."""
    try:
        from amqtt.broker import Broker
    except ImportError:
        raise SensorLost("demo", "its broker is missing: pip install 'distress-agent[demo]'") from None
    port = _free_port()
    server = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await server.start()
    try:
        yield port
    finally:
        await server.shutdown()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def caregiver(
    port: int, device_id: str, ready: asyncio.Event, received: Callable[[dict[str, Any]], None]
) -> None:
    """A caregiver's phone: a subscriber of its own, that shows what arrived."""
    import aiomqtt

    async with aiomqtt.Client("127.0.0.1", port, identifier="caregiver") as phone:
        await phone.subscribe(f"distress/{device_id}/alert", qos=1)
        ready.set()
        async for message in phone.messages:
            received(json.loads(bytes(message.payload)))


def in_words(alert: dict[str, Any]) -> str:
    """An alert as a phone would show it, from its JSON alone."""
    words = ", ".join(reason["text"] for reason in alert["reasons"]) or alert.get("text", "")
    place = alert["location"]
    where = (
        f"  osm.org/?mlat={place['latitude']:.5f}&mlon={place['longitude']:.5f}"
        if place
        else "  place unknown"
    )
    left = f"  {alert['countdown_s']:.0f} s to cancel" if alert["countdown_s"] else ""
    return f"{alert['at'][11:19]}  {alert['kind'].upper():10} {words}{left}{where}"
