"""The async side: the loop is never held up, and a failing disk is told once."""

import asyncio
import time

import pytest

from agent.runtime import outbox as rooms
from agent.runtime import rowfile
from agent.runtime.outbox import open_outbox
from tests.house import BEN, EVERYONE, LoopClock, notice


@pytest.fixture
def path(tmp_path):
    return tmp_path / "outbox.sqlite3"


async def test_the_loop_goes_on_while_the_disk_is_slow(path, monkeypatch):
    save = rowfile.save
    outbox = await open_outbox(path, LoopClock(), (), lambda *_: None)
    monkeypatch.setattr(rowfile, "save", lambda *args: (time.sleep(0.3), save(*args)))
    beats, began = 0, time.monotonic()
    task = asyncio.create_task(outbox.commit({}, [notice()]))
    while not task.done():
        beats += 1
        await asyncio.sleep(0.01)
    assert time.monotonic() - began >= 0.3
    assert beats > 10
    await outbox.close()


async def test_a_commit_rings_the_bells_of_those_it_concerns(path):
    outbox = await open_outbox(path, LoopClock(), (), lambda *_: None)
    bells = outbox.bell(BEN), outbox.bell(EVERYONE)
    await outbox.commit({}, [notice(to=(BEN,))])
    assert [bell.is_set() for bell in bells] == [True, False]
    outbox.ring("mqtt")
    assert bells[1].is_set()
    await outbox.close()


async def test_a_failing_disk_is_told_once_when_it_fails_and_once_when_it_works(path, monkeypatch):
    told = []
    monkeypatch.setattr(rooms, "MEND_S", 0.02)
    outbox = await open_outbox(path, LoopClock(), (), lambda *words: told.append(words))
    mend = asyncio.create_task(outbox.mend())

    def broken(*_):
        raise OSError("Input/output error")

    save = rowfile.save
    monkeypatch.setattr(rowfile, "save", broken)
    for seq in (1, 2, 3):
        await outbox.commit({}, [notice(seq)])
    await asyncio.sleep(0.1)
    assert told == [("storage", f"cannot write {path}: Input/output error")]
    assert len(await outbox.waiting(BEN)) == 3
    monkeypatch.setattr(rowfile, "save", save)
    async with asyncio.timeout(5):
        while len(told) < 2:
            await asyncio.sleep(0.01)
    assert told[1] == ("storage", None)
    mend.cancel()
    await outbox.close()
    outbox = await open_outbox(path, LoopClock(), (), lambda *_: None)
    assert len(await outbox.waiting(BEN)) == 3
    await outbox.close()


async def test_a_file_moved_aside_is_told(path):
    path.write_bytes(b"no database, this" * 1000)
    told = []
    outbox = await open_outbox(path, LoopClock(), (), lambda *words: told.append(words))
    assert await outbox.memory() is None
    assert told[0][1].startswith(f"{path} was corrupt: moved to ")
    assert told[1:] == [("storage", None)]
    await outbox.close()


async def test_a_second_agent_is_refused_in_one_line(path):
    outbox = await open_outbox(path, LoopClock(), (), lambda *_: None)
    with pytest.raises(BlockingIOError, match="in use by another distress-agent"):
        await open_outbox(path, LoopClock(), (), lambda *_: None)
    await outbox.close()


async def test_a_caller_who_is_cancelled_leaves_a_whole_commit_behind(path, monkeypatch):
    save = rowfile.save
    outbox = await open_outbox(path, LoopClock(), (), lambda *_: None)
    monkeypatch.setattr(rowfile, "save", lambda *args: (time.sleep(0.1), save(*args)))
    tasks = [asyncio.create_task(outbox.commit({"n": seq}, [notice(seq)])) for seq in range(1, 4)]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    kept, memory = [row.notice.seq for row in await outbox.waiting()], await outbox.memory()
    assert kept in ([1], [1, 2], [1, 2, 3])
    assert memory == {"n": len(kept)}
    await outbox.close()
