"""Coverage maps over REST: their bytes against the formulas, their place on the map, and what a change would do."""

import gzip
import json
import time

import numpy as np
import pytest

from network.actions.radio import layers, raster
from network.actions.radio.sector import air
from network.demo import demo
from network.kernels.geodesy import to_enu
from network.kernels.radio.raster import coverage
from network.kernels.radio.sector import NOWHERE, signals_at
from network.models import Region, Sector
from tests.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]  # maps are worked out of a few plain rows
MACRO = "bs-002-1"  # strong enough to serve at every height
WHAT_IF = "/api/v1/coverage/what-if?region=lanwan&height_m={}&value={}"


@pytest.fixture
def city():
    demo.build(NOON)
    return Region.objects.get(slug="lanwan")


@pytest.fixture
def viewer(signed_in):
    return signed_in("viewer")


@pytest.fixture
def about(viewer):
    """What the layers say of the demo city."""
    return viewer.get("/api/v1/coverage/layers?region=lanwan").json()


def pixels(answer):
    assert answer.status_code == 200, answer.content
    packed = answer.get("Content-Encoding") == "gzip"
    data = gzip.decompress(answer.content) if packed else answer.content
    return np.frombuffer(data, np.uint8).reshape(int(answer["X-Rows"]), int(answer["X-Columns"]))


def places(about):
    """Return latitude and longitude of every pixel's centre, worked out from the corners alone."""
    (west, north), (east, _), (_, south), _ = about["corners"]
    lowest, highest = (np.arctanh(np.sin(np.radians(lat))) for lat in (south, north))
    up = highest - (np.arange(about["rows"]) + 0.5) / about["rows"] * (highest - lowest)
    lat_deg = np.degrees(np.arcsin(np.tanh(up)))
    lon_deg = west + (np.arange(about["columns"]) + 0.5) / about["columns"] * (east - west)
    return lat_deg, lon_deg


def middle_of_cell(about, rows, columns):
    """Return east and north of the middle of the cells that hold some pixels' centres. [m]."""
    lat_deg, lon_deg = places(about)
    east_m, north_m = to_enu(lat_deg[rows], lon_deg[columns], 29.0, 123.5)
    cell_m = about["cell_m"]
    return tuple((np.floor(axis / cell_m) + 0.5) * cell_m for axis in (east_m, north_m))


def fetch(viewer, height_m, value, **headers):
    return viewer.get(f"/api/v1/coverage/raster?region=lanwan&height_m={height_m}&value={value}", **headers)


@pytest.mark.parametrize("height_m", [1.5, 60, 87.5, 300])
@pytest.mark.parametrize(
    ("value", "name", "scale"), [("rsrp", "rsrp_dbm", 1), ("sinr", "sinr_db", 1), ("rate", "rate_bps", 1e6)]
)
def test_a_pixel_says_what_the_formulas_say_where_it_lies(city, viewer, about, height_m, value, name, scale):
    shown = pixels(fetch(viewer, height_m, value))
    rng = np.random.default_rng(3)
    rows, columns = rng.integers(0, 400, 300), rng.integers(0, 400, 300)
    direct = signals_at(air(city).sectors, *middle_of_cell(about, rows, columns), height_m)
    meaning = next(value_row for value_row in about["values"] if value_row["key"] == value)
    expected, step = getattr(direct, name) / scale, (meaning["high"] - meaning["low"]) / 254
    byte = shown[rows, columns].astype(float)
    read = np.where(byte == 0, np.nan, meaning["low"] + (byte - 1) * step)
    assert (np.isnan(read) == np.isnan(expected)).all()
    assert np.isfinite(expected).sum() > 50
    least_rate_gone = np.abs(direct.sinr_db + 10) < 0.1  # the rate jumps there
    off = np.abs(read - np.clip(expected, meaning["low"], meaning["high"]))[~least_rate_gone & np.isfinite(expected)]
    assert off.max() <= step / 2 + 0.05


def test_the_server_is_the_strongest_sector_by_its_place_in_the_list(city, viewer, about):
    shown = pixels(fetch(viewer, 120, "server"))
    rng = np.random.default_rng(4)
    rows, columns = rng.integers(0, 400, 300), rng.integers(0, 400, 300)
    around = air(city)
    direct = signals_at(around.sectors, *middle_of_cell(about, rows, columns), 120.0).server
    assert about["servers"] == list(around.slugs)
    assert (shown[rows, columns] == np.where(direct == NOWHERE, 0, direct + 1)).mean() > 0.99  # equals may differ


