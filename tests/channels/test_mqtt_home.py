"""Home Assistant: what the device says of itself is what Home Assistant takes, and comes again when asked.

The rules are those of home-assistant.io/integrations/mqtt and its platforms' pages, written here anew.
"""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import aiomqtt
import pytest

from agent.channels import mqtt_home
from agent.channels.mqtt import Broker
from agent.channels.mqtt_home import BIRTH, EVENTS, Introduction, discovery, introduce
from agent.core.events import Fix, Press
from agent.core.incident import Act
from agent.core.policy import Policy
from agent.core.watch import begin, step
from agent.runtime.board import Health
from agent.runtime.clock import SetClock
from agent.runtime.door import Door
from agent.wording import Device, alert, location, state
from tests.channels.notices import message

ASHA = Device("asha-1", "Asha")
OURS = Introduction(ASHA, "1.2.3")
WALL = 1_795_291_471.0

NEEDS = {
    "event": {"state_topic", "event_types"},
    "binary_sensor": {"state_topic"},
    "sensor": {"state_topic"},
    "button": {"command_topic"},
    "device_tracker": {"json_attributes_topic"},
}
"""Required options of each platform."""
ENTITY = {
    "platform", "unique_id", "name", "qos", "availability_topic", "device_class", "entity_category",
    "json_attributes_topic", "json_attributes_template", "value_template", "state_topic",
}  # fmt: skip
ALSO = {
    "event": {"event_types"},
    "binary_sensor": {"payload_on", "payload_off"},
    "sensor": {"unit_of_measurement"},
    "button": {"command_topic", "command_template", "retain"},
    "device_tracker": {"source_type"},
}
CLASSES = {"binary_sensor": {"safety", "problem", "connectivity"}, "sensor": {"battery"}}
TOPICS = {"availability", "state", "alert", "location", "request"}


def check(told):
    """Home Assistant's rules for a device's discovery."""
    assert set(told) == {"device", "origin", "components"}
    assert told["device"]["identifiers"]
    assert told["origin"]["name"]
    assert len({part["unique_id"] for part in told["components"].values()}) == len(told["components"])
    for key, part in told["components"].items():
        platform = part["platform"]
        assert re.fullmatch(r"[a-zA-Z0-9_-]+", key)
        assert NEEDS[platform] <= set(part), key
        assert set(part) <= ENTITY | ALSO[platform], key
        assert part.get("device_class") in {None, *CLASSES.get(platform, ())}
        assert part.get("entity_category") in (None, "diagnostic")
        for option, value in part.items():
            if option.endswith("_topic"):
                assert value.removeprefix("distress/asha-1/") in TOPICS
                assert not set("+#") & set(value)


def test_it_is_what_home_assistant_takes():
    told = discovery(OURS)
    check(told)
    platforms = sorted(part["platform"] for part in told["components"].values())
    assert platforms == [*3 * ["binary_sensor"], *3 * ["button"], "device_tracker", "event", "sensor"]
    assert OURS.topic == "homeassistant/device/asha-1/config"


def test_only_the_connection_is_shown_when_the_device_is_gone():
    parts = discovery(OURS)["components"]
    assert [key for key, part in parts.items() if "availability_topic" not in part] == ["connection"]


def test_every_kind_of_alert_is_declared():
    kinds = {act.value.partition(" (")[0] for act in Act}
    assert kinds | {"device_trouble", "test"} <= set(EVENTS)


def test_where_a_pin_is_set_no_button_can_cancel():
    assert "ok" not in discovery(Introduction(ASHA, "1", cancels=False))["components"]


def pressed(template, at):
    """What Home Assistant sends: now() is a datetime with a zone."""
    told = template.replace("{{ now().timestamp() }}", str(at.timestamp()))
    return told.replace("{{ now().isoformat() }}", at.isoformat()).encode()


def test_each_press_of_a_button_is_a_request_that_the_door_hears():
    class Mind:
        watch = begin(0.0, WALL, "seed", Policy())

    clock, mind, presses = SetClock(WALL), Mind(), []
    mind.watch, _ = step(mind.watch, Press(0.0, "sos"), Policy())
    door = Door(clock, mind, Policy(), presses.append)
    for seconds in (0, 2):
        at = datetime.fromtimestamp(WALL + seconds, UTC)
        for key in ("test", "going", "ok"):
            template = discovery(OURS)["components"][key]["command_template"]
            assert door.knock(pressed(template, at))["ok"], key
    told = [(press.action, press.by) for press in presses]
    assert told == 2 * [("test", "Home Assistant"), ("acknowledge", "Home Assistant"), ("cancel", "wearer")]


