"""Coverage as it is now: what the live twin knows to be silent is taken out of the planned map, sector by sector."""

import gzip
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.db.models import F
from django.utils import timezone

from network.actions.radio import changes, coverage, layers
from network.actions.radio.control_link import links_at
from network.actions.radio.on_air import OnAir, air_now, on_air
from network.actions.radio.radio_link import radio_at
from network.actions.radio.sector import air
from network.actions.topology import live as live_
from network.actions.topology.live import Twin, live
from network.kernels.geodesy import from_enu
from network.kernels.radio.raster import coverage as kernel
from network.kernels.radio.sector import NOWHERE, Sector, received_dbm, signals_at
from network.kernels.radio.sensing import Radar
from network.models import Corridor, PmCounters, SiteHealth
from network.models import Sector as Sector_
from network.models.measurement import measure
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
HEIGHT_M = 60.0


@pytest.fixture(autouse=True)
def empty_shelves(monkeypatch):
    monkeypatch.setattr(live_, "_finders", [])
    layers.layers.clear()
    layers.sensed.clear()


@pytest.fixture
def stations(region, make_site, make_sector):
    """Two stations 3 km apart with three sectors each, in a region of 4 km."""
    region.radius_m = 4_000
    region.save()
    made = [make_site(f"bs-{number}", lon_deg=lon_deg) for number, lon_deg in enumerate((123.485, 123.515))]
    for site in made:
        for azimuth_deg in (0, 120, 240):
            make_sector(site, azimuth_deg=azimuth_deg)
    return made


@pytest.fixture
def worked_out(monkeypatch):
    """Whose power was worked out."""
    seen = []

    def receive(power_mw, grid, window, sector, height_m):
        seen.append(sector)
        return real(power_mw, grid, window, sector, height_m)

    real = kernel._receive
    monkeypatch.setattr(kernel, "_receive", receive)
    return seen


def answers(*sites, at=NOON, **fields):
    for site in sites:
        given = {"state": "met", "rtt_ms": 1.0, "measured_at": at, "answered_at": at} | fields
        SiteHealth.objects.update_or_create(site=site, defaults=given)


def silent(*sites, at=NOON):
    answers(*sites, at=at, rtt_ms=None, silent_packets=60, silent_since=at - SECOND)


def test_a_silent_sector_is_received_nowhere_and_detects_nothing():
    quiet = Sector(0.0, 0.0, 30.0, 0.0, 8.0, 49.0, 4.9, 100e6, is_on_air=False)
    assert received_dbm(quiet, [10.0, 500.0], [0.0, 0.0], 60.0).tolist() == [-np.inf, -np.inf]
    found = signals_at([quiet], [100.0], [100.0], [60.0])
    assert (found.server.tolist(), np.isnan(found.rsrp_dbm).all()) == ([NOWHERE], True)
    grid = kernel.Grid(-500.0, -500.0, 100.0, 10, 10)
    assert not kernel.echoes(grid, 60.0, [quiet], Radar()).probability().any()
    assert (kernel.received(grid, 60.0, [quiet]).signals().server == NOWHERE).all()


def test_a_stack_in_which_a_sector_fell_silent_is_that_of_the_others():
    loud = [Sector(east, 0.0, 30.0, 0.0, 8.0, 49.0, 4.9, 100e6) for east in (-300.0, 300.0)]
    grid = kernel.Grid(-500.0, -500.0, 100.0, 10, 10)
    quiet = Sector(300.0, 0.0, 30.0, 0.0, 8.0, 49.0, 4.9, 100e6, is_on_air=False)
    actual = kernel.received(grid, 60.0, loud).changed(1, quiet).signals()
    expected = kernel.received(grid, 60.0, loud[:1]).signals()
    assert np.array_equal(actual.rsrp_dbm, expected.rsrp_dbm)
    assert np.array_equal(actual.sinr_db, expected.sinr_db)


def test_who_is_down_is_off_the_air_and_of_whom_nothing_is_known_is_neither(stations, region):
    silent(stations[0])
    around = on_air(region, live(NOON))
    assert around.off == ("bs-0-1", "bs-0-2", "bs-0-3")
    assert around.unknown == ("bs-1-1", "bs-1-2", "bs-1-3")
    assert [sector.is_on_air for sector in around.known.sectors] == [False] * 6
    assert [sector.is_on_air for sector in around.possible.sectors] == [False] * 3 + [True] * 3
    assert all(sector.is_on_air for sector in around.planned.sectors)


def test_what_equipment_tells_is_off_air_sleeps(stations, region):
    answers(*stations)
    told = {"cells": [{"sector": "bs-0-2", "is_active": False}]}
    PmCounters.objects.create(site=stations[0], told=told, off_air=1, to_at=NOON, asked_at=NOON)
    around = on_air(region, live(NOON))
    assert (around.off, around.unknown) == (("bs-0-2",), ())


