"""Reach by one multi-source Dijkstra."""

import numpy as np
import pytest

from network.kernels.topology import circle

ENDS = [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_every_node_finds_its_nearest_source_and_the_way_there():
    forest = circle.nearest_sources(6, ENDS, [1.0, 1.0, 1.0, 5.0], [0, 4])
    assert forest.cost_ms.tolist() == [0, 1, 2, 3, 0, np.inf]
    assert forest.source.tolist() == [0, 0, 0, 0, 4, circle.NOWHERE]
    assert forest.path(3) == [3, 2, 1, 0]
    assert forest.path(4) == [4]
    assert forest.path(5) == []


def test_of_parallel_links_the_cheapest_counts():
    forest = circle.nearest_sources(2, [(0, 1), (1, 0)], [3.0, 2.0], [0])
    assert forest.cost_ms[1] == 2.0


def test_without_a_source_nothing_is_reached():
    forest = circle.nearest_sources(3, ENDS[:2], [1.0, 1.0], [])
    assert np.isinf(forest.cost_ms).all()


def test_the_forest_agrees_with_one_tree_per_source():
    rng = np.random.default_rng(3)
    ends, weights = rng.integers(0, 40, (120, 2)), rng.random(120) + 0.1
    ends = ends[ends[:, 0] != ends[:, 1]]
    weights = weights[: len(ends)]
    together = circle.nearest_sources(40, ends, weights, [3, 17, 30]).cost_ms
    alone = [circle.nearest_sources(40, ends, weights, [source]).cost_ms for source in (3, 17, 30)]
    assert together == pytest.approx(np.min(alone, axis=0))


@pytest.mark.parametrize(("ends", "weight", "words"), [([(0, 1)], [0.0], "above 0"), ([(0, 9)], [1.0], "0 to 1")])
def test_a_wrong_link_is_refused(ends, weight, words):
    with pytest.raises(ValueError, match=words):
        circle.nearest_sources(2, ends, weight, [0])
