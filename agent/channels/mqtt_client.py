"""MQTT client: aiomqtt's, which also tells what the broker refuses.

MQTT 5 answers a publication of QoS 1 with a reason code (3.4.2.1), and from 0x80 on it was not taken: no
right to that topic, a quota, a topic or a payload that the broker does not allow. aiomqtt takes every answer
for a yes. MQTT 3.1.1 has no such code: a broker that forbids a topic there says yes and forgets, or hangs up.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agent.channels import Undelivered

log = logging.getLogger("distress_agent")

FAILURE = 0x80
"""Codes from here on are refusals (MQTT 5, 2.4; MQTT 3.1.1 has this one, for subscriptions)."""

NO_RIGHT, BAD_TOPIC, BAD_PAYLOAD = 0x87, 0x90, 0x99


REMEMBERED_S = 3600
"""How long a broker of MQTT 5 keeps requests for us while we are away; older ones are refused anyway."""


class Client(aiomqtt.Client):
    """`publish` raises aiomqtt.MqttCodeError where the broker refused it; refusal() knows such an error."""

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - aiomqtt's own
        super().__init__(*args, **more)
        self._refused: dict[int, ReasonCode] = {}

    def _on_publish(self, client: Any, userdata: Any, mid: int, reason_code: Any, properties: Any) -> None:  # noqa: ANN401
        if mid in self._pending_publishes and reason_code.value >= FAILURE:
            self._refused[mid] = reason_code
        super()._on_publish(client, userdata, mid, reason_code, properties)

    @contextmanager
    def _pending_call(self, mid: int, value: Any, pending_dict: dict[int, Any]) -> Iterator[None]:  # noqa: ANN401
        try:
            with super()._pending_call(mid, value, pending_dict):
                yield
        finally:
            refused = self._refused.pop(mid, None)
        if refused is not None:
            raise aiomqtt.MqttCodeError(refused, "The broker refused a publication")


def refusal(error: BaseException) -> int | None:
    """The reason code with which a broker refused a publication; None for every other error."""
    code = error.rc if isinstance(error, aiomqtt.MqttCodeError) else None
    return code.value if isinstance(code, ReasonCode) and code.packetType == PacketTypes.PUBACK else None


async def listen(client: aiomqtt.Client, topic: str, broker: str) -> None:
    """Subscribe; the log tells where the broker refuses (SUBACK: MQTT 3.1.1 and 5, 3.9.3).

    broker: what errors call it.
    """
    answer = await client.subscribe(topic, qos=1)
    if any((code.value if isinstance(code, ReasonCode) else code) >= FAILURE for code in answer):
        log.warning("broker %s lets us hear no requests: give us the right to read %s", broker, topic)


def undelivered(error: Exception, broker: str, topic: str, words: str) -> Undelivered:
    """What became of a publication to `topic`; MQTT 5 tells which refusals can be mended.

    broker: what errors call it; words: of any other failure, why.
    """
    code = refusal(error)
    if code == NO_RIGHT:
        return Undelivered(
            f"broker {broker} forbids us the topic {topic}", cure="give us the right in its ACL"
        )
    if code == BAD_TOPIC:
        return Undelivered(f"broker {broker} allows no topic {topic}", cure="check device.id and its rules")
    return Undelivered(f"broker {broker} did not take it: {words}", retry=code != BAD_PAYLOAD)


def session(version: str) -> dict[str, Any]:
    """A session that outlives the connection: a request sent in a short gap still arrives."""
    if version == "3.1.1":
        return {"protocol": aiomqtt.ProtocolVersion.V311, "clean_session": False}
    kept = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho types them not
    kept.SessionExpiryInterval = REMEMBERED_S
    return {"protocol": aiomqtt.ProtocolVersion.V5, "clean_start": False, "properties": kept}
