"""Judging promises: never a verdict without data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels.sla.sla import GRAVITY, Metric, State, judge, judge_counts, worst

LOST = float("nan")


@pytest.mark.parametrize(
    ("rtt_ms", "state"),
    [(3.9, State.AT_RISK), (4.1, State.BREACHED), (3.1, State.MET), (3.2, State.MET), (4.0, State.AT_RISK)],
)
def test_a_time_is_judged_against_its_objective_and_four_fifths_of_it(rtt_ms, state):
    assert judge([rtt_ms] * 30, Metric.RTT_P99, 4.0, 20).state is state


def test_too_few_samples_are_unknown_and_not_met():
    verdict = judge([1.0] * 19, Metric.RTT_P99, 4.0, 20)
    assert (verdict.state, verdict.value, verdict.samples) == (State.UNKNOWN, None, 19)
    assert judge([], Metric.AVAILABILITY, 0.99, 0).state is State.UNKNOWN


def test_a_lost_packet_is_no_round_trip_time_of_zero():
    assert judge([LOST] * 50, Metric.RTT_P99, 4.0, 20).state is State.UNKNOWN
    assert judge([LOST] * 25 + [5.0] * 25, Metric.RTT_P99, 4.0, 20).value == pytest.approx(5.0)


@pytest.mark.parametrize(("lost", "state"), [(0, State.MET), (2, State.AT_RISK), (3, State.BREACHED)])
def test_availability_uses_up_what_may_be_lost(lost, state):
    rounds = [1.0] * (24 - lost) + [LOST] * lost
    assert judge(rounds, Metric.AVAILABILITY, 0.9, 5).state is state


def test_exactly_the_allowed_loss_is_no_breach():
    assert judge_counts(100, 10, Metric.AVAILABILITY, 0.9, 5).state is State.AT_RISK
    assert judge_counts(100, 1, Metric.LOSS_SHARE, 0.01, 5).state is State.AT_RISK


def test_a_promise_of_no_loss_breaks_at_the_first():
    assert judge_counts(100, 0, Metric.LOSS_SHARE, 0.0, 5).state is State.MET
    assert judge_counts(100, 1, Metric.LOSS_SHARE, 0.0, 5).state is State.BREACHED


@pytest.mark.parametrize(
    ("metric", "objective"), [(Metric.RTT_P99, 0), (Metric.AVAILABILITY, 1.1), (Metric.LOSS_SHARE, -1)]
)
def test_an_objective_out_of_range_is_refused(metric, objective):
    with pytest.raises(ValueError, match="objective"):
        judge([1.0] * 30, metric, objective, 5)


@given(st.lists(st.floats(0.01, 100), min_size=20, max_size=60), st.floats(0.1, 50), st.floats(0.1, 50))
def test_slower_is_never_judged_better(times_ms, objective, extra_ms):
    before = judge(times_ms, Metric.RTT_P99, objective, 10)
    after = judge(np.array(times_ms) + extra_ms, Metric.RTT_P99, objective, 10)
    assert GRAVITY[after.state] >= GRAVITY[before.state]


def test_the_gravest_state_stands_for_a_site():
    assert worst([State.MET, State.BREACHED, State.UNKNOWN]) is State.BREACHED
    assert worst([State.MET, State.UNKNOWN]) is State.UNKNOWN
    assert worst([]) is State.UNKNOWN


def test_exactly_as_many_samples_as_are_wanted_are_enough():
    assert judge_counts(5, 0, Metric.AVAILABILITY, 0.9, 5).state is State.MET
    assert judge_counts(4, 0, Metric.AVAILABILITY, 0.9, 5).state is State.UNKNOWN
    assert judge([1.0] * 20, Metric.RTT_P99, 4.0, 20).state is State.MET
    assert (
        judge([1.0], Metric.RTT_P99, 4.0, 0).state is judge_counts(1, 0, Metric.LOSS_SHARE, 0.1, 0).state is State.MET
    )
    assert judge([1.0] * 4 + [LOST], Metric.AVAILABILITY, 0.7, 6).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("verdict", "value", "used_share", "samples"),
    [
        (judge([3.0] * 30, Metric.RTT_P99, 4.0, 20), 3.0, 0.75, 30),
        (judge_counts(100, 1, Metric.LOSS_SHARE, 0.04, 5), 0.01, 0.25, 100),
        (judge_counts(100, 2, Metric.AVAILABILITY, 0.95, 5), 0.98, 0.4, 100),
        (judge_counts(10, 0, Metric.AVAILABILITY, 1.0, 5), 1.0, 0.0, 10),
        (judge_counts(10, 1, Metric.LOSS_SHARE, 0.0, 5), 0.1, 1e6, 10),
    ],
)
def test_a_verdict_says_how_much_of_what_is_allowed_was_used_up_and_of_how_many(verdict, value, used_share, samples):
    assert verdict.value == pytest.approx(value)
    assert verdict.used_share == pytest.approx(used_share)
    assert verdict.samples == samples


@pytest.mark.parametrize(("at_risk_share", "state"), [(0.49, State.AT_RISK), (0.5, State.MET)])
def test_from_which_share_on_a_promise_is_at_risk_is_the_callers_to_say(at_risk_share, state):
    assert judge([2.0] * 30, Metric.RTT_P99, 4.0, 20, at_risk_share).state is state
    assert judge([1.0] * 99 + [LOST], Metric.LOSS_SHARE, 0.02, 20, at_risk_share).state is state
