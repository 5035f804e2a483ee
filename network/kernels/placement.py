"""Where to put computing: maximal covering, least cost for a share, covered twice, and after any single failure.

A question holds states of the network: as it is, and perhaps with one thing failed. In each, a demand is inside when
enough chosen candidates reach it; a plan is worth what its worst state is. Greedy answers at once with a bound on what
it misses, the mixed integer programme proves the optimum.

Source: R. Church, C. ReVelle, Papers Reg. Sci. Assoc. 32 (1974) 101-118 (maximal covering); G. L. Nemhauser,
L. A. Wolsey, M. L. Fisher, Math. Program. 14 (1978) 265-294 (the bound from gains); HiGHS through scipy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import block_array, csr_array, eye_array, vstack
from scipy.sparse.csgraph import dijkstra

from network.kernels import median, topology
from network.kernels.circle import NOWHERE
from network.kernels.failures import TOLERANCE_MS, Kind
from network.kernels.topology import Array, Flags, Indices, Weights

EPSILON = 1e-6
FIRST_SLICE_S = 60.0
RESTARTS = 12
MOST_ROUNDS = 60


@dataclass(frozen=True)
class Goal:
    """What is asked for: the most weight inside with so many sites or so much money, or a share at least cost."""

    most_sites: int | None = None
    most_cost: float | None = None
    least_share: float | None = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.most_sites, self.most_cost, self.least_share)) != 1:
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
class Plan:
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


Tell = Callable[[Plan], bool]
"""Hears of the best plan so far and its gap, and answers whether to go on."""


def preview(question: Question) -> Plan:
    """Choose greedily, at once, and say how far from the optimum that can be.

    Returns:
        The plan with a bound from the gains left at every step.

    Raises:
        ValueError: the share asked for cannot be reached with all candidates.
    """
    chosen, spent = question.stands.copy(), 0.0
    bound = _bound_from_gains(question, chosen, spent)
    while (following := _next_site(question, chosen, spent)) is not None:
        chosen[following] = True
        spent += float(question.price[following])
        bound = _tighter(question, bound, _bound_from_gains(question, chosen, spent))
    if question.goal.least_share is not None and worth(question, chosen) < question.wanted - EPSILON:
        most = worth(question, np.ones_like(chosen)) / question.weight.sum()
        raise ValueError(f"least_share: {question.goal.least_share} given; all candidates together reach {most:.4f}")
    return _plan(question, chosen, bound)


def prove(question: Question, tell: Tell = lambda _: True, time_limit_s: float = 600.0) -> Plan:
    """Find the optimum and prove it by mixed integer programming.

    Args:
        question: what is asked.
        tell: hears of progress between slices of the search, each twice as long as the one before; False ends it.
        time_limit_s: after that much wall time the best plan so far is returned with its gap. [s]

    Raises:
        ValueError: the share asked for cannot be reached with all candidates.
    """
    best = _improved(question, preview(question))
    programme = _Programme(question)
    best = _with_bound(question, best, programme.relaxed())
    slice_s, used_s = min(FIRST_SLICE_S, time_limit_s), 0.0
    while not best.is_proven and used_s < time_limit_s and tell(best):
        best = programme.sharpened(best, slice_s)
        used_s += slice_s
        slice_s = min(2 * slice_s, time_limit_s - used_s)
    return best


def surviving(
    question: Question, fails: Callable[[Plan], Sequence[Flags]], solve: Callable[[Question], Plan] = prove
) -> Plan:
    """Find a plan that holds after any single failure: states are added only where a plan would fail in them.

    Args:
        question: what is asked, with the network as it is as the only state.
        fails: answers with states in which a plan does worse than it claims, nothing when there is none.
        solve: `prove`, or `preview` at once.

    Returns:
        The plan; proven when its last solution was and no failure contradicts it.
    """
    for _ in range(MOST_ROUNDS):
        plan = solve(question)
        states = fails(plan)
        if not states:
            return plan
        question = replace(question, states=(*question.states, *states))
    chosen = np.zeros(len(question.cost), bool)
    chosen[list(plan.sites)] = True
    return replace(_plan(question, chosen, plan.bound), gap=np.inf)


def worth(question: Question, chosen: Flags) -> float:
    """Return the weight inside in the worst state."""
    return min(_worth_in(question, state, chosen) for state in question.states)


def within(
    weights: Weights, demands: Sequence[int] | Indices, candidates: Sequence[int] | Indices, threshold_ms: float,
    without: tuple[Kind, int] | None = None,
) -> Flags:  # fmt: skip
    """Return which demands each candidate reaches within a threshold, perhaps with one thing failed.

    Args:
        weights: what the network costs under one definition.
        demands: nodes to be inside.
        candidates: nodes where computing may be put.
        threshold_ms: largest cost. [ms]
        without: a link, site or data centre that has failed, and its number.

    Returns:
        Flags of shape (demands, candidates).
    """
    kind, index = without or (None, NOWHERE)
    link, node = (index if kind is one else NOWHERE for one in (Kind.LINK, Kind.SITE))
    left = topology.without(weights, node, link)
    at, to = np.asarray(candidates, np.int64), np.asarray(demands, np.int64)
    cost_ms = dijkstra(left.graph, indices=at, limit=threshold_ms).reshape(len(at), -1)
    reaches = np.asarray((cost_ms[:, to] + weights.end_ms[to] <= threshold_ms + TOLERANCE_MS).T)
    if kind in (Kind.SITE, Kind.DATA_CENTRE):
        reaches[:, at == index] = False
    if kind is Kind.SITE:
        reaches[to == index] = False
    return reaches


def _worth_in(question: Question, state: Flags, chosen: Flags) -> float:
    return float(question.weight[state[:, chosen].sum(axis=1) >= question.times].sum())


def _gains(question: Question, state: Flags, chosen: Flags) -> tuple[float, Array]:
    """Return the potential (weight times the part of the wanted times that it is reached) and every site's gain."""
    missing = np.maximum(question.times - state[:, chosen].sum(axis=1), 0)
    unit = question.weight / question.times
    gains = (unit * (missing > 0)) @ state
    return float(question.weight.sum() - unit @ missing), np.where(chosen, 0.0, gains)


