"""Attacks on a whole house: what comes in too large, from whom it must not, names that are never found."""

import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager

import aiomqtt

from agent.core.events import Press
from agent.runtime.local import NAME
from tests.channels.servers import web
from tests.test_answering import living

CONFIG = """
device: {{id: belt}}
wearer: {{name: Asha}}
sensors: {{microphone: {{enabled: false}}}}
detectors: {{scream: {{enabled: false}}}}
storage: {{folder: {folder}}}
contacts: [{{name: Ben}}]
channels: {{mqtt: {{port: {port}, host: 127.0.0.1}}}}
"""


async def soon(what, seconds=8.0):
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def living_at(broker, tmp_path):
    """A house at a broker; gives it and what it says on `response`."""
    file = tmp_path / "agent.yaml"
    file.write_text(CONFIG.format(folder=tmp_path / "state", port=broker.port))
    async with living(file) as house, aiomqtt.Client(broker.host, broker.port) as client:
        await house.channels["mqtt"].connected()
        await client.subscribe("distress/belt/response", qos=1)
        yield house, client


async def response(client):
    async with asyncio.timeout(8):
        return json.loads((await anext(aiter(client.messages))).payload)


async def test_payloads_that_are_huge_deep_or_no_text_are_refused_and_the_next_is_heard(mosquitto, tmp_path):
    async with living_at(mosquitto, tmp_path) as (house, client):
        bad = (b"x" * 10_000_000, b"[" * 8000, b"\xff\xfe\x00", b"", b"null")
        for payload in bad:
            await client.publish("distress/belt/request", payload, qos=1)
            answer = await response(client)
            assert (answer["ok"], answer["request_id"]) == (False, None)
        assert house.board.watch.state.value == "calm"
        sos = {"request_id": "1", "action": "sos", "by": "wearer", "at": _now()}
        await client.publish("distress/belt/request", json.dumps(sos).encode(), qos=1)
        assert (await response(client))["ok"]
        assert house.channels["mqtt"].connections == 1


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


async def test_at_the_local_socket_too(mosquitto, tmp_path):
    async with living_at(mosquitto, tmp_path) as (house, _):
        path = house.plan.folder / NAME
        await soon(path.exists)
        for line, answered in ((b"x" * 10_000_000, False), (b"[" * 9000 + b"\n", True), (b"\xff\n", True)):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(line)
            try:
                said = await reader.readline()
            except ConnectionError:
                said = b""
            assert bool(said) is answered
            assert not said or json.loads(said)["ok"] is False
            writer.close()
        assert house.board.watch.state.value == "calm"


async def test_a_client_without_rights_neither_answers_nor_speaks_for_the_device(mosquitto_off, tmp_path):
    """Only whoever may write to `request` is heard: the broker sees to it, by rights as in caregivers.md."""
    acl = mosquitto_off.folder / "acl"
    acl.write_text("topic read distress/belt/#\nuser belt\ntopic readwrite distress/belt/#\n")
    mosquitto_off.start("allow_anonymous true", f"acl_file {acl}")
    file = tmp_path / "agent.yaml"
    text = CONFIG.format(folder=tmp_path / "state", port=mosquitto_off.port)
    file.write_text(text.replace("mqtt: {", "mqtt: {username: belt, "))
    heard = []
    async with living(file) as house, aiomqtt.Client(mosquitto_off.host, mosquitto_off.port) as stranger:
        await house.channels["mqtt"].connected()
        await house.inbox.put(Press(house.plan.clock.now(), "sos"))
        await soon(lambda: house.board.watch.incident)
        await stranger.subscribe("distress/belt/alert", qos=1)
        told = {"request_id": "1", "action": "resolve", "by": "Ben", "at": _now()}
        await stranger.publish("distress/belt/request", json.dumps(told).encode(), qos=1)
        await stranger.publish("distress/belt/alert", b"forged", qos=1)
        await house.inbox.put(Press(house.plan.clock.now(), "acknowledge", "Ben"))
        async with asyncio.timeout(8):
            async for message in stranger.messages:
                heard.append(message.payload)
                if json.loads(message.payload)["kind"] == "acknowledged":
                    break
        assert b"forged" not in heard
        assert house.board.watch.state.value == "acknowledged"


HANGING = """
wearer: {{name: Asha}}
sensors: {{microphone: {{enabled: false}}}}
detectors: {{scream: {{enabled: false}}}}
storage: {{folder: {folder}}}
contacts:
  - {{name: Ben, channels: [{{channel: here}}]}}
  - {{name: Eva, channels: [{ways}]}}
channels:
  mqtt: {{enabled: false}}
  email: {{host: hangs.example.org, sender: a@b.org}}
  webhooks:
    - {{name: here, url: "{url}", secret: !env SECRET}}
{hooks}
"""


async def test_names_that_hang_in_dns_hold_up_nobody_else(tmp_path, monkeypatch):
    """A look-up cannot be cancelled: each holds a thread until the system gives up."""
    monkeypatch.setenv("SECRET", "s" * 32)
    known, asked = socket.getaddrinfo, []

    def hang(host, *more, **options):
        if "example" not in str(host):
            return known(host, *more, **options)
        asked.append(host)
        time.sleep(3)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    many = [f"hook{number}" for number in range(20)]
    hooks = "\n".join(
        f'    - {{name: {name}, url: "http://{name}.example.org", secret: !env SECRET}}' for name in many
    )
    ways = ", ".join(["{channel: email, to: e@b.org}", *(f"{{channel: {name}}}" for name in many)])
    async with web() as far:
        file = tmp_path / "agent.yaml"
        file.write_text(HANGING.format(folder=tmp_path / "state", ways=ways, hooks=hooks, url=far.url))
        async with living(file) as house:
            await house.inbox.put(Press(house.plan.clock.now(), "sos"))
            began = time.monotonic()
            await soon(lambda: far.came and len(asked) == 21, 2.5)
            assert await asyncio.to_thread(lambda: "another thread") == "another thread"
            assert time.monotonic() - began < 2.9, "before the first look-up has ended"
