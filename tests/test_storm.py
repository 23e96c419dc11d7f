"""A storm: broker, mail server, modem and webhook die and come back, and so does the agent; nothing is lost.

Every message of every incident reaches each far side at least once, in the order of its incident. Afterwards
the record is whole, and the events of the incidents fold to the same decisions.
"""

import asyncio
import json
import os
import re
import sys
from contextlib import asynccontextmanager
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from random import Random

import aiomqtt
from aiosmtpd.smtp import SMTP

from agent import bundle, history
from agent.runtime import journal, record
from tests.channels.servers import LOCAL, Post, web
from tests.conftest import free_port
from tests.modem import AtModem

ROOT = Path(__file__).parents[1]
INCIDENTS, KILLS = 500, 50
UP_S, DOWN_S = (0.4, 2.5), (0.05, 0.5)
NUMBER = "+491701234567"
CONFIG = """
device: {{id: storm}}
wearer: {{name: Asha}}
sensors: {{microphone: {{enabled: false}}}}
detectors: {{scream: {{enabled: false}}, stress: {{enabled: false}}}}
storage: {{folder: {folder}}}
contacts:
  - name: Ben
    channels:
      - {{channel: sms, to: "{number}"}}
      - {{channel: email, to: ben@example.org}}
      - {{channel: hook}}
channels:
  mqtt: {{host: 127.0.0.1, port: {mqtt}}}
  sms: {{serial: {{port: {modem}}}}}
  email: {{host: 127.0.0.1, port: {smtp}, security: none, sender: asha@example.org}}
  webhooks: [{{name: hook, url: "http://127.0.0.1:{web}", secret: !env STORM_KEY}}]
"""


class Mosquitto:
    """The broker, its sessions on disk: it ends by SIGTERM, or would forget what it had accepted."""

    def __init__(self, broker):
        self.broker, folder = broker, broker.folder
        self.lines = ("allow_anonymous true", "persistence true", f"persistence_location {folder}/")
        self.lines += ("max_queued_messages 0", "autosave_interval 1800")

    async def up(self):
        await asyncio.to_thread(self.broker.start, *self.lines)

    async def down(self):
        self.broker.process.terminate()
        await asyncio.to_thread(self.broker.process.wait)


class Mail:
    """An SMTP server that drops its connections as it dies."""

    def __init__(self):
        self.post, self.port, self.open = Post(), free_port(), []

    def _protocol(self):
        self.open.append(SMTP(self.post, hostname="far.example", loop=asyncio.get_running_loop()))
        return self.open[-1]

    async def up(self):
        self.server = await asyncio.get_running_loop().create_server(self._protocol, LOCAL, self.port)

    async def down(self):
        self.server.close()
        for one in self.open:
            if one.transport:
                one.transport.abort()
        self.open.clear()


class Hook:
    """A webhook's server."""

    def __init__(self):
        self.came, self.port = [], free_port()

    async def up(self):
        self.context = web(self.port)
        far = await self.context.__aenter__()
        far.came = self.came

    async def down(self):
        await self.context.__aexit__(None, None, None)


class Modem:
    """A modem that is pulled out and put in again."""

    def __init__(self, folder):
        self.sent, self.port = [], folder / "modem"

    async def up(self):
        self.modem = AtModem().__enter__()
        self.modem.sent = self.sent
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(self.modem.port)

    async def down(self):
        self.modem.unplug()


async def weather(far, rng, calm):
    """Kill and revive one far side at moments drawn by the seed; how often, once it is calm."""
    deaths = 0
    while not calm.is_set():
        await asyncio.sleep(rng.uniform(*UP_S))
        await far.down()
        await asyncio.sleep(rng.uniform(*DOWN_S))
        await far.up()
        deaths += 1
    return deaths


