"""Where to put computing, against trying every choice."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.kernels.placement import placement
from network.kernels.placement.placement import Goal, Question
from network.kernels.topology import failures, topology
from network.kernels.topology.failures import Kind


@st.composite
def questions(draw):
    """A small question of any kind: one or two states, covered once or twice, some sites standing."""
    demands, candidates = draw(st.integers(1, 7)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    states = tuple(rng.random((demands, candidates)) < 0.45 for _ in range(draw(st.integers(1, 2))))
    goal = draw(
        st.one_of(
            st.integers(0, 4).map(lambda count: Goal(most_sites=count)),
            st.integers(0, 14).map(lambda cost: Goal(most_cost=float(cost))),
            st.sampled_from([0.3, 0.5, 0.75, 1.0]).map(lambda share: Goal(least_share=share)),
        )
    )
    return Question(
        states, rng.integers(1, 9, demands).astype(float), rng.integers(1, 6, candidates).astype(float), goal,
        draw(st.sampled_from([1, 2])), rng.random(candidates) < 0.2,
    )  # fmt: skip


def by_trying(question):
    """The best value of every choice: the largest share, or the least cost; None when nothing is enough."""
    free = np.flatnonzero(~question.stands)
    best = None
    for size in range(len(free) + 1):
        for sites in combinations(free.tolist(), size):
            chosen = question.stands.copy()
            chosen[list(sites)] = True
            covered = [question.weight[s[:, chosen].sum(axis=1) >= question.times].sum() for s in question.states]
            share, cost, goal = min(covered) / question.weight.sum(), question.cost[list(sites)].sum(), question.goal
            if goal.least_share is not None:
                if share >= goal.least_share - 1e-9:
                    best = cost if best is None else min(best, cost)
            elif size <= (goal.most_sites if goal.most_sites is not None else size) and (
                goal.most_cost is None or cost <= goal.most_cost
            ):
                best = share if best is None else max(best, share)
    return best


@settings(max_examples=120, deadline=None)
@given(questions())
def test_the_proven_plan_is_the_best_of_all_choices(question):
    expected = by_trying(question)
    if expected is None:
        with pytest.raises(ValueError, match="all candidates together reach"):
            placement.prove(question)
        return
    plan = placement.prove(question)
    cost = plan.cost if question.goal.least_share is not None else plan.share
    assert cost == pytest.approx(expected, abs=1e-6)
    assert plan.bound == pytest.approx(expected, abs=1e-6)
    assert plan.is_proven
    assert set(np.flatnonzero(question.stands)) <= set(plan.sites)


@settings(max_examples=200, deadline=None)
@given(questions())
def test_the_preview_is_a_valid_plan_whose_bound_holds(question):
    expected = by_trying(question)
    if expected is None:
        with pytest.raises(ValueError, match="all candidates together reach"):
            placement.preview(question)
        return
    plan = placement.preview(question)
    if question.goal.least_share is not None:
        assert plan.bound - 1e-6 <= expected <= plan.cost + 1e-6
        assert plan.share >= question.goal.least_share - 1e-6
    else:
        assert plan.share - 1e-6 <= expected <= plan.bound + 1e-6
        assert np.sum(question.price[list(plan.sites)]) <= question.limit + 1e-6


def test_a_candidate_that_reaches_nobody_does_not_raise_the_bound():
    reach = np.array([[True, False, True], [True, False, False]])
    question = Question((reach,), np.ones(2), np.array([4.0, 1.0, 5.0]), Goal(least_share=1.0))
    plan = placement.preview(question)
    assert (plan.cost, plan.bound) == (4.0, 4.0)


def plane(demands, candidates, reach, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.random((demands, 2)), rng.random((candidates, 2))
    state = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)) <= reach
    return state, rng.integers(1, 100, demands).astype(float), rng.integers(5, 15, candidates).astype(float)


@pytest.mark.parametrize("goal", [Goal(most_sites=10), Goal(most_cost=80.0), Goal(least_share=0.75)])
def test_a_city_sized_question_is_proven(goal):
    state, weight, cost = plane(400, 60, 0.15, 4)
    question = Question((state,), weight, cost, goal)
    first, best = placement.preview(question), placement.prove(question)
    assert best.is_proven
    assert first.gap >= 0
    if goal.least_share is not None:
        assert first.bound - 1e-6 <= best.cost <= first.cost
    else:
        assert first.share <= best.share <= first.bound + 1e-9


def test_progress_is_told_and_a_search_can_be_ended():
    state, weight, cost = plane(300, 60, 0.2, 1)
    progress = []

    def stop(plan):
        progress.append(plan)
        return False

    question = Question((state,), weight, cost, Goal(most_cost=61.0))
    plan = placement.prove(question, stop)
    assert progress == [plan]
    assert plan.share <= placement.prove(question).share <= plan.bound + 1e-9


def ring_question(share):
    """Six nodes on a ring; any may hold computing; each reaches its neighbours and no further."""
    ends = np.array([(n, (n + 1) % 6) for n in range(6)])
    weights = topology.arcs(ends, np.zeros(6), np.full(6, 0.9), np.zeros(6))
    state = placement.within(weights, range(6), range(6), 1.0)
    return weights, Question((state,), np.ones(6), np.ones(6), Goal(least_share=share))


def test_two_sites_cover_a_ring_of_six_and_more_are_needed_after_any_failure():
    weights, question = ring_question(5 / 6)
    assert placement.prove(question).cost == 2

    def fails(plan):
        losses = failures.survey(weights, plan.sites, np.ones(6), 1.0).losses
        below = [(loss.kind, loss.index) for loss in losses if loss.share < 5 / 6 - 1e-9]
        return [placement.within(weights, range(6), range(6), 1.0, pair) for pair in below[:1]]

    plan = placement.surviving(question, fails)
    assert plan.is_proven
    first = placement.surviving(question, fails, placement.preview)
    assert first.bound <= plan.cost <= first.cost
    expected = min(
        size
        for size in range(1, 7)
        for sites in combinations(range(6), size)
        if failures.survey(weights, sites, np.ones(6), 1.0).share_after_worst >= 5 / 6 - 1e-9
    )
    assert plan.cost == expected


@pytest.mark.parametrize("without", [None, (Kind.LINK, 0), (Kind.SITE, 1), (Kind.DATA_CENTRE, 1)])
def test_reach_without_something_is_what_a_survey_of_one_centre_says(without):
    weights, _ = ring_question(1.0)
    values = placement.within(weights, range(6), range(6), 1.0, without)
    for centre in range(6):
        survey = failures.survey(weights, [centre], np.ones(6), 1.0)
        lost = {number for loss in survey.losses if (loss.kind, loss.index) == without for number in loss.lost}
        assert set(np.flatnonzero(values[:, centre])) == set(np.flatnonzero(survey.inside)) - lost


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight": np.zeros(2)}, "something to count"),
        ({"cost": np.array([0.0, 1.0])}, "expected above 0"),
        ({"times": 3}, "times: 3"),
        ({"states": (np.ones((2, 3), bool),)}, "states: shapes"),
    ],
)
def test_a_wrong_question_is_refused(change, words):
    fields = {"states": (np.ones((2, 2), bool),), "weight": np.ones(2), "cost": np.ones(2), "goal": Goal(most_sites=1)}
    with pytest.raises(ValueError, match=words):
        Question(**{**fields, **change})


@pytest.mark.parametrize(
    "fields", [{}, {"most_sites": 1, "most_cost": 2.0}, {"least_share": 0.0}, {"most_sites": -1}, {"most_cost": np.inf}]
)
def test_a_goal_is_one_thing_in_range(fields):
    with pytest.raises(ValueError, match="expected"):
        Goal(**fields)