def rendered(key, option, payload):
    """A template of a part as Home Assistant renders it."""
    sandbox = pytest.importorskip("jinja2.sandbox", reason="no jinja2 to render Home Assistant's templates")
    environment = sandbox.ImmutableSandboxedEnvironment()
    environment.filters["to_json"] = json.dumps
    template = environment.from_string(discovery(OURS)["components"][key][option])
    return template.render(value_json=json.loads(json.dumps(payload)))


@pytest.mark.parametrize(("test", "kind"), [(False, "alarm"), (True, "test")])
def test_the_event_says_its_kind_and_all_that_the_alert_says(test, kind):
    told = alert(message(test=test), ASHA)
    assert json.loads(rendered("alert", "value_template", told)) == told | {"event_type": kind}


@pytest.mark.parametrize(
    ("presses", "part", "value"),
    [
        ([], "ok", ("OFF", "OFF")),
        ([], "starting", ("OFF", "OFF")),
        ([], "lost", ("OFF", "ON")),
        (["sos"], "ok", ("ON", "OFF")),
        (["sos", "acknowledge"], "stale", ("ON", "ON")),
        (["sos", "acknowledge", "resolve"], "off", ("OFF", "OFF")),
    ],
)
def test_distress_and_problems_are_read_from_the_state(presses, part, value):
    watch = begin(0.0, WALL, "seed", Policy())
    for action in presses:
        watch, _ = step(watch, Press(0.0, action, by="Ben"), Policy())
    told = state(watch, [Health("gps", part, 0.0, "why")], ASHA, "1", None)
    assert (
        rendered("distress", "value_template", told),
        rendered("problem", "value_template", told),
    ) == value
    assert json.loads(rendered("problem", "json_attributes_template", told))["gps"]["state"] == part
    assert rendered("battery", "value_template", told) == "None"


@pytest.mark.parametrize("accuracy_m", [8.0, None])
def test_the_place_is_read_from_the_location(accuracy_m):
    told = location(Fix(0.0, 48.13712, 11.57549, accuracy_m), WALL, ASHA, WALL)
    place = json.loads(rendered("place", "json_attributes_template", told))
    assert place == {"latitude": 48.13712, "longitude": 11.57549, "gps_accuracy": accuracy_m or 0}


@asynccontextmanager
async def introduced(server):
    """The part, and what comes to Home Assistant's topic meanwhile."""
    heard = asyncio.Queue()
    broker = Broker(server.host, server.port)

    async def listen(client):
        async for one in client.messages:
            heard.put_nowait(one)

    async with aiomqtt.Client(server.host, server.port) as client:
        await client.subscribe(OURS.topic, qos=1)
        tasks = [
            asyncio.ensure_future(listen(client)),
            asyncio.ensure_future(introduce(broker, OURS, Random(1))),
        ]
        try:
            yield client, heard
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def test_it_is_kept_by_the_broker_and_sent_again_when_home_assistant_starts(mosquitto, monkeypatch):
    monkeypatch.setattr(mqtt_home, "DELAY_S", (0.05, 0.1))
    async with asyncio.timeout(8), introduced(mosquitto) as (client, heard):
        check(json.loads((await heard.get()).payload))
        await client.publish(BIRTH, "offline", qos=1)
        await client.publish(BIRTH, "online", qos=1)
        check(json.loads((await heard.get()).payload))
        await asyncio.sleep(0.2)
        assert heard.empty()
        async with aiomqtt.Client(mosquitto.host, mosquitto.port) as later:
            await later.subscribe(OURS.topic)
            assert (await anext(aiter(later.messages))).retain


async def test_a_broker_that_says_no_is_told_in_words(mosquitto_off):
    with pytest.raises(ConnectionError, match="nobody listens there"):
        await introduce(Broker(mosquitto_off.host, mosquitto_off.port), OURS, Random(1))
