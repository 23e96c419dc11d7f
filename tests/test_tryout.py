"""What the doctor says of sensors: read it as somebody who is afraid."""

import asyncio

import numpy as np
import pytest

from agent import nearby, tryout
from agent.tryout import judged, running, tried
from sensors import SensorLost
from sensors.readings import Frame, Loss, Position, Power, Sound, Vitals


def sound(level):
    return Sound(1.0, np.full(1600, level, np.float32))


@pytest.mark.parametrize(
    ("name", "heard", "ok", "found"),
    [
        ("microphone", [sound(0.1)], True, "hears; loudest just now: -20 dB"),
        ("microphone", [sound(0.0)], False, "it is on, but gives not the faintest sound"),
        ("microphone", [], False, "gives nothing"),
        ("camera", [Frame(1.0, np.zeros((240, 320), np.uint8))], True, "sees, in pictures of 320 x 240"),
        ("camera", [Loss(1.0, "camera", True, "the lens is covered")], False, "the lens is covered"),
        ("band", [Vitals(1.0, 72.0), Vitals(2.0, microsiemens=2.13)], True, "pulse 72, skin conductance 2.1"),
        (
            "band",
            [Vitals(1.0, 72.0), Loss(2.0, "band battery", True, "9% left")],
            False,
            "9% left",
        ),
        ("gps", [Position(1.0, 48.1, 11.5, 8.0)], True, "48.10000, 11.50000, give or take 8 m"),
        ("button", [], True, "is there"),
        (
            "power",
            [Power(1.0, 0.8, True, 51.0)],
            True,
            "battery at 80%, 51 degrees C, but the voltage is too low",
        ),
    ],
)
def test_what_a_sensor_gave_is_said_in_words(name, heard, ok, found):
    finding = judged(name, heard)
    assert (finding.ok, found in finding.found) == (ok, True), finding
    assert not (ok and finding.cure)


def test_what_is_over_again_is_no_trouble():
    heard = [Loss(1.0, "camera", False), Frame(1.0, np.zeros((240, 320), np.uint8))]
    assert judged("camera", heard).ok


class Gone:
    async def run(self, emit):
        raise SensorLost("camera", "it is not there: check the cable")


class Quiet:
    async def run(self, emit):
        await asyncio.sleep(100)


class Talking:
    async def run(self, emit):
        while True:
            emit(sound(0.5))
            await asyncio.sleep(0.01)


async def test_all_are_tried_at_once_and_none_for_ever(monkeypatch):
    monkeypatch.setattr(tryout, "LISTEN_S", 0.05)
    monkeypatch.setattr(tryout, "PATIENCE_S", {"microphone": 9.0, "camera": 9.0, "gps": 0.1})
    hears, lost, nothing = await tried({"microphone": Talking(), "camera": Gone(), "gps": Quiet()})
    assert hears.ok
    assert (lost.found, lost.cure) == ("it is not there", "check the cable")
    assert (nothing.part, nothing.found) == ("position", "gives nothing")


def test_an_agent_that_runs_is_believed():
    state = {
        "microphone": {"state": "ok", "why": ""},
        "band": {"state": "faulty", "why": "not worn"},
        "gps": {"state": "starting", "why": ""},
    }
    assert [(one.part, one.ok) for one in running(state)] == [
        ("microphone", True),
        ("band", False),
        ("position", True),
    ]


def test_devices_that_cannot_be_had_are_a_line_each(monkeypatch, capsys):
    looks = (lambda: [nearby.Found("microphone", none="plug one in")],)
    monkeypatch.setattr(nearby, "LOOKS", looks)
    assert nearby.run(as_json=False) == 1
    assert capsys.readouterr().out.split() == ["microphone", "-", "plug", "one", "in"]


def test_devices_that_are_there_come_as_the_configuration_wants_them(monkeypatch, capsys):
    monkeypatch.setattr(nearby, "LOOKS", (lambda: [nearby.Found("camera", "/dev/v4l/by-id/x")],))
    assert nearby.run(as_json=True) == 0
    assert '"device": "/dev/v4l/by-id/x"' in capsys.readouterr().out


def test_a_slowed_down_machine_is_said():
    from agent.tryout import _supply
    from sensors.readings import Power

    assert "slowed down by heat or a weak supply" in _supply(Power(1.0, 0.8, celsius=86.0, throttled=True))
    assert "slowed" not in _supply(Power(1.0, 0.8, celsius=40.0))
