"""Whether a flight keeps its control link: over the air to a station, and through the transport to computing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from network.actions.radio.raster import SOURCE
from network.actions.radio.sector import REACH_M, Air, air, region_at
from network.actions.topology.path import latencies_to_computing
from network.kernels.geodesy import to_enu
from network.kernels.radio import connectivity
from network.kernels.radio.connectivity import Need, Path, Segment

DEFINITION = (
    "Per segment the worst of samples every 50 m. Feasible: RSRP and SINR less the fading margin meet the need, so do "
    "the rates both ways over the bandwidth granted, and so does the latency: 99th percentile of the air interface "
    "(uplink, configured grant) and of the transport to the nearest computing, one way. Medians by TR 38.901 and "
    "TR 36.777, antenna patterns included; interference of all others at their load. Unknown is never feasible."
)


@dataclass(frozen=True)
class Point:
    """Where a flight is at a time. Height above ground."""

    lat_deg: float
    lon_deg: float
    height_m: float
    at: datetime


@dataclass(frozen=True)
class Part:
    """A segment of a flight; None is unknown."""

    index: int
    start_at: datetime
    end_at: datetime
    is_feasible: bool | None
    reasons: tuple[str, ...]
    rsrp_dbm: float | None
    sinr_db: float | None
    downlink_kbps: float
    uplink_kbps: float
    latency_ms: float | None
    weakest_at: datetime
    servers: tuple[str, ...]  # sectors in the order of flight


@dataclass(frozen=True)
class Route:
    """A flight judged. It is feasible when every segment is; unknown when none is known not to be."""

    region: str
    is_feasible: bool | None
    segments: tuple[Part, ...]
    weak: tuple[Part, ...]  # the segments that are not feasible, or not known to be
    servers: tuple[str, ...]  # in the order of flight; each change is a handover
    handovers: int
    need: Need
    definition: str = DEFINITION
    source: str = SOURCE


def route(points: Sequence[Point], need: Need | None = None) -> Route | None:
    """Judge the control link of a flight, segment by segment.

    Args:
        points: places in time, at least two, each later than the one before.
        need: what the link needs.

    Returns:
        The flight judged by the sectors of the region it begins in; None when no region reaches its beginning.

    Raises:
        ValueError: the points are no flight within the range of the model; the message names what is wrong.
    """
    region = region_at(points[0].lat_deg, points[0].lon_deg)
    if region is None:
        return None
    around, need = air(region), need or Need()
    path = _path(points, around)
    near = _near(path, around)
    transport_ms = _transport_ms([around.site_ids[index] for index in near])
    segments = connectivity.control_link(path, [around.sectors[index] for index in near], transport_ms, need)
    slugs = [around.slugs[index] for index in near]
    parts = tuple(_part(index, segment, points[0].at, slugs) for index, segment in enumerate(segments))
    servers = _flown([slug for part in parts for slug in part.servers])
    return Route(
        region=region.slug,
        is_feasible=_whole([part.is_feasible for part in parts]),
        segments=parts,
        weak=tuple(part for part in parts if not part.is_feasible),
        servers=servers,
        handovers=max(len(servers) - 1, 0),
        need=need,
    )


def _path(points: Sequence[Point], around: Air) -> Path:
    lat_deg, lon_deg = np.array([(point.lat_deg, point.lon_deg) for point in points]).T
    east_m, north_m = to_enu(lat_deg, lon_deg, around.region.lat_deg, around.region.lon_deg)
    at_s = np.array([(point.at - points[0].at).total_seconds() for point in points])
    return Path(at_s, east_m, north_m, np.array([point.height_m for point in points], float))


def _near(path: Path, around: Air) -> list[int]:
    """Return which sectors may reach some place of a path."""
    return [
        index
        for index, sector in enumerate(around.sectors)
        if path.east_m.min() - REACH_M <= sector.east_m <= path.east_m.max() + REACH_M
        and path.north_m.min() - REACH_M <= sector.north_m <= path.north_m.max() + REACH_M
    ]


def _transport_ms(site_ids: Sequence[int]) -> list[float]:
    """Return the 99th percentile of the latency from each site to the computing nearest to it, NaN where none is."""
    latencies = latencies_to_computing(set(site_ids))
    return [latencies[pk].p99_ms if pk in latencies else float("nan") for pk in site_ids]


def _part(index: int, segment: Segment, start_at: datetime, slugs: Sequence[str]) -> Part:
    return Part(
        index=index,
        start_at=start_at + timedelta(seconds=segment.start_s),
        end_at=start_at + timedelta(seconds=segment.end_s),
        is_feasible=segment.is_feasible,
        reasons=tuple(str(reason) for reason in segment.reasons),
        rsrp_dbm=segment.rsrp_dbm,
        sinr_db=segment.sinr_db,
        downlink_kbps=segment.downlink_bps / 1e3,
        uplink_kbps=segment.uplink_bps / 1e3,
        latency_ms=segment.latency_ms,
        weakest_at=start_at + timedelta(seconds=segment.weakest_at_s),
        servers=tuple(slugs[server] for server in segment.servers),
    )


def _flown(servers: list[str]) -> tuple[str, ...]:
    """Return the servers with repetitions left out."""
    return (*servers[:1], *(after for before, after in pairwise(servers) if after != before))


def _whole(parts: Sequence[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True
