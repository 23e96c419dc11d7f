"""Memory: a mind taken up again decides as one that was never stopped."""

import json

import pytest

from agent.core.events import Tick
from agent.core.memory import dump, restore
from agent.core.shown import face, outcry, shown
from agent.core.watch import begin, step
from tests.core.story import HERE, POLICY, WALL, Story, acknowledged, alarmed

YEARS_5 = 5 * 365.25 * 86_400


def woken(story, off_s=0.0, at=0.0, clock_off_by=0.0):
    """The story's mind after `off_s` seconds without power; `at` is where the monotonic clock starts."""
    kept = json.loads(json.dumps(dump(story.watch)))
    fresh = begin(at, story.watch.wall + off_s + clock_off_by, "another seed", story.policy)
    return restore(fresh, kept)


def first_words(watch, seconds, policy=POLICY):
    """Seconds until the mind speaks, and what."""
    start = watch.at
    for quarter in range(1, int(seconds * 4) + 1):
        at = start + quarter / 4
        watch, notices = step(watch, Tick(at, at + watch.offset), policy)
        if notices:
            return at - start, notices[0].kind
    return None


def test_a_mind_without_a_story_sleeps_and_wakes():
    assert woken(Story()).incident is None


def test_what_was_told_and_to_whom_is_kept():
    story = alarmed()
    story.fix(accuracy_m=8.0)
    story.wait(1)
    watch = woken(story)
    assert watch.incident.told == story.watch.incident.told
    assert watch.incident.reasons == story.watch.incident.reasons
    assert (watch.incident.id, watch.incident.seq) == (story.told[-1].incident_id, story.told[-1].seq)
    assert watch.fix.latitude == HERE[0]


def test_awake_at_the_same_moment_it_is_the_same_mind():
    story = acknowledged()
    assert woken(story, at=story.watch.at).incident == story.watch.incident


@pytest.mark.parametrize("at", [0.0, 5.0, 1e6])
def test_a_countdown_goes_on_whatever_the_monotonic_clock(at):
    story = Story()
    story.look()
    story.wait(4)
    assert first_words(woken(story, off_s=3, at=at), 20) == (8.0, "alarm")


def test_a_countdown_that_ran_out_while_off_alarms_at_the_first_tick():
    story = Story()
    story.look()
    assert first_words(woken(story, off_s=3600), 20) == (0.25, "alarm")


@pytest.mark.parametrize("wrong", [-YEARS_5, -60.0])
def test_a_wall_clock_that_went_back_counts_as_no_time(wrong):
    story = Story()
    story.look()
    story.wait(4)
    assert first_words(woken(story, off_s=3, clock_off_by=wrong), 20) == (11.0, "alarm")


def test_a_wall_clock_that_leapt_ahead_rather_alarms_too_soon():
    story = Story()
    story.look()
    assert first_words(woken(story, clock_off_by=YEARS_5), 20) == (0.25, "alarm")


def test_a_pause_ends_by_itself_over_a_restart():
    story = Story()
    story.press("pause", minutes=10)
    watch = woken(story, off_s=300)
    assert watch.paused_until - watch.at == 300


@pytest.mark.parametrize("wrong", [-YEARS_5, 0.0])
def test_no_restart_makes_a_pause_or_a_mute_longer(wrong):
    story = Story()
    story.look()
    story.press("cancel")
    story.receive()
    story.press("pause", minutes=10)
    watch = woken(story, clock_off_by=wrong)
    assert watch.paused_until - watch.at <= 600
    assert watch.mute.until - watch.at <= story.policy.cooldown_s


def test_a_mute_is_kept():
    story = Story()
    story.look()
    story.press("cancel")
    story.receive()
    again = Story()
    again.watch = woken(story)
    assert again.look() == ()


def test_a_cool_down_that_has_not_started_is_kept_too():
    story = Story()
    story.look()
    (closing,) = story.press("cancel")
    again = Story()
    again.watch = woken(story)
    again.receive(closing)
    assert again.look() == ()


def test_incidents_after_a_restart_have_other_names():
    story = Story()
    story.look()
    story.press("cancel")
    again = Story()
    again.watch = woken(story)
    again.press("sos")
    assert again.told[0].incident_id != story.told[0].incident_id


def test_seq_goes_on():
    story = alarmed()
    again = Story()
    again.watch = woken(story)
    again.press("acknowledge", "Mum")
    assert again.told[0].seq == story.told[-1].seq + 1


@pytest.mark.parametrize(
    "broken", [{}, {"at": "now", "offset": 0.0}, {"at": 0.0, "offset": 0.0, "seed": "s"}]
)
def test_what_dump_did_not_give_is_refused(broken):
    with pytest.raises((KeyError, TypeError, ValueError)):
        restore(begin(0.0, WALL, "seed", POLICY), broken)


def test_an_unknown_state_is_refused():
    kept = dump(alarmed().watch)
    kept["incident"]["state"] = "bored"
    with pytest.raises(ValueError, match="bored"):
        restore(begin(0.0, WALL, "seed", POLICY), kept)


def test_what_an_older_version_kept_is_taken_up():
    story = acknowledged()
    kept = dump(story.watch)
    for fresh in ("checkin", "worries", "deliveries", "drills"):
        del kept[fresh]
    for fresh in ("countdown_s", "lapsed_by", "silenced", "track"):
        del kept["incident"][fresh]
    kept["mute"] = {"kinds": ["scream"], "strength": 0.9, "until": 100.0}
    watch = restore(begin(story.watch.at, story.watch.wall, "x", story.policy), json.loads(json.dumps(kept)))
    assert watch.incident == story.watch.incident
    assert watch.mute.until == 100.0


def test_a_forced_wearer_whom_an_older_version_kept_still_looks_calm():
    story = Story(at_alarm="siren")
    story.look()
    story.wait(3)
    story.press("checkin", due_wall=story.watch.wall + 600)
    story.press("duress")
    kept = json.loads(json.dumps(dump(story.watch)))
    del kept["cover"]
    watch = restore(begin(story.watch.at, story.watch.wall, "x", story.policy), kept)
    assert watch.incident == story.watch.incident
    assert (face(watch), outcry(watch, story.policy)) == ("calm", "nothing")
    assert (shown(watch).incident, shown(watch).checkin, shown(watch).deliveries) == (None, None, ())
    after, notices = step(watch, Tick(watch.at + 90, watch.wall + 90), story.policy)
    assert [notice.kind for notice in notices] == ["escalated"]
    assert face(after) == "calm"


def test_without_duress_what_an_older_version_kept_is_shown_as_it_is():
    story = alarmed()
    kept = dump(story.watch)
    del kept["cover"]
    watch = restore(begin(story.watch.at, story.watch.wall, "x", story.policy), kept)
    assert shown(watch) is watch
