"""How much of a region is covered, and of the corridors flown over it. Modelled; every share carries its definition."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from network.actions.radio import changes, layers, raster
from network.actions.radio.layers import LayerCache
from network.actions.radio.on_air import OnAir, on_air
from network.actions.radio.sector import Air, air
from network.actions.topology.live import Live, Twin
from network.kernels.geodesy import from_enu, haversine_m, to_enu
from network.kernels.radio import connectivity
from network.kernels.radio.connectivity import ROUTE_CEILING_M, STEP_M, Pieces, Way
from network.kernels.radio.raster import coverage
from network.kernels.radio.raster.coverage import LAYERS_M, RSRP_GOAL_DBM, SINR_GOAL_DB
from network.models import Corridor, Region

ROUTES_TARGET_SHARE = 0.9  # of public low-altitude routes, by 2027: the national guideline of February 2026
MOST_PIECES = 40_000  # of all corridors of a region together; with more, the pieces are longer
RUN_PIECES = 10  # drawn as one at most
MOST_FIGURES_BYTES = 24_000_000
Feature = dict[str, Any]

DEFINITION = (
    "Covered is where RSRP is at least %(rsrp)s dBm and SINR at least %(sinr)s dB. Area: share of %(area)s, squares of "
    "%(cell)s m, each judged in its middle; 5th percentile of the SINR over those that a sector reaches. Routes: share "
    "of the length of public corridors below %(ceiling)s m, judged every %(step)s m at the bottom, middle and top of "
    "their band. What is unknown counts as not covered. %(model)s"
)


@dataclass(frozen=True)
class Goals:
    """What counts as covered: both met."""

    rsrp_dbm: float = RSRP_GOAL_DBM
    sinr_db: float = SINR_GOAL_DB


@dataclass(frozen=True)
class LayerShare:
    """How much of the area is covered at one height. None: no cell counts, or no sector reaches one."""

    height_m: float
    share: float | None
    reached_share: float | None
    p5_sinr_db: float | None
    cells: int
    lost_share: float | None = None  # covered as planned, surely not now; None of the planned twin
    unknown_share: float | None = None  # covered or not by whether what nothing is known of sends; likewise


@dataclass(frozen=True)
class CorridorShare:
    """How much of a corridor's length is covered."""

    slug: str
    share: float | None
    length_m: float
    covered_m: float


@dataclass(frozen=True)
class Routes:
    """How much of the public corridors is covered, each by its length. The share is None when there are none."""

    share: float | None
    length_m: float
    covered_m: float
    corridors: tuple[CorridorShare, ...]
    target_share: float = ROUTES_TARGET_SHARE


@dataclass(frozen=True)
class Kpis:
    """The figures of a region."""

    region: str
    layers: tuple[LayerShare, ...]
    routes: Routes
    area: str  # what counts, in words
    cell_m: float
    rsrp_goal_dbm: float
    sinr_goal_db: float
    computed_at: datetime
    version: str
    twin: str = Twin.PLANNED
    source: str = raster.SOURCE

    @property
    def definition(self) -> str:
        """What the figures are, in words of the present language."""
        return _(DEFINITION) % {
            "rsrp": f"{self.rsrp_goal_dbm:g}", "sinr": f"{self.sinr_goal_db:g}", "area": _(self.area),
            "cell": f"{self.cell_m:g}", "ceiling": f"{ROUTE_CEILING_M:g}", "step": f"{STEP_M:g}",
            "model": _(raster.DEFINITION),
        }  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """What was worked out of corridors, or of a whole region, kept with the air it holds for."""

    air: Air
    ways: dict[str, Way]
    kpis: Kpis | None = None

    @property
    def size_bytes(self) -> int:
        """Memory held, about."""
        return 5_000 + sum(way.size_bytes for way in self.ways.values())

    @property
    def memory(self) -> object:
        """What takes it."""
        return self


_routes: LayerCache[Figures] = LayerCache(MOST_FIGURES_BYTES)
_kpis: LayerCache[Figures] = LayerCache(1_000_000)