def test_while_all_is_up_the_maps_are_the_planned_ones(stations, region, worked_out):
    answers(*stations)
    planned = layers.layer(air(region), HEIGHT_M)
    worked_out.clear()
    around = on_air(region, live(NOON))
    assert around.is_whole
    assert layers.layer(around.known, HEIGHT_M).signals is planned.signals
    assert worked_out == []


def test_when_a_station_falls_silent_no_other_sector_is_worked_out_again(stations, region, worked_out):
    answers(*stations)
    planned = layers.layer(air(region), HEIGHT_M)
    silent(stations[0])
    worked_out.clear()
    around = on_air(region, live(NOON)).known
    actual = layers.layer(around, HEIGHT_M)
    assert worked_out == []
    expected = kernel.received(actual.ground.grid, HEIGHT_M, around.sectors[3:]).signals()
    assert np.array_equal(actual.signals.rsrp_dbm, expected.rsrp_dbm, equal_nan=True)
    assert set(np.unique(actual.signals.server)) <= {NOWHERE, 3, 4, 5}
    assert layers.layer(air(region), HEIGHT_M) is planned  # which stays as it is


def test_when_it_comes_back_the_planned_map_is_at_hand(stations, region, worked_out):
    answers(*stations)
    planned = layers.layer(air(region), HEIGHT_M)
    silent(stations[0])
    layers.layer(on_air(region, live(NOON)).known, HEIGHT_M)
    answers(stations[0], at=NOON + SECOND, silent_packets=0, silent_since=None)
    worked_out.clear()
    back = layers.layer(on_air(region, live(NOON + SECOND)).known, HEIGHT_M)
    assert (back.signals is planned.signals, worked_out) == (True, [])


def test_holes_are_where_it_was_covered_and_is_not(stations, region):
    answers(stations[1])
    silent(stations[0])
    around = on_air(region, live(NOON))
    _, lost, unknown = changes.changed(around, HEIGHT_M)
    planned, known = (layers.layer(part, HEIGHT_M).signals for part in (around.planned, around.known))
    assert lost.any()
    assert not unknown.any()
    assert kernel.cover(known, lost).share == 0.0
    assert kernel.cover(planned, lost).share == 1.0


def test_what_only_an_unknown_station_covers_is_no_hole(stations, region):
    answers(stations[1])
    around = on_air(region, live(NOON))
    covered, lost, unknown = changes.changed(around, HEIGHT_M)
    assert unknown.any()
    assert not lost.any()
    assert not (covered & unknown).any()


def kernel_covers(signals):
    return (signals.rsrp_dbm >= kernel.RSRP_GOAL_DBM) & (signals.sinr_db >= kernel.SINR_GOAL_DB)


def test_what_stations_of_unknown_state_may_drown_is_not_known_to_be_covered(stations, region, make_site, make_sector):
    for number in (2, 3, 4):  # where the first one stands, so that they drown each other as well
        for azimuth_deg in (0, 120, 240):
            make_sector(make_site(f"bs-{number}-{azimuth_deg}", lon_deg=123.485), azimuth_deg=azimuth_deg)
    answers(stations[1])
    around = on_air(region, live(NOON))
    covered, _, unknown = changes.changed(around, HEIGHT_M)
    known, possible = (layers.layer(part, HEIGHT_M) for part in (around.known, around.possible))
    by_known, by_possible = (kernel_covers(layer.signals) for layer in (known, possible))
    drowned = by_known & ~by_possible
    assert (unknown[drowned].all(), covered[drowned].any(), drowned.any()) == (True, False, True)
    row, column = np.argwhere(drowned)[np.argmin(possible.signals.sinr_db[drowned])]
    east_m, north_m = known.ground.grid.centres_m()
    lat_deg, lon_deg = from_enu(east_m[0, column], north_m[row, 0], region.lat_deg, region.lon_deg)
    place = radio_at(float(lat_deg), float(lon_deg), HEIGHT_M, region, live=live(NOON))
    assert (place.site, place.is_covered, place.is_lost) == ("bs-1", None, None)
    shares = coverage.kpis(region, NOON, live=live(NOON)).layers
    share = next(layer for layer in shares if layer.height_m == HEIGHT_M)
    counted = known.ground.counted
    assert share.share == pytest.approx((covered & counted).sum() / counted.sum())
    assert share.unknown_share == pytest.approx((unknown & counted).sum() / counted.sum())


def test_of_figures_by_the_live_twin_one_set_is_kept_however_often_conditions_change(stations, region):
    coverage._kpis.clear()
    for second in range(3):
        answers(stations[second % 2], at=NOON + second * SECOND)
        coverage.kpis(region, NOON, live=live(NOON + second * SECOND))
        SiteHealth.objects.all().delete()
    assert len(coverage._kpis._kept) == 1


