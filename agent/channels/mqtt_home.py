"""Home Assistant: the device introduces itself there, so that it appears without any configuration.

Source: home-assistant.io/integrations/mqtt, "Device discovery payload", and the pages event.mqtt,
binary_sensor.mqtt, sensor.mqtt, device_tracker.mqtt and button.mqtt: one retained message names all parts.
It is sent again when Home Assistant says `online` on its birth topic, after a delay of chance, so that a
house full of devices does not speak all at once.

The connection is one of its own: nothing that goes wrong with it can touch an alarm.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from random import Random
from typing import Any

import aiomqtt

from agent.channels.mqtt import TIMEOUT_S, Broker, in_words, tls_context
from agent.wording import Device

PREFIX = "homeassistant"
BIRTH = f"{PREFIX}/status"
DELAY_S = (1.0, 10.0)

EVENTS = (
    "pre_alarm",
    "alarm",
    "update",
    "escalated",
    "acknowledged",
    "resolved",
    "cancelled",
    "device_trouble",
    "test",
)
"""Kinds of alerts, and `test`: a drill must set off nobody's siren."""

Part = dict[str, Any]


HOME = "Home Assistant"
"""Who its buttons speak as."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """What is told of the device. `cancels`: whether a button without a PIN may cancel."""

    device: Device
    version: str
    cancels: bool = True

    @property
    def topic(self) -> str:
        """Where Home Assistant looks."""
        return f"{PREFIX}/device/{self.device.id}/config"


async def introduce(broker: Broker, ours: Introduction, rng: Random) -> None:
    """Introduce the device, and again whenever Home Assistant starts: a part for supervise.

    Raises ConnectionError with why, in words.
    """
    payload = json.dumps(discovery(ours), ensure_ascii=False).encode()
    try:
        async with _client(broker, ours.device) as client:
            await client.subscribe(BIRTH, qos=1)
            await _tell(client, ours.topic, payload)
            async for message in client.messages:
                if message.payload == b"online" and not message.retain:
                    await asyncio.sleep(rng.uniform(*DELAY_S))
                    await _tell(client, ours.topic, payload)
    except (aiomqtt.MqttError, OSError, ValueError) as error:
        raise ConnectionError(f"Home Assistant by {broker.name}: {in_words(error, broker)}") from error


def _client(broker: Broker, device: Device) -> aiomqtt.Client:
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        identifier=f"distress-{device.id}-home",
        keepalive=broker.keepalive_s,
        timeout=TIMEOUT_S,
        tls_context=tls_context(broker),
    )


async def _tell(client: aiomqtt.Client, topic: str, payload: bytes) -> None:
    await client.publish(topic, payload, qos=1, retain=True)
    # aiomqtt waits by asyncio.wait_for, which may swallow a cancel on 3.11 (cpython 86296).
    if (me := asyncio.current_task()) and me.cancelling():
        raise asyncio.CancelledError


def discovery(ours: Introduction) -> dict[str, Any]:
    """The message: the device, who speaks for it, its parts."""
    device, origin = ours.device, {"name": "distress-agent", "sw_version": ours.version}
    base, name = f"distress/{device.id}", f"distress-{device.id}"
    parts = {"connection": _connection(base)} | {
        key: part | {"availability_topic": f"{base}/availability"}
        for key, part in (_seen(base) | _buttons(base, ours)).items()
    }
    return {
        "device": {
            "identifiers": [name],
            "name": f"{device.wearer} ({device.id})",
            "manufacturer": "distress-agent",
            "model": "Safety device",
            "sw_version": ours.version,
        },
        "origin": origin,
        "components": {key: part | {"unique_id": f"{name}-{key}", "qos": 1} for key, part in parts.items()},
    }


def _connection(base: str) -> Part:
    """Without an availability of its own: `offline` is what it is there to show."""
    return {
        "platform": "binary_sensor",
        "name": "Connection",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": f"{base}/availability",
        "payload_on": "online",
        "payload_off": "offline",
    }


def _seen(base: str) -> dict[str, Part]:
    """What can be seen: each from a topic of docs/mqtt."""
    return {
        "alert": _alert(base),
        "distress": _distress(base),
        "problem": _problem(base),
        "battery": _battery(base),
        "place": _place(base),
    }


def _alert(base: str) -> Part:
    """Every notice as an event; it is not kept, so that a restart there sets off nothing."""
    return {
        "platform": "event",
        "name": "Alert",
        "event_types": list(EVENTS),
        "state_topic": f"{base}/alert",
        "value_template": "{{ dict(value_json, event_type='test' if value_json.test else value_json.kind)"
        " | to_json }}",
    }


def _distress(base: str) -> Part:
    """On from the alarm to its end."""
    return {
        "platform": "binary_sensor",
        "name": "Distress",
        "device_class": "safety",
        "state_topic": f"{base}/state",
        "value_template": "{{ 'ON' if value_json.state in ['active', 'acknowledged'] else 'OFF' }}",
    }


def _problem(base: str) -> Part:
    """Whether a sensor fails; which and why are attributes."""
    return {
        "platform": "binary_sensor",
        "name": "Problem",
        "device_class": "problem",
        "entity_category": "diagnostic",
        "state_topic": f"{base}/state",
        "value_template": "{{ 'ON' if value_json.sensors.values()"
        " | rejectattr('state', 'in', ['ok', 'starting', 'off']) | list else 'OFF' }}",
        "json_attributes_topic": f"{base}/state",
        "json_attributes_template": "{{ value_json.sensors | to_json }}",
    }


def _battery(base: str) -> Part:
    """In per cent; nothing where the device does not know it."""
    return {
        "platform": "sensor",
        "name": "Battery",
        "device_class": "battery",
        "entity_category": "diagnostic",
        "unit_of_measurement": "%",
        "state_topic": f"{base}/state",
        "value_template": "{{ value_json.battery }}",
    }


def _place(base: str) -> Part:
    """During an incident, or always where the wearer chose so."""
    return {
        "platform": "device_tracker",
        "name": "Place",
        "source_type": "gps",
        "json_attributes_topic": f"{base}/location",
        "json_attributes_template": "{{ {'latitude': value_json.lat, 'longitude': value_json.lon,"
        " 'gps_accuracy': value_json.acc | default(0)} | to_json }}",
    }


def _buttons(base: str, ours: Introduction) -> dict[str, Part]:
    """Requests by a press. In the countdown, "I'm OK" cancels; later it asks the caregivers to confirm."""
    buttons = {
        "test": ("Test", "test", HOME),
        "going": ("I am going", "acknowledge", HOME),
    }
    if ours.cancels:
        buttons["ok"] = ("I'm OK: cancel", "cancel", "wearer")
    return {
        key: {
            "platform": "button",
            "name": name,
            "command_topic": f"{base}/request",
            "command_template": request(action, by),
            "retain": False,
        }
        for key, (name, action, by) in buttons.items()
    }


def request(action: str, by: str) -> str:
    """A template for a request: a press an hour later must have a name and a time of its own."""
    told = {"request_id": f"ha-{action}-{{{{ now().timestamp() }}}}", "action": action, "by": by}
    return json.dumps(told | {"at": "{{ now().isoformat() }}"})
