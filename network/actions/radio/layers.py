"""What the model says of a region at one height, kept in this process for as long as the air stays the same.

Kept maps never change, so that threads may read them while others make new ones; one map is made at a time. Where few
sectors changed since a map was made, only these are worked out again.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from network.actions.radio.sector import Air
from network.actions.topology.live import Twin
from network.kernels import metropolis
from network.kernels.radio.raster import coverage
from network.kernels.radio.raster.coverage import Echoes, Grid, Stack
from network.kernels.radio.raster.picture import Picture, picture_of
from network.kernels.radio.sector import Signals
from network.kernels.radio.sensing import Radar
from network.models import Region

RADAR = Radar()  # every station senses alike: the inventory does not say how
SIDE_CELLS = 400
LEAST_CELL_M, LEAST_RADIUS_M, MOST_RADIUS_M = 25.0, 100.0, 3_000_000.0
MOST_BYTES = 64_000_000  # the heights that the page offers, of a city of 160 sectors, and one more
MOST_CHANGES = 8  # of sectors worked out one by one; with more, the whole map is
PLANNED = str(Twin.PLANNED), False
"""The role of the air as planned."""
ON_LAND = "land cells within the region's radius"
ANYWHERE = "cells within the region's radius"
Kept = TypeVar("Kept", bound="Keepable")


class Keepable(Protocol):
    """What is worked out of an air, and how much memory it holds."""

    @property
    def air(self) -> Air: ...

    @property
    def size_bytes(self) -> int: ...

    @property
    def memory(self) -> object:
        """What takes it: of those that have it in common it is counted once."""


@dataclass(frozen=True)
class Ground:
    """The cells of a region, in metres from its centre, and which of them count for shares of area."""

    grid: Grid
    picture: Picture
    counted: NDArray[np.bool_]
    area: str  # what counts, in words


@dataclass(frozen=True)
class Layer:
    """What a terminal at one height finds, cell by cell."""

    air: Air
    ground: Ground
    stack: Stack
    signals: Signals

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        signals = self.signals
        return sum(
            array.nbytes for array in (signals.server, signals.rsrp_dbm, signals.sinr_db, signals.rate_bps)
        ) + int(self.stack.flat_mw.nbytes)

    @property
    def memory(self) -> object:
        """What takes it."""
        return self.stack


@dataclass(frozen=True)
class Sensed:
    """How likely a target at one height is detected, sector by sector."""

    air: Air
    ground: Ground
    echoes: Echoes

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        return sum(chance.nbytes for _, chance in self.echoes.found)

    @property
    def memory(self) -> object:
        """What takes it."""
        return self.echoes


Map = TypeVar("Map", Layer, Sensed)


class LayerCache(Generic[Kept]):
    """Maps by key, those used longest ago given up when they hold too much memory together."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._reading, self._making = Lock(), Lock()

    def take(self, key: Hashable, air: Air, make: Callable[[Kept | None], Kept]) -> Kept:
        """Return the map of this air, made from the one before where there is one."""
        keepable = self._find(key)
        if keepable is not None and keepable.air.digest == air.digest:
            return keepable
        with self._making:
            keepable = self._find(key)  # another thread may have made it meanwhile
            if keepable is None or keepable.air.digest != air.digest:
                keepable = make(keepable)
                self._keep(key, keepable)
            return keepable

    @property
    def size_bytes(self) -> int:
        """Memory held by all maps."""
        with self._reading:
            return self._held_bytes()

    def peek(self, key: Hashable) -> Kept | None:
        """Return the map that is kept of a key, whatever its air, and let it grow no younger."""
        with self._reading:
            return self._kept.get(key)

    def clear(self) -> None:
        """Forget all maps."""
        with self._reading:
            self._kept.clear()

    def _find(self, key: Hashable) -> Kept | None:
        with self._reading:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: Hashable, made: Kept) -> None:
        with self._reading:
            self._kept[key] = made
            self._kept.move_to_end(key)
            while self._held_bytes() > self._most_bytes and len(self._kept) > 1:
                self._kept.popitem(last=False)

    def _held_bytes(self) -> int:
        return sum({id(kept.memory): kept.size_bytes for kept in self._kept.values()}.values())


