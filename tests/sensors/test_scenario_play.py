"""scenario.readings and Replay: all in order of time, the same each time, faults and parts left out."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from sensors.readings import Loss, Position, Press, Sound, Vitals
from sensors.scenario import Fault, Layer, Replay, Scenario, readings
from tests import made


def sound_of(scenario, without=frozenset()):
    return np.concatenate([r.samples for r in readings(scenario, without) if isinstance(r, Sound)])


def test_sound_comes_in_tenths_of_a_second_for_the_whole_length():
    sounds = list(readings(Scenario(1.05, audio=(Layer(synth="tone", seconds=0.3),))))
    assert [len(r.samples) for r in sounds] == [1_600] * 10 + [800]
    assert [r.at for r in sounds] == pytest.approx([0.1 * n for n in range(1, 11)] + [1.05])


def test_a_scenario_without_audio_has_no_sound():
    assert list(readings(Scenario(5))) == []


def test_layers_start_stop_and_have_their_gain():
    sound = sound_of(Scenario(2, audio=(Layer(synth="tone", at=0.55, seconds=0.73, gain_db=-20),)))
    heard = np.flatnonzero(sound)
    assert heard[0] == pytest.approx(8_800, abs=2)
    assert heard[-1] == pytest.approx(8_800 + 11_680, abs=2)
    assert np.abs(sound).max() == pytest.approx(0.1, rel=1e-3)


def test_layers_add_up_and_are_clipped():
    tone = Layer(synth="tone")
    assert np.abs(sound_of(Scenario(1, audio=(tone, tone)))).max() == 1
    soft = Layer(synth="tone", gain_db=-20)
    assert np.abs(sound_of(Scenario(1, audio=(soft, soft)))).max() == pytest.approx(0.2, rel=1e-3)


def test_files_are_layers(tmp_path):
    own = made.sine(0.5)
    layer = Layer(file=made.sound_file(tmp_path / "a.wav", own), at=1)
    sound = sound_of(Scenario(2, audio=(layer,)))
    assert np.allclose(sound[16_000:24_000], own, atol=1e-4)
    assert not sound[:16_000].any()
    assert not sound[24_000:].any()


def test_the_same_seed_is_the_same_sound_and_another_is_not():
    layers = (Layer(synth="street"), Layer(synth="footsteps"))
    one, two, other = (Scenario(3, seed, layers) for seed in (1, 1, 2))
    assert np.array_equal(sound_of(one), sound_of(two))
    assert not np.array_equal(sound_of(one), sound_of(other))


def test_leaving_a_layer_out_changes_no_other():
    street = Layer(synth="street", gain_db=-10)
    for layer, part in ((Layer(synth="scream"), "scream"), (Layer(synth="babble"), "voice")):
        silent = Scenario(3, audio=(Layer(synth="silence"), street))
        assert np.array_equal(sound_of(Scenario(3, audio=(layer, street)), {part}), sound_of(silent))


def test_a_file_called_scream_is_the_scream(tmp_path):
    layer = Layer(file=made.sound_file(tmp_path / "scream.wav", made.sine(1)))
    assert not sound_of(Scenario(1, audio=(layer,)), {"scream"}).any()


FULL = Scenario(
    10,
    audio=(Layer(synth="street"),),
    band=tuple(Vitals(float(at), 80) for at in range(1, 11)),
    position=tuple(Position(float(at), 48, 11) for at in range(11)),
    presses=(Press(4, "cancel"),),
    faults=(Fault("band", 3, 6), Fault("microphone", 5, 5.5)),
)


def test_all_readings_are_in_order_of_time():
    found = list(readings(FULL))
    assert all(one.at <= two.at for one, two in pairwise(found))
    assert {type(reading) for reading in found} == {Sound, Vitals, Position, Press, Loss}


def test_a_fault_drops_readings_and_tells_both_ends():
    found = list(readings(FULL))
    assert [r.at for r in found if isinstance(r, Vitals)] == [1, 2, 6, 7, 8, 9, 10]
    assert not [r for r in found if isinstance(r, Sound) and 5 <= r.at < 5.5]
    losses = [(r.at, r.sensor, r.lost) for r in found if isinstance(r, Loss)]
    assert losses == [
        (3, "band", True),
        (5, "microphone", True),
        (5.5, "microphone", False),
        (6, "band", False),
    ]
    assert next(r for r in found if r.at == 6) == Loss(6, "band", False)


@pytest.mark.parametrize(("part", "kind"), [("band", Vitals), ("position", Position)])
def test_without_a_part(part, kind):
    assert not [r for r in readings(FULL, {part}) if isinstance(r, kind)]


def test_without_face_no_video_is_opened(tmp_path):
    assert list(readings(Scenario(1, video=tmp_path / "missing.mp4"), {"face"})) == []


def test_an_unknown_part():
    with pytest.raises(ValueError, match="no part of a scenario is called scrum; did you mean scream"):
        next(readings(FULL, {"scrum"}))


def test_pictures_are_merged(tmp_path):
    pytest.importorskip("av", reason="PyAV is not installed: pip install 'distress-agent[media]'")
    found = list(readings(Scenario(1, video=made.video(tmp_path / "a.mp4", 3))))
    assert 5 <= len(found) <= 6
    assert found[-1].at <= 1


def test_memory_is_flat():
    long = Scenario(600, audio=(Layer(synth="street"), Layer(synth="scream", at=590)))
    tracemalloc.start()
    count = sum(1 for _ in readings(long))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 6_000
    assert peak < 8e6  # ten minutes of sound are 38 MB


async def test_replay_paces_each_reading_then_returns():
    asked, heard = [], []

    async def pace(at):
        asked.append(at)

    await Replay(FULL, pace, frozenset({"band"})).run(heard.append)
    assert asked == [reading.at for reading in heard]
    assert len(heard) == len(list(readings(FULL, {"band"})))
