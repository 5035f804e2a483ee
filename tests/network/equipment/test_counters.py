"""Counters read from base stations: kept with their time, unknown when silent, summed by the hour."""

import json
from datetime import timedelta

import pytest

from network.actions.equipment import counters
from network.models import (
    Alarm,
    Breach,
    CounterHour,
    CounterReading,
    PmCounters,
    Setting,
    SiteHealth,
)
from network.probes.stations import read
from tests.conftest import NOON
from tests.network.equipment.conftest import read_all
from tests.retention import deleted

pytestmark = pytest.mark.django_db


def test_what_a_site_counted_is_kept_with_its_time_and_told_to_pages(world, site, heard):
    read_all(world)
    row, reading = PmCounters.objects.get(), CounterReading.objects.get()
    assert row.to_at == reading.to_at == NOON
    assert (row.missed, row.version, len(row.told["cells"])) == (0, 0, 3)
    assert reading.devices == sum(cell["devices"] for cell in row.told["cells"]) > 0
    shares = [cell["prb_use_share"] for cell in row.told["cells"]]
    assert reading.prb_use_share == pytest.approx(sum(shares) / 3)
    assert 780 < reading.power_w < 1_344
    assert [event.sites[0]["site"] for event in heard] == ["bs-000"]
    assert json.loads(heard[0].as_json())["sites"][0]["is_known"] is True


def test_cells_that_tell_another_tilt_or_power_than_the_inventory_has_are_counted(world, site):
    sectors = {row.slug: row for row in site.sectors.all()}
    read_all(world)
    told = {cell["sector"]: (cell["tilt_deg"], cell["power_dbm"]) for cell in PmCounters.objects.get().told["cells"]}
    wanted = sum(told[slug] != (row.tilt_deg, row.power_dbm) for slug, row in sectors.items() if slug in told)
    assert PmCounters.objects.get().otherwise == wanted
    for slug, (tilt_deg, power_dbm) in told.items():
        site.sectors.filter(slug=slug).update(tilt_deg=tilt_deg, power_dbm=power_dbm + 0.01)
    world.wait(seconds=30)
    read_all(world)
    assert PmCounters.objects.get().otherwise == 0  # equipment rounds what it tells
    site.sectors.filter(slug=min(told)).update(tilt_deg=21.0)
    world.wait(seconds=30)
    read_all(world)
    assert PmCounters.objects.get().otherwise == 1


def test_what_equipment_tells_of_the_sectors_of_another_site_is_not_counted_as_set_otherwise(world, site, make_site):
    read_all(world)
    for cell in PmCounters.objects.get().told["cells"]:
        site.sectors.filter(slug=cell["sector"]).update(tilt_deg=cell["tilt_deg"], power_dbm=cell["power_dbm"])
    moved = site.sectors.order_by("slug").first()
    moved.tilt_deg, moved.site = 21.0, make_site("bs-001")
    moved.save()
    world.wait(seconds=30)
    read_all(world)
    assert {row.site.slug: row.otherwise for row in PmCounters.objects.all()} == {"bs-000": 0, "bs-001": 0}


def test_of_cells_that_tell_no_setting_none_is_taken_to_differ():
    planned = Setting(8.0, 49.0)
    assert not Setting.told({"sector": "bs-1", "is_active": True}).differs(planned)  # told by an earlier release
    assert not Setting(None, 49.0).differs(planned)
    assert Setting(None, 43.0).differs(planned)
    assert Setting(8.2, None).differs(planned)


def test_the_same_period_read_twice_is_kept_once_and_counts_as_silence(world, site):
    read_all(world)
    read_all(world)
    assert CounterReading.objects.count() == 1
    assert PmCounters.objects.get().missed == 1


def test_silent_counters_become_unknown_and_an_alarm_that_clears_when_they_are_back(world, site):
    read_all(world)
    world.fail("silent")
    for _ in range(4):
        world.wait(seconds=30)
        read_all(world)
    counter = counters.latest(PmCounters.objects.get(), "bs-000", world.now)
    assert (counter["is_known"], counter["age_s"], counter["missed"]) == (False, 120.0, 4)
    alarm = Alarm.objects.get()
    assert (alarm.subject, alarm.specific_problem, alarm.severity) == ("BS-000", "Counters silent", "minor")
    world.faults.clear("bs-000")
    world.wait(seconds=30)
    read_all(world)
    assert Alarm.objects.active().count() == 0
    assert counters.latest(PmCounters.objects.get(), "bs-000", world.now)["is_known"] is True


def test_of_a_site_that_does_not_answer_the_probe_either_the_counters_raise_no_second_alarm(world, site):
    read_all(world)
    world.fail("down")
    SiteHealth.objects.create(site=site, silent_packets=9, silent_since=NOON)
    for _ in range(3):
        world.wait(seconds=30)
        read_all(world)
    assert (PmCounters.objects.get().missed, Alarm.objects.count()) == (3, 0)


def test_of_a_site_that_comes_and_goes_it_is_enough_that_it_is_not_available(world, site, make_agreement):
    read_all(world)
    world.fail("silent")
    breach = Breach.objects.create(agreement=make_agreement(site), started_at=NOON)
    for is_over in (False, True):
        Breach.objects.filter(pk=breach.pk, agreement__metric="availability").update(ended_at=NOON if is_over else None)
        for _ in range(2):
            world.wait(seconds=30)
            read_all(world)
        assert Alarm.objects.exists() is is_over


