"""Who depends on a link or node to reach computing: small nets drawn by hand, random ones against brute force."""

import numpy as np
import pytest
from scipy.sparse.csgraph import dijkstra

from network.kernels.topology.circle import adjacency
from network.kernels.topology.dependence import Dependence


def towards(nodes, links, anchors):
    costs = adjacency(nodes, links, [1.0 + 0.01 * number for number in range(len(links))])
    _, before, _ = dijkstra(costs, directed=False, indices=anchors, return_predecessors=True, min_only=True)
    return before.tolist()


def made(nodes, links, anchors):
    return Dependence(nodes, links, anchors, towards(nodes, links, anchors))


def test_a_chain_behind_a_data_centre_hangs_on_every_link_before_it():
    chain = made(4, [(0, 1), (1, 2), (2, 3)], [0])
    assert chain.of(("link", 1)).cut_off == {2, 3}
    assert chain.of(("node", 1)).cut_off == {1, 2, 3}
    assert chain.of(("link", 1)).carried == {2, 3}


def test_in_a_ring_nobody_is_cut_off_by_a_link_and_those_on_its_side_go_round():
    ring = made(4, [(0, 1), (1, 2), (2, 3), (3, 0)], [0])
    assert ring.of(("link", 0)).cut_off == frozenset()
    assert ring.of(("link", 0)).carried == {1, 2}
    assert ring.of(("node", 1)).cut_off == {1}


def test_a_chain_between_two_data_centres_loses_nobody_by_one_link():
    chain = made(4, [(0, 1), (1, 2), (2, 3)], [0, 3])
    assert chain.of(("link", 0)).cut_off == frozenset()
    assert chain.of(("link", 0)).carried == {1}
    assert chain.of(("node", 0)).carried == {0, 1}
    assert chain.of(("node", 0)).cut_off == {0}


def test_whoever_has_no_way_depends_on_nothing():
    apart = made(4, [(0, 1), (2, 3)], [0])
    assert apart.of(("link", 1)).carried == frozenset()
    assert apart.of(("node", 2)).cut_off == frozenset()


def test_without_any_data_centre_nothing_is_known_to_depend():
    nothing = Dependence(2, [(0, 1)], [], [-1, -1])
    assert nothing.of(("link", 0)).carried == frozenset()


def test_an_end_outside_the_network_is_refused():
    with pytest.raises(ValueError, match="links"):
        Dependence(2, [(0, 5)], [0], [-1, 0])


@pytest.mark.parametrize("seed", range(20))
def test_cut_off_is_what_is_no_longer_reached_once_the_element_is_taken_out(seed):
    rng = np.random.default_rng(seed)
    nodes = 12
    links = list({tuple(sorted(pair)) for pair in rng.integers(0, nodes, (14, 2)).tolist() if pair[0] != pair[1]})
    anchors = sorted(set(rng.integers(0, nodes, 2).tolist()))
    dependence = made(nodes, links, anchors)
    before = reached(nodes, links, anchors)
    for number in range(len(links)):
        left = reached(nodes, [links for place, links in enumerate(links) if place != number], anchors)
        assert dependence.of(("link", number)).cut_off == before - left
    for node in range(nodes):
        left = reached(
            nodes, [links for links in links if node not in links], [anchor for anchor in anchors if anchor != node]
        )
        assert dependence.of(("node", node)).cut_off == before - (left - {node})


def reached(nodes, links, anchors):
    seen, waiting = set(anchors), list(anchors)
    while waiting:
        node = waiting.pop()
        near = {b if a == node else a for a, b in links if node in (a, b)} - seen
        seen |= near
        waiting += near
    return seen
