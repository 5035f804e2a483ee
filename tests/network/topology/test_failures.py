"""Single failures against the plain way: take the thing away and compute everything again."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.kernels.topology import failures, topology
from network.kernels.topology.definition import Definition
from network.kernels.topology.failures import Kind
from tests.network.topology.test_topology import backbone

THRESHOLD_MS = 1.0


@st.composite
def networks(draw):
    """A small network with parallel links, islands, and costs that make about half of it covered."""
    nodes = draw(st.integers(2, 14))
    pairs = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)).filter(lambda pair: pair[0] != pair[1])
    ends = np.array(draw(st.lists(pairs, max_size=26)), np.int64).reshape(-1, 2)
    cost = st.integers(1, 8).map(lambda n: n / 16)
    weights = topology.arcs(
        ends,
        np.array(draw(st.lists(cost, min_size=nodes, max_size=nodes))) / 4,
        np.array(draw(st.lists(cost, min_size=len(ends), max_size=len(ends))), float),
        np.array(draw(st.lists(cost, min_size=nodes, max_size=nodes))) / 4,
    )
    sources = draw(st.lists(st.integers(0, nodes - 1), max_size=3, unique=True))
    counted = np.array(draw(st.lists(st.integers(0, 3), min_size=nodes, max_size=nodes)), float)
    return weights, sources, counted


def reach_ms(weights, sources, without_node=-1, without_link=-1):
    """Cost of every node by networkx, from scratch."""
    graph = nx.DiGraph()
    graph.add_nodes_from(node for node in range(weights.nodes) if node != without_node)
    for tail, head, ms, link in zip(weights.tail, weights.head, weights.arc_ms, weights.link, strict=True):
        if without_node in (tail, head) or link == without_link:
            continue
        if not graph.has_edge(tail, head) or graph[tail][head]["weight"] > ms:
            graph.add_edge(tail, head, weight=ms)
    cost = np.full(weights.nodes, np.inf)
    if alive := {source for source in sources if source != without_node}:
        for node, ms in nx.multi_source_dijkstra_path_length(graph, alive).items():
            cost[node] = ms + weights.end_ms[node]
    return cost


def brute_force(weights, sources, counted):
    """Every failure with what it loses."""
    counts = np.asarray(counted) > 0
    inside = (reach_ms(weights, sources) <= THRESHOLD_MS + 1e-9) & counts
    cases = [(Kind.LINK, link, {"without_link": link}) for link in set(weights.link.tolist())]
    cases += [(Kind.SITE, node, {"without_node": node}) for node in range(weights.nodes)]
    values = {}
    for kind, index, change in cases:
        after = reach_ms(weights, sources, **change) <= THRESHOLD_MS + 1e-9
        values[kind, index] = set(np.flatnonzero(inside & ~after).tolist())
    for source in sources:
        after = reach_ms(weights, [other for other in sources if other != source]) <= THRESHOLD_MS + 1e-9
        values[Kind.DATA_CENTRE, source] = set(np.flatnonzero(inside & ~after).tolist())
    return {case: lost for case, lost in values.items() if lost}


@settings(max_examples=80, deadline=None)
@given(networks())
def test_every_failure_loses_what_a_full_recomputation_says(case):
    weights, sources, counted = case
    survey = failures.survey(weights, sources, counted, THRESHOLD_MS)
    assert {(loss.kind, loss.index): set(loss.lost) for loss in survey.losses} == brute_force(weights, sources, counted)


@settings(max_examples=50, deadline=None)
@given(networks())
def test_shares_are_those_of_the_weights_and_the_worst_comes_first(case):
    weights, sources, counted = case
    survey = failures.survey(weights, sources, counted, THRESHOLD_MS)
    if not counted.sum():
        assert (survey.share, survey.losses) == (None, ())
        return
    assert survey.share == pytest.approx(counted[survey.inside].sum() / counted.sum())
    for loss in survey.losses:
        assert loss.share == pytest.approx(survey.share - counted[list(loss.lost)].sum() / counted.sum())
    shares = [loss.share for loss in survey.losses]
    assert shares == sorted(shares)
    assert survey.share_after_worst == pytest.approx(min(shares, default=survey.share))


@settings(max_examples=50, deadline=None)
@given(networks())
def test_bridges_are_those_of_networkx(case):
    weights = case[0]
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(weights.nodes))
    for tail, head, link in zip(weights.tail.tolist(), weights.head.tolist(), weights.link.tolist(), strict=True):
        if tail < head:
            graph.add_edge(tail, head, link)
    parts = nx.number_connected_components(graph)
    expected = []
    for tail, head, link in graph.edges:
        parted = graph.copy()
        parted.remove_edge(tail, head, link)
        if nx.number_connected_components(parted) > parts:
            expected.append(link)
    leaves = [node for node in graph if len(set(graph.neighbors(node))) == 1]
    single_points = failures.single_points(weights)
    assert [values.tolist() for values in single_points] == [leaves, sorted(expected)]


def test_a_ring_survives_a_link_that_a_chain_does_not():
    chain = np.array([[0, 1], [1, 2], [2, 3]])
    ring = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
    lost = []
    for ends in (chain, ring):
        weights = topology.arcs(ends, np.zeros(4), np.full(len(ends), 0.3), np.zeros(4))
        survey = failures.survey(weights, [0], [0, 1, 1, 1], THRESHOLD_MS)
        lost.append({loss.index: len(loss.lost) for loss in survey.losses if loss.kind is Kind.LINK})
    assert lost == [{0: 3, 1: 2, 2: 1}, {}]


def test_a_data_centre_that_stops_computing_still_passes_traffic_on():
    weights = topology.arcs(np.array([[0, 1], [1, 2]]), np.zeros(3), np.full(2, 0.4), np.zeros(3))
    survey = failures.survey(weights, [0, 1], [0, 0, 1], THRESHOLD_MS)
    kinds = {(loss.kind, loss.index) for loss in survey.losses}
    assert (Kind.DATA_CENTRE, 1) not in kinds
    assert (Kind.SITE, 1) in kinds


def test_a_figure_exactly_at_the_threshold_is_inside():
    weights = topology.arcs(np.array([[0, 1]]), np.zeros(2), np.array([0.1 + 0.2 + 0.7]), np.zeros(2))
    assert failures.survey(weights, [0], [0, 1], THRESHOLD_MS).share == 1.0


def test_without_a_data_centre_nobody_is_inside_and_without_a_denominator_the_share_is_unknown():
    weights = topology.arcs(np.array([[0, 1]]), np.zeros(2), np.array([0.1]), np.zeros(2))
    assert failures.survey(weights, [], [1, 1], THRESHOLD_MS).share == 0.0
    assert failures.survey(weights, [0], [0, 0], THRESHOLD_MS).share is None


@pytest.mark.parametrize(
    ("sources", "counted", "words"),
    [([5], [1, 1], "sources: 5 to 5"), ([0], [1], "counted: shape"), ([0], [1, -1], "below 0"),
     ([0], [1, float("nan")], "without value")],
)  # fmt: skip
def test_wrong_input_is_refused(sources, counted, words):
    weights = topology.arcs(np.array([[0, 1]]), np.zeros(2), np.array([0.1]), np.zeros(2))
    with pytest.raises(ValueError, match=words):
        failures.survey(weights, sources, counted, THRESHOLD_MS)


def test_the_leaves_of_a_real_backbone_hang_on_one_link_each():
    network = topology.from_node_link(backbone("Chinanet"), detour=1.8)
    weights = topology.weights(network, Definition("optical", "one_way", threshold_ms=100.0))
    leaves, _ = failures.single_points(weights)
    centre = int(np.bincount(network.ends.ravel()).argmax())
    survey = failures.survey(weights, [centre], np.ones(weights.nodes), 100.0)
    cut = {node for loss in survey.losses if loss.kind is Kind.LINK for node in loss.lost}
    assert set(leaves.tolist()) <= cut
    assert survey.share == 1.0
