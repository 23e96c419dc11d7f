"""Perception: each reading reaches the senses that it is for, and only those that are switched on."""

from __future__ import annotations

import numpy as np

from agent.core.events import Cue, Fix, Gap, Power, Press
from agent.senses.perception import Senses
from sensors import readings
from sensors.readings import Frame, Sound, Vitals


class Sense:
    """Says one thing of everything, some time before the reading's end."""

    def __init__(self, kind, early_s=0.0):
        self.kind, self.early_s = kind, early_s

    def say(self, reading):
        return [Cue(reading.at - self.early_s, self.kind, 0.5, f"{self.kind}!")]

    hear = feel = see = say


SOUND = Sound(3.0, np.zeros(1600, np.float32))
FRAME = Frame(3.0, np.zeros((4, 4), np.uint8))


def kinds(senses, reading):
    return [event.kind for event in senses.take(reading)]


def test_one_block_of_sound_goes_to_both_ears_and_their_cues_come_in_order_of_time():
    senses = Senses(hearing=Sense("scream"), listening=Sense("voice", 0.4))
    assert kinds(senses, SOUND) == ["voice", "scream"]


def test_each_ear_hears_alone_where_the_other_is_off():
    assert kinds(Senses(hearing=Sense("scream")), SOUND) == ["scream"]
    assert kinds(Senses(listening=Sense("voice")), SOUND) == ["voice"]


def test_pictures_are_seen_and_reports_are_felt():
    senses = Senses(feeling=Sense("stress"), seeing=Sense("face"))
    assert kinds(senses, FRAME) == ["face"]
    assert kinds(senses, Vitals(3.0, 80.0)) == ["stress"]
    assert senses.take(SOUND) == []


def test_what_no_sense_is_switched_on_for_is_nothing():
    assert [Senses().take(reading) for reading in (SOUND, FRAME, Vitals(3.0, 80.0))] == [[], [], []]


def test_the_rest_needs_no_sense():
    senses = Senses()
    assert senses.take(readings.Position(1.0, 48.0, 11.0, 5.0)) == [Fix(1.0, 48.0, 11.0, 5.0, "gps")]
    assert senses.take(readings.Press(1.0, "sos")) == [Press(1.0, "sos")]
    assert senses.take(readings.Power(1.0, 0.5)) == [Power(1.0, 0.5)]
    assert senses.take(readings.Power(1.0, throttled=True)) == [Power(1.0, throttled=True)]
    assert senses.take(readings.Loss(1.0, "band", True, "gone")) == [Gap(1.0, "band", True, "gone")]
