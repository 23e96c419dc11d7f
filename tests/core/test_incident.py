"""The incident's table: every cell, against the contract's rows."""

from itertools import product

import pytest

from agent.core.incident import RESTARTS, ROWS, TABLE, Act, Incident, Signal, State, lasts, table_as_markdown
from tests.core.story import POLICY

CALM, PRE_ALARM, ACTIVE, ACKNOWLEDGED = State
STAYS = None

CONTRACT = {
    (CALM, Signal.SUSPECT): (PRE_ALARM, Act.WARN),
    (CALM, Signal.CHECKIN): (PRE_ALARM, Act.WARN),
    (CALM, Signal.SOS): (ACTIVE, Act.ALARM),
    (CALM, Signal.CANCEL): STAYS,
    (CALM, Signal.DURESS): (ACTIVE, Act.ALARM),
    (CALM, Signal.TIMEOUT): STAYS,
    (CALM, Signal.ACKNOWLEDGE): STAYS,
    (CALM, Signal.RESOLVE): STAYS,
    (CALM, Signal.NEWS): STAYS,
    (PRE_ALARM, Signal.SUSPECT): STAYS,
    (PRE_ALARM, Signal.CHECKIN): STAYS,
    (PRE_ALARM, Signal.SOS): (ACTIVE, Act.ALARM),
    (PRE_ALARM, Signal.CANCEL): (CALM, Act.CALL_OFF),
    (PRE_ALARM, Signal.DURESS): (ACTIVE, Act.ALARM),
    (PRE_ALARM, Signal.TIMEOUT): (ACTIVE, Act.ALARM),
    (PRE_ALARM, Signal.ACKNOWLEDGE): STAYS,
    (PRE_ALARM, Signal.RESOLVE): STAYS,
    (PRE_ALARM, Signal.NEWS): STAYS,
    (ACTIVE, Signal.SUSPECT): STAYS,
    (ACTIVE, Signal.CHECKIN): (ACTIVE, Act.UPDATE),
    (ACTIVE, Signal.SOS): (ACTIVE, Act.ALARM),
    (ACTIVE, Signal.CANCEL): (ACTIVE, Act.DOUBT),
    (ACTIVE, Signal.DURESS): (ACTIVE, Act.ALARM),
    (ACTIVE, Signal.TIMEOUT): (ACTIVE, Act.ESCALATE),
    (ACTIVE, Signal.ACKNOWLEDGE): (ACKNOWLEDGED, Act.TELL_WHO),
    (ACTIVE, Signal.RESOLVE): (CALM, Act.CLOSE),
    (ACTIVE, Signal.NEWS): (ACTIVE, Act.UPDATE),
    (ACKNOWLEDGED, Signal.SUSPECT): STAYS,
    (ACKNOWLEDGED, Signal.CHECKIN): (ACKNOWLEDGED, Act.UPDATE),
    (ACKNOWLEDGED, Signal.SOS): (ACTIVE, Act.ALARM),
    (ACKNOWLEDGED, Signal.CANCEL): (ACKNOWLEDGED, Act.DOUBT),
    (ACKNOWLEDGED, Signal.DURESS): (ACTIVE, Act.ALARM),
    (ACKNOWLEDGED, Signal.TIMEOUT): (ACTIVE, Act.LAPSE),
    (ACKNOWLEDGED, Signal.ACKNOWLEDGE): (ACKNOWLEDGED, Act.TELL_WHO),
    (ACKNOWLEDGED, Signal.RESOLVE): (CALM, Act.CLOSE),
    (ACKNOWLEDGED, Signal.NEWS): (ACKNOWLEDGED, Act.UPDATE),
}


@pytest.mark.parametrize(("state", "signal"), list(product(State, Signal)), ids=lambda word: word.name)
def test_every_cell_is_as_the_contract_has_it(state, signal):
    assert TABLE[state, signal] == CONTRACT[state, signal]


def test_the_table_has_no_other_cell():
    assert set(TABLE) == set(product(State, Signal))


def test_only_a_resolve_ends_an_alarm():
    ends = {(state, signal) for (state, signal), cell in TABLE.items() if cell and cell[0] is CALM}
    assert ends == {
        (PRE_ALARM, Signal.CANCEL),
        (ACTIVE, Signal.RESOLVE),
        (ACKNOWLEDGED, Signal.RESOLVE),
    }


@pytest.mark.parametrize("signal", [Signal.SOS, Signal.DURESS])
@pytest.mark.parametrize("state", list(State))
def test_worse_is_heard_in_every_state(state, signal):
    assert TABLE[state, signal] == (ACTIVE, Act.ALARM)


def test_no_open_state_is_without_an_end_in_time():
    assert all(TABLE[state, Signal.TIMEOUT] for state in State if state is not CALM)


def test_states_last_as_the_policy_says():
    stories = [Incident("id", state, 0.0, 0.9, ()) for state in State]
    assert [lasts(story, POLICY) for story in stories] == [None, 15.0, 90.0, 600.0]


def test_a_new_alarm_a_new_tier_and_a_new_helper_start_the_time_anew():
    assert frozenset({Act.ALARM, Act.ESCALATE, Act.LAPSE, Act.TELL_WHO}) == RESTARTS


def test_every_act_is_told_as_a_kind_of_the_contract():
    kinds = {"pre_alarm", "alarm", "update", "escalated", "acknowledged", "resolved", "cancelled"}
    assert {act.kind for act in Act} == kinds


def test_the_documentation_shows_each_state_and_signal():
    head, line, *rows = table_as_markdown().splitlines()
    assert head == "| in | " + " | ".join(signal.value for signal in Signal) + " |"
    assert [row.split(" | ")[0].strip("| ") for row in rows] == [state.value for state in ROWS]
    assert {row.count("|") for row in (head, line, *rows)} == {len(Signal) + 2}


def test_the_documentation_shows_what_a_cell_does():
    assert "| **active**, tells escalated |" in table_as_markdown()
