"""How long a coverage map takes, beside plain numpy and a public package. CPU time, median of several runs."""

import dataclasses
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from statistics import median
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from console.bench import Row, bench
from network.kernels.radio import antenna, radio
from network.kernels.radio.raster import calibration, coverage
from network.kernels.radio.raster.coverage import Grid
from network.kernels.radio.sector import Sector, Signals, noise_mw

Array = NDArray[np.float64]
Result = TypeVar("Result")

HEIGHT_M = 1.5
GRID = Grid(-1_500.0, -1_500.0, 6.0, 500, 500)
PACKAGE_EVERY = 5  # the package gets every fifth cell each way: its matrices of all cells do not fit small machines
RUNS = 5


@bench("coverage")
def run() -> Iterator[Row]:
    """Measure the whole map, one changed sector, and what a public package does in the same second."""
    yield from rows(GRID)


def rows(grid: Grid, runs: int = RUNS) -> Iterator[Row]:
    """Yield the figures for a grid; arrays are compared so that speed is not bought with error."""
    sectors = demo_sectors()
    stack = coverage.received(grid, HEIGHT_M, sectors)  # compiles
    tilted = dataclasses.replace(sectors[0], downtilt_deg=9.0)
    stack.what_if(0, tilted)
    plain_s, plain = cpu_s(lambda: by_numpy(grid, sectors), max(runs // 2, 1))
    full_s, signals = cpu_s(lambda: full(grid, sectors), runs)
    one_s, _ = cpu_s(lambda: stack.what_if(0, tilted), runs)
    links = grid.rows * grid.columns * len(sectors)
    of = f"{grid.rows} x {grid.columns} cells x {len(sectors)} sectors, CPU time; baseline numpy float64 of the whole"
    yield Row("coverage_full", _ms(full_s), "ms", _ms(plain_s), round(plain_s / full_s, 1), of)
    yield Row("coverage_one_sector", _ms(one_s), "ms", _ms(plain_s), round(plain_s / one_s, 1), of)
    error_db = float(np.abs(signals.rsrp_dbm - plain[0]).max())
    error_sinr_db = float(np.abs(signals.sinr_db - plain[1]).max())
    yield Row("coverage_error", round(max(error_db, error_sinr_db), 5), "dB", note="largest difference to the baseline")
    yield from _beside_package(grid, sectors, links / full_s)


def demo_sectors() -> list[Sector]:
    """Return 19 sites of three sectors, 500 m apart."""
    return [
        Sector(float(east_m), float(north_m), 25.0, bearing_deg, 8.0, 53.0, 4.9, 100e6)
        for east_m, north_m in calibration.sites_m(500.0)
        for bearing_deg in calibration.SECTOR_BEARINGS_DEG
    ]


def full(grid: Grid, sectors: list[Sector]) -> Signals:
    """Work out a map from nothing, tables included."""
    coverage.forget_tables()
    return coverage.received(grid, HEIGHT_M, sectors).signals()


def by_numpy(grid: Grid, sectors: list[Sector]) -> tuple[Array, Array]:
    """Return RSRP and SINR of the whole map, the formulas written down in float64 array by array. [dBm, dB].

    Distances and path loss are worked out once for the three sectors of a site.
    """
    best_mw, all_mw = np.zeros((grid.rows, grid.columns)), np.zeros((grid.rows, grid.columns))
    for first in range(0, len(sectors), 3):
        site = sectors[first]
        east_m, north_m = grid.centres_m()
        east_m, north_m = east_m - site.east_m, north_m - site.north_m
        d2d_m = np.maximum(np.hypot(east_m, north_m), radio.NEAR_M)
        zenith, loss_db = np.arctan2(d2d_m, HEIGHT_M - site.height_m), _loss_db(site, d2d_m)
        bearing_deg = np.degrees(np.arctan2(east_m, north_m))
        for sector in sectors[first : first + 3]:
            power_mw = 10 ** ((sector.subcarrier_dbm + _gain_dbi(sector, zenith, bearing_deg) - loss_db) / 10)
            all_mw += power_mw
            np.maximum(best_mw, power_mw, out=best_mw)
    return 10 * np.log10(best_mw), 10 * np.log10(best_mw / (all_mw - best_mw + noise_mw()))


def _loss_db(site: Sector, d2d_m: Array) -> Array:
    fall_m = site.height_m - HEIGHT_M
    log_d3d, log_f = np.log10(np.hypot(d2d_m, fall_m)), np.log10(site.fc_ghz)
    turn_m = 4 * (site.height_m - 1) * (HEIGHT_M - 1) * site.fc_ghz * 1e9 / radio.C_MPS
    near_db = 28 + 22 * log_d3d + 20 * log_f
    far_db = 28 + 40 * log_d3d + 20 * log_f - 9 * np.log10(turn_m**2 + fall_m**2)
    seen_db = np.where(d2d_m <= turn_m, near_db, far_db)
    hidden_db = np.maximum(seen_db, 13.54 + 39.08 * log_d3d + 20 * log_f)
    sight = np.where(d2d_m <= 18, 1.0, 18 / d2d_m + np.exp(-d2d_m / 63) * (1 - 18 / d2d_m))
    return np.asarray(sight * seen_db + (1 - sight) * hidden_db)


def _gain_dbi(sector: Sector, zenith: Array, bearing_deg: Array) -> Array:
    off_deg = (bearing_deg - sector.bearing_deg + 180) % 360 - 180
    vertical_db = np.minimum(12 * ((np.degrees(zenith) - 90) / 65) ** 2, 30)
    horizontal_db = np.minimum(12 * (off_deg / 65) ** 2, 30)
    phase = np.pi * sector.spacing_wavelengths * (np.cos(zenith) + np.sin(np.radians(sector.downtilt_deg)))
    column = (np.sin(sector.elements * phase) / np.sin(phase)) ** 2 / sector.elements
    column_db = 10 * np.log10(np.maximum(column, 10 ** (antenna.NULL_DB / 10)))
    return np.asarray(8 - np.minimum(vertical_db + horizontal_db, 30) + column_db)


def cpu_s(work: Callable[[], Result], runs: int) -> tuple[float, Result]:
    """Return the median CPU time of some runs, and what the last one gave. [s]."""
    times_s = []
    for _ in range(runs):
        started_s = time.process_time()
        result = work()
        times_s.append(time.process_time() - started_s)
    return median(times_s), result


def _beside_package(grid: Grid, sectors: list[Sector], ours_per_s: float) -> Iterator[Row]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            package = import_module("CRRM")  # installed where benches run, not where Loft runs
        except ImportError:
            return
    theirs_s, count = _package_s(package, grid, sectors)
    theirs = count * len(sectors) / theirs_s
    note = f"links per CPU second; baseline CRRM {package.get_version()}: UMa in sight, its own sector pattern"
    yield Row("coverage_links", round(ours_per_s), "1/s", round(theirs), round(ours_per_s / theirs, 1), note)


def _package_s(package: Any, grid: Grid, sectors: list[Sector]) -> tuple[float, int]:
    """Return the CPU time that the package takes to SINR for a part of the cells, and how many these are."""
    east_m, north_m = (axis.reshape(-1)[::PACKAGE_EVERY] for axis in grid.centres_m())
    cells = np.array([(east, north, HEIGHT_M) for north in north_m for east in east_m])
    sites = np.array([(sector.east_m, sector.north_m, sector.height_m) for sector in sectors[::3]])

    def work() -> None:
        simulator = package.Simulator(
            package.Parameters(
                cell_locations=sites, ue_initial_locations=cells, n_sectors=3, fc_GHz=4.9, bw_MHz=100.0,
                h_UT_default=HEIGHT_M, h_BS_default=25.0, pathloss_model_name="UMa",
            )
        )  # fmt: skip
        simulator.sinr.update()

    return cpu_s(work, 3)[0], len(cells)


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 1)
