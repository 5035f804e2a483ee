"""Where to put computing: maximal covering, least cost for a share, covered twice, and after any single failure.

Greedy answers at once with a bound on what it misses; local search finds a good plan soon; the mixed integer programme
proves the optimum. What a question and a plan are: `network.kernels.placement.covering`.

Source: R. Church, C. ReVelle, Papers Reg. Sci. Assoc. 32 (1974) 101-118 (maximal covering); G. L. Nemhauser,
L. A. Wolsey, M. L. Fisher, Math. Program. 14 (1978) 265-294 (the bound from gains).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse.csgraph import dijkstra

from network.kernels.placement import swaps
from network.kernels.placement.covering import (
    EPSILON,
    Goal,
    Question,
    Solution,
    grouped,
    plan_of,
    tighter,
    with_bound,
    worth,
    worth_in,
)
from network.kernels.placement.milp import Programme
from network.kernels.topology import topology
from network.kernels.topology.circle import NOWHERE
from network.kernels.topology.failures import TOLERANCE_MS, Kind
from network.kernels.topology.topology import Array, Flags, Indices, Weights

__all__ = ["EPSILON", "Goal", "Question", "Solution", "Tell", "preview", "prove", "surviving", "within", "worth"]

FIRST_SLICE_S = 20.0
MOST_ROUNDS = 60
FINEST_SHARE = 5e-4  # of the cost: plans nearer to each other are left to the programme


Tell = Callable[[Solution], bool]
"""Hears of the best plan so far and its gap, and answers whether to go on."""


def preview(question: Question) -> Solution:
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
        bound = tighter(question, bound, _bound_from_gains(question, chosen, spent))
    if question.goal.least_share is not None and worth(question, chosen) < question.wanted - EPSILON:
        most = worth(question, np.ones_like(chosen)) / question.weight.sum()
        raise ValueError(f"least_share: {question.goal.least_share} given; all candidates together reach {most:.4f}")
    return plan_of(question, chosen, bound)


def prove(question: Question, tell: Tell = lambda _: True, time_limit_s: float = 600.0) -> Solution:
    """Find the optimum and prove it by mixed integer programming.

    Args:
        question: what is asked.
        tell: hears of progress between slices of the search, each twice as long as the one before; False ends it.
        time_limit_s: after that much wall time the best plan so far is returned with its gap. [s]

    Raises:
        ValueError: the share asked for cannot be reached with all candidates.
    """
    best = preview(question)
    relaxed = Programme(question).relaxed()
    best = with_bound(question, best, relaxed.bound(question))
    if not best.is_proven:
        best = _improved(question, best)
    slice_s, used_s = min(FIRST_SLICE_S, time_limit_s), 0.0
    while not best.is_proven and used_s < time_limit_s and tell(best):
        best = Programme(question, relaxed.may_help(question, best)).better(best, slice_s)
        used_s += slice_s
        slice_s = min(2 * slice_s, time_limit_s - used_s)
    return best


def surviving(
    question: Question, fails: Callable[[Solution], Sequence[Flags]], solve: Callable[[Question], Solution] = prove
) -> Solution:
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
    return replace(plan_of(question, chosen, plan.bound), gap=np.inf)


def within(
    weights: Weights,
    demands: Sequence[int] | Indices,
    candidates: Sequence[int] | Indices,
    threshold_ms: float,
    without: tuple[Kind, int] | None = None,
) -> Flags:
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
    link, node = (index if kind is kind_of else NOWHERE for kind_of in (Kind.LINK, Kind.SITE))
    left = topology.without(weights, node, link)
    at, to = np.asarray(candidates, np.int64), np.asarray(demands, np.int64)
    cost_ms = dijkstra(left.graph, indices=at, limit=threshold_ms).reshape(len(at), -1)
    reaches = np.asarray((cost_ms[:, to] + weights.end_ms[to] <= threshold_ms + TOLERANCE_MS).T)
    if kind in (Kind.SITE, Kind.DATA_CENTRE):
        reaches[:, at == index] = False
    if kind is Kind.SITE:
        reaches[to == index] = False
    return reaches


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
    short = [state for state in question.states if worth_in(question, state, chosen) < wanted - EPSILON]
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
    order = order[gains[order] > 0]  # what adds nothing must not make the last step dearer
    gain, price = (
        np.concatenate([[0.0], np.cumsum(gains[order])]),
        np.concatenate([[0.0], np.cumsum(question.price[order])]),
    )
    if question.goal.least_share is not None:
        return float(np.interp(question.wanted - have, gain, price)) if question.wanted > have else 0.0
    return min(have + float(np.interp(question.limit, price, gain)), float(question.weight.sum()))


def _improved(question: Question, plan: Solution) -> Solution:
    """Search for a better plan by swaps where there is one state: a good plan early spares most of the proof."""
    if len(question.states) > 1 or question.times > 1:
        return plan
    reach, weight = grouped(question.states[0], question.weight, 1)
    if not len(weight):
        return plan
    ground = swaps.Ground(reach.toarray() > 0, weight, question.price, question.stands)
    chosen = np.zeros(len(question.cost), bool)
    chosen[list(plan.sites)] = True
    if question.goal.least_share is not None:
        step = 1.0 if np.all(question.cost == np.rint(question.cost)) else FINEST_SHARE * plan.cost
        cheapest = swaps.cheapest(ground, chosen, question.wanted - EPSILON, step)
        return with_bound(question, plan_of(question, cheapest, plan.bound), plan.bound)
    cheapest = swaps.widest(ground, chosen, question.limit)
    bound = plan.bound * float(question.weight.sum())
    better = worth(question, cheapest) > worth(question, chosen)
    return with_bound(question, plan_of(question, cheapest, bound), bound) if better else plan
