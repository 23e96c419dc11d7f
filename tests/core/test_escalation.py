"""Escalation: who hears which act."""

from dataclasses import replace

import pytest

from agent.core.escalation import audience, concerned, next_tier, unique
from agent.core.incident import Act, Incident, State
from agent.core.policy import Contact, Policy
from tests.core.story import BEN, EVE, EVERYONE, HOUSE, MUM, POLICY

STORY = Incident("id", State.ACTIVE, 0.0, 0.9, ())
LATER = [Act.CALL_OFF, Act.TELL_WHO, Act.UPDATE, Act.DOUBT, Act.CLOSE]


def at_tier(tier, **changes):
    return replace(STORY, tier=tier, **changes)


def test_the_countdown_over_reaches_the_first_tier():
    assert next_tier(at_tier(0), Act.ALARM, POLICY) == 1


@pytest.mark.parametrize("worse", ["sos", "duress"])
def test_a_call_for_help_reaches_all_tiers(worse):
    assert next_tier(at_tier(0, **{worse: True}), Act.ALARM, POLICY) == 3
    assert audience(at_tier(3), Act.ALARM, POLICY) == EVERYONE


@pytest.mark.parametrize(("tier", "following"), [(1, 2), (2, 3), (3, 3)])
def test_each_escalation_reaches_one_tier_more_and_the_last_again(tier, following):
    assert next_tier(at_tier(tier), Act.ESCALATE, POLICY) == following


@pytest.mark.parametrize("act", LATER)
def test_nothing_else_reaches_further(act):
    assert next_tier(at_tier(2), act, POLICY) == 2


def test_a_pre_alarm_is_for_those_of_the_first_tier_who_want_it():
    contacts = (*POLICY.contacts, Contact("Zoe", (EVE,), tier=1, warn=False))
    assert audience(at_tier(0), Act.WARN, replace(POLICY, contacts=contacts)) == (HOUSE, MUM)


def test_an_alarm_is_for_all_tiers_so_far():
    assert audience(at_tier(2), Act.ALARM, POLICY) == (HOUSE, MUM, BEN)


def test_an_escalation_is_for_the_new_tier():
    assert audience(at_tier(2), Act.ESCALATE, POLICY) == (HOUSE, BEN)


@pytest.mark.parametrize("worse", ["sos", "duress"])
def test_after_a_call_for_help_everybody_is_called_again(worse):
    assert audience(at_tier(3, **{worse: True}), Act.ESCALATE, POLICY) == EVERYONE


def test_a_lapse_is_for_all_who_relied_on_it_and_for_the_new_tier():
    assert next_tier(at_tier(1), Act.LAPSE, POLICY) == 2
    assert audience(at_tier(2, told=(HOUSE, MUM)), Act.LAPSE, POLICY) == (HOUSE, MUM, BEN)


def test_trouble_is_for_the_first_tier_and_for_whoever_knows_of_an_open_incident():
    assert concerned((), POLICY) == (HOUSE, MUM)
    assert concerned((HOUSE, EVE), POLICY) == (HOUSE, EVE, MUM)


@pytest.mark.parametrize("act", LATER)
def test_all_else_is_for_those_who_were_told(act):
    assert audience(at_tier(3, told=(HOUSE, BEN)), act, POLICY) == (HOUSE, BEN)


def test_broadcasts_hear_every_notice():
    assert all(HOUSE in audience(at_tier(1), act, POLICY) for act in Act)


def test_a_contact_with_several_addresses_hears_at_each():
    both = Policy(contacts=(Contact("Ben", (BEN, EVE)),))
    assert audience(at_tier(1), Act.ALARM, both) == (BEN, EVE)


def test_an_address_that_two_people_share_hears_once():
    assert unique((MUM, BEN, MUM)) == (MUM, BEN)
