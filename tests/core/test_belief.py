"""Belief: what looks add, how they fade, when they suffice."""

from math import inf, log, nan

import pytest

from agent.core.belief import forget, hear, reasons, suspicious, weigh
from agent.core.events import Cue
from agent.core.policy import CueRule, Policy
from tests.core.story import POLICY, SCREAM, STRESS

CALM = weigh((), 0.0, POLICY)


def heard(*looks, policy=POLICY):
    """The belief after looks of (at, kind, probability)."""
    belief = weigh((), 0.0, policy)
    for at, kind, p in looks:
        belief = hear(belief, Cue(at, kind, p, f"{kind} {p}"), policy)
    return belief


def test_nothing_heard_is_the_prior():
    assert CALM.probability == pytest.approx(POLICY.prior)


def test_a_look_adds_its_weight_of_evidence():
    odds = (0.01 / 0.99) * (0.8 / 0.2) / (0.1 / 0.9)
    assert heard((0, "scream", 0.8)).probability == pytest.approx(odds / (1 + odds))


def test_a_look_that_heard_nothing_is_no_vote_for_calm():
    assert heard((0, "scream", 0.8), (0, "stress", 0.0)).probability == heard((0, "scream", 0.8)).probability


def test_kinds_are_added():
    both, one = heard((0, "scream", 0.8), (0, "stress", 0.9)), heard((0, "scream", 0.8))
    assert both.probability > one.probability


def test_looks_of_one_kind_are_not_added_the_strongest_counts():
    assert heard((0, "scream", 0.8), (0, "scream", 0.8)).probability == heard((0, "scream", 0.8)).probability


def test_the_order_of_kinds_changes_no_bit():
    looks = [(0, "scream", 0.83), (0, "stress", 0.91)]
    assert heard(*looks) == heard(*reversed(looks))


def test_a_share_halves_in_its_half_life():
    belief = heard((0, "scream", 0.9))
    before, after = belief.traces[0].faded(0.0, POLICY), belief.traces[0].faded(SCREAM.half_life_s, POLICY)
    assert after == pytest.approx(before / 2)


def test_belief_falls_back_to_the_prior_when_nothing_more_is_heard():
    belief, last = heard((0, "scream", 1.0), (0, "stress", 1.0)), 1.0
    for at in range(0, 700, 7):
        belief = weigh(belief.traces, float(at), POLICY)
        assert belief.probability <= last
        last = belief.probability
    assert belief == weigh((), belief.at, POLICY)


def test_no_share_exceeds_its_cap():
    assert CueRule(base_rate=0.1, hit=0.5, overwhelming=0.9, cap=3.0).share(1.0) == 3.0


def test_a_kind_without_a_rule_is_left_out():
    assert heard((0, "sneeze", 1.0)).probability == CALM.probability


def test_a_kind_that_the_policy_has_dropped_is_forgotten():
    without = Policy(cues={"scream": SCREAM})
    belief = heard((0, "scream", 0.9), (0, "stress", 0.9))
    assert [reason.cue for reason in reasons(belief, without)] == ["scream"]
    assert weigh(belief.traces, 0.0, without) == heard((0, "scream", 0.9), policy=without)


def test_reasons_come_heaviest_first_in_words_and_nats():
    first, second = reasons(heard((0, "stress", 0.9), (0, "scream", 0.9)), POLICY)
    assert (first.cue, first.text) == ("scream", "scream 0.9")
    assert first.share == pytest.approx(log(9) - log(1 / 9), abs=1e-3)
    assert second.share == pytest.approx(0.5 * (log(9) - log(0.25)), abs=1e-3)


def test_the_words_are_those_of_the_strongest_look_left():
    assert reasons(heard((0, "scream", 0.9), (1, "scream", 0.3)), POLICY)[0].text == "scream 0.9"


def test_a_faded_cue_is_no_reason():
    assert reasons(weigh(heard((0, "scream", 0.9)).traces, 60.0, POLICY), POLICY) == ()


def test_one_overwhelming_look_suffices():
    assert suspicious(heard((0, "scream", 0.97)), POLICY)


def test_one_strong_look_does_not():
    assert not suspicious(heard((0, "scream", 0.96)), POLICY)


def test_k_of_the_last_n_looks_suffice():
    assert suspicious(heard((0, "scream", 0.95), (0.5, "scream", 0.0), (1, "scream", 0.95)), POLICY)


def test_hits_longer_ago_than_n_looks_do_not_count():
    quiet = [(0.5 * i, "scream", 0.0) for i in range(1, POLICY.n)]
    assert not suspicious(heard((0, "scream", 0.95), *quiet, (2, "scream", 0.95)), POLICY)


def test_hits_before_a_long_silence_do_not_count():
    assert not suspicious(heard((0, "scream", 0.95), (3600, "scream", 0.95)), POLICY)


def test_two_agreeing_kinds_suffice():
    assert suspicious(heard((0, "stress", 0.9), (1, "scream", 0.9)), POLICY)


def test_a_sense_that_fell_silent_long_ago_agrees_with_nothing():
    assert not suspicious(heard((0, "stress", 0.9), (3600, "scream", 0.96)), POLICY)


def test_what_may_only_support_raises_nothing_alone():
    sure = Policy(cues={"scream": SCREAM, "stress": CueRule(0.1, 0.5, 0.6, alone=False)})
    assert not suspicious(heard(*[(i / 2, "stress", 1.0) for i in range(4)], policy=sure), sure)


def test_hits_below_the_threshold_raise_nothing():
    assert not suspicious(heard((0, "scream", 0.65), (0.5, "scream", 0.65)), POLICY)


def test_forgetting_leaves_the_prior_and_no_reason():
    belief = forget(heard((0, "scream", 1.0)), POLICY)
    assert belief == CALM


def test_late_looks_neither_crash_nor_grow():
    late = heard((10, "scream", 0.9), (4, "stress", 0.9))
    assert late.probability <= heard((4, "scream", 0.9), (4, "stress", 0.9)).probability


@pytest.mark.parametrize("p", [nan, inf, -inf])
def test_a_share_is_a_number_for_the_worst_input(p):
    assert 0 <= STRESS.share(p if p == p else 0.5) <= STRESS.cap


WITNESS = CueRule(0.2, 0.8, 1.0, alone=False, witness=True)
FOUR = Policy(prior=0.1, cues={"scream": SCREAM, "stress": STRESS, "voice": WITNESS, "face": WITNESS})


def test_a_witness_raises_nothing_alone_however_long_it_goes_on():
    assert not suspicious(heard(*[(i / 2, "voice", 1.0) for i in range(9)], policy=FOUR), FOUR)


@pytest.mark.parametrize("other", ["face", "scream"])
def test_a_witness_that_another_one_agrees_with_raises_an_alarm(other):
    assert suspicious(heard((0, "voice", 0.9), (1, other, 0.9), policy=FOUR), FOUR)


def test_a_witness_and_stress_are_not_enough():
    assert not suspicious(heard((0, "voice", 1.0), (1, "stress", 1.0), policy=FOUR), FOUR)


def test_a_witness_that_is_no_hit_agrees_with_nothing():
    assert not suspicious(heard((0, "voice", 0.9), (1, "face", 0.79), policy=FOUR), FOUR)