def _next_site(question: Question, chosen: Flags, spent: float) -> int | None:
    """Return the affordable candidate with the best gain for its price, over all states that still want something."""
    wanted = question.wanted if question.goal.least_share is not None else np.inf
    if worth(question, chosen) >= wanted - EPSILON:
        return None
    short = [state for state in question.states if _worth_in(question, state, chosen) < wanted - EPSILON]
    gain = np.sum([_gains(question, state, chosen)[1] for state in short], axis=0)
    fits = ~chosen & (question.price <= question.limit - spent + EPSILON) & (gain > 0)
    return int(np.argmax(np.where(fits, gain / np.maximum(question.price, EPSILON), -1.0))) if fits.any() else None


def _bound_from_gains(question: Question, chosen: Flags, spent: float) -> float:
    """Return what no plan can beat: gains only shrink, so the best of them, bought in part even, bound every plan."""
    bounds = [_bound_in(question, state, chosen) for state in question.states]
    return max(bounds) if question.goal.least_share is not None else min(bounds)


def _bound_in(question: Question, state: Flags, chosen: Flags) -> float:
    have, gains = _gains(question, state, chosen)
    order = np.argsort(-gains / np.maximum(question.price, EPSILON), kind="stable")
    gain, price = (
        np.concatenate([[0.0], np.cumsum(gains[order])]),
        np.concatenate([[0.0], np.cumsum(question.price[order])]),
    )
    if question.goal.least_share is not None:
        return float(np.interp(question.wanted - have, gain, price)) if question.wanted > have else 0.0
    return min(have + float(np.interp(question.limit, price, gain)), float(question.weight.sum()))


def _tighter(question: Question, one: float, other: float) -> float:
    return max(one, other) if question.goal.least_share is not None else min(one, other)


def _plan(question: Question, chosen: Flags, bound: float) -> Plan:
    value, cost = worth(question, chosen), float(np.where(question.stands, 0.0, question.cost)[chosen].sum())
    total = float(question.weight.sum())
    if question.goal.least_share is not None:
        gap = 0.0 if cost <= 0 else max(cost - bound, 0.0) / cost
        return Plan(tuple(np.flatnonzero(chosen).tolist()), value / total, cost, min(bound, cost), gap)
    bound = max(bound, value)
    gap = 0.0 if bound <= 0 else (bound - value) / bound
    return Plan(tuple(np.flatnonzero(chosen).tolist()), value / total, cost, bound / total, gap)


def _with_bound(question: Question, plan: Plan, bound: float) -> Plan:
    """Return the plan with a bound if it is tighter; whole weights (or costs) make it whole."""
    known = plan.bound * (1.0 if question.goal.least_share is not None else float(question.weight.sum()))
    chosen = np.zeros(len(question.cost), bool)
    chosen[list(plan.sites)] = True
    return _plan(question, chosen, _tighter(question, known, _rounded(question, bound)))


def _rounded(question: Question, bound: float) -> float:
    is_least = question.goal.least_share is not None
    unit = question.cost if is_least else question.weight
    if not np.all(unit == np.rint(unit)):
        return bound
    return float(np.ceil(bound - 1e-4) if is_least else np.floor(bound + 1e-4))


def _improved(question: Question, plan: Plan) -> Plan:
    """Swap sites from several starts where sites are only counted: a good plan early spares most of the proof."""
    count = question.goal.most_sites
    if not count or len(question.states) > 1 or question.times > 1 or question.stands.any():
        return plan
    count, rng = min(count, len(question.cost)), np.random.default_rng(0)
    outside = question.weight[:, None] * ~question.states[0]
    starts = [list(plan.sites)] if len(plan.sites) == count else []
    starts += [rng.choice(len(question.cost), count, replace=False).tolist() for _ in range(RESTARTS)]
    sites, missed = min((median.exchange(outside, start) for start in starts), key=lambda found: found[1])
    chosen = np.zeros(len(question.cost), bool)
    chosen[sites] = True
    better = missed < question.weight.sum() * (1 - plan.share) - EPSILON
    return _plan(question, chosen, plan.bound * float(question.weight.sum())) if better else plan


