"""Any life: whatever happens, in whatever order, these things hold (hypothesis drives the mind)."""

import json
from dataclasses import replace
from math import floor, inf

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.core.belief import forget
from agent.core.events import Cue, Fix, Gap, Power, Press, Receipt, Tick
from agent.core.incident import State, lasts
from agent.core.memory import dump, restore
from agent.core.shown import shown
from agent.core.watch import Watch, begin, step
from tests.core.story import HERE, POLICY, WALL

TICK_S = 0.25
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
PROBABILITIES = st.one_of(st.floats(0, 1), st.sampled_from([0.95, 0.98, 1.0]), NUMBERS)
PEOPLE = st.sampled_from(["wearer", "Mum", "Ben"])
ACTIONS = st.sampled_from(
    ["sos", "cancel", "duress", "acknowledge", "resolve", "pause", "resume", "test", "checkin_off",
     "silence", "dance"]
)  # fmt: skip
MINUTES = st.one_of(st.just(5.0), NUMBERS)
ENDS = ("cancelled", "resolved")


class AnyLife(RuleBasedStateMachine):
    """One mind, everything it ever told, and the events since it last woke."""

    @initialize(pin_needed=st.booleans())
    def wake(self, pin_needed):
        self.policy = replace(POLICY, pin_needed=pin_needed, at_alarm="siren")
        self.watch = begin(0.0, WALL, "seed", self.policy)
        self.now, self.jump = 0.0, 0.0
        self.told, self.news = [], ()
        self.woken, self.events = self.watch, []

    def feed(self, event):
        before = self.watch
        self.watch, self.news = step(before, event, self.policy)
        self.told += self.news
        self.events.append(event)
        for notice in self.news:
            self.hold_its_end(before, notice)

    def hold_its_end(self, before, notice):
        """After an alarm only a resolve ends the story, and all who were told of it hear its end."""
        if notice.kind not in ENDS:
            return
        story = [n for n in self.told if n.incident_id == notice.incident_id]
        alarmed = any(n.kind == "alarm" for n in story)
        assert notice.kind == ("resolved" if alarmed else "cancelled")
        assert set(notice.to) == {address for n in story for address in n.to}
        assert before.state is not State.CALM

    @rule(p=PROBABILITIES, kind=st.sampled_from(["scream", "stress", "sneeze"]), late=st.floats(0, 5))
    def hear(self, p, kind, late):
        self.feed(Cue(self.now - late, kind, p, "heard"))

    @rule(latitude=st.one_of(st.floats(47, 49), NUMBERS), accuracy_m=st.one_of(st.none(), NUMBERS))
    def be_somewhere(self, latitude, accuracy_m):
        self.feed(Fix(self.now, latitude, HERE[1], accuracy_m))

    @rule(action=ACTIONS, by=PEOPLE, trusted=st.booleans(), minutes=MINUTES)
    def press(self, action, by, trusted, minutes):
        self.feed(Press(self.now, action, by, trusted, minutes))

    @rule(ahead_s=st.one_of(st.floats(1, 400), NUMBERS), trusted=st.booleans())
    def agree_on_a_check_in(self, ahead_s, trusted):
        due = WALL + self.jump + self.now + ahead_s
        self.feed(Press(self.now, "checkin", trusted=trusted, due_wall=due))
        assert self.watch.checkin is None or self.watch.checkin.due_wall < inf

    @rule(by=PEOPLE)
    def call_for_help(self, by):
        before = self.watch.incident
        self.feed(Press(self.now, "sos", by))
        alarm = [n for n in self.told if n.kind == "alarm" and not n.test][-1]
        assert self.watch.state is State.ACTIVE
        assert alarm.incident_id == self.watch.incident.id
        assert {address for contact in self.policy.contacts for address in contact.addresses} <= set(alarm.to)
        assert self.news or before.sos

    @precondition(lambda self: self.told)
    @rule(outcome=st.sampled_from(["accepted", "delivered", "delayed", "failed", "expired"]))
    def hear_of_the_newest_notice(self, outcome):
        notice, before = self.told[-1], self.watch
        for to in notice.to:
            key = notice.incident_id, notice.seq, to.channel, to.recipient
            self.feed(Receipt(self.now, *key, outcome))
        assert self.watch.incident is before.incident

    @rule(part=st.sampled_from(["microphone", "band"]), is_open=st.booleans())
    def lose_or_find(self, part, is_open):
        belief, incident = self.watch.belief, self.watch.incident
        self.feed(Gap(self.now, part, is_open, "why"))
        assert self.watch.belief is belief
        assert self.watch.incident is incident

    @rule(battery=st.one_of(st.none(), NUMBERS), celsius=NUMBERS, low=st.booleans(), end=st.booleans())
    def measure_the_supply(self, battery, celsius, low, end):
        incident = self.watch.incident
        self.feed(Power(self.now, battery, low, celsius, end))
        assert self.watch.incident is incident
        assert self.watch.battery is None or 0 <= self.watch.battery <= 1

    @rule(outcome=st.sampled_from(["accepted", "failed"]))
    def hear_of_a_delivery(self, outcome):
        before = self.watch
        self.feed(Receipt(self.now, "id", 1, "sms", "+491", outcome))
        assert (self.watch, self.news) == (before, ())

    @rule(event=st.sampled_from([Cue(0, "scream", 0.9, ""), Fix(0, *HERE), Press(0, "cancel")]), at=NUMBERS)
    def be_stamped_wrongly(self, event, at):
        self.feed(replace(event, at=min(at, self.now) if abs(at - self.now) < 60 else at))

    @rule(seconds=st.one_of(st.floats(0.1, 20), st.sampled_from([15.0, 90.0, 120.0])))
    def wait(self, seconds):
        end = self.now + seconds
        while self.now < end:
            # Long waits in wide steps where nothing is due: the tick matters only near a time that is up.
            self.now = min(end, self.now + (TICK_S if seconds < 20 else 1.0))
            belief = self.watch.belief.probability
            self.feed(Tick(self.now, WALL + self.jump + self.now))
            assert self.watch.belief.probability <= belief
            self.hold_its_time()

    def hold_its_time(self):
        incident = self.watch.incident
        if incident:
            assert self.now - incident.since < lasts(incident, self.policy) + TICK_S

    @rule(years=st.sampled_from([-5, 5]))
    def jump_the_wall_clock(self, years):
        self.jump += years * 365.25 * 86_400
        self.feed(Tick(self.now, WALL + self.jump + self.now))
        self.hold_its_time()

    @rule(at=st.sampled_from([0.0, 17.3, 1e6]), off_s=st.floats(0, 200))
    def restart(self, at, off_s):
        kept = json.loads(json.dumps(dump(self.watch)))
        wall = self.watch.wall + off_s
        self.now, self.jump = at, wall - WALL - at
        self.watch = restore(begin(at, wall, "another seed", self.policy), kept)
        self.woken, self.events = self.watch, []

    @precondition(lambda self: self.watch.incident)
    @rule(seconds=st.floats(1, 300), wrong_s=st.sampled_from([0.0, -1e8]))
    def compare_with_a_mind_that_was_never_stopped(self, seconds, wrong_s):
        """Restored at once on another monotonic clock, it says the same at the same time from now.

        The ticks are sums of powers of two, beside the full seconds: no rounding may part the two minds.
        """
        awake = replace(self.watch, belief=forget(self.watch.belief, self.policy), gaps=(), power=None)
        kept = json.loads(json.dumps(dump(awake)))
        shift, at = 4096.0, floor(awake.at) - 0.0625
        asleep = restore(begin(awake.at + shift, awake.wall + wrong_s, "x", self.policy), kept)
        for second in range(int(seconds)):
            at += 1.0
            awake, said = step(awake, Tick(at, at), self.policy)
            asleep, repeated = step(asleep, Tick(at + shift, at), self.policy)
            assert [without_times(n) for n in said] == [without_times(n) for n in repeated], second

    @rule()
    def fold_the_same_events_again(self):
        watch, told = self.woken, []
        for event in self.events:
            watch, news = step(watch, event, self.policy)
            told += news
        assert repr(watch) == repr(self.watch)
        assert told == self.told[len(self.told) - len(told) :]

    @invariant()
    def seq_is_1_2_3_and_never_repeats(self):
        for notice in self.news:
            story = [n.seq for n in self.told if n.incident_id == notice.incident_id]
            assert story == list(range(1, len(story) + 1))

    @invariant()
    def whoever_was_told_is_known_to_the_story(self):
        incident = self.watch.incident
        if incident:
            story = [n for n in self.told if n.incident_id == incident.id]
            assert {address for n in story for address in n.to} == set(incident.told)

    @invariant()
    def what_is_kept_is_bounded_and_the_device_never_betrays_a_duress_pin(self):
        assert len(self.watch.deliveries) <= 24
        assert len(self.watch.drills) <= 3
        seen, forced = shown(self.watch), self.watch.incident is not None and self.watch.incident.duress
        assert (seen is not self.watch) is forced
        assert seen.incident is None or not seen.incident.duress
        assert "duress" not in {reason.cue for reason in (seen.incident.reasons if seen.incident else ())}
        assert seen.cover is None

    @invariant()
    def every_number_told_can_be_sent(self):
        for notice in self.news:
            json.dumps([notice.at, notice.wall, notice.belief], allow_nan=False)
            json.dumps(notice.fix and [notice.fix.latitude, notice.fix.accuracy_m], allow_nan=False)

    @invariant()
    def the_mind_is_one_watch_and_pauses_end(self):
        assert isinstance(self.watch, Watch)
        assert self.watch.paused_until is None or self.watch.paused_until - self.watch.at <= 12 * 3600 + 1e-3


def without_times(notice):
    track = tuple(replace(fix, at=0.0) for fix in notice.track)
    return replace(notice, at=0.0, wall=0.0, fix=notice.fix and replace(notice.fix, at=0.0), track=track)


AnyLife.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, derandomize=True, database=None
)
test_any_life = AnyLife.TestCase
