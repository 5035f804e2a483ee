"""Connectivity along ways: how much of a corridor is covered, and whether a flight keeps its control link.

Everything is by the direct formulas of `network.kernels.radio.sector` at sampled places; figures are modelled medians.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from network.kernels.radio import radio
from network.kernels.radio.raster.coverage import RSRP_GOAL_DBM, SINR_GOAL_DB
from network.kernels.radio.sector import NOWHERE, Sector, Signals, signals_at
from network.kernels.topology.latency import HOPS

Array = NDArray[np.float64]

STEP_M = 50.0
MOST_SAMPLES = 200_000
LOWEST_M = 1.5
ROUTE_CEILING_M = 300.0  # corridors count below it
BAND_SAMPLES = 3
Samples = tuple[Array, Signals, Array, Array, Array]  # time, signals, rates down and up, latency


@dataclass(frozen=True)
class Corridor:
    """A way for drones: a line over ground, and the heights between which they may fly.

    Raises:
        ValueError: fewer than two places, or heights that are no band within 1.5 to 300 m.
    """

    east_m: tuple[float, ...]
    north_m: tuple[float, ...]
    lowest_m: float
    highest_m: float

    def __post_init__(self) -> None:
        if len(self.east_m) < 2 or len(self.east_m) != len(self.north_m):
            raise ValueError(f"{len(self.east_m)} east_m and {len(self.north_m)} north_m; expected as many, at least 2")
        if not np.isfinite([*self.east_m, *self.north_m]).all():
            raise ValueError("east_m or north_m is not finite; expected metres")
        if not LOWEST_M <= self.lowest_m <= self.highest_m <= ROUTE_CEILING_M:
            heights = f"{self.lowest_m} to {self.highest_m}"
            raise ValueError(f"the heights are {heights} m; expected a band within {LOWEST_M} to {ROUTE_CEILING_M:g} m")


@dataclass(frozen=True)
class RouteCover:
    """How much of a corridor's length is covered: both goals met at the bottom, middle and top of its band."""

    length_m: float
    covered_m: float

    @property
    def share(self) -> float | None:
        """The covered share of the length; None when there is no length."""
        return self.covered_m / self.length_m if self.length_m > 0 else None


@dataclass(frozen=True)
class Pieces:
    """A corridor cut into even pieces, each judged in its middle at the bottom, middle and top of its band."""

    east_m: Array  # of both ends, shape (n, 2)
    north_m: Array
    length_m: Array
    rsrp_dbm: Array  # the least of the band; NaN where no sector reaches all of it
    sinr_db: Array
    is_covered: NDArray[np.bool_]
    is_known: NDArray[np.bool_]  # false where all that is known is good, yet something is not known

    @property
    def cover(self) -> RouteCover:
        """How much of the length is covered."""
        return RouteCover(float(self.length_m.sum()), float(self.length_m[self.is_covered].sum()))


@dataclass(frozen=True)
class Way:
    """What a corridor's pieces find, whatever counts as covered: `judged` says that of any goals, in no time."""

    east_m: Array
    north_m: Array
    length_m: Array
    rsrp_dbm: NDArray[np.floating]  # the least of the band; NaN where no sector reaches all of it
    sinr_db: NDArray[np.floating]
    known_rsrp_dbm: NDArray[np.floating]  # the least of what is known of the band; infinite where nothing is
    known_sinr_db: NDArray[np.floating]

    def judged(self, rsrp_goal_dbm: float, sinr_goal_db: float) -> Pieces:
        """Return the pieces judged by goals, both of which have to be met in all of the band. [dBm, dB]."""
        good = (self.rsrp_dbm >= rsrp_goal_dbm) & (self.sinr_db >= sinr_goal_db)
        bad = (self.known_rsrp_dbm < rsrp_goal_dbm) | (self.known_sinr_db < sinr_goal_db)
        least = self.rsrp_dbm.astype(float), self.sinr_db.astype(float)
        return Pieces(self.east_m, self.north_m, self.length_m, *least, np.asarray(good), np.asarray(good | bad))

    @property
    def size_bytes(self) -> int:
        """Memory held."""
        arrays = self.east_m, self.north_m, self.length_m, self.rsrp_dbm, self.sinr_db
        return sum(array.nbytes for array in arrays) + self.known_rsrp_dbm.nbytes + self.known_sinr_db.nbytes