class _Programme:
    """The mixed integer programme: y chooses sites, z says who is inside in each state, the last is the worst state."""

    def __init__(self, question: Question) -> None:
        self.question = question
        groups = [_grouped(state, question.weight, question.times) for state in question.states]
        self._count, self._inside = len(question.cost), sum(len(weight) for _, weight in groups)
        reach = vstack([state for state, _ in groups]).astype(float)
        edge = eye_array(self._inside, format="csr") * question.times
        served = block_array([[-reach, edge, csr_array((self._inside, 1))]], format="csr")
        worths = self._worths([weight for _, weight in groups])
        spent = csr_array(np.concatenate([question.price, np.zeros(self._inside + 1)])[None])
        self._rows = vstack([served, worths, spent], format="csr")
        self._most = np.concatenate([np.zeros(self._inside + len(groups)), [min(question.limit, question.price.sum())]])
        self._is_least = question.goal.least_share is not None
        self._aim = self._aimed([weight for _, weight in groups])

    def _aimed(self, weights: list[Array]) -> Array:
        """Return what to minimise: the cost, or less the worth of the only state, or less that of the worst."""
        aim = np.zeros(self._count + self._inside + 1)
        if self._is_least:
            aim[: self._count] = self.question.price
        elif len(weights) == 1:
            aim[self._count : -1] = -weights[0]  # solves sooner than by way of the last variable
        else:
            aim[-1] = -1.0
        return aim

    def _worths(self, weights: list[Array]) -> csr_array:
        """Return one row per state: the worst state's worth is no more than this state's."""
        rows = np.zeros((len(weights), self._count + self._inside + 1))
        start = self._count
        for row, weight in zip(rows, weights, strict=True):
            row[start : start + len(weight)] = -weight
            start += len(weight)
        rows[:, -1] = 1.0
        return csr_array(rows)

    def relaxed(self) -> float:
        """Return the bound of the linear relaxation."""
        lower, upper = self._bounds()
        found = linprog(self._aim, self._rows, self._most, bounds=np.stack([lower, upper], axis=1), method="highs")
        return self._as_bound(float(found.fun)) if found.status == 0 else self._as_bound(-np.inf)

    def sharpened(self, best: Plan, time_s: float) -> Plan:
        """Search on for so long among plans at least as good as the best; return the better one with its bound."""
        question, lower_upper = self.question, self._bounds(best)
        is_whole = np.zeros(len(self._aim))
        is_whole[: self._count + (self._inside if question.times > 1 else 0)] = 1
        found = milp(
            self._aim, integrality=is_whole, bounds=Bounds(*lower_upper),
            constraints=LinearConstraint(self._rows, -np.inf, self._most),
            options={"time_limit": time_s, "mip_rel_gap": self._spare(best)},
        )  # fmt: skip
        return self._read(found, best)

    def _spare(self, best: Plan) -> float:
        """Return the relative gap below which whole numbers cannot differ; nil for others."""
        unit = self.question.cost if self._is_least else self.question.weight
        value = best.cost if self._is_least else best.share * float(self.question.weight.sum())
        return 0.9 / max(value, 1.0) if np.all(unit == np.rint(unit)) else 0.0

    def _read(self, found: OptimizeResult, best: Plan) -> Plan:
        question = self.question
        if found.x is not None:
            chosen = found.x[: self._count] > 0.5
            plan = _plan(question, chosen | question.stands, self._as_bound(-np.inf))
            enough = plan.share * question.weight.sum() >= question.wanted - EPSILON
            is_better = (
                (plan.cost, -plan.share) < (best.cost, -best.share) if self._is_least else plan.share > best.share
            )
            best = replace(plan, bound=best.bound) if enough and is_better else best
        bound = -np.inf if found.mip_dual_bound is None else float(found.mip_dual_bound)
        return _with_bound(question, best, self._as_bound(bound))

    def _as_bound(self, aim: float) -> float:
        return max(aim, 0.0) if self._is_least else min(-aim, float(self.question.weight.sum()))

    def _bounds(self, best: Plan | None = None) -> tuple[Array, Array]:
        """Return the least and largest value of every variable; the best plan known is the least that is wanted."""
        question, total = self.question, float(self.question.weight.sum())
        wanted = question.wanted - EPSILON if self._is_least else best.share * total - EPSILON if best else 0.0
        lower = np.concatenate([question.stands.astype(float), np.zeros(self._inside), [wanted]])
        return lower, np.concatenate([np.ones(self._count + self._inside), [total]])


def _grouped(state: Flags, weight: Array, times: int) -> tuple[csr_array, Array]:
    """Merge demands that the same candidates reach, and drop those that too few reach."""
    counts = (state.sum(axis=1) >= times) & (weight > 0)
    if not counts.any():
        return csr_array((0, state.shape[1])), np.zeros(0)
    _, first, group = np.unique(np.packbits(state[counts], axis=1), axis=0, return_index=True, return_inverse=True)
    return csr_array(state[counts][first]), np.bincount(group.ravel(), weight[counts]).astype(float)
