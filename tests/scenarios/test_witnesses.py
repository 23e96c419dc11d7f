"""Voices and faces through the whole mind: neither raises anything alone, together they do."""

from __future__ import annotations

import heapq
from operator import attrgetter

import numpy as np
import pytest

from agent.core.policy import Policy
from agent.replay import fold
from agent.senses import shelf, sight
from agent.senses.faces import Box
from agent.senses.perception import Senses
from agent.senses.sight import Seeing
from agent.senses.speech import Listening
from agent.timeline import timeline
from sensors.readings import RATE, Frame, Sound

SECONDS = 20
VOICES = ["anger", "disgust", "fear", "happy", "neutral", "sad", "distress", "voice"]
FACES = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "distress"]


class Sure:
    """A model that is afraid, as sure as it is told, of whatever it is given."""

    def __init__(self, labels, distress):
        self.labels = labels
        self.card = {"threshold": {"value": 0.5, "voice": 0.5}}
        said = {"fear": 0.7, "anger": 0.2, "distress": distress, "voice": 0.95}
        self.said = np.array([said.get(label, 0.0) for label in labels], np.float32)

    def scores(self, _window):
        return self.said


@pytest.fixture(autouse=True)
def one_face(monkeypatch):
    monkeypatch.setattr(sight, "find", lambda _model, _pixels: [Box(100.0, 80.0, 60.0, 70.0, 0.9)])


def told(voice, face):
    """What the mind tells of a voice and a face of which the models are so sure; None: there is none."""
    rng = np.random.default_rng(0)
    senses = Senses(
        listening=Listening(Sure(VOICES, voice)) if voice is not None else None,
        seeing=Seeing(None, Sure(FACES, face)) if face is not None else None,
    )
    heard = (
        Sound(at / 10, 0.1 * rng.standard_normal(RATE // 10, np.float32)) for at in range(1, 10 * SECONDS)
    )
    seen = (Frame(at / 5, rng.integers(0, 256, (240, 320), np.uint8)) for at in range(5 * SECONDS))
    row = timeline(heapq.merge(heard, seen, key=attrgetter("at")), SECONDS)
    return list(fold(row, senses, Policy()))


@pytest.mark.parametrize("kind", ["scream", "voice", "face"])
def test_what_the_mind_takes_out_again_is_the_mix_on_which_a_model_was_calibrated(kind):
    prior = shelf.read_card(shelf.default_folder() / f"{kind}.tflite")["prior"]
    assert Policy().cues[kind].base_rate == pytest.approx(prior, abs=0.03)


def pre_alarms(events):
    return [event for event in events if event["event"] == "pre_alarm"]


@pytest.mark.parametrize(("voice", "face"), [(0.99, None), (None, 0.99), (0.99, 0.1), (0.1, 0.99)])
def test_one_witness_raises_nothing_however_sure_and_long(voice, face):
    events = told(voice, face)
    assert any(event["event"] == "cue" for event in events)
    assert pre_alarms(events) == []


def test_a_frightened_voice_and_face_together_raise_a_pre_alarm_that_says_why():
    (warning,) = pre_alarms(told(0.99, 0.99))
    assert {reason["cue"] for reason in warning["reasons"]} == {"voice", "face"}
    assert any(reason["text"] == "fear in a face" for reason in warning["reasons"])
    assert warning["at"] < 4
