"""Maps kept in the process: renewed with the air, one sector at a time where one changed, and never too many."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from network.actions.radio import layers
from network.actions.radio.sector import air
from network.demo import demo
from network.kernels import metropolis
from network.kernels.radio.raster import coverage
from network.kernels.radio.sector import signals_at
from network.models import Region, Sector
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_shelves():
    layers.layers.clear()
    layers.sensed.clear()


@pytest.fixture
def two_stations(region, make_site, make_sector):
    for number, lon_deg in enumerate((123.5, 123.53)):
        site = make_site(f"bs-{number}", lon_deg=lon_deg)
        for azimuth_deg in (0, 120, 240):
            make_sector(site, azimuth_deg=azimuth_deg)
    return region


@pytest.fixture
def received(monkeypatch):
    """Which sectors' power was worked out, by bearing and place."""
    seen = []

    def receive(power_mw, grid, window, sector, height_m):
        seen.append(sector)
        return real(power_mw, grid, window, sector, height_m)

    real = coverage._receive
    monkeypatch.setattr(coverage, "_receive", receive)
    return seen


def change(slug, **values):
    Sector.objects.filter(slug=slug).update(changed_at=NOON.replace(minute=Sector.objects.count()), **values)


def same(actual, expected):
    return all(
        np.array_equal(getattr(actual, name), getattr(expected, name), equal_nan=True)
        for name in ("server", "rsrp_dbm", "sinr_db", "rate_bps")
    )


def test_a_map_is_made_once_while_nothing_changes(two_stations, received):
    first = layers.layer(air(two_stations), 60.0)
    assert layers.layer(air(two_stations), 60.0) is first
    assert len(received) == 6


def test_when_one_sector_changed_only_that_one_is_worked_out_again(two_stations, received):
    first = layers.layer(air(two_stations), 60.0)
    received.clear()
    change("bs-1-2", tilt_deg=12)
    second = layers.layer(air(two_stations), 60.0)
    assert [layer.downtilt_deg for layer in received] == [12]
    anew = coverage.received(second.ground.grid, 60.0, air(two_stations).sectors).signals()
    assert same(second.signals, anew)
    assert not same(first.signals, anew)


def test_whoever_reads_the_map_before_keeps_what_it_had(two_stations):
    first = layers.layer(air(two_stations), 60.0)
    before = first.stack.flat_mw.copy()
    change("bs-1-2", power_dbm=40)
    layers.layer(air(two_stations), 60.0)
    assert np.array_equal(first.stack.flat_mw, before)
    assert same(first.stack.signals(), first.signals)


def test_detection_is_renewed_for_the_changed_sector_only(two_stations, monkeypatch):
    seen, real = [], coverage._found

    def counted(grid, height_m, sector, radar):
        seen.append(sector)
        return real(grid, height_m, sector, radar)

    monkeypatch.setattr(coverage, "_found", counted)
    layers.sensing(air(two_stations), 60.0)
    assert len(seen) == 6
    change("bs-0-1", azimuth_deg=60)
    second = layers.sensing(air(two_stations), 60.0)
    assert [layer.bearing_deg for layer in seen[6:]] == [60]
    anew = coverage.echoes(second.ground.grid, 60.0, air(two_stations).sectors, layers.RADAR).probability()
    assert np.array_equal(second.echoes.probability(), anew)


def test_a_record_touched_without_a_change_of_values_costs_nothing(two_stations, received):
    first = layers.layer(air(two_stations), 60.0)
    change("bs-1-2", tilt_deg=8)
    assert layers.layer(air(two_stations), 60.0) is first
    assert len(received) == 6


@pytest.mark.parametrize("event", ["asleep", "many", "moved", "wider"])
def test_after_greater_changes_the_map_is_as_made_anew(two_stations, event):
    layers.layer(air(two_stations), 60.0)
    if event == "asleep":
        change("bs-1-2", is_active=False)
    elif event == "many":
        Sector.objects.update(tilt_deg=3, changed_at=NOON.replace(hour=13))
    elif event == "moved":
        change("bs-1-2", height_m=20, scenario="UMi", carrier_ghz=3.5)
    else:
        Region.objects.update(radius_m=20_000)
    region = Region.objects.get()
    layer = layers.layer(air(region), 60.0)
    assert same(layer.signals, coverage.received(layer.ground.grid, 60.0, air(region).sectors).signals())
    assert layer.ground.grid.cell_m == (100 if event == "wider" else 150)