def test_a_site_that_never_told_anything_has_no_counters_and_no_alarm(world, make_site):
    make_site("bs-009")
    for _ in range(3):
        read_all(world)
    assert (PmCounters.objects.get().to_at, Alarm.objects.count()) == (None, 0)


def test_when_the_interface_is_away_one_alarm_says_so_for_all(world, make_site):
    for number in range(2):
        make_site(f"bs-00{number}")
    read_all(world)
    world.is_away = True
    for _ in range(3):
        world.wait(seconds=30)
        read_all(world)
    assert [alarm.specific_problem for alarm in Alarm.objects.all()] == [counters.INTERFACE_AWAY.text]
    assert set(PmCounters.objects.values_list("missed", flat=True)) == {3}
    world.is_away = False
    world.wait(seconds=30)
    read_all(world)
    assert Alarm.objects.active().count() == 0


def test_many_sites_are_read_in_pieces_that_meet_without_gap_or_overlap(world, make_site, monkeypatch):
    monkeypatch.setattr(counters, "READ_AT_ONCE", 2)
    for number in range(5):
        make_site(f"bs-00{number}")
    assert counters.shards() == [("", "bs-001"), ("bs-001", "bs-003"), ("bs-003", "bs-004")]
    read_all(world)
    assert PmCounters.objects.count() == 5
    assert [path for _, path in world.asked] == ["/counters"] * 3


def test_counters_from_a_wrong_clock_tell_nothing_of_the_present(world, site):
    world.now = NOON + timedelta(hours=2)
    counters.read("", "bs-000", NOON)
    row = PmCounters.objects.get()
    assert (row.to_at, row.missed) == (None, 1)
    assert row.problem.startswith("to: 2026-06-01T14:00:00+00:00")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"version": -1}, "version"),
        ({"to": "2026-06-01T12:00:00"}, "to"),
        ({"to": 5}, "to"),
        ({"period_s": 0}, "period_s"),
        ({"cells": {}}, "cells"),
        ({"cells": [{}] * 65}, "cells"),
        ({"power_w": float("nan")}, "power_w"),
        ({"power_w": 10**400}, "power_w"),
        ({"edge": {"cores": 1, "busy_share": 1.5, "queue": 0}}, "busy_share"),
        ({"site": "a\nb"}, "site"),
    ],
)
def test_nonsense_is_refused_by_field(world, change, word):
    _, answer = world.equipment._act("GET", ["sites", "bs-000", "counters"], {})
    with pytest.raises(ValueError, match=word):
        read({**answer, **change})


def test_an_hour_is_summed_up_once_with_mean_least_and_most(world, site):
    for minute in range(0, 61, 10):
        CounterReading.objects.create(
            site=site, to_at=NOON + timedelta(minutes=minute), period_s=600, version=0, power_w=800 + minute, devices=None
        )  # fmt: skip
    assert counters.draw_hours(NOON + timedelta(minutes=61)) == 1  # only the hour that ended at noon has settled
    assert counters.draw_hours(NOON + timedelta(minutes=62)) == 1
    assert counters.draw_hours(NOON + timedelta(minutes=62)) == 0
    hour = CounterHour.objects.get(started_at=NOON)
    assert (hour.readings, hour.known_s) == (6, 3_600.0)
    assert hour.figures["power_w"] == [835.0, 810.0, 860.0]
    assert hour.figures["devices"] is None
    rows = counters.history(site.pk, "hour", (NOON, NOON + timedelta(hours=1)), 10)
    assert (rows[0]["power_w"], rows[0]["devices"]) == (835.0, None)


def test_old_readings_and_hours_go(site, settings):
    settings.LOFT_COUNTER_RETENTION_H, settings.LOFT_COUNTER_HOUR_RETENTION_D = 24, 1
    now = NOON + timedelta(hours=22)
    for hour in range(5):
        at = NOON - timedelta(hours=hour)
        CounterReading.objects.create(site=site, to_at=at, period_s=10, version=0)
        CounterHour.objects.create(site=site, started_at=at, readings=1, known_s=10)
    deleted("counters", now)  # on PostgreSQL days are dropped, and what lies in none is deleted
    deleted("hours of counters", now)
    assert (CounterReading.objects.count(), CounterHour.objects.count()) == (3, 3)


def test_reading_costs_few_statements_however_many_sites(world, make_site, django_assert_max_num_queries):
    for number in range(30):
        make_site(f"bs-{number:03d}")
    with django_assert_max_num_queries(16):
        counters.read("", "bs-029", NOON)


def test_the_hidden_truth_is_nowhere_in_what_is_kept(world, site):
    profile = world.equipment._air.profile("bs-000")
    read_all(world)
    kept = json.dumps(PmCounters.objects.get().told) + json.dumps(CounterReading.objects.get().cells)
    for word in ("shadow", "decay", "appetite", "peak", "fan"):
        assert word not in kept
    assert str(profile.peak_h) not in kept
