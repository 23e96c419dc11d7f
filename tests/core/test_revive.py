"""The mind and its policy as JSON and back: nothing is lost, whatever has happened to it."""

import json
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant

from agent.core.events import Press
from agent.core.incident import State
from agent.core.notice import Notice
from agent.core.pack import policy_hash
from agent.core.policy import Policy
from agent.core.revive import bare, revive
from agent.core.watch import Watch, begin, step
from tests.core.story import POLICY, WALL
from tests.core.test_any_life import AnyLife
from tests.house import notice


def carried(kind, value):
    """The value as it is after a file has held it."""
    return revive(kind, json.loads(json.dumps(bare(value), allow_nan=False)))


class AnyMind(AnyLife):
    """Any life; and at every moment its mind can be written down."""

    @invariant()
    def is_the_same_after_a_file_has_held_it(self):
        assert carried(Watch, self.watch) == self.watch


AnyMind.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, derandomize=True, database=None
)
TestAnyMind = AnyMind.TestCase


def test_a_policy_is_the_same_with_its_hash():
    policy = replace(POLICY, quiet=(79_200.0, 21_600.0), at_alarm="siren")
    again = carried(Policy, policy)
    assert again == policy
    assert policy_hash(again) == policy_hash(policy)


def test_notices_and_open_incidents_are_the_same():
    watch, (alarm,) = step(begin(0.0, WALL, "seed", POLICY), Press(1.0, "sos"), POLICY)
    assert carried(Watch, watch).incident.state is State.ACTIVE
    assert carried(Notice, alarm) == alarm
    assert carried(Notice, notice(1, battery=0.1 + 0.2)).battery == 0.1 + 0.2


@pytest.mark.parametrize(
    "value", [3, "x", [], {"at": 1.0}, {"nonsense": 1}, {"incident": {"state": "bored"}}]
)
def test_what_is_no_mind_is_one_sentence(value):
    with pytest.raises(ValueError, match=r"Watch|State"):
        revive(Watch, value)
