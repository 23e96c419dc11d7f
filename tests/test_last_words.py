"""The device's end and its drills as a caregiver sees them: a real agent, a real Mosquitto, a real watch."""

import asyncio
import json
import os
import shutil
import signal
import time
from contextlib import asynccontextmanager

import pytest

from agent.caregiver.watch import Wish, watch
from agent.channels.mqtt import Broker
from agent.core.events import Fix
from agent.runtime import rowfile
from agent.senses import shelf
from tests.caregiver.test_watch import Screen, running
from tests.modem import AtModem
from tests.runtime.test_ledger import fill_disk
from tests.test_answering import SMS, living
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


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """`systemctl(words)` puts one in the way that does so when it is asked for the system's state."""

    def says(words):
        program = tmp_path / "bin" / "systemctl"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n[ $1 = is-system-running ] && {words}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    return says


async def until(screen, true, seconds=15.0):
    """What was told, once it is true of one."""
    async with asyncio.timeout(seconds):
        while not (found := [said for said in screen.said if true(said)]):
            await asyncio.sleep(0.01)
    return found[0]


async def ended(mosquitto, tmp_path, screen):
    """What a watch was told of a daemon that got SIGTERM."""
    async with running(watch(Wish(at(mosquitto)), screen.tell)):
        await screen.until("broker")
        daemon = await asyncio.to_thread(Daemon, tmp_path, mosquitto.port)
        try:
            await asyncio.to_thread(daemon.until, state="calm")
            await asyncio.sleep(1.5)
            began = time.monotonic()
            code, err = await asyncio.to_thread(daemon.end, signal.SIGTERM)
            assert (code, "Traceback" in err) == (0, False)
            # The promise is 2 s; a machine that runs tests is not held to it.
            assert time.monotonic() - began < 8
        finally:
            daemon.process.kill()
        return await until(screen, lambda said: said.event in ("shut_down", "stopped"))


async def test_a_shutdown_says_the_last_words_and_the_watch_knows_it_was_shut_down(
    mosquitto, tmp_path, systemctl
):
    screen = Screen()
    systemctl("echo stopping")
    assert (await ended(mosquitto, tmp_path, screen)).loud
    words = await until(screen, lambda said: "shutting down" in said.text)
    assert words.text.startswith("DEVICE Asha: the device is shutting down. ")


async def test_a_restart_of_the_service_is_told_quietly(mosquitto, tmp_path, systemctl):
    screen = Screen()
    systemctl("echo degraded")
    said = await ended(mosquitto, tmp_path, screen)
    assert (said.event, said.loud) == ("stopped", False)
    words = await until(screen, lambda said: "stopped by hand" in said.text)
    assert words.text.startswith("DEVICE Asha: its program was stopped by hand: nothing is heard until it is")


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


async def test_a_caregiver_who_stays_silent_is_named(mosquitto, tmp_path, monkeypatch):
    monkeypatch.setattr("agent.runtime.canary.ANSWERED_S", 1.0)
    async with drilled(mosquitto, tmp_path) as (_, screen):
        told = await until(screen, lambda said: "way to help" in said.text)
    assert "way to help (caregivers) lost: no answer to the drill within 0 min from Ben" in told.text


async def test_a_drill_by_sms_is_answered_by_its_reply(tmp_path):
    file = tmp_path / "agent.yaml"
    with AtModem() as modem:
        file.write_text(SMS.format(folder=tmp_path / "state", port=modem.port))
        async with asyncio.timeout(10), living(file) as house:
            await ask(house)
            while not modem.sent:
                await asyncio.sleep(0.01)
            assert modem.sent[0].text.startswith("TEST, no help needed: ALARM Asha")
            assert modem.sent[0].text.endswith("Reply 1=seen")
            assert house.board.watch.drills[-1].asked == ("Ben",)
            modem.receive("+491701234567", "1")
            while not house.board.watch.drills[-1].answers:
                await asyncio.sleep(0.01)
        assert house.board.watch.incident is None


async def test_a_device_that_was_killed_is_lost_and_no_cause_is_made_up(mosquitto, tmp_path, monkeypatch):
    screen = Screen()
    async with running(watch(Wish(at(mosquitto), ("belt",)), screen.tell)):
        await screen.until("broker")
        daemon = await asyncio.to_thread(Daemon, tmp_path, mosquitto.port)
        await asyncio.to_thread(daemon.until, state="calm")
        await asyncio.sleep(1)
        await asyncio.to_thread(daemon.end, signal.SIGKILL)
        monkeypatch.setattr("agent.caregiver.lookout.LOST_S", 1.0)
        lost = await screen.until("lost_contact")
    assert "Asha (belt): LOST CONTACT" in lost.text
    assert "it crashed, has no signal, or was cut off: that cannot be told apart" in lost.text
    assert not [said for said in screen.said if said.event == "shut_down"]


async def test_a_full_disk_stops_no_drill_and_is_named(mosquitto, tmp_path, monkeypatch):
    connect, screen = rowfile.connect, Screen()

    def full(path):
        db = connect(path)
        fill_disk(db)
        return db

    watching = running(watch(Wish(at(mosquitto)), screen.tell))
    async with living(written(tmp_path, mosquitto.port)) as house, watching:
        await screen.until("broker")
        monkeypatch.setattr(rowfile, "connect", full)
        await house.outbox._call(lambda: fill_disk(house.outbox._ledger._db))
        async with asyncio.timeout(40):
            # Until what is left of the file's last page has filled up; a new drill ends the one before.
            while not [said for said in screen.said if "way to help" in said.text]:
                await ask(house)
                await asyncio.sleep(2.0)
        told = await until(screen, lambda said: "way to help" in said.text)
        drills = [said for said in screen.said if said.drill]
        assert drills[-1].drill == house.board.watch.drills[-1].incident_id
        assert "way to help (outbox) lost: cannot write " in told.text
        assert "disk is full" in told.text
