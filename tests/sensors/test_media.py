"""media: every kind of sound file comes in right, everything wrong says one clear sentence."""

from __future__ import annotations

import builtins
import os
import tracemalloc

import numpy as np
import pytest
import soundfile

from sensors import media
from sensors.readings import RATE
from tests import made

KINDS = {
    "wav": {},
    "flac": {},
    "mp3": {},
    "ogg": {"format": "OGG", "subtype": "VORBIS"},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "aiff": {},
}


def heard(path, block_s=1.0):
    return np.concatenate([sound.samples for sound in media.sound(path, block_s)])


def loudest_hz(samples):
    return np.argmax(np.abs(np.fft.rfft(samples))) * RATE / len(samples)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_heard_at_its_pitch_and_length(tmp_path, kind):
    path = made.sound_file(tmp_path / f"a.{kind}", made.sine(2, 440, 48_000), 48_000, **KINDS[kind])
    samples = heard(path)
    assert len(samples) == pytest.approx(2 * RATE, abs=0.08 * RATE)
    assert loudest_hz(samples) == pytest.approx(440, abs=2)
    assert np.sqrt(np.mean(samples[RATE // 2 : RATE] ** 2)) == pytest.approx(0.5 / 2**0.5, rel=0.1)
    assert media.seconds(path) == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 96_000])
def test_any_rate_becomes_16_khz(tmp_path, rate):
    samples = heard(made.sound_file(tmp_path / "a.wav", made.sine(1.5, 700, rate), rate))
    assert len(samples) == pytest.approx(1.5 * RATE, abs=2)
    assert loudest_hz(samples) == pytest.approx(700, abs=1)


def test_eight_channels_at_192_khz(tmp_path):
    one = made.sine(0.5, 1_000, 192_000)
    path = made.sound_file(tmp_path / "a.wav", np.stack([one] * 8, axis=1), 192_000)
    assert loudest_hz(heard(path)) == pytest.approx(1_000, abs=2)


def test_anti_phase_is_heard(tmp_path):
    one = made.sine(1, 500)
    samples = heard(made.sound_file(tmp_path / "a.wav", np.stack([one, -one], axis=1)))
    assert np.allclose(samples, one, atol=1e-3)


def test_blocks_are_as_long_as_asked_and_stamped_at_their_end(tmp_path):
    path = made.sound_file(tmp_path / "a.wav", made.noise(1.05))
    sounds = list(media.sound(path, 0.25))
    assert [len(sound.samples) for sound in sounds] == [4_000] * 4 + [800]
    assert [sound.at for sound in sounds] == [0.25, 0.5, 0.75, 1.0, 1.05]


def test_block_size_changes_no_sample(tmp_path):
    path = made.sound_file(tmp_path / "a.wav", made.noise(2, 44_100, 2), 44_100)
    assert np.array_equal(heard(path, 0.1), heard(path, 7))


def test_floats_beyond_full_scale_are_clipped(tmp_path):
    samples = heard(made.sound_file(tmp_path / "a.wav", 8 * made.sine(0.1), subtype="FLOAT"))
    assert samples.max() == 1
    assert samples.min() == -1


def trouble(path):
    """What was heard before the trouble, in seconds, and the sentence."""
    heard = [0.0]
    with pytest.raises((OSError, ValueError)) as caught:
        heard.extend(sound.at for sound in media.sound(path))
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return heard[-1], text, caught.type


def test_missing_file(tmp_path):
    assert trouble(tmp_path / "a.wav") == (
        0,
        f"cannot read {tmp_path}/a.wav: no such file or directory",
        FileNotFoundError,
    )


def test_a_folder_is_no_file(tmp_path):
    assert issubclass(trouble(tmp_path)[2], OSError)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path):
    path = made.sound_file(tmp_path / "a.wav", made.sine(1))
    path.chmod(0)
    assert issubclass(trouble(path)[2], OSError)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.wav", b"", "is empty (0 bytes)"),
        ("text.wav", b"this is no sound at all\n" * 40, "is not a sound file"),
        ("text.mp3", b"this is no sound at all\n" * 40, "is not a sound file"),
        ("text.flac", b"x", "is not a sound file"),
        ("a.xyz", b"whatever", "no kind of file that can be heard"),
    ],
)
def test_files_that_are_no_sound(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    at, text, kind = trouble(tmp_path / name)
    assert at == 0
    assert says in text
    assert kind is ValueError


def header(path, where, value):
    """Overwrite a WAV header's field."""
    content = bytearray(path.read_bytes())
    content[where : where + len(value)] = value
    path.write_bytes(content)
    return path


def test_zero_channels_zero_rate_zero_length(tmp_path):
    path = made.sound_file(tmp_path / "a.wav", made.sine(1))
    assert "Channel count is zero" in trouble(header(path, 22, b"\0\0"))[1]
    path = made.sound_file(tmp_path / "b.wav", made.sine(1))
    assert "is not a sound file" in trouble(header(path, 24, b"\0\0\0\0"))[1]
    path = made.sound_file(tmp_path / "c.wav", made.sine(1)[:0])
    assert "holds no sound (zero samples)" in trouble(path)[1]


def test_an_absurd_rate(tmp_path):
    path = header(made.sound_file(tmp_path / "a.wav", made.sine(0.1)), 24, b"\x10\0\0\0")
    assert "16 samples a second" in trouble(path)[1]


@pytest.mark.parametrize("kind", ["wav", "aiff", "au"])
def test_a_cut_off_file_gives_what_is_there_and_says_so(tmp_path, kind):
    at, text, _ = trouble(made.cut(made.sound_file(tmp_path / f"a.{kind}", made.sine(4))))
    assert at == pytest.approx(2, abs=0.01)
    assert "cut off: its header promises 4.00 s, 2.00 s are there" in text


def test_a_cut_off_flac_gives_what_is_there_and_says_so(tmp_path):
    at, text, _ = trouble(made.cut(made.sound_file(tmp_path / "a.flac", made.noise(4))))
    assert 1 <= at <= 2
    assert "damaged or cut off after" in text


def test_a_cut_off_mp3_is_as_long_as_it_is_and_prints_nothing(tmp_path, capfd):
    path = made.cut(made.sound_file(tmp_path / "a.mp3", made.noise(4)))
    assert len(heard(path)) == pytest.approx(2 * RATE, rel=0.1)
    assert capfd.readouterr() == ("", "")


def test_a_wav_written_into_a_pipe_is_whole(tmp_path):
    path = header(made.sound_file(tmp_path / "a.wav", made.sine(1)), 40, b"\xff\xff\xff\xff")
    assert len(heard(path)) == RATE


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_say_when(tmp_path, bad):
    samples = made.sine(3)
    samples[24_000] = bad
    at, text, _ = trouble(made.sound_file(tmp_path / "a.wav", samples, subtype="FLOAT"))
    assert at == 1.5
    assert "the sample at 1.500 s is not a number" in text


def test_memory_is_flat(tmp_path):
    path = tmp_path / "a.wav"
    with soundfile.SoundFile(path, "w", 48_000, 2) as file:
        for _ in range(120):
            file.write(made.noise(1, 48_000, 2))
    tracemalloc.start()
    for _ in media.sound(path, 0.1):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8e6  # the file has 23 MB as 16 bit, 46 as floats


def test_folders_are_walked_in_order_and_hidden_files_left_out(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/2.WAV", "b/1.flac", "a.mp3", ".hidden.wav", "notes.txt", "z.mp4"):
        (tmp_path / name).write_bytes(b"x")
    found = media.media_files([tmp_path, tmp_path / "notes.txt"])
    names = [str(path.relative_to(tmp_path)) for path in found]
    assert names == ["a.mp3", "b/1.flac", "b/2.WAV", "z.mp4", "notes.txt"]


def test_a_folder_without_media(tmp_path):
    with pytest.raises(ValueError, match="holds no sound or video file"):
        media.media_files([tmp_path])


def test_a_missing_path(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cannot read .*/nope"):
        media.media_files([tmp_path / "nope"])


@pytest.fixture
def without_av(monkeypatch):
    real = builtins.__import__

    def importing(name, *rest):
        if name == "av":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", importing)


def test_without_pyav_the_sentence_says_how_to_get_it(tmp_path, without_av):
    (tmp_path / "a.m4a").write_bytes(b"x")
    assert "pip install 'distress-agent[media]'" in trouble(tmp_path / "a.m4a")[1]
