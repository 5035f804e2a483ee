"""Coverage rasters: what a terminal finds in every cell of a grid at one height.

Definitions: `network.kernels.radio.sector`.

Each sector's received power is kept as a window of cells within its reach, so that a change of one sector costs one
window and one pass over all. Tables replace the formulas within 0.01 dB.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from network.kernels.radio import antenna, o2i, radio, sensing
from network.kernels.radio import sector as sectors_
from network.kernels.radio.raster import raster_loops as rasters
from network.kernels.radio.raster.raster_loops import (
    Floors,
    Frame,
    PowerStack,
    Replacement,
    Single,
    Strongest,
    Tables,
    loops,
)
from network.kernels.radio.sector import NOWHERE, Sector, Signals

Array = NDArray[np.float64]

LAYERS_M = (1.5, 30.0, 60.0, 120.0, 200.0, 300.0)
RSRP_GOAL_DBM = -110.0
SINR_GOAL_DB = -3.0
MOST_CELLS = 4_000_000
MOST_LINKS = 100_000_000  # cells in all windows of a stack: 400 MB
_LN10 = np.log(10.0)


@dataclass(frozen=True)
class Grid:
    """Square cells; row 0 is the southernmost, column 0 the westernmost.

    Raises:
        ValueError: no cell, too many, or a cell without size.
    """

    west_m: float
    south_m: float
    cell_m: float
    rows: int
    columns: int

    def __post_init__(self) -> None:
        if self.rows < 1 or self.columns < 1 or self.rows * self.columns > MOST_CELLS:
            raise ValueError(f"rows and columns are {self.rows} and {self.columns}; expected 1 to {MOST_CELLS:,} cells")
        if not 0 < self.cell_m <= 100_000:
            raise ValueError(f"cell_m is {self.cell_m}; expected above 0, to 100,000 m")

    def centres_m(self) -> tuple[Array, Array]:
        """Return east of each column, shape (1, columns), and north of each row, shape (rows, 1). [m]."""
        east_m = self.west_m + (np.arange(self.columns, dtype=float) + 0.5) * self.cell_m
        north_m = self.south_m + (np.arange(self.rows, dtype=float) + 0.5) * self.cell_m
        return east_m[None, :], north_m[:, None]

    def window(self, east_m: float, north_m: float, reach_m: float) -> tuple[int, int, int, int]:
        """Return first row, first column, rows and columns of the cells whose centres may lie within reach."""
        column, columns = self._span(east_m - self.west_m, reach_m, self.columns)
        row, rows = self._span(north_m - self.south_m, reach_m, self.rows)
        return row, column, rows, columns

    def _span(self, middle_m: float, reach_m: float, count: int) -> tuple[int, int]:
        first = int(np.clip(np.floor((middle_m - reach_m) / self.cell_m - 0.5), 0, count))
        last = int(np.clip(np.ceil((middle_m + reach_m) / self.cell_m + 0.5), 0, count))
        return first, last - first


@dataclass(frozen=True)
class Indoors:
    """A building like any other, and how deep in it the terminal is; it stays with the sector strongest outdoors."""

    building: o2i.Building
    depth_m: float

    def taken_db(self, fc_ghz: float) -> float:
        """Return what the building takes, in the median. [dB]."""
        return float(o2i.wall_loss_db(self.building, fc_ghz) + o2i.inside_loss_db(self.depth_m))


@dataclass(frozen=True)
class Stack:
    """The received power of every sector in its window of a grid, at one height. Made by `received`."""

    grid: Grid
    height_m: float
    sectors: tuple[Sector, ...]
    flat_mw: Single  # windows one after the other, sectors in `order`
    windows: NDArray[np.int64]  # see `raster_loops.PowerStack`
    carriers: NDArray[np.int64]
    order: NDArray[np.int64]  # which sector each window is of

    def signals(self, indoors: "Indoors | None" = None) -> Signals:
        """Return what a terminal finds in each cell, outdoors or inside a building that stands there."""
        return _reduced(self, rasters.NOTHING, self.sectors, indoors)

    def what_if(self, index: int, changed: Sector) -> Signals:
        """Return what a terminal would find if one sector were changed; the stack stays as it is.

        Raises:
            ValueError: there is no such sector, or its carrier differs: that takes a new stack.
        """
        self._check(index, changed)
        if changed.fc_ghz != self.sectors[index].fc_ghz:
            raise ValueError(f"fc_ghz is {changed.fc_ghz}; expected {self.sectors[index].fc_ghz} as before")
        window = np.array([*_window(self.grid, changed, self.height_m), 0], np.int64)
        power_mw = np.empty((window[2], window[3]), np.float32)
        _receive(power_mw, self.grid, window, changed, self.height_m)
        sectors = (*self.sectors[:index], changed, *self.sectors[index + 1 :])
        place = int(np.flatnonzero(self.order == index)[0])
        return _reduced(self, Replacement(place, power_mw.reshape(-1), window), sectors)

    def changed(self, index: int, changed: Sector) -> "Stack":
        """Return the stack with one sector changed. Where its window stays, the power is overwritten in place.

        Raises:
            ValueError: there is no such sector.
        """
        self._check(index, changed)
        sectors = (*self.sectors[:index], changed, *self.sectors[index + 1 :])
        window = self.windows[self.order == index][0]
        same = tuple(window[:4]) == _window(self.grid, changed, self.height_m)
        if not same or changed.fc_ghz != self.sectors[index].fc_ghz:
            return received(self.grid, self.height_m, sectors)
        power_mw = self.flat_mw[window[4] : window[4] + window[2] * window[3]].reshape(window[2], window[3])
        if changed.is_on_air:
            _receive(power_mw, self.grid, window, changed, self.height_m)
        else:
            power_mw[...] = 0
        return replace(self, sectors=sectors)

    def _check(self, index: int, changed: Sector) -> None:
        if not 0 <= index < len(self.sectors):
            raise ValueError(f"index is {index}; expected 0 to {len(self.sectors) - 1}")


@dataclass(frozen=True)
class Echoes:
    """How likely each sector finds a target in its window of a grid, at one height. Made by `echoes`."""

    grid: Grid
    height_m: float
    radar: sensing.Radar
    found: tuple[tuple[tuple[int, int, int, int], Single], ...]  # per sector its window, and the chance in each cell

    def probability(self) -> Single:
        """Return how likely a target in each cell is found in one look by at least one sector.

        1 - product of (1 - P_sight Pd), Pd by Swerling 1, sectors taken as independent; 0 out of reach.
        """
        missed = np.ones((self.grid.rows, self.grid.columns), np.float32)
        for (row, column, rows, columns), chance in self.found:
            missed[row : row + rows, column : column + columns] *= 1 - chance
        return 1 - missed

    def changed(self, index: int, changed: Sector) -> "Echoes":
        """Return the same with one sector changed; the others are not worked out again.

        Raises:
            ValueError: there is no such sector.
        """
        if not 0 <= index < len(self.found):
            raise ValueError(f"index is {index}; expected 0 to {len(self.found) - 1}")
        window = _found(self.grid, self.height_m, changed, self.radar)
        return replace(self, found=(*self.found[:index], window, *self.found[index + 1 :]))


@dataclass(frozen=True)
class Cover:
    """How much of a layer is covered, and by which definition."""

    share: float | None  # of all counted cells; None when none is counted
    reached_share: float | None  # where at least one sector reaches
    p5_sinr_db: float | None  # 5th percentile over reached cells; None when none is reached
    cells: int
    rsrp_goal_dbm: float
    sinr_goal_db: float


def received(grid: Grid, height_m: float, sectors: Sequence[Sector]) -> Stack:
    """Work out the received power of all sectors.

    Args:
        grid: the cells.
        height_m: above ground, 1.5 to 300 m. [m]
        sectors: the senders.

    Returns:
        The stack, from which signals, what-ifs and changes come.

    Raises:
        ValueError: the height is out of range, or cells and sectors are too many.
    """
    _check_height(height_m)
    carrier = np.unique([sector.fc_ghz for sector in sectors], return_inverse=True)[1]
    order = np.argsort(carrier, kind="stable").astype(np.int64)
    windows = np.zeros((len(sectors), 5), np.int64)
    windows[:, :4] = np.array([_window(grid, sectors[index], height_m) for index in order]).reshape(-1, 4)
    sizes = windows[:, 2] * windows[:, 3]
    if sizes.sum() > MOST_LINKS:
        raise ValueError(f"{sizes.sum():,} links of cells and sectors; expected at most {MOST_LINKS:,}")
    windows[:, 4] = np.cumsum(sizes) - sizes
    flat_mw = np.empty(int(sizes.sum()), np.float32)
    for index, window, size in zip(order, windows, sizes, strict=True):
        power_mw = flat_mw[window[4] : window[4] + size].reshape(window[2], window[3])
        _receive(power_mw, grid, window, sectors[index], height_m)
    return Stack(grid, height_m, tuple(sectors), flat_mw, windows, carrier[order].astype(np.int64), order)


def echoes(grid: Grid, height_m: float, sectors: Sequence[Sector], radar: sensing.Radar) -> "Echoes":
    """Work out how likely each sector finds a target in each cell.

    Args:
        grid: the cells.
        height_m: of the target above ground, 1.5 to 300 m. [m]
        sectors: the senders; each senses by itself on its own carrier, looking where its elements look.
        radar: all else. Its carrier is not used.

    Returns:
        The chances, from which the probability of detection and what-ifs come.

    Raises:
        ValueError: the height is out of range.

    Source: see `sensing`; sight by TR 38.901 and TR 36.777.
    """
    _check_height(height_m)
    chances = tuple(_found(grid, height_m, sector, radar) for sector in sectors)
    return Echoes(grid, height_m, radar, chances)


def cover(
    signals: Signals,
    counted: ArrayLike | None = None,
    rsrp_goal_dbm: float = RSRP_GOAL_DBM,
    sinr_goal_db: float = SINR_GOAL_DB,
) -> Cover:
    """Say how much is covered: both goals met. Unknown cells count as not covered.

    Args:
        signals: of a layer, or of places along routes.
        counted: which cells count, such as land; all when None.
        rsrp_goal_dbm: least reference signal power. [dBm]
        sinr_goal_db: least signal over interference and noise. [dB]
    """
    mask = np.ones(signals.rsrp_dbm.shape, bool) if counted is None else np.asarray(counted, bool)
    cells = int(mask.sum())
    if not cells:
        return Cover(None, None, None, 0, rsrp_goal_dbm, sinr_goal_db)
    reached = mask & (signals.server != NOWHERE)
    good = (signals.rsrp_dbm >= rsrp_goal_dbm) & (signals.sinr_db >= sinr_goal_db) & reached
    p5_db = float(np.percentile(signals.sinr_db[reached], 5)) if reached.any() else None
    return Cover(float(good.sum() / cells), float(reached.sum() / cells), p5_db, cells, rsrp_goal_dbm, sinr_goal_db)


def compile_loops() -> bool:
    """Work out a map of one cell, so that the loops are compiled and kept on the disk; return whether they were.

    It takes some seconds on a new machine, one afterwards.
    """
    grid, sectors = Grid(0.0, 0.0, 100.0, 1, 1), [Sector(500.0, 0.0, 30.0, 0.0, 8.0, 49.0, 4.9, 100e6)]
    received(grid, LAYERS_M[0], sectors).signals()
    echoes(grid, LAYERS_M[1], sectors, sensing.Radar()).probability()
    return rasters.loops().is_compiled


def forget_tables() -> None:
    """Empty the tables kept between maps, so that a bench measures them too."""
    _path.cache_clear()
    _azimuth.cache_clear()


def _found(
    grid: Grid, height_m: float, sector: Sector, radar: sensing.Radar
) -> tuple[tuple[int, int, int, int], Single]:
    window = _window(grid, sector, height_m)
    if not sector.is_on_air:
        return window, np.zeros(window[2:], np.float32)
    chance = np.empty(window[2:], np.float32)
    frame, tables = _frame(grid, window, sector, height_m), _echo_tables(sector, height_m, radar)
    loops().detect(chance, frame, tables, _floors(sector), np.float32(np.log(radar.false_alarm)))
    return window, chance


def _check_height(height_m: float) -> None:
    if not 1.5 <= height_m <= radio.CEILING_M:
        raise ValueError(f"height_m is {height_m}; expected 1.5 to {radio.CEILING_M:g} m")


def _reduced(
    stack: Stack, replacement: Replacement, sectors: tuple[Sector, ...], indoors: Indoors | None = None
) -> Signals:
    shape = (stack.grid.rows, stack.grid.columns)
    out = Strongest(np.empty(shape, np.int32), np.empty(shape, np.float32), np.empty(shape, np.float32))
    load = np.array([sectors[index].load_share for index in stack.order], np.float32)
    loops().reduce(PowerStack(stack.flat_mw, stack.windows, stack.carriers, load), replacement, out)
    if indoors:
        taken = np.array([10 ** (-indoors.taken_db(sectors[index].fc_ghz) / 10) for index in stack.order] + [1.0])
        out.power[...] *= taken[out.place]
        out.others[...] *= taken[out.place]
    return _signals(sectors, stack.order, out)


def _signals(sectors: tuple[Sector, ...], order: NDArray[np.int64], strongest: Strongest) -> Signals:
    server_of = np.append(order, NOWHERE).astype(np.int32)  # place -1, none, picks the last
    bandwidth_hz = np.array([*(sectors[index].bandwidth_hz for index in order), np.nan], np.float32)
    best_mw = np.where(strongest.place == NOWHERE, np.float32(np.nan), strongest.power)
    ratio = best_mw / (strongest.others + np.float32(sectors_.noise_mw()))
    sinr_db = np.float32(10) * np.log10(ratio)
    efficiency = np.minimum(np.float32(0.6) * np.log2(1 + ratio), np.float32(4.4))
    efficiency[ratio < np.float32(0.1)] = 0
    return Signals(
        server_of[strongest.place],
        np.float32(10) * np.log10(best_mw),
        sinr_db,
        efficiency * bandwidth_hz[strongest.place],
    )


def _window(grid: Grid, sector: Sector, height_m: float) -> tuple[int, int, int, int]:
    return grid.window(sector.east_m, sector.north_m, float(sectors_.reach_m(sector.scenario, height_m)))


def _receive(power_mw: Single, grid: Grid, window: ArrayLike, sector: Sector, height_m: float) -> None:
    frame = _frame(grid, np.asarray(window), sector, height_m)
    loops().receive(power_mw, frame, _tables(sector, height_m), _floors(sector))


def _frame(grid: Grid, window: ArrayLike, sector: Sector, height_m: float) -> Frame:
    row, column = np.asarray(window)[:2]
    rise_m, look = height_m - sector.height_m, np.radians(sector.bearing_deg)
    values = (
        grid.west_m + (column + 0.5) * grid.cell_m - sector.east_m,
        grid.south_m + (row + 0.5) * grid.cell_m - sector.north_m,
        grid.cell_m,
        float(sectors_.nearest_m(sector.scenario, rise_m, height_m)) ** 2,
        float(sectors_.reach_m(sector.scenario, height_m)) ** 2,
        np.sin(look),
        np.cos(look),
    )
    return Frame(*(np.float32(value) for value in values))


def _floors(sector: Sector) -> Floors:
    column, vertical, whole = antenna.NULL_DB, -antenna.ELEMENT_DEPTH_DB, -antenna.ELEMENT_DEPTH_DB
    if sector.pattern == "sector":
        column, vertical, whole = -np.inf, -antenna.SECTOR_VERTICAL_DEPTH_DB, -antenna.SECTOR_DEPTH_DB
    return Floors(*(np.float32(10 ** (db / 10)) for db in (column, vertical, whole)))


def _tables(sector: Sector, height_m: float) -> Tables:
    first, _, loss_db, _, zenith = _path(sector.scenario, sector.height_m, height_m, sector.fc_ghz)
    peak_dbi = {"column": antenna.ELEMENT_DBI, "sector": antenna.SECTOR_DBI, "omni": sector.omni_dbi}[sector.pattern]
    path_mw = np.exp(_LN10 / 10 * (sector.subcarrier_dbm + peak_dbi - loss_db))
    column = np.ones_like(zenith)
    if sector.pattern == "column":
        column = antenna.column_amplitude(zenith, sector.elements, sector.downtilt_deg, sector.spacing_wavelengths)
    return _as_tables(first, path_mw, _vertical(sector, zenith), column, _azimuth(sector.pattern))


def _echo_tables(sector: Sector, height_m: float, radar: sensing.Radar) -> Tables:
    first, d2d_m, _, sight, zenith = _path(sector.scenario, sector.height_m, height_m, sector.fc_ghz)
    slant_m = np.maximum(np.hypot(d2d_m, height_m - sector.height_m), 1.0)
    snr_db = sensing.snr_db(replace(radar, fc_ghz=sector.fc_ghz), slant_m)
    return _as_tables(first, np.exp(_LN10 / 10 * snr_db), _vertical(sector, zenith), sight, _azimuth(sector.pattern))


def _as_tables(first: np.int32, path: Array, vertical: Array, column: Array, azimuth: Single) -> Tables:
    return Tables(first, path.astype(np.float32), vertical.astype(np.float32), column.astype(np.float32), azimuth)


def _vertical(sector: Sector, zenith_deg: Array) -> Array:
    """Return the element's vertical pattern without its floor, as a factor."""
    if sector.pattern == "omni":
        return np.ones_like(zenith_deg)
    middle_deg, width_deg = 90.0, antenna.ELEMENT_WIDTH_DEG
    if sector.pattern == "sector":
        middle_deg, width_deg = 90.0 + sector.downtilt_deg, antenna.SECTOR_HEIGHT_DEG
    return np.asarray(np.exp(-1.2 * _LN10 * ((zenith_deg - middle_deg) / width_deg) ** 2))


