"""Real recordings, where DISTRESS_DATA names the folder: every clip and every track is read to its end."""

from __future__ import annotations

import os
import tarfile
from itertools import pairwise
from pathlib import Path

import pytest

from sensors import media
from sensors.readings import RATE
from sensors.wire import track

DATA = Path(os.environ.get("DISTRESS_DATA", "/nonexistent"))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="DISTRESS_DATA names no folder of recordings")


def test_recorded_clips_are_as_long_as_their_headers_say(tmp_path):
    with tarfile.open(DATA / "audio" / "screams_test.tar") as tar:
        tar.extractall(tmp_path, filter="data")
    clips = media.media_files([tmp_path])
    assert len(clips) > 20
    for clip in clips:
        heard = sum(len(sound.samples) for sound in media.sound(clip))
        assert heard / RATE == pytest.approx(media.seconds(clip), abs=0.02)


@pytest.mark.parametrize("log", sorted((DATA / "gps").glob("*.nmea")), ids=lambda path: path.stem)
def test_recorded_tracks_are_in_order_and_in_one_region(log):
    fixes = list(track(log.read_text().splitlines()))
    assert len(fixes) > 50
    assert all(one.at <= two.at for one, two in pairwise(fixes))
    assert max(abs(fix.latitude - fixes[0].latitude) for fix in fixes) < 0.2
