import asyncio
from random import Random

import pytest

from agent.runtime.supervise import pause_s, supervise
from tests.virtual import run


class Part:
    """Fails as told: each entry is seconds of life and an error (None: returns)."""

    def __init__(self, *lives):
        self.lives = list(lives)
        self.begun = []

    async def work(self):
        self.begun.append(asyncio.get_running_loop().time())
        seconds, error = self.lives.pop(0) if self.lives else (1e6, None)
        await asyncio.sleep(seconds)
        if error:
            raise error


async def watched(part, seconds, reports):
    try:
        async with asyncio.timeout(seconds):
            await supervise("ear", part.work, lambda name, fault: reports.append((name, fault)), Random(1))
    except TimeoutError:
        pass


def test_a_part_that_dies_or_returns_is_started_again_and_told_of():
    reports, part = [], Part((5, ValueError("no")), (5, None))
    run(watched(part, 100, reports))
    assert len(part.begun) == 3
    assert [name for name, _ in reports] == ["ear"] * 5
    assert [str(fault) for _, fault in reports] == ["None", "no", "None", "ear returned", "None"]


def test_pauses_double_up_to_a_minute_and_start_anew_after_a_steady_life():
    part = Part(*[(0, OSError("gone"))] * 12, (61, OSError("gone")), (0, OSError("gone")))
    run(watched(part, 2000, []))
    waits = [b - a for a, b in zip(part.begun, part.begun[1:], strict=False)]
    assert all(30 <= wait <= 60 for wait in waits[7:12])
    assert 61.5 <= waits[12] <= 62
    assert all(0.5 * 2**n <= wait <= 2**n for n, wait in enumerate(waits[:6]))


def test_jitter_is_drawn_and_long_rows_of_failures_stay_finite():
    assert pause_s(1, Random(1)) != pause_s(1, Random(2))
    assert 30 <= pause_s(10_000, Random(3)) <= 60


def test_a_cancel_passes_through_at_once():
    async def story():
        task = asyncio.create_task(supervise("ear", Part().work, lambda *_: None, Random(1)))
        await asyncio.sleep(10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(story())


def test_a_part_that_answers_a_cancel_with_an_error_is_not_started_again():
    class Stubborn:
        starts = 0

        async def work(self):
            self.starts += 1
            try:
                await asyncio.sleep(1e6)
            finally:
                raise ConnectionError("could not say goodbye")

    async def story():
        part = Stubborn()
        task = asyncio.create_task(supervise("link", part.work, lambda *_: None, Random(1)))
        await asyncio.sleep(10)
        task.cancel()
        await asyncio.wait([task], timeout=300)
        assert task.done()
        assert part.starts == 1

    run(story())
