"""Vigil: liveness is the age of data."""

from agent.runtime.vigil import Life


def test_a_silent_sensor_is_told_once():
    life = Life("microphone", 2.0, newest=10.0)
    assert life.look(11.9) is None
    gap = life.look(12.1)
    assert (gap.part, gap.open, gap.why) == ("microphone", True, "silent for over 2 s")
    assert life.look(50.0) is None


def test_its_first_reading_closes_the_gap():
    life = Life("microphone", 2.0, newest=10.0)
    life.look(20.0)
    life.seen(20.5)
    assert life.look(20.6).open is False
    assert life.look(21.0) is None


def test_the_drivers_reason_is_told_where_there_is_one():
    life = Life("microphone", 2.0, newest=10.0, why="unplugged")
    assert life.look(20.0).why == "unplugged"
    life.seen(21.0)
    assert life.why == ""


def test_a_clock_that_falls_back_makes_nothing_young():
    life = Life("gps", 120.0, newest=100.0)
    life.seen(90.0)
    assert life.age_s(100.0) == 0.0
