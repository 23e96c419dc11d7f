"""From the configuration to a caregiver's answer: a mail with a link, pressed; and Home Assistant told."""

import asyncio
import re
from contextlib import asynccontextmanager
from email import message_from_bytes, policy

import httpx
import pytest

from agent import build, config
from agent.channels.mqtt_home import Introduction
from agent.core.events import Press
from agent.house import House
from tests.channels.servers import post
from tests.conftest import free_port
from tests.modem import AtModem

CONFIG = """
wearer: {{name: Asha}}
sensors: {{microphone: {{enabled: false}}}}
detectors: {{scream: {{enabled: false}}}}
storage: {{folder: {folder}}}
dashboard: {{base_url: "http://127.0.0.1:{page}", port: {page}}}
contacts:
  - {{name: Ben, channels: [{{channel: email, to: ben@example.org}}]}}
  - {{name: Eva, channels: [{{channel: email, to: eva@example.org}}]}}
channels:
  mqtt: {{enabled: false}}
  email: {{host: 127.0.0.1, port: {smtp}, security: none, sender: Asha's device <asha@example.org>}}
"""


@asynccontextmanager
async def living(file):
    """A house built from a configuration, as the daemon builds it."""
    house = House(build.plan(config.load(file)), lambda *_: None)
    await house.open()
    async with asyncio.TaskGroup() as group:
        parts = house.start(group)
        try:
            yield house
        finally:
            for part in parts:
                part.cancel()
    await house.outbox.close()


async def letters(far, count):
    async with asyncio.timeout(8):
        while len(far.taken) < count:
            await asyncio.sleep(0.01)
    return [message_from_bytes(one.content, policy=policy.default) for one in far.taken]


def link(letter):
    (found,) = re.findall(r"http://127.0.0.1:\d+/a/\S+", letter.get_body(("plain",)).get_content())
    return found


async def test_a_mail_brings_a_link_its_press_stops_the_chain_and_tells_the_others(tmp_path):
    async with post() as far:
        file = tmp_path / "agent.yaml"
        file.write_text(CONFIG.format(folder=tmp_path / "state", page=free_port(), smtp=far.port))
        async with living(file) as house, httpx.AsyncClient(trust_env=False) as telephone:
            await house.inbox.put(Press(house.plan.clock.now(), "sos"))
            first = {letter["To"]: link(letter) for letter in await letters(far, 2)}
            assert len(set(first.values())) == 2
            assert "Asha may need help" in (await telephone.get(first["ben@example.org"])).text
            assert house.board.watch.state.value == "active"
            answer = await telephone.post(first["ben@example.org"], data={"answer": "going"})
            assert "Thank you, Ben" in answer.text
            assert house.board.watch.incident.acknowledged_by == "Ben"
            assert "Ben is taking care" in (await letters(far, 4))[-1]["Subject"]


async def test_a_drill_by_mail_is_answered_by_its_link(tmp_path):
    async with post() as far:
        file = tmp_path / "agent.yaml"
        file.write_text(CONFIG.format(folder=tmp_path / "state", page=free_port(), smtp=far.port))
        async with living(file) as house, httpx.AsyncClient(trust_env=False) as telephone:
            await house.inbox.put(Press(house.plan.clock.now(), "test"))
            first = {letter["To"]: letter for letter in await letters(far, 2)}
            assert "no help needed" in first["ben@example.org"]["Subject"]
            page = await telephone.post(link(first["ben@example.org"]))
            assert "Thank you, Ben" in page.text
            (drill,) = house.board.watch.drills
            assert drill.asked == ("Ben", "Eva")
            assert [answer.by for answer in drill.answers] == ["Ben"]


SMS = """
wearer: {{name: Asha}}
sensors: {{microphone: {{enabled: false}}}}
detectors: {{scream: {{enabled: false}}}}
storage: {{folder: {folder}}}
contacts: [{{name: Ben, channels: [{{channel: sms, to: "+49 170 1234567"}}]}}]
channels: {{mqtt: {{enabled: false}}, sms: {{serial: {{port: {port}}}}}}}
"""


@pytest.mark.parametrize(("replies", "state"), [(["1"], "acknowledged"), (["1", "2 sorry"], "calm")])
async def test_an_sms_goes_out_by_the_modem_and_its_reply_is_the_answer(tmp_path, replies, state):
    file = tmp_path / "agent.yaml"
    with AtModem() as modem:
        file.write_text(SMS.format(folder=tmp_path / "state", port=modem.port))
        async with asyncio.timeout(10), living(file) as house:
            await house.inbox.put(Press(house.plan.clock.now(), "sos"))
            while not modem.sent:
                await asyncio.sleep(0.01)
            assert modem.sent[0].number == "+491701234567"
            assert "Reply 1=going" in modem.sent[0].text
            modem.receive("+491709999999", "2")
            for place, reply in enumerate(replies, 2):
                modem.receive("+491701234567", reply, place=place)
            while house.board.watch.state.value != state:
                await asyncio.sleep(0.01)


async def test_a_first_2_is_asked_about_by_sms_and_ends_nothing(tmp_path):
    file = tmp_path / "agent.yaml"
    with AtModem() as modem:
        file.write_text(SMS.format(folder=tmp_path / "state", port=modem.port))
        async with asyncio.timeout(10), living(file) as house:
            await house.inbox.put(Press(house.plan.clock.now(), "sos"))
            while not modem.sent:
                await asyncio.sleep(0.01)
            modem.receive("+491701234567", "2", place=2)
            while "Send 2 again" not in modem.sent[-1].text:
                await asyncio.sleep(0.01)
            assert modem.sent[-1].number == "+491701234567"
            assert house.board.watch.state.value == "active"


@pytest.mark.parametrize(("pin", "cancels"), [("", True), ("incident: {pin: !env PIN}", False)])
def test_home_assistant_gets_a_button_to_cancel_only_without_a_pin(tmp_path, monkeypatch, pin, cancels):
    monkeypatch.setenv("PIN", "4711")
    (tmp_path / "agent.yaml").write_text(
        f"storage: {{folder: {tmp_path}}}\nchannels: {{mqtt: {{home_assistant: true}}}}\n{pin}\n"
    )
    home = build.plan(config.load(tmp_path / "agent.yaml")).home
    assert isinstance(home, Introduction)
    assert home.cancels is cancels
    assert build.plan(config.Config()).home is None
