"""docs/caregivers.md, tried as a new caregiver would: its commands and its rights, at a real Mosquitto."""

import asyncio
import json
import re
import shutil
import subprocess
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from agent.core.events import Press
from agent.wording.people import HEADS
from tests.test_answering import living

PAGE = (Path(__file__).parents[1] / "docs" / "caregivers.md").read_text(encoding="utf-8")
CONFIG = """
device: {{id: belt}}
wearer: {{name: Asha}}
sensors: {{microphone: {{enabled: false}}}}
detectors: {{scream: {{enabled: false}}}}
storage: {{folder: {folder}}}
channels:
  mqtt: {{host: 127.0.0.1, port: {port}, username: belt, password: !env BELT, home_assistant: true}}
"""


def command(start):
    """The page's command that begins so."""
    (found,) = (line for line in re.findall(r"```sh\n(.*?)\n```", PAGE, re.DOTALL) if line.startswith(start))
    return found


@pytest.fixture
def broker(mosquitto_off, monkeypatch):
    """With the rights that the page gives, and no others."""
    if not shutil.which("mosquitto_sub") or not shutil.which("mosquitto_passwd"):
        pytest.skip("no mosquitto-clients on this machine: apt-get install mosquitto-clients")
    (rights,) = re.findall(r"```\n(user .*?)```", PAGE, re.DOTALL)
    acl, passwords = mosquitto_off.folder / "acl", mosquitto_off.folder / "passwords"
    acl.write_text(rights.replace("DEVICE", "belt") + "user home\ntopic readwrite homeassistant/#\n")
    for new, user in (("-c", "belt"), ("", "ben"), ("", "home")):
        words = ["mosquitto_passwd", *new.split(), "-b", str(passwords), user, "secret"]
        subprocess.run(words, check=True, capture_output=True)
    for file in (acl, passwords):
        file.chmod(0o600)
    monkeypatch.setenv("BELT", "secret")
    return mosquitto_off.start(f"acl_file {acl}", f"password_file {passwords}", "allow_anonymous false")


async def run(broker, line, user="ben"):
    """A command of the page, with the names of this broker and device put in."""
    login = f"127.0.0.1 -p {broker.port} -u {user} -P secret"
    line = line.replace("BROKER", login).replace("DEVICE", "belt")
    return await asyncio.create_subprocess_shell(f"exec {line}", stdout=PIPE, stderr=DEVNULL)


async def until(program, topic, **facts):
    """The first message of a topic that says so."""
    async for line in program.stdout:
        name, _, text = line.decode().strip().partition(" ")
        if name.endswith(topic) and text.startswith("{"):
            told = json.loads(text)
            if facts.items() <= told.items():
                return told
    raise AssertionError(f"nothing came on {topic}")


async def test_the_commands_of_the_page_show_an_alarm_and_answer_it(broker, tmp_path):
    file = tmp_path / "agent.yaml"
    file.write_text(CONFIG.format(folder=tmp_path / "state", port=broker.port))
    async with asyncio.timeout(40), living(file) as house:
        listener = await run(broker, command("mosquitto_sub"))
        home = await run(broker, "mosquitto_sub -h BROKER -v -t 'homeassistant/#'", "home")
        try:
            await until(listener, "/state", state="calm")
            assert (await until(home, "/config"))["origin"]["name"] == "distress-agent"
            await house.inbox.put(Press(house.plan.clock.now(), "sos"))
            await until(listener, "/alert", kind="alarm")
            for action in ("acknowledge", "resolve"):
                answer = await run(broker, command("mosquitto_pub").replace("acknowledge", action))
                assert await answer.wait() == 0
                assert (await until(listener, "/response"))["ok"]
            assert house.board.watch.incident is None
        finally:
            for program in (listener, home):
                program.kill()
                await program.communicate()


def test_the_page_explains_every_word_that_messages_begin_with():
    told = set(re.findall(r"^\| `([A-Z]+)` \|", PAGE, re.MULTILINE))
    assert told == {*HEADS.values(), "TEST"}
