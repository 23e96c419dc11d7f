"""Trouble: a loss is told at once, a recovery once it has held, a loose plug once."""

from tests.core.story import HOUSE, Story, alarmed


def test_a_lost_sensor_is_told_at_once_with_its_reason():
    (notice,) = Story().lose("microphone", "unplugged")
    assert (notice.kind, notice.text, notice.to) == ("device_trouble", "microphone lost: unplugged", (HOUSE,))


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
