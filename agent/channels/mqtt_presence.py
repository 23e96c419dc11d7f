"""Presence: what the device is doing, for whoever looks: state, health, position and scores over MQTT.

Sent when it changes, at most twice a second, and all of it anew on a new connection, since a broker may
have forgotten. The state is told every minute though nothing changes: the heartbeat, by which whoever
watches from afar knows silence from calm. Positions leave during incidents only, unless the wearer chose
otherwise.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agent.channels import Undelivered
from agent.channels.mqtt import Mqtt
from agent.core.watch import Watch
from agent.wording import health, location, scores, state
from agent.wording.payloads import Condition

log = logging.getLogger("distress_agent")

SELDOM_S = 0.5
"""Between two looks at the board."""

AGE_EVERY_S = 60.0
"""The age of a sensor's newest reading is told this often though nothing else changes."""

BEAT_S = 50.0
"""The state is told at least this often, which makes it at least once a minute for whoever hears it late."""

FIX_EVERY_S = 5.0
"""Positions on the map, during an incident."""


class View(Protocol):
    """What may be seen of the agent: runtime/board.py."""

    watch: Watch

    @property
    def health(self) -> Mapping[str, Condition]:
        """The condition of each part."""

    @property
    def newest(self) -> Mapping[str, float]:
        """When each sensor's newest reading came (monotonic s)."""

    def bell(self) -> asyncio.Event:
        """An event that is set on every change."""


@dataclass(frozen=True, slots=True)
class Said:
    """One retained or passing word: what it says, and what of it counts as news."""

    topic: str
    payload: dict[str, Any]
    news: object
    qos: int = 1
    retain: bool = True


@dataclass(frozen=True, slots=True)
class Choices:
    """What is told. parts: whose health; scores: every second; always_locate: not in incidents alone."""

    version: str
    parts: frozenset[str]
    scores: bool = False
    always_locate: bool = False


async def presence(mqtt: Mqtt, board: View, choices: Choices) -> None:
    """Tell what changes, for ever: a part for supervise."""
    bell, told, connection = board.bell(), dict[str, object](), 0
    while True:
        await mqtt.connected()
        if mqtt.connections != connection:
            connection = mqtt.connections
            told.clear()
        bell.clear()
        try:
            await _tell(words(board, mqtt, choices), mqtt, told)
        except Undelivered:
            told.clear()
        await asyncio.sleep(SELDOM_S)
        await bell.wait()


async def _tell(sayable: Iterator[Said], mqtt: Mqtt, told: dict[str, object]) -> None:
    """Say what is new, and note it; a topic that the broker forbids keeps no other from being told."""
    for said in [said for said in sayable if told.get(said.topic) != said.news]:
        try:
            await mqtt.publish(said.topic, said.payload, said.qos, retain=said.retain)
        except Undelivered as error:
            if not error.cure:
                raise
            if said.topic not in told:
                log.warning("%s: %s", error.why, error.cure)
        told[said.topic] = said.news


def words(board: View, mqtt: Mqtt, choices: Choices) -> Iterator[Said]:
    """All that could be said now."""
    watch, device = board.watch, mqtt.device
    parts = [part for name, part in board.health.items() if name in choices.parts]
    now = state(watch, parts, device, choices.version, None)
    yield Said("state", now, (watch.at // BEAT_S, {key: value for key, value in now.items() if key != "at"}))
    for part in parts:
        newest = board.newest.get(part.part)
        news = (part.state, part.since, part.why, newest and watch.at // AGE_EVERY_S)
        yield Said(f"health/{topic(part.part)}", health(part, newest, watch, device), news)
    if watch.fix and (watch.incident or choices.always_locate):
        where = location(watch.fix, watch.offset, device, watch.wall)
        yield Said("location", where, watch.fix.at // FIX_EVERY_S, retain=False)
    if choices.scores:
        yield Said("scores", scores(watch, device), int(watch.at), qos=0, retain=False)


def topic(part: str) -> str:
    """A part's name as one level of a topic: no wildcard, no slash, no space."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in part)
