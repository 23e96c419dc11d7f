"""The journal: what it keeps of an incident, what a kill or a full disk costs, and that it folds again."""

import asyncio
import json
from contextlib import suppress

import pytest

from agent import bundle
from agent.core.events import Cue, Fix, Gap, Press, Receipt, Tick
from agent.core.notice import Address
from agent.core.policy import Contact, Policy
from agent.core.watch import begin, step
from agent.runtime import journal
from agent.runtime.journal import Journal
from tests.house import WALL

BEN = Address("sms", "+4915112345678")
POLICY = Policy(contacts=(Contact("Ben", (BEN,)),), broadcast=(Address("mqtt"),))


@pytest.fixture
def kept(tmp_path):
    return Journal(tmp_path / "incidents", POLICY, {"program": "1", "models": {"scream.tflite": "ab"}})


def live(kept, events, watch=None):
    """Fold events as the guard does; the mind after them."""
    watch = watch or begin(0.0, WALL, "seed", POLICY)
    for event in events:
        after, notices = step(watch, event, POLICY)
        kept.note(event, watch, after, notices)
        watch = after
    return watch


def ticks(start, end):
    return [Tick(at / 4, WALL + at / 4) for at in range(int(start * 4), int(end * 4))]


def scream(at):
    return [Cue(at + i / 2, "scream", 0.97, "scream heard") for i in range(4)]


def night():
    """Two minutes of calm, a scream, an alarm, an answer, the end, and a while after it."""
    yield from ticks(0, 120)
    yield from (Fix(119.0, 48.1, 11.5, 8.0), Gap(119.5, "band", open=True, why="no data"), *scream(120))
    yield from ticks(122, 150)
    yield Press(150.0, "acknowledge", by="Ben")
    yield from ticks(150, 160)
    yield Press(160.0, "resolve", by="Ben", trusted=True)
    yield from ticks(160, 300)


def files(kept):
    return sorted(kept.folder.glob("*.jsonl"))


def lines(kept):
    (file,) = files(kept)
    return journal.read(file)


def folds(found):
    went = bundle.folded({"lines": found})
    assert went.line is None, went.why
    return went


def test_calm_writes_nothing(kept):
    live(kept, ticks(0, 200))
    kept.write()
    assert not kept.folder.exists()


def test_an_incident_is_kept_from_a_minute_before_to_a_minute_after(kept):
    live(kept, night())
    kept.write()
    start, *events = lines(kept)
    assert (start["start"]["program"], start["start"]["models"]) == ("1", {"scream.tflite": "ab"})
    assert 59 <= 120 - events[0]["at"] <= 61
    assert 219 <= events[-1]["at"] <= 221
    told = [notice["kind"] for line in events for notice in line.get("told", ())]
    assert told[:3] == ["device_trouble", "pre_alarm", "alarm"]
    assert told[-1] == "resolved"
    assert folds(lines(kept)).decisions == len(told)


def test_batches_are_few_and_an_alarm_is_synced_at_once(kept, monkeypatch):
    batches, synced = [], []
    monkeypatch.setattr(journal.os, "fsync", lambda _: synced.append(1))
    watch = begin(0.0, WALL, "seed", POLICY)
    for event in night():
        after, notices = step(watch, event, POLICY)
        kept.note(event, watch, after, notices)
        if any(notice.kind == "alarm" for notice in notices):
            assert kept._bell.is_set()
        if kept._bell.is_set():
            kept._bell.clear()
            kept.write()
            batches.append(after.at)
        watch = after
    assert len(synced) == 1
    assert len(batches) < 100 / journal.BATCH_S + 5
    folds(lines(kept))


def test_a_restart_goes_on_in_the_same_file_after_half_a_line(kept):
    watch = live(kept, [*ticks(0, 1), Press(1.0, "sos"), *ticks(1, 4)])
    kept.write()
    with files(kept)[0].open("a") as out:
        out.write('{"event": "Ti')
    again = Journal(kept.folder, POLICY, {"program": "2"})
    live(again, [*ticks(4, 6), Press(6.0, "resolve", by="Ben", trusted=True)], watch)
    again.write()
    found = lines(kept)
    assert [line["start"]["program"] for line in found if "start" in line] == ["1", "2"]
    assert folds(found).decisions == 2