def test_of_each_region_one_air_is_kept_however_often_its_sectors_change(stations, region):
    answers(*stations)
    twin = live(NOON)
    for tilt_deg in (4, 5, 6):
        sector = Sector_.objects.get(slug="bs-0-1")
        sector.tilt_deg, sector.revision = tilt_deg, sector.revision + 1
        sector.save()
        assert on_air(region, twin).known.sectors[0].downtilt_deg == tilt_deg
    assert len(twin.derived.get(OnAir, dict)._held) == 1


def test_what_is_detected_follows_from_the_planned_map_and_takes_no_memory_twice(stations, region, monkeypatch):
    answers(*stations)
    planned = layers.sensing(air(region), HEIGHT_M)
    monkeypatch.setattr(layers.coverage, "echoes", lambda *_: pytest.fail("worked out anew"))
    assert layers.sensing(on_air(region, live(NOON)).known, HEIGHT_M).echoes is planned.echoes
    assert layers.sensed.size_bytes == planned.size_bytes
    silent(stations[0])
    less = layers.sensing(on_air(region, live(NOON + SECOND)).known, HEIGHT_M).echoes.probability()
    assert (less <= planned.echoes.probability()).all()
    assert (less < planned.echoes.probability()).any()


def test_shares_say_how_much_is_lost_and_of_how_much_it_is_not_known(stations, region):
    answers(*stations)
    planned = coverage.kpis(region, NOON).layers[0]
    whole = coverage.kpis(region, NOON, live=live(NOON)).layers[0]
    assert (planned.lost_share, planned.unknown_share) == (None, None)
    assert (whole.share, whole.lost_share, whole.unknown_share) == (planned.share, 0.0, 0.0)
    silent(stations[0], at=NOON + SECOND)
    answers(stations[1], at=NOON + SECOND)
    less = coverage.kpis(region, NOON, live=live(NOON + SECOND)).layers[0]
    assert less.share < planned.share
    assert less.lost_share > 0
    later = NOON + timedelta(hours=1)
    gone = coverage.kpis(region, NOON, live=live(later)).layers[0]
    assert (gone.share, gone.lost_share, gone.unknown_share) == (0.0, 0.0, pytest.approx(planned.share))
    assert coverage.kpis(region, NOON).layers[0].share == planned.share


def test_the_figures_of_a_place_say_that_its_coverage_is_lost(stations, region):
    answers(stations[1])
    silent(stations[0])
    here = 29.0, 123.48, 1.5
    planned, now = radio_at(*here, region), radio_at(*here, region, live=live(NOON))
    assert (planned.site, planned.is_covered, planned.is_lost) == ("bs-0", True, None)
    assert now.site != "bs-0"
    assert (now.is_covered, now.is_lost) == (False, True)
    there = radio_at(29.0, 123.52, 1.5, region, live=live(NOON))
    assert (there.site, there.is_covered, there.is_lost) == ("bs-1", True, False)


def test_a_place_that_a_station_of_unknown_state_may_cover_is_not_known_to_be_covered(stations, region):
    now = radio_at(29.0, 123.48, 1.5, region, live=live(NOON))
    assert (now.site, now.rsrp_dbm, now.is_covered, now.is_lost) == (None, None, None, None)


def corridor(region):
    path = [[123.47, 29.0], [123.484, 29.0]]
    return Corridor.objects.create(
        region=region, slug="c", name_en="C", name_zh="C", path_lon_lat_deg=path, lowest_m=60, highest_m=90,
        changed_at=NOON,
    )  # fmt: skip


@pytest.mark.parametrize(("heard", "expected"), [(answers, {True}), (silent, {False}), (lambda *_: None, {None})])
def test_a_corridor_is_covered_open_or_not_known(stations, region, heard, expected):
    corridor(region)
    goals = coverage.Goals(-140.0, -20.0)
    heard(*stations)
    pieces = coverage.corridor_features(region, goals, live(NOON))
    assert {piece["properties"]["is_covered"] for piece in pieces} == expected


def test_the_two_twins_over_rest(stations, region, signed_in, monkeypatch):
    monkeypatch.setattr(measure, "LEAST_STALE_S", 3_600)  # however long the machine takes, nothing grows old
    corridor(region)
    now = timezone.now()
    answers(stations[1], at=now)
    silent(stations[0], at=now)
    viewer = signed_in("viewer")
    pixels = {}
    for twin in ("planned", "live"):
        answer = viewer.get(f"/api/v1/coverage/raster?region=here&height_m=60&value=rsrp&twin={twin}")
        assert (answer.status_code, answer["X-Twin"]) == (200, twin)
        packed = answer.get("Content-Encoding") == "gzip"
        pixels[twin] = np.frombuffer(gzip.decompress(answer.content) if packed else answer.content, np.uint8)
        for path in (
            "kpis?region=here",
            "at?region=here&lat_deg=29&lon_deg=123.48&height_m=1.5",
            "corridors?region=here",
        ):
            body = viewer.get(f"/api/v1/coverage/{path}&twin={twin}").json()
            assert body["network"]["twin"] == twin, path
    assert (pixels["live"] <= pixels["planned"]).all()
    assert (pixels["live"] < pixels["planned"]).any()
    assert viewer.get("/api/v1/coverage/kpis?region=here&twin=live").json()["layers"][0]["lost_share"] > 0


