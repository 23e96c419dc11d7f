"""Trouble: a loss is told at once, a recovery once it has held, a loose plug once."""

import pytest

from agent.core.events import Tick
from agent.core.trouble import quiet
from tests.core.story import BEN, HOUSE, MUM, WALL, Story, alarmed


def test_a_lost_sensor_is_told_at_once_with_its_reason():
    (notice,) = Story().lose("microphone", "unplugged")
    assert (notice.kind, notice.text, notice.to) == (
        "device_trouble",
        "microphone lost: unplugged",
        (HOUSE, MUM),
    )


def test_it_is_told_without_a_reason_too():
    (notice,) = Story().lose("microphone", "")
    assert notice.text == "microphone lost"


def test_it_is_told_once():
    story = Story()
    story.lose()
    assert story.lose(why="still unplugged") == ()


def test_each_part_is_told_of():
    story = Story()
    story.lose("microphone")
    story.lose("band")
    assert [notice.text for notice in story.told] == ["microphone lost: unplugged", "band lost: unplugged"]


def test_a_recovery_is_told_once_it_has_held_for_a_minute():
    story = Story()
    story.lose()
    story.wait(5)
    assert story.find() == ()
    assert story.wait(59.75) == []
    (notice,) = story.wait(0.25)
    assert (notice.kind, notice.text) == ("device_trouble", "microphone works again")
    assert story.wait(300) == []


def test_a_loose_plug_is_told_of_once():
    story = Story()
    for _ in range(100):
        story.lose()
        story.wait(1)
        story.find()
        story.wait(30)
    assert len(story.told) == 1


def test_a_part_that_was_never_lost_is_no_news():
    story = Story()
    story.find()
    assert story.wait(100) == []
    assert story.watch.gaps == ()


def test_several_recoveries_are_all_told():
    story = Story()
    for part in ("microphone", "band", "gps"):
        story.lose(part)
    for part in ("microphone", "band", "gps"):
        story.find(part)
    assert len(story.wait(62)) == 3


def test_trouble_has_an_id_of_its_own_even_amid_an_alarm():
    story = alarmed()
    (notice,) = story.lose()
    assert notice.incident_id != story.watch.incident.id
    assert notice.seq == 1


def test_trouble_takes_no_notice_from_the_incident():
    story = alarmed()
    story.lose()
    story.press("acknowledge", "Mum")
    assert [notice.seq for notice in story.told if notice.incident_id == story.watch.incident.id] == [1, 2, 3]


def test_amid_an_alarm_all_who_were_told_of_it_hear_of_trouble():
    story = alarmed()
    story.wait(90)
    (notice,) = story.lose()
    assert notice.to == (HOUSE, MUM, BEN)


HOUR_S = 3600.0
NIGHT = (22 * HOUR_S, 7 * HOUR_S)
MIDNIGHT = WALL - WALL % 86_400


@pytest.mark.parametrize(
    ("hour", "zone_h", "is_quiet"),
    [
        (21.9, 0, False),
        (22, 0, True),
        (0, 0, True),
        (6.9, 0, True),
        (7, 0, False),
        (21.5, 1, True),
        (6.5, 1, False),
    ],
)
def test_quiet_hours_are_local_and_may_span_midnight(hour, zone_h, is_quiet):
    assert quiet(MIDNIGHT + hour * HOUR_S, zone_h * HOUR_S, NIGHT) is is_quiet


@pytest.mark.parametrize(("zone_s", "hours"), [(None, NIGHT), (0.0, None), (0.0, (0.0, 0.0))])
def test_without_a_zone_or_hours_nothing_waits(zone_s, hours):
    assert not quiet(MIDNIGHT, zone_s, hours)


def at_night():
    story = Story(quiet=NIGHT)
    story.zone_s = 0.0
    story.jump = MIDNIGHT - WALL
    story.wait(1)
    return story


def test_at_night_a_loss_is_told_at_once_and_a_recovery_in_the_morning():
    story = at_night()
    (loss,) = story.lose()
    assert MUM in loss.to
    story.find()
    assert story.wait(300) == []
    (morning,) = story.feed(Tick(story.watch.at, MIDNIGHT + 7 * HOUR_S, 0.0))
    assert (morning.text, morning.to) == ("microphone works again", (HOUSE, MUM))


def test_a_part_that_fails_again_at_night_is_told_neither_well_nor_ill():
    story = at_night()
    story.lose()
    story.find()
    story.wait(120)
    assert story.lose() == ()
    assert story.feed(Tick(story.watch.at, MIDNIGHT + 8 * HOUR_S, 0.0)) == ()


@pytest.mark.parametrize("action", ["sos", "test"])
def test_at_night_everybody_hears_an_alarm(action):
    assert MUM in at_night().press(action)[0].to


def test_at_night_a_countdown_and_its_escalations_go_on():
    story = at_night()
    story.look()
    assert [n.kind for n in story.wait(120)] == ["alarm", "escalated"]