def test_a_disk_that_is_full_costs_nothing_once_it_has_room_again(kept, monkeypatch, caplog):
    dump = kept._lines

    def full(pages):
        yield from list(dump(pages))[:3]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept, "_lines", full)
    watch = live(kept, [*ticks(0, 1), Press(1.0, "sos"), *ticks(1, 4)])
    kept.write()
    assert "No space left" in caplog.text
    monkeypatch.undo()
    live(kept, ticks(4, 6), watch)
    kept.write()
    assert folds(lines(kept)).events == 25


def test_a_disk_that_stays_full_makes_a_new_start(kept, monkeypatch):
    monkeypatch.setattr(journal, "PENDING_MOST", 20)
    live(kept, [*ticks(0, 1), Press(1.0, "sos"), *ticks(1, 10)])
    kept.write()
    found = lines(kept)
    assert len(found) < 30
    assert "start" in found[0]
    folds(found)


def test_size_and_number_of_files_are_bounded(kept, monkeypatch):
    monkeypatch.setattr(journal, "FILE_BYTES", 20_000)
    monkeypatch.setattr(journal, "FILES", 2)
    watch, at = None, 0
    for _ in range(4):
        events = [*ticks(at, at + 1), Press(at + 1.0, "sos"), *ticks(at + 1, at + 5)]
        watch = live(kept, events, watch)
        kept.write()
        watch = live(kept, ticks(at + 5, at + 90), watch)
        kept.write()
        size = files(kept)[-1].stat().st_size
        watch = live(kept, [*ticks(at + 90, at + 200), Press(at + 200.0, "resolve", trusted=True)], watch)
        kept.write()
        assert size == files(kept)[-1].stat().st_size
        watch, at = live(kept, ticks(at + 200, at + 300), watch), at + 300
    assert len(files(kept)) == 2


async def test_as_a_part_it_writes_what_is_left_at_its_end(kept):
    part = asyncio.create_task(kept.keep())
    await asyncio.sleep(0)
    live(kept, [*ticks(0, 1), Press(1.0, "sos"), Receipt(1.1, "x", 1, "mqtt", "*", "accepted")])
    part.cancel()
    with suppress(asyncio.CancelledError):
        await part
    assert lines(kept)[-1]["event"] == "Receipt"
    assert kept.folder.stat().st_mode & 0o777 == 0o700
    assert files(kept)[0].stat().st_mode & 0o777 == 0o600


def test_a_bundle_names_the_line_that_differs(kept):
    live(kept, night())
    kept.write()
    whole = lines(kept)
    number = next(i for i, line in enumerate(whole, 1) if "told" in line)
    whole[number - 1]["told"][0]["belief"] = 0.5
    went = bundle.folded({"lines": whole})
    assert went.line == number
    assert went.why.startswith("belief was 0.5 and is now")


def test_a_bundle_without_one_of_its_cues_differs(kept):
    live(kept, night())
    kept.write()
    without = [line for line in lines(kept) if line.get("event") != "Cue"]
    assert bundle.folded({"lines": without}).line is not None


def test_a_bundle_under_another_policy_says_so(kept):
    live(kept, night())
    kept.write()
    found = lines(kept)
    found[0]["start"]["policy"]["countdown_s"] = 20.0
    assert bundle.folded({"lines": found}).why == "the policy is not the one that its hash names"


def test_a_bundle_tells_no_address(kept):
    refused = Receipt(151.0, "x", 1, "sms", BEN.recipient, "failed", f"550 {BEN.recipient}: no such number")
    live(kept, [*list(night())[:-560], refused])
    kept.write()
    whole = bundle.made("x", lines(kept), [{"recipient": BEN.recipient, "why": f"to {BEN.recipient}"}])
    assert BEN.recipient not in json.dumps(whole)
    assert "550 (an address): no such number" in json.dumps(whole)
    assert folds(whole["lines"]).decisions > 1
