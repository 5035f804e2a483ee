"""A look and its alarms: what is found stands, what is well goes, what is not known stays, and a flood is one alarm."""

from datetime import timedelta

import pytest

from network.actions.alarms.alarm_source import MOST_ALONE
from network.models import Alarm, AlarmType, Severity
from tests.conftest import NOON
from tests.network.alarms.conditions import condition, looked

pytestmark = pytest.mark.django_db
COLD, WET = "Cold", "Wet"


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def fault(subject, problem=COLD, severity=Severity.MINOR):
    return condition(subject, problem, severity, AlarmType.ENVIRONMENTAL, "temperatureUnacceptable")


def look(*conditions, unsure=(), minutes=0):
    looked((COLD, WET), conditions, unsure, NOON + timedelta(minutes=minutes))
    return set(Alarm.objects.active().values_list("subject", "specific_problem"))


def many(count):
    return [fault(f"bird {number:02}") for number in range(count)]


def test_what_is_found_is_raised_once_and_what_is_not_found_any_more_is_cleared():
    assert look(fault("wren"), fault("wren", WET)) == {("wren", COLD), ("wren", WET)}
    assert look(fault("wren"), fault("tit"), minutes=1) == {("wren", COLD), ("tit", COLD)}
    assert look(minutes=2) == set()
    assert Alarm.objects.count() == 3


def test_alarms_of_other_problems_are_left_alone():
    looked(["Dry"], [fault("carp", "Dry")], [], NOON)
    assert look() == {("carp", "Dry")}


def test_of_whom_nothing_is_known_the_alarm_stays():
    look(fault("wren"), fault("tit"))
    assert look(unsure=["wren", "owl"], minutes=1) == {("wren", COLD)}
    assert look(minutes=2) == set()


def test_more_than_a_few_are_one_alarm_that_stays_until_few_are_left():
    assert look(*many(MOST_ALONE)) == {(row.name.en, COLD) for row in many(MOST_ALONE)}
    conditions = [*many(MOST_ALONE), fault("hawk", severity=Severity.MAJOR)]
    assert look(*conditions, minutes=1) == {("things", COLD)}
    alarm = Alarm.objects.active().get()
    assert (alarm.severity, alarm.detail["count"], alarm.detail["subjects"][-1]) == ("major", 11, "hawk")
    assert look(*many(6), minutes=2) == {("things", COLD)}
    assert look(*many(2), unsure=[f"bird {number:02}" for number in range(2, 9)], minutes=3) == {("things", COLD)}
    assert look(unsure=[f"bird {number:02}" for number in range(9)], minutes=4) == {("things", COLD)}
    assert look(*many(5), minutes=5) == {(row.name.en, COLD) for row in many(5)}


def test_a_look_that_finds_what_stands_or_nothing_is_cheap(django_assert_num_queries):
    with django_assert_num_queries(1):
        looked((COLD, WET), [], [], NOON)
    look(fault("wren"))
    with django_assert_num_queries(
        5
    ):  # what stands, how its owner rates it, and within a savepoint whether it is worse
        looked((COLD, WET), [fault("wren")], [], NOON)
