"""Packs: an index and tars of recordings become a library; licences and missing folders are told."""

from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest
import soundfile

from export import clips
from export.job import packs


@pytest.fixture
def pack(tmp_path):
    """A pack of two clips, made here."""
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "index.csv").write_text(
        "tar,clip,corpus,label,tag,group,split,paper_split,trainable,licence\n"
        "a.tar,one.ogg,made,scream,scream,g1,train,train,1,CC0 1.0\n"
        "a.tar,two.ogg,made,speech,calm,g2,test,,0,CC BY-NC 4.0\n"
    )
    with tarfile.open(folder / "a.tar", "w") as tar:
        for name in ("one.ogg", "two.ogg"):
            data = io.BytesIO()
            sound = 0.1 * np.sin(np.arange(24_000) / 5)
            soundfile.write(data, sound, 16_000, format="OGG", subtype="OPUS")
            member = tarfile.TarInfo(name)
            member.size = len(data.getvalue())
            data.seek(0)
            tar.addfile(member, data)
    return folder


def test_a_pack_is_decoded_once_and_then_opened(pack, tmp_path):
    first = clips.decode([pack], tmp_path / "work")
    again = clips.decode([tmp_path / "gone"], tmp_path / "work")
    assert first.clips == again.clips
    assert [clip.seconds for clip in again.clips] == pytest.approx([1.5, 1.5], abs=0.01)
    rms = np.sqrt(np.mean(np.square(again[again.clips[0]], dtype=float)))
    assert rms == pytest.approx(0.0707 * 32768, rel=0.2)
    assert [clip.name for clip in again.pick("train", "scream")] == ["one.ogg"]


def test_licences_are_filtered_by_expression(pack, tmp_path):
    library = clips.decode([pack], tmp_path / "work")
    assert [clip.name for clip in clips.allowed(library.clips, "cc0|mit")] == ["one.ogg"]
    assert clips.allowed(library.clips, "") == library.clips


def test_missing_data_is_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(OSError, match=r"no index\.csv"):
        clips.decode([tmp_path / "none"], tmp_path / "work")
    monkeypatch.delenv("DISTRESS_DATA", raising=False)
    with pytest.raises(OSError, match="DISTRESS_DATA is not set"):
        packs("audio")
