"""The demo metropolis as the radio sees it: three sectors a base station, and the corridors flown over the city."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from network.kernels import metropolis
from network.kernels.geodesy import Array, from_enu, haversine_m
from network.models import Corridor, Region, Scenario, Sector, Site, SiteKind

SEED = 20_260_602
CITY_M = 12_000.0  # from the centre; beyond, stations are far apart and rural formulas hold


class Radio(NamedTuple):
    """What the sectors of a station are like."""

    scenario: Scenario
    power_dbm: float
    carrier_ghz: float
    bandwidth_mhz: float
    least_tilt_deg: int
    most_tilt_deg: int


CITY = {
    SiteKind.MACRO: Radio(Scenario.UMA, 52.0, 0.7, 30.0, 4, 10),
    SiteKind.MICRO: Radio(Scenario.UMI, 44.0, 4.9, 100.0, 3, 8),
}
COUNTRY = Radio(Scenario.RMA, 52.0, 0.7, 30.0, 2, 4)
LOAD_SHARE = 0.9  # the busy hour: what a planner looks at
HALF_WIDTH_M = 60.0
PIECE_M = 1_500.0
CORRIDORS = [  # slug, name, Chinese name, districts flown over, lowest and highest metres above ground, is public
    ("c-01", "Harbour parcel line", "港城物流航线", ("Central", "Gangcheng"), 80.0, 120.0, True),
    ("c-02", "North ridge line", "北岗航线", ("Central", "Beigang", "Cuiling"), 90.0, 150.0, True),
    ("c-03", "Lake medical line", "青湖医疗航线", ("Qinghu", "Central", "Wanqian"), 60.0, 100.0, True),
    ("c-04", "Coast patrol", "海岸巡查航线", ("Wanqian", "Dong'ao"), 100.0, 200.0, True),
    ("c-05", "West bay line", "西湾航线", ("Yunling", "Haowan", "Wanqian"), 120.0, 240.0, True),
    ("c-06", "Works shuttle", "厂区班线", ("Gangcheng", "Dong'ao"), 40.0, 80.0, False),
]


def sectors(sites: Iterable[Site], now: datetime) -> Iterator[Sector]:
    """Yield three sectors for every base station, a third of a turn apart."""
    rng = np.random.default_rng(SEED)
    for site in sites:
        if site.kind not in CITY:
            continue
        radio = _radio(site)
        first_deg = float(rng.integers(0, 12) * 10)
        for number in range(3):
            yield Sector(
                slug=f"{site.slug}-{number + 1}", site=site, scenario=radio.scenario, height_m=site.height_m,
                azimuth_deg=first_deg + 120 * number,
                tilt_deg=float(rng.integers(radio.least_tilt_deg, radio.most_tilt_deg + 1)),
                power_dbm=radio.power_dbm, carrier_ghz=radio.carrier_ghz, bandwidth_mhz=radio.bandwidth_mhz,
                load_share=LOAD_SHARE, changed_at=now,
            )  # fmt: skip


def corridors(region: Region, now: datetime) -> Iterator[Corridor]:
    """Yield the corridors, each a gently swaying line between its districts."""
    places = {district.name_en: (district.east_m, district.north_m) for district in metropolis.districts()}
    for number, (slug, name, zh, over, lowest_m, highest_m, is_public) in enumerate(CORRIDORS):
        line = _line(np.array([places[district] for district in over]), number)
        lat_deg, lon_deg = from_enu(line[:, 0], line[:, 1], region.lat_deg, region.lon_deg)
        path = [[round(float(lon), 6), round(float(lat), 6)] for lon, lat in zip(lon_deg, lat_deg, strict=True)]
        yield Corridor(
            region=region, slug=slug, name_en=name, name_zh=zh, path_lon_lat_deg=path, lowest_m=lowest_m,
            highest_m=highest_m, half_width_m=HALF_WIDTH_M, is_public=is_public, changed_at=now,
        )  # fmt: skip


def _radio(site: Site) -> Radio:
    away_m = float(haversine_m(site.lat_deg, site.lon_deg, site.region.lat_deg, site.region.lon_deg))
    return CITY[SiteKind(site.kind)] if away_m < CITY_M else COUNTRY


def _line(over_m: Array, number: int) -> Array:
    """Return the places of a line, shape (n, 2): straight from stop to stop, swaying a little between. [m]."""
    pieces = [over_m[:1]]
    for start, end in pairwise(over_m):
        length_m = float(np.hypot(*(end - start)))
        share = np.linspace(0, 1, max(2, round(length_m / PIECE_M)) + 1)[1:, None]
        across = np.array([start[1] - end[1], end[0] - start[0]]) / length_m
        sway_m = 0.06 * length_m * np.sin(np.pi * share) * (-1) ** number
        pieces.append(start + share * (end - start) + sway_m * across)
    return np.concatenate(pieces)
