"""Who is inside the circle, now and after the failure of any one link, site or data centre.

Only what lies on the shortest-path forest matters: a failure elsewhere changes no cost. One that lies on it concerns
the part of the forest below it, and only that part is routed anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heapify, heappop, heappush
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.csgraph import dijkstra

from network.kernels.topology.circle import NOWHERE, Forest
from network.kernels.topology.topology import Array, Flags, Indices, Weights

TOLERANCE_MS = 1e-9  # sums of the same figures in another order must not differ in their verdict


class Kind(StrEnum):
    """What can fail."""

    LINK = "link"
    SITE = "site"  # the node with everything that ends there
    DATA_CENTRE = "data_centre"  # its computing; its node still passes traffic on


@dataclass(frozen=True)
class Loss:
    """What one failure takes out of the circle."""

    kind: Kind
    index: int  # of the link, or of the node
    lost: tuple[int, ...]  # nodes that count and were inside before
    share: float  # still inside


@dataclass(frozen=True)
class Survey:
    """Coverage now and after every single failure."""

    cost_ms: Array  # of every node to its nearest data centre; inf where none can be reached
    inside: Flags
    share: float | None  # of the weight of the nodes that count; None when none counts
    losses: tuple[Loss, ...]  # failures that lose something, the worst first
    examined: int  # how many failures were looked at

    @property
    def worst(self) -> Loss | None:
        """The failure that costs most; None when none costs anything."""
        return self.losses[0] if self.losses else None

    @property
    def share_after_worst(self) -> float | None:
        """Share inside after the worst single failure."""
        return self.worst.share if self.worst else self.share


def nearest(weights: Weights, sources: Sequence[int] | Indices) -> Forest:
    """Return the shortest-path forest from the data centres over the whole network.

    Args:
        weights: what the network costs under one definition.
        sources: nodes with a data centre.

    Returns:
        The forest; its costs do not hold the ends of the terminals' nodes (`weights.end_ms`). [ms]

    Raises:
        ValueError: a source is no node.
    """
    roots = _nodes("sources", sources, weights.nodes)
    if not len(roots):
        nowhere = np.full(weights.nodes, NOWHERE, np.int64)
        return Forest(np.full(weights.nodes, np.inf), nowhere, nowhere)
    cost_ms, before, source = dijkstra(weights.graph, indices=roots, min_only=True, return_predecessors=True)
    return Forest(cost_ms, np.maximum(source, NOWHERE).astype(np.int64), np.maximum(before, NOWHERE).astype(np.int64))


def survey(weights: Weights, sources: Sequence[int] | Indices, counted: ArrayLike, threshold_ms: float) -> Survey:
    """Find who is inside the circle, and what every single failure of a link, site or data centre takes out of it.

    Args:
        weights: what the network costs under one definition.
        sources: nodes with a data centre.
        counted: weight of every node in the denominator, 0 for those that do not count, shape (nodes,).
        threshold_ms: who is reached within it is inside. [ms]

    Returns:
        The survey. A site that fails is itself lost.

    Raises:
        ValueError: a source is no node, or a weight is negative.
    """
    weight = _weights(counted, weights.nodes)
    forest = nearest(weights, sources)
    cost_ms = forest.cost_ms + weights.end_ms
    inside = cost_ms <= threshold_ms + TOLERANCE_MS
    total = float(weight.sum())
    if total <= 0:
        return Survey(cost_ms, inside, None, (), 0)
    repair = _Repair(weights, forest, inside & (weight > 0), threshold_ms)
    failures = [(kind, index, lost) for kind, index, lost in repair.all_failures() if lost]
    covered = float(weight[inside].sum())
    losses = [Loss(kind, i, tuple(lost), (covered - float(weight[lost].sum())) / total) for kind, i, lost in failures]
    losses.sort(key=lambda loss: (loss.share, loss.kind, loss.index))
    return Survey(cost_ms, inside, covered / total, tuple(losses), repair.examined)


class _Repair:
    """The forest, laid out so that what hangs below any of its nodes can be found and routed anew."""

    def __init__(self, weights: Weights, forest: Forest, counts: Flags, threshold_ms: float) -> None:
        self.examined = 0
        self._cost: list[float] = forest.cost_ms.tolist()
        self._end: list[float] = weights.end_ms.tolist()
        self._before: list[int] = forest.next_node.tolist()
        self._counts: list[bool] = counts.tolist()
        self._threshold_ms = threshold_ms + TOLERANCE_MS
        self._limit_ms = self._threshold_ms - min(self._end, default=0.0)
        self._into, self._out = _grouped(weights, by_head=True), _grouped(weights, by_head=False)
        self._link = forest_links(weights, forest)
        self._lay_out(forest)

    def _lay_out(self, forest: Forest) -> None:
        """Number the forest so that every subtree is one slice of `_order`, and count who matters in each."""
        reached = np.flatnonzero(np.isfinite(forest.cost_ms))
        children: list[list[int]] = [[] for _ in self._cost]
        for node in reached.tolist():
            if self._before[node] != NOWHERE:
                children[self._before[node]].append(node)
        self.roots = [node for node in reached.tolist() if self._before[node] == NOWHERE]
        self._order: list[int] = []
        waiting = list(self.roots)
        while waiting:
            self._order.append(node := waiting.pop())
            waiting += children[node]
        self._at = {node: number for number, node in enumerate(self._order)}
        self._size, self._below = [1] * len(self._cost), [int(flag) for flag in self._counts]
        for node in reversed(self._order):
            if (before := self._before[node]) != NOWHERE:
                self._size[before] += self._size[node]
                self._below[before] += self._below[node]

    def all_failures(self) -> Iterator[tuple[Kind, int, list[int]]]:
        """Yield every failure that concerns somebody who counts, with the nodes it takes out of the circle."""
        for node in self._order:
            if not self._below[node]:
                continue
            below = self._order[self._at[node] : self._at[node] + self._size[node]]
            self.examined += 2
            if self._before[node] == NOWHERE:
                yield Kind.DATA_CENTRE, node, self._lost(below, NOWHERE, NOWHERE)
            else:
                yield Kind.LINK, self._link[node], self._lost(below, NOWHERE, self._link[node])
            itself = [node] if self._counts[node] else []
            yield Kind.SITE, node, itself + self._lost(below[1:], node, NOWHERE)

    def _lost(self, below: list[int], without_node: int, without_link: int) -> list[int]:
        """Return who of `below` is outside once it is routed anew without that node or link."""
        cost = self._rerouted(set(below), without_node, without_link)
        inf = float("inf")
        return [v for v in below if self._counts[v] and cost.get(v, inf) + self._end[v] > self._threshold_ms]

    def _rerouted(self, below: set[int], without_node: int, without_link: int) -> dict[int, float]:
        """Return the new cost of who still can be reached within the limit: Dijkstra among `below` from its rim."""
        heap = [
            (cost, node)
            for node in below
            for before, arc_ms, link in self._into[node]
            if before not in below
            and before != without_node
            and link != without_link
            and (cost := self._cost[before] + arc_ms) <= self._limit_ms
        ]
        heapify(heap)
        settled: dict[int, float] = {}
        while heap:
            cost, node = heappop(heap)
            if node in settled:
                continue
            settled[node] = cost
            for other, arc_ms, link in self._out[node]:
                if other in below and other not in settled and link != without_link and cost + arc_ms <= self._limit_ms:
                    heappush(heap, (cost + arc_ms, other))
        return settled


def single_points(weights: Weights) -> tuple[Indices, Indices]:
    """Return what alone holds the network together, wherever the data centres are.

    Returns:
        Nodes that hang on one neighbour only, and links whose failure parts the network (bridges); both ascending.

    Source: R. E. Tarjan, A note on finding the bridges of a graph, Inf. Process. Lett. 2 (1974) 160-161.
    """
    out = _grouped(weights, by_head=False)
    leaves = [node for node, arcs in enumerate(out) if len({other for other, _, _ in arcs}) == 1]
    points: list[int] = []
    seen: dict[int, int] = {}
    for start in range(weights.nodes):
        if start not in seen:
            points += _bridges_from(start, out, seen)
    return np.array(leaves, np.int64), np.array(sorted(points), np.int64)


def _bridges_from(start: int, out: "_Arcs", seen: dict[int, int]) -> list[int]:
    """Walk depth first from `start`; `seen` numbers the nodes in the order of their first visit."""
    order, lowest, above = [start], {start: len(seen)}, {start: (NOWHERE, NOWHERE)}
    seen[start] = len(seen)
    walks = [(start, iter(out[start]))]
    while walks:
        node, rest = walks[-1]
        for other, _, link in rest:
            if other not in seen:
                seen[other] = lowest[other] = len(seen)
                above[other] = (node, link)
                order.append(other)
                walks.append((other, iter(out[other])))
                break
            if link != above[node][1]:
                lowest[node] = min(lowest[node], seen[other])
        else:
            walks.pop()
            before = above[node][0]
            if before != NOWHERE:
                lowest[before] = min(lowest[before], lowest[node])
    return [above[node][1] for node in order[1:] if lowest[node] == seen[node]]


_Arcs = list[list[tuple[int, float, int]]]  # of every node: the other node, the cost [ms], the link


def _grouped(weights: Weights, *, by_head: bool) -> _Arcs:
    """Return the arcs into (or out of) every node."""
    own, other = (weights.head, weights.tail) if by_head else (weights.tail, weights.head)
    order = np.argsort(own, kind="stable")
    starts = np.searchsorted(own[order], np.arange(weights.nodes + 1)).tolist()
    rows = list(zip(other[order].tolist(), weights.arc_ms[order].tolist(), weights.link[order].tolist(), strict=True))
    return [rows[first:end] for first, end in pairwise(starts)]


def forest_links(weights: Weights, forest: Forest) -> list[int]:
    """Return the link by which every node is reached: the cheapest of parallel ones; NOWHERE at roots.

    Args:
        weights: what the network costs.
        forest: the shortest-path forest over it, of `nearest`.
    """
    if not len(weights.tail):
        return [NOWHERE] * weights.nodes
    arcs = weights.tail * weights.nodes + weights.head
    wanted = forest.next_node * weights.nodes + np.arange(weights.nodes)
    first = np.minimum(np.searchsorted(arcs, wanted), len(arcs) - 1)
    links: list[int] = np.where(forest.next_node == NOWHERE, NOWHERE, weights.link[first]).tolist()
    return links


def _nodes(name: str, given: Sequence[int] | Indices, nodes: int) -> Indices:
    unique = np.unique(np.asarray(given, np.int64))
    if len(unique) and not (unique[0] >= 0 and unique[-1] < nodes):
        raise ValueError(f"{name}: {unique[0]} to {unique[-1]} given; expected 0 to {nodes - 1}")
    return unique


def _weights(counted: ArrayLike, nodes: int) -> Array:
    weight = np.asarray(counted, float)
    if weight.shape != (nodes,):
        raise ValueError(f"counted: shape {weight.shape} given; expected ({nodes},)")
    if not np.all(np.isfinite(weight) & (weight >= 0)):
        raise ValueError("counted: a weight below 0 or without value given; expected 0 or more")
    return weight
