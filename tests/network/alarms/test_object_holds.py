"""Holds of an object by its key and of things by their names, in either language, with or without one problem."""

from dataclasses import replace

import pytest
from django.utils import timezone

from network.actions.alarms.managed_object import Name
from network.models import Alarm, AlarmHold
from tests.network.alarms.conditions import condition, raised

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]
URL = "/api/v1/alarms/holds"
BREACHED = "availability_breached"
SITE = {"object_kind": "site", "object_key": "bs-000"}


def works():
    """Return that something is lost which is called Works, in Chinese 工厂."""
    lost = condition("works", "Lost")
    return replace(lost, about=replace(lost.about, name=Name("Works", "工厂")))


@pytest.fixture
def hold(signed_in):
    """Return the answer to a planner's wish to hold something."""
    planner = signed_in("planner")
    return lambda **body: planner.post(URL, {"kind": "suppressed", "reason": "crane", **body}, format="json")


@pytest.mark.parametrize(
    "words",
    [
        {"specific_problem": "Availability below its objective"}, {"specific_problem": "可用率低于目标值"},
        {"problem": BREACHED}, {"problem": "Availability below its objective"},
    ],
)  # fmt: skip
def test_one_problem_of_an_object_told_by_its_key_is_held_and_no_other(hold, make_site, words):
    site, now = make_site(), timezone.now()
    made = hold(**SITE, **words)
    assert (made.status_code, made.json()["problem"]) == (201, BREACHED)
    assert made.json()["specific_problem"] == "Availability below its objective"
    found = raised([condition("BS-000", text, site=site) for text in (BREACHED, "Counters silent")], now)
    assert {one.problem: one.held for one in found} == {BREACHED: "suppressed", "counters_silent": ""}


def test_every_problem_of_an_object_is_held_where_none_is_told(hold, make_site):
    site = make_site()
    (before,) = raised([condition("BS-000", "Counters silent", site=site)], timezone.now())
    assert hold(**SITE, specific_problem="").json()["problem"] == ""
    assert Alarm.objects.get(pk=before.pk).held == "suppressed"


@pytest.mark.parametrize("name", ["object_kind", "object_key"])
def test_half_of_what_tells_an_object_is_refused_by_the_name_of_the_other(hold, make_site, name):
    make_site()
    refused = hold(**{name: SITE[name]}, subject="BS-000")
    (other,) = SITE.keys() - {name}
    assert (refused.status_code, [one["field"] for one in refused.json()["errors"]]) == (400, [other])
    assert not AlarmHold.objects.exists()


def test_what_has_no_key_of_its_own_is_held_as_the_page_tells_it(hold):
    made = hold(object_kind="edge_node", object_key="", specific_problem="Jobs fail for good")
    assert (made.status_code, made.json()["problem"]) == (201, "jobs_failing")


@pytest.mark.parametrize("name", ["Works", "工厂"])
def test_what_nothing_is_called_yet_is_held_by_its_name_in_either_language(hold, name):
    assert hold(subject=name).json()["object_kind"] == "unknown"
    (alarm,) = raised([works()], timezone.now())
    assert (alarm.subject_zh, alarm.held) == ("工厂", "suppressed")


def test_a_hold_by_a_chinese_name_is_of_the_object_that_has_it_and_catches_its_alarm(hold):
    (alarm,) = raised([works()], timezone.now())
    made = hold(subject="工厂")
    assert (made.json()["object_kind"], made.json()["object_key"]) == ("thing", "works")
    assert Alarm.objects.get(pk=alarm.pk).held == "suppressed"
