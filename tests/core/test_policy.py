"""Policy: what makes no sense, or can never be met, is refused by name when it is made."""

from dataclasses import replace
from math import inf, nan

import pytest

from agent.core.policy import Contact, CueRule, Policy, logit, sigmoid

SECONDS = ("countdown_s", "tier_delay_s", "acknowledge_lasts_s", "cooldown_s", "update_s", "silent_at_most_s",
           "fix_every_s", "question_lasts_s", "checkin_countdown_s", "remind_s")  # fmt: skip


def rule(**changes):
    return CueRule(**{"base_rate": 0.1, "hit": 0.6, "overwhelming": 0.97} | changes)


def refused(**changes):
    with pytest.raises(ValueError, match=r"^[\w.]+: ") as wrong:
        Policy(**changes)
    return str(wrong.value)


def test_the_defaults_are_valid():
    assert Policy().tiers == 1


@pytest.mark.parametrize("key", SECONDS)
@pytest.mark.parametrize("value", [-1.0, nan, inf])
def test_every_time_is_a_number_of_seconds(key, value):
    assert refused(**{key: value}).startswith(key)


@pytest.mark.parametrize("key", ["tier_delay_s", "acknowledge_lasts_s", "update_s"])
def test_what_repeats_needs_a_time_between(key):
    assert refused(**{key: 0.0}).startswith(key)


def test_what_the_device_does_at_an_alarm_is_one_of_three():
    assert "nothing, lamp, siren" in refused(at_alarm="dance")


@pytest.mark.parametrize("quiet", [(-1.0, 0.0), (0.0, 86_400.0), (nan, 0.0)])
def test_quiet_hours_are_times_of_the_day(quiet):
    assert refused(quiet=quiet).startswith("quiet")


@pytest.mark.parametrize("key", ["prior", "threshold"])
@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1.1, nan])
def test_probabilities_lie_between_0_and_1(key, value):
    assert refused(**{key: value}).startswith(key)


@pytest.mark.parametrize(("k", "n"), [(0, 4), (5, 4), (1, 0)])
def test_k_of_n_can_be_met(k, n):
    assert "can never be met" in refused(k=k, n=n)


@pytest.mark.parametrize(
    "wrong",
    [{"base_rate": 0.0}, {"base_rate": nan}, {"hit": 0.98}, {"overwhelming": 1.1}, {"weight": -1.0},
     {"weight": nan}, {"weight": inf}, {"cap": nan}, {"half_life_s": 0.0}, {"half_life_s": inf}],
)  # fmt: skip
def test_a_rule_that_contradicts_itself_is_refused_by_name(wrong):
    assert refused(cues={"scream": rule(**wrong)}).startswith("cues.scream")


def test_a_threshold_beyond_all_evidence_is_refused():
    assert "can never be met" in refused(cues={"scream": rule(cap=1.0)})


@pytest.mark.parametrize("cues", [{}, {"stress": rule(alone=False)}])
def test_without_any_cue_that_may_start_an_alarm_it_is_refused(cues):
    assert "can never be met" in refused(cues=cues)


def test_two_witnesses_may_start_one_and_a_single_one_may_not():
    witness = rule(alone=False, witness=True)
    assert Policy(cues={"voice": witness, "face": witness})
    assert "can never be met" in refused(cues={"voice": witness, "face": rule(alone=False)})
    assert "can never be met" in refused(cues={"voice": witness, "face": replace(witness, weight=0.0)})


@pytest.mark.parametrize("tiers", [(2,), (1, 3), (0, 1), (-1,)])
def test_a_tier_without_anybody_in_it_is_refused(tiers):
    contacts = tuple(Contact(f"c{tier}", (), tier) for tier in tiers)
    assert refused(contacts=contacts).startswith("contacts")


def test_several_people_may_share_a_tier():
    assert (
        Policy(contacts=tuple(Contact(name, (), tier) for name, tier in [("a", 1), ("b", 1), ("c", 2)])).tiers
        == 2
    )


def test_updates_fit_into_the_longest_silence():
    assert refused(update_s=700.0).startswith("silent_at_most_s")


@pytest.mark.parametrize("p", [0.001, 0.3, 0.5, 0.999])
def test_sigmoid_undoes_logit(p):
    assert sigmoid(logit(p)) == pytest.approx(p)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_log_odds_of_certainty_stay_finite(p):
    assert abs(logit(p)) < 14
