"""Buttons: what an edge means, a GPIO pin (gpiozero's mock pins), and keys as the kernel tells them."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors import SensorLost, button
from sensors.button import BOUNCE_S, HOLD_S, STUCK, STUCK_S, Edge, Finger
from sensors.gpio_button import GpioButton
from sensors.key_button import EVENT, KeyButton
from sensors.readings import Loss, Press

# What it means


def told(*edges, until, finger=None):
    """(at, reading) of all that is told, looking exactly when there is something due."""
    finger = finger or Finger(down=False, at=0.0)
    found = []
    for down, at in (*edges, (None, until)):
        while (due := finger.due()) is not None and due <= at:
            found += finger.look(due)
        if down is not None:
            finger.moved(Edge(down, at))
    return found


def words(readings):
    return [reading.press if isinstance(reading, Press) else reading.lost for reading in readings]


def test_a_press_is_a_cancel_told_when_it_is_let_go():
    assert told((True, 1.0), (False, 1.4), until=9) == [Press(pytest.approx(1.4 + BOUNCE_S), "cancel")]


def test_held_for_two_seconds_it_is_an_sos_told_while_it_is_down():
    assert told((True, 1.0), until=9) == [Press(3.0, "sos")]


def test_letting_go_after_an_sos_is_no_cancel():
    assert words(told((True, 1.0), (False, 4.0), until=9)) == ["sos"]


def test_held_a_little_less_it_is_a_cancel():
    assert words(told((True, 1.0), (False, 1.0 + HOLD_S - 0.001), until=9)) == ["cancel"]


def test_an_sos_told_late_is_still_one():
    finger = Finger(down=False, at=0.0)
    finger.moved(Edge(True, 1.0))
    assert list(finger.look(1.1)) == []
    finger.moved(Edge(False, 3.5))  # the loop was asleep meanwhile
    assert words(finger.look(5.0)) == ["sos"]


def test_bounces_are_swallowed():
    bounces = [(True, 1.0), (False, 1.002), (True, 1.004), (False, 1.006), (True, 1.01)]
    assert told(*bounces, (False, 1.3), (True, 1.303), (False, 1.306), until=9) == [
        Press(pytest.approx(1.306 + BOUNCE_S), "cancel")
    ]


def test_a_spark_is_no_press():
    assert told((True, 1.0), (False, 1.01), until=9) == []


def test_a_bounce_while_held_does_not_start_anew():
    assert told((True, 1.0), (False, 2.0), (True, 2.01), until=3.5) == [Press(3.0, "sos")]


def test_one_that_stays_down_is_told_and_its_release_too():
    found = told((True, 1.0), (False, 100.0), until=200)
    assert found == [
        Press(3.0, "sos"),
        Loss(1.0 + STUCK_S, "button", True, STUCK),
        Loss(pytest.approx(100.0 + BOUNCE_S), "button", False),
    ]


def test_one_that_is_down_from_the_start_raises_no_alarm():
    jammed = Finger(down=True, at=0.0)
    found = told((False, 90.0), (True, 100.0), (False, 100.5), until=200, finger=jammed)
    assert words(found) == [True, False, "cancel"]
    assert words(told((False, 5.0), until=90, finger=Finger(down=True, at=0.0))) == []


@given(st.lists(st.floats(0.0, 5.0), max_size=30))
def test_whatever_it_does_it_ends_up_still(pauses):
    at, edges = 0.0, []
    for number, pause in enumerate(pauses):
        at += pause
        edges.append((number % 2 == 0, at))
    edges.append((False, at + 1))
    finger = Finger(down=False, at=0.0)
    found = told(*edges, until=at + 100, finger=finger)
    assert finger.due() is None
    assert len(found) <= len(edges)
    assert {type(reading) for reading in found} <= {Press}


# A pin


@pytest.fixture
def pins(monkeypatch):
    """Mock pins of gpiozero's."""
    gpiozero = pytest.importorskip("gpiozero", reason="no gpiozero: pip install gpiozero")
    from gpiozero.pins.mock import MockFactory

    factory = MockFactory()
    monkeypatch.setattr(gpiozero.Device, "pin_factory", factory)
    yield factory
    factory.reset()


@pytest.fixture
def quickly(monkeypatch):
    for name, seconds in (("BOUNCE_S", 0.02), ("HOLD_S", 0.2), ("STUCK_S", 0.4)):
        monkeypatch.setattr(button, name, seconds)


