"""The MQTT channel against a real Mosquitto: presence, alerts, requests, and everything that goes wrong."""

import asyncio
import gc
import itertools
import json
import shutil
import signal
import subprocess
import sys
import warnings
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from random import Random

import aiomqtt
import pytest
from jsonschema import Draft202012Validator

from agent.channels import Message, Undelivered
from agent.channels.mqtt import Broker, Mqtt, in_words
from agent.channels.mqtt_presence import Choices, presence, topic, words
from agent.core.events import Fix, Press, Tick
from agent.core.policy import Policy
from agent.core.watch import begin, step
from agent.runtime.board import Board, Health
from agent.runtime.supervise import supervise
from agent.wording import Device
from tests.channels.notices import sort_of
from tests.channels.servers import listening as serving
from tests.contract.far_sides import packet
from tests.house import notice

ROOT = Path(__file__).parents[2]
ASHA = Device("asha-1", "Asha")
BASE = "distress/asha-1"


def message(seq=1, incident_id="01KDX0000000000000000000AA", **facts):
    told = notice(seq, incident_id, **facts)
    return Message(told, "*", late=False, wall=told.wall)


class Phone:
    """A caregiver's subscriber: everything below the base topic, in order; `kept` has the retained."""

    def __init__(self):
        self.heard = []

    def on(self, topic):
        """What came on one topic below the base, newest last."""
        return [text for name, text in self.heard if name == f"{BASE}/{topic}"]

    async def until(self, topic, count=1, seconds=8.0):
        """The messages of a topic, once there are so many."""
        async with asyncio.timeout(seconds):
            while len(self.on(topic)) < count:
                await asyncio.sleep(0.01)
        return self.on(topic)


@asynccontextmanager
async def listening(server, **login):
    """A phone at the broker."""
    phone = Phone()
    async with aiomqtt.Client(server.host, server.port, **login) as client:
        await client.subscribe(f"{BASE}/#", qos=1)

        async def listen():
            async for message in client.messages:
                phone.heard.append((str(message.topic), message.payload.decode(errors="replace")))

        task = asyncio.create_task(listen())
        phone.client = client
        try:
            yield phone
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def running(mqtt, faults=None):
    """The channel under supervision, with its faults told."""
    told = faults if faults is not None else []

    def report(_, fault):
        if fault is not None:
            told.append(str(fault))

    task = asyncio.create_task(supervise("mqtt", mqtt.run, report, Random(3)))
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def soon(what, seconds=8.0):
    """Return when `what()` is true."""
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.01)


def at(server, **more):
    return Broker(server.host, server.port, **more)


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_birth_alert_incident_and_goodbye(mosquitto, version):
    mqtt = Mqtt(at(mosquitto, version=version), ASHA)
    async with listening(mosquitto) as phone:
        async with running(mqtt):
            await mqtt.connected()
            await mqtt.deliver(message(1))
            await mqtt.deliver(message(2, kind="update"))
            assert [json.loads(text)["seq"] for text in await phone.until("alert", 2)] == [1, 2]
            assert [json.loads(text)["seq"] for text in await phone.until("incident", 2)] == [1, 2]
            await mqtt.deliver(message(3, kind="resolved"))
            assert (await phone.until("incident", 3))[2] == ""
        assert await phone.until("availability", 2) == ["online", "offline"]


async def test_what_is_kept_for_whoever_comes_later_and_what_is_not(mosquitto):
    mqtt = Mqtt(at(mosquitto), ASHA)
    async with running(mqtt):
        await mqtt.connected()
        await mqtt.deliver(message(1, "01KDX0000000000000000000BB", test=True))
        await mqtt.deliver(message(1, "01KDX0000000000000000000CC", kind="device_trouble"))
        await mqtt.deliver(message(1))
        async with listening(mosquitto) as phone:
            await phone.until("incident")
            await phone.until("availability")
            kept = dict(phone.heard)
    assert kept[f"{BASE}/availability"] == "online"
    assert json.loads(kept[f"{BASE}/incident"])["incident_id"] == notice().incident_id
    assert f"{BASE}/alert" not in kept


