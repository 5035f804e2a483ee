"""Shares of area and of routes: against counts done by hand, with their definitions and goals."""

from itertools import pairwise

import numpy as np
import pytest

from network.actions.radio import coverage, layers
from network.actions.radio.coverage import Goals
from network.actions.radio.radio_link import modelled_link, radio_at
from network.actions.radio.sector import air, region_at
from network.demo import demo
from network.kernels import metropolis
from network.kernels.geodesy import from_enu, haversine_m, to_enu
from network.kernels.radio.sector import signals_at
from network.models import Corridor, Region, Sector
from tests.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # figures are worked out of a few plain rows
KPIS = "/api/v1/coverage/kpis?region="


@pytest.fixture
def city():
    demo.build(NOON)
    return Region.objects.get(slug="lanwan")


@pytest.fixture
def mast(region, make_site, make_sector):
    """One omnidirectional antenna in the middle of the region, 30 m high."""
    return make_sector(make_site("bs-0"), pattern="omni", tilt_deg=0)


@pytest.fixture
def make_corridor(region):
    """Lay a corridor eastwards through the middle of the region: `make_corridor("c-1", 0, 8_000)`."""

    def make(slug, from_m, to_m, **fields):
        lat_deg, lon_deg = from_enu(np.array([from_m, to_m]), np.zeros(2), 29.0, 123.5)
        given = {"lowest_m": 110, "highest_m": 200, "name_en": slug, "name_zh": slug, "changed_at": NOON} | fields
        path = [[float(lon), float(lat)] for lon, lat in zip(lon_deg, lat_deg, strict=True)]
        return Corridor.objects.create(region=region, slug=slug, path_lon_lat_deg=path, **given)

    return make


def test_shares_of_area_are_those_of_cells_counted_one_by_one(city):
    kpis = coverage.kpis(city, NOON)
    assert [layer.height_m for layer in kpis.layers] == [1.5, 30, 60, 120, 200, 300]
    for piece in (kpis.layers[0], kpis.layers[3]):
        signals = layers.layer(air(city), piece.height_m).signals
        grid = layers.ground(city).grid
        east_m, north_m = (axis.reshape(-1) for axis in np.broadcast_arrays(*grid.centres_m()))
        land = metropolis.is_land(east_m, north_m) & (east_m**2 + north_m**2 <= 35_000**2)
        good = [
            rsrp_dbm >= -110 and sinr_db >= -3
            for rsrp_dbm, sinr_db in zip(
                signals.rsrp_dbm.reshape(-1)[land].tolist(), signals.sinr_db.reshape(-1)[land].tolist(), strict=True
            )
        ]
        assert piece.cells == land.sum() == len(good)
        assert piece.share == pytest.approx(sum(good) / len(good))
        known = np.sort(signals.sinr_db.reshape(-1)[land & np.isfinite(signals.sinr_db.reshape(-1))])
        assert piece.reached_share == pytest.approx(len(known) / len(good))
        assert piece.p5_sinr_db == pytest.approx(float(known[int(0.05 * len(known))]), abs=0.05)


def test_a_lone_omnidirectional_mast_covers_a_circle_whose_area_is_known(region, mast):
    """At 120 m sight is certain: covered is the disc of 4 km, for the mast is heard beyond the model's range."""
    piece = coverage.kpis(region, NOON).layers[3]
    assert piece.share == pytest.approx(4**2 / 30**2, rel=0.01)
    assert piece.share == piece.reached_share


def test_a_corridor_is_covered_as_far_as_the_mast_reaches(region, mast, make_corridor):
    make_corridor("c-1", 0, 8_000)
    make_corridor("c-2", -2_000, 2_000)
    make_corridor("private", 10_000, 20_000, is_public=False)
    make_corridor("high", 10_000, 20_000, lowest_m=310, highest_m=400)
    routes = coverage.kpis(region, NOON).routes
    first, second = routes.corridors
    assert (first.slug, second.slug) == ("c-1", "c-2")
    assert first.length_m == pytest.approx(8_000, abs=1)
    assert first.share == pytest.approx(0.5, abs=0.01)  # 4 of 8 km
    assert second.share == 1
    assert routes.share == pytest.approx((4_000 + 4_000) / 12_000, abs=0.01)  # by length, not by corridor
    assert routes.target_share == 0.9