@lru_cache(maxsize=8)
def _azimuth(pattern: str) -> Single:
    """Return the element's horizontal pattern over the cosine of the azimuth, without its floor, as a factor."""
    cosine = np.minimum(-1 + 2 / rasters.AZIMUTH_STEPS * np.arange(rasters.AZIMUTH_STEPS + 2), 1.0)
    width_deg = {"column": antenna.ELEMENT_WIDTH_DEG, "sector": antenna.SECTOR_WIDTH_DEG, "omni": np.inf}[pattern]
    factor: Array = np.exp(-1.2 * _LN10 * (np.degrees(np.arccos(cosine)) / width_deg) ** 2)
    return factor.astype(np.float32)


@lru_cache(maxsize=128)  # of 100 kB each
def _path(
    scenario: radio.Scenario, h_bs_m: float, height_m: float, fc_ghz: float
) -> tuple[np.int32, Array, Array, Array, Array]:
    """Return the first step of the tables; per entry horizontal distance, expected loss, chance of sight, zenith."""
    near_m = float(sectors_.nearest_m(scenario, height_m - h_bs_m, height_m))
    far_m = float(sectors_.reach_m(scenario, height_m))
    first, d2d_m = rasters.steps_of(near_m, far_m)
    within = slice(*np.searchsorted(d2d_m, [near_m, np.nextafter(far_m, np.inf)]))
    loss_db = np.empty_like(d2d_m)
    loss_db[within] = sectors_.expected_loss_db(scenario, d2d_m[within], h_bs_m, height_m, fc_ghz)
    for outside in range(within.start - 1, -1, -1):  # one at most: the formulas end within the first step,
        loss_db[outside] = 2 * loss_db[outside + 1] - loss_db[outside + 2]
    for outside in range(within.stop, len(d2d_m)):  # and within one of the last
        loss_db[outside] = 2 * loss_db[outside - 1] - loss_db[outside - 2]
    sight = sectors_.sight_probability(scenario, d2d_m, height_m)
    return first, d2d_m, loss_db, sight, antenna.zenith_deg(d2d_m, height_m - h_bs_m)
