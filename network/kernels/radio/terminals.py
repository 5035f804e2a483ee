"""What terminals anywhere find, many at once: the direct formulas, for the pairs within reach alone. Metres, dBm.

Definitions, and the same figures for a few places: `network.kernels.radio.sector`. What a sector sends to a place does
not hang on which others are on air, so several airs of the same sectors cost little more than one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from network.kernels.radio import antenna, radio
from network.kernels.radio.sector import (
    NOWHERE,
    SUBCARRIER_HZ,
    Sector,
    Signals,
    expected_loss_db,
    nearest_m,
    signals_of,
)

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Kinds = tuple[Ints, tuple[Sector, ...]]
"""The number of each sector's kind, and a sector of every kind."""
Place = tuple[Array, Array, Array]
"""East and north of places, and their heights above ground, 1.5 to 300 m; each of shape (n,). [m]"""

MOST_PAIRS_AT_ONCE = 1_000_000
_RINGS = 2  # a sector is looked for in so many cells around a place's own
_ANTENNA = attrgetter("pattern", "elements", "downtilt_deg", "spacing_wavelengths", "omni_dbi")


@dataclass(frozen=True)
class Senders:
    """Sectors as columns, each of shape (n,) where it is not said otherwise."""

    sectors: tuple[Sector, ...]
    where: Array  # east, north, height and bearing of each, shape (n, 4) [m, degrees]
    limits: Array  # above which height a user is in the air, and how far each reaches on the ground and there [m]
    sent_dbm: Array  # of one subcarrier while on air, before the antenna
    load: Array
    carrier_ghz: Array
    paths: Kinds  # those of one kind differ in height alone, as to what is lost on the way
    antennas: Kinds  # and in bearing alone, as to the antenna


def senders_of(sectors: Sequence[Sector]) -> Senders:
    """Return sectors as columns; whether they are on air does not matter."""
    where = [(row.east_m, row.north_m, row.height_m, row.bearing_deg) for row in sectors]
    ranges = [radio.RANGES[row.scenario] for row in sectors]
    limits = [(row.threshold_m, row.ground_far_m, row.aerial_far_m) for row in ranges]
    sent = [(row.power_dbm, row.bandwidth_hz, row.load_share, row.fc_ghz) for row in sectors]
    power_dbm, bandwidth_hz, load, carrier_ghz = np.array(sent, float).reshape(-1, 4).T
    return Senders(
        tuple(sectors), np.array(where, float).reshape(-1, 4), np.array(limits, float).reshape(-1, 3),
        power_dbm - 10 * np.log10(bandwidth_hz / SUBCARRIER_HZ), load, carrier_ghz,
        _kinds(sectors, attrgetter("scenario", "fc_ghz")), _kinds(sectors, _ANTENNA),
    )  # fmt: skip


@dataclass(frozen=True)
class Received:
    """What sectors send to some places, were all of them on air: pairs (k,), in the order of the places."""

    senders: Senders
    count: int  # of the places
    place: Ints
    sector: Ints
    power_mw: Array

    def signals(self, is_on_air: Flags) -> Signals:
        """Return what the terminals find while only some of the sectors, shape (sectors,), are on air."""
        if not self.senders.sectors:
            nothing = np.full(self.count, np.nan)
            return Signals(np.full(self.count, NOWHERE, np.int32), nothing, nothing.copy(), nothing.copy())
        power_mw = np.where(is_on_air[self.sector], self.power_mw, 0.0)
        best_mw, server = np.zeros(self.count), np.full(self.count, NOWHERE, np.int64)
        np.maximum.at(best_mw, self.place, power_mw)
        strongest = np.flatnonzero((power_mw == best_mw[self.place]) & (power_mw > 0))
        strongest = strongest[np.argsort(-self.sector[strongest], kind="stable")]
        server[self.place[strongest]] = self.sector[strongest]  # of equal ones the first stays, as it is written last
        serving, carrier_ghz = server[self.place], self.senders.carrier_ghz
        disturbs = (carrier_ghz[self.sector] == carrier_ghz[serving]) & (self.sector != serving)
        weights = power_mw * self.senders.load[self.sector] * disturbs
        others_mw: Array = np.bincount(self.place, weights, minlength=self.count).astype(float)
        return signals_of(self.senders.sectors, server.astype(np.intp), best_mw, others_mw)