class Running:
    """A button at work."""

    def __init__(self, sensor):
        self.found = []
        self.task = asyncio.ensure_future(sensor.run(self.found.append))

    async def __aenter__(self):
        await asyncio.sleep(0.05)
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.wait([self.task])

    async def tells(self, *expected):
        async with asyncio.timeout(5):
            while words(self.found) != list(expected):
                assert not self.task.done(), self.task.exception()
                await asyncio.sleep(0.005)


async def test_a_pin(pins, quickly):
    pin = pins.pin(17)
    async with Running(GpioButton(17)) as running:
        pin.drive_low()
        await asyncio.sleep(0.05)
        pin.drive_high()
        await running.tells("cancel")
        pin.drive_low()
        await running.tells("cancel", "sos", True)
        pin.drive_high()
        await running.tells("cancel", "sos", True, False)
    assert running.found[0].at == pytest.approx(asyncio.get_running_loop().time(), abs=5)


async def test_a_pin_that_a_button_pulls_up(pins, quickly):
    pin = pins.pin(4)
    async with Running(GpioButton(4, pull_up=False)) as running:
        pin.drive_high()
        await running.tells("sos")


async def test_a_pin_is_given_back(pins):
    for _ in range(2):
        async with Running(GpioButton(17)) as running:
            assert not running.task.done()


async def lost(sensor):
    with pytest.raises(SensorLost) as caught:
        await sensor.run(lambda _: None)
    assert caught.value.name == "button"
    return caught.value.why


async def test_no_such_pin(pins):
    assert "GPIO 99 cannot be used" in await lost(GpioButton(99))


async def test_no_pins_at_all(pins, monkeypatch):
    import gpiozero

    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "none-such")
    assert "there are no GPIO pins" in await lost(GpioButton(17))


async def test_no_gpiozero(monkeypatch):
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    assert "gpiozero is not installed" in await lost(GpioButton(17))


# A key


@pytest.fixture
def keyboard(tmp_path):
    """A pipe where the kernel's file would be: its path, and what writes (type, code, value) into it."""
    path = tmp_path / "event0"
    os.mkfifo(path)
    file = os.open(path, os.O_RDWR)

    def key(code, value, kind=1):
        os.write(file, EVENT.pack(0, 0, kind, code, value) + EVENT.pack(0, 0, 0, 0, 0))

    yield str(path), key, file
    os.close(file)


async def test_any_key(keyboard, quickly):
    path, key, _ = keyboard
    async with Running(KeyButton(path)) as running:
        key(28, 1)
        await asyncio.sleep(0.05)
        key(28, 0)
        await running.tells("cancel")
        key(57, 1)
        key(57, 2)
        await running.tells("cancel", "sos")


async def test_two_keys_at_once_are_one_press(keyboard, quickly):
    path, key, _ = keyboard
    async with Running(KeyButton(path)) as running:
        for code, value in ((28, 1), (57, 1), (28, 0)):
            key(code, value)
            await asyncio.sleep(0.05)
        assert running.found == []
        key(57, 0)
        await running.tells("cancel")


async def test_one_key_alone_counts_where_that_is_wished(keyboard, quickly):
    path, key, _ = keyboard
    async with Running(KeyButton(path, key=57)) as running:
        for code in (28, 57):
            key(code, 1)
            key(code, 1, kind=4)
            await asyncio.sleep(0.05)
            key(code, 0)
        await running.tells("cancel")


async def test_events_cut_in_two(keyboard, quickly):
    path, _, file = keyboard
    async with Running(KeyButton(path)) as running:
        event = EVENT.pack(0, 0, 1, 28, 1)
        for part in (event[:5], event[5:]):
            os.write(file, part)
            await asyncio.sleep(0.02)
        await running.tells("sos")


async def test_an_unplugged_button(tmp_path):
    path = tmp_path / "event0"
    os.mkfifo(path)
    inside = os.open(path, os.O_RDWR)
    losing = asyncio.ensure_future(lost(KeyButton(str(path))))
    await asyncio.sleep(0.05)
    os.close(inside)
    async with asyncio.timeout(5):
        assert await losing == f"{path} was unplugged: plug it in again"


async def test_no_button():
    assert (
        await lost(KeyButton("/dev/input/none")) == "there is no /dev/input/none: is the button plugged in?"
    )


async def test_a_button_that_may_not_be_read(monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "open", refuse)
    assert "group input" in await lost(KeyButton("/dev/input/event0"))
