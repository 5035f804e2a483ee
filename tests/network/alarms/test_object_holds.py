"""Holds of an object by its key and of things by their names, in either language, with or without one problem."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from network.actions.alarms import alarm_cover, object_names
from network.actions.alarms.managed_object import Name
from network.models import Alarm, AlarmHold, Maintenance, Site
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
    """Return the answer to a planner's request to hold something."""
    planner = signed_in("planner")
    return lambda **body: planner.post(URL, {"kind": "suppressed", "reason": "crane", **body}, format="json")


@pytest.mark.parametrize(
    "words",
    [
        {"specific_problem": "Availability below its objective"},
        {"specific_problem": "可用率低于目标值"},
        {"problem": BREACHED},
        {"problem": "Availability below its objective"},
    ],
)
def test_one_problem_of_an_object_told_by_its_key_is_held_and_no_other(hold, make_site, words):
    site, now = make_site(), timezone.now()
    made = hold(**SITE, **words)
    assert (made.status_code, made.json()["problem"]) == (201, BREACHED)
    assert made.json()["specific_problem"] == "Availability below its objective"
    alarms = raised([condition("BS-000", text, site=site) for text in (BREACHED, "Counters silent")], now)
    assert {alarm.problem: alarm.held for alarm in alarms} == {BREACHED: "suppressed", "counters_silent": ""}


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
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (400, [other])
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


CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-hans"}


def shown(caller, **headers) -> list[tuple[str, str]]:
    """Return subject and problem of the holds in force, from their list and from the alarms' health."""
    listed = caller.get(URL, **headers).json()["results"]
    beside = caller.get("/api/v1/alarms/health?period=24h", **headers).json()["holds"]
    pairs = [[(row["subject"], row["specific_problem"]) for row in rows] for rows in (listed, beside)]
    assert pairs[0] == pairs[1]
    return pairs[0]


@pytest.mark.parametrize(
    "body", [{**SITE, "problem": BREACHED}, {"subject": "此站", "specific_problem": "可用率低于目标值"}]
)
def test_a_hold_is_shown_in_the_language_of_its_reader_whoever_declared_it(hold, make_site, signed_in, body):
    make_site(name_zh="此站")
    assert hold(**body).json()["subject"] == "BS-000"
    reader = signed_in("viewer")
    assert shown(reader) == [("BS-000", "Availability below its objective")]
    assert shown(reader, **CHINESE) == [("此站", "可用率低于目标值")]
    Site.objects.update(name_en="Quay", name_zh="码头站")
    object_names.follow_names(timezone.now())
    assert shown(reader) == [("Quay", "Availability below its objective")]
    assert shown(reader, **CHINESE) == [("码头站", "可用率低于目标值")]


def test_a_hold_of_an_alarm_keeps_both_names_that_the_alarm_has(hold, signed_in):
    (alarm,) = raised([works()], timezone.now())
    body = {"ids": [alarm.pk], "reason": "crane"}
    assert signed_in("planner").post("/api/v1/alarms/suppress", body, format="json").status_code == 200
    assert (AlarmHold.objects.get().subject, AlarmHold.objects.get().subject_zh) == ("Works", "工厂")
    assert hold(subject="工厂", specific_problem="Lost").status_code == 409


@pytest.mark.parametrize(
    ("kind", "key", "english", "chinese"),
    [
        ("site", "bs-000", "site bs-000", "站点 bs-000"),
        ("region", "here", "region here", "区域 here"),
        ("region", "", "region everywhere", "区域 所有地方"),
    ],
)
def test_the_hold_of_a_maintenance_is_shown_in_the_language_of_its_reader(signed_in, kind, key, english, chinese):
    now = timezone.now()
    maintenance = Maintenance.objects.create(
        kind=kind, key=key, starts_at=now, ends_at=now + timedelta(hours=1), reason="r", actor="a", made_at=now
    )
    alarm_cover.hold_of(maintenance, now)
    reader = signed_in("viewer")
    assert shown(reader) == [(f"maintenance {maintenance.pk}: {english}", "")]
    assert shown(reader, **CHINESE) == [(f"维护 {maintenance.pk}：{chinese}", "")]


def test_a_hold_by_name_of_what_is_held_by_its_other_name_is_refused(hold):
    assert hold(subject="工厂").status_code == 201  # nothing is called so yet
    (alarm,) = raised([works()], timezone.now())
    assert alarm.held == "suppressed"
    again = hold(object_kind="thing", object_key="works")
    assert (again.status_code, AlarmHold.objects.count()) == (409, 1)


def test_a_hold_is_written_once_and_read_in_any_language(hold, make_site):
    make_site(name_zh="此站")
    hold(**SITE)
    (row,) = AlarmHold.objects.values_list("object_kind", "object_key", "subject", "subject_zh", "problem")
    assert row == ("site", "bs-000", "BS-000", "此站", "")
    assert AlarmHold.objects.get().display_problem == ""  # not what the catalogue says of itself
