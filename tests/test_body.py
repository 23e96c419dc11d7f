"""The house and its sensors: what they give, what their drivers say of it, and their coming and going."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from agent import build, config
from agent.config.drivers import Driver
from agent.core.events import Cue, Gap, Power
from agent.house import House
from agent.runtime.clock import SetClock
from agent.senses.perception import Senses
from sensors import SensorLost, readings
from sensors.lamp import Lamp
from sensors.readings import Frame, Loss, Vitals

LIMITS = {"microphone": 2.0, "camera": 20.0, "band": 30.0, "button": None, "power": 30.0}


class Still:
    async def run(self, emit):
        """Nothing of it is run here."""


@pytest.fixture
def house(tmp_path):
    known = config.Config.model_validate({"channels": {"mqtt": {"enabled": False}}})
    sensors = {name: Driver(name, Still(), limit_s) for name, limit_s in LIMITS.items()}
    plan = replace(
        build.plan(known),
        folder=tmp_path,
        clock=SetClock(0.0),
        sensors=sensors,
        new_senses=lambda _: Senses(),
        lamp=Lamp(17),
    )
    return House(plan, lambda *_: None)


def at(house, seconds):
    """The vigil looks at this time; the events in the inbox."""
    house.plan.clock.seconds = seconds
    for life in house.body.lives.values():
        gap = life.look(seconds)
        house.body.perceived(life.health(seconds))
        if gap:
            house.inbox.put_nowait(gap)
    return [house.inbox.get_nowait() for _ in range(house.inbox.qsize())]


def frame(seconds):
    return Frame(seconds, np.zeros((240, 320), np.uint8))


def test_pictures_are_signs_of_life_and_nothing_more(house):
    house.body.emit("camera", frame(1.0))
    assert at(house, 1.0) == []
    assert house.board.health["camera"].state == "ok"


class Eyes:
    """Sees fear in every picture."""

    def see(self, picture):
        return [Cue(picture.at, "face", 0.9, "fear in a face")]


def test_pictures_wait_for_the_sense_of_faces_in_a_slot_of_one(house):
    house.body.senses = Senses(seeing=Eyes())
    for second in (1.0, 1.2, 1.4):
        house.body.emit("camera", frame(second))
    assert (house.body.sight.dropped, at(house, 1.4)) == (2, [])


async def test_what_is_seen_comes_to_the_mind(house):
    house.body.senses = Senses(seeing=Eyes())
    await house.open()
    house.body.emit("camera", frame(1.0))
    work = asyncio.ensure_future(house.parts()["sight"]())
    assert (await house.inbox.get()).kind == "face"
    work.cancel()
    await house.outbox.close()


def test_a_covered_lens_is_a_gap_and_no_sign_of_life(house):
    house.body.emit("camera", frame(0.0))
    house.body.emit("camera", Loss(1.0, "camera", True, "the lens is covered"))
    assert at(house, 1.0) == [Gap(1.0, "camera", True, "the lens is covered")]
    assert (house.board.health["camera"].state, house.board.newest["camera"]) == ("faulty", 0.0)
    house.body.emit("camera", Loss(1.5, "camera", False))
    house.body.emit("camera", frame(1.5))
    assert at(house, 1.6) == [Gap(1.6, "camera", False)]


def test_a_band_that_is_not_worn_is_faulty_though_it_reports(house):
    house.body.emit("band", Vitals(0.5, 70.0))
    house.body.emit("band", Loss(1.0, "band", True, "not worn: put it on, snug against the skin"))
    house.body.emit("band", Vitals(1.5, contact=False))
    at(house, 1.6)
    health = house.board.health["band"]
    assert (health.state, health.why, health.cure) == (
        "faulty",
        "not worn",
        "put it on, snug against the skin",
    )


def test_a_bands_empty_battery_is_told_beside_and_is_no_sign_of_life(house):
    house.body.emit("band", Loss(1.0, "band battery", True, "9% left, charge the band"))
    assert Gap(1.0, "band battery", True, "9% left, charge the band") in at(house, 1.0)
    assert house.status()["sensors"]["band battery"]["state"] == "faulty"
    assert "band" not in house.board.newest


def test_the_supply_is_told_to_the_mind(house):
    house.body.emit("power", readings.Power(1.0, 0.4, True, 61.0))
    assert Power(1.0, 0.4, True, 61.0) in at(house, 1.0)


def test_what_a_run_died_of_is_why_it_is_lost(house):
    house.body.emit("microphone", readings.Sound(0.0, np.zeros(1600, np.float32)))
    house.report("microphone", SensorLost("microphone", "no sound: is it plugged in?"))
    house.report("microphone", None)
    assert at(house, 1.9) == []
    assert at(house, 2.1) == [Gap(2.1, "microphone", True, "no sound: is it plugged in?")]
    state = house.status()
    assert state["sensors"]["microphone"] == {"state": "lost", "why": "no sound"}
    assert state["perceives"] == "microphone (no sound): I answer to the button, but cannot hear"


def test_a_button_that_is_gone_is_told_at_once(house):
    house.report("button", None)
    at(house, 0.0)
    house.report("button", SensorLost("button", "it was unplugged"))
    house.plan.clock.seconds = 100.0
    house.report("button", None)
    assert Gap(100.5, "button", True, "it was unplugged") in at(house, 100.5)


def test_the_lamp_and_all_sensors_are_parts(house, monkeypatch):
    assert {"lamp", "lamp's state", "vigil", *LIMITS} <= set(house.body.parts())


def test_no_sensor_makes_a_cue_by_itself(house):
    house.body.emit("camera", frame(1.0))
    assert not any(isinstance(event, Cue) for event in at(house, 1.0))
