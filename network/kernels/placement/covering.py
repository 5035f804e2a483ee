"""The question of where to put computing, and what a plan is worth.

A question holds states of the network: as it is, and perhaps with one thing failed. In each, a demand is inside when
enough chosen candidates reach it; a plan is worth what its worst state is.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from network.kernels.topology.topology import Array, Flags

EPSILON = 1e-6


@dataclass(frozen=True)
class Goal:
    """What is asked for: the most weight inside with so many sites or so much money, or a share at least cost."""

    most_sites: int | None = None
    most_cost: float | None = None
    least_share: float | None = None

    def __post_init__(self) -> None:
        if sum(aim is not None for aim in (self.most_sites, self.most_cost, self.least_share)) != 1:
            raise ValueError("goal: expected exactly one of most_sites, most_cost, least_share")
        if self.least_share is not None and not 0 < self.least_share <= 1:
            raise ValueError(f"least_share: {self.least_share} given; expected above 0, at most 1")
        limit = self.most_sites if self.most_sites is not None else self.most_cost
        if limit is not None and not 0 <= limit < np.inf:
            raise ValueError(f"most_sites or most_cost: {limit} given; expected 0 or more")


@dataclass(frozen=True)
class Question:
    """Who can be reached from where, and what it is worth and costs. Sites that stand already come free and stay."""

    states: tuple[Flags, ...]  # each of shape (demands, candidates)
    weight: Array
    cost: Array
    goal: Goal
    times: int = 1  # how many chosen candidates must reach a demand
    stands: Flags = field(default_factory=lambda: np.zeros(0, bool))

    def __post_init__(self) -> None:
        shape = (len(self.weight), len(self.cost))
        if not self.states or any(state.shape != shape for state in self.states):
            raise ValueError(f"states: shapes {[state.shape for state in self.states]} given; expected {shape}")
        if not (np.all(np.isfinite(self.weight) & (self.weight >= 0)) and self.weight.sum() > 0):
            raise ValueError("weight: expected 0 or more, and something to count")
        if not np.all(np.isfinite(self.cost) & (self.cost > 0)):
            raise ValueError("cost: a value of 0 or less, or without end given; expected above 0")
        if self.times not in (1, 2):
            raise ValueError(f"times: {self.times} given; expected 1 or 2")
        if not len(self.stands):
            object.__setattr__(self, "stands", np.zeros(shape[1], bool))

    @property
    def price(self) -> Array:
        """Cost of every candidate; nil for those that stand, one each where sites are counted."""
        each = np.ones_like(self.cost) if self.goal.most_sites is not None else self.cost
        return np.where(self.stands, 0.0, each)

    @property
    def limit(self) -> float:
        """What may be spent in units of `price`."""
        goal = self.goal
        return float(
            goal.most_sites if goal.most_sites is not None else np.inf if goal.most_cost is None else goal.most_cost
        )

    @property
    def wanted(self) -> float:
        """The weight that must be inside."""
        return (self.goal.least_share or 0.0) * float(self.weight.sum())


@dataclass(frozen=True)
class Solution:
    """Chosen candidates, what they reach in the worst state, and how much better any choice could be."""

    sites: tuple[int, ...]
    share: float
    cost: float  # of the sites that do not stand yet
    bound: float  # no plan has a larger share; where a share is asked for: none costs less
    gap: float  # relative, 0 when proven

    @property
    def is_proven(self) -> bool:
        """Whether no choice is better."""
        return self.gap <= EPSILON


def worth(question: Question, chosen: Flags) -> float:
    """Return the weight inside in the worst state."""
    return min(worth_in(question, state, chosen) for state in question.states)


def worth_in(question: Question, state: Flags, chosen: Flags) -> float:
    """Return the weight inside in one state."""
    return float(question.weight[state[:, chosen].sum(axis=1) >= question.times].sum())


def tighter(question: Question, first: float, other: float) -> float:
    """Return the one of two bounds that says more."""
    return max(first, other) if question.goal.least_share is not None else min(first, other)


def plan_of(question: Question, chosen: Flags, bound: float) -> Solution:
    """Return a choice as a plan, with a bound in units of cost or weight."""
    value, cost = worth(question, chosen), float(np.where(question.stands, 0.0, question.cost)[chosen].sum())
    total = float(question.weight.sum())
    if question.goal.least_share is not None:
        gap = 0.0 if cost <= 0 else max(cost - bound, 0.0) / cost
        return Solution(tuple(np.flatnonzero(chosen).tolist()), value / total, cost, min(bound, cost), gap)
    bound = max(bound, value)
    gap = 0.0 if bound <= 0 else (bound - value) / bound
    return Solution(tuple(np.flatnonzero(chosen).tolist()), value / total, cost, bound / total, gap)


def with_bound(question: Question, plan: Solution, bound: float) -> Solution:
    """Return the plan with a bound if it is tighter; whole weights (or costs) make it whole."""
    known = plan.bound * (1.0 if question.goal.least_share is not None else float(question.weight.sum()))
    chosen = np.zeros(len(question.cost), bool)
    chosen[list(plan.sites)] = True
    return plan_of(question, chosen, tighter(question, known, rounded(question, bound)))


def rounded(question: Question, bound: float) -> float:
    """Return a bound made whole where costs or weights are."""
    is_least = question.goal.least_share is not None
    unit = question.cost if is_least else question.weight
    if not np.all(unit == np.rint(unit)):
        return bound
    return float(np.ceil(bound - 1e-4) if is_least else np.floor(bound + 1e-4))


def grouped(state: Flags, weight: Array, times: int) -> tuple[csr_array, Array]:
    """Merge demands that the same candidates reach, and drop those that too few reach."""
    counts = (state.sum(axis=1) >= times) & (weight > 0)
    if not counts.any():
        return csr_array((0, state.shape[1])), np.zeros(0)
    _, first, group = np.unique(np.packbits(state[counts], axis=1), axis=0, return_index=True, return_inverse=True)
    return csr_array(state[counts][first]), np.bincount(group.ravel(), weight[counts]).astype(float)
