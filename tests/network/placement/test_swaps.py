"""Covering by local search: what it finds keeps within the budget and is never worse than where it began."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.kernels.placement import placement, swaps
from network.kernels.placement.placement import Goal, Question
from network.kernels.placement.swaps import Ground


def ground(seed, demands=12, candidates=8, stays=0):
    rng = np.random.default_rng(seed)
    fixed = np.arange(candidates) < stays
    price = np.where(fixed, 0.0, rng.integers(1, 6, candidates).astype(float))
    return Ground(rng.random((demands, candidates)) < 0.35, rng.integers(1, 9, demands).astype(float), price, fixed)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 15), st.integers(0, 2))
def test_the_widest_choice_is_affordable_and_keeps_what_stays(seed, limit, stays):
    where = ground(seed, stays=stays)
    values = swaps.widest(where, where.stays.copy(), float(limit), steps=60)
    assert where.price[values].sum() <= limit + 1e-9
    assert np.all(values[where.stays])
    assert where.worth(values) >= where.worth(where.stays)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_the_cheapest_choice_still_reaches_what_is_wanted(seed):
    where = ground(seed)
    everyone = np.ones(8, bool)
    wanted = 0.8 * where.worth(everyone)
    cheapest = swaps.cheapest(where, everyone, wanted, 1.0)
    assert where.worth(cheapest) >= wanted
    assert where.price[cheapest].sum() <= where.price.sum()


def test_a_greedy_choice_is_swapped_for_the_best_one():
    # the first candidate reaches most alone, the other two together reach everybody
    reach = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1], [0, 1, 0], [0, 0, 1]], bool)
    where = Ground(reach, np.ones(6), np.ones(3), np.zeros(3, bool))
    greedy = np.array([True, True, False])
    assert where.worth(greedy) == 5
    assert swaps.widest(where, greedy, 2.0).tolist() == [False, True, True]


def test_too_dear_a_beginning_is_cut_down_to_the_limit():
    where = ground(3)
    values = swaps.widest(where, np.ones(8, bool), 4.0, steps=0)
    assert where.price[values].sum() <= 4.0


def test_without_money_only_what_stays_is_left():
    where = ground(5, stays=1)
    assert swaps.widest(where, np.ones(8, bool), 0.0).tolist() == where.stays.tolist()


@pytest.mark.parametrize("is_flat", [False, True])
def test_a_wide_city_for_a_share_is_proven_in_a_few_seconds(is_flat):
    rng = np.random.default_rng(1)
    homes, sites = rng.random((300, 2)), rng.random((60, 2))
    reach = np.hypot(*(homes[:, None] - sites[None]).transpose(2, 0, 1)) <= 0.25
    cost = np.ones(60) if is_flat else rng.integers(5, 15, 60).astype(float)
    question = Question((reach,), rng.integers(1, 100, 300).astype(float), cost, Goal(least_share=0.75))
    best = placement.prove(question)
    assert best.is_proven
    assert best.bound == pytest.approx(best.cost)
    assert best.cost <= placement.preview(question).cost
    assert best.share >= 0.75
