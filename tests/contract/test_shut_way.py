"""A wrong token that is mended later: what a whole agent does until then, and that the alarm gets out."""

import asyncio
import json

from agent.core.events import Press
from agent.runtime import courier
from tests.channels.servers import post, web
from tests.test_answering import letters, living

CONFIG = """
wearer: {{name: Asha}}
sensors: {{microphone: {{enabled: false}}}}
detectors: {{scream: {{enabled: false}}}}
storage: {{folder: {folder}}}
contacts:
  - name: Ben
    channels: [{{channel: home}}, {{channel: email, to: ben@example.org}}]
channels:
  mqtt: {{enabled: false}}
  webhooks: [{{name: home, url: "{url}", secret: !env SECRET}}]
  email: {{host: 127.0.0.1, port: {smtp}, security: none, sender: asha@example.org}}
"""


async def soon(what):
    async with asyncio.timeout(8):
        while not what():
            await asyncio.sleep(0.01)


async def test_it_is_told_by_the_other_way_and_the_alarm_gets_out_once_it_is_mended(tmp_path, monkeypatch):
    monkeypatch.setattr(courier, "LASTED_S", 0.0)
    monkeypatch.setattr(courier, "SHUT_S", 0.5)
    monkeypatch.setenv("SECRET", "s" * 32)
    file = tmp_path / "agent.yaml"
    async with post() as mail, web(answers=[(401, {}, b"no")]) as far:
        file.write_text(CONFIG.format(folder=tmp_path / "state", url=far.url, smtp=mail.port))
        async with living(file) as house:
            await house.inbox.put(Press(house.plan.clock.now(), "sos"))
            subjects = [letter["Subject"] for letter in await letters(mail, 2)]
            assert subjects[0].startswith("ALARM")
            assert subjects[1].startswith("DEVICE")
            body = (await letters(mail, 2))[1].get_body(("plain",)).get_content()
            assert "way to help (home) lost: 127.0.0.1 refused it (HTTP 401): check the token" in body
            cure = "check the token or password"
            assert house.status()["ways"] == {
                "home": {"why": "127.0.0.1 refused it (HTTP 401)", "cure": cure}
            }
            assert (house.board.health["home"].state, house.board.health["home"].cure) == ("faulty", cure)
            asked = len(far.came)
            await asyncio.sleep(0.7)
            assert len(far.came) - asked <= 4
            far.answers[:] = [(200, {}, b"{}")]
            await soon(lambda: not house.status()["ways"])
            taken = [json.loads(request.body)["kind"] for request in far.came if request.body][-2:]
            assert "alarm" in taken
            assert house.board.health["home"].state == "ok"
