"""The daemon listens: a PulseAudio of our own is its microphone, a real Mosquitto its way to a caregiver."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import subprocess
import sys
import tarfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import aiomqtt
import numpy as np
import pytest
import soundfile

from sensors.readings import RATE
from sensors.sound_faults import MUTED
from sensors.sounds import made
from sensors.sounds.voice import SCREAM_S
from sensors.synth import walk
from tests.pulse import pulse

ROOT = Path(__file__).parents[1]
CONFIG = """
device: {{id: belt}}
wearer: {{name: Asha}}
channels: {{mqtt: {{host: 127.0.0.1, port: {port}}}}}
incident: {{cooldown_s: 0}}
storage: {{folder: {folder}}}
"""
RECORDED = 8
"""So many recorded screams, one after the other: not every single one is heard (docs/models.md)."""


class Caregiver:
    """What a caregiver's subscriber got and has not looked at yet, by topic below the device's own."""

    def __init__(self, client):
        self.client = client
        self.got = {topic: asyncio.Queue() for topic in ("alert", "state", "response")}

    async def listen(self):
        await self.client.subscribe("distress/belt/#", qos=1)
        async for message in self.client.messages:
            topic = str(message.topic).removeprefix("distress/belt/")
            if topic in self.got:
                self.got[topic].put_nowait(json.loads(message.payload))

    async def until(self, topic, true, patience_s=15.0):
        """The first message, of those that come or came, of which it is true."""
        async with asyncio.timeout(patience_s):
            while not true(payload := await self.got[topic].get()):
                pass
        return payload

    async def ask(self, action):
        """A request by MQTT."""
        now = datetime.now(UTC).isoformat()
        request = {"request_id": uuid4().hex, "action": action, "by": "wearer", "at": now}
        await self.client.publish("distress/belt/request", json.dumps(request), qos=1)
        assert (await self.until("response", bool))["ok"]


@pytest.fixture
def microphone(tmp_path):
    with pulse(tmp_path / "pulse") as server:
        seen = [sys.executable, "-c", "from sensors import microphone; assert microphone.names()"]
        if subprocess.run(seen, cwd=ROOT, env=server.env, capture_output=True, check=False).returncode:
            pytest.skip("PortAudio sees no PulseAudio: apt-get install libportaudio2 libasound2-plugins")
        yield server


START_S = 60.0
"""Longest that a machine that runs other tests beside this one may take to start the program."""
RUN = ("-m", "agent.cli")
HASTY = (
    "import sys; from sensors import sound_faults; from agent.cli import main; sound_faults.DEAD_S = 8.0; "
)
SOON_DEAD = ("-c", f"{HASTY}sys.exit(main(sys.argv[1:]))")
"""The same program, which waits eight seconds and no minute before it calls a microphone muted."""


@asynccontextmanager
async def living(microphone, broker, folder, program=RUN):
    """The daemon, until its end: its caregiver."""
    file = folder / "agent.yaml"
    file.write_text(CONFIG.format(port=broker.port, folder=folder / "state"))
    command = [sys.executable, *program, "run", "-c", str(file)]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, cwd=ROOT, env=microphone.env, stderr=log)
    try:
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            caregiver = Caregiver(client)
            listening = asyncio.create_task(caregiver.listen())
            try:
                await caregiver.until("state", lambda state: works(state, "ok"), START_S)
                yield caregiver
            finally:
                listening.cancel()
                await asyncio.wait({listening})
    finally:
        daemon.terminate()
        daemon.wait(10)
    assert daemon.returncode == 0
    assert "Traceback" not in (folder / "log").read_text()


def works(state, *states):
    return state["sensors"].get("microphone", {}).get("state") in states


def wav(path, samples):
    soundfile.write(path, samples, RATE)
    return path


def demos_scream():
    """The scream of the demo's walk, as loud as it is there, in its street; thrice, as people do."""
    levels = {layer.synth: 10 ** (layer.gain_db / 20) for layer in walk().audio}
    street = made("street", SCREAM_S + 2, seed=7) * levels["street"]
    street[RATE : RATE + round(SCREAM_S * RATE)] += made("scream", SCREAM_S, seed=7) * levels["scream"]
    return np.tile(street, 3)


async def test_a_scream_in_the_room_reaches_the_caregiver_and_a_lost_microphone_too(
    microphone, mosquitto, tmp_path
):
    async with living(microphone, mosquitto, tmp_path) as caregiver:
        with microphone.playing(wav(tmp_path / "scream.wav", demos_scream())):
            alert = await caregiver.until("alert", lambda alert: alert["kind"] == "pre_alarm")
        assert alert["reasons"][0]["cue"] == "scream"
        await caregiver.ask("cancel")

        microphone.unplug()
        told = await caregiver.until("alert", lambda alert: alert["kind"] == "device_trouble")
        assert told["text"].startswith("microphone lost: ")
        blind = await caregiver.until("state", lambda state: works(state, "lost", "stale"))
        assert blind["perceives"].endswith(": I watch my battery, but cannot hear")

        microphone.plug()
        well = await caregiver.until("state", lambda state: works(state, "ok"))
        assert well["perceives"] == ""
        with microphone.playing(tmp_path / "scream.wav"):
            await caregiver.until("alert", lambda alert: alert["kind"] == "pre_alarm")


async def test_a_drill_names_the_microphone_that_is_muted_in_the_sound_server(
    microphone, mosquitto, tmp_path
):
    street = wav(tmp_path / "street.wav", np.tile(made("street", 10.0, seed=7), 60))
    with microphone.playing(street):
        async with living(microphone, mosquitto, tmp_path, SOON_DEAD) as caregiver:
            await caregiver.ask("test")
            await caregiver.until("alert", lambda alert: alert["test"], START_S)

            microphone.mute("1")
            deaf = await caregiver.until("state", lambda state: works(state, "faulty"), START_S)
            assert MUTED.startswith(deaf["sensors"]["microphone"]["why"])
            await caregiver.ask("test")
            told = await caregiver.until("alert", lambda alert: "way to help" in alert["text"], START_S)
            assert told["text"].startswith("way to help (microphone) lost: it gives not the faintest sound")

            microphone.mute("0")
            await caregiver.until("state", lambda state: works(state, "ok"), START_S)


def recorded():
    """Screams of the packs' test split, half a second apart."""
    pack = Path(os.environ["DISTRESS_DATA"]) / "audio"
    with (pack / "index.csv").open(newline="", encoding="utf-8") as file:
        wanted = [
            row["clip"]
            for row in csv.DictReader(file)
            if (row["split"], row["label"], row["tar"]) == ("test", "scream", "screams_test.tar")
            and row["tag"] != "scream_weak"
        ][:RECORDED]
    with tarfile.open(pack / "screams_test.tar") as tar:
        for clip in wanted:
            samples, rate = soundfile.read(io.BytesIO(tar.extractfile(clip).read()), dtype="float32")
            assert rate == RATE
            yield from (samples, np.zeros(RATE // 2, np.float32))


@pytest.mark.skipif("DISTRESS_DATA" not in os.environ, reason="no recordings: set DISTRESS_DATA")
async def test_recorded_screams_are_heard_through_the_air_of_the_sound_server(
    microphone, mosquitto, tmp_path
):
    async with living(microphone, mosquitto, tmp_path) as caregiver:
        with microphone.playing(wav(tmp_path / "screams.wav", np.concatenate(list(recorded())))):
            alert = await caregiver.until("alert", lambda alert: alert["kind"] == "pre_alarm", 30.0)
        assert alert["reasons"][0]["cue"] == "scream"
