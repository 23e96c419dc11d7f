"""`incidents` and `replay BUNDLE`: what can be read of a life, and what shows that it was touched."""

import asyncio
import json
import sqlite3
from contextlib import closing
from xml.etree.ElementTree import fromstring

import pytest

from agent.channels import Undelivered
from agent.cli import main
from agent.core.events import Fix, Press, Tick
from agent.core.notice import Address
from agent.core.policy import Contact, Policy
from agent.house import House
from agent.plan import Plan
from agent.runtime.clock import SetClock
from agent.senses.perception import Senses
from agent.wording import Device
from tests.house import WALL

NUMBER = "+4915112345678"
BEN = Contact("Ben", (Address("sms", NUMBER),))
EVA = Contact("Eva", (Address("mail", "eva@home.example"),))


class Way:
    """A channel that takes all, or refuses all for good."""

    def __init__(self, why=""):
        self.why = why

    async def deliver(self, message):
        if self.why:
            raise Undelivered(self.why, retry=False)


ENDED = (Press(2.0, "sos"), Press(9.0, "acknowledge", by="Ben"), Press(40.0, "resolve", by="Ben"))


async def life(folder, presses=ENDED):
    """An alarm by SOS, an answer, the end; Ben's telephone says that it has it, Eva's mail is refused."""
    clock = SetClock(WALL)
    channels = {"sms": Way(), "mail": Way("550 no eva@home.example here")}
    plan = Plan(
        policy=Policy(contacts=(BEN, EVA)),
        clock=clock,
        folder=folder,
        new_senses=lambda _: Senses(),
        seed="history",
        device=Device("band-1", "Asha"),
        channels=channels,
        ticking=False,
        models={"scream.tflite": "ab12"},
    )
    sent = []
    house = House(plan, lambda *_: None)
    channels["sms"].deliver = lambda message: note(sent, message)
    await house.open()
    async with asyncio.TaskGroup() as group:
        tasks = house.start(group)
        for event in (Fix(1.0, 48.1, 11.5, 8.0), *presses):
            clock.seconds = event.at
            house.inbox.put_nowait(event)
            await house.settled()
        house.arrived(sent[0], "")
        await house.settled()
        while house.reports.qsize():
            await asyncio.sleep(0)
        await house.outbox.memory()
        for task in tasks:
            task.cancel()
    await house.outbox.close()


async def note(sent, message):
    sent.append(message)


@pytest.fixture
def lived(tmp_path):
    """A configuration whose agent has lived."""
    asyncio.run(life(tmp_path / "state"))
    return configured(tmp_path)


def configured(tmp_path):
    file = tmp_path / "agent.yaml"
    file.write_text(
        f"device: {{id: band-1}}\nwearer: {{name: Asha}}\nstorage: {{folder: {tmp_path / 'state'}}}\n"
    )
    return file


def said(capsys, *words):
    code = main([str(word) for word in words])
    told = capsys.readouterr()
    return code, told.out, told.err


def incidents(capsys, config, *words):
    return said(capsys, "incidents", *words, "-c", config)


def the_id(capsys, config):
    return json.loads(incidents(capsys, config, "--json")[1])["incident_id"]


def touch(config, statement, *values):
    with closing(sqlite3.connect(config.parent / "state" / "outbox.db")) as db, db:
        db.execute(statement, values)


def test_before_anything_has_happened_it_says_so(tmp_path, capsys):
    config = configured(tmp_path)
    assert incidents(capsys, config) == (0, "nothing has happened yet\n", "")
    assert incidents(capsys, config, "--verify") == (0, "the record is whole: 0 entries\n", "")


