"""Covering by local search: sites are swapped within a budget, and what left may not come back at once.

Finds good plans soon and proves nothing. Source: F. Glover, Tabu Search, ORSA J. Computing 1 (1989) 190-206.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from network.kernels.topology.topology import Array, Flags

MOST_STEPS = 150
SHAKEN_EVERY = 40  # steps without a better plan
STAYS_OUT = (4, 10)  # steps
Single = NDArray[np.float32]


@dataclass(frozen=True)
class Ground:
    """What is searched on. Costs of candidates that stay are nil, and so is what they could save."""

    reach: Flags  # shape (demands, candidates)
    weight: Array
    price: Array
    stays: Flags  # candidates that may not be given up
    single: Single = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "single", self.reach.astype(np.float32))

    def worth(self, chosen: Flags) -> float:
        """Return the weight that a choice reaches."""
        return float(self.weight[self.reach[:, chosen].any(axis=1)].sum())


def widest(ground: Ground, chosen: Flags, limit: float, enough: float = np.inf, steps: int = MOST_STEPS) -> Flags:
    """Search for the choice within a budget that reaches most.

    Args:
        ground: who is reached from where, at which weight and price.
        chosen: where to begin; may cost more than the limit.
        limit: largest sum of prices.
        enough: weight at which the search ends.
        steps: after so many it ends, too.

    Returns:
        The best choice seen, of those within the limit.
    """
    walk = _Walk(ground, _affordable(ground, chosen.copy(), limit), limit)
    best, best_worth, since = walk.chosen.copy(), ground.worth(walk.chosen), 0
    for _ in range(steps):
        if best_worth >= enough:
            break
        since += 1
        if not walk.step() or since % SHAKEN_EVERY == 0:
            walk.shake()
        if (worth := ground.worth(walk.chosen)) > best_worth:
            best, best_worth, since = walk.chosen.copy(), worth, 0
    return best


def cheapest(ground: Ground, chosen: Flags, wanted: float, unit: float) -> Flags:
    """Search for the cheapest choice that reaches a weight, each found by the widest for a little less money.

    Args:
        ground: as for `widest`.
        chosen: where to begin; reaches the weight.
        wanted: weight to be reached.
        unit: by how much a better plan is cheaper at least.
    """
    while True:
        limit = float(ground.price[chosen].sum()) - unit
        if limit < 0:
            return chosen
        covering = widest(ground, chosen, limit, wanted)
        if ground.worth(covering) < wanted:
            return chosen
        chosen = covering


class _Walk:
    """One choice, changed step by step."""

    def __init__(self, ground: Ground, chosen: Flags, limit: float) -> None:
        self.chosen = chosen
        self._ground, self._limit, self._rng = ground, limit + 1e-9, np.random.default_rng(0)
        self._weight = ground.weight.astype(np.float32)
        self._free_at = np.zeros(len(chosen), np.int64)  # the step from which a site may come back
        self._now = 0

    def step(self) -> bool:
        """Add what fits and reaches somebody, or make the best swap, though it be for the worse; False: none fits."""
        self._now += 1
        ground, spent = self._ground, float(self._ground.price[self.chosen].sum())
        times = ground.single @ self.chosen.astype(np.float32)
        missed = self._weight * (times == 0)
        gain = np.where(self._may_come(spent), missed @ ground.single, 0.0)
        if gain.max(initial=0.0) > 0:
            self.chosen[int(np.argmax(gain / np.maximum(ground.price, 1e-9)))] = True
            return True
        out = np.flatnonzero(self.chosen & ~ground.stays)
        if not len(out):
            return False
        alone = (self._weight * (times == 1))[:, None] * ground.single[:, out]  # who would be left
        change = (missed[:, None] + alone).T @ ground.single - alone.sum(axis=0)[:, None]
        fits = (self._now >= self._free_at) & ~self.chosen
        fits = fits & (spent - ground.price[out][:, None] + ground.price <= self._limit)
        if not fits.any():
            return False
        leaves, comes = divmod(int(np.argmax(np.where(fits, change, -np.inf))), len(self.chosen))
        self.chosen[comes] = True
        self._leave(int(out[leaves]))
        return True

    def shake(self) -> None:
        """Give up a few sites by chance."""
        out = np.flatnonzero(self.chosen & ~self._ground.stays)
        for site in self._rng.permutation(out)[: max(1, len(out) // 4)].tolist():
            self._leave(site)

    def _leave(self, site: int) -> None:
        self.chosen[site] = False
        self._free_at[site] = self._now + int(self._rng.integers(*STAYS_OUT))

    def _may_come(self, spent: float) -> Flags:
        affordable = spent + self._ground.price <= self._limit
        return np.asarray(affordable & ~self.chosen & (self._now >= self._free_at))


def _affordable(ground: Ground, chosen: Flags, limit: float) -> Flags:
    """Give up sites, those first that reach least for their price alone, until the rest is within the limit."""
    while ground.price[chosen].sum() > limit + 1e-9 and (chosen & ~ground.stays).any():
        alone = ground.weight * (ground.reach[:, chosen].sum(axis=1) == 1)
        value = np.where(chosen & ~ground.stays, (alone @ ground.reach) / np.maximum(ground.price, 1e-9), np.inf)
        chosen[int(np.argmin(value))] = False
    return chosen
