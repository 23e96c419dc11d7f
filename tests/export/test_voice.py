"""The voice chain: what clips teach, how batches are mixed, how clips are judged, and all of it, quickly."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from agent.senses import features, shelf, speech
from export import clips as library_of
from export.clips import Clip
from export.job import Job, packs
from export.recipes import voice_bank, voice_mix
from export.recipes import voice_clips as of
from export.recipes import voice_figures as rows
from export.recipes.voice_looks import Heard, listen


def clip(label="speech", tag="anger", pack="voice", corpus="cremad", name="a.ogg"):
    return Clip(name, pack, corpus, label, tag, f"{corpus}:1", "test", "", True, "")


def test_what_clips_are_of():
    assert (of.emotion(clip()), of.distress(clip()), of.speaks(clip())) == ("anger", 1.0, 1.0)
    german = clip(tag="speech_animated", pack="audio", corpus="emodb", name="emodb/speech_03a01Wa.opus")
    assert of.emotion(german) == "anger"
    calm = clip(tag="ordinary", pack="voice_ordinary", corpus="librispeech")
    assert of.distress(calm) == 0.0
    dog = clip("hardneg", "animal", "audio", "esc10")
    assert (of.emotion(dog), of.speaks(dog)) == ("", 0.0)
    assert np.isnan(of.distress(dog))


@pytest.mark.parametrize(("label", "tag"), [("scream", "scream"), ("shout", "roar"), ("ambience", "crowd")])
def test_what_may_be_a_voice_teaches_nothing_of_voices(label, tag):
    assert np.isnan(of.speaks(clip(label, tag, "audio", "misc")))


def frames(count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(-2, 1, (count, speech.BANDS)).astype(np.float32)


@pytest.mark.parametrize("count", [1, 2, 40, 300, 1000])
def test_a_clip_of_any_length_fills_a_window_or_stands_in_silence(count):
    for seed in range(20):
        window = voice_mix.placed(frames(count), np.random.default_rng(seed))
        assert window.shape == (speech.WINDOW_FRAMES, speech.BANDS)
        assert (window > speech.SILENCE).any(axis=1).sum() <= max(count * 1.2, 1)


def test_noise_and_microphones_leave_windows_in_the_range_that_the_model_sees():
    windows, noise = np.stack([frames(300, k) for k in range(64)]), np.stack([frames(300)] * 64)
    windows[0] = speech.SILENCE
    mixed = voice_mix.worsened(windows, noise, np.random.default_rng(0))
    assert mixed.dtype == np.float32
    assert mixed.min() >= features.LOUD - speech.SPAN
    assert mixed.max() <= features.LOUD + features.HEADROOM
    clean = speech.normalised(windows)
    same = [np.abs(one - other).max() < 0.05 for one, other in zip(mixed, clean, strict=True)]
    assert 0.2 < np.mean(same) < 0.8


def test_two_sounds_together_have_the_sum_of_their_powers():
    one = np.full((1, 1), np.log(3.0), np.float32)
    assert np.exp(voice_mix.together(one, one + np.float32(np.log(4 / 3)))) == pytest.approx(5.0)


@pytest.mark.parametrize("count", [0, 100, 48_240, 48_241, 70_000])
def test_a_sound_is_played_to_the_end_of_a_look(count):
    played = voice_bank.to_whole_looks(np.zeros(count, np.float32))
    made = speech.log_mel().push(played)
    assert len(played) >= count
    assert len(made) >= speech.WINDOW_FRAMES
    assert len(made) % speech.LOOK_FRAMES == 0


def heard(looks):
    """Clips with one look more than they are given: two seconds in which the window was not yet full."""
    named = [clip(tag=tag) for tag in ("anger", "neutral", "fear")]
    return Heard(named, [np.array([[0.1, 0, 0.2, 0, 0.7, 0, *one]] * 3) for one in looks])


def test_a_clip_fires_where_somebody_speaks_and_sounds_so():
    some = heard([(0.9, 0.9), (0.2, 0.9), (0.9, 0.1)])
    assert some.fires(0.5, 0.5).tolist() == [True, False, False]
    assert some.speaking(0.5).tolist() == [True, True, False]
    assert rows.distress("", some).value == pytest.approx(1.0)
    assert rows.recall("", some).value == pytest.approx(1 / 3)


def test_listeners_are_told_for_all_and_by_sex():
    some = heard([(0.9, 0.9), (0.2, 0.9), (0.9, 0.1)])
    some = Heard([clip(tag=c.tag, name=f"{k}.ogg") for k, c in enumerate(some.clips)], some.looks)
    votes = np.array([8.0, 0, 2, 0, 0, 0])
    told = {
        f"voice/{k}.ogg": of.Speaker(sex, "30", "", "", votes)
        for k, sex in enumerate(("female", "male", "female"))
    }
    found = {row.name: row.counts for row in rows.listener_rows(some, told)}
    what = "majority of listeners: mean recall of six emotions, CREMA-D"
    assert (found[what], found[f"{what}, sex female"], found[f"{what}, sex male"]) == (
        "3 clips",
        "2 clips",
        "1 clips",
    )


def test_a_pupil_learns_half_from_its_teacher_and_nothing_where_nothing_is_known():
    torch = pytest.importorskip("torch", reason="needs the training environment: make test-export")
    from export.recipes import voice_train

    nan = float("nan")
    known = voice_train.Targets(
        torch.tensor([[0.0, 0, 1, 0, 0, 0], [nan] * 6]), torch.tensor([1.0, nan]), torch.tensor([1.0, 0.0])
    )
    certain_of_anger_and_calm = torch.tensor([[9.0, -9, -9, -9, -9, -9, -9, -9]] * 2)
    soft = voice_train.softened(known, certain_of_anger_and_calm)
    assert soft.emotion[0].tolist() == pytest.approx([0.5, 0, 0.5, 0, 0, 0], abs=1e-3)
    assert soft.distress[0].item() == pytest.approx(0.5, abs=1e-3)
    assert soft.voice.tolist() == pytest.approx([0.5, 0], abs=1e-3)
    assert torch.isnan(soft.emotion[1]).all()
    assert torch.isnan(soft.distress[1])


def test_who_ships_learns_from_a_teacher_and_again_when_that_is_newer(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch", reason="needs the training environment: make test-export")
    from export.recipes import voice, voice_train

    run = []

    def course(network, bank, held, file, **told):
        run.append((file.name, told["teacher"] is not None, told["seed"]))
        torch.save(network.state_dict(), file)

    monkeypatch.setattr(voice_train, "train", course)
    job = Job("voice", quick=True, work=tmp_path)
    voice.data(job)
    voice.train(job)
    assert run == [("teacher.pt", False, 1), ("network.pt", True, 2), ("paper.pt", False, 3)]
    run.clear()
    (job.folder / "teacher.pt").unlink()
    voice.train(job)
    assert [name for name, *_ in run] == ["teacher.pt", "network.pt"]


def test_the_whole_chain_on_voices_made_in_code(tmp_path):
    pytest.importorskip("litert_torch", reason="needs the training environment: make test-export")
    from export.recipes import voice

    job = Job("voice", quick=True, work=tmp_path)
    for step in (voice.data, voice.train, voice.quantize, voice.evaluate, voice.card):
        step(job)
    told = {row["name"]: row["value"] for row in json.loads((job.folder / "figures.json").read_text())}
    assert 0 < told[f"{rows.PAPER}: mean recall of six emotions, CREMA-D"] <= 1
    assert told[f"{rows.PAPER}: ms a call"] > 0
    model = shelf.load("voice", job.shelf)
    shelf.verify(model)
    assert job.tflite.stat().st_size <= 400_000
    assert model.labels == list(of.LABELS)
    assert 0 < model.card["threshold"]["voice"] < 1
    assert {row["name"] for row in model.card["figures"]} >= {"mean recall of six emotions, CREMA-D"}
    assert "made in code" in job.tflite.with_suffix(".md").read_text()


@pytest.mark.skipif(not os.environ.get("DISTRESS_DATA"), reason="no recordings: DISTRESS_DATA is not set")
def test_the_cards_figures_are_what_is_measured(tmp_path):
    model = shelf.load("voice")
    library = library_of.decode(packs("voice"), tmp_path, lambda clip: clip.split == "test")
    test = listen(model, library, library.clips)
    acted, unseen = (test.where(rows.of_corpora(*of_these)) for of_these in (rows.ACTED, rows.UNSEEN))
    cut = rows.Cut(model.threshold, model.card["threshold"]["voice"])
    told = {row["name"]: row["value"] for row in model.card["figures"]}
    for again in (
        rows.recall("mean recall of six emotions, CREMA-D", acted),
        rows.distress("AUC of distress, CREMA-D", acted),
        rows.distress("AUC of distress, RAVDESS (never trained on)", unseen),
        rows.fired(
            "ordinary speech (normal_test) that fires", test.where(lambda clip: clip.corpus == "normal"), cut
        ),
    ):
        assert again.value == pytest.approx(told[again.name], abs=0.005), again.name
