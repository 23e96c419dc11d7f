"""The file under the outbox: faults of the disk, and a state machine that nothing may slip through."""

import json
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.core.events import Fix
from agent.core.notice import Address
from agent.runtime import rowfile
from agent.runtime.ledger import Ledger
from tests.house import BEN, EVA, notice


@pytest.fixture
def path(tmp_path):
    return tmp_path / "house" / "outbox.sqlite3"


@pytest.fixture
def begin():
    """Opens ledgers, and closes them when the test is over."""
    opened = []

    def open_one(path):
        opened.append(Ledger(path))
        return opened[-1]

    yield open_one
    for ledger in opened:
        die(ledger)


def die(ledger):
    """What SIGKILL leaves: nothing more is written, the lock falls."""
    if ledger._db is not None:
        ledger._db.close()
    if ledger._held is not None:
        os.close(ledger._held)
    ledger._db = ledger._held = None


def test_the_way_since_a_check_in_survives_the_file_and_older_notices_have_none():
    told = notice(track=(Fix(1.0, 48.1, 11.5, 8.0), Fix(61.5, 48.2, 11.5)))
    kept = json.dumps(asdict(told))
    assert rowfile.unpack(kept) == told
    older = {key: value for key, value in json.loads(kept).items() if key != "track"}
    assert rowfile.unpack(json.dumps(older)) == replace(told, track=())


def fill_disk(db):
    """Not a page more than there are."""
    db.execute("PRAGMA max_page_count = 1")


