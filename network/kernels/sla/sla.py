"""Judging a service level objective from samples: met, at risk, breached, or unknown. Never a verdict without data."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

AT_RISK_SHARE = 0.8
P99 = 0.99
MOST_USED_SHARE = 1e6  # what "beyond all measure" is stored as


class Metric(StrEnum):
    """What is promised."""

    RTT_P99 = "rtt_p99"  # objective: at most so many milliseconds
    LOSS_SHARE = "loss_share"  # objective: at most this share of packets lost
    AVAILABILITY = "availability"  # objective: at least this share of rounds answered
    JITTER = "jitter"  # objective: round trips at most so many milliseconds above the shortest of their minute
    COVERAGE = "coverage"  # objective: at least this share covered
    DEADLINE = "deadline"  # objective: at least this share answered in time

    @property
    def label(self) -> str:
        """What names of agreements call it."""
        return _LABELS[self]


_LABELS = {
    Metric.RTT_P99: "round trip",
    Metric.LOSS_SHARE: "packet loss",
    Metric.AVAILABILITY: "availability",
    Metric.JITTER: "jitter",
    Metric.COVERAGE: "coverage",
    Metric.DEADLINE: "answers in time",
}

ROUND_METRICS = (Metric.RTT_P99, Metric.LOSS_SHARE, Metric.AVAILABILITY)
"""What every round of packets is judged by, over a short window."""


class State(StrEnum):
    """How a promise stands."""

    MET = "met"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    UNKNOWN = "unknown"


GRAVITY = {State.MET: 0, State.UNKNOWN: 1, State.AT_RISK: 2, State.BREACHED: 3}


@dataclass(frozen=True)
class Verdict:
    """A judgement, the value it rests on (None: unknown), the share of the objective used up, and from how much."""

    state: State
    value: float | None
    used_share: float | None
    samples: int


def judge(
    samples: ArrayLike, metric: Metric, objective: float, min_samples: int, at_risk_share: float = AT_RISK_SHARE
) -> Verdict:
    """Judge the samples of one window.

    Args:
        samples: round-trip times, NaN for what was lost: packets, or whole rounds for availability. [ms]
        metric: what is promised.
        objective: its limit: milliseconds, or a share 0 to 1.
        min_samples: with fewer samples (for `RTT_P99`: fewer answered ones) the verdict is unknown.
        at_risk_share: above this share of the objective's allowance the promise is at risk.

    Returns:
        The verdict. A lost packet counts as lost, never as a round-trip time of 0.

    Raises:
        ValueError: the objective is outside its range.
    """
    times_ms = np.asarray(samples, float)
    answered_ms = times_ms[np.isfinite(times_ms)]
    if metric is Metric.RTT_P99:
        p99_ms = float(np.quantile(answered_ms, P99)) if len(answered_ms) else np.nan
        return judge_quantile(p99_ms, len(answered_ms), objective, min_samples, at_risk_share)
    return judge_counts(len(times_ms), len(times_ms) - len(answered_ms), metric, objective, min_samples, at_risk_share)


def judge_quantile(
    p99_ms: float, count: int, objective: float, min_samples: int, at_risk_share: float = AT_RISK_SHARE
) -> Verdict:
    """Judge a round-trip time by the 99th percentile of so many answered packets; otherwise as `judge`."""
    if count < max(min_samples, 1):
        return Verdict(State.UNKNOWN, None, None, count)
    return verdict(Metric.RTT_P99, p99_ms, objective, count, at_risk_share)


def judge_counts(
    count: int,
    lost: int,
    metric: Metric,
    objective: float,
    min_samples: int,
    at_risk_share: float = AT_RISK_SHARE,
) -> Verdict:
    """Judge loss or availability from counts of packets or rounds; otherwise as `judge`."""
    if count < max(min_samples, 1):
        return Verdict(State.UNKNOWN, None, None, count)
    lost_share = lost / count
    value = lost_share if metric is Metric.LOSS_SHARE else 1 - lost_share
    return verdict(metric, value, objective, count, at_risk_share)


def verdict(
    metric: Metric, value: float, objective: float, count: int, at_risk_share: float = AT_RISK_SHARE
) -> Verdict:
    """Compare a value with its objective."""
    used = _used_share(metric, value, objective)
    state = State.MET if used <= at_risk_share else State.AT_RISK if used <= 1 else State.BREACHED
    return Verdict(state, value, min(used, MOST_USED_SHARE), count)


def worst(states: list[State]) -> State:
    """Return the gravest state: breached, at risk, unknown, met. Of nothing it is unknown."""
    return max(states, key=GRAVITY.__getitem__, default=State.UNKNOWN)


def _used_share(metric: Metric, value: float, objective: float) -> float:
    if metric is Metric.RTT_P99 and not objective > 0:
        raise ValueError(f"objective is {objective}; expected above 0 ms")
    if metric is not Metric.RTT_P99 and not 0 <= objective <= 1:
        raise ValueError(f"objective is {objective}; expected a share, 0 to 1")
    if metric is Metric.AVAILABILITY:
        value, objective = 1 - value, 1 - objective
    if objective == 0:
        return 0.0 if value == 0 else np.inf
    return round(value / objective, 9)  # so that exactly the objective is not a breach by a rounding error