layers: LayerCache[Layer] = LayerCache(MOST_BYTES)
sensed: LayerCache[Sensed] = LayerCache(MOST_BYTES // 2)


def ground(region: Region) -> Ground:
    """Return the cells of a region: at most 400 by 400 squares of at least 25 m around its centre."""
    return _ground(region.slug, region.lat_deg, region.lon_deg, region.radius_m)


def layer(air: Air, height_m: float) -> Layer:
    """Return what a terminal finds at a height.

    Args:
        air: the sectors of a region.
        height_m: above ground, 1.5 to 300 m. [m]

    Raises:
        ValueError: the height is out of range.
    """

    def make(before: Layer | None) -> Layer:
        cells = ground(air.region)
        planned = layers.peek((air.region.pk, height_m, PLANNED)) if air.twin is Twin.LIVE else None
        if planned is not None and planned.air.digest == air.digest:
            return replace(planned, air=air)  # the same maps, and no memory of their own
        stack = _stack(_nearer(before, planned, air), cells, air, height_m)
        return Layer(air, cells, stack, stack.signals())

    return layers.take((air.region.pk, height_m, air.role), air, make)


def sensing(air: Air, height_m: float) -> Sensed:
    """Return how likely a target at a height is detected; arguments as for `layer`."""

    def make(before: Sensed | None) -> Sensed:
        cells = ground(air.region)
        planned = sensed.peek((air.region.pk, height_m, PLANNED)) if air.twin is Twin.LIVE else None
        if planned is not None and planned.air.digest == air.digest:
            return replace(planned, air=air)
        nearest = _nearer(before, planned, air)
        changed = _changed(nearest, cells, air)
        if nearest is None or changed is None:
            return Sensed(air, cells, coverage.echoes(cells.grid, height_m, air.sectors, RADAR))
        echoes = nearest.echoes
        for index in changed:
            echoes = echoes.changed(index, air.sectors[index])
        return Sensed(air, cells, echoes)

    return sensed.take((air.region.pk, height_m, air.role), air, make)


def _nearer(before: Map | None, planned: Map | None, air: Air) -> Map | None:
    """Return of two maps to begin with the one from which fewer sectors have to be worked out again."""
    if before is None or planned is None:
        return before or planned
    return min(before, planned, key=lambda layer: _cost(layer, air))


def _cost(layer: Layer | Sensed, air: Air) -> float:
    changed = _changed(layer, layer.ground, air)
    return float("inf") if changed is None else sum(air.sectors[index].is_on_air for index in changed)


def _stack(before: Layer | None, cells: Ground, air: Air, height_m: float) -> Stack:
    changed = _changed(before, cells, air)
    if before is None or changed is None:
        return coverage.received(cells.grid, height_m, air.sectors)
    stack = replace(before.stack, flat_mw=before.stack.flat_mw.copy())  # others may still read the one before
    for index in changed:
        stack = stack.changed(index, air.sectors[index])
    return stack


def _changed(before: "Layer | Sensed | None", cells: Ground, air: Air) -> list[int] | None:
    """Return which sectors differ; None when the map before is no beginning for this one."""
    if before is None or before.ground is not cells or before.air.slugs != air.slugs:
        return None
    pairs = zip(before.air.sectors, air.sectors, strict=True)
    changed = [index for index, (old, new) in enumerate(pairs) if old != new]
    worked_out = sum(air.sectors[index].is_on_air for index in changed)  # to fall silent costs next to nothing
    return changed if worked_out <= MOST_CHANGES else None


@lru_cache(maxsize=16)
def _ground(slug: str, lat_deg: float, lon_deg: float, radius_m: float) -> Ground:
    radius_m = min(max(radius_m, LEAST_RADIUS_M), MOST_RADIUS_M)
    cell_m = max(2 * radius_m / SIDE_CELLS, LEAST_CELL_M)
    side = int(np.ceil(2 * radius_m / cell_m - 1e-9))
    corner_m = -side * cell_m / 2
    grid = Grid(corner_m, corner_m, cell_m, side, side)
    east_m, north_m = grid.centres_m()
    counted: NDArray[Any] = np.hypot(east_m, north_m) <= radius_m
    has_land = slug == metropolis.SLUG and (lat_deg, lon_deg) == metropolis.CENTRE_DEG
    if has_land:
        counted &= metropolis.is_land(east_m, north_m)
    return Ground(grid, picture_of(grid, lat_deg, lon_deg), counted, ON_LAND if has_land else ANYWHERE)
