"""The p-median against trying every choice, against a mixed integer programme, and its file format."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, eye_array, kron

from network.kernels.placement import median


def graph_text(nodes, edges, p, seed):
    """A connected random graph in the format of the OR-Library: whole costs from 1 to 100."""
    rng = np.random.default_rng(seed)
    rows = [(int(rng.integers(1, n)), n, int(rng.integers(1, 101))) for n in range(2, nodes + 1)]
    rows += [(*(rng.permutation(nodes)[:2] + 1).tolist(), int(rng.integers(1, 101))) for _ in range(edges - len(rows))]
    return "\n".join([f" {nodes} {edges} {p}", *(f" {a} {b} {cost} " for a, b, cost in rows)])


def by_milp(distance, p):
    """The textbook programme: x_ij serves i from j, y_j opens j."""
    n, m = distance.shape
    served = block_array([[kron(eye_array(n), np.ones((1, m))), csr_array((n, m))]], format="csr")
    opened = block_array([[eye_array(n * m), -kron(np.ones((n, 1)), eye_array(m))]], format="csr")
    count = csr_array(np.concatenate([np.zeros(n * m), np.ones(m)])[None])
    rules = [LinearConstraint(served, 1, 1), LinearConstraint(opened, -np.inf, 0), LinearConstraint(count, p, p)]
    whole = np.concatenate([np.zeros(n * m), np.ones(m)])
    return milp(
        np.concatenate([distance.ravel(), np.zeros(m)]), constraints=rules, integrality=whole, bounds=Bounds(0, 1)
    ).fun


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 9), st.integers(1, 8), st.integers(0, 2**32), st.booleans(), st.data())
def test_the_optimum_is_the_best_of_all_choices(demands, candidates, seed, is_whole, data):
    rng = np.random.default_rng(seed)
    distance = (
        rng.integers(0, 12, (demands, candidates)).astype(float) if is_whole else rng.random((demands, candidates))
    )
    p = data.draw(st.integers(1, candidates))
    optimum = median.solve(distance, p)
    best = min(distance[:, list(sites)].min(axis=1).sum() for sites in combinations(range(candidates), p))
    assert optimum.cost == pytest.approx(best, abs=1e-5)
    assert optimum.bound == pytest.approx(best, abs=1e-5)
    assert optimum.is_proven
    assert len(set(optimum.sites)) == p
    assert distance[:, list(optimum.sites)].min(axis=1).sum() == pytest.approx(optimum.cost)


@pytest.mark.parametrize(("nodes", "edges", "p"), [(40, 80, 3), (40, 80, 13), (60, 240, 5)])
def test_the_optimum_is_that_of_the_textbook_programme(nodes, edges, p):
    distance, count = median.parse_orlib(graph_text(nodes, edges, p, nodes + p))
    optimum = median.solve(distance, count)
    assert optimum.cost == optimum.bound == pytest.approx(by_milp(distance, p), abs=1e-4)


@pytest.mark.parametrize(("nodes", "edges", "p"), [(100, 200, 5), (100, 200, 10), (100, 200, 33), (200, 800, 20)])
def test_problems_of_published_size_are_proven(nodes, edges, p):
    distance, count = median.parse_orlib(graph_text(nodes, edges, p, 7))
    optimum = median.solve(distance, count)
    assert optimum.is_proven
    assert median.exchange(distance, list(optimum.sites))[1] == optimum.cost  # no swap betters it


def test_a_search_that_is_ended_keeps_an_honest_bound():
    distance, p = median.parse_orlib(graph_text(100, 200, 33, 0))
    full = median.solve(distance, p)
    progresses = []
    ended = median.solve(distance, p, lambda progress: progresses.append(progress) or len(progresses) < 2)
    assert progresses[0].bound <= full.cost <= ended.cost
    assert ended.bound <= full.cost


def test_of_an_edge_given_twice_the_last_counts_even_the_other_way_round():
    distance, p = median.parse_orlib("3 3 1\n1 2 5\n2 3 7\n2 1 9\n")
    assert p == 1
    assert distance.tolist() == [[0, 9, 16], [9, 0, 7], [16, 7, 0]]


def test_distances_run_along_shortest_paths_and_edges_of_no_length_join():
    distance, _ = median.parse_orlib("4 4 1  1 2 1  2 3 0  3 4 1  1 4 9")
    assert distance[0].tolist() == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "0 numbers given"),
        ("3 1 one", "numbers only"),
        ("3 2 1 1 2 5", "2 edges announced with 3 numbers"),
        ("3 2 4 1 2 5 2 3 5", "p 4 given; expected 1 to 3"),
        ("3 2 1 1 2 5 2 9 5", "node 9 given"),
        ("3 2 1 1 2 5 2 3 -5", "cost -5 given"),
        ("3 1 1 1 2 5", "falls into parts"),
        ("99999999 0 1", "99999999 nodes"),
        ("3 nan 1", "expected"),
    ],
)
def test_a_wrong_file_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        median.parse_orlib(text)


@pytest.mark.parametrize(("distance", "p"), [(np.ones(3), 1), (np.ones((2, 2)), 3), (np.full((2, 2), np.nan), 1)])
def test_a_wrong_problem_is_refused(distance, p):
    with pytest.raises(ValueError, match="expected"):
        median.solve(distance, p)