@dataclass(frozen=True)
class Need:
    """What a control link (C2) needs, and what it is given.

    Source: 3GPP TR 36.777 section 5, TS 22.125: 60 to 100 kb/s, at most 50 ms, 99.9 %. The rest are engineering
    defaults; the margin is 3.1 standard deviations of shadow fading in sight at 100 m, what 99.9 % of the time takes.
    """

    rate_bps: float = 100e3
    latency_ms: float = 50.0
    rsrp_dbm: float = RSRP_GOAL_DBM
    sinr_db: float = SINR_GOAL_DB
    bandwidth_hz: float = 1.44e6  # granted to the link, each way
    fading_margin_db: float = 7.4
    terminal_dbm: float = 23.0
    station_noise_figure_db: float = 5.0
    uplink_interference_db: float = 3.0


class Reason(StrEnum):
    """Why a segment cannot carry the link, or why that is not known."""

    OUT_OF_REACH = "out_of_reach"
    RSRP = "rsrp"
    SINR = "sinr"
    DOWNLINK_RATE = "downlink_rate"
    UPLINK_RATE = "uplink_rate"
    LATENCY = "latency"
    LATENCY_UNKNOWN = "latency_unknown"


OUT_OF_REACH = (Reason.OUT_OF_REACH,)  # of which all else follows


@dataclass(frozen=True)
class Path:
    """A flight: places in time, of one shape (n,), n at least 2.

    Raises:
        ValueError: shapes differ, time does not pass, or a value is out of range.
    """

    at_s: Array
    east_m: Array
    north_m: Array
    height_m: Array  # above ground; below 1.5 m taken as 1.5 m

    def __post_init__(self) -> None:
        shapes = {array.shape for array in (self.at_s, self.east_m, self.north_m, self.height_m)}
        if len(shapes) != 1 or len(self.at_s.shape) != 1 or len(self.at_s) < 2:
            raise ValueError("at_s, east_m, north_m and height_m differ in shape or are short; expected (n,), n >= 2")
        if not np.isfinite([self.at_s, self.east_m, self.north_m, self.height_m]).all():
            raise ValueError("a value of the path is not finite; expected numbers")
        if not np.all(np.diff(self.at_s) > 0):
            raise ValueError("at_s does not ascend; expected each place later than the one before")
        if not np.all(self.height_m <= radio.CEILING_M):
            raise ValueError(f"height_m is out of range; expected up to {radio.CEILING_M:g} m")


@dataclass(frozen=True)
class Segment:
    """What the link is like between two places of a path: the worst of its samples. None is unknown."""

    start_s: float
    end_s: float
    is_feasible: bool | None
    reasons: tuple[Reason, ...]
    rsrp_dbm: float | None
    sinr_db: float | None
    downlink_bps: float
    uplink_bps: float
    latency_ms: float | None
    weakest_at_s: float  # where the signal over interference and noise is least
    servers: tuple[int, ...]  # in the order of flight; a change is a handover


def corridor_way(corridor: Corridor, sectors: Sequence[Sector], step_m: float = STEP_M) -> Way:
    """Say what each piece of a corridor finds.

    Args:
        corridor: the way.
        sectors: the senders.
        step_m: no piece is longer. [m]

    Raises:
        ValueError: the step is not above 0, or asks for too many samples.
    """
    east_m, north_m, piece_m = _pieces(np.array(corridor.east_m), np.array(corridor.north_m), step_m)
    heights_m = np.unique(np.linspace(corridor.lowest_m, corridor.highest_m, BAND_SAMPLES))[:, None]
    signals = signals_at(sectors, east_m.mean(axis=1), north_m.mean(axis=1), heights_m)
    both = signals.rsrp_dbm, signals.sinr_db
    least, known = ([take(side) for side in both] for take in (_least, _least_known))
    return Way(east_m, north_m, piece_m, *least, *known)


