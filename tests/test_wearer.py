"""What is said to the wearer, by a real agent: how far the alarm is, who is coming, who answers no drill."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace

import aiomqtt

from agent import ask, build, config
from agent.core.drills import ANSWERED_S
from agent.core.events import Press, Tick
from agent.house import House
from agent.runtime.local import NAME
from agent.runtime.local import ask as asked
from sensors.lamp import LIGHT
from tests.test_wording import valid

CONFIG = """
device: {{id: belt}}
wearer: {{name: Asha}}
sensors: {{microphone: {{enabled: false}}, power: {{enabled: false}}}}
detectors: {{scream: {{enabled: false}}, stress: {{enabled: false}}}}
contacts: [{{name: Asha's brother}}, {{name: Ben}}]
channels: {{mqtt: {{host: 127.0.0.1, port: {port}}}}}
storage: {{folder: {folder}}}
"""


async def until(true):
    while not true():
        await asyncio.sleep(0.01)


class Shining:
    """A lamp that keeps what it was told to show."""

    def __init__(self):
        self.shown = []

    def show(self, state):
        assert state in LIGHT
        if self.shown[-1:] != [state]:
            self.shown.append(state)

    async def run(self):
        await asyncio.Event().wait()


@asynccontextmanager
async def living(mosquitto, folder, **changes):
    """A house with a lamp, and what a subscriber got: the house, the lamp, alerts' texts by kind."""
    file, lamp, alerts = folder / "agent.yaml", Shining(), []
    file.write_text(CONFIG.format(folder=folder / "state", port=mosquitto.port))
    house = House(replace(build.plan(config.load(file)), lamp=lamp, **changes), lambda *_: None)
    await house.open()

    async def listen(client, got=alerts.append):
        async for message in client.messages:
            got(json.loads(message.payload))

    async with asyncio.timeout(20), aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
        await client.subscribe("distress/belt/alert", qos=1)
        async with asyncio.TaskGroup() as group:
            parts = [*house.start(group), group.create_task(listen(client))]
            yield house, lamp, alerts
            for part in parts:
                part.cancel()
    await house.outbox.close()


async def press(house, action, **more):
    await house.inbox.put(Press(house.plan.clock.now(), action, **more))
    await house.settled()


async def test_who_is_on_the_way_is_said_by_lamp_status_and_mqtt(mosquitto, tmp_path):
    async with living(mosquitto, tmp_path) as (house, lamp, alerts):
        await press(house, "sos")
        await until(lambda: lamp.shown[-1:] == ["sent"])
        assert house.status()["says"] == "the alarm is sent"
        await press(house, "acknowledge", by="Ben")
        await until(lambda: lamp.shown[-1] == "answered")
        told = await asked(tmp_path / "state" / NAME, {"action": "status"})
        assert ask.in_words(told).splitlines()[1] == "  Ben is on the way"
        await until(lambda: len(alerts) == 2)
        assert [(one["kind"], one["acknowledged_by"]) for one in alerts] == [
            ("alarm", None),
            ("acknowledged", "Ben"),
        ]
        await press(house, "resolve", by="Ben")
        await until(lambda: lamp.shown[-1] == "calm")


async def test_the_device_says_nothing_of_an_alarm_behind_the_duress_pin(mosquitto, tmp_path):
    async with living(mosquitto, tmp_path) as (house, lamp, alerts):
        await press(house, "duress", trusted=True)
        assert house.board.watch.state.value == "active"
        await until(lambda: alerts)
        assert alerts[0]["duress"]
        assert (house.status()["says"], lamp.shown) == ("calm", ["calm"])


async def test_who_answered_no_drill_is_said_to_the_wearer(mosquitto, tmp_path):
    said = "no answer to the last three drills from Asha's brother: ask whether they get your alarms"
    async with living(mosquitto, tmp_path, ticking=False) as (house, _, alerts):
        for _ in range(3):
            await press(house, "test")
            await press(house, "acknowledge", by="Ben")
        clock = house.plan.clock
        await house.inbox.put(Tick(clock.now() + ANSWERED_S + 1, clock.wall() + ANSWERED_S + 1))
        await until(lambda: said in {alert["text"] for alert in alerts})
        status = house.status()
        assert status.pop("says") == "calm"
        assert status.pop("notes") == ["Asha's brother has not answered the last three drills"]
        drill = valid("state", status)["last_drill"]
        assert drill["no_answer"] == status["silent_in_drills"] == ["Asha's brother"]
        assert [answer["by"] for answer in drill["answers"]] == ["Ben"]