def test_the_part_of_a_band_above_300_m_is_left_out(region, mast, make_corridor):
    make_corridor("c-1", 0, 2_000, lowest_m=0, highest_m=500)
    kernel = coverage.to_kernel(Corridor.objects.get(), region)
    assert (kernel.lowest_m, kernel.highest_m) == (1.5, 300)


def test_without_public_corridors_their_share_is_unknown(region, mast, make_corridor):
    make_corridor("private", 0, 2_000, is_public=False)
    routes = coverage.kpis(region, NOON).routes
    assert (routes.share, routes.length_m, routes.corridors) == (None, 0, ())


def test_figures_are_kept_until_a_sector_a_corridor_or_the_goals_change(region, mast, make_corridor):
    later = NOON.replace(hour=13)
    first = coverage.kpis(region, NOON)
    assert coverage.kpis(region, later) is first
    make_corridor("c-1", 0, 8_000)
    second = coverage.kpis(region, later)
    assert (second.computed_at, second.routes.share) == (later, pytest.approx(0.5, abs=0.01))
    assert coverage.kpis(region, later, Goals(sinr_db=60)).routes.share == 0
    Sector.objects.update(power_dbm=-20, changed_at=later)
    quiet = coverage.kpis(region, later)
    assert quiet.version != second.version
    assert quiet.routes.share < 0.1


def test_the_figures_over_rest_carry_goals_definition_and_target(city, signed_in):
    viewer = signed_in("viewer")
    body = viewer.get(KPIS + "lanwan").json()
    assert (body["rsrp_goal_dbm"], body["sinr_goal_db"], body["source"]) == (-110, -3, "modelled")
    assert "at least -110 dBm and SINR at least -3 dB" in body["definition"]
    assert "land cells within the region's radius" in body["definition"]
    assert body["routes"]["target_share"] == 0.9
    assert {piece["slug"] for piece in body["routes"]["corridors"]} == {"c-01", "c-02", "c-03", "c-04", "c-05"}
    harder = viewer.get(KPIS + "lanwan&rsrp_goal_dbm=-90&sinr_goal_db=10").json()
    assert harder["layers"][3]["share"] < body["layers"][3]["share"]
    assert "at least -90 dBm" in harder["definition"]


def test_a_region_without_sectors_has_shares_of_nil_and_no_percentile(region, signed_in):
    body = signed_in("viewer").get(KPIS + "here").json()
    assert {piece["share"] for piece in body["layers"]} == {0}
    assert {piece["p5_sinr_db"] for piece in body["layers"]} == {None}
    assert body["routes"]["share"] is None


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("here&rsrp_goal_dbm=0", "rsrp_goal_dbm", "0"),
        ("here&sinr_goal_db=much", "sinr_goal_db", "much"),
        ("here&sinr_goal_db=nan", "sinr_goal_db", "nan"),
    ],
)
@pytest.mark.parametrize("name", ["kpis", "corridors"])
def test_goals_that_cannot_be_are_named(region, signed_in, query, field, value, name):
    answer = signed_in("viewer").get(f"/api/v1/coverage/{name}?region={query}")
    assert answer.status_code == 400
    assert [(error["field"], error["value"]) for error in answer.json()["errors"]] == [(field, value)]


def test_corridors_are_drawn_in_pieces_covered_not_covered_and_unknown(region, mast, make_corridor, signed_in):
    make_corridor("c-1", 0, 8_000)
    make_corridor("high", 0, 8_000, lowest_m=310, highest_m=400)
    body = signed_in("viewer").get("/api/v1/coverage/corridors?region=here").json()
    assert (body["type"], body["source"]) == ("FeatureCollection", "modelled")
    runs = [piece for piece in body["features"] if piece["properties"]["slug"] == "c-1"]
    ends = [(run["geometry"]["coordinates"][0], run["geometry"]["coordinates"][-1]) for run in runs]
    assert all(before[1] == after[0] for before, after in pairwise(ends))
    states = [run["properties"]["is_covered"] for run in runs]
    assert states == sorted(states, key=[True, None].index)  # covered to 4 km, beyond that nothing is known
    for run, (start, _) in zip(runs, ends, strict=True):
        away_m = float(haversine_m(start[1], start[0], 29.0, 123.5))
        assert run["properties"]["is_covered"] is (True if away_m < 3_990 else None)
        assert run["properties"]["length_m"] <= 501
        assert (run["properties"]["rsrp_dbm"] is None) == (run["properties"]["is_covered"] is None)
    assert sum(run["properties"]["length_m"] for run in runs) == pytest.approx(8_000, abs=1)
    (high,) = [piece for piece in body["features"] if piece["properties"]["slug"] == "high"]
    assert (high["properties"]["is_covered"], high["properties"]["lowest_m"]) == (None, 310)