def read(path):
    """The rows as any other process may read them meanwhile."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return rowfile.load(db)[0]


def keys(rows):
    return [(row.notice.incident_id, row.notice.seq, row.to) for row in rows]


def test_a_commit_outlives_a_kill_with_all_that_the_notice_says(path, begin):
    ledger = begin(path)
    told = notice(1, to=(BEN, EVA), duress=True, text="zweite Tür ☂")
    ledger.commit({"count": 3}, [told], wall=5.0)
    die(ledger)
    again = begin(path)
    assert again.memory() == {"count": 3}
    assert [row.notice for row in again.waiting()] == [told, told]
    assert keys(again.waiting(EVA)) == [(told.incident_id, 1, EVA)]
    assert all(row.earlier for row in again.waiting())
    again.close()


def test_the_file_is_durable_and_for_the_owner_alone(path, begin):
    ledger = begin(path)
    assert ledger._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert ledger._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert path.stat().st_mode & 0o777 == 0o600
    ledger.close()


def test_what_is_known_already_stays_as_it_is(path, begin):
    ledger = begin(path)
    ledger.commit(None, [notice(1)], 0.0)
    ledger.settle(ledger.waiting()[0], "done", "", 1.0)
    assert ledger.commit(None, [notice(1), notice(2), notice(2)], 2.0)[0].notice.seq == 2
    assert [row.notice.seq for row in ledger.waiting()] == [2]
    ledger.close()
    assert [row.notice.seq for row in begin(path).waiting()] == [2]


def test_facts_of_a_row_are_kept(path, begin):
    ledger = begin(path)
    ledger.commit(None, [notice(1), notice(2)], 10.0)
    ledger.tried(ledger.waiting()[0], "no network", 11.0)
    ledger.tried(ledger.waiting()[0], "no signal", 12.0)
    ledger.settle(ledger.waiting()[0], "failed", "no such number", 13.0)
    ledger.close()
    rows = read(path)
    assert [(r.state, r.attempts, r.why, r.written, r.changed) for r in rows] == [
        ("failed", 2, "no such number", 10.0, 13.0),
        ("waiting", 0, "", 10.0, 10.0),
    ]


def test_a_full_disk_stops_no_alarm_and_is_made_good(path, begin):
    ledger = begin(path)
    ledger.commit({"n": 1}, [notice(1)], 0.0)
    fill_disk(ledger._db)
    ledger.commit({"n": 2}, [notice(seq, text="x" * 9000) for seq in (2, 3)], 1.0)
    assert ledger.trouble == f"cannot write {path}: database or disk is full"
    assert [row.notice.seq for row in ledger.waiting()] == [1, 2, 3]
    ledger.settle(ledger.waiting()[1], "done", "", 2.0)
    ledger.mend()
    assert ledger.trouble is None
    die(ledger)
    again = begin(path)
    assert again.memory() == {"n": 2}
    assert [row.notice.seq for row in again.waiting()] == [1, 3]
    again.close()


def test_a_folder_that_cannot_be_written_is_trouble_and_no_end(tmp_path, begin):
    (tmp_path / "file").write_text("no folder")
    ledger = begin(tmp_path / "file" / "outbox.sqlite3")
    assert ledger.trouble
    assert "\n" not in ledger.trouble
    ledger.commit({"n": 1}, [notice(1)], 0.0)
    assert [row.notice.seq for row in ledger.waiting()] == [1]
    (tmp_path / "file").unlink()
    ledger.mend()
    assert ledger.trouble is None
    die(ledger)
    assert len(begin(ledger.path).waiting()) == 1


def test_a_disk_that_comes_late_brings_what_an_earlier_run_had_left_on_it(path, begin):
    ledger = begin(path)
    ledger.commit({"n": 1}, [notice(1, "01A")], 0.0)
    die(ledger)
    away = path.parent.rename(path.parent.with_name("away"))
    path.parent.write_text("not mounted")
    ledger = begin(path)
    ledger.commit(None, [notice(1, "01B")], 1.0)
    path.parent.unlink()
    away.rename(path.parent)
    ledger.mend()
    assert [row.notice.incident_id for row in ledger.waiting()] == ["01A", "01B"]
    assert ledger.memory() == {"n": 1}


@pytest.mark.parametrize("damage", ["text", "page"])
def test_a_corrupt_file_is_moved_aside_and_a_new_one_begun(path, damage, begin):
    ledger = begin(path)
    ledger.commit({"n": 1}, [notice(seq, text="x" * 3000) for seq in range(1, 30)], 0.0)
    ledger.close()
    content = path.read_bytes()
    path.write_bytes(b"not a database" * 900 if damage == "text" else content[:8192] + b"\xff" * 60_000)
    again = begin(path)
    assert again.trouble is None
    (note,) = again.notes
    assert str(path) in note
    assert "moved to" in note
    again.commit({"n": 2}, [notice(1)], 1.0)
    again.close()
    assert begin(path).memory() == {"n": 2}


def test_damage_while_it_runs_loses_nothing_that_is_known(path, begin):
    ledger = begin(path)
    ledger.commit({"n": 1}, [notice(seq) for seq in range(1, 30)], 0.0)
    ledger._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger._db.close()
    path.write_bytes(b"\xff" * 60_000)
    ledger._db = sqlite3.connect(path, isolation_level=None)
    ledger.commit({"n": 2}, [notice(30)], 1.0)
    assert ledger.trouble is None
    assert "was corrupt" in ledger.notes[0]
    die(ledger)
    again = begin(path)
    assert [row.notice.seq for row in again.waiting()] == list(range(1, 31))
    assert again.memory() == {"n": 2}


def test_a_row_that_cannot_be_read_does_not_hold_up_the_others(path, begin):
    ledger = begin(path)
    ledger.commit({}, [notice(1), notice(2)], 0.0)
    ledger._db.execute("UPDATE rows SET notice = '{' WHERE seq = 1")
    ledger._db.execute("UPDATE memory SET json = '{'")
    die(ledger)
    again = begin(path)
    assert [row.notice.seq for row in again.waiting()] == [2]
    assert again.memory() is None
    assert again.notes == [
        f"{path}: 1 rows cannot be read and stay unsent",
        f"{path}: what the mind remembered cannot be read; it begins anew",
    ]


def test_what_another_version_added_to_a_notice_is_left_out(path, begin):
    ledger = begin(path)
    ledger.commit(None, [notice(1)], 0.0)
    ledger._db.execute("UPDATE rows SET notice = json_set(notice, '$.mood', 'blue')")
    die(ledger)
    assert [row.notice for row in begin(path).waiting()] == [notice(1)]


def test_a_second_agent_on_the_same_file_gets_one_clear_line(path, begin):
    ledger = begin(path)
    with pytest.raises(BlockingIOError, match=r"outbox\.sqlite3 is in use by another distress-agent"):
        begin(path)
    ledger.close()
    begin(path).close()


def test_others_may_read_the_file_meanwhile(path, begin):
    begin(path).commit(None, [notice(1)], 0.0)
    assert len(read(path)) == 1


def test_old_settled_rows_are_pruned_and_waiting_ones_never(path, monkeypatch, begin):
    monkeypatch.setattr(rowfile, "KEEP", 10)
    ledger = begin(path)
    ledger.commit(None, [notice(0)], 0.0)
    for seq in range(1, 60):
        ledger.commit(None, [notice(seq)], 0.0)
        ledger.settle(ledger.waiting()[-1], "done", "", 0.0)
    assert len(ledger._rows) <= 21
    ledger.close()
    rows = read(path)
    assert [row.notice.seq for row in rows if row.state == "waiting"] == [0]
    assert len(rows) == 11


class Life(RuleBasedStateMachine):
    """Commits, deliveries, crashes and full disks in any order, beside a model of what must be true."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.seq = 0
        self.committed = []
        self.risky = set()
        self.accepted = []
        self.crashed_between = set()
        self.full = False
        self.connect, rowfile.connect = rowfile.connect, self.connect_to_the_disk
        self.ledger = Ledger(self.folder / "outbox.sqlite3")

    def connect_to_the_disk(self, path):
        db = self.connect(path)
        if self.full:
            fill_disk(db)
        return db

    @rule(incident=st.integers(0, 2), to=st.sets(st.sampled_from([BEN, EVA]), min_size=1))
    def commit(self, incident, to):
        self.seq += 1
        told = notice(self.seq, f"01{incident}", to=sorted(to, key=str), text="x" * 5000)
        self.ledger.commit({"seq": self.seq}, [told], 0.0)
        new = [(f"01{incident}", self.seq, address) for address in told.to]
        self.committed += new
        if self.ledger.trouble:
            self.risky |= set(new)
        else:
            self.risky.clear()

    @rule(to=st.sampled_from([BEN, EVA]), crash=st.booleans())
    def deliver(self, to, crash):
        waiting = self.ledger.waiting(to)
        if not waiting:
            return
        self.accepted.append(keys(waiting)[0])
        if crash:
            self.crashed_between.add(keys(waiting)[0])
            self.crash()
        else:
            self.ledger.settle(waiting[0], "done", "", 0.0)
            self.unsettled(keys(waiting)[0])

    def unsettled(self, key):
        """What was settled on a full disk may be waiting again after a crash."""
        if self.ledger.trouble:
            self.crashed_between.add(key)
        else:
            self.risky.clear()

    @rule()
    def crash(self):
        """Only what the disk had refused may be lost."""
        die(self.ledger)
        self.committed = [key for key in self.committed if key not in self.risky or key in self.accepted]
        self.risky = set()
        self.ledger = Ledger(self.folder / "outbox.sqlite3")

    @precondition(lambda self: not self.full)
    @rule()
    def fill(self):
        self.full = True
        fill_disk(self.ledger._db)

    @rule()
    def make_room(self):
        db = self.ledger._db
        self.full = False
        if db is not None:
            db.execute("PRAGMA max_page_count = 1000000")
        self.ledger.mend()
        if not self.ledger.trouble:
            self.risky.clear()

    @invariant()
    def nothing_is_lost(self):
        assert set(self.committed) <= set(self.accepted) | set(keys(self.ledger.waiting()))

    @invariant()
    def nothing_comes_twice_unless_it_crashed_in_between(self):
        twice = {key for key in self.accepted if self.accepted.count(key) > 1}
        assert twice <= self.crashed_between

    @invariant()
    def order_is_kept(self):
        for to in (BEN, EVA):
            mine = list(dict.fromkeys(key for key in self.accepted if key[2] == to))
            if not self.crashed_between:
                assert mine == sorted(mine, key=lambda key: key[1])
            rows = [key[1] for key in keys(self.ledger.waiting(to))]
            assert rows == sorted(rows)

    def teardown(self):
        rowfile.connect = self.connect
        die(self.ledger)
        shutil.rmtree(self.folder)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=60,
    derandomize=True,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_addresses_are_told_apart(path, begin):
    ledger = begin(path)
    ledger.commit(None, [notice(1, to=(Address("mqtt"), Address("sms", "1"), Address("sms", "2")))], 0.0)
    assert len(ledger.waiting(Address("sms", "2"))) == 1
    ledger.close()