def test_either_twin_is_at_hand_by_name(stations, region):
    silent(*stations)
    assert all(sector.is_on_air for sector in air_now(region, Twin.PLANNED, NOON).sectors)
    assert not any(sector.is_on_air for sector in air_now(region, Twin.LIVE, NOON).sectors)


def tells(site, sector, at=NOON, **setting):
    """Equipment tells how a sector is set, otherwise than the inventory has it."""
    told = {"cells": [{"sector": sector, "is_active": True, **setting}]}
    given = {"told": told, "otherwise": 1, "to_at": at, "asked_at": at}
    PmCounters.objects.update_or_create(site=site, defaults=given)


def test_a_sector_sends_as_its_equipment_tells_and_in_the_plan_as_planned(stations, region, worked_out):
    answers(*stations)
    planned = layers.layer(air(region), HEIGHT_M)
    worked_out.clear()
    tells(stations[0], "bs-0-2", tilt_deg=2.0, power_dbm=None)
    around = on_air(region, live(NOON))
    meant = around.planned.sectors[1]
    assert (around.otherwise, around.is_whole) == (("bs-0-2",), False)
    assert around.known.sectors[1] == replace(meant, downtilt_deg=2.0)
    assert [sector for number, sector in enumerate(around.known.sectors) if number != 1] == [
        sector for number, sector in enumerate(around.planned.sectors) if number != 1
    ]
    now = layers.layer(around.known, HEIGHT_M)
    assert worked_out == [around.known.sectors[1]]  # the cost of one sector
    expected = kernel.received(now.ground.grid, HEIGHT_M, around.known.sectors).signals()
    assert np.array_equal(now.signals.rsrp_dbm, expected.rsrp_dbm, equal_nan=True)
    assert layers.layer(air(region), HEIGHT_M) is planned


def test_a_setting_told_anew_is_another_air_and_one_that_is_old_none(stations, region):
    answers(*stations)
    tells(stations[0], "bs-0-1", power_dbm=40.0)
    first = on_air(region, live(NOON)).known
    tells(stations[0], "bs-0-1", power_dbm=37.0)
    second = on_air(region, live(NOON + 2 * SECOND)).known
    assert (first.sectors[0].power_dbm, second.sectors[0].power_dbm) == (40.0, 37.0)
    assert first.digest != second.digest
    later = NOON + timedelta(hours=1)
    answers(*stations, at=later)
    assert on_air(region, live(later)).is_whole


def test_what_the_plan_follows_is_no_difference_any_more(stations, region):
    answers(*stations)
    tells(stations[0], "bs-0-1", power_dbm=40.0)
    assert on_air(region, live(NOON)).otherwise == ("bs-0-1",)
    Sector_.objects.filter(slug="bs-0-1").update(power_dbm=40.0, revision=F("revision") + 1)
    assert on_air(region, live(NOON + 2 * SECOND)).is_whole


def test_a_sector_that_is_silent_is_silent_however_it_is_set(stations, region):
    answers(stations[1])
    silent(stations[0])
    tells(stations[0], "bs-0-1", power_dbm=40.0)
    around = on_air(region, live(NOON))
    assert (around.otherwise, around.off) == ((), ("bs-0-1", "bs-0-2", "bs-0-3"))


def test_links_are_worked_out_with_the_power_that_equipment_tells(stations, region):
    answers(*stations)
    lat_deg, lon_deg = (np.array([value]) for value in (stations[0].lat_deg + 0.005, stations[0].lon_deg))
    before = links_at(lat_deg, lon_deg, np.array([30.0]), live(NOON))
    for number in (1, 2, 3):
        Sector_.objects.filter(slug=f"bs-0-{number}").update(revision=F("revision") + 1)
    tells(stations[0], "bs-0-1", power_dbm=39.0)
    after = links_at(lat_deg, lon_deg, np.array([30.0]), live(NOON + 2 * SECOND))
    assert before.site_id.tolist() == after.site_id.tolist() == [stations[0].pk]
    power_dbm = Sector_.objects.get(slug="bs-0-1").power_dbm
    assert float(before.rsrp_dbm[0] - after.rsrp_dbm[0]) == pytest.approx(power_dbm - 39.0)
