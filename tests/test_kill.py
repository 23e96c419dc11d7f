"""Whatever the moment at which the agent is killed: no alarm is lost, and one that comes twice says so.

What it decided is on disk before it leaves, and done only when the broker has it. So a kill costs at
most what nobody had heard of yet, or brings a message twice, with the same (incident_id, seq).
"""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import aiomqtt

ROOT = Path(__file__).parents[1]
LIVES = 200


CONFIG = """
device: {{id: {name}}}
sensors: {{microphone: {{enabled: false}}}}
detectors: {{scream: {{enabled: false}}}}
channels: {{mqtt: {{host: {host}, port: {port}}}}}
storage: {{folder: {folder}}}
"""


def configured(server, folder, name):
    """The file of an agent without sensors."""
    file = folder / "agent.yaml"
    file.write_text(CONFIG.format(name=name, host=server.host, port=server.port, folder=folder))
    return str(file)


@asynccontextmanager
async def caregiver(server, base):
    """A subscriber with a session of its own at the broker; gives a list of (topic below base, payload)."""
    heard: list[tuple[str, bytes]] = []
    session = {"identifier": "caregiver", "clean_session": False}
    async with aiomqtt.Client(server.host, server.port, **session) as client:
        await client.subscribe(f"{base}/#", qos=1)

        async def listen():
            async for message in client.messages:
                topic = str(message.topic).removeprefix(f"{base}/")
                heard.append((topic, message.payload))

        task = asyncio.create_task(listen())
        try:
            yield heard, client
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def soon(what, seconds=15.0):
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.01)


def alerts(heard):
    return [json.loads(payload) for topic, payload in heard if topic == "alert"]


def key(told):
    return told["incident_id"], told["seq"]


def rows(folder):
    """All that was ever written: key, kind, state."""
    with closing(sqlite3.connect(folder / "outbox.db")) as db:
        found = db.execute(
            "SELECT incident_id, seq, json_extract(notice, '$.kind'), state FROM rows"
        ).fetchall()
    return {(incident, seq): (kind, state) for incident, seq, kind, state in found}


def check(written, told):
    """Everything written arrived, in order, and a second time only as the same."""
    arrived = {key(alert): alert for alert in reversed(told)}
    assert {name for name, (_, state) in written.items() if state != "done"} == set()
    assert set(written) == set(arrived)
    for alert in told:
        assert alert | {"late": False} == arrived[key(alert)] | {"late": False}
    first = list(dict.fromkeys(key(alert) for alert in told))
    for incident in {name for name, _ in first}:
        seqs = [seq for name, seq in first if name == incident]
        assert seqs == sorted(seqs)


async def test_no_alarm_is_lost_at_200_kills(mosquitto, tmp_path):
    async with caregiver(mosquitto, "distress/kill-1") as (heard, _):
        killed = await asyncio.create_subprocess_exec(
            *(sys.executable, "tests/killed.py", configured(mosquitto, tmp_path, "kill-1"), "9", str(LIVES)),
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await killed.communicate()
        lives = [json.loads(line) for line in output.splitlines()]
        written = rows(tmp_path)
        await soon(lambda: set(written) <= {key(alert) for alert in alerts(heard)})
        told = alerts(heard)
    assert killed.returncode == 0
    assert len(lives) == LIVES + 2
    said = {(name, seq) for life in lives for line in life for name, seq, _ in line.get("told", ())}
    assert said <= set(written)
    check(written, told)
    # The test has teeth only if death came in time: before the alarm, after it, and in between.
    left = sum(line.get("waiting", 0) > 0 for life in lives for line in life)
    alarms = sum(kind == "alarm" for kind, _ in written.values())
    twice = len(told) - len(written)
    print(f"{LIVES} kills: {alarms} alarms, {left} lives found some waiting, {twice} messages came twice")
    assert alarms > LIVES / 10
    assert left > 0


async def test_no_alarm_is_lost_when_the_daemon_itself_is_killed(mosquitto, tmp_path):
    config, rng = configured(mosquitto, tmp_path, "kill-2"), Random(9)
    async with caregiver(mosquitto, "distress/kill-2") as (heard, client):
        for life in range(4):
            daemon = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "agent.cli", "run", "-c", config),
                cwd=ROOT,
                stderr=asyncio.subprocess.DEVNULL,
            )
            await soon(lambda: heard and ("availability", b"online") in heard)
            heard.remove(("availability", b"online"))
            for action in ("resolve", "sos"):
                await client.publish("distress/kill-2/request", request(f"{life} {action}", action), qos=1)
            if life < 3:
                await asyncio.sleep(rng.uniform(0, 0.06))
                daemon.send_signal(signal.SIGKILL)
            else:
                await soon(lambda: any(alert["kind"] == "alarm" for alert in alerts(heard)))
                await asyncio.sleep(0.5)
                daemon.send_signal(signal.SIGTERM)
            await daemon.wait()
        assert daemon.returncode == 0
        check(rows(tmp_path), alerts(heard))
        granted = {json.loads(payload)["request_id"] for topic, payload in heard if topic == "response"}
    assert "3 sos" in granted


def request(name, action):
    told = {"request_id": name, "action": action, "by": "Ben", "at": datetime.now(UTC).isoformat()}
    return json.dumps(told).encode()
