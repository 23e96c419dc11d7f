"""What is wrong with pictures, and how often they are taken: on pictures made here, and on real ones."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from sensors.camera import pace
from sensors.camera.faults import FROZEN_S, HELD_S, Watch, fault
from sensors.camera.pace import Pace, celsius

DATA = Path(os.environ.get("DISTRESS_DATA", "/nonexistent"))
BLUR = "the picture is blurred: wipe the lens"
DARK = "it is too dark to see, or the lens is covered"
COVERED = "the lens is covered"


def scene(seed=0, noise=3.0, level=0.0):
    """A room: squares of many greys with a sensor's noise, uint8 (240, 320)."""
    rng = np.random.default_rng(seed)
    squares = np.random.default_rng(1).integers(40, 200, (6, 8))
    picture = np.kron(squares, np.ones((40, 40))) + level + noise * rng.standard_normal((240, 320))
    return np.clip(picture, 0, 255).astype(np.uint8)


def blurred(pixels, sigma=6.0, noise=3.0):
    """Out of focus, with the sensor's noise on top: a Gaussian in the frequencies."""
    down, across = np.meshgrid(
        np.fft.fftfreq(pixels.shape[0]), np.fft.fftfreq(pixels.shape[1]), indexing="ij"
    )
    lens = np.exp(-2 * (np.pi * sigma) ** 2 * (down**2 + across**2))
    soft = np.fft.ifft2(np.fft.fft2(pixels) * lens).real
    soft += noise * np.random.default_rng(2).standard_normal(pixels.shape)
    return np.clip(soft, 0, 255).astype(np.uint8)


def flat(level, noise=3.0):
    return np.clip(level + noise * np.random.default_rng(3).standard_normal((240, 320)), 0, 255).astype(
        np.uint8
    )


def lamp():
    """Night with one lamp: dark, but what is under the lamp can be seen."""
    night = flat(12)
    night[100:140, 100:150] = scene()[100:140, 100:150]
    return night


@pytest.mark.parametrize(
    ("pixels", "why"),
    [
        (scene(), ""),
        (scene(noise=8), ""),
        (scene() // 3 + 100, ""),  # weak contrast
        (scene()[:180], ""),
        (lamp(), ""),
        (flat(0, 0), DARK),
        (flat(10, 8), DARK),  # a covered lens, the gain at its highest
        (flat(90), COVERED),
        (flat(200, 8), COVERED),
        (blurred(scene()), BLUR),
        (blurred(scene(), noise=0), BLUR),
    ],
)
def test_each_fault_is_known(pixels, why):
    assert fault(pixels) == why


def test_a_fault_is_told_once_it_has_held_and_ends_at_once():
    watch = Watch()
    assert [watch.look(at, flat(0)) for at in (0, 1, HELD_S - 0.1)] == ["", "", ""]
    assert watch.look(HELD_S, flat(0)) == DARK
    assert watch.look(HELD_S + 1, scene()) == ""
    assert watch.look(HELD_S + 2, flat(0)) == ""


def test_a_hand_passing_by_is_no_fault():
    watch = Watch()
    for at in range(60):
        assert watch.look(at, flat(0) if at % 8 < 4 else scene(at)) == ""


def test_a_frozen_picture_is_told_and_one_that_only_looks_the_same_is_not():
    frozen, alive = Watch(), Watch()
    told = [frozen.look(at, scene(0)) for at in range(int(FROZEN_S) + 1)]
    assert set(told[:-1]) == {""}
    assert "frozen" in told[-1]
    assert not any(alive.look(at, scene(at)) for at in range(60))
    assert frozen.look(FROZEN_S + 1, scene(1)) == ""


def test_darkness_is_not_taken_for_a_frozen_picture():
    watch = Watch()
    assert [watch.look(at, flat(0, 0)) for at in range(40)][-1] == DARK


def test_it_rests_while_nothing_moves():
    paces = Pace(5, 1)
    rates = []
    for at in range(30):
        moved = scene(at)
        if at == 20:
            moved[100:140, 100:130] = 255  # somebody comes in
        paces.look(at, moved)
        rates.append(paces.per_s())
    assert rates[:10] == [5] * 10
    assert rates[10:20] == [1] * 10
    assert rates[20:] == [5] * 10


def test_a_lamp_that_is_dimmed_is_no_movement():
    paces = Pace(5, 1)
    for at in range(20):
        paces.look(at, scene(at, level=2 * at))
    assert paces.per_s() == 1


def test_it_rests_while_hot_until_it_is_cool():
    paces = Pace(5, 1)
    rates = []
    for at, heat in enumerate((60, 79, 80, 76, 74, 79, None)):
        paces.look(at, scene(at), heat)
        rates.append(paces.per_s())
    assert rates == [5, 5, 1, 1, 5, 5, 5]


def test_pictures_may_change_their_size():
    paces, watch = Pace(5, 1), Watch()
    for at, pixels in enumerate((scene(), scene()[:180])):
        paces.look(at, pixels)
        assert watch.look(at, pixels) == ""


@pytest.mark.parametrize(("text", "heat"), [("48312\n", 48.312), ("", None), ("hot", None), (None, None)])
def test_the_thermometer_may_be_missing(tmp_path, monkeypatch, text, heat):
    path = tmp_path / "temp"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr(pace, "THERMOMETER", path)
    assert celsius() == heat


@pytest.mark.skipif(not DATA.is_dir(), reason="DISTRESS_DATA names no folder of pictures")
def test_real_pictures_are_good_and_real_ones_blurred_are_not():
    pytest.importorskip("av", reason="PyAV is not installed: pip install 'distress-agent[media]'")
    sharp, soft = [], []
    for pixels in pictures(DATA / "face" / "det_test.tar", 40):
        sharp.append(fault(pixels) == "")
        soft.append(fault(blurred(pixels)) != "")
    assert np.mean(sharp) >= 0.97
    assert np.mean(soft) >= 0.9


def pictures(path, most):
    """Some pictures of the archive that are at least 250 wide, brought to 320, grey."""
    import av

    with tarfile.open(path) as tar:
        for member in [member for member in tar if member.name.endswith(".jpg")][::3]:
            with av.open(io.BytesIO(tar.extractfile(member).read())) as opened:
                picture = next(opened.decode(video=0))
            if picture.width >= 250 and most:
                most -= 1
                yield picture.reformat(320, picture.height * 320 // picture.width, "gray").to_ndarray()
