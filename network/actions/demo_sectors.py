"""The demo metropolis as the radio sees it: three sectors a base station, and the corridors flown over the city."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise

import numpy as np

from network.kernels import metropolis
from network.kernels.geodesy import Array, from_enu
from network.models import Corridor, Region, Scenario, Sector, Site, SiteKind

SEED = 20_260_602
CARRIER_GHZ, BANDWIDTH_MHZ = 4.9, 100.0
RADIO = {  # kind: scenario, power dBm, least and most tilt in degrees
    SiteKind.MACRO: (Scenario.UMA, 53.0, 4.0, 10.0),
    SiteKind.MICRO: (Scenario.UMI, 44.0, 3.0, 8.0),
}
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
        if site.kind not in RADIO:
            continue
        scenario, power_dbm, least_deg, most_deg = RADIO[SiteKind(site.kind)]
        first_deg = float(rng.integers(0, 12) * 10)
        for number in range(3):
            yield Sector(
                slug=f"{site.slug}-{number + 1}", site=site, scenario=scenario, height_m=site.height_m,
                azimuth_deg=first_deg + 120 * number, tilt_deg=float(rng.integers(int(least_deg), int(most_deg) + 1)),
                power_dbm=power_dbm, carrier_ghz=CARRIER_GHZ, bandwidth_mhz=BANDWIDTH_MHZ, changed_at=now,
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
