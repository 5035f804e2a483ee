"""What happened at a site, as its charts mark it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from console.models import Organisation, Person
from network.models import Alarm, Change, ConfigurationJob, Link, Maintenance

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
URL = "/api/v1/sites/bs-000/timeline"


@pytest.fixture
def happened(make_site):
    """A site with one of everything in the last hour, and one behind it."""
    site, now = make_site(), timezone.now()
    Maintenance.objects.create(
        kind="site", key="bs-000", starts_at=now - 50 * MINUTE, ends_at=now - 40 * MINUTE, reason="new antenna",
        actor="ann", made_at=now - 90 * MINUTE,
    )  # fmt: skip
    Alarm.objects.create(
        severity="major", alarm_type="communications", probable_cause="lossOfSignal", subject="BS-000", site=site,
        object_kind="site", object_key="bs-000", problem="loss_share_breached",
        specific_problem="Packet loss above its objective", started_at=now - 30 * MINUTE, changed_at=now,
    )  # fmt: skip
    ConfigurationJob.objects.create(
        site=site, request={"reason": ""}, state="acknowledged", version=7, actor="bob", asked_at=now - 20 * MINUTE,
        ended_at=now - 19 * MINUTE, applied_at=now - 18 * MINUTE,
    )  # fmt: skip
    Change.objects.create(
        kind="site", key="bs-000", valid_from=now - 10 * MINUTE, values={"height_m": 40}, before={"height_m": 30},
        recorded_at=now, applied_at=now, actor="ann",
    )  # fmt: skip
    return site


def test_what_happened_is_told_in_the_order_of_time_and_in_both_languages(signed_in, happened):
    maintenance, alarm, push, change = signed_in("operator").get(URL).json()
    assert [row["kind"] for row in (maintenance, alarm, push, change)] == ["maintenance", "alarm", "push", "change"]
    assert maintenance["text_zh"] == "维护（提前公告）：new antenna"
    assert (alarm["severity"], alarm["until"], alarm["text_en"]) == (
        "major", None, "BS-000: Packet loss above its objective",
    )  # fmt: skip
    assert (push["text_en"], push["text_zh"]) == (
        "Settings 7 pushed by bob: acknowledged", "bob下发设置7：已确认",
    )  # fmt: skip
    assert (change["text_en"], change["ref"]) == ("bs-000 changed by ann: height_m", "/api/v1/inventory/changes")


def test_only_what_was_going_on_in_the_time_asked_for_is_told(signed_in, happened):
    now = timezone.now()
    asked = {"since": (now - 35 * MINUTE).isoformat(), "until": (now - 15 * MINUTE).isoformat()}
    assert [row["kind"] for row in signed_in("operator").get(URL, asked).json()] == ["alarm", "push"]
    late = {"since": now.isoformat(), "until": (now - MINUTE).isoformat()}
    (wrong,) = signed_in("operator").get(URL, late).json()["errors"]
    assert wrong["field"] == "since"
    assert signed_in("operator").get("/api/v1/sites/no-such/timeline").status_code == 404


def test_maintenance_of_what_cuts_a_site_off_is_told_at_the_site_behind(signed_in, make_site, happened):
    behind, core = make_site("bs-001"), make_site("core", kind="core", probe_port=None)
    for a, b in ((core, happened), (happened, behind)):
        Link.objects.create(a=a, b=b, length_km=1, rate_gbps=10, changed_at=timezone.now())
    rows = signed_in("operator").get("/api/v1/sites/bs-001/timeline").json()
    assert [row["kind"] for row in rows] == ["maintenance"]


def test_another_organisation_is_told_of_maintenance_without_its_reason_and_of_nothing_else(signed_in, happened):
    blue = Organisation.objects.create(
        slug="blue", name_en="Blue", name_zh="蓝", kinds=["drone_operator"], made_at=timezone.now()
    )
    answer = signed_in("operator", blue.pk).get(URL)
    assert answer.status_code == 200
    assert {row["kind"] for row in answer.json()} <= {"maintenance"}
    told = answer.content.decode()
    assert [word for word in ("new antenna", "bob", "by ann", "height_m") if word in told] == []


def test_a_key_is_told_what_its_scopes_show(with_key, happened):
    rows = with_key("network:read").get(URL).json()
    assert {row["kind"] for row in rows} == {"push", "change"}
    rows = with_key("network:read", "alarms:read", "sla:read").get(URL).json()
    assert [row["kind"] for row in rows] == ["maintenance", "alarm", "push", "change"]
    assert with_key("alarms:read").get(URL).status_code == 403


def test_a_timeline_costs_as_many_statements_however_much_happened(signed_in, happened, django_assert_max_num_queries):
    operator = signed_in("operator")
    operator.get(URL)
    now = timezone.now()
    ConfigurationJob.objects.bulk_create(
        ConfigurationJob(site=happened, request={}, state="refused", actor="bob", asked_at=now - MINUTE, ended_at=now)
        for _ in range(40)
    )
    with django_assert_max_num_queries(20):
        assert len(operator.get(URL).json()) == 44


def test_only_who_may_see_the_map_is_led_to_it(signed_in, make_site, client):
    make_site()
    links = ("data-may-map", "without=site:bs-000")
    seen = signed_in("viewer").get("/network/sites/bs-000").content.decode()
    assert [link for link in links if link not in seen] == []
    person = Person.objects.create_user("nomap", password="a long test password")
    person.user_permissions.add(Permission.objects.get(content_type__app_label="network", codename="view_site"))
    client.force_login(person)
    seen = client.get("/network/sites/bs-000").content.decode()
    assert [link for link in links if link in seen] == []


def test_the_page_of_a_site_says_how_long_what_its_charts_draw_is_kept(signed_in, make_site, settings):
    make_site()
    settings.LOFT_SAMPLE_RETENTION_H, settings.LOFT_MINUTE_RETENTION_D, settings.LOFT_HOUR_RETENTION_D = 2, 3, 40
    text = signed_in("viewer").get("/network/sites/bs-000").content.decode()
    for told in ('data-rounds-kept-s="7200"', 'data-minutes-kept-s="259200"', 'data-hours-kept-s="3456000"'):
        assert told in text
