"""The demo metropolis: a fictional city by the sea, drawn by procedure and the same on every machine.

Coast in the south, rivers, lakes, parks, districts, roads of three classes and buildings. Everything is computed in
metres east and north of the centre and written as GeoJSON. Pure functions; the only source of chance is SEED.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from network.kernels.geodesy import from_enu

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Feature = dict[str, Any]

SEED = 29_123
SLUG = "lanwan"
CENTRE_DEG = (29.0, 123.5)
BOUNDS_M = 35_000.0
EDGE_M = 140_000.0  # land goes on beyond the bounds, so that no view shows an end of the world
RING_RADII_M = (5_500.0, 12_000.0, 23_000.0)
RADIALS = 9
BUILDINGS = 1_150


@dataclass(frozen=True)
class District:
    """A district: its names, the point its name stands at, and the direction of its streets."""

    slug: str
    name_zh: str
    name_en: str
    east_m: float
    north_m: float
    street_rad: float
    weight: float


_DISTRICTS = (
    District("central", "中央区", "Central", 0, 0, 0.10, 1.0),
    District("gangcheng", "港城区", "Gangcheng", 9_000, -9_500, -0.22, 0.7),
    District("beigang", "北岗区", "Beigang", 7_500, 14_000, 0.35, 0.55),
    District("qinghu", "青湖区", "Qinghu", -9_500, 15_500, -0.12, 0.5),
    District("yunling", "云岭区", "Yunling", -25_000, 14_000, 0.28, 0.3),
    District("wanqian", "湾前区", "Wanqian", -6_000, -11_500, 0.05, 0.7),
    District("dongao", "东澳区", "Dong'ao", 22_000, -10_500, -0.38, 0.45),
    District("cuiling", "翠岭区", "Cuiling", 25_500, 12_500, 0.18, 0.3),
    District("haowan", "蚝湾区", "Haowan", -21_500, -9_500, 0.30, 0.45),
)
_PLACES = (
    ("lake", "青湖", "Qing Lake", -12_500, 11_500, 1_700),
    ("lake", "镜湖", "Mirror Lake", 11_500, 18_500, 1_300),
    ("lake", "月亮湾水库", "Moon Reservoir", -28_000, 20_500, 1_900),
    ("lake", "东塘", "East Pond", 16_000, 2_500, 750),
    ("park", "中央公园", "Central Park", 3_200, 3_100, 1_150),
    ("park", "云岭森林公园", "Yunling Forest", -27_500, 8_500, 3_300),
    ("park", "翠岭山", "Cuiling Hills", 29_500, 18_000, 3_800),
    ("park", "湾前绿地", "Wanqian Green", -9_800, -8_800, 1_250),
    ("park", "北岗公园", "Beigang Park", 3_600, 16_300, 1_300),
    ("park", "蚝湾湿地", "Haowan Wetland", -25_000, -13_000, 1_900),
    ("park", "东澳公园", "Dong'ao Park", 24_800, -6_700, 1_400),
    ("island", "灯塔岛", "Lighthouse Island", -13_500, -24_500, 1_150),
    ("island", "小澳", "Xiao'ao", 6_500, -26_500, 850),
    ("island", "外沙", "Waisha", 24_000, -25_000, 1_500),
)
_RIVERS = (("澜江", "Lan River", -14_500.0, 2_400.0, 0.0, 330.0), ("东溪", "East Creek", 15_500.0, 1_900.0, 1.7, 190.0))


def districts() -> tuple[District, ...]:
    """Return the districts, the central one first."""
    return _DISTRICTS


def is_land(east_m: ArrayLike, north_m: ArrayLike) -> Mask:
    """Return whether points are on land: north of the coast or on an island, and in no river or lake.

    Args:
        east_m: east of the centre. [m]
        north_m: north of the centre. [m]
    """
    east, north = np.broadcast_arrays(np.asarray(east_m, float), np.asarray(north_m, float))
    dry = north > np.interp(east, *_coast())
    for line_m, half_width_m, along_m in _river_tables():
        dry &= np.abs(east - np.interp(north, along_m, line_m)) > np.interp(north, along_m, half_width_m)
    for kind, ring in _blobs():
        if kind == "lake":
            dry &= ~inside(ring, east, north)
        elif kind == "island":
            dry |= inside(ring, east, north)
    return np.asarray(dry)


def inside(ring_m: Array, east_m: Array, north_m: Array) -> Mask:
    """Return whether points are inside a ring of shape (n, 2), by the even-odd rule."""
    inside = np.zeros(np.shape(east_m), dtype=bool)
    (west, south), (east, north) = ring_m.min(axis=0), ring_m.max(axis=0)
    near = (east_m >= west) & (east_m <= east) & (north_m >= south) & (north_m <= north)
    x, y = east_m[near][:, None], north_m[near][:, None]
    (x1, y1), (x2, y2) = ring_m.T, np.roll(ring_m, -1, axis=0).T
    slope = (x2 - x1) / np.where(y2 == y1, np.inf, y2 - y1)
    crosses = ((y1 > y) != (y2 > y)) & (x < slope * (y - y1) + x1)
    inside[near] = crosses.sum(axis=1) % 2 == 1
    return inside


def basemap() -> Feature:
    """Return the whole map as a GeoJSON FeatureCollection in WGS-84, about 400 kB as compact JSON.

    Every feature has `kind` (land, island, river, lake, park, road, border, building, label); roads have `class` 1 to
    3, buildings `height_m`, labels `name_zh`, `name_en` and `rank`.
    """
    rng = np.random.default_rng(SEED)
    features = [
        *_ground(),
        *_borders(),
        *(_line(run, kind="road", **{"class": grade}) for grade, run in _roads()),
        *_buildings(rng),
        *_labels(),
    ]
    _to_degrees([feature["geometry"] for feature in features])
    return {"type": "FeatureCollection", "features": features}


# --- Ground ----------------------------------------------------------------------------------------------------------
@cache
def _coast() -> tuple[Array, Array]:
    """Return the coast as a table of north by east, in metres."""
    east = np.concatenate([[-EDGE_M], np.arange(-60_000.0, 60_001.0, 400.0), [EDGE_M]])
    north = -17_600 + 1_100 * np.sin(east / 9_100 + 0.6) + 480 * np.sin(east / 3_300 + 2.1) + 170 * np.sin(east / 1_150)
    north += 2_600 * np.exp(-(((east + 14_500) / 2_600) ** 2)) + 1_500 * np.exp(-(((east - 15_500) / 1_500) ** 2))
    north -= 2_300 * np.exp(-(((east - 4_000) / 3_200) ** 2))
    return east, north


@cache
def _river_tables() -> tuple[tuple[Array, Array, Array], ...]:
    """Return for each river its east and half width by north, in metres."""
    north = np.concatenate([np.arange(-22_000.0, 45_001.0, 500.0), [EDGE_M]])
    return tuple(
        (_river_east(north, *river[2:5]), river[5] * (1.5 - np.clip(north, -2e4, 4e4) / 5e4), north)
        for river in _RIVERS
    )


def _river_east(north: Array, east_m: float, swing_m: float, phase_rad: float) -> Array:
    bends = np.sin(north / 7_600 + phase_rad) + 0.35 * np.sin(north / 2_700 + 2 * phase_rad)
    return np.asarray(east_m + swing_m * bends * np.clip((north + 20_000) / 12_000, 0, 1))


@cache
def _blobs() -> tuple[tuple[str, Array], ...]:
    rng = np.random.default_rng(SEED)
    return tuple((kind, _blob(rng, east, north, radius)) for kind, _, _, east, north, radius in _PLACES)


def _blob(rng: np.random.Generator, east_m: float, north_m: float, radius_m: float) -> Array:
    angle = np.linspace(0, 2 * np.pi, 56, endpoint=False)
    waves = [rng.uniform(0.05, 0.30) / k * np.sin(k * angle + rng.uniform(0, 6.28)) for k in range(1, 7)]
    radius = radius_m * (1 + np.sum(waves, axis=0))
    stretch = rng.uniform(0.75, 1.3)
    return np.column_stack([east_m + radius * np.cos(angle) * stretch, north_m + radius * np.sin(angle) / stretch])


def _ground() -> Iterator[Feature]:
    east, north = _coast()
    shore = np.column_stack([east, north])
    yield _polygon(np.vstack([shore, [[EDGE_M, EDGE_M], [-EDGE_M, EDGE_M]]]), kind="land")
    yield _line(shore[1:-1], kind="coast")
    for kind, ring in sorted(_blobs(), key=lambda blob: blob[0] == "lake"):
        yield _polygon(ring, kind=kind)
    for line_m, half_width_m, along_m in _river_tables():
        left = np.column_stack([line_m - half_width_m, along_m])
        right = np.column_stack([line_m + half_width_m, along_m])
        yield _polygon(np.vstack([left, right[::-1]]), kind="river")


def _nearest_district(east: Array, north: Array) -> NDArray[np.int64]:
    places = np.array([(d.east_m, d.north_m) for d in _DISTRICTS])
    wobble = 900 * np.sin(north / 2_300) + 500 * np.sin(east / 1_700)
    return np.asarray(
        np.argmin(
            np.hypot(east[..., None] + wobble[..., None] - places[:, 0], north[..., None] - places[:, 1]), axis=-1
        )
    )


def _borders() -> Iterator[Feature]:
    """Yield the lines between districts, found where the nearest district changes along a fine grid."""
    step = 350.0
    ticks = np.arange(-BOUNDS_M * 1.25, BOUNDS_M * 1.25, step)
    east, north = np.meshgrid(ticks, ticks)
    owner = np.where(is_land(east, north), _nearest_district(east, north), -1)
    segments = [*_edges(owner, ticks, step, swap=False), *_edges(owner.T, ticks, step, swap=True)]
    if segments:
        for line in _joined(segments):
            yield _line(_smooth(line), kind="border")


def _edges(
    owner: NDArray[np.int64], ticks: Array, step: float, *, swap: bool
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    rows, columns = np.nonzero((owner[:, 1:] != owner[:, :-1]) & (owner[:, 1:] >= 0) & (owner[:, :-1] >= 0))
    for row, column in zip(rows, columns, strict=True):
        x, y = ticks[column] + step / 2, ticks[row]
        ends = ((x, y - step / 2), (x, y + step / 2))
        yield tuple((round(b), round(a)) if swap else (round(a), round(b)) for a, b in ends)  # type: ignore[misc]


def _joined(segments: list[tuple[tuple[float, float], tuple[float, float]]]) -> Iterator[Array]:
    """Join segments that share an end into lines; each segment is used once."""
    at: dict[tuple[float, float], list[int]] = {}
    for index, ends in enumerate(segments):
        for end in ends:
            at.setdefault(end, []).append(index)
    free = set(range(len(segments)))
    starts = sorted(at, key=lambda end: (len(at[end]) == 2, end))
    for start in starts:
        line = [start]
        while following := next((index for index in at[line[-1]] if index in free), None):
            free.discard(following)
            a, b = segments[following]
            line.append(b if a == line[-1] else a)
        if len(line) > 3:
            yield np.array(line, dtype=float)


def _smooth(line: Array) -> Array:
    for _ in range(3):
        line = np.vstack([line[:1], (line[:-2] + 2 * line[1:-1] + line[2:]) / 4, line[-1:]])
    return np.vstack([line[:-1:3], line[-1:]])


# --- Roads -----------------------------------------------------------------------------------------------------------
def _roads() -> Iterator[tuple[int, Array]]:
    for line in [*_rings(), *_radials()]:
        for run in _runs(line, is_land(*line.T) | _is_bridge(line)):
            yield 1, run
    for index, district in enumerate(_DISTRICTS):
        reach_m = 9_500.0 + 4_500 * district.weight
        for grade, spacing_m, within_m in ((2, 1_900.0, reach_m), (3, 480.0, reach_m * 0.47)):
            yield from ((grade, run) for run in _streets(index, spacing_m, within_m))


def _rings() -> Iterator[Array]:
    angle = np.linspace(0, 2 * np.pi, 181)
    for k, radius in enumerate(RING_RADII_M):
        wobble = 1 + 0.06 * np.sin(3 * angle + k) + 0.035 * np.sin(5 * angle + 2 * k)
        squeeze = np.where(np.sin(angle) < 0, min(1.0, 14_800 / (radius * 1.08)), 0.9)
        yield np.column_stack([radius * wobble * np.cos(angle) * 1.12, radius * wobble * np.sin(angle) * squeeze])


def _radials() -> Iterator[Array]:
    reach = np.concatenate([np.arange(0.0, 46_000.0, 700.0), [EDGE_M]])
    for k in range(RADIALS):
        turn = 2 * np.pi * k / RADIALS + 0.22 + 0.10 * np.sin(reach / 11_000 + k) * np.clip(reach / 15_000, 0, 1)
        yield np.column_stack([reach * np.cos(turn), reach * np.sin(turn)])


def _is_bridge(line: Array) -> Mask:
    """Whether points of a line are over a river rather than over the sea."""
    return np.asarray(line[:, 1] > np.interp(line[:, 0], *_coast()) + 300)


def _streets(index: int, spacing_m: float, within_m: float) -> Iterator[Array]:
    district = _DISTRICTS[index]
    along = np.arange(-within_m, within_m, 120.0)
    turn = np.array([np.cos(district.street_rad), np.sin(district.street_rad)])
    side = np.array([-turn[1], turn[0]])
    offsets = np.arange(-within_m, within_m, spacing_m)
    for direction, across in ((turn, side), (side, turn)):
        away = along[None, :, None] * direction + offsets[:, None, None] * across
        east, north = np.moveaxis(away + np.array([district.east_m, district.north_m]), -1, 0)
        wanted = (np.hypot(*np.moveaxis(away, -1, 0)) < within_m) & (_nearest_district(east, north) == index)
        wanted &= is_land(east, north) & ~_in_park(east, north)
        for row in range(len(offsets)):
            yield from (run[[0, -1]] for run in _runs(np.column_stack([east[row], north[row]]), wanted[row]))


def _in_park(east: Array, north: Array) -> Mask:
    values = np.zeros(east.shape, dtype=bool)
    for kind, ring in _blobs():
        if kind == "park":
            values |= inside(ring, east, north)
    return values


def _runs(line: Array, wanted: Mask) -> Iterator[Array]:
    """Yield the stretches of a line that are wanted, of three points or more."""
    padded = np.concatenate([[False], wanted, [False]])
    starts, ends = (
        np.nonzero(np.diff(padded.astype(np.int8)) == 1)[0],
        np.nonzero(np.diff(padded.astype(np.int8)) == -1)[0],
    )
    for start, end in zip(starts, ends, strict=True):
        if end - start >= 3:
            yield line[start:end]


# --- Buildings and names ---------------------------------------------------------------------------------------------
def _buildings(rng: np.random.Generator) -> Iterator[Feature]:
    weights = np.array([district.weight for district in _DISTRICTS])
    counts = (BUILDINGS * weights / weights.sum()).astype(int)
    for district, count in zip(_DISTRICTS, counts, strict=True):
        reach_m = 1_500 + 1_900 * district.weight
        spot = np.array([district.east_m, district.north_m]) + rng.normal(0, reach_m, (count, 2))
        far = np.hypot(*(spot - [district.east_m, district.north_m]).T) / reach_m
        height = np.clip(300 * district.weight * np.exp(-1.1 * far) * rng.lognormal(0, 0.35, count), 12, 420)
        sides = rng.uniform(45, 150, (count, 2))
        keep = is_land(*spot.T) & ~_in_park(*spot.T)
        for place, size, tall in zip(spot[keep], sides[keep], height[keep], strict=True):
            yield _polygon(_box(place, size, district.street_rad), kind="building", height_m=round(float(tall)))


def _box(place: Array, size: Array, turn_rad: float) -> Array:
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * size
    turn = np.array([[np.cos(turn_rad), np.sin(turn_rad)], [-np.sin(turn_rad), np.cos(turn_rad)]])
    return np.asarray(place + corners @ turn)


def _labels() -> Iterator[Feature]:
    for district in _DISTRICTS:
        yield _label(district.east_m, district.north_m, district.name_zh, district.name_en, "district", 1)
    for kind, name_zh, name_en, east, north, _ in _PLACES:
        yield _label(east, north, name_zh, name_en, kind, 2)
    for name_zh, name_en, middle_m, swing_m, phase_rad, _ in _RIVERS:
        yield _label(
            float(_river_east(np.array(7_000.0), middle_m, swing_m, phase_rad)), 7_000, name_zh, name_en, "river", 2
        )
    yield _label(-1_000, -23_000, "澜湾", "Lanwan Bay", "sea", 1)


def _label(east_m: float, north_m: float, name_zh: str, name_en: str, of: str, rank: int) -> Feature:
    properties = {"kind": "label", "of": of, "name_zh": name_zh, "name_en": name_en, "rank": rank}
    return _feature("Point", np.array([[east_m, north_m]]), properties)


# --- GeoJSON ---------------------------------------------------------------------------------------------------------
def _polygon(ring_m: Array, **properties: object) -> Feature:
    ring = ring_m if _turns_left(ring_m) else ring_m[::-1]
    return _feature("Polygon", np.vstack([ring, ring[:1]]), properties)


def _line(line_m: Array, **properties: object) -> Feature:
    return _feature("LineString", line_m, properties)


def _feature(kind: str, points_m: Array, properties: dict[str, Any]) -> Feature:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": points_m}}


def _turns_left(ring_m: Array) -> bool:
    """Whether a ring runs counter-clockwise, as RFC 7946 wants of an outer ring."""
    x, y = ring_m.T
    return bool(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) > 0)


def _to_degrees(geometries: list[dict[str, Any]]) -> None:
    """Turn the metres of all geometries into [longitude, latitude] of five digits, about a metre, in one go."""
    points = [geometry["coordinates"] for geometry in geometries]
    east_m, north_m = np.vstack(points).T
    lat_deg, lon_deg = from_enu(east_m, north_m, *CENTRE_DEG)
    degrees = np.column_stack([lon_deg, lat_deg]).round(5)
    for geometry, part in zip(geometries, np.split(degrees, np.cumsum([len(p) for p in points])[:-1]), strict=True):
        listed = part.tolist()
        geometry["coordinates"] = {"Point": listed[0], "LineString": listed, "Polygon": [listed]}[geometry["type"]]
