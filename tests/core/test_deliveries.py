"""Deliveries: what became of each notice, as the wearer may know it."""

import pytest

from agent.core.deliveries import KEEP, progress
from tests.core.story import HOUSE, MUM, Story, alarmed
from tests.core.test_memory import woken


def told(story):
    return progress(story.watch.deliveries, story.watch.incident.id)


def states(story):
    return {outcome.to: outcome.state for outcome in story.watch.deliveries[-1].outcomes}


def test_a_notice_waits_until_a_channel_speaks():
    story = alarmed()
    assert (told(story), states(story)) == ("waiting", {HOUSE: "waiting", MUM: "waiting"})


def test_it_is_sent_then_delivered():
    story = alarmed()
    story.receive(to=HOUSE)
    assert (told(story), states(story)) == ("sent", {HOUSE: "accepted", MUM: "waiting"})
    story.receive(to=MUM, outcome="delivered")
    assert told(story) == "delivered"


@pytest.mark.parametrize("outcome", ["delayed", "failed", "expired"])
def test_what_nobody_has_is_not_sent(outcome):
    story = alarmed()
    story.receive(outcome=outcome)
    assert (told(story), states(story)[MUM]) == ("waiting", outcome)


def test_what_was_delivered_and_is_accepted_again_stays_delivered():
    story = alarmed()
    story.receive(outcome="delivered")
    story.receive(outcome="accepted")
    assert told(story) == "delivered"


def test_a_report_that_it_failed_after_all_counts():
    story = alarmed()
    story.receive()
    story.receive(outcome="failed")
    assert told(story) == "waiting"


def test_a_question_that_arrived_is_no_alarm_that_did():
    story = alarmed()
    story.receive(story.told[0])
    assert told(story) == "waiting"


def test_an_earlier_notice_that_arrived_counts_for_the_incident():
    story = alarmed()
    story.receive()
    story.press("acknowledge", "Mum")
    assert told(story) == "sent"


def test_a_word_from_a_stranger_changes_nothing():
    story = alarmed()
    before = story.watch
    story.receive(story.told[-1].__class__(**{n: getattr(story.told[-1], n) for n in story.told[-1].__slots__}
                                           | {"seq": 99}))  # fmt: skip
    assert story.watch.deliveries == before.deliveries


def test_only_the_newest_are_kept():
    story = Story()
    for _ in range(40):
        story.press("test")
    assert [one.incident_id for one in story.watch.deliveries] == [n.incident_id for n in story.told[-KEEP:]]


def test_they_outlive_a_restart():
    story = alarmed()
    story.receive()
    assert woken(story, at=story.watch.at).deliveries == story.watch.deliveries
