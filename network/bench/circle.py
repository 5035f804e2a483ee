"""How long the one-millisecond circle takes, beside rustworkx and beside doing it all again for every failure."""

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from statistics import median
from typing import Any, TypeVar

import numpy as np
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from console.bench import Row, bench
from network.kernels.topology import failures, topology
from network.kernels.topology.circle import NOWHERE
from network.kernels.topology.definition import OFFICIAL
from network.kernels.topology.topology import Array, Flags, Indices, Topology, Weights

NODES, CENTRES = 10_000, 20
METRO_NODES, METRO_CENTRES = 120, 3
WIDTH_M = 70_000.0
RUNS = 21
Result = TypeVar("Result")


@bench("circle")
def run() -> Iterator[Row]:
    """Yield `circle_nearest` on a large network and `circle_failures` on one of the demo metropolis's size."""
    yield nearest_row(NODES, CENTRES, RUNS)
    yield failures_row("circle_failures", METRO_NODES, METRO_CENTRES)
    yield failures_row("circle_failures_large", 2_000, 8)


def nearest_row(nodes: int, centres: int, runs: int) -> Row:
    """Measure one multi-source Dijkstra on a prepared graph, beside rustworkx from a node above all centres."""
    weights = topology.weights(metropolis(nodes), OFFICIAL)
    sources = np.arange(0, nodes, nodes // centres)[:centres]
    ours_s, forest = _cpu_s(lambda: failures.nearest(weights, sources), runs)
    theirs_s, costs = _cpu_s(_by_rustworkx(weights, sources.tolist()), max(runs // 4, 1))
    if not np.allclose(costs, forest.cost_ms):
        raise ArithmeticError("rustworkx and the kernel disagree")
    note = f"{nodes} nodes, {len(weights.tail) // 2} links, {centres} centres, graphs prepared, CPU time; rustworkx"
    return Row("circle_nearest", _ms(ours_s), "ms", _ms(theirs_s), round(theirs_s / ours_s, 1), note)


def failures_row(name: str, nodes: int, centres: int) -> Row:
    """Measure a survey of every single failure, and one full recomputation for each of them."""
    weights = topology.weights(metropolis(nodes), OFFICIAL)
    sources, counted = np.arange(0, nodes, nodes // centres)[:centres], np.arange(nodes) % 3 == 0
    ours_s, survey = _cpu_s(lambda: failures.survey(weights, sources, counted, OFFICIAL.threshold_ms), 5)
    links = int(weights.link.max()) + 1
    theirs_s, worst = _cpu_s(lambda: _all_again(weights, sources, counted, links), 1)
    if not np.isclose(worst, survey.share_after_worst or 0.0):
        raise ArithmeticError("the survey and the full recomputation disagree")
    note = f"{links} links, {nodes} sites, {centres} data centres failed one by one, CPU time; one recomputation each"
    return Row(name, _ms(ours_s), "ms", _ms(theirs_s), round(theirs_s / ours_s, 1), note)


def metropolis(nodes: int) -> Topology:
    """Return a network of sites scattered over a city, each linked to its three nearest."""
    rng = np.random.default_rng(3)
    at_m = rng.random((nodes, 2)) * WIDTH_M
    near = cKDTree(at_m).query(at_m, k=4)[1][:, 1:]
    pairs = np.stack([np.repeat(np.arange(nodes), 3), near.ravel()], axis=1)
    ends = np.unique(np.sort(pairs, axis=1), axis=0)
    length_m = 1.4 * np.hypot(*(at_m[ends[:, 0]] - at_m[ends[:, 1]]).T)
    each, every = np.ones(len(ends)), np.ones(nodes, bool)
    return Topology(
        tuple(map(str, range(nodes))), ends, length_m, 100 * each, 0.4 * each, every, every, np.zeros(nodes, np.int64)
    )


def _by_rustworkx(weights: Weights, sources: list[int]) -> Callable[[], Array]:
    rx: Any = import_module("rustworkx")
    graph = rx.PyDiGraph()
    graph.add_nodes_from(range(weights.nodes + 1))
    graph.add_edges_from(list(zip(weights.tail.tolist(), weights.head.tolist(), weights.arc_ms.tolist(), strict=True)))
    graph.add_edges_from([(weights.nodes, source, 0.0) for source in sources])

    def search() -> Array:
        lengths_ms = dict(rx.digraph_dijkstra_shortest_path_lengths(graph, weights.nodes, float))
        return np.array([0.0 if node in sources else lengths_ms.get(node, np.inf) for node in range(weights.nodes)])

    return search


def _all_again(weights: Weights, sources: Indices, counted: Flags, links: int) -> float:
    """Return the share after the worst failure, by one whole search for each."""
    cases = [(NOWHERE, link, sources) for link in range(links)]
    cases += [(node, NOWHERE, sources[sources != node]) for node in range(weights.nodes)]
    cases += [(NOWHERE, NOWHERE, sources[sources != source]) for source in sources.tolist()]
    return min(_share(topology.without(weights, node, link), at, node, counted) for node, link, at in cases)


def _share(weights: Weights, sources: Indices, failed: int, counted: Flags) -> float:
    cost_ms = dijkstra(weights.graph, indices=sources, min_only=True) + weights.end_ms
    inside = cost_ms <= OFFICIAL.threshold_ms + failures.TOLERANCE_MS
    if failed >= 0:
        inside[failed] = False
    return float((inside & counted).sum() / counted.sum())


def _cpu_s(work: Callable[[], Result], runs: int) -> tuple[float, Result]:
    """Return the median CPU time of several runs, and the last result."""
    spent = []
    for _ in range(runs):
        started = time.process_time()
        result = work()
        spent.append(time.process_time() - started)
    return median(spent), result


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 3)
