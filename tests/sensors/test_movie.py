"""movie: what PyAV opens; the whole file is skipped, and says so, where the extra is not installed."""

from __future__ import annotations

import numpy as np
import pytest

from sensors import media, movie
from sensors.readings import RATE
from tests import made

pytest.importorskip("av", reason="PyAV is not installed: pip install 'distress-agent[media]'")


def test_m4a_is_heard(tmp_path):
    path = made.m4a(tmp_path / "a.m4a", made.sine(2, 440, 44_100))
    samples = np.concatenate([sound.samples for sound in media.sound(path)])
    assert len(samples) == pytest.approx(2 * RATE, abs=0.1 * RATE)
    assert np.argmax(np.abs(np.fft.rfft(samples))) * RATE / len(samples) == pytest.approx(440, abs=2)
    assert media.seconds(path) == pytest.approx(2, abs=0.1)


def test_a_cut_off_m4a(tmp_path):
    path = made.cut(made.m4a(tmp_path / "a.m4a", made.sine(4, 440, 44_100), movflags="faststart"))
    heard = []
    with pytest.raises(ValueError, match=r"a\.m4a is (damaged|cut off)"):
        heard.extend(media.sound(path))
    assert heard


@pytest.mark.parametrize("content", [b"this is text\n" * 99, b"\0\0\0\x18ftypM4A \0\0\0\0"])
def test_no_m4a_at_all(tmp_path, content):
    path = tmp_path / "a.m4a"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.m4a is damaged, or no sound or video"):
        list(media.sound(path))


def test_video_without_sound(tmp_path):
    with pytest.raises(ValueError, match="has no sound in it"):
        list(media.sound(made.video(tmp_path / "a.mp4", 1)))


def test_sound_without_pictures(tmp_path):
    with pytest.raises(ValueError, match="has no picture in it"):
        list(movie.frames(made.m4a(tmp_path / "a.m4a", made.sine(1, 440, 44_100))))


def test_pictures_come_five_a_second(tmp_path):
    frames = list(movie.frames(made.video(tmp_path / "a.mp4", 2)))
    assert [frame.at for frame in frames] == pytest.approx([number / 5 for number in range(10)], abs=0.041)
    assert frames[0].pixels.shape == (48, 64, 3)
    assert frames[0].pixels.dtype == np.uint8
    assert frames[9].pixels.mean() > frames[0].pixels.mean()


def test_missing_video(tmp_path):
    with pytest.raises(OSError, match=r"cannot read .*a\.mp4: No such file"):
        list(movie.frames(tmp_path / "a.mp4"))


def test_what_a_file_holds(tmp_path):
    assert movie.holds(made.m4a(tmp_path / "a.m4a", made.sine(1, 440, 44_100))) == (True, False)
    assert movie.holds(made.video(tmp_path / "a.mp4", 0.5)) == (False, True)