def test_where_no_sector_reaches_every_map_is_unknown(city, viewer, about):
    unknown = [pixels(fetch(viewer, 120, value)) == 0 for value in ("rsrp", "sinr", "rate", "sensing", "server")]
    assert 0.01 < unknown[0].mean() < 0.9
    assert all((value_row == unknown[0]).all() for value_row in unknown)
    lat_deg, lon_deg = places(about)
    row, column = np.argwhere(unknown[0])[0]
    east_m, north_m = to_enu(lat_deg[row], lon_deg[column], 29.0, 123.5)
    away_m = [np.hypot(value_row.east_m - east_m, value_row.north_m - north_m) for value_row in air(city).sectors]
    assert min(away_m) > 4_000 - 125


def test_detection_is_that_of_the_direct_chances(city, viewer):
    shown = pixels(fetch(viewer, 120, "sensing")).astype(float)
    sensed = layers.sensing(air(city), 120.0)
    reached = layers.layer(air(city), 120.0).signals.server != NOWHERE
    grid_order = np.full(160_001, np.nan)
    grid_order[:-1] = np.where(reached, sensed.echoes.probability(), np.nan).reshape(-1)
    expected = grid_order[sensed.ground.picture.cells]
    assert ((shown == 0) == np.isnan(expected)).all()
    assert np.nanmax(np.abs((shown - 1) / 254 - expected)) <= 0.5 / 254 + 1e-6
    assert np.nanmax(expected) > 0.9


def test_the_layers_say_how_to_read_the_bytes_and_make_no_map(city, viewer, about):
    layers.layers.clear()
    assert viewer.get("/api/v1/coverage/layers?region=lanwan").json()["version"] == about["version"]
    assert layers.layers.size_bytes == 0
    assert about["heights_m"] == [1.5, 30, 60, 120, 200, 300]
    assert [value_row["key"] for value_row in about["values"]] == ["rsrp", "sinr", "rate", "sensing", "server"]
    assert (about["rows"], about["columns"], about["cell_m"], about["source"]) == (400, 400, 175, "modelled")
    assert next(value_row for value_row in about["values"] if value_row["key"] == "rate")["high"] == 440
    assert (
        "system margin 18 dB"
        in next(value_row for value_row in about["values"] if value_row["key"] == "sensing")["definition"]
    )
    assert (about["rsrp_goal_dbm"], about["sinr_goal_db"]) == (-110, -3)


