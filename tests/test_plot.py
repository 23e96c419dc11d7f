"""The picture of a recording: its envelope, its PNG, its SVG."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode
from xml.etree import ElementTree

import numpy as np
import pytest

from agent.core.events import Cue
from agent.plot import COLUMNS, LOOK_S, WINDOW_S, Picture, clock
from agent.raster import RAMP, Envelope, Spread, png
from sensors.readings import RATE, Sound

SVG = "{http://www.w3.org/2000/svg}"


def picture(seconds: float = 20.0, scores: dict[int, float] | None = None, name: str = "walk.wav") -> Picture:
    """Noise of that length; the given looks have these scores, all others 0.1."""
    made = Picture(name, 0.6)
    noise = 0.1 * np.random.default_rng(0).standard_normal(int(seconds * RATE)).astype(np.float32)
    made.hear(Sound(seconds, noise))
    for look in range(int((seconds - WINDOW_S) / LOOK_S) + 1):
        made.look(Cue(WINDOW_S + LOOK_S * look, "scream", (scores or {}).get(look, 0.1), "scream heard"))
    return made


def drawn(made: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(made.svg())


def of_kind(root: ElementTree.Element, tag: str, kind: str) -> list[ElementTree.Element]:
    return [found for found in root.iter(SVG + tag) if found.get("class") == kind]


def words(root: ElementTree.Element) -> str:
    return " | ".join(text.text or "" for text in root.iter(SVG + "text"))


def test_an_envelope_keeps_short_series_as_they_are():
    envelope = Envelope(8)
    envelope.push(np.array([[3.0], [1.0], [2.0]], np.float32))
    assert envelope.columns[:, 0].tolist() == [3, 1, 2]
    assert envelope.middles().tolist() == [0, 1, 2]


@pytest.mark.parametrize("block", [1, 3, 7, 1000])
def test_an_envelope_keeps_the_largest_of_neighbours_however_it_is_fed(block):
    series = np.random.default_rng(1).random((1000, 3), np.float32)
    envelope = Envelope(16, 3)
    for at in range(0, len(series), block):
        envelope.push(series[at : at + block])
    assert envelope.per == 64
    expected = [series[at : at + 64].max(axis=0) for at in range(0, 1000, 64)]
    assert np.array_equal(envelope.columns, expected)
    assert envelope.middles()[:2].tolist() == [31.5, 95.5]


def test_an_envelope_grows_to_its_limit_and_no_further():
    envelope = Envelope(4)
    envelope.push(np.zeros((4, 1), np.float32))
    assert (len(envelope.columns), envelope.per) == (4, 1)
    envelope.push(np.ones((1, 1), np.float32))
    assert envelope.columns[:, 0].tolist() == [0, 0, 1]


def test_values_at_odd_times_come_in_runs_between_their_holes():
    spread = Spread(40, 0.5)
    for at, value in ((0.1, 0.25), (1.1, 0.5), (1.2, 0.75), (9.0, 0.5)):
        spread.push(at, value)
    assert list(spread.runs(2.5)) == [[(0.25, 0.25), (1.25, 0.75)], [(9.25, 0.5)]]
    assert list(Spread(8, 0.5).runs(2.5)) == []


def test_a_png_holds_what_was_drawn():
    shades = np.arange(6, dtype=np.uint8).reshape(2, 3)
    data, kinds, at = png(shades), {}, 8
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        kinds[kind] = body
        at += 12 + length
    assert struct.unpack(">IIBB", kinds[b"IHDR"][:10]) == (3, 2, 8, 3)
    assert zlib.decompress(kinds[b"IDAT"]) == bytes([0, 0, 1, 2, 0, 3, 4, 5])
    assert kinds[b"PLTE"][:3].hex() == RAMP[0][1:]
    assert kinds[b"PLTE"][-3:].hex() == RAMP[-1][1:]


def test_the_picture_is_valid_xml_with_units_and_without_script():
    root = drawn(picture(20.0, {12: 0.9}))
    said = words(root)
    for part in ("walk.wav", "frequency (Hz)", "time (s)", "P(scream)", "threshold", "0.60", "0 dB"):
        assert part in said
    assert not list(root.iter(SVG + "script"))
    assert root.find(SVG + "title").text == "walk.wav: spectrogram and scream scores over time"
    assert "prefers-color-scheme: dark" in root.find(SVG + "style").text


def test_what_reaches_the_threshold_is_marked_in_both_panels_with_its_time():
    root = drawn(picture(20.0, {5: 0.7, 6: 0.9, 7: 0.6, 20: 0.8}))
    assert len(of_kind(root, "rect", "mark")) == 2
    first, second = of_kind(root, "rect", "event")
    per_s = (880 - 72) / 20
    assert float(first.get("x")) == pytest.approx(72 + 5 * LOOK_S * per_s, abs=0.1)
    assert float(first.get("width")) == pytest.approx((WINDOW_S + 2 * LOOK_S) * per_s, abs=0.1)
    assert float(second.get("width")) == pytest.approx(WINDOW_S * per_s, abs=0.1)
    assert "0:03.9" in words(root)  # look 6, the surest of the first
    assert "highest score 0.90 at 0:03.9" in words(root)


def test_other_models_have_lines_of_their_own_with_their_names():
    made = picture(20.0)
    for at in range(1, 20):
        made.look(Cue(float(at), "voice", 0.5, ""))
    for at in (2.0, 2.4, 15.0):
        made.look(Cue(at, "face", 0.9, ""))
    root = drawn(made)
    assert len(of_kind(root, "polyline", "second")) == 1
    assert len(of_kind(root, "polyline", "third")) == 2  # no face was there in between
    assert {"scream", "voice: anger, fear", "face: anger, fear"} <= set(words(root).split(" | "))
    assert root.find(SVG + "title").text.endswith("spectrogram and scream, voice, face scores over time")


def test_under_the_threshold_nothing_is_marked():
    root = drawn(picture(5.0))
    assert not of_kind(root, "rect", "event")
    assert not of_kind(root, "circle", "peak")


def test_at_most_eight_events_are_named_and_the_surest_are_among_them():
    scores = {look: 0.61 + 0.01 * (look % 30) for look in range(0, 600, 3)}
    root = drawn(picture(300.0, scores | {300: 0.99}))
    assert len(of_kind(root, "circle", "peak")) <= 8
    assert clock(WINDOW_S + 300 * LOOK_S) in words(root)


def test_the_spectrogram_shows_low_sound_below_and_loud_sound_bright():
    made = Picture("tone", 0.5)
    at = np.arange(2 * RATE) / RATE
    made.hear(Sound(2.0, (0.5 * np.sin(2 * np.pi * 250 * at)).astype(np.float32)))
    made.look(Cue(WINDOW_S, "scream", 0.0, ""))
    (image,) = drawn(made).iter(SVG + "image")
    data = b64decode(image.get("href").removeprefix("data:image/png;base64,"))
    (length,) = struct.unpack(">I", data[data.index(b"IDAT") - 4 : data.index(b"IDAT")])
    start = data.index(b"IDAT") + 4
    rows = np.frombuffer(zlib.decompress(data[start : start + length]), np.uint8).reshape(64, -1)[:, 1:]
    brightest = int(rows.mean(axis=1).argmax())
    assert brightest > 55  # rows run from high bands to low ones
    assert rows[brightest].mean() > 250
    assert rows[:32].mean() < 40


def test_silence_is_dark():
    made = Picture("silence", 0.5)
    made.hear(Sound(1.0, np.zeros(RATE, np.float32)))
    made.look(Cue(WINDOW_S, "scream", 0.0, ""))
    assert "nan" not in made.svg()


@pytest.mark.parametrize(("seconds", "unit", "tick"), [(30, "time (s)", "25"), (600, "time (min:s)", "9:00")])
def test_time_is_told_in_units_that_fit(seconds, unit, tick):
    said = words(drawn(picture(seconds)))
    assert unit in said
    assert f"| {tick} |" in said


def test_a_long_night_is_no_larger_than_a_minute():
    made = Picture("night", 0.6)
    minute = 0.01 * np.random.default_rng(0).standard_normal(60 * RATE).astype(np.float32)
    for block in range(60):
        made.hear(Sound(60.0 * (block + 1), minute))
    for look in range(7400):
        made.look(Cue(WINDOW_S + LOOK_S * look, "scream", 0.95 if look == 5000 else 0.1, ""))
    root = drawn(made)
    (image,) = root.iter(SVG + "image")
    assert len(root.find(f".//{SVG}polyline").get("points").split()) <= COLUMNS
    assert len(image.get("href")) < 64 * COLUMNS * 4 / 3 + 2000
    assert len(of_kind(root, "rect", "event")) == 1
    assert "0.95" in words(root)


def test_odd_names_are_written_so_that_xml_stays_valid():
    root = drawn(picture(2.0, name='a<b>&"c\x01\udcff.wav'))
    assert 'a<b>&"c??.wav' in words(root)


def test_a_long_name_is_cut_at_its_front():
    assert "…" in words(drawn(picture(2.0, name="folder/" * 30 + "walk.wav")))


def test_without_a_look_there_is_nothing_to_draw():
    with pytest.raises(ValueError, match="nothing to draw"):
        Picture("empty.wav", 0.5).svg()


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00.0"), (33.62, "0:33.6"), (59.96, "1:00.0"), (3753.4, "1:02:33")]
)
def test_the_clock(seconds, said):
    assert clock(seconds) == said
