"""The device's end and its drills as a caregiver sees them: a real agent, a real Mosquitto, a real watch."""

import asyncio
import json
import shutil
import signal
import time
from contextlib import asynccontextmanager

from agent.caregiver.watch import Wish, watch
from agent.channels.mqtt import Broker
from agent.core.events import Fix
from agent.senses import shelf
from tests.caregiver.test_watch import Screen, running
from tests.test_answering import living
from tests.test_daemon import Daemon

CONFIG = """
device: {{id: belt}}
wearer: {{name: Asha}}
sensors: {{microphone: {{enabled: false}}, power: {{enabled: false}}}}
detectors: {{stress: {{enabled: false}}}}
contacts: [{{name: Ben}}]
channels: {{mqtt: {{host: 127.0.0.1, port: {port}}}}}
storage: {{folder: {folder}}}
"""


def at(mosquitto):
    return Broker(mosquitto.host, mosquitto.port)


def written(folder, port):
    file = folder / "agent.yaml"
    file.write_text(CONFIG.format(folder=folder / "state", port=port))
    return file


async def ask(house, action="test", by="wearer"):
    """A request at the door; its answer."""
    wall = house.plan.clock.wall()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall))
    request = {"request_id": f"{action}-{wall}", "action": action, "by": by, "at": stamp}
    return await house.answer(json.dumps(request).encode())


async def until(screen, true, seconds=15.0):
    """What was told, once it is true of one."""
    async with asyncio.timeout(seconds):
        while not (found := [said for said in screen.said if true(said)]):
            await asyncio.sleep(0.01)
    return found[0]


async def test_sigterm_says_the_last_words_and_the_watch_knows_it_was_shut_down(mosquitto, tmp_path):
    screen = Screen()
    async with running(watch(Wish(at(mosquitto)), screen.tell)):
        await screen.until("broker")
        daemon = await asyncio.to_thread(Daemon, tmp_path, mosquitto.port)
        try:
            await asyncio.to_thread(daemon.until, state="calm")
            await asyncio.sleep(1.5)
            began = time.monotonic()
            code, err = await asyncio.to_thread(daemon.end, signal.SIGTERM)
            assert (code, "Traceback" in err) == (0, False)
            assert (
                time.monotonic() - began < 8
            )  # the promise is 2 s; a machine that runs tests is not held to it
        finally:
            daemon.process.kill()
        words = await until(screen, lambda said: "shutting down" in said.text)
        assert words.text.startswith("DEVICE Asha: the device is shutting down. ")
        assert (await until(screen, lambda said: said.event == "shut_down")).loud


async def test_the_last_words_carry_the_position_are_said_each_time_and_hold_nobody_up(tmp_path):
    file = written(tmp_path, 1)
    for count in (1, 2):
        async with living(file) as house:
            await house.inbox.put(Fix(house.plan.clock.now(), 48.1, 11.5, 8.0))
            began = time.monotonic()
            await house.last_words()
            assert time.monotonic() - began < 4
            rows = [row.notice for row in await house.outbox.waiting()]
            assert [notice.reasons[0].cue for notice in rows] == ["shutdown"] * count
            assert rows[-1].fix.latitude == 48.1


@asynccontextmanager
async def drilled(mosquitto, tmp_path, **wish):
    """A house that hears by the true model, and a caregiver's watch; a drill has been asked for."""
    screen = Screen()
    watching = running(watch(Wish(at(mosquitto), **wish), screen.tell))
    async with living(written(tmp_path, mosquitto.port)) as house, watching:
        await screen.until("broker")
        assert (await ask(house))["ok"]
        yield house, screen


async def test_a_drill_goes_from_the_sensors_edge_to_the_watch_and_its_answer_comes_back(mosquitto, tmp_path):
    async with drilled(mosquitto, tmp_path, answers_as="Ben") as (house, screen):
        assert "TEST, no help needed: ALARM Asha" in (await screen.until("alert")).text
        async with asyncio.timeout(15):
            while not house.board.watch.drills[-1].answers:
                await asyncio.sleep(0.01)
        assert not house.board.watch.gaps
        assert house.board.watch.drills[-1].answers[0].by == "Ben"


async def test_a_swapped_model_is_named_to_the_caregiver_in_the_drills_place(
    mosquitto, tmp_path, monkeypatch
):
    folder = tmp_path / "shelf"
    shutil.copytree(shelf.default_folder(), folder)
    monkeypatch.setattr(shelf, "default_folder", lambda: folder)
    async with living(written(tmp_path, mosquitto.port)) as house:
        screen = Screen()
        async with running(watch(Wish(at(mosquitto)), screen.tell)):
            await screen.until("broker")
            with (folder / "scream.tflite").open("ab") as file:
                file.write(b"\0")
            await ask(house)
            told = await until(screen, lambda said: "way to help" in said.text)
        assert "way to help (model) lost: the checksum is not that of its card" in told.text
        assert not house.board.watch.drills


async def test_a_broker_that_is_down_is_named_once_it_is_back(mosquitto_off, tmp_path, monkeypatch):
    monkeypatch.setattr("agent.runtime.canary.SENT_S", 1.0)
    async with living(written(tmp_path, mosquitto_off.port)) as house:
        await ask(house)
        async with asyncio.timeout(15):
            while not house.board.watch.gaps:
                await asyncio.sleep(0.01)
        (gap,) = house.board.watch.gaps
        assert gap.part == "way to help (mqtt)"
        assert "the connection is refused" in gap.why