def received(senders: Senders, place: Place) -> Iterator[Received]:
    """Yield what sectors send to places, some of these at a time to bound the memory: one after the other."""
    count = len(place[0])
    starts, ends, order = _candidates(senders.where, float(senders.limits[:, 1:].max(initial=1.0)), place)
    total = np.cumsum((ends - starts).sum(axis=1))
    begin = 0
    while begin < count:
        before = total[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, before + MOST_PAIRS_AT_ONCE, side="right")))
        part: Place = (place[0][begin:end], place[1][begin:end], place[2][begin:end])
        yield _received(senders, part, _expanded(starts[begin:end], ends[begin:end], order))
        begin = end


def _candidates(where: Array, far_m: float, place: Place) -> tuple[Ints, Ints, Ints]:
    """Return where the sectors near each place begin and end in the third, which lists them by cell; (n, rows) each."""
    cell_m = far_m / _RINGS
    columns, rows = np.floor(where[:, :2] / cell_m).astype(np.int64).T
    first, last = (int(columns.min()), int(columns.max())) if len(columns) else (0, 0)
    width, order = last - first + 1, np.lexsort((columns, rows))
    keys = (rows * width + columns - first)[order]
    own_column, own_row = (np.floor(axis / cell_m).astype(np.int64) for axis in place[:2])
    ring = np.arange(-_RINGS, _RINGS + 1)
    line = (own_row[:, None] + ring) * width
    low, high = (np.clip(own_column - first + side, 0, width - 1)[:, None] for side in (-_RINGS, _RINGS))
    is_beside = ((own_column + _RINGS < first) | (own_column - _RINGS > last))[:, None]
    starts, ends = np.searchsorted(keys, line + low), np.searchsorted(keys, line + high, side="right")
    return starts, np.where(is_beside, starts, ends), order


def _expanded(starts: Ints, ends: Ints, order: Ints) -> tuple[Ints, Ints]:
    """Return the pairs of places and sectors that lie in these ranges."""
    counts = (ends - starts).ravel()
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    place = np.repeat(np.repeat(np.arange(len(starts)), starts.shape[1]), counts)
    return place, order[np.repeat(starts.ravel(), counts) + within]


def _received(senders: Senders, place: Place, pairs: tuple[Ints, Ints]) -> Received:
    near, sector = pairs
    east_m, north_m = (place[axis][near] - senders.where[sector, axis] for axis in (0, 1))
    threshold_m, ground_m, aerial_m = senders.limits[sector].T
    reached = np.hypot(east_m, north_m) <= np.where(place[2][near] > threshold_m, aerial_m, ground_m)
    near, sector = near[reached], sector[reached]
    power_mw = _power_mw(senders, sector, (east_m[reached], north_m[reached], place[2][near]))
    return Received(senders, len(place[0]), near, sector, power_mw)


def _power_mw(senders: Senders, sector: Ints, away: Place) -> Array:
    """Return the power of each pair; places are seen from their sector."""
    east_m, north_m, height_m = away
    _, _, antenna_m, bearing_deg = senders.where[sector].T
    rise_m = height_m - antenna_m
    d2d_m, loss_db, gain_dbi = np.hypot(east_m, north_m), np.empty(len(sector)), np.empty(len(sector))
    for example, alike in _alike(senders.paths, sector):
        scenario, height = example.scenario, height_m[alike]
        d2d_m[alike] = np.maximum(d2d_m[alike], nearest_m(scenario, rise_m[alike], height))
        loss_db[alike] = expected_loss_db(scenario, d2d_m[alike], antenna_m[alike], height, example.fc_ghz)
    azimuth_deg = antenna.off_boresight_deg(antenna.bearing_deg(east_m, north_m), bearing_deg)
    zenith_deg = antenna.zenith_deg(d2d_m, rise_m)
    for example, alike in _alike(senders.antennas, sector):
        gain_dbi[alike] = example.gain_dbi(zenith_deg[alike], azimuth_deg[alike])
    return np.asarray(10 ** ((senders.sent_dbm[sector] + gain_dbi - loss_db) / 10))


def _kinds(sectors: Sequence[Sector], key: Callable[[Sector], tuple[object, ...]]) -> Kinds:
    examples: dict[tuple[object, ...], tuple[int, Sector]] = {}
    numbers = [examples.setdefault(key(row), (len(examples), row))[0] for row in sectors]
    return np.array(numbers, np.int64), tuple(row for _, row in examples.values())


def _alike(kinds: Kinds, sector: Ints) -> Iterator[tuple[Sector, Ints]]:
    """Yield a sector of each kind, and which pairs are of its kind."""
    numbers, examples = kinds
    of_pairs = numbers[sector]
    order = np.argsort(of_pairs, kind="stable")
    ends = np.cumsum(np.bincount(of_pairs, minlength=len(examples))).tolist()
    for example, begin, end in zip(examples, [0, *ends], ends, strict=False):
        if end > begin:
            yield example, order[begin:end]
