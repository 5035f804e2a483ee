"""Reach: which source of computing is nearest to every node, by one multi-source Dijkstra over the whole network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
NOWHERE = -1
Costs = Any  # scipy brings no types: a sparse array of costs


@dataclass(frozen=True)
class Forest:
    """The shortest-path forest: for every node its cost to the nearest source, that source, and the next node to it."""

    cost_ms: Array  # inf where no source can be reached
    source: Indices  # NOWHERE likewise
    next_node: Indices  # NOWHERE at a source and where none can be reached

    def path(self, node: int) -> list[int]:
        """Return the nodes from `node` to its source, both included; nothing when none can be reached."""
        if not np.isfinite(self.cost_ms[node]):
            return []
        path = [node]
        while (following := int(self.next_node[path[-1]])) != NOWHERE:
            path.append(following)
        return path


def nearest_sources(count: int, ends: ArrayLike, weight_ms: ArrayLike, sources: Sequence[int]) -> Forest:
    """Find the nearest source of every node.

    Args:
        count: number of nodes, numbered from 0.
        ends: both nodes of every link, shape (links, 2). Links carry both ways; of parallel links the cheapest counts.
        weight_ms: cost of every link, above 0, shape (links,). [ms]
        sources: nodes with computing.

    Returns:
        The forest; costs in milliseconds.

    Raises:
        ValueError: a weight is not above 0, or a node is out of range.
    """
    if not sources:
        nowhere = np.full(count, NOWHERE, np.int64)
        return Forest(np.full(count, np.inf), nowhere, nowhere)
    graph = adjacency(count, ends, weight_ms)
    cost_ms, before, source = dijkstra(
        graph, directed=False, indices=list(sources), min_only=True, return_predecessors=True
    )
    source, before = np.where(source < 0, NOWHERE, source), np.where(before < 0, NOWHERE, before)
    return Forest(cost_ms, source.astype(np.int64), before.astype(np.int64))


def adjacency(count: int, ends: ArrayLike, weight_ms: ArrayLike) -> Costs:
    """Return the network as a sparse symmetric matrix of costs; arguments as for `nearest_sources`."""
    pairs = np.asarray(ends, np.int64).reshape(-1, 2)
    weights = np.asarray(weight_ms, float)
    if np.any(~(weights > 0)):
        raise ValueError("weight_ms is out of range; expected above 0")
    if pairs.size and not (pairs.min() >= 0 and pairs.max() < count):
        raise ValueError(f"ends are out of range; expected 0 to {count - 1}")
    low, high = pairs.min(axis=1, initial=count), pairs.max(axis=1, initial=-1)
    order = np.lexsort((weights, high, low))
    low, high, weights = low[order], high[order], weights[order]
    first = np.ones(len(low), bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    costs: Costs = csr_array((weights[first], (low[first], high[first])), shape=(count, count))
    return costs
