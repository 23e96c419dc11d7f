"""MQTT: alerts, presence and requests over one connection to a broker (MQTT 3.1.1 and 5; docs/mqtt).

`run()` owns the connection and ends with it: supervise makes the next one, with a new client each time,
for ever and from the first failure on. Whoever publishes meanwhile is told at once that there is none.
The broker says `offline` for us 1.5 keepalives after we fell silent (the will); so the birth message is
sent after every connect.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import aiomqtt

from agent.channels import Message, Undelivered
from agent.channels.mqtt_client import Client, listen, refusal, session, undelivered
from agent.core.notice import Notice
from agent.wording import Device, alert

log = logging.getLogger("distress_agent")

TIMEOUT_S = 5.0
"""Longest wait for the broker's answer to anything."""

GOODBYE_S = 0.5
"""Longest that leaving may take: the service manager is waiting."""

ENDS = ("resolved", "cancelled")

Answer = Callable[[bytes, bool], Awaitable[dict[str, Any]]]
"""The door: a request's payload and whether it was retained -> what to answer."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where it is and how to get in. `ca`, `certificate`, `key`: files; a `ca` alone means TLS too."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    keepalive_s: int = 20
    version: Literal["3.1.1", "5"] = "3.1.1"

    @property
    def name(self) -> str:
        """What errors call it."""
        return f"{self.host}:{self.port}"


class Mqtt:
    """The connection, a Channel, and what presence (mqtt_presence.py) publishes through.

    answer: the door for requests; None: nobody listens to them. arrived: called after every connect.
    open_incident: the id of the one that is open now, so that what comes late of an older one is not kept.
    connections: how many there have been, so that others can tell a new one.
    """

    def __init__(
        self,
        broker: Broker,
        device: Device,
        answer: Answer | None = None,
        arrived: Callable[[], None] = lambda: None,
        open_incident: Callable[[], str | None] | None = None,
    ) -> None:
        self.broker = broker
        self.device = device
        self.base = f"distress/{device.id}"
        self.connections = 0
        self._answer = answer
        self._arrived = arrived
        self._open_incident = open_incident
        self._client: Client | None = None
        self._up = asyncio.Event()
        self._why = "not connected yet"
        self._unheld = ""
        self._waits: set[asyncio.Timeout] = set()

    async def run(self) -> None:
        """Connect, announce, answer requests until the connection ends: a part for supervise.

        Raises ConnectionError with why, in words.
        """
        try:
            async with self._open() as client:
                await self._greet(client)
                try:
                    await self._listen(client)
                finally:
                    await self._leave(client)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            self._why = in_words(error, self.broker)
            raise ConnectionError(f"MQTT broker {self.broker.name}: {self._why}") from error

    async def connected(self) -> None:
        """Return once there is a connection."""
        await self._up.wait()

    async def deliver(self, message: Message) -> None:
        """Return when the broker has taken the alert and holds the incident's newest notice, if we may.

        Raises Undelivered: to be tried again without a connection or an answer; as the broker says where it
        speaks MQTT 5 and refuses.
        """
        await self.publish("alert", alert(message, self.device))
        if lasts(message.notice):
            await self._hold(message)

    async def _hold(self, message: Message) -> None:
        """The newest notice of the open incident stays with the broker; nothing does when none is open.

        Where the broker forbids that, it is logged once: the alert has been taken, and none waits for it.
        """
        notice = message.notice
        now = self._open_incident() if self._open_incident else _of_itself(notice)
        if now not in (None, notice.incident_id):
            return
        try:
            await self.publish("incident", alert(message, self.device) if now else None, retain=True)
            self._unheld = ""
        except Undelivered as error:
            if not error.cure:
                raise
            if self._unheld != error.why:
                log.warning("%s: %s", error.why, error.cure)
            self._unheld = error.why

    async def publish(
        self, topic: str, payload: dict[str, Any] | None, qos: int = 1, *, retain: bool = False
    ) -> None:
        """Publish JSON (None: nothing at all) below the base topic. Raises Undelivered."""
        if self._client is None:
            raise Undelivered(f"no connection to broker {self.broker.name}: {self._why}")
        try:
            await self._acknowledged(self._client, f"{self.base}/{topic}", _bytes(payload), qos, retain)
        except (aiomqtt.MqttError, TimeoutError) as error:
            raise self._undelivered(error, topic) from error

    def _undelivered(self, error: Exception, topic: str) -> Undelivered:
        return undelivered(error, self.broker.name, topic, in_words(error, self.broker))

    async def _acknowledged(self, client: Client, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        """Return on the broker's PUBACK; TimeoutError without one, at once when the connection ends."""
        wait, me = asyncio.timeout(TIMEOUT_S), asyncio.current_task()
        self._waits.add(wait)
        try:
            async with wait:
                await client.publish(topic, payload, qos=qos, retain=retain)
                # aiomqtt waits by asyncio.wait_for, which may swallow a cancel on 3.11 (cpython 86296).
                if me and me.cancelling():
                    raise asyncio.CancelledError
        finally:
            self._waits.discard(wait)

    def _open(self) -> Client:
        broker = self.broker
        return Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            identifier=f"distress-{self.device.id}",
            will=aiomqtt.Will(f"{self.base}/availability", "offline", qos=1, retain=True),
            keepalive=broker.keepalive_s,
            timeout=TIMEOUT_S,
            tls_context=tls_context(broker),
            max_queued_incoming_messages=64,
            **session(broker.version),
        )

    async def _greet(self, client: Client) -> None:
        if self._answer is not None:
            await listen(client, f"{self.base}/request", self.broker.name)
        await self._say(client, "availability", b"online", retain=True)
        self._client = client
        self.connections += 1
        self._up.set()
        self._arrived()

    async def _listen(self, client: Client) -> None:
        async for message in client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            if self._answer is not None:
                response = await self._answer(payload, message.retain)
                await self._say(client, "response", _bytes(response))

    async def _say(self, client: Client, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """What is said beside alarms: where the broker forbids it, the connection that they go by stays."""
        try:
            await client.publish(f"{self.base}/{topic}", payload, qos=1, retain=retain)
        except aiomqtt.MqttCodeError as error:
            if refusal(error) is None:
                raise
            log.warning("%s", self._undelivered(error, topic))

    async def _leave(self, client: Client) -> None:
        """Who goes by himself says so: the will is for those who cannot."""
        self._client = None
        self._up.clear()
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(asyncio.get_running_loop().time())
        with suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await client.publish(f"{self.base}/availability", "offline", qos=1, retain=True)


async def probe(broker: Broker) -> None:
    """Connect once, as a stranger, and leave again. Raises ConnectionError with why not, in words."""
    try:
        async with aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            timeout=TIMEOUT_S,
            tls_context=tls_context(broker),
        ):
            return
    except (aiomqtt.MqttError, OSError, ValueError) as error:
        raise ConnectionError(f"broker {broker.name}: {in_words(error, broker)}") from error