def kpis(region: Region, now: datetime, goals: Goals | None = None, live: Live | None = None) -> Kpis:
    """Return how much of a region is covered, layer by layer, and of its public corridors.

    Args:
        region: whose sectors and corridors count.
        now: stamped on figures that are not kept from before. [aware]
        goals: what counts as covered.
        live: the live twin, where only what is known to be on air covers anything; without it, all that is planned to.
    """
    around, goals = on_air(region, live), goals or Goals()
    corridors = list(region.corridors.all())

    both = replace(around.known, digest=f"{around.known.digest} {around.possible.digest}")  # they rest on either air

    def make(_before: Figures | None) -> Figures:
        return Figures(both, {}, _measured(around, corridors, goals, now))

    key = region.pk, goals, _digest(corridors), both.role
    kpis = _kpis.take(key, both, make).kpis
    assert kpis is not None
    return kpis


def corridor_shares(region: Region, goals: Goals | None = None) -> dict[str, CorridorShare]:
    """Return how much of each corridor of a region is covered, by slug, private ones included; kept as `kpis` are.

    A corridor all above the ceiling of the model is left out.
    """
    pieces = _pieces(air(region), list(region.corridors.all()), goals or Goals())
    covers = {slug: piece.cover for slug, piece in pieces.items()}
    return {slug: CorridorShare(slug, cover.share, cover.length_m, cover.covered_m) for slug, cover in covers.items()}


def corridor_features(region: Region, goals: Goals | None = None, live: Live | None = None) -> Iterator[Feature]:
    """Yield the corridors of a region as GeoJSON, cut where it changes whether they are covered and every 500 m.

    By the live twin what is covered only if something sends of which nothing is known is not known to be covered.
    """
    around, goals = on_air(region, live), goals or Goals()
    corridors = list(region.corridors.all())
    pieces = _pieces_now(around, corridors, goals)
    for corridor in corridors:
        common = {
            "slug": corridor.slug, "name_en": corridor.name_en, "name_zh": corridor.name_zh,
            "lowest_m": corridor.lowest_m, "highest_m": corridor.highest_m, "is_public": corridor.is_public,
        }  # fmt: skip
        if corridor.slug not in pieces:
            unknown = {"is_covered": None, "rsrp_dbm": None, "sinr_db": None}
            yield _feature(corridor.path_lon_lat_deg, common | unknown)
            continue
        yield from (_run(pieces[corridor.slug], run, region, common) for run in _runs(pieces[corridor.slug]))


def _pieces_now(around: OnAir, corridors: list[Corridor], goals: Goals) -> dict[str, Pieces]:
    pieces = _pieces(around.known, corridors, goals)
    if around.is_whole:
        return pieces
    planned, possible = (_pieces(air, corridors, goals) for air in (around.planned, around.possible))
    return {slug: _now(piece, planned[slug], possible[slug]) for slug, piece in pieces.items()}


def _now(known: Pieces, planned: Pieces, possible: Pieces) -> Pieces:
    """Return pieces that are unknown where it hangs on what nothing is known of whether they are covered.

    A piece that was known as planned, and that nothing may cover now, is known not to be covered.
    """
    is_lost = ~possible.is_covered & ~known.is_covered & (known.is_known | planned.is_known)
    is_covered = known.is_covered & possible.is_covered
    return replace(known, is_covered=is_covered, is_known=is_covered | is_lost)


def _measured(around: OnAir, corridors: list[Corridor], goals: Goals, now: datetime) -> Kpis:
    air = around.known
    ground = layers.ground(air.region)
    return Kpis(
        region=air.region.slug,
        layers=tuple(_layer_share(around, height_m, goals) for height_m in LAYERS_M),
        routes=_routes_share(around, corridors, goals),
        area=ground.area,
        cell_m=ground.grid.cell_m,
        rsrp_goal_dbm=goals.rsrp_dbm,
        sinr_goal_db=goals.sinr_db,
        computed_at=now,
        version=raster.version(air),
        twin=air.twin,
    )


def _layer_share(around: OnAir, height_m: float, goals: Goals) -> LayerShare:
    found = changes.changed(around, height_m, goals.rsrp_dbm, goals.sinr_db)
    layer = layers.layer(around.known, height_m)
    cover = coverage.cover(layer.signals, layer.ground.counted, goals.rsrp_dbm, goals.sinr_db)
    share = LayerShare(height_m, cover.share, cover.reached_share, cover.p5_sinr_db, cover.cells)
    if around.known.twin is Twin.PLANNED or not cover.cells:
        return share
    covered, lost, unknown = (float((part & layer.ground.counted).sum() / cover.cells) for part in found)
    return replace(share, share=covered, lost_share=lost, unknown_share=unknown)


