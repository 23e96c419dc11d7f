"""Vigil: liveness is the age of data."""

import asyncio

import pytest

from agent.runtime.vigil import LOOK_EVERY_S, STANDS_S, START_S, Life, parted, vigil
from tests.house import LoopClock
from tests.virtual import run


def test_a_silent_sensor_is_told_once():
    life = Life("microphone", 2.0, newest=0.0)
    life.seen(10.0)
    assert life.look(11.9) is None
    gap = life.look(12.1)
    assert (gap.part, gap.open, gap.why) == ("microphone", True, "silent for over 2 s")
    assert life.look(50.0) is None


def test_a_sensor_may_take_its_time_to_start_but_not_for_ever():
    life = Life("microphone", 2.0, newest=0.0)
    assert life.look(START_S) is None
    assert life.state == "starting"
    assert life.look(START_S + 0.5).why == "silent for over 10 s"


def test_one_that_cannot_start_is_told_after_its_own_limit():
    life = Life("microphone", 2.0, newest=0.0)
    life.ended("it cannot be opened")
    assert life.look(1.9) is None
    assert life.look(2.5).why == "it cannot be opened"


def test_its_first_reading_closes_the_gap():
    life = Life("microphone", 2.0, newest=0.0)
    life.seen(10.0)
    life.look(20.0)
    life.seen(20.5)
    assert life.look(20.6).open is False
    assert life.look(21.0) is None


def test_the_drivers_reason_is_told_where_there_is_one():
    life = Life("microphone", 2.0, newest=10.0)
    life.ended("unplugged")
    assert life.look(20.0).why == "unplugged"
    assert life.state == "lost"
    life.seen(21.0)
    life.look(21.0)
    assert (life.state, life.in_words()) == ("ok", "")


def test_a_run_that_ends_for_a_moment_is_no_loss():
    life = Life("gps", 120.0, newest=0.0)
    life.seen(10.0)
    life.ended("gpsd ended the connection")
    assert life.look(20.0) is None
    assert (life.state, life.in_words()) == ("ok", "")


def test_a_clock_that_falls_back_makes_nothing_young():
    life = Life("gps", 120.0, newest=100.0)
    life.seen(90.0)
    assert life.age_s(100.0) == 0.0


def test_what_is_worth_nothing_is_told_though_readings_come():
    life = Life("band", 30.0, newest=0.0)
    life.told("not worn")
    life.seen(1.0)
    gap = life.look(1.0)
    assert (gap.open, gap.why, life.state) == (True, "not worn", "faulty")
    life.seen(2.0)
    assert life.look(2.0) is None
    life.told("")
    assert life.look(2.5).open is False


def test_a_fault_ends_with_the_run_that_told_it():
    life = Life("camera", 20.0, newest=0.0)
    life.told("the lens is covered")
    life.look(1.0)
    life.ended("it hangs")
    assert life.look(1.5).open is False  # pictures came a moment ago: it may be back at once
    assert life.look(30.0).why == "it hangs"


def test_starting_lasts_until_the_first_reading():
    life = Life("camera", 20.0, newest=0.0)
    life.look(5.0)
    assert life.state == "starting"
    life.seen(6.0)
    life.look(6.0)
    assert life.state == "ok"


def test_a_button_is_lost_when_its_run_ends_and_back_when_the_next_one_stands():
    life = Life("button", None, newest=0.0)
    life.started(0.0)
    assert life.look(10_000.0) is None
    assert life.state == "ok"
    life.ended("unplugged")
    assert life.look(10_000.5) is None  # it had run for hours: the next try may be there at once
    life.started(10_001.0)
    assert life.look(10_001.5).why == "unplugged"
    life.ended("unplugged")
    life.started(10_008.0)
    assert life.look(10_011.0) is None
    assert life.look(10_008.0 + STANDS_S).open is False


@pytest.mark.parametrize(
    ("why", "wrong", "cure"),
    [
        ("no sound for 2 s: is it still plugged in?", "no sound for 2 s", "is it still plugged in?"),
        ("it cannot be opened (Error: x): is it used?", "it cannot be opened (Error: x)", "is it used?"),
        ("it failed (ValueError: x)", "it failed (ValueError: x)", ""),
        ("silent for over 2 s", "silent for over 2 s", ""),
        ("", "", ""),
    ],
)
def test_a_sentence_is_parted_into_what_is_wrong_and_its_cure(why, wrong, cure):
    assert parted(why) == (wrong, cure)


def test_the_vigil_tells_the_mind_of_changes_and_the_board_of_all():
    async def story():
        inbox, board = asyncio.Queue(), []
        life = Life("microphone", 2.0, newest=0.0, heard=True)
        task = asyncio.create_task(vigil([life], LoopClock(), inbox, board.append))
        await asyncio.sleep(10)
        task.cancel()
        assert inbox.qsize() == 1
        assert [health.state for health in board][-1] == "stale"
        assert len(board) == 10 / LOOK_EVERY_S

    run(story())