async def test_the_will_speaks_for_an_agent_that_was_killed(mosquitto, tmp_path):
    script = (
        "import asyncio\nfrom agent.channels.mqtt import Broker, Mqtt\nfrom agent.wording import Device\n"
        f"asyncio.run(Mqtt(Broker('{mosquitto.host}', {mosquitto.port}), Device('asha-1', 'Asha')).run())\n"
    )
    async with listening(mosquitto) as phone:
        agent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
        await phone.until("availability")
        agent.send_signal(signal.SIGKILL)
        agent.wait()
        assert await phone.until("availability", 2) == ["online", "offline"]


async def test_without_a_broker_the_start_is_not_held_up_and_it_is_told_in_words(mosquitto_off):
    mqtt, faults = Mqtt(at(mosquitto_off), ASHA), []
    async with running(mqtt, faults):
        await soon(lambda: faults)
        with pytest.raises(
            Undelivered, match=r"no connection to broker 127\.0\.0\.1:.* nobody listens"
        ) as told:
            await mqtt.deliver(message())
        assert told.value.retry
        mosquitto_off.start()
        await soon(lambda: mqtt.connections == 1)
        await mqtt.deliver(message())
    name = f"MQTT broker 127.0.0.1:{mosquitto_off.port}"
    assert set(faults) == {f"{name}: nobody listens there, the connection is refused"}


async def test_a_broker_that_restarts_is_found_again_and_told_anew(mosquitto):
    arrivals = []
    mqtt = Mqtt(at(mosquitto), ASHA, arrived=lambda: arrivals.append(1))
    async with running(mqtt):
        await mqtt.connected()
        mosquitto.stop()
        await soon(lambda: mqtt._client is None)
        with pytest.raises(Undelivered):
            await mqtt.deliver(message())
        mosquitto.start()
        await soon(lambda: len(arrivals) == 2)
        async with listening(mosquitto) as phone:
            assert (await phone.until("availability"))[-1] == "online"
            await mqtt.deliver(message())
            await phone.until("alert")


