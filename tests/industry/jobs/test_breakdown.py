"""Latency breakdown, deadlines, retries and levels of risk."""

from datetime import timedelta

import pytest

from industry.kernels.catalogue.risk import is_stale, level
from industry.kernels.jobs.breakdown import deadline, split
from industry.kernels.jobs.retry import LAST_LOOK_S, MAX_SENDS, next_look_s
from tests.conftest import NOON


def test_the_parts_add_up_to_the_total():
    parts = split(network_ms=1.5, queue_ms=10.0, run_ms=6.0, inference_ms=0.5)
    assert parts.storage_ms == pytest.approx(5.5)
    assert parts.total_ms == pytest.approx(17.5)


@pytest.mark.parametrize("missing", ["network_ms", "queue_ms", "run_ms", "inference_ms"])
def test_a_missing_part_leaves_the_total_unknown(missing):
    known = {"network_ms": 1.0, "queue_ms": 1.0, "run_ms": 1.0, "inference_ms": 1.0}
    assert split(**{**known, missing: None}).total_ms is None


@pytest.mark.parametrize(
    ("total_ms", "budget_ms", "verdict"),
    [(20, 20, "met"), (20.1, 20, "missed"), (None, 20, "unknown"), (20, None, "unknown")],
)
def test_a_deadline_is_met_up_to_its_budget_and_never_guessed(total_ms, budget_ms, verdict):
    assert deadline(total_ms, budget_ms) == verdict


def test_a_queued_job_is_looked_after_ever_less_often():
    assert [next_look_s(sends) for sends in (1, 2, 3, 4)] == [15, 30, 60, 120]
    assert next_look_s(50) == LAST_LOOK_S


def test_the_sendings_of_one_job_span_about_an_hour_and_a_half():
    assert 3600 < sum(next_look_s(sends) for sends in range(1, MAX_SENDS + 1)) < 2 * 3600


@pytest.mark.parametrize(
    ("risk", "word"),
    [(None, "unknown"), (0.0, "normal"), (0.19, "normal"), (0.2, "elevated"), (0.5, "high"), (1, "high")],
)
def test_risk_is_high_from_the_threshold_on(risk, word):
    assert level(risk, 0.5) == word


def test_a_value_is_stale_after_its_time_and_a_missing_one_always_is():
    assert is_stale(None, NOON, 15)
    assert not is_stale(NOON - timedelta(seconds=15), NOON, 15)
    assert is_stale(NOON - timedelta(seconds=15.1), NOON, 15)