def test_where_a_goal_is_missed_the_piece_is_not_covered(region, mast, make_corridor):
    make_corridor("c-1", 0, 2_000)
    pieces = list(coverage.corridor_features(region, Goals(rsrp_dbm=-21)))
    assert {piece["properties"]["is_covered"] for piece in pieces} == {False}


def test_a_place_has_the_figures_of_the_direct_formulas(city, signed_in):
    body = signed_in("viewer").get("/api/v1/coverage/at?lat_deg=29.01&lon_deg=123.52&height_m=60").json()
    around = air(city)
    east_m, north_m = to_enu(29.01, 123.52, 29.0, 123.5)
    direct = signals_at(around.sectors, east_m, north_m, 60.0)
    assert body["sector"] == around.slugs[int(direct.server)]
    assert body["rsrp_dbm"] == pytest.approx(float(direct.rsrp_dbm))
    assert body["sinr_db"] == pytest.approx(float(direct.sinr_db))
    assert body["rate_mbps"] == pytest.approx(float(direct.rate_bps) / 1e6)
    assert body["is_covered"] is bool(direct.rsrp_dbm >= -110 and direct.sinr_db >= -3)
    assert 0 < body["detection"] < 1
    assert (body["region"], body["source"]) == ("lanwan", "modelled")


def test_the_place_agrees_with_the_map_and_with_the_modelled_link(city):
    layer = layers.layer(air(city), 60.0)
    east_m, north_m = layer.ground.grid.centres_m()
    lat_deg, lon_deg = (float(axis) for axis in from_enu(east_m[0, 210], north_m[205, 0], 29.0, 123.5))
    spot, link = radio_at(lat_deg, lon_deg, 60.0), modelled_link(lat_deg, lon_deg, 60.0)
    assert spot.sinr_db == pytest.approx(float(layer.signals.sinr_db[205, 210]), abs=0.05)
    detection = layers.sensing(air(city), 60.0).echoes.probability()[205, 210]
    assert spot.detection == pytest.approx(float(detection), abs=1e-3)
    assert (link.sector, link.rsrp_dbm, link.sinr_db) == (spot.sector, spot.rsrp_dbm, spot.sinr_db)


@pytest.mark.parametrize(("lat_deg", "region"), [(29.0, "lanwan"), (10.0, None)])
def test_where_no_sector_reaches_every_figure_of_a_place_is_null(city, signed_in, lat_deg, region):
    Sector.objects.update(is_active=False, changed_at=NOON.replace(hour=13))
    body = signed_in("viewer").get(f"/api/v1/coverage/at?lat_deg={lat_deg}&lon_deg=123.5&height_m=60").json()
    assert body["region"] == region
    for name in ("site", "sector", "distance_m", "rsrp_dbm", "sinr_db", "rate_mbps", "detection", "is_covered"):
        assert body[name] is None


def test_of_two_regions_around_a_place_the_smaller_one_counts(city):
    Region.objects.create(slug="small", name_en="x", name_zh="x", lat_deg=29, lon_deg=123.5, radius_m=100)
    assert region_at(29.0, 123.5).slug == "small"
    assert radio_at(29.0, 123.5, 60.0, city).sector is not None


@pytest.mark.parametrize(
    ("query", "field"),
    [("lat_deg=91&lon_deg=0&height_m=60", "lat_deg"), ("lat_deg=1&lon_deg=181&height_m=60", "lon_deg"),
     ("lat_deg=1&lon_deg=1&height_m=301", "height_m"), ("lat_deg=1&height_m=60", "lon_deg")],
)  # fmt: skip
def test_a_place_that_cannot_be_is_named(db, signed_in, query, field):
    answer = signed_in("viewer").get(f"/api/v1/coverage/at?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_place_in_a_region_that_is_not_there_is_404(db, signed_in):
    query = "lat_deg=1&lon_deg=1&height_m=60&region=x"
    assert signed_in("viewer").get(f"/api/v1/coverage/at?{query}").status_code == 404