def corridor_pieces(
    corridor: Corridor,
    sectors: Sequence[Sector],
    rsrp_goal_dbm: float = RSRP_GOAL_DBM,
    sinr_goal_db: float = SINR_GOAL_DB,
    step_m: float = STEP_M,
) -> Pieces:
    """Judge a corridor piece by piece; goals as for `Way.judged`, the rest as for `corridor_way`."""
    return corridor_way(corridor, sectors, step_m).judged(rsrp_goal_dbm, sinr_goal_db)


def corridor_cover(
    corridor: Corridor,
    sectors: Sequence[Sector],
    rsrp_goal_dbm: float = RSRP_GOAL_DBM,
    sinr_goal_db: float = SINR_GOAL_DB,
    step_m: float = STEP_M,
) -> RouteCover:
    """Say how much of a corridor is covered; arguments as for `corridor_pieces`."""
    return corridor_pieces(corridor, sectors, rsrp_goal_dbm, sinr_goal_db, step_m).cover


def routes_cover(covers: Sequence[RouteCover]) -> RouteCover:
    """Return the cover of several corridors together, each by its length."""
    return RouteCover(sum(cover.length_m for cover in covers), sum(cover.covered_m for cover in covers))


def control_link(
    path: Path, sectors: Sequence[Sector], transport_ms: ArrayLike, need: Need | None = None, step_m: float = STEP_M
) -> list[Segment]:
    """Judge the control link of a flight, segment by segment.

    Args:
        path: the flight.
        sectors: the senders.
        transport_ms: one-way latency from each sector to where the flight is controlled; NaN where unknown. [ms]
        need: what the link needs.
        step_m: each segment is sampled at both ends and at least so often between. [m]

    Returns:
        One segment per pair of places. Latency is the air interface's 99th percentile (uplink, configured grant) and
        the transport's. A segment that meets all else with its latency unknown is neither feasible nor infeasible.

    Raises:
        ValueError: the step is not above 0, asks for too many samples, or `transport_ms` does not fit the sectors.
    """
    to_gateway_ms = np.append(np.asarray(transport_ms, float).reshape(-1), np.nan)
    if len(to_gateway_ms) != len(sectors) + 1:
        raise ValueError(f"transport_ms has {len(to_gateway_ms) - 1} entries; expected {len(sectors)}")
    segment, at_s = _samples(path, step_m)
    east_m, north_m, height_m = (np.interp(at_s, path.at_s, a) for a in (path.east_m, path.north_m, path.height_m))
    signals = signals_at(sectors, east_m, north_m, np.maximum(height_m, LOWEST_M))
    need = need or Need()
    rates_bps = _rates_bps(signals, sectors, need)
    latency_ms = to_gateway_ms[signals.server] + HOPS.radio_uplink_p99_ms
    first = np.searchsorted(segment, np.arange(len(path.at_s)))
    return [
        _judged(path, index, slice(first[index], first[index + 1]), (at_s, signals, *rates_bps, latency_ms), need)
        for index in range(len(path.at_s) - 1)
    ]