def _routes_share(around: OnAir, corridors: list[Corridor], goals: Goals) -> Routes:
    pieces = _pieces_now(around, corridors, goals)
    public = [corridor.slug for corridor in corridors if corridor.is_public and corridor.slug in pieces]
    covers = {slug: pieces[slug].cover for slug in public}
    whole = connectivity.routes_cover(list(covers.values()))
    shares = (CorridorShare(slug, cover.share, cover.length_m, cover.covered_m) for slug, cover in covers.items())
    return Routes(whole.share, whole.length_m, whole.covered_m, tuple(shares))


def _pieces(around: Air, corridors: list[Corridor], goals: Goals) -> dict[str, Pieces]:
    """Return the judged pieces of those corridors that lie below the ceiling, the part above it left out.

    What they find is kept for all goals, so that another goal costs comparisons only.
    """
    flown = [
        corridor
        for corridor in corridors
        if corridor.lowest_m < ROUTE_CEILING_M and corridor.highest_m >= connectivity.LOWEST_M
    ]

    def make(_before: Figures | None) -> Figures:
        step_m = max(STEP_M, sum(_length_m(corridor) for corridor in flown) / MOST_PIECES)
        ways = {
            corridor.slug: connectivity.corridor_way(to_kernel(corridor, around.region), around.sectors, step_m)
            for corridor in flown
        }
        return Figures(around, ways)

    ways = _routes.take((around.region.pk, _digest(flown), around.role), around, make).ways
    return {slug: way.judged(goals.rsrp_dbm, goals.sinr_db) for slug, way in ways.items()}


def to_kernel(row: Corridor, region: Region) -> connectivity.Corridor:
    """Return a corridor as the kernels want it, its band taken into the range of the formulas."""
    lon_deg, lat_deg = np.array(row.path_lon_lat_deg, float).T
    east_m, north_m = to_enu(lat_deg, lon_deg, region.lat_deg, region.lon_deg)
    lowest_m = max(row.lowest_m, connectivity.LOWEST_M)
    highest_m = min(row.highest_m, ROUTE_CEILING_M)
    return connectivity.Corridor(tuple(east_m.tolist()), tuple(north_m.tolist()), lowest_m, highest_m)


def _length_m(row: Corridor) -> float:
    lon_deg, lat_deg = np.array(row.path_lon_lat_deg, float).T
    return float(haversine_m(lat_deg[:-1], lon_deg[:-1], lat_deg[1:], lon_deg[1:]).sum())


def _digest(corridors: list[Corridor]) -> str:
    inputs = [
        (corridor.slug, corridor.path_lon_lat_deg, corridor.lowest_m, corridor.highest_m, corridor.is_public)
        for corridor in corridors
    ]
    return hashlib.sha256(repr(inputs).encode()).hexdigest()


def _runs(pieces: Pieces) -> Iterator[slice]:
    """Yield neighbouring pieces alike in what is said of them."""
    state = pieces.is_covered * 2 + pieces.is_known
    first = 0
    for index in range(1, len(state) + 1):
        if index == len(state) or state[index] != state[first] or index - first == RUN_PIECES:
            yield slice(first, index)
            first = index


def _run(pieces: Pieces, run: slice, region: Region, properties: dict[str, Any]) -> Feature:
    east_m = np.append(pieces.east_m[run, 0], pieces.east_m[run, 1][-1])
    north_m = np.append(pieces.north_m[run, 0], pieces.north_m[run, 1][-1])
    lat_deg, lon_deg = from_enu(east_m, north_m, region.lat_deg, region.lon_deg)
    line = [[round(float(lon), 6), round(float(lat), 6)] for lon, lat in zip(lon_deg, lat_deg, strict=True)]
    figures = {
        "is_covered": bool(pieces.is_covered[run.start]) if pieces.is_known[run.start] else None,
        "rsrp_dbm": _least(pieces.rsrp_dbm[run]),
        "sinr_db": _least(pieces.sinr_db[run]),
        "length_m": round(float(pieces.length_m[run].sum()), 1),
    }
    return _feature(line, properties | figures)


def _least(values: connectivity.Array) -> float | None:
    least = float(values.min())
    return None if np.isnan(least) else round(least, 2)


def _feature(line: list[list[float]], properties: dict[str, Any]) -> Feature:
    return {"type": "Feature", "geometry": {"type": "LineString", "coordinates": line}, "properties": properties}
