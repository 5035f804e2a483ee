"""Two hundred alarms at once: what strip, list and wallboard ask for stays in order, small and cheap."""

from datetime import timedelta

import pytest
from django.utils import timezone

from network.actions.alarms.alarm import apply, summary
from network.actions.alarms.alarm_condition import Delta
from network.models import Alarm, AlarmType, Severity
from tests.network.alarms.conditions import condition

pytestmark = pytest.mark.django_db
FLOOD = 200
MILD = (Severity.MINOR, Severity.WARNING)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.fixture
def flood(django_assert_max_num_queries) -> Alarm:
    """Return the one critical alarm, a minute older than the two hundred mild ones that followed."""
    now = timezone.now()
    (grave,) = apply(Delta([fault("drone", Severity.CRITICAL)]), now - timedelta(minutes=1)).raised
    with django_assert_max_num_queries(30):  # in a few batches, none per alarm
        apply(Delta([fault(f"site {number:03d}", MILD[number % 2]) for number in range(FLOOD)]), now)
    return grave


def fault(name: str, severity: Severity):
    return condition(name, f"Fault of {name}", severity, AlarmType.EQUIPMENT, "x")


def test_the_strip_names_the_one_that_is_critical_however_many_milder_ones_follow(flood, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        strip = summary(timezone.now())
    assert (strip["gravest"]["id"], strip["newest"]["severity"]) == (flood.pk, "warning")
    assert (strip["counts"]["critical"], strip["counts"]["minor"], strip["counts"]["warning"]) == (1, 100, 100)


def test_the_list_and_the_wallboard_have_it_first_and_a_page_of_the_rest_gravest_first(flood, signed_in):
    page = signed_in("viewer").get("/api/v1/alarms?is_open=true&is_held=false&ordering=priority&limit=100").json()
    severities = [row["severity"] for row in page["results"]]
    assert (page["count"], len(severities)) == (FLOOD + 1, 100)
    assert (page["results"][0]["id"], set(severities[1:])) == (flood.pk, {"minor"})


def test_what_returns_in_the_flood_comes_after_what_is_active(flood, signed_in):
    Alarm.objects.filter(severity="minor").update(ended_at=timezone.now())
    rows = signed_in("viewer").get("/api/v1/alarms?is_open=true&ordering=priority&limit=1000").json()["results"]
    shown = [(row["severity"], row["ended_at"] is not None) for row in rows]
    assert shown[0] == ("critical", False)
    assert shown[1:101] == [("warning", False)] * 100
    assert shown[101:] == [("minor", True)] * 100