def _least(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(values.min(axis=0))


def _least_known(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(np.where(np.isnan(values), np.inf, values).min(axis=0).astype(values.dtype))


def _judged(path: Path, index: int, part: slice, samples: Samples, need: Need) -> Segment:
    at_s, signals, *others = samples
    server, rsrp_dbm, sinr_db = signals.server[part], signals.rsrp_dbm[part], signals.sinr_db[part]
    down_bps, up_bps, latency_ms = (other[part] for other in others)
    reached = server != NOWHERE
    reasons = _reasons((rsrp_dbm, sinr_db, down_bps, up_bps, latency_ms), need) if reached.all() else OUT_OF_REACH
    serving = server[np.append(True, np.diff(server) != 0) & reached]
    return Segment(
        start_s=float(path.at_s[index]),
        end_s=float(path.at_s[index + 1]),
        is_feasible=None if reasons == (Reason.LATENCY_UNKNOWN,) else not reasons,
        reasons=reasons,
        rsrp_dbm=float(rsrp_dbm.min()) if reached.all() else None,
        sinr_db=float(sinr_db.min()) if reached.all() else None,
        downlink_bps=float(down_bps.min()),
        uplink_bps=float(up_bps.min()),
        latency_ms=None if np.isnan(latency_ms).any() else float(latency_ms.max()),
        weakest_at_s=float(at_s[part][np.argmin(np.where(reached, sinr_db, -np.inf))]),
        servers=tuple(int(server) for server in serving),
    )


def _reasons(samples: tuple[NDArray[np.floating], ...], need: Need) -> tuple[Reason, ...]:
    rsrp_dbm, sinr_db, down_bps, up_bps, latency_ms = samples
    judged = {
        Reason.RSRP: rsrp_dbm - need.fading_margin_db < need.rsrp_dbm,
        Reason.SINR: sinr_db - need.fading_margin_db < need.sinr_db,
        Reason.DOWNLINK_RATE: down_bps < need.rate_bps,
        Reason.UPLINK_RATE: up_bps < need.rate_bps,
        Reason.LATENCY: latency_ms > need.latency_ms,
    }
    reasons = tuple(reason for reason, is_so in judged.items() if is_so.any())
    return (Reason.LATENCY_UNKNOWN,) if not reasons and np.isnan(latency_ms).any() else reasons


def _rates_bps(signals: Signals, sectors: Sequence[Sector], need: Need) -> tuple[Array, Array]:
    """Return the rate of the link down and up, its margin for fading taken off; 0 where no sector reaches."""
    sent_dbm = np.array([*(sector.subcarrier_dbm for sector in sectors), np.nan])[signals.server]
    noise_dbm = radio.noise_dbm(need.bandwidth_hz, need.station_noise_figure_db) + need.uplink_interference_db
    up_db = need.terminal_dbm - (sent_dbm - signals.rsrp_dbm) - noise_dbm
    rates = (radio.spectral_efficiency_bps_per_hz(db - need.fading_margin_db) for db in (signals.sinr_db, up_db))
    down_bps, up_bps = (np.nan_to_num(rate * need.bandwidth_hz) for rate in rates)
    return down_bps, up_bps


def _samples(path: Path, step_m: float) -> tuple[NDArray[np.int64], Array]:
    """Return of every sample its segment and its time, both ends of each segment included."""
    length_m = np.sqrt(sum(np.diff(axis) ** 2 for axis in (path.east_m, path.north_m, path.height_m)))
    count = _counts(length_m, step_m) + 1
    segment = np.repeat(np.arange(len(count)), count)
    share = (np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)) / np.repeat(count - 1, count)
    return segment, path.at_s[segment] + share * np.diff(path.at_s)[segment]


def _pieces(east_m: Array, north_m: Array, step_m: float) -> tuple[Array, Array, Array]:
    """Cut a line into pieces; return east and north of both their ends, and how long they are."""
    length_m = np.hypot(np.diff(east_m), np.diff(north_m))
    count = _counts(length_m, step_m)
    side = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(side)) - np.repeat(np.cumsum(count) - count, count)
    share = (place[:, None] + np.array([0.0, 1.0])) / count[side][:, None]
    ends_m = (axis[side][:, None] + share * np.diff(axis)[side][:, None] for axis in (east_m, north_m))
    return *ends_m, (length_m / count)[side]


def _counts(length_m: Array, step_m: float) -> NDArray[np.int64]:
    if not step_m > 0:
        raise ValueError(f"step_m is {step_m}; expected above 0 m")
    if length_m.sum() / step_m + len(length_m) > MOST_SAMPLES:
        raise ValueError(f"{length_m.sum():.0f} m in steps of {step_m:g} m; expected at most {MOST_SAMPLES:,} samples")
    return np.maximum(np.ceil(length_m / step_m), 1).astype(np.int64)
