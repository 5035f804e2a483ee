"""The p-median, proven: p sites so that the sum of everyone's distance to the nearest is least.

Lagrangian relaxation of "everyone is served once" gives the bound and closes most candidates; interchange gives the
plan; branch and bound closes what gap is left, to one part in a million where distances are no whole numbers.

Source: N. Christofides, J. E. Beasley, Eur. J. Oper. Res. 10 (1982) 196-208; J. E. Beasley, ibid. 21 (1985) 270-273;
M. G. C. Resende, R. F. Werneck, ibid. 174 (2007) 54-68 (interchange). Format: OR-Library, p-median.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from network.kernels.topology.topology import Array, Flags, Indices

MOST_NODES = 5_000
ROOT_STEPS, NODE_STEPS = 600, 60
STALLED_STEPS = 20  # steps without a better bound before they are halved
LEAST_STEP = 1e-3
EPSILON = 1e-6


@dataclass(frozen=True)
class Progress:
    """How far a search is: the best plan so far costs `cost`, none can cost less than `bound`."""

    cost: float
    bound: float
    branches: int


Tell = Callable[[Progress], bool]
"""Hears of progress, and answers whether to go on."""


@dataclass(frozen=True)
class Median:
    """A plan and its proof: it is optimal when cost and bound are equal."""

    sites: tuple[int, ...]
    cost: float
    bound: float
    branches: int

    @property
    def is_proven(self) -> bool:
        """Whether no plan can cost less."""
        return self.cost - self.bound <= EPSILON * max(1.0, abs(self.cost))


def solve(distance: Array, p: int, tell: Tell = lambda _: True) -> Median:
    """Find p columns so that the sum over rows of the least chosen entry is least, and prove it.

    Args:
        distance: from every demand (row) to every candidate (column), 0 or more, times the demand's weight.
        p: how many candidates to choose.
        tell: hears of progress; when it answers False the search stops with the bound it has.

    Returns:
        The plan, its cost, and a lower bound of every plan's cost.

    Raises:
        ValueError: p or a distance is out of range.
    """
    _check(distance, p)
    return _Search(np.ascontiguousarray(distance, float), p, tell).run()


def parse_orlib(text: str) -> tuple[Array, int]:
    """Read a p-median problem of the OR-Library: n, edges, p, then one line per edge; nodes count from 1.

    Returns:
        Distances between all nodes along shortest paths, shape (n, n), and p. Of an edge given twice the last counts.

    Raises:
        ValueError: naming what was found and expected.
    """
    try:
        numbers = np.array(text.split(), float)
    except ValueError as reason:
        raise ValueError(f"p-median file: {reason}; expected numbers only") from None
    if len(numbers) < 3 or not np.all(np.isfinite(numbers)):
        raise ValueError(f"p-median file: {len(numbers)} numbers given; expected nodes, edges, p and the edges")
    n, edges, p = (int(value) for value in numbers[:3])
    if len(numbers) != 3 + 3 * edges or not 1 <= n <= MOST_NODES:
        raise ValueError(
            f"p-median file: {n} nodes and {edges} edges announced with {len(numbers) - 3} numbers after them"
        )
    if not 1 <= p <= n:
        raise ValueError(f"p-median file: p {p} given; expected 1 to {n}")
    return _all_pairs(n, numbers[3:].reshape(-1, 3)), p


def exchange(distance: Array, sites: list[int]) -> tuple[list[int], float]:
    """Swap one site for another as long as that lowers the cost; return the sites and their cost."""
    sites = list(sites)
    while True:
        gain, out, into = _best_swap(distance, sites)
        if gain <= EPSILON:
            return sites, cost_of(distance, sites)
        sites[out] = into


def greedy(distance: Array, p: int) -> list[int]:
    """Add the site that lowers the cost most, p times."""
    nearest = np.full(len(distance), distance.max(initial=0.0) + 1)
    sites: list[int] = []
    for _ in range(p):
        saved = np.maximum(nearest[:, None] - distance, 0).sum(axis=0)
        saved[sites] = -1.0
        sites.append(int(np.argmax(saved)))
        nearest = np.minimum(nearest, distance[:, sites[-1]])
    return sites


def cost_of(distance: Array, sites: list[int] | Indices) -> float:
    """Return the sum of everyone's distance to the nearest of the sites."""
    return float(distance[:, sites].min(axis=1).sum())


