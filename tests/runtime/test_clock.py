import time

from agent.runtime.clock import Clock, SetClock


def test_the_devices_clock_goes_on_and_tells_unix_time():
    clock = Clock()
    assert clock.now() <= clock.now()
    assert abs(clock.wall() - time.time()) < 5


def test_a_set_clock_stands_until_it_is_moved():
    clock = SetClock(start=1000.0)
    assert (clock.now(), clock.wall()) == (0.0, 1000.0)
    clock.seconds = 12.5
    assert (clock.now(), clock.wall()) == (12.5, 1012.5)