def test_incidents_are_listed_with_times_ends_and_reasons(lived, capsys):
    code, out, _ = incidents(capsys, lived, "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["kind"], told["end"], told["duress"]) == ("alarm", "resolved", False)
    assert (told["began"], told["ended"]) == ("2026-01-01T21:04:02.000Z", "2026-01-01T21:04:40.000Z")
    assert told["answers"] == [{"by": "Ben", "at": "2026-01-01T21:04:09.000Z", "after_s": 7.0}]
    _, out, _ = incidents(capsys, lived)
    assert out.startswith(told["incident_id"])
    assert "alarm" in out
    assert "SOS: help was asked for" in out


def test_one_incident_says_who_was_told_and_what_became_of_it(lived, capsys):
    _, out, _ = incidents(capsys, lived, the_id(capsys, lived)[:24])
    assert f"sms {NUMBER}: queued" in out
    assert "delivered" in out
    assert "(550 no eva@home.example here)" in out
    assert "acknowledged by Ben" in out
    assert "where: 48.10000, 11.50000 +-8 m, from gps" in out
    _, out, _ = incidents(capsys, lived, the_id(capsys, lived), "--json")
    whole = json.loads(out)
    by_ben = [(one["what"]) for one in whole["record"] if one.get("recipient") == NUMBER and one["seq"] == 1]
    assert by_ben == ["queued", "accepted", "delivered"]
    (answer,) = [one for one in whole["record"] if one["what"] == "acknowledged"]
    assert (answer["by"], answer["at"]) == ("Ben", WALL + 9)


DRILLED = (
    Press(2.0, "test"),
    Press(44.0, "acknowledge", by="Ben"),
    Press(100.0, "test"),
    Tick(300.0, WALL + 300),
    Press(300.0, "sos"),
    Tick(425.0, WALL + 425),
    Press(425.0, "acknowledge", by="Eva"),
)


def test_the_time_that_each_contact_takes_to_answer_is_kept(tmp_path, capsys):
    asyncio.run(life(tmp_path / "state", DRILLED))
    config = configured(tmp_path)
    config.write_text(config.read_text() + "contacts: [{name: Ben}, {name: Zoe}]\n")
    _, out, _ = incidents(capsys, config, "--answers")
    assert out.splitlines() == [
        "Ben                  1 of 2 drills answered, mostly within 42 s",
        "Zoe                  0 of 2 drills answered",
        "Eva                  0 of 2 drills answered; alarms answered after 2 min 5 s",
    ]
    _, out, _ = incidents(capsys, config, "--answers", "--json")
    assert json.loads(out.splitlines()[0]) == {"by": "Ben", "drills": 2, "drills_s": [42.0], "alarms_s": []}
    drill = json.loads(incidents(capsys, config, "--json")[1].splitlines()[0])
    assert (drill["kind"], drill["answers"][0]["after_s"]) == ("test", 42.0)
    assert "Ben answered 2026-" in incidents(capsys, config, drill["incident_id"])[1]
    assert incidents(capsys, config, "--verify")[0] == 0


def test_where_nobody_could_answer_yet_it_says_so(tmp_path, capsys):
    out = "there are no contacts, and nobody has answered yet\n"
    assert incidents(capsys, configured(tmp_path), "--answers") == (0, out, "")


def test_what_is_open_under_duress_is_not_shown_until_it_has_ended(tmp_path, capsys):
    forced = (Press(2.0, "sos"), Press(9.0, "duress", trusted=True))
    asyncio.run(life(tmp_path / "state", forced))
    config = configured(tmp_path)
    assert incidents(capsys, config) == (0, "nothing has happened yet\n", "")
    assert incidents(capsys, config, "--json") == (0, "", "")
    assert incidents(capsys, config, "0")[0] == 66
    asyncio.run(life(tmp_path / "ended" / "state", (*forced, Press(40.0, "resolve", by="Ben"))))
    told = json.loads(incidents(capsys, configured(tmp_path / "ended"), "--json")[1])
    assert (told["end"], told["duress"]) == ("resolved", True)


def test_an_id_that_is_not_there_is_one_line(lived, capsys):
    code, _, err = incidents(capsys, lived, "01X")
    assert (code, len(err.splitlines())) == (66, 1)


def test_cap_and_bundle_need_an_id(lived, capsys):
    assert incidents(capsys, lived, "--cap")[0] == 2


def test_it_can_be_told_as_cap(lived, capsys):
    _, out, _ = incidents(capsys, lived, the_id(capsys, lived), "--cap")
    alert = fromstring(out)
    spaced = {"cap": "urn:oasis:names:tc:emergency:cap:1.2"}
    assert alert.find("cap:msgType", spaced).text == "Cancel"
    assert len(alert.find("cap:references", spaced).text.split()) == 2
    assert alert.find("cap:incidents", spaced).text == the_id(capsys, lived)


def test_a_bundle_is_folded_again_to_the_bit_and_tells_no_address(lived, tmp_path, capsys):
    file = tmp_path / "b.json"
    assert incidents(capsys, lived, the_id(capsys, lived), "--bundle", file)[0] == 0
    text = file.read_text()
    assert NUMBER not in text
    assert "eva@home" not in text
    assert json.loads(text)["lines"][0]["start"]["models"] == {"scream.tflite": "ab12"}
    code, out, _ = said(capsys, "replay", file)
    assert code == 0
    assert "3 decisions, all the same to the bit" in out


def test_a_bundle_that_was_changed_names_its_line(lived, tmp_path, capsys):
    file = tmp_path / "b.json"
    incidents(capsys, lived, the_id(capsys, lived), "--bundle", file)
    bundle = json.loads(file.read_text())
    number = next(i for i, line in enumerate(bundle["lines"], 1) if line.get("action") == "acknowledge")
    bundle["lines"][number - 1]["by"] = "Eva"
    file.write_text(json.dumps(bundle))
    code, out, _ = said(capsys, "replay", file)
    assert code == 1
    assert f'line {number} differs: acknowledged_by was "Ben" and is now "Eva"' in out
    _, out, _ = said(capsys, "replay", file, "--json")
    assert json.loads(out)["line"] == number


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[" * 100_000,
        "{}",
        '{"schema": 1, "lines": []}',
        '{"schema": 2, "lines": [3]}',
        '{"schema": 2, "lines": [{"event": "Tick"}]}',
        '{"schema": 2, "lines": [{"start": {}}]}',
        '{"schema": 2, "lines": [{"start": {"watch": 1, "policy": {"k": {}}, "policy_hash": 1}}]}',
    ],
)
def test_a_file_that_is_no_bundle_is_one_line(tmp_path, capsys, text):
    file = tmp_path / "b.json"
    file.write_text(text)
    code, _, err = said(capsys, "replay", file)
    assert (code, len(err.splitlines())) == (65, 1)


