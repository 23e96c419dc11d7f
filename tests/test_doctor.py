"""The doctor: it tries each way to people without a message to anybody, and leaves alone what is in use."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent import doctor
from agent.channels import at_modem
from agent.channels.email import Email, EmailSettings
from agent.channels.sms_at import AtSettings
from agent.core.policy import Policy
from agent.plan import Plan
from agent.runtime.clock import SetClock
from agent.runtime.local import NAME, serve
from agent.senses.perception import Senses
from agent.senses.shelf import ModelUnfit
from agent.wording import Device
from sensors.lamp import Lamp
from tests.channels.servers import post
from tests.modem import AtModem

ASHA = Device("band-1", "Asha")


@pytest.fixture
def plan(tmp_path):
    return Plan(Policy(), SetClock(0.0), tmp_path, lambda _: Senses(), "doctor", ASHA)


@pytest.fixture
def look(monkeypatch, capsys):
    """`look(check, plan)` gives what one check finds, beside whatever the test's loop serves."""

    async def found(check, plan):
        monkeypatch.setattr(doctor, "CHECKS", (check,))
        await asyncio.to_thread(doctor.run, plan, as_json=True)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return found


@pytest.fixture
async def agent(plan):
    """An agent that runs: it answers on the socket."""

    async def knock(_):
        return {}

    task = asyncio.get_running_loop().create_task(
        serve(
            plan.folder / NAME, knock, {"status": lambda: {"sensors": {"lamp": {"state": "ok", "why": ""}}}}
        )
    )
    while not (plan.folder / NAME).exists():
        await asyncio.sleep(0.01)
    yield
    task.cancel()


def mail(far):
    return Email(EmailSettings("127.0.0.1", "a@b.example", far.port, "none", timeout_s=2.0), ASHA)


async def test_a_mail_server_is_greeted_and_left_without_a_letter(plan, look):
    async with post() as far:
        (found,) = await look(doctor._channels, replace(plan, channels={"email": mail(far)}))
    assert (found["part"], found["ok"], found["found"]) == ("email", True, "127.0.0.1 lets us in")
    assert far.taken == []


async def test_a_mail_server_that_is_not_there_is_told(plan, look):
    async with post() as far:
        pass
    (found,) = await look(doctor._channels, replace(plan, channels={"email": mail(far)}))
    assert not found["ok"]
    assert "127.0.0.1 cannot be reached" in found["found"]
    assert found["cure"] == "check the keys under channels.email"


async def test_what_cannot_be_tried_without_a_message_says_so(plan, look):
    (found,) = await look(doctor._channels, replace(plan, channels={"siren-shop": object()}))
    assert (found["part"], found["found"]) == ("siren-shop", "not tried: distress-agent test-alert does")


async def test_a_way_that_the_agent_found_shut_is_told_with_its_cure(plan, look, monkeypatch):
    word = {"why": "far.example refused it (HTTP 401)", "cure": "check the token or password"}
    monkeypatch.setattr(doctor, "_status", lambda _: {"ways": {"home": word}})
    found = await look(doctor._channels, replace(plan, channels={"home": object(), "siren-shop": object()}))
    assert found[0] == {"part": "home", "ok": False, "found": word["why"], "cure": word["cure"]}
    assert found[1]["ok"]


async def test_a_serial_modem_is_asked(plan, look, monkeypatch):
    monkeypatch.setattr(at_modem, "SETTLE_S", 0.03)
    with AtModem() as modem:
        (found,) = await look(doctor._channels, replace(plan, modem=AtSettings(modem.port)))
        modem.registered = 0
        (lost,) = await look(doctor._channels, replace(plan, modem=AtSettings(modem.port)))
    assert (found["ok"], found["found"]) == (True, "registered at home, signal good, -71 dBm")
    assert (lost["ok"], lost["found"]) == (False, "there is no network")
    assert lost["cure"].startswith("move the device")


@pytest.mark.usefixtures("agent")
async def test_the_modem_and_the_lamp_of_an_agent_that_runs_are_left_alone(plan, look):
    with AtModem() as modem:
        (found,) = await look(doctor._channels, replace(plan, modem=AtSettings(modem.port)))
        assert modem.asked == []
    assert (found["part"], found["ok"]) == ("sms", True)
    assert "the agent that runs has the modem" in found["found"]
    assert await look(doctor._lamp, replace(plan, lamp=Lamp(17))) == []
    told = await look(doctor._sensors, plan)
    assert told[0] == {"part": "lamp", "ok": True, "found": "works", "cure": ""}


async def test_a_model_that_a_sense_wants_and_the_shelf_lacks_is_told(plan, look):
    def wanting(_):
        raise ModelUnfit(Path("face.tflite"), "there is no such model file")

    told = {one["part"]: one for one in await look(doctor._models, replace(plan, new_senses=wanting))}
    assert (told["model face"]["ok"], told["model face"]["found"]) == (False, "there is no such model file")
    assert "switch its detector off" in told["model face"]["cure"]
    assert told["model scream"]["ok"]
