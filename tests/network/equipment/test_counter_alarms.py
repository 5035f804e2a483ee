"""Alarms from counters: what a simulated site really does wrong is told, what is usual is not."""

from datetime import timedelta

import pytest

from network.actions.equipment import counter_alarms, counters
from network.actions.equipment.counter_alarms import HOT, OVERLOADED, QUEUE_LONG, SLEEPING
from network.models import Alarm, CounterHour, CounterReading, PmCounters
from tests.conftest import NOON
from tests.network.equipment.conftest import read_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(heard):
    return heard


def turns(world, count: int) -> set[str]:
    """Read and look so often, half a minute apart; return the problems that stand."""
    for _ in range(count):
        world.wait(seconds=30)
        read_all(world)
        counter_alarms.look(world.now)
    return set(Alarm.objects.active().values_list("specific_problem", flat=True))


def fail(world, kind: str, amount: float = 1.0) -> None:
    from network.emulator.faults.faults import Fault

    world.faults.inject(Fault("bs-000", kind, amount, world.now.timestamp() + 1e6, world.now.timestamp()))


def test_a_cell_that_served_many_and_serves_nobody_three_times_running_sleeps(world, site):
    assert turns(world, 12) == set()
    fail(world, "sleeping")
    assert turns(world, 2) == set()
    assert turns(world, 1) == {SLEEPING.text}
    alarm = Alarm.objects.get()
    assert (alarm.subject, alarm.severity, alarm.site_id) == ("BS-000", "minor", site.pk)
    assert alarm.detail["cells"] == ["bs-000-1", "bs-000-2", "bs-000-3"]
    CounterReading.objects.all().delete()  # an hour of history is soon past: it still serves nobody
    assert turns(world, 3) == {SLEEPING.text}
    world.faults.clear("bs-000")
    assert turns(world, 1) == set()


def test_of_a_site_just_begun_to_be_read_nobody_knows_whether_it_sleeps_unless_its_hours_tell(world, site):
    fail(world, "sleeping")
    assert turns(world, 5) == set()
    day = timedelta(days=1)
    hour = {"site": site, "readings": 120, "known_s": 1_200.0}
    CounterHour.objects.create(**hour, started_at=NOON - day, figures={"devices": [600.0, 500.0, 700.0]})
    assert turns(world, 1) == {SLEEPING.text}


def test_hours_in_which_hardly_anybody_is_there_make_no_silence_an_alarm(world, site):
    fail(world, "sleeping")
    CounterHour.objects.create(
        site=site,
        started_at=NOON - timedelta(days=1),
        readings=120,
        known_s=1_200.0,
        figures={"devices": [9.0, 0.0, 20.0]},
    )
    assert turns(world, 4) == set()


def test_a_cell_that_was_put_to_sleep_is_no_sleeping_cell(world, site):
    turns(world, 12)
    cells = {f"bs-000-{number}": {"is_asleep": True} for number in (1, 2, 3)}
    world.equipment._act("PUT", ["sites", "bs-000", "configuration"], {"request": "x", "version": 0, "cells": cells})
    assert turns(world, 4) == set()


def test_a_full_site_is_an_alarm_at_the_third_reading_and_goes_when_there_is_room_again(world, site):
    fail(world, "overload", 1.5)
    assert turns(world, 2) == set()
    assert turns(world, 1) == {OVERLOADED.text, QUEUE_LONG.text}
    causes = set(Alarm.objects.values_list("probable_cause", "severity"))
    assert causes == {("congestion", "minor"), ("queueSizeExceeded", "minor")}
    world.faults.clear("bs-000")
    assert turns(world, 1) == set()


def test_what_is_not_told_any_more_is_not_well(world, site):
    fail(world, "overload", 1.5)
    turns(world, 3)
    fail(world, "silent")
    assert {OVERLOADED.text, QUEUE_LONG.text} < turns(world, 6)  # beside the silence itself


def test_heat_is_an_alarm_that_goes_only_when_it_is_clearly_cooler(world, site):
    def problems_at(celsius: float) -> set[str]:
        row = PmCounters.objects.get()
        row.told["temperature_c"] = celsius
        row.save()
        counter_alarms.look(world.now)
        return set(Alarm.objects.active().values_list("specific_problem", flat=True))

    read_all(world)
    assert [problems_at(celsius) for celsius in (59.9, 60.0, 58.0, 56.9)] == [set(), {HOT.text}, {HOT.text}, set()]


def test_one_look_asks_as_often_for_a_thousand_sites_as_for_one(world, site, make_site, django_assert_num_queries):
    read_all(world)
    with django_assert_num_queries(3):
        counter_alarms.look(world.now)
    make_site("bs-001")
    read_all(world)
    assert PmCounters.objects.exclude(to_at=None).count() == 2
    with django_assert_num_queries(3):
        counter_alarms.look(world.now)
    assert counters.READ_AT_ONCE >= 100
