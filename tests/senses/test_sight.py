"""Seeing: whose face is followed, how often it is looked at, what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

from agent.senses import sight
from agent.senses.faces import Box
from agent.senses.sight import Following, Seeing, grey
from sensors.readings import Frame

CALM = {"distress": 0.1, "anger": 0.05, "fear": 0.04}
AFRAID = {"distress": 0.9, "anger": 0.2, "fear": 0.7}
ANGRY = {"distress": 0.9, "anger": 0.7, "fear": 0.2}


class Face:
    """A model that is told what to say next, and notes the portraits it was shown."""

    labels = ("neutral", "anger", "fear", "distress")

    def __init__(self, *said):
        self.said = list(said)
        self.seen = []

    def scores(self, window):
        self.seen.append(window)
        said = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        return np.array([said.get(label, 0.0) for label in self.labels], np.float32)


@pytest.fixture
def finder(monkeypatch):
    """What is found in the pictures, one list of boxes after the other, the last for ever."""
    found = []

    def find(_model, pixels):
        assert pixels.ndim == 2
        return found.pop(0) if len(found) > 1 else found[0]

    monkeypatch.setattr(sight, "find", find)
    return found


def box(left=100.0, width=60.0, top=80.0):
    return Box(left, top, width, width, 0.9)


def seen(seeing, *ats):
    pixels = np.random.default_rng(0).integers(0, 256, (240, 320), np.uint8)
    return [cue for at in ats for cue in seeing.see(Frame(at, pixels))]


def test_nothing_is_said_before_the_third_look_then_a_cue_a_look(finder):
    finder.append([box()])
    cues = seen(Seeing(None, Face(AFRAID)), 0.0, 0.5, 1.0, 1.5)
    assert [cue.at for cue in cues] == [1.0, 1.5]
    assert {(cue.kind, cue.reason) for cue in cues} == {("face", "fear in a face")}
    assert cues[0].probability == pytest.approx(0.9)


def test_the_words_say_which_it_is(finder):
    finder.append([box()])
    (cue,) = seen(Seeing(None, Face(ANGRY)), 0.0, 0.5, 1.0)
    assert cue.reason == "anger in a face"


def test_a_grimace_in_a_calm_face_stays_calm(finder):
    finder.append([box()])
    cues = seen(Seeing(None, Face(CALM, CALM, AFRAID, CALM)), *np.arange(0, 3, 0.5))
    assert max(cue.probability for cue in cues) < 0.5


def test_what_is_three_seconds_old_no_longer_counts(finder):
    finder.append([box()])
    cues = seen(Seeing(None, Face(*[AFRAID] * 4, CALM)), *np.arange(0, 6, 0.5))
    assert cues[0].probability > 0.8
    assert cues[-1].probability == pytest.approx(0.1)


def test_of_many_pictures_two_or_three_a_second_are_looked_at(finder):
    finder.append([box()])
    face = Face(CALM)
    seen(Seeing(None, face), *np.arange(0, 10, 0.04))
    assert 20 <= len(face.seen) <= 25


def test_at_the_resting_rate_of_a_picture_a_second_it_still_sees(finder):
    finder.append([box()])
    assert len(seen(Seeing(None, Face(AFRAID)), 0.0, 1.0, 2.0, 3.0)) == 2


@pytest.mark.parametrize("nobody", [[], [box(width=20.0)]], ids=["no face", "a face too small"])
def test_without_a_face_that_can_be_read_nothing_is_said(finder, nobody):
    finder.append(nobody)
    assert seen(Seeing(None, Face(AFRAID)), *np.arange(0, 5, 0.5)) == []


def test_a_face_that_looks_away_for_a_moment_is_still_the_same(finder):
    finder.extend([[box()], [box()], [], [box()]])
    cues = seen(Seeing(None, Face(AFRAID)), 0.0, 0.5, 1.0, 1.5)
    assert [cue.at for cue in cues] == [1.5]


def test_another_face_begins_anew(finder):
    finder.extend([[box()]] * 3 + [[box(left=220.0, width=95.0)]])
    cues = seen(Seeing(None, Face(AFRAID, AFRAID, AFRAID, CALM)), *np.arange(0, 3.0, 0.5))
    assert [cue.at for cue in cues] == [1.0, 2.5]
    assert cues[1].probability == pytest.approx(0.1)


def test_grey_weighs_colours_as_the_eye_does():
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert grey(colours).tolist() == [[76, 150, 29, 255]]
    assert grey(colours[..., 0]) is not None


def test_pictures_in_colour_are_looked_at_in_grey(finder):
    finder.append([box()])
    seeing = Seeing(None, Face(AFRAID))
    assert [seeing.see(Frame(at, np.zeros((240, 320, 3), np.uint8))) for at in (0.0, 0.5)] == [[], []]


class TestWhomToFollow:
    def test_the_largest(self):
        chosen, another = Following().choose(0.0, [box(10.0, 40.0), box(200.0, 60.0)])
        assert (chosen, another) == (box(200.0, 60.0), True)

    def test_whoever_it_is_though_another_grows_a_little_larger(self):
        following = Following()
        following.choose(0.0, [box(200.0, 60.0), box(10.0, 50.0)])
        assert following.choose(0.5, [box(10.0, 80.0), box(205.0, 58.0)]) == (box(205.0, 58.0), False)

    def test_until_another_is_half_as_wide_again(self):
        following = Following()
        following.choose(0.0, [box(200.0, 50.0)])
        assert following.choose(0.5, [box(200.0, 50.0), box(10.0, 80.0)]) == (box(10.0, 80.0), True)

    def test_who_comes_nearer_is_the_same(self):
        following = Following()
        following.choose(0.0, [box(100.0, 50.0)])
        assert following.choose(0.5, [box(95.0, 90.0)]) == (box(95.0, 90.0), False)

    def test_while_one_is_hidden_nothing_is_said_of_another(self):
        following = Following()
        following.choose(0.0, [box(200.0, 50.0), box(10.0, 45.0)])
        assert following.choose(0.5, [box(10.0, 45.0)]) == (None, False)
        assert following.choose(2.0, [box(10.0, 45.0)]) == (box(10.0, 45.0), True)
