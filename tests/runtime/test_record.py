"""The record: a chain that grows with the rows, through faults of the disk, and stays whole."""

import sqlite3
from contextlib import closing

import pytest

from agent.core.events import Receipt
from agent.runtime import record, rowfile
from agent.runtime.ledger import Ledger
from tests.house import BEN, EVA, notice


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "outbox.db")
    yield made
    made.close()


def lines(ledger):
    with closing(sqlite3.connect(ledger.path)) as db:
        return record.lines(db)


def whats(ledger):
    return [entry["what"] for entry in record.entries(lines(ledger))]


def test_every_change_of_a_row_is_an_entry_that_holds_the_hash_before(ledger):
    ledger.commit(None, [notice(1, to=(BEN, EVA))], 10.0)
    first, second = ledger.waiting()
    ledger.tried(first, "no network", 11.0)
    ledger.settle(second, "failed", "no such number", 12.0)
    ledger.settle(ledger.waiting()[0], "done", "", 13.0)
    receipt = Receipt(0.0, first.notice.incident_id, 1, "sms", BEN.recipient, "delivered")
    ledger.reported(record.report(receipt, 14.0))
    assert whats(ledger) == ["queued", "queued", "tried", "failed", "accepted", "delivered"]
    chain = lines(ledger)
    assert record.fault(chain) is None
    for (_, _, before), entry in zip(chain, list(record.entries(chain))[1:], strict=False):
        assert entry["before"] == before
    assert [entry["at"] for entry in record.entries(chain)] == [10.0, 10.0, 11.0, 12.0, 13.0, 14.0]


def test_who_acknowledged_is_one_entry_however_many_are_told(ledger):
    told = notice(2, kind="acknowledged", to=(BEN, EVA), acknowledged_by="Eva")
    ledger.commit(None, [told], 10.0)
    ledger.commit(None, [told], 11.0)
    (answer,) = [entry for entry in record.entries(lines(ledger)) if entry["what"] == "acknowledged"]
    assert (answer["by"], answer["at"], answer["seq"]) == ("Eva", told.wall, 2)


def test_a_row_whose_write_failed_comes_into_the_record_with_the_next(ledger, monkeypatch):
    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(rowfile, "save", full)
    ledger.commit(None, [notice(1, kind="acknowledged", acknowledged_by="Ben")], 10.0)
    assert ledger.trouble
    monkeypatch.undo()
    ledger.mend()
    assert whats(ledger) == ["queued", "acknowledged"]
    assert record.fault(lines(ledger)) is None


def test_a_damaged_file_is_followed_by_a_record_that_is_whole(ledger):
    ledger.commit(None, [notice(1)], 10.0)
    ledger._shut()
    ledger.path.write_bytes(b"x" * 8192)
    ledger.settle(ledger.waiting()[0], "done", "", 11.0)
    assert whats(ledger) == ["accepted"]
    assert record.fault(lines(ledger)) is None


def test_the_oldest_entries_go_and_the_rest_stays_whole(ledger, monkeypatch):
    monkeypatch.setattr(record, "KEEP", 5)
    for seq in range(1, 9):
        ledger.commit(None, [notice(seq)], float(seq))
    assert [number for number, _, _ in lines(ledger)] == [4, 5, 6, 7, 8]
    assert record.fault(lines(ledger)) is None


def test_an_entry_is_canonical(ledger):
    ledger.commit(None, [notice(1, to=(BEN,))], 10.5)
    ((_, text, told),) = lines(ledger)
    assert text.startswith('{"at":10.5,"before":"","channel":"sms","incident_id":"')
    assert record.digest(text) == told
