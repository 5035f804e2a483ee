"""The demo metropolis: sites, links and agreements of a fictional city by the sea, the same on every machine."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from importlib.resources import files
from itertools import pairwise
from math import hypot

import numpy as np
from django.conf import settings
from django.db import transaction

from network.demo import demo_sectors, demo_service
from network.demo.demo_service import RTT_OBJECTIVE_MS
from network.kernels import metropolis
from network.kernels.geodesy import Array, distance_m, from_enu
from network.models import Corridor, EdgeNode, Link, Region, Sector, Site, SiteKind

SLUG = "lanwan"
BACKBONE_SLUG = "chinanet"
LAT_DEG, LON_DEG, RADIUS_M = 29.0, 123.5, 35_000.0
SEED = 20_260_601
STATIONS, ACCESS_POINTS = 54, 16
SPACING_M = 1_300.0
PEOPLE_MOST, PEOPLE_REACH_M, PEOPLE_LEAST_SHARE = 140_000, 9_000.0, 0.05  # of one station's service area
DETOUR_METRO, DETOUR_LONG_HAUL = 1.4, 1.8
CENTRES = [  # slug, name, Chinese name, east and north of the centre
    ("central", "Central", "中央", 1_200.0, 900.0),
    ("east", "East", "东部", 13_500.0, 3_500.0),
    ("west", "West", "西部", -14_000.0, 4_800.0),
]
CORE_M = (-1_800.0, 2_600.0)
MAST_M = {SiteKind.MACRO: 30.0, SiteKind.MICRO: 12.0}
PLACES_800G = 4  # every so many links of the backbone run at 800 Gb/s


def build(now: datetime) -> None:
    """Make the demo metropolis unless it is there; keep the probe ports in step with the settings."""
    if not Region.objects.filter(slug=SLUG).exists():
        with transaction.atomic():
            _build(now)
    region = Region.objects.get(slug=SLUG)
    if not region.corridors.exists():
        Corridor.objects.bulk_create(demo_sectors.corridors(region, now), ignore_conflicts=True)
    demo_service.build(region, now)
    _renumber(now)


def _build(now: datetime) -> None:
    region = Region.objects.create(
        slug=SLUG, name_en="Lanwan", name_zh="澜湾", lat_deg=LAT_DEG, lon_deg=LON_DEG, radius_m=RADIUS_M
    )
    sites = Site.objects.bulk_create(_sites(region, now))
    by_slug = {site.slug: site for site in sites}
    EdgeNode.objects.bulk_create(
        EdgeNode(
            slug=f"dc-{slug}", site=by_slug[f"dc-{slug}"], name_en=f"{name} edge node", name_zh=f"{zh}边缘节点",
            cores=16, memory_gb=64.0, accelerators=2, power_kw=3.2, changed_at=now,
        )
        for slug, name, zh, _, _ in CENTRES
    )  # fmt: skip
    Sector.objects.bulk_create(demo_sectors.sectors(sites, now))
    Link.objects.bulk_create(_metro_links(sites, now))
    _build_backbone(by_slug["co-00"], now)


def _sites(region: Region, now: datetime) -> Iterator[Site]:
    points_m = _scatter(STATIONS + ACCESS_POINTS)
    kinds = [SiteKind.OPTICAL if number % 35 % 4 == 3 else None for number in range(len(points_m))]
    numbers = {True: iter(range(1_000)), False: iter(range(1_000))}
    for (east_m, north_m), optical in zip(points_m, kinds, strict=True):
        number = next(numbers[optical is not None])
        radio = SiteKind.MICRO if hypot(east_m, north_m) < 12_000 and number % 2 else SiteKind.MACRO
        name = f"{'OA' if optical else 'BS'}-{number:03d}"
        site = _site(
            region, name, optical or radio, (east_m, north_m), now, is_key_site=bool(optical) or number % 6 == 0
        )
        site.people = None if optical else _people(east_m, north_m)  # counted once, where they use the radio
        yield site
    for slug, name, zh, east_m, north_m in CENTRES:
        site = _site(region, f"DC-{slug}", SiteKind.DATA_CENTRE, (east_m, north_m), now, is_key_site=True)
        site.name_en, site.name_zh = f"{name} data centre", f"{zh}数据中心"
        yield site
    core = _site(region, "CO-00", SiteKind.CORE, CORE_M, now, is_key_site=False)
    core.name_en, core.name_zh = "Lanwan core", "澜湾核心"
    yield core


def _site(
    region: Region, name: str, kind: SiteKind, at_m: tuple[float, float], now: datetime, *, is_key_site: bool
) -> Site:
    lat_deg, lon_deg = from_enu(*at_m, region.lat_deg, region.lon_deg)
    return Site(
        region=region, slug=name.lower(), kind=kind, name_en=name, name_zh=name, is_key_site=is_key_site,
        lat_deg=round(float(lat_deg), 6), lon_deg=round(float(lon_deg), 6), height_m=MAST_M.get(kind, 0.0),
        changed_at=now,
    )  # fmt: skip


def _people(east_m: float, north_m: float) -> int:
    """Return how many live around a station: most in the midst of a district of great weight, in whole hundreds."""
    near = max(
        district.weight
        * float(np.exp(-((hypot(east_m - district.east_m, north_m - district.north_m) / PEOPLE_REACH_M) ** 2)))
        for district in metropolis.districts()
    )
    return 100 * round(PEOPLE_MOST * max(near, PEOPLE_LEAST_SHARE) / 100)


def _scatter(count: int) -> list[tuple[float, float]]:
    """Return places on land, denser towards the centre, none nearer than the spacing to another."""
    rng = np.random.default_rng(SEED)
    taken: list[tuple[float, float]] = []
    while len(taken) < count:
        away_m, angle = RADIUS_M * 0.9 * rng.random() ** 1.15, rng.random() * 2 * np.pi
        east_m, north_m = float(away_m * np.cos(angle)), float(away_m * np.sin(angle))
        is_free = all(hypot(east_m - x, north_m - y) >= SPACING_M for x, y in taken)
        if is_free and bool(metropolis.is_land(east_m, north_m)):
            taken.append((east_m, north_m))
    return taken


def _metro_links(sites: list[Site], now: datetime) -> Iterator[Link]:
    """Yield the core ring, one ring of access points per data centre, and a tree of base stations below them."""
    core = [site for site in sites if site.kind == SiteKind.CORE]
    centres = [site for site in sites if site.kind == SiteKind.DATA_CENTRE]
    access = [site for site in sites if site.kind == SiteKind.OPTICAL]
    stations = [site for site in sites if site.kind in MAST_M]
    east, west = centres[1], centres[2]
    for a, b in ((core[0], east), (east, centres[0]), (centres[0], west), (west, core[0]), (core[0], centres[0])):
        yield _link(a, b, 400.0, 0.45, now)
    homes = [centres[index] for index in np.argmin(_between_m(access, centres), axis=1)]
    for centre in centres:
        members = [site for site, home in zip(access, homes, strict=True) if home is centre]
        members.sort(key=partial(_bearing_rad, centre))
        ring = [centre, *members, centre] if members else []
        for a, b in pairwise(ring):
            if not (len(members) == 1 and b is centre):  # one member alone: a spur, not the same link twice
                yield _link(a, b, 100.0, 0.35, now)
    for station, nearest in zip(stations, np.argmin(_between_m(stations, access), axis=1), strict=True):
        yield _link(station, access[nearest], 10.0, 0.30, now)


def _bearing_rad(centre: Site, site: Site) -> float:
    return float(np.arctan2(site.lat_deg - centre.lat_deg, site.lon_deg - centre.lon_deg))


def _between_m(from_sites: list[Site], to_sites: list[Site]) -> Array:
    starts = np.array([(site.lat_deg, site.lon_deg) for site in from_sites])
    ends = np.array([(site.lat_deg, site.lon_deg) for site in to_sites])
    return distance_m(starts[:, None, 0], starts[:, None, 1], ends[None, :, 0], ends[None, :, 1])


def _link(a: Site, b: Site, rate_gbps: float, load_share: float, now: datetime, detour: float = DETOUR_METRO) -> Link:
    length_km = float(distance_m(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg)) / 1_000 * detour
    return Link(a=a, b=b, length_km=round(length_km, 3), rate_gbps=rate_gbps, load_share=load_share, changed_at=now)


def _build_backbone(core: Site, now: datetime) -> None:
    """Add the real long-haul network and join the metropolis to the two of its nodes that are nearest."""
    # read by ourselves: the package's own reader leaves its file open
    topology = json.loads((files("topohub") / "data" / "topozoo" / "Chinanet.json").read_text())
    region = Region.objects.create(
        slug=BACKBONE_SLUG, name_en="Chinanet", name_zh="骨干网", lat_deg=33.0, lon_deg=108.0, radius_m=2_500_000.0
    )
    nodes = Site.objects.bulk_create(
        Site(region=region, slug=f"bb-{int(node['id']):02d}", kind=SiteKind.CORE, name_en=node["name"],
             name_zh=node["name"], lat_deg=node["pos"][1], lon_deg=node["pos"][0], changed_at=now)
        for node in topology["nodes"]
    )  # fmt: skip
    by_id = {node["id"]: site for node, site in zip(topology["nodes"], nodes, strict=True)}
    pairs = [(by_id[edge["source"]], by_id[edge["target"]]) for edge in topology["edges"]]
    nearest = np.argsort(_between_m([core], nodes)[0])[:2]
    pairs += [(core, nodes[index]) for index in nearest]
    Link.objects.bulk_create(
        _link(a, b, 400.0 if number % PLACES_800G else 800.0, 0.3 + number % 7 * 0.08, now, DETOUR_LONG_HAUL)
        for number, (a, b) in enumerate(pairs)
    )


def _renumber(now: datetime) -> None:
    """Give every probed site the port of the settings, where it has another."""
    probed = Site.objects.filter(region__slug=SLUG, kind__in=RTT_OBJECTIVE_MS).order_by("pk")
    changed = []
    for port, site in enumerate(probed, settings.LOFT_EMULATOR_FIRST_UDP_PORT):
        if (site.probe_host, site.probe_port) != (settings.LOFT_EMULATOR_HOST, port):
            site.probe_host, site.probe_port, site.changed_at = settings.LOFT_EMULATOR_HOST, port, now
            changed.append(site)
    Site.objects.bulk_update(changed, ["probe_host", "probe_port", "changed_at"])