def test_what_an_older_version_kept_is_refused_as_such_and_looks_like_no_tampering(lived, tmp_path, capsys):
    file, (events,) = tmp_path / "b.json", (tmp_path / "state" / "incidents").glob("*.jsonl")
    start, *rest = events.read_text().split("\n", 2)[1:]
    older = json.loads(start)
    del older["start"]["schema"], older["start"]["policy"]["at_alarm"]
    events.write_text("\n".join(["", json.dumps(older), *rest]))
    incidents(capsys, lived, the_id(capsys, lived), "--bundle", file)
    code, _, err = said(capsys, "replay", file)
    assert code == 65
    assert "has schema 1; this program reads schema 2: fold it with the version that kept it" in err


def test_a_bundle_that_is_missing_is_one_line(tmp_path, capsys):
    code, _, err = said(capsys, "replay", tmp_path / "none.json")
    assert (code, len(err.splitlines())) == (66, 1)


def test_the_record_of_an_untouched_life_is_whole(lived, capsys):
    code, out, _ = incidents(capsys, lived, "--verify")
    assert code == 0
    assert out.startswith("the record is whole: ")


@pytest.mark.parametrize(
    ("statement", "said_of_it"),
    [
        ("UPDATE record SET entry = replace(entry, 'what', 'was') WHERE id = 4", "entry 4"),
        ("DELETE FROM record WHERE id = 3", "what stood between 2 and it is missing"),
        ("UPDATE record SET sha256 = 'x' WHERE id = 2", "entry 2"),
        ("UPDATE record SET entry = '' WHERE id = 5", "entry 5 of the record does not fit: it is no JSON"),
        (
            "UPDATE rows SET state = 'done' WHERE channel = 'mail'",
            "message 1 by mail is done",
        ),
        ("UPDATE rows SET state = 'waiting' WHERE channel = 'sms'", "message 1 by sms is waiting"),
        ("DELETE FROM record WHERE id > 5", "is done, but its entries say queued"),
    ],
)
def test_whoever_touches_the_record_is_seen(lived, capsys, statement, said_of_it):
    touch(lived, statement)
    code, out, _ = incidents(capsys, lived, "--verify")
    assert code == 1
    assert said_of_it in out


def test_a_file_that_is_no_database_is_one_line(tmp_path, capsys):
    config = configured(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "outbox.db").write_text("this is no database at all, and long enough to see")
    code, _, err = incidents(capsys, config)
    assert (code, len(err.splitlines())) == (74, 1)


def test_what_another_version_wrote_is_passed_over(lived, capsys):
    (file,) = (lived.parent / "state" / "incidents").iterdir()
    with file.open("a") as out:
        out.write('{"event": "Dream", "told": [{"kind": "dream"}]}\n[]\nhalf a li')
    assert json.loads(incidents(capsys, lived, "--json")[1])["end"] == "resolved"


def test_a_file_from_before_there_was_a_record_is_read(lived, capsys):
    touch(lived, "DROP TABLE record")
    assert incidents(capsys, lived, "--verify")[0] == 0
    assert incidents(capsys, lived, "--json")[0] == 0
