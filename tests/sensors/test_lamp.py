"""The lamp on gpiozero's mock pins: what is shown, changed, and left dark."""

from __future__ import annotations

import asyncio

import pytest

from sensors import SensorLost, lamp
from sensors.lamp import DARK, LIGHT, TOUCH, Lamp, Pattern


@pytest.fixture
def pin(monkeypatch):
    gpiozero = pytest.importorskip("gpiozero", reason="no gpiozero: pip install gpiozero")
    from gpiozero.pins.mock import MockFactory

    factory = MockFactory()
    monkeypatch.setattr(gpiozero.Device, "pin_factory", factory)
    yield factory.pin(22)
    factory.reset()


async def shown(pin, show, seconds=0.3, patterns=LIGHT):
    """The states that the pin goes through, while `show` tells the lamp what to do."""
    it = Lamp(22, patterns)
    task = asyncio.ensure_future(it.run())
    await asyncio.sleep(0.01)
    pin.clear_states()
    show(it)
    await asyncio.sleep(seconds)
    states = [state.state for state in pin.states]
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled(), task.exception()
    return states


async def test_calm_is_dark(pin):
    assert await shown(pin, lambda it: it.show("calm"), 0.05) == [False]


async def test_a_pattern_that_ends(pin):
    table = {"calm": DARK, "sent": Pattern((0.02, 0.02, 0.02))}
    assert await shown(pin, lambda it: it.show("sent"), patterns=table) == [False, True, False, True, False]


async def test_a_pattern_that_goes_on(pin):
    table = {"calm": DARK, "warned": Pattern((0.02, 0.02), again=True)}
    assert len(await shown(pin, lambda it: it.show("warned"), patterns=table)) > 6


async def test_another_state_is_shown_at_once(pin):
    def show(it):
        it.show("answered")
        loop = asyncio.get_running_loop()
        loop.call_later(0.05, it.show, "answered")  # says nothing new
        loop.call_later(0.1, it.show, "calm")

    assert await shown(pin, show) == [False, True, False]


async def test_it_ends_dark(pin):
    await shown(pin, lambda it: it.show("answered"), 0.05)
    assert pin.state is False


def test_a_state_without_a_pattern():
    with pytest.raises(KeyError):
        Lamp(22).show("dancing")


async def test_no_such_pin(pin):
    with pytest.raises(SensorLost, match="lamp: GPIO 99 cannot be used"):
        await Lamp(99).run()


@pytest.mark.parametrize("table", [LIGHT, TOUCH], ids=["light", "touch"])
def test_the_tables(table):
    faces = ["calm", "warned", "sent", "delivered", "answered", "trouble"]
    assert list(table) == faces + ["outcry"] * (table is LIGHT)
    assert len(set(table.values())) == len(table)
    for pattern in table.values():
        assert not pattern.again or len(pattern.steps_s) % 2 == 0
        flashes = zip(pattern.steps_s[::2], pattern.steps_s[1::2], strict=False)
        assert all(on + off >= 1 / 3 for on, off in flashes)


def test_the_outcry_is_sos_in_morse():
    steps = LIGHT["outcry"].steps_s
    assert "".join("." if on == 0.2 else "-" for on in steps[::2]) == "...---..."
    assert [off for off in steps[1::2] if off != 0.2] == [0.6, 0.6, 1.4]


def test_nothing_buzzes_for_ever_but_the_question():
    assert [state for state, pattern in lamp.TOUCH.items() if pattern.again] == ["warned"]