def test_any_height_says_what_the_formulas_say_in_the_middle_of_a_cell(two_stations):
    rng, around = np.random.default_rng(7), air(two_stations)
    for height_m in (1.5, 22.5, 87.3, 300.0):
        layer = layers.layer(around, height_m)
        east_m, north_m = layer.ground.grid.centres_m()
        rows, columns = rng.integers(185, 216, 60), rng.integers(185, 230, 60)
        direct = signals_at(around.sectors, east_m[0, columns], north_m[rows, 0], height_m)
        assert layer.signals.rsrp_dbm[rows, columns] == pytest.approx(direct.rsrp_dbm, abs=0.02)
        assert layer.signals.sinr_db[rows, columns] == pytest.approx(direct.sinr_db, abs=0.05)


def test_the_maps_used_longest_ago_are_given_up_when_memory_is_short(two_stations, monkeypatch):
    around = air(two_stations)
    one_bytes = layers.layer(around, 30.0).size_bytes
    assert one_bytes > 400 * 400 * 16
    cache = layers.LayerCache(int(2.5 * one_bytes))
    monkeypatch.setattr(layers, "layers", cache)
    first = layers.layer(around, 30.0)
    layers.layer(around, 60.0)
    assert layers.layer(around, 30.0) is first
    layers.layer(around, 90.0)  # 60 m was used longest ago
    assert cache.size_bytes <= 2.5 * one_bytes
    assert layers.layer(around, 30.0) is first


def test_one_map_greater_than_the_limit_is_still_answered(two_stations, monkeypatch):
    monkeypatch.setattr(layers, "layers", layers.LayerCache(10))
    assert np.isfinite(layers.layer(air(two_stations), 60.0).signals.rsrp_dbm).any()


def test_threads_that_ask_together_make_a_map_once(two_stations, received):
    around, start = air(two_stations), Barrier(4)

    def ask(_number):
        start.wait(10)
        return layers.layer(around, 45.0)

    with ThreadPoolExecutor(4) as pool:
        map_ = list(pool.map(ask, range(4)))
    assert all(layer is map_[0] for layer in map_)
    assert len(received) == 6


def test_a_height_out_of_range_is_an_error_that_names_the_range(two_stations):
    with pytest.raises(ValueError, match=r"height_m is 1\.0; expected 1\.5 to 300 m"):
        layers.layer(air(two_stations), 1.0)


@pytest.mark.parametrize(
    ("radius_m", "cell_m", "side"),
    [(35_000, 175, 400), (2_500_000, 12_500, 400), (2_000, 25, 160), (1, 25, 8), (9e9, 15_000, 400)],
)
def test_cells_are_bounded_for_every_size_of_region(region, radius_m, cell_m, side):
    region.radius_m = radius_m
    grid = layers.ground(region).grid
    assert (grid.cell_m, grid.rows, grid.columns) == (cell_m, side, side)
    assert grid.west_m == grid.south_m == -side * cell_m / 2


def test_of_the_demo_city_only_land_within_its_radius_counts():
    demo.build(NOON)
    city = layers.ground(Region.objects.get(slug="lanwan"))
    east_m, north_m = city.grid.centres_m()
    assert (city.counted == (metropolis.is_land(east_m, north_m) & (np.hypot(east_m, north_m) <= 35_000))).all()
    assert 0.5 < city.counted.mean() < 0.75  # a circle fills 79 % of its square, and the south is sea
    assert "land" in city.area


def test_elsewhere_every_cell_within_the_radius_counts(region):
    ground = layers.ground(region)
    assert ground.counted.mean() == pytest.approx(np.pi / 4, abs=0.002)
    assert "land" not in ground.area