async def test_an_answer_that_never_comes_is_told_and_may_be_tried_again(monkeypatch):
    monkeypatch.setattr("agent.channels.mqtt.TIMEOUT_S", 0.3)

    async def forgetful(reader, writer):
        writer.write(b"\x20\x02\x00\x00")
        while head := await reader.read(1024):
            if b"availability" in head and b"request" not in head:
                packet = head.index(b"availability") + len("availability")
                writer.write(b"\x40\x02" + head[packet : packet + 2])
        writer.close()

    server = await asyncio.start_server(forgetful, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mqtt = Mqtt(Broker("127.0.0.1", port), ASHA)
    async with server, running(mqtt):
        await soon(lambda: mqtt._client is not None)
        with pytest.raises(Undelivered, match="did not take it") as told:
            await mqtt.deliver(message())
        assert told.value.retry


def passwords(server, **people):
    """A password file; gives the lines of configuration for it."""
    tool = shutil.which("mosquitto_passwd")
    if not tool:
        pytest.skip("no mosquitto_passwd on this machine")
    file = server.folder / "passwords"
    file.touch(mode=0o600)
    for name, word in people.items():
        subprocess.run([tool, "-b", str(file), name, word], check=True, capture_output=True)
    return "allow_anonymous false", f"password_file {file}"


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_a_wrong_password_is_told_in_words_and_the_right_one_gets_in(mosquitto_off, version):
    mosquitto_off.start(*passwords(mosquitto_off, asha="right"))
    wrong = Mqtt(at(mosquitto_off, username="asha", password="wrong-secret", version=version), ASHA)
    async with running(wrong) as faults:
        await soon(lambda: faults)
    assert "wrong user name or password" in faults[0]
    assert "wrong-secret" not in faults[0]
    right = Mqtt(at(mosquitto_off, username="asha", password="right", version=version), ASHA)
    async with running(right):
        async with asyncio.timeout(8):
            await right.connected()
        await right.deliver(message())


def rights(server, *lines):
    """The lines of configuration for an ACL of everybody."""
    file = server.folder / "acl"
    file.write_text("".join(f"topic {line}\n" for line in lines))
    return "allow_anonymous true", f"acl_file {file}"


async def test_a_forbidden_topic_is_told_with_its_cure_and_ends_no_connection(mosquitto_off, caplog):
    mosquitto_off.start(*rights(mosquitto_off, f"write {BASE}/incident", "read #"))
    mqtt = Mqtt(at(mosquitto_off, version="5"), ASHA)
    async with running(mqtt) as faults:
        await mqtt.connected()
        with pytest.raises(Undelivered, match=r"broker 127\.0\.0\.1:\d+ forbids us the topic alert") as told:
            await mqtt.deliver(message())
        assert sort_of(told.value) == "shut"
        assert told.value.cure == "give us the right in its ACL"
        await mqtt.publish("incident", {"may": True})
        assert (mqtt.connections, faults) == (1, [])
    assert "forbids us the topic availability" in caplog.text


async def test_an_alert_is_delivered_where_only_holding_the_incident_is_forbidden(mosquitto_off, caplog):
    mosquitto_off.start(*rights(mosquitto_off, f"write {BASE}/alert", "read #"))
    mqtt = Mqtt(at(mosquitto_off, version="5"), ASHA)
    async with running(mqtt), listening(mosquitto_off) as phone:
        await mqtt.connected()
        for _ in range(2):
            await mqtt.deliver(message())
        await phone.until("alert")
        assert phone.on("incident") == []
    assert caplog.text.count("forbids us the topic incident: give us the right in its ACL") == 1


async def test_with_mqtt_3_1_1_a_broker_says_nothing_of_a_forbidden_topic(mosquitto_off):
    """Why docs/mqtt.md advises version 5: there is no word for it in the older one."""
    mosquitto_off.start(*rights(mosquitto_off, f"write {BASE}/incident", "read #"))
    mqtt = Mqtt(at(mosquitto_off), ASHA)
    async with running(mqtt), listening(mosquitto_off) as phone:
        await mqtt.connected()
        await mqtt.deliver(message())
        await phone.until("incident")
        assert phone.on("alert") == []


async def test_presence_tells_what_it_may_where_a_topic_is_forbidden(mosquitto_off):
    mosquitto_off.start(*rights(mosquitto_off, f"write {BASE}/health/#", "read #"))
    mqtt = Mqtt(at(mosquitto_off, version="5"), ASHA)
    async with running(mqtt), listening(mosquitto_off) as phone:
        choices = Choices("0.1.0", frozenset({"microphone"}))
        task = asyncio.create_task(presence(mqtt, a_board(Policy()), choices))
        await phone.until("health/microphone")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert phone.on("state") == []


@pytest.mark.parametrize(
    ("code", "sort"),
    [(0x00, "taken"), (0x10, "taken"), (0x80, "later"), (0x83, "later"), (0x87, "shut"), (0x90, "shut"),
     (0x91, "later"), (0x97, "later"), (0x99, "never")],
)  # fmt: skip
async def test_every_reason_code_of_mqtt_5_is_understood(code, sort):
    """A broker that speaks bytes: CONNACK, then this code to all that is published (MQTT 5, 3.4.2.1)."""

    async def broker(reader, writer):
        with suppress(asyncio.IncompleteReadError):
            while True:
                writer.write(said(*await packet(reader)))

    def said(kind, body):
        if kind >> 4 == 1:
            return b"\x20\x03\x00\x00\x00"
        end = 2 + int.from_bytes(body[:2])
        answer = code if b"alert" in body[:end] else 0
        return b"\x40\x04" + body[end : end + 2] + bytes([answer, 0]) if kind >> 4 == 3 else b""

    async with serving(broker) as port:
        mqtt = Mqtt(Broker("127.0.0.1", port, version="5"), ASHA)
        async with running(mqtt):
            await mqtt.connected()
            with nullcontext() if sort == "taken" else pytest.raises(Undelivered) as told:
                await mqtt.deliver(message(test=True))
            await mqtt.publish("state", {})
    assert told is None or sort_of(told.value) == sort


@pytest.mark.parametrize(
    ("version", "connack", "suback"),
    [("3.1.1", b"\x20\x02\x00\x00", b"\x80"), ("5", b"\x20\x03\x00\x00\x00", b"\x00\x87"),
     ("3.1.1", b"\x20\x02\x00\x00", b"\x01"), ("5", b"\x20\x03\x00\x00\x00", b"\x00\x01")],
)  # fmt: skip
async def test_a_broker_that_lets_us_hear_no_requests_is_told_of(version, connack, suback, caplog):
    """A broker that speaks bytes, as none at hand refuses a subscription (MQTT 3.1.1 and 5, 3.9.3)."""

    async def no_door(payload, retained):
        return {}

    async def broker(reader, writer):
        with suppress(asyncio.IncompleteReadError):
            while True:
                kind, body = await packet(reader)
                if kind >> 4 == 1:
                    writer.write(connack)
                elif kind >> 4 == 8:
                    writer.write(b"\x90" + bytes([2 + len(suback)]) + body[:2] + suback)
                elif kind >> 4 == 3:
                    at = 2 + int.from_bytes(body[:2])
                    writer.write(b"\x40\x02" + body[at : at + 2])

    async with serving(broker) as port:
        mqtt = Mqtt(Broker("127.0.0.1", port, version=version), ASHA, answer=no_door)
        async with running(mqtt) as faults:
            await mqtt.connected()
    assert faults == []
    told = f"lets us hear no requests: give us the right to read {BASE}/request" in caplog.text
    assert told == (suback[-1] >= 0x80)


def test_the_password_is_in_no_repr():
    assert "hush" not in repr(Broker("h", password="hush"))


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """Certificates made here: an authority, a server and a device it signed, and a stranger's."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl on this machine")
    folder = tmp_path_factory.mktemp("papers")

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    # With key usage and key identifiers: from 3.13 on Python asks for all of RFC 5280.
    sign = ("-addext", "keyUsage=critical,keyCertSign,cRLSign", "-x509", "-days", "2")
    for name in ("ca", "stranger"):
        openssl(*new, *sign, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt")
    (folder / "names").write_text(
        "subjectAltName=IP:127.0.0.1\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    for name in ("server", "device"):
        openssl(*new, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", "2", "-extfile", "names", "-out", f"{name}.crt"),
        )
    return folder


def tls_lines(papers, *more):
    return [
        f"cafile {papers / 'ca.crt'}",
        f"certfile {papers / 'server.crt'}",
        f"keyfile {papers / 'server.key'}",
        *more,
    ]


async def _tried(broker):
    mqtt = Mqtt(broker, ASHA)
    async with running(mqtt) as faults:
        await soon(lambda: faults or mqtt._client is not None)
        return faults[0] if faults else "connected"


def tried(broker):
    """`connected`, or the first fault. What paho leaves open of a connection that failed is swept up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        outcome = asyncio.run(_tried(broker))
        gc.collect()
    return outcome


def test_tls_with_our_own_authority(mosquitto_off, papers):
    mosquitto_off.start(*tls_lines(papers, "allow_anonymous true"))
    assert tried(at(mosquitto_off, ca=str(papers / "ca.crt"))) == "connected"
    assert "its certificate is not to be trusted" in tried(at(mosquitto_off, ca=str(papers / "stranger.crt")))
    assert "self" in tried(at(mosquitto_off, tls=True))
    assert "a file for TLS is missing: " in tried(at(mosquitto_off, ca="/nowhere/ca.crt"))


@pytest.fixture
def brief(monkeypatch):
    """A broker that breaks off before it has said a word is known by its silence only."""
    monkeypatch.setattr("agent.channels.mqtt.TIMEOUT_S", 0.5)


@pytest.mark.usefixtures("brief")
def test_tls_with_a_certificate_of_the_device(mosquitto_off, papers):
    mosquitto_off.start(*tls_lines(papers, "require_certificate true", "use_identity_as_username true"))
    shown = {"certificate": str(papers / "device.crt"), "key": str(papers / "device.key")}
    assert tried(at(mosquitto_off, ca=str(papers / "ca.crt"), **shown)) == "connected"
    assert tried(at(mosquitto_off, ca=str(papers / "ca.crt"))).endswith("it gave no answer")


@pytest.mark.usefixtures("brief")
def test_plain_words_to_a_port_that_speaks_tls(mosquitto_off, papers):
    mosquitto_off.start(*tls_lines(papers, "allow_anonymous true"))
    assert tried(at(mosquitto_off)).endswith("it gave no answer")


async def test_a_name_that_nobody_knows():
    mqtt = Mqtt(Broker("no-such-host.invalid"), ASHA)
    with pytest.raises(ConnectionError, match=r"no-such-host\.invalid:1883: the name .* cannot be found"):
        await mqtt.run()


def test_an_error_without_words_still_has_a_name():
    assert in_words(aiomqtt.MqttError(), Broker("h")) == "MqttError"


async def test_requests_are_answered_and_retained_ones_are_seen_as_such(mosquitto):
    asked = []

    async def answer(payload, retained):
        asked.append((payload, retained))
        return {"request_id": "1", "ok": not retained, "state": "calm"}

    async with listening(mosquitto) as phone:
        await phone.client.publish(f"{BASE}/request", b"old", qos=1, retain=True)
        mqtt = Mqtt(at(mosquitto), ASHA, answer)
        async with running(mqtt):
            await phone.until("response")
            await phone.client.publish(f"{BASE}/request", b"\xff new", qos=1)
            answers = await phone.until("response", 2)
    assert asked == [(b"old", True), (b"\xff new", False)]
    assert [json.loads(text)["ok"] for text in answers] == [False, True]


@pytest.mark.parametrize("version", ["3.1.1", "5"])
async def test_a_request_sent_while_the_agent_was_away_for_a_moment_still_arrives(mosquitto, version):
    asked = []

    async def answer(payload, _):
        asked.append(payload)
        return {"request_id": None, "ok": True, "state": "calm"}

    async with listening(mosquitto) as phone:
        for count in (1, 2):
            mqtt = Mqtt(at(mosquitto, version=version), ASHA, answer)
            async with running(mqtt):
                await mqtt.connected()
                await soon(lambda: len(asked) == count - 1)  # noqa: B023
            await phone.client.publish(f"{BASE}/request", str(count).encode(), qos=1)
    assert asked == [b"1"]


def valid(name, text):
    schema = json.loads((ROOT / "docs" / "mqtt" / f"{name}.json").read_text())
    Draft202012Validator(schema).validate(json.loads(text))
    return json.loads(text)


def a_board(policy):
    board = Board(begin(100.0, 1_767_301_540.0, "seed", policy))
    board.report(Health("microphone", "ok", 90.0))
    board.report(Health("courier sms +491511", "ok", 90.0))
    board.newest["microphone"] = 99.5
    return board


async def test_presence_tells_state_health_scores_and_positions_when_they_change(mosquitto):
    policy = Policy()
    board, mqtt = a_board(policy), Mqtt(at(mosquitto), ASHA)
    choices = Choices("0.1.0", frozenset({"microphone"}), scores=True)
    async with listening(mosquitto) as phone, running(mqtt):
        task = asyncio.create_task(presence(mqtt, board, choices))
        state = valid("state", (await phone.until("state"))[0])
        assert state["sensors"] == {"microphone": {"state": "ok", "why": ""}}
        assert valid("health", (await phone.until("health/microphone"))[0])["age_s"] == 0.5
        valid("scores", (await phone.until("scores"))[0])
        board.show(step(board.watch, Fix(101.0, 48.0, 11.0, 8.0), policy)[0])
        board.show(step(board.watch, Tick(102.0, 1_767_301_542.0), policy)[0])
        await asyncio.sleep(0.7)
        assert phone.on("location") == []
        assert len(phone.on("state")) == 1
        board.show(step(board.watch, Press(103.0, "sos"), policy)[0])
        valid("location", (await phone.until("location"))[0])
        assert json.loads((await phone.until("state", 2))[1])["state"] == "active"
        assert not [name for name, _ in phone.heard if "courier" in name]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_the_state_is_told_every_minute_though_nothing_changes():
    policy, told = Policy(), []
    board, mqtt = a_board(policy), Mqtt(Broker("nowhere"), ASHA)
    for at_s in range(100, 700):
        board.show(step(board.watch, Tick(at_s, 1_767_301_440.0 + at_s), policy)[0])
        said = next(words(board, mqtt, Choices("0.1.0", frozenset())))
        if not told or told[-1][1] != said.news:
            told.append((at_s, said.news))
    beats = [at_s for at_s, _ in told]
    assert 40 <= max(later - first for first, later in itertools.pairwise(beats)) <= 60


async def test_presence_says_all_anew_to_a_broker_that_forgot(mosquitto):
    board, mqtt = a_board(Policy()), Mqtt(at(mosquitto), ASHA)
    async with running(mqtt):
        task = asyncio.create_task(presence(mqtt, board, Choices("0.1.0", frozenset({"microphone"}))))
        await mqtt.connected()
        mosquitto.stop()
        await soon(lambda: mqtt._client is None)
        mosquitto.start()
        await soon(lambda: mqtt.connections == 2)
        board.report(Health("microphone", "lost", 110.0, "unplugged"))
        async with listening(mosquitto) as phone:
            assert json.loads((await phone.until("health/microphone"))[-1])["state"] == "lost"
            await phone.until("state")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_part_is_one_level_of_a_topic():
    assert topic("sms +49/#") == "sms__49__"
