"""Watch: the caregiver's program. Connects to the broker for ever, and looks at its own clock."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import uuid4

import aiomqtt

from agent.caregiver.lookout import Lookout, Said
from agent.channels.mqtt import TIMEOUT_S, Broker, in_words, tls_context
from agent.replies import request
from agent.runtime.supervise import pause_s

LOOK_S = 1.0
LONGEST_S = 15.0
"""Longest pause before the broker is tried again."""

Tell = Callable[[list[Said]], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to watch: the devices (none: all that there are), and as whom drills are answered, if at all."""

    broker: Broker
    devices: tuple[str, ...] = ()
    answers_as: str | None = None


def run(options: argparse.Namespace) -> int:
    """Watch until interrupted. Raises OSError for a file that cannot be read, ValueError for a wrong name."""
    wish = Wish(_broker(options), tuple(options.device or ()), options.answer_drills_as)
    for name in wish.devices:
        if not name or set(name) & set("/+#"):
            raise ValueError(f"{name!r} is no device's id; it is the part of its topics after distress/")
    asyncio.run(watch(wish, _printer(as_json=options.json)))
    return 0


def _broker(options: argparse.Namespace) -> Broker:
    file: Path | None = options.password_file
    password = (file.read_text().splitlines() or [""])[0] if file else None
    tls = options.tls or options.ca is not None
    port = options.port or (8883 if tls else 1883)
    ca = str(options.ca) if options.ca else None
    broker = Broker(options.host, port, options.username, password, tls, ca)
    tls_context(broker)  # says now what is wrong with a file
    return broker


def _printer(*, as_json: bool) -> Tell:
    """Lines for people, with a bell where something is to be done now, or JSON objects for programs."""
    bell = "\a" if sys.stdout.isatty() else ""

    def tell(news: list[Said]) -> None:
        for said in news:
            line = json.dumps(_told(said)) if as_json else f"{datetime.now():%H:%M:%S}  {said.text}"
            print(line + (bell if said.loud and not as_json else ""), flush=True)

    return tell


def _told(said: Said) -> dict[str, object]:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    named = {"event": said.event, "at": at, "device_id": said.device_id or None}
    return named | {"loud": said.loud, "text": said.text} | said.facts


async def watch(wish: Wish, tell: Tell) -> None:
    """Listen and look, for ever."""
    lookout = Lookout(wish.devices, _now())
    async with asyncio.TaskGroup() as group:
        group.create_task(_listening(wish, lookout, tell))
        group.create_task(_looking(lookout, tell))


async def _looking(lookout: Lookout, tell: Tell) -> None:
    while True:
        tell(lookout.look(_now()))
        await asyncio.sleep(LOOK_S)


async def _listening(wish: Wish, lookout: Lookout, tell: Tell) -> None:
    """Connect, again and again; what is wrong is told when it changes."""
    failures, told, rng = 0, "", Random()
    while True:
        before, why = _now(), "it ended the conversation"
        try:
            await _connection(wish, lookout, tell)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            broken_off = "Disconnected" in str(error)  # aiomqtt has no other sign of it
            words = "the connection broke off" if broken_off else in_words(error, wish.broker)
            why = f"{wish.broker.name}: {words}"
        if (me := asyncio.current_task()) and me.cancelling():  # an error may have swallowed it on the way
            raise asyncio.CancelledError
        failures = 1 if _now() - before > LONGEST_S else failures + 1
        if why != told or failures == 1:
            tell(lookout.disconnected(why))
            told = why
        await asyncio.sleep(pause_s(failures, rng, longest_s=LONGEST_S))


async def _connection(wish: Wish, lookout: Lookout, tell: Tell) -> None:
    """One connection, until it ends by an error."""
    broker = wish.broker
    async with aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        keepalive=broker.keepalive_s,
        timeout=TIMEOUT_S,
        tls_context=tls_context(broker),
    ) as client:
        for name in wish.devices or ("+",):
            await client.subscribe(f"distress/{name}/#", qos=1)
        tell(lookout.connected(_now()))
        async for message in client.messages:
            news = _heard(lookout, message)
            tell(news)
            for said in news:
                await _answered(client, said, wish.answers_as)


def _heard(lookout: Lookout, message: aiomqtt.Message) -> list[Said]:
    """What a message tells; nothing where it is none of a device's words."""
    device_id, _, topic = str(message.topic).removeprefix("distress/").partition("/")
    payload = message.payload if isinstance(message.payload, bytes) else b""
    if not device_id.isprintable():
        return []
    with suppress(ValueError):
        return lookout.hear(device_id, topic, payload, _now(), retained=message.retain)
    return []


async def _answered(client: aiomqtt.Client, said: Said, by: str | None) -> None:
    """Say of a drill that it arrived here, where that is wanted."""
    if by and said.drill:
        told = request("acknowledge", by, f"watch-{uuid4().hex}", time.time(), said.drill)
        await client.publish(f"distress/{said.device_id}/request", told, qos=1)


def _now() -> float:
    return time.monotonic()