@dataclass
class _Branch:
    """A part of the search: some candidates open, some closed, the rest free; and what is known of it."""

    is_open: Flags
    is_closed: Flags
    price: Array  # multiplier of every demand, from which the next climb starts
    bound: float
    reduced: Array  # reduced cost of every candidate at those prices


class _Search:
    """Branch and bound over which candidates are open."""

    def __init__(self, distance: Array, p: int, tell: Tell) -> None:
        self._distance, self._p, self._tell = distance, p, tell
        self._columns = np.arange(distance.shape[1])
        self._sites, self._cost = exchange(distance, greedy(distance, p))
        self._is_whole = bool(np.all(distance == np.rint(distance)))
        self._branches = 0

    def run(self) -> Median:
        """Bound the whole, drop what the bound closes, and part the rest until nothing better can be left."""
        waiting = self._root()
        bound = min([self._cost, *(branch.bound for branch in waiting)])
        while waiting and self._tell(Progress(self._cost, self._rounded(bound), self._branches)):
            branch = waiting.pop()
            if branch.bound <= self._cutoff:
                self._branches += 1
                waiting += self._parted(branch)
            bound = min([self._cost, *(branch.bound for branch in waiting if branch.bound <= self._cutoff)])
        return Median(tuple(sorted(self._sites)), self._cost, min(self._rounded(bound), self._cost), self._branches)

    @property
    def _cutoff(self) -> float:
        """Above it a bound says that no better plan is left."""
        return self._cost - 1 + EPSILON if self._is_whole else self._cost - EPSILON * max(1.0, self._cost)

    def _rounded(self, bound: float) -> float:
        return float(np.ceil(bound - EPSILON)) if self._is_whole else bound

    def _root(self) -> list[_Branch]:
        count = len(self._columns)
        second = np.partition(self._distance, min(1, count - 1), axis=1)[:, min(1, count - 1)]
        price = np.maximum(second, self._distance[:, self._sites].min(axis=1))
        root = _Branch(np.zeros(count, bool), np.zeros(count, bool), price, -np.inf, np.zeros(count))
        self._climb(root, ROOT_STEPS, 2.0, STALLED_STEPS)
        if self._is_done(root):
            return []
        kept = ~root.is_closed
        self._columns, self._distance = self._columns[kept], np.ascontiguousarray(self._distance[:, kept])
        return [_Branch(root.is_open[kept], root.is_closed[kept], root.price, root.bound, root.reduced[kept])]

    def _parted(self, branch: _Branch) -> list[_Branch]:
        """Return what is left of a branch once its most promising candidate is closed, and once it is open."""
        free = np.flatnonzero(~branch.is_open & ~branch.is_closed)
        chosen = free[np.argmin(branch.reduced[free])]
        left = []
        for flags in ("is_closed", "is_open"):
            part = _Branch(branch.is_open.copy(), branch.is_closed.copy(), branch.price, branch.bound, branch.reduced)
            getattr(part, flags)[chosen] = True
            if (~part.is_closed).sum() >= self._p:
                self._climb(part, NODE_STEPS, 0.5, STALLED_STEPS // 3)
                left += [] if self._is_done(part) else [part]
        return left

    def _is_done(self, branch: _Branch) -> bool:
        """Close what the bound forbids, and say whether the branch has nothing left to decide."""
        if branch.bound > self._cutoff:
            return True
        self._fix(branch)
        if branch.is_open.sum() < self._p < (~branch.is_closed).sum():
            return False
        is_chosen = branch.is_open if branch.is_open.sum() == self._p else ~branch.is_closed
        self._offer(np.flatnonzero(is_chosen))
        return True

    def _fix(self, branch: _Branch) -> None:
        """Close candidates whose opening lifts the bound over the cutoff, open those whose closing does."""
        missing = self._p - int(branch.is_open.sum())
        free = np.flatnonzero(~branch.is_open & ~branch.is_closed)
        if missing <= 0 or missing >= len(free):
            branch.is_closed[free] = missing <= 0
            branch.is_open[free] = missing > 0
            return
        reduced = branch.reduced[free]
        last, following = np.partition(reduced, [missing - 1, missing])[[missing - 1, missing]]
        branch.is_closed[free[branch.bound + reduced - last > self._cutoff]] = True
        branch.is_open[free[branch.bound + following - reduced > self._cutoff]] = True

    def _climb(self, branch: _Branch, steps: int, step: float, stalled_steps: int) -> None:
        """Raise the bound of a branch by subgradient steps on the prices, offering every new choice as a plan."""
        columns = np.flatnonzero(~branch.is_closed)
        distance, is_open = self._distance[:, columns], branch.is_open[columns]
        price, ascent, waited = branch.price, np.zeros(len(self._distance)), 0.0
        for _ in range(steps):
            paid = np.minimum(distance - price[:, None], 0)
            reduced = paid.sum(axis=0)
            chosen = _least(np.where(is_open, -np.inf, reduced), self._p)
            bound = float(price.sum() + reduced[chosen].sum())
            waited += 1 if bound <= branch.bound else 0 if bound > branch.bound * (1 + 1e-4) else 0.5
            if bound > branch.bound:
                branch.bound, branch.price = bound, price
                branch.reduced = np.full(len(branch.is_open), np.inf)
                branch.reduced[columns] = reduced
            self._offer(columns[chosen])
            ascent = 1 - (paid[:, chosen] < 0).sum(axis=1) + 0.3 * ascent
            length = float(ascent @ ascent)
            if waited >= stalled_steps:
                step, waited = step / 2, 0.0
            if branch.bound > self._cutoff or step < LEAST_STEP or length == 0:
                return
            price = np.maximum(price + step * (1.005 * self._cost - bound) / length * ascent, 0)

    def _offer(self, columns: Indices) -> None:
        cost = cost_of(self._distance, columns)
        if cost < self._cost - EPSILON:
            self._sites, self._cost = self._columns[columns].tolist(), cost


def _least(values: Array, count: int) -> Indices:
    """Return the indices of the least values."""
    return np.argpartition(values, count - 1)[:count] if count < len(values) else np.arange(len(values))


def _best_swap(distance: Array, sites: list[int]) -> tuple[float, int, int]:
    """Return what the best swap saves, which site (by its place in the list) it drops, and which candidate it adds."""
    rows, chosen = np.arange(len(distance)), distance[:, sites]
    own = np.argmin(chosen, axis=1)
    first = chosen[rows, own]
    chosen[rows, own] = np.inf
    second = chosen.min(axis=1) if len(sites) > 1 else np.maximum(distance.max(axis=1), first)
    saved = np.maximum(first[:, None] - distance, 0).sum(axis=0)
    spared = np.maximum(second[:, None] - np.maximum(distance, first[:, None]), 0)
    of_site = csr_array((np.ones(len(rows)), (own, rows)), shape=(len(sites), len(rows)))
    gain = saved[None, :] + of_site @ (spared - (second - first)[:, None])
    gain[:, sites] = -np.inf
    best = int(np.argmax(gain))
    return float(gain.flat[best]), best // distance.shape[1], best % distance.shape[1]


def _all_pairs(n: int, edges: Array) -> Array:
    ends, cost = edges[:, :2].astype(int) - 1, edges[:, 2]
    if len(edges) and not (ends.min() >= 0 and ends.max() < n):
        raise ValueError(f"p-median file: node {int(edges[:, :2].max())} given; expected 1 to {n}")
    if np.any(cost < 0):
        raise ValueError(f"p-median file: cost {cost.min():g} given; expected 0 or more")
    last = {(min(a, b), max(a, b)): number for number, (a, b) in enumerate(ends.tolist()) if a != b}
    pairs, kept = np.array(list(last), np.int64).reshape(-1, 2), list(last.values())
    graph = csr_array((cost[kept], (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    distance = np.asarray(dijkstra(graph, directed=False))
    if not np.all(np.isfinite(distance)):
        raise ValueError(
            "p-median file: the network falls into parts; expected one in which all nodes reach each other"
        )
    return distance


def _check(distance: Array, p: int) -> None:
    if distance.ndim != 2 or not 1 <= distance.shape[1] <= MOST_NODES or not 1 <= len(distance) <= MOST_NODES:
        raise ValueError(f"distance: shape {distance.shape} given; expected (demands, candidates), 1 to {MOST_NODES}")
    if not 1 <= p <= distance.shape[1]:
        raise ValueError(f"p: {p} given; expected 1 to {distance.shape[1]}")
    if not np.all(np.isfinite(distance) & (distance >= 0)):
        raise ValueError("distance: a value below 0 or without end given; expected 0 or more")