async def listen(port, heard):
    """A caregiver who comes back whenever the broker does."""
    while True:
        try:
            session = {"identifier": "caregiver", "clean_session": False}
            async with aiomqtt.Client(LOCAL, port, **session) as client:
                await client.subscribe("distress/storm/alert", qos=1)
                async for message in client.messages:
                    heard.append(json.loads(message.payload))
        except aiomqtt.MqttError:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def beside(*works):
    """These go on for as long as the block does."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def agent(config, seed):
    """All lives of the agent."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "tests/stormed.py", config, str(seed), str(INCIDENTS), str(KILLS)),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "STORM_KEY": "hush-hush-hush", "TZ": "UTC"},
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


def told(entries, channel):
    """(incident, seq) of all that was to go by a channel, by what the record says of it."""
    found = {"queued": set(), "accepted": set()}
    for entry in entries:
        if entry.get("channel") == channel and entry["what"] in found:
            found[entry["what"]].add((entry["incident_id"], entry["seq"]))
    return found["queued"], found["accepted"]


def complete(arrived, entries, channel):
    """All of it arrived, each incident in its order; how many came twice."""
    queued, accepted = told(entries, channel)
    first = list(dict.fromkeys(arrived))
    assert set(first) == queued == accepted, channel
    for incident in {name for name, _ in first}:
        seqs = [seq for name, seq in first if name == incident]
        assert seqs == sorted(seqs), (channel, [one for one in entries if one.get("incident_id") == incident])
    return len(arrived) - len(first)


def lettered(envelope):
    name = re.search(r"<(\w{26})\.(\d+)", message_from_bytes(envelope.content)["Message-ID"])
    return name[1], int(name[2])


def posted(request):
    incident, seq, _ = request.headers["idempotency-key"].split(":")
    return incident, int(seq)


def texted(sent, minutes):
    """An SMS tells its minute and what it is: an alarm is the first notice, the end the second."""
    when = re.search(r"\d\d:\d\d(?=\+00)", sent.text)[0]
    return minutes[when], 2 if "OVER" in sent.text else 1


async def test_nothing_is_lost_in_a_storm(mosquitto_off, tmp_path):
    rng, calm, heard = Random(12), asyncio.Event(), []
    broker, mail, hook, modem = Mosquitto(mosquitto_off), Mail(), Hook(), Modem(tmp_path)
    far_sides = (broker, mail, hook, modem)
    for far in far_sides:
        await far.up()
    ports = {"mqtt": mosquitto_off.port, "smtp": mail.port, "web": hook.port}
    config = tmp_path / "agent.yaml"
    state = tmp_path / "state"
    config.write_text(CONFIG.format(folder=state, modem=modem.port, number=NUMBER, **ports))
    storms = [asyncio.create_task(weather(far, Random(rng.random()), calm)) for far in far_sides]
    async with beside(listen(mosquitto_off.port, heard)):
        async with asyncio.timeout(200):
            assert await agent(str(config), 12) == 0
        calm.set()
        deaths = await asyncio.gather(*storms)
        known = history.kept(state)
        entries = list(record.entries(known.chain))
        async with asyncio.timeout(20):
            while {(one["incident_id"], one["seq"]) for one in heard} != told(entries, "mqtt")[0]:
                await asyncio.sleep(0.05)
    for far in far_sides:
        await far.down()
    minutes = {datetime.fromisoformat(one["at"]).strftime("%H:%M"): one["incident_id"] for one in heard}
    assert len(minutes) == INCIDENTS
    twice = {
        "mqtt": complete([(one["incident_id"], one["seq"]) for one in heard], entries, "mqtt"),
        "email": complete([lettered(one) for one in mail.post.taken], entries, "email"),
        "hook": complete([posted(one) for one in hook.came], entries, "hook"),
        "sms": complete([texted(one, minutes) for one in modem.sent], entries, "sms"),
    }
    tries = sum(entry["what"] == "tried" for entry in entries)
    print(f"{INCIDENTS} incidents, {KILLS} kills, deaths {deaths}, tries in vain {tries}, came twice {twice}")
    assert min(deaths) >= 5
    assert sum(twice.values()) > 0
    assert history.verify(known) == 0
    for file in known.folder.glob("*.jsonl"):
        assert bundle.folded({"lines": journal.read(file)}).line is None
