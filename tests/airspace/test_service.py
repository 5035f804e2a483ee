"""Counts of flights from stored positions, against a plain loop over every second."""

import random
from datetime import timedelta

import numpy as np
import pytest

from airspace.actions.service import counts, find
from airspace.actions.tracking import drone as drones
from airspace.kernels import telemetry
from airspace.models import Drone
from console.run import starts
from network.actions.radio.radio_link import radio_at
from network.kernels.geodesy import from_enu
from network.models import Agreement, Region, Sector, Site, subject
from tests.airspace.tracking.test_drones import row, store
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
START_MS = int(NOON.timestamp() * 1000)


@pytest.fixture
def drone(db):
    return drones.register({"F-1": "Swift"}, NOON)[0]


def promise(metric="availability"):
    return Agreement.objects.create(kind="flight", key="F-1", metric=metric, objective=0.9)


def minutes_of(metric="availability", count=1):
    minutes = list(counts([promise(metric)], NOON, NOON + count * MINUTE))
    return [(minute.good, minute.total, minute.unknown_s) for minute in minutes]


def test_a_report_every_second_is_a_whole_minute_and_silence_counts_from_five_seconds_on(drone):
    store([row(drone, START_MS + 1_000 * second) for second in range(30)])
    assert minutes_of(count=2) == [(35, 60, 0.0), (0, 60, 0.0)]  # second 29 + 5 is the last that is fresh


def test_after_a_landing_nothing_is_owed(drone):
    store([row(drone, START_MS + 1_000 * second, status="ground" if second == 9 else None) for second in range(10)])
    assert minutes_of(count=2) == [(15, 15, 0.0), (0, 0, 0.0)]


def test_whether_somebody_flies_who_was_silent_for_ten_minutes_is_unknown(drone):
    store([row(drone, START_MS)])
    minutes = minutes_of(count=12)
    assert minutes[0] == (6, 60, 0.0)
    assert minutes[1:10] == [(0, 60, 0.0)] * 9
    assert minutes[10:] == [(0, 1, 59.0), (0, 0, 60.0)]


def test_a_drone_never_heard_is_unknown_and_a_stranger_is_not_counted(drone):
    assert minutes_of() == [(0, 0, 60.0)]
    drone.delete()
    Agreement.objects.all().delete()
    assert minutes_of() == []


def test_random_reports_count_as_a_loop_over_the_seconds_does(drone):
    draw = random.Random(3)
    at_ms, rows = START_MS - 20_000, []
    while at_ms < START_MS + 1_800_000:
        rows.append((at_ms, "ground" if draw.random() < 0.02 else None))
        at_ms += draw.choice([1_000, 1_000, 1_500, 7_000]) if draw.random() < 0.97 else draw.randint(30_000, 900_000)
    store([row(drone, at_ms, status=status) for at_ms, status in rows])
    expected = []
    for minute in range(30):
        good = bad = unknown = 0
        for second in range(60):
            now_ms = START_MS + (minute * 60 + second) * 1_000
            last_ms, status = max(pair for pair in rows if pair[0] <= now_ms)
            if now_ms - last_ms <= 5_000:
                good += 1
            elif status != "ground":
                unknown += now_ms - last_ms > 600_000
                bad += now_ms - last_ms <= 600_000
        expected.append((good, good + bad, float(unknown)))
    assert minutes_of(count=30) == expected


def test_reports_must_be_known_for_seconds_to_be_judged():
    nothing = telemetry.seconds(np.zeros(0, np.int64), np.zeros(0, bool), START_MS, 3)
    assert (nothing.is_unknown.tolist(), nothing.is_missing.tolist()) == ([True] * 3, [False] * 3)


# --- Coverage --------------------------------------------------------------------------------------------------------


@pytest.fixture
def mast(db):
    region = Region.objects.create(slug="r", name_en="R", name_zh="R", lat_deg=29, lon_deg=123.5, radius_m=9_000)
    site = Site.objects.create(
        region=region, slug="bs", kind="macro", name_en="M", name_zh="M", lat_deg=29, lon_deg=123.5, changed_at=NOON
    )
    return Sector.objects.create(
        site=site, slug="s", height_m=30, power_dbm=20, carrier_ghz=4.9, bandwidth_mhz=100, pattern="omni",
        changed_at=NOON,
    )  # fmt: skip


def test_a_flight_away_from_a_mast_is_covered_where_the_radio_model_says_so(drone, mast):
    lat_deg, lon_deg = from_enu(np.linspace(0, 7_900, 60), np.zeros(60), 29.0, 123.5)
    store([row(drone, START_MS + 1_000 * n, lat_deg[n], lon_deg[n], height=90.0) for n in range(60)])
    direct = [radio_at(lat_deg[n], lon_deg[n], 90.0).is_covered for n in range(60)]
    known = [minute for minute in direct if minute is not None]
    assert minutes_of("coverage") == [(sum(known), len(known), 60.0 - len(known))]
    assert 0 < sum(known) < len(known) <= 60


def test_without_a_height_or_without_reports_coverage_is_unknown(drone, mast):
    store([row(drone, START_MS + 1_000 * second, height=None if second < 10 else 60.0) for second in range(20)])
    assert minutes_of("coverage") == [(15, 15, 45.0)]  # ten seconds of no height; silent after second 24


def test_a_flight_is_found_by_its_serial_and_its_region_by_its_place(drone, mast):
    assert (find("F-1").name_en, find("F-1").region_id, find("F-2")) == ("F-1", None, None)
    store([row(drone, START_MS)])
    assert find("F-1").region_id == Region.objects.get().pk
    Drone.objects.filter(pk=drone.pk).update(owned_since=NOON + MINUTE)  # where it was for a former owner is not told
    assert find("F-1").region_id is None


def test_the_airspace_counts_for_flights():
    assert subject.of("flight").is_counted


def test_while_loft_was_away_a_silence_is_unknown_until_the_drone_is_heard_again(drone, empty_redis):
    store([row(drone, START_MS + 1_000 * second) for second in (*range(10), 45)])
    starts.note_absence(NOON + timedelta(seconds=10), NOON + timedelta(seconds=40))
    assert minutes_of() == [(15 + 6, 15 + 6 + 9, 30.0)]  # fresh to 14 and from 45 to 50; silent again from 51 on


def test_after_loft_was_away_a_drone_has_half_a_minute_to_be_heard_again(drone, empty_redis, settings):
    settings.LOFT_DRONE_SILENT_S = 30.0
    store([row(drone, START_MS)])
    starts.note_absence(NOON + timedelta(seconds=2), NOON + timedelta(seconds=20))
    assert minutes_of(count=2) == [(6, 6 + 10, 44.0), (0, 60, 0.0)]  # unknown from 6 to 50


def test_an_absence_excuses_nothing_once_the_drone_was_heard_after_it(drone, empty_redis):
    store([row(drone, START_MS)])
    starts.note_absence(NOON - timedelta(seconds=20), NOON - timedelta(seconds=10))
    assert minutes_of() == [(6, 60, 0.0)]
