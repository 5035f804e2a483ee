"""Root causes from what fell silent together."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.kernels.topology.correlation import Net, Observed, carried, cut_off, explain

# core 0 - centre 1 - ring of access points 2, 3, 4 back to 1; stations 5, 6 at 2, 7 at 3, 8, 9 at 4; 10 spur at core
NET = Net(11, ((0, 1), (1, 2), (2, 3), (3, 4), (4, 1), (2, 5), (2, 6), (3, 7), (4, 8), (4, 9), (0, 10)), 0)
CUT = cut_off(NET)


def seen(silent, *, well_s=10.0, since_s=10.0, packets=3, unknown=()) -> dict[int, Observed]:
    observed = {node: Observed(False, well_s) for node in range(1, NET.nodes) if node not in unknown}
    return observed | {node: Observed(True, since_s, packets) for node in silent}


def causes(observed) -> list[tuple[tuple, set[int]]]:
    return [(cause.elements, set(cause.affected)) for cause in explain(NET, CUT, observed)]


def test_a_link_or_node_cuts_off_what_hangs_behind_it():
    assert CUT["link", 0] == CUT["node", 1] == {1, 2, 3, 4, 5, 6, 7, 8, 9}
    assert CUT["node", 2] == {2, 5, 6}
    assert CUT["link", 5] == CUT["node", 5] == {5}
    assert ("link", 2) not in CUT  # the ring protects it


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 14), st.integers(0, 12), st.integers(0, 10_000))
def test_what_is_cut_off_agrees_with_removing_each_element(nodes, more, seed):
    rng = np.random.default_rng(seed)
    links = [(int(rng.integers(0, node)), node) for node in range(1, nodes)]
    links += [(int(a), int(b)) for a, b in rng.integers(0, nodes, (more, 2)) if a != b]
    net, graph = Net(nodes, tuple(links), 0), nx.MultiGraph(links)
    values = cut_off(net)
    for link, (a, b) in enumerate(links):
        rest = graph.copy()
        rest.remove_edge(a, b)
        assert values.get(("link", link), frozenset()) == set(graph) - nx.node_connected_component(rest, 0)
    for node in range(1, nodes):
        rest = graph.copy()
        rest.remove_node(node)
        assert values["node", node] == set(graph) - nx.node_connected_component(rest, 0)


def test_a_cut_that_silences_nine_sites_is_one_cause():
    pairs = causes(seen({1, 2, 3, 4, 5, 6, 7, 8, 9}))
    assert pairs == [((("link", 0), ("node", 1)), {1, 2, 3, 4, 5, 6, 7, 8, 9})]


def test_a_failed_access_point_explains_its_stations_and_not_the_link_that_the_ring_protects():
    assert causes(seen({2, 5, 6})) == [((("node", 2),), {2, 5, 6})]


def test_two_stations_of_one_access_point_that_answers_are_two_causes():
    pairs = causes(seen({5, 6}, packets=6))
    assert pairs == [((("link", 5), ("node", 5)), {5}), ((("link", 6), ("node", 6)), {6})]


def test_two_cuts_of_a_ring_explain_what_no_single_failure_does():
    causes = explain(NET, CUT, seen({2, 3, 5, 6, 7}))
    assert [(cause.elements, cause.is_all) for cause in causes] == [((("link", 1), ("link", 3)), True)]
    assert causes[0].affected == {2, 3, 5, 6, 7}


def test_failures_far_apart_are_named_apart():
    assert [elements for elements, _ in causes(seen({2, 5, 6, 10}, packets=6))] == [
        (("node", 2),),
        (("link", 10), ("node", 10)),
    ]


def test_one_lost_round_of_one_site_names_nothing_yet_but_of_two_it_does():
    assert causes(seen({5}, packets=3)) == []
    assert causes(seen({5}, packets=6)) != []
    assert causes(seen({3, 7}, packets=3)) == [((("node", 3),), {3, 7})]


def test_a_site_that_answered_since_refutes_the_cause_and_one_not_asked_since_leaves_it_open():
    observed = seen({2, 5}, packets=6)
    observed[6] = Observed(False, 10.0)  # answered in the very round in which the others were silent
    assert [affected for _, affected in causes(observed)] == [{5}, {2}]
    observed[6] = Observed(False, 9.0)  # asked before
    assert causes(observed) == []


def test_who_is_unknown_speaks_neither_for_nor_against():
    assert causes(seen({5, 6}, unknown={2})) == [((("node", 2),), {5, 6})]


def test_an_old_silence_does_not_hide_a_new_cut():
    observed = seen({2, 5, 6}, since_s=10.0)
    observed[5] = Observed(True, -86_400.0, 60_000)
    assert causes(observed) == [((("node", 2),), {2, 5, 6})]


def test_nothing_affected_has_no_cause():
    assert causes(seen(set())) == []
    assert explain(NET, CUT, {}) == []


def test_slow_sites_are_explained_by_the_link_that_their_ways_share():
    towards = [-1, 0, 1, 2, 1, 2, 2, 3, 4, 4, 0]
    over = carried(NET, towards)
    assert over["link", 1] == over["node", 2] == {2, 3, 5, 6, 7}
    causes = explain(NET, over, seen({2, 3, 5, 6, 7}))
    assert causes[0].elements == (("link", 1), ("node", 2))
    assert [cause.elements for cause in explain(NET, over, seen({3, 7}))] == [(("link", 2), ("node", 3))]


@pytest.mark.parametrize(("links", "vantage"), [(((0, 9),), 0), (((0, 1),), 2)])
def test_a_network_that_cannot_be_is_refused(links, vantage):
    with pytest.raises(ValueError, match="expected"):
        Net(2, links, vantage)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(1, 10)))
def test_every_named_cause_explains_only_what_is_silent_and_everything_silent_is_explained(silent):
    causes = explain(NET, CUT, seen(silent, packets=6))
    explained = set().union(*(cause.affected for cause in causes)) if causes else set()
    assert explained == silent
    assert all(cause.predicted <= silent for cause in causes)
    assert len(causes) <= len(silent)


def test_after_one_failure_a_second_one_is_named_that_cuts_off_what_was_left_of_the_way():
    observed = seen({2, 5, 6}, well_s=30.0, since_s=10.0) | seen({3, 4, 7, 8, 9}, since_s=30.0, unknown=range(11))
    assert sorted(causes(observed)) == [
        ((("link", 4), ("node", 4)), {3, 4, 7, 8, 9}),  # either of them parts the ring, now that 2 is gone
        ((("node", 2),), {2, 5, 6}),
    ]


@pytest.mark.parametrize(("at_s", "is_named"), [(10.0, False), (9.0, True), (11.0, True)])
def test_a_round_in_whose_midst_more_may_have_failed_is_waited_for(at_s, is_named):
    observed = seen({2, 5, 6}) | {3: Observed(False, at_s, is_unsure=True)}
    assert (causes(observed) == [((("node", 2),), {2, 5, 6})]) is is_named
