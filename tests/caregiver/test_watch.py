"""`distress-agent watch` at a real Mosquitto, beside a device that is there, goes, and comes back."""

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import aiomqtt
import pytest

from agent.caregiver.watch import Wish, watch
from agent.channels import Message
from agent.channels.mqtt import Broker, Mqtt
from agent.cli import main
from agent.runtime.supervise import supervise
from agent.wording import Device
from tests.house import notice

ROOT = Path(__file__).parents[2]
ASHA = Device("asha-1", "Asha")


class Screen:
    """What was told, to be waited for."""

    def __init__(self):
        self.said = []

    def tell(self, news):
        self.said.extend(news)

    async def until(self, event, seconds=8.0):
        async with asyncio.timeout(seconds):
            while not (found := [said for said in self.said if said.event == event]):
                await asyncio.sleep(0.01)
        return found[-1]


@asynccontextmanager
async def running(*works):
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def message(**facts):
    told = notice(**facts)
    return Message(told, "*", late=False, wall=told.wall)


async def test_an_alarm_is_shown_a_drill_answered_and_a_lost_broker_told(mosquitto):
    asked, screen = asyncio.Queue(), Screen()

    async def door(payload, retained):
        asked.put_nowait(json.loads(payload))
        return {"request_id": None, "ok": True, "state": "calm"}

    at = Broker(mosquitto.host, mosquitto.port)
    device = Mqtt(at, ASHA, door)
    living = supervise("mqtt", device.run, lambda *_: None, Random(1))
    async with running(living, watch(Wish(at, answers_as="Ben"), screen.tell)):
        await screen.until("broker")
        await device.connected()
        await device.deliver(message())
        assert (await screen.until("alert")).text.startswith("ALARM Asha: scream heard, pulse up. ")
        await device.deliver(message(seq=2, test=True))
        async with asyncio.timeout(8):
            answer = await asked.get()
        assert (answer["action"], answer["by"]) == ("acknowledge", "Ben")
        assert answer["incident_id"] == "01KDX0000000000000000000AA"
        screen.said.clear()
        mosquitto.stop()
        await screen.until("broker_lost")
        (first, *_) = (said for said in screen.said if said.event == "broker_lost")
        assert first.loud
        assert "NO CONNECTION to the broker" in first.text
        assert "the connection broke off" in first.text
        mosquitto.start()
        await screen.until("broker", 12)


async def test_the_command_prints_objects_for_programs_and_ends_with_130(mosquitto_off, tmp_path):
    command = ["-m", "agent.cli", "watch", "--host", mosquitto_off.host, "--port", str(mosquitto_off.port)]
    watching = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        "--json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        # A shell's background jobs, and all that they start, ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    async with asyncio.timeout(15):
        told = json.loads(await watching.stdout.readline())
        assert (told["event"], told["loud"], told["device_id"]) == ("broker_lost", False, None)
        assert "nobody listens there, the connection is refused" in told["text"]
        watching.send_signal(2)
        _, err = await watching.communicate()
    assert (watching.returncode, err) == (130, b"")


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--password-file", "/nowhere/at-all"], 66, "/nowhere/at-all: no such file or directory"),
        (["--ca", "/nowhere/at-all"], 66, "no such file"),
        (["--device", "a/b"], 65, "'a/b' is no device's id"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(words, code, text, capsys):
    assert main(["watch", *words]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert text in line.lower()


async def test_an_interrupt_that_an_error_swallowed_still_ends_it(monkeypatch):
    async def stubborn(*_):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise aiomqtt.MqttError("could not say goodbye") from None

    monkeypatch.setattr("agent.caregiver.watch._connection", stubborn)
    task = asyncio.create_task(watch(Wish(Broker("127.0.0.1")), lambda news: None))
    await asyncio.sleep(0.05)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=3)
    assert done
