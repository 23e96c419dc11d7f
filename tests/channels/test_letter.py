"""Letters: the first words say whether to get up; plain and HTML hold the same facts."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from agent.channels.letter import SENTENCES, headline, write
from agent.core.events import Fix
from tests.channels.notices import ASHA, ID, message


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("alarm", "ALARM: Asha may need help"),
        ("escalated", "ALARM: Asha may need help and nobody has answered yet"),
        ("pre_alarm", "WARNING: Asha may be in distress. The alarm follows unless Asha cancels it"),
        ("acknowledged", "ANSWERED: Ben is taking care of Asha"),
        ("resolved", "OVER: the alarm of Asha was closed"),
        ("cancelled", "CANCELLED: the warning about Asha was called off"),
        ("update", "UPDATE: Asha may still need help"),
        ("device_trouble", "DEVICE: the safety device of Asha has trouble"),
    ],
)
def test_the_subject_says_it_all(kind, subject):
    assert headline(message(kind=kind, acknowledged_by="Ben").notice, "Asha") == subject


def test_a_drill_says_so_first():
    letter = write(message(test=True), ASHA)
    assert letter.subject.startswith("TEST, no help needed.")
    assert "Nobody is in danger" in letter.plain
    assert "emergency number" not in letter.plain


def test_duress_warns_not_to_call_back():
    for kind in ("alarm", "escalated", "update"):
        letter = write(message(kind=kind, duress=True), ASHA)
        assert "forced to cancel" in letter.plain
        assert "Do not call or text Asha" in letter.plain


def test_duress_stands_in_the_subject():
    letter = write(message(duress=True), ASHA)
    assert letter.subject == "ALARM: Asha was FORCED to cancel. Do not call or text Asha. Call the police"


def test_the_end_says_who_ended_it_and_to_doubt_it():
    letter = write(message(kind="resolved", text="closed by Zed"), ASHA)
    assert letter.subject == "OVER: the alarm of Asha was closed by Zed"
    assert "Do not stand down on this message alone" in letter.plain
    assert "fine" not in write(message(kind="cancelled"), ASHA).plain


def test_an_alarm_does_not_tell_to_ring_somebody_who_hides():
    assert "Do not ring: it could betray Asha" in write(message(), ASHA).plain


def test_facts():
    letter = write(message(late=True, text="she moved"), ASHA, "https://far.example/ack?a=1&b=2")
    assert "Why: scream heard; pulse up <&> high" in letter.plain
    assert "Where: 48.13712, 11.57549, within 8 m, 40 s earlier" in letter.plain
    assert "Late: this message could only leave at" in letter.plain
    assert "News: she moved" in letter.plain
    assert (
        "https://www.openstreetmap.org/?mlat=48.13712&mlon=11.57549#map=17/48.13712/11.57549" in letter.plain
    )
    assert "https://far.example/ack?a=1&b=2" in letter.plain
    assert ID in letter.plain
    assert "When: 21:04:31 on Saturday 21 November 2026 (UTC+01:00)" in letter.plain


def test_without_a_position():
    letter = write(message(fix=None), ASHA)
    assert "not known yet" in letter.plain
    assert "openstreetmap" not in letter.plain


def test_an_old_and_vague_position_says_so():
    letter = write(message(fix=Fix(at=100.0 - 900, latitude=1.0, longitude=2.0)), ASHA)
    assert "accuracy not known, 15 min earlier" in letter.plain


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.seen, self.tags, self.links = "", [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.seen += data


@pytest.mark.parametrize("kind", SENTENCES)
def test_the_page_holds_the_same_and_can_be_read_aloud(kind):
    letter = write(
        message(kind=kind, acknowledged_by="<Ben>"), replace(ASHA, wearer="As&ha"), 'https://far.example/"x"'
    )
    page = Page(letter.html)
    for line in letter.lines.splitlines():
        assert line.partition(": ")[2] in page.seen
    assert ("html", {"lang": "en"}) in page.tags
    names = [tag for tag, _ in page.tags]
    assert names.count("h1") == names.count("title") == 1
    assert not {"img", "script", "table", "form"} & set(names)
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert ('https://far.example/"x"' in links) is (kind in ("alarm", "escalated", "update"))
    assert "<Ben>" not in letter.html


def test_a_name_cannot_break_the_subject():
    assert (
        headline(message().notice, "Asha\r\nBcc: all@far.example")
        == "ALARM: Asha Bcc: all@far.example may need help"
    )


def test_names_with_braces_are_left_alone():
    letter = write(
        message(kind="acknowledged", acknowledged_by="{name}", text="{x}"), replace(ASHA, wearer="{by}")
    )
    assert letter.subject == "ANSWERED: {name} is taking care of {by}"
    assert "{x}" in letter.html


def test_a_drill_says_how_to_answer_it_and_what_it_is():
    letter = write(message(test=True), ASHA, "https://far.example/a/1")
    assert "I have seen this drill: tell the device:\nhttps://far.example/a/1" in letter.plain
    assert "I am going" not in letter.plain + letter.html


def test_the_way_since_a_check_in_is_a_list_of_places_with_links():
    told = message()
    came = told.notice.at - 3600.0
    way = (Fix(came, 48.1, 11.5), Fix(came + 600, 48.13, 11.57))
    letter = write(replace(told, notice=replace(told.notice, track=way)), ASHA)
    link = "https://www.openstreetmap.org/?mlat=48.10000&mlon=11.50000#map=17/48.10000/11.50000"
    assert f"20:04:31: 48.10000, 11.50000\n{link}\n20:14:31: 48.13000, 11.57000\n" in letter.plain
    assert f'<li><a href="{link.replace("&", "&amp;")}">20:04:31: 48.10000, 11.50000</a></li>' in letter.html
    assert "way since" not in write(told, ASHA).plain + write(told, ASHA).html
