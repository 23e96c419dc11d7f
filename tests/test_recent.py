"""The last minutes as a picture: what is in it, what is not, and that no life of the device breaks it."""

from datetime import UTC
from math import inf
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.channels import Message
from agent.core.events import Cue, Press, Tick
from agent.recent import KEEP_S, SHOWN_S, Recent
from agent.wording import Device
from tests.channels.servers import post
from tests.conftest import free_port
from tests.core.story import Story
from tests.house import WALL, notice
from tests.test_answering import CONFIG, letters, living

SVG = "{http://www.w3.org/2000/svg}"
ASHA = Device("asha", "Asha", UTC)
END = 600.0
"""The moment that the letter tells of, in seconds since WALL."""


def lived(looks, ticks=()):
    """What is kept after looks {second: (kind, probability)} and Ticks; no belief of its own."""
    recent, story = Recent(ASHA, 0.3), Story()
    events = [Cue(float(at), kind, p, "") for at, (kind, p) in looks.items()]
    events += [Tick(float(at), WALL + at, 0.0) for at in ticks]
    for event in sorted(events, key=lambda event: event.at):
        story.feed(Tick(event.at, WALL + event.at, 0.0))
        story.feed(event)
        recent.note(event, story.watch)
    return recent


def letter(at=END, **facts):
    told = notice(at=at, **facts)
    return Message(told, "ben@home.example", late=False, wall=told.wall)


def drawn(recent, **facts):
    picture = recent.picture(letter(**facts))
    return ElementTree.fromstring(picture.svg), picture.words


def points(root, kind):
    lines = [line for line in root.iter(SVG + "polyline") if line.get("class") == kind]
    return [[tuple(map(float, p.split(","))) for p in line.get("points").split()] for line in lines]


def test_the_words_say_what_the_curves_show():
    root, words = drawn(lived({590: ("scream", 0.2), 598: ("scream", 0.92), 599: ("stress", 0.4)}))
    assert words.startswith("What was perceived in the last 3 minutes up to 21:14:00: scream at most 92 %")
    assert "scream at most 92 %, at 21:13:58; stress at most 40 %, at 21:13:59; belief at most" in words
    assert root.find(SVG + "title").text == words
    (scream,), (stress,) = points(root, "score"), points(root, "second")
    assert (scream[0][1], scream[1][1]) == (214.4, 86.2)
    assert len(stress) == 2
    (belief,) = points(root, "belief")
    assert belief[0][1] > belief[1][1]


def test_the_highest_of_a_second_is_shown():
    looks = {590.0: ("scream", 0.2), 590.3: ("scream", 0.9), 590.8: ("scream", 0.1)}
    assert "scream at most 90 %, at 21:13:50" in drawn(lived(looks))[1]


def test_what_was_silent_has_a_hole():
    looks = dict.fromkeys((*range(500, 510), *range(560, 570)), ("scream", 0.1))
    assert len(points(drawn(lived(looks))[0], "score")) == 2


def test_only_the_minutes_before_it_are_shown():
    recent = lived({100: ("scream", 0.99), END - 10: ("scream", 0.1), END + 5: ("scream", 0.99)})
    assert "scream at most 10 %" in drawn(recent)[1]


def test_a_letter_that_could_leave_only_later_still_has_it():
    recent = lived({END - 10: ("scream", 0.9)}, ticks=range(int(END), int(END) + KEEP_S - SHOWN_S))
    assert "scream at most 90 %" in drawn(recent)[1]
    recent = lived({END - 10: ("scream", 0.9)}, ticks=range(int(END), int(END) + KEEP_S))
    assert recent.picture(letter()) is None


@pytest.mark.parametrize(
    "facts", [{"test": True}, {"kind": "resolved"}, {"kind": "device_trouble"}, {"kind": "acknowledged"}]
)
def test_what_needs_no_picture_has_none(facts):
    recent = lived({END - 1: ("scream", 0.9)})
    assert recent.picture(letter()) is not None
    assert recent.picture(letter(**facts)) is None


def test_where_nothing_was_heard_there_is_nothing_to_see():
    assert lived({}, ticks=range(590, 600)).picture(letter()) is None


def test_after_a_leap_back_of_the_wall_clock_it_begins_anew():
    recent, story = lived({590: ("scream", 0.9)}), Story()
    for at, wall in ((591.0, WALL), (592.0, WALL + 1)):
        story.feed(Tick(at, wall, 0.0))
        recent.note(Cue(at, "scream", 0.2, ""), story.watch)
    assert recent.picture(letter()) is None
    assert "scream at most 20 %" in drawn(recent, at=1.0)[1]


LOOKS = st.dictionaries(
    st.floats(0, END), st.tuples(st.sampled_from("abcdefg"), st.floats(0, 1)), min_size=1, max_size=30
)


@settings(max_examples=50, deadline=None)
@given(LOOKS)
def test_whatever_was_perceived_it_is_whole_xml_within_its_page(looks):
    picture = lived(looks).picture(letter())
    if picture is None:
        assert max(looks) < END - SHOWN_S
        return
    for line in ElementTree.fromstring(picture.svg).iter(SVG + "polyline"):
        for point in line.get("points").split():
            x, y = map(float, point.split(","))
            assert -inf < 52 <= x <= 640
            assert 72 <= y <= 250


async def test_an_alarms_mail_shows_the_minutes_before_it_in_the_real_house(tmp_path):
    async with post() as far:
        file = tmp_path / "agent.yaml"
        file.write_text(CONFIG.format(folder=tmp_path / "state", page=free_port(), smtp=far.port))
        async with living(file) as house:
            now = house.plan.clock.now
            for probability in (0.02, 0.9, 0.9):
                await house.inbox.put(Cue(now(), "scream", probability, "scream heard"))
            await house.inbox.put(Press(now(), "sos"))
            mail, _ = await letters(far, 2)
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/svg+xml"]
    title = ElementTree.fromstring(image.get_content()).find(SVG + "title").text
    assert "scream at most 90 %" in title
    assert title in mail.get_body(("plain",)).get_content()