def _of_itself(notice: Notice) -> str | None:
    """The incident that is open once this notice is told, as far as the notice knows."""
    return None if notice.kind in ENDS else notice.incident_id


def lasts(notice: Notice) -> bool:
    """Whether a notice belongs to an incident that people may look up; drills and device news do not."""
    return not notice.test and notice.kind != "device_trouble"


def tls_context(broker: Broker) -> ssl.SSLContext | None:
    """What to trust and to show. Raises OSError for files that are missing or none."""
    if not (broker.tls or broker.ca or broker.certificate):
        return None
    context = ssl.create_default_context(cafile=broker.ca)
    if broker.certificate:
        context.load_cert_chain(broker.certificate, broker.key)
    return context


REFUSED = {
    132: "it does not speak this version of MQTT",
    133: "it does not want our client identifier",
    134: "wrong user name or password",
    135: "wrong user name or password, or no right to connect",
    136: "it is not available now",
    142: "another device with the same id has connected",
}
"""Reason codes (MQTT 5, 2.4; paho gives those of 3.1.1 as these)."""


def in_words(error: Exception, broker: Broker) -> str:
    """Why it failed, for people."""
    code = getattr(getattr(error, "rc", None), "value", None)
    if code in REFUSED:
        return REFUSED[code]
    # aiomqtt keeps only the text of what the socket said; the error itself is its context.
    fault = error.__context__ or error
    if isinstance(fault, ssl.SSLError):
        return _tls_in_words(fault)
    match fault:
        case socket.gaierror():
            return f"the name {broker.host} cannot be found"
        case ConnectionRefusedError():
            return "nobody listens there, the connection is refused"
        case FileNotFoundError():
            return f"a file for TLS is missing: {broker.ca}, {broker.certificate}, {broker.key}"
        case TimeoutError():
            return "it gave no answer"
    return " ".join(str(error).split()) or type(error).__name__


def _tls_in_words(fault: ssl.SSLError) -> str:
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {fault.verify_message}"
    return f"no encrypted connection: {(fault.reason or str(fault)).replace('_', ' ').lower()}"


def _bytes(payload: dict[str, Any] | None) -> bytes:
    return b"" if payload is None else json.dumps(payload, allow_nan=False, ensure_ascii=False).encode()