def test_whoever_has_the_map_is_told_so_until_a_sector_changes(city, viewer, about):
    first = fetch(viewer, 60, "rsrp")
    assert first["ETag"] == f'"{about["version"]}"'
    assert fetch(viewer, 60, "rsrp", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    assert fetch(viewer, 60, "rsrp", HTTP_IF_NONE_MATCH=f'"other", {first["ETag"]}').status_code == 304
    Sector.objects.filter(slug=MACRO).update(tilt_deg=1, changed_at=NOON.replace(hour=13))
    again = fetch(viewer, 60, "rsrp", HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]
    assert (pixels(again) != pixels(first)).any()


def test_a_map_is_compressed_for_whoever_takes_that(city, viewer):
    plain, packed = fetch(viewer, 60, "sinr"), fetch(viewer, 60, "sinr", HTTP_ACCEPT_ENCODING="br, gzip")
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2
    assert (pixels(packed) == pixels(plain)).all()
    assert plain["Content-Type"] == "application/octet-stream"
    assert "private" in plain["Cache-Control"]


def test_a_region_without_sectors_has_maps_on_which_all_is_unknown(region, viewer):
    shown = pixels(viewer.get("/api/v1/coverage/raster?region=here&height_m=60&value=sinr"))
    assert shown.shape == (400, 400)
    assert not shown.any()
    assert viewer.get("/api/v1/coverage/layers?region=here").json()["servers"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("region=lanwan&height_m=1.4&value=rsrp", "height_m"), ("region=lanwan&height_m=300.1&value=rsrp", "height_m"),
     ("region=lanwan&height_m=nan&value=rsrp", "height_m"), ("region=lanwan&height_m=60&value=colour", "value"),
     ("height_m=60&value=rsrp", "region"), ("region=lanwan&value=rsrp", "height_m")],
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_question_is_answered_with_field_value_and_expected(city, viewer, query, field, method):
    name, body = ("raster", ()) if method == "get" else ("what-if", ({"sector": "bs-000-1", "tilt_deg": 3}, "json"))
    answer = getattr(viewer, method)(f"/api/v1/coverage/{name}?{query}", *body)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["expected"]


def test_a_region_that_is_not_there_is_404(city, viewer):
    for name in ("layers?region=x", "raster?region=x&height_m=60&value=rsrp"):
        assert viewer.get(f"/api/v1/coverage/{name}").status_code == 404


def test_the_maps_need_the_right_to_read(city, client, with_key):
    assert client.get("/api/v1/coverage/layers?region=lanwan").status_code == 401
    assert with_key("reports:write").get("/api/v1/coverage/layers?region=lanwan").status_code == 403
    assert with_key("read").get("/api/v1/coverage/layers?region=lanwan").status_code == 200


@pytest.mark.parametrize("value", ["rsrp", "sinr", "rate", "sensing", "server"])
def test_what_would_be_is_what_is_once_it_was_done(city, viewer, about, value):
    slug = MACRO
    before = pixels(fetch(viewer, 120, value))
    trial = viewer.post(
        WHAT_IF.format(120, value), {"sector": slug, "tilt_deg": 14, "azimuth_deg": 33, "power_dbm": 47}, "json"
    )
    assert (pixels(fetch(viewer, 120, value)) == before).all()  # nothing was stored
    Sector.objects.filter(slug=slug).update(tilt_deg=14, azimuth_deg=33, power_dbm=47, changed_at=NOON.replace(hour=13))
    after = pixels(fetch(viewer, 120, value))
    assert (pixels(trial) == after).all()
    assert (after != before).any()


def test_a_trial_says_how_much_is_covered_before_and_after(city, viewer, about):
    slug = MACRO
    answer = viewer.post(WHAT_IF.format(1.5, "rsrp"), {"sector": slug, "power_dbm": -30}, "json")
    data, around = json.loads(answer["X-Kpis"]), air(city)
    index = around.index_of(slug)
    grid, counted = layers.ground(city).grid, layers.ground(city).counted
    for key, sectors in (("before", around.sectors), ("after", list(around.sectors))):
        if key == "after":
            sectors[index] = raster.tried(sectors[index], {"power_dbm": -30.0})
        signals = coverage.received(grid, 1.5, sectors).signals()
        good = (signals.rsrp_dbm >= -110) & (signals.sinr_db >= -3) & counted
        assert data[key]["share"] == pytest.approx(good.sum() / counted.sum())
        p5_db = np.percentile(signals.sinr_db[counted & np.isfinite(signals.sinr_db)], 5)
        assert data[key]["p5_sinr_db"] == pytest.approx(p5_db, abs=1e-3)
    assert data["after"]["share"] < data["before"]["share"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [({"sector": "bs-000-1", "tilt_deg": 91}, "tilt_deg", 91), ({"sector": "bs-000-1", "azimuth_deg": -1}, "azimuth_deg", -1),
     ({"sector": "bs-000-1", "power_dbm": 81}, "power_dbm", 81), ({"sector": "nobody", "tilt_deg": 4}, "sector", "nobody"),
     ({"sector": "bs-000-1"}, "tilt_deg", None), ({"tilt_deg": 4}, "sector", None),
     ({"sector": "bs-000-1", "tilt_deg": "steep"}, "tilt_deg", "steep")],
)  # fmt: skip
def test_a_trial_that_cannot_be_names_field_value_and_expected(city, viewer, body, field, value):
    answer = viewer.post(WHAT_IF.format(60, "rsrp"), body, "json")
    assert answer.status_code == 400
    assert [(error["field"], error["value"]) for error in answer.json()["errors"]] == [(field, value)]


def test_a_sector_that_is_asleep_cannot_be_tried(city, viewer):
    Sector.objects.filter(slug="bs-000-1").update(is_active=False, changed_at=NOON.replace(hour=13))
    answer = viewer.post(WHAT_IF.format(60, "rsrp"), {"sector": "bs-000-1", "tilt_deg": 4}, "json")
    assert answer.status_code == 400
    assert "not asleep" in answer.json()["errors"][0]["expected"]


def test_a_trial_over_a_warm_map_takes_less_than_200_ms_of_cpu(city, viewer, about):
    times_s = []
    for tilt_deg in range(6):
        started_s = time.thread_time()
        answer = viewer.post(WHAT_IF.format(120, "sinr"), {"sector": MACRO, "tilt_deg": tilt_deg}, "json")
        times_s.append(time.thread_time() - started_s)
        assert answer.status_code == 200
    assert min(times_s[1:]) < 0.2
