"""The network over REST: sites, agreements, breaches, samples and alarms."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.models import AuditEntry
from network.models import Agreement, Alarm, AlarmType, Breach, Severity, SiteHealth, StampSample
from tests.network.alarms.conditions import cleared, condition
from tests.network.alarms.conditions import raised as raise_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def raise_alarm(now):
    def make(subject="BS-000", problem="Availability below its objective", severity=Severity.MAJOR, **more) -> Alarm:
        fault = condition(subject, problem, severity, AlarmType.COMMUNICATIONS, "lossOfSignal", **more)
        return raise_all([fault], now)[0]

    return make


def health(site, now, state="met", age_s=1.0, **fields):
    at = now - timedelta(seconds=age_s)
    return SiteHealth.objects.create(site=site, state=state, rtt_ms=1.2, packets=3, measured_at=at, **fields)


def test_a_site_shows_its_state_its_age_and_its_last_time(signed_in, make_site, now):
    health(make_site(), now)
    site = signed_in("viewer").get("/api/v1/sites").json()["results"][0]
    assert (site["slug"], site["state"], site["rtt_ms"], site["region"]) == ("bs-000", "met", 1.2, "here")
    assert 1 <= site["age_s"] < 10


def test_a_site_never_measured_or_long_ago_is_unknown(signed_in, make_site, now):
    make_site("bs-000")
    health(make_site("bs-001"), now, age_s=16)
    viewer = signed_in("viewer")
    sites = viewer.get("/api/v1/sites").json()["results"]
    assert [(site["state"], site["age_s"] is None) for site in sites] == [("unknown", True), ("unknown", False)]
    assert viewer.get("/api/v1/sites?state=unknown").json()["count"] == 2
    assert viewer.get("/api/v1/sites?state=met").json()["count"] == 0


def test_sites_are_filtered_searched_and_ordered(signed_in, make_site, now):
    health(make_site("bs-000"), now, state="breached")
    health(make_site("oa-000", kind="optical_access", name_zh="光点"), now)
    viewer = signed_in("viewer")
    assert [s["slug"] for s in viewer.get("/api/v1/sites?state=breached").json()["results"]] == ["bs-000"]
    assert [s["slug"] for s in viewer.get("/api/v1/sites?kind=optical_access").json()["results"]] == ["oa-000"]
    assert [s["slug"] for s in viewer.get("/api/v1/sites?search=光").json()["results"]] == ["oa-000"]
    assert [s["slug"] for s in viewer.get("/api/v1/sites?ordering=-slug").json()["results"]] == ["oa-000", "bs-000"]
    refused = viewer.get("/api/v1/sites?kind=tower")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "kind")


@pytest.mark.usefixtures("heard_keys")
@pytest.mark.parametrize(
    ("path", "most"), [("/api/v1/sites", 2), ("/api/v1/agreements", 2), ("/api/v1/breaches", 2), ("/api/v1/alarms", 3)]
)
def test_lists_cost_as_many_statements_however_long(
    with_key, make_site, make_agreement, now, raise_alarm, django_assert_num_queries, path, most
):
    for number in range(7):
        site = make_site(f"bs-00{number}")
        health(site, now)
        Breach.objects.create(agreement=make_agreement(site), started_at=now)
        raise_alarm(f"BS-00{number}", site=site)
    caller = with_key("read")
    caller.get(path)
    with django_assert_num_queries(most):
        assert caller.get(path).json()["count"] == 7


def test_a_sites_page_of_facts_holds_agreements_and_the_modelled_value_apart(signed_in, make_site, make_agreement, now):
    site = make_site()
    make_agreement(site)
    health(site, now)
    body = signed_in("viewer").get("/api/v1/sites/bs-000").json()
    assert body["agreements"][0]["metric"] == "availability"
    assert (body["modelled_rtt_ms"], body["modelled_one_way"], body["rtt_ms"]) == (None, None, 1.2)
    assert signed_in("viewer").get("/api/v1/sites/nowhere").status_code == 404


def test_an_agreement_judged_long_ago_is_unknown(signed_in, make_site, make_agreement, now):
    make_agreement(make_site(), state="met", judged_at=now - timedelta(seconds=60))
    viewer = signed_in("viewer")
    assert viewer.get("/api/v1/agreements").json()["results"][0]["state"] == "unknown"
    assert viewer.get("/api/v1/agreements?state=met").json()["count"] == 0
    Agreement.objects.update(judged_at=now)
    assert viewer.get("/api/v1/agreements?state=met").json()["count"] == 1


def test_samples_come_oldest_first_and_a_loss_has_no_time(signed_in, make_site, now):
    site = make_site()
    for second, rtt_ms in enumerate([1.0, None, 1.2]):
        StampSample.objects.create(
            site=site, sent_at=now + timedelta(seconds=second), rtt_ms=rtt_ms, rtts_ms=[rtt_ms], packets=1,
            lost=int(rtt_ms is None), probe_delay_ms=0.1,
        )  # fmt: skip
    viewer = signed_in("viewer")
    assert [row["rtt_ms"] for row in viewer.get("/api/v1/samples?site=bs-000").json()] == [1.0, None, 1.2]
    newest = viewer.get("/api/v1/samples", {"site": "bs-000", "since": (now + timedelta(seconds=1)).isoformat()})
    assert [row["rtt_ms"] for row in newest.json()] == [1.2]
    oldest = viewer.get("/api/v1/samples", {"site": "bs-000", "until": (now + timedelta(seconds=1)).isoformat()})
    assert [row["rtt_ms"] for row in oldest.json()] == [1.0]
    (wrong,) = viewer.get("/api/v1/samples?site=bs-000&until=noon").json()["errors"]
    assert (wrong["field"], wrong["value"]) == ("until", "noon")
    assert viewer.get("/api/v1/samples?site=bs-000&limit=0").json()["errors"][0]["field"] == "limit"
    assert viewer.get("/api/v1/samples").status_code == 400


def test_an_operator_acknowledges_with_a_comment_and_it_is_audited(signed_in, raise_alarm):
    alarm = raise_alarm()
    answer = signed_in("operator").post(
        f"/api/v1/alarms/{alarm.pk}/acknowledge", {"comment": "on my way"}, format="json"
    )
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["comment"]) == ("acknowledged", "on my way")
    entry = AuditEntry.objects.get(verb="acknowledged alarm")
    assert (entry.subject, entry.detail) == (f"alarm {alarm.pk} BS-000", {"comment": "on my way"})


def test_several_are_acknowledged_together_and_what_could_not_be_is_named(signed_in, raise_alarm):
    ids = [raise_alarm(f"BS-00{number}").pk for number in range(3)]
    operator = signed_in("operator")
    answer = operator.post("/api/v1/alarms/acknowledge", {"ids": [*ids, 999_999]}, format="json")
    assert (answer.status_code, [row["id"] for row in answer.json()["refused"]]) == (200, [999_999])
    assert Alarm.objects.filter(acknowledged_at=None).count() == 0
    again = operator.post(f"/api/v1/alarms/{ids[0]}/acknowledge", {}, format="json")
    assert (again.status_code, "acknowledged before" in again.json()["detail"]) == (409, True)


def test_a_viewer_and_a_key_may_not_acknowledge(signed_in, with_key, raise_alarm):
    alarm = raise_alarm()
    url = f"/api/v1/alarms/{alarm.pk}/acknowledge"
    refused = signed_in("viewer").post(url, {}, format="json")
    assert (refused.status_code, "network.acknowledge_alarm" in refused.json()["detail"]) == (403, True)
    assert with_key("read").post(url, {}, format="json").status_code == 403


def test_an_alarm_goes_through_its_four_states(signed_in, raise_alarm, now):
    operator = signed_in("operator")

    def state(alarm):
        return next(a["state"] for a in operator.get("/api/v1/alarms").json()["results"] if a["id"] == alarm.pk)

    alarm = raise_alarm()
    assert state(alarm) == "unacknowledged"
    cleared([("BS-000", alarm.specific_problem)], now)
    assert state(alarm) == "returned"
    operator.post(f"/api/v1/alarms/{alarm.pk}/acknowledge", {}, format="json")
    assert state(alarm) == "normal"
    for wanted, count in (("normal", 1), ("returned", 0), ("unacknowledged", 0)):
        assert operator.get(f"/api/v1/alarms?state={wanted}").json()["count"] == count


def test_one_alarm_is_open_per_subject_and_problem(raise_alarm, now):
    first = raise_alarm()
    assert raise_all([condition("BS-000", first.specific_problem, Severity.MAJOR, AlarmType.EQUIPMENT, "x")], now) == []
    cleared([("BS-000", first.specific_problem)], now)
    assert raise_alarm().pk != first.pk


def test_the_summary_counts_active_alarms_and_names_the_newest_that_waits(signed_in, raise_alarm, now):
    raise_alarm("BS-001", severity=Severity.CRITICAL)
    newest = raise_alarm("BS-002")
    cleared([(raise_alarm("BS-003").subject, "Availability below its objective")], now)
    operator = signed_in("operator")
    body = operator.get("/api/v1/alarms/summary").json()
    assert body["counts"] == {"critical": 1, "major": 1, "minor": 0, "warning": 0, "indeterminate": 0}
    assert (body["newest"]["id"], body["newest"]["title"]) == (newest.pk, "BS-002: Availability below its objective")
    operator.post("/api/v1/alarms/acknowledge", {"ids": [newest.pk]}, format="json")
    body = operator.get("/api/v1/alarms/summary").json()
    assert (body["unacknowledged"]["major"], body["newest"]["subject"]) == (0, "BS-001")


def test_a_newer_and_milder_alarm_does_not_displace_a_graver_one_in_the_summary(signed_in, raise_alarm):
    older, grave = (raise_alarm(name, severity=Severity.CRITICAL) for name in ("BS-001", "BS-002"))
    newest = raise_alarm("BS-003", severity=Severity.MINOR)
    operator = signed_in("operator")
    body = operator.get("/api/v1/alarms/summary").json()
    assert (body["gravest"]["id"], body["newest"]["id"]) == (grave.pk, newest.pk)
    operator.post("/api/v1/alarms/acknowledge", {"ids": [older.pk, grave.pk]}, format="json")
    assert operator.get("/api/v1/alarms/summary").json()["gravest"]["id"] == newest.pk
    operator.post("/api/v1/alarms/acknowledge", {"ids": [newest.pk]}, format="json")
    assert operator.get("/api/v1/alarms/summary").json()["gravest"] is None


def test_by_priority_active_ones_come_before_returned_ones_then_the_gravest_then_the_newest(
    signed_in, raise_alarm, now
):
    names = {"BS-001": "minor", "BS-002": "critical", "BS-003": "warning", "BS-004": "critical", "BS-005": "major"}
    alarms = {name: raise_alarm(name, severity=Severity(severity)) for name, severity in names.items()}
    cleared([(alarms["BS-002"].subject, alarms["BS-002"].specific_problem)], now)
    viewer = signed_in("viewer")

    def ordered(by: str) -> list[str]:
        return [row["subject"][-1] for row in viewer.get(f"/api/v1/alarms?ordering={by}").json()["results"]]

    assert ordered("priority") == ["4", "5", "1", "3", "2"]
    assert ordered("-priority") == ["2", "3", "1", "5", "4"]
    assert ordered("severity") == ["4", "2", "5", "1", "3"]
    assert ordered("ended_at")[0] == "2"
    assert ordered("-started_at") == ordered("nothing_known") == ["5", "4", "3", "2", "1"]


def test_alarms_are_ordered_by_where_they_are_in_their_life(signed_in, raise_alarm, now):
    seen, over, waits = (raise_alarm(name) for name in ("BS-001", "BS-002", "BS-003"))
    operator = signed_in("operator")
    operator.post("/api/v1/alarms/acknowledge", {"ids": [seen.pk]}, format="json")
    cleared([(over.subject, over.specific_problem)], now)
    for by, expected in (("state", [waits, seen, over]), ("-state", [over, seen, waits])):
        rows = operator.get(f"/api/v1/alarms?ordering={by}").json()["results"]
        assert [row["id"] for row in rows] == [alarm.pk for alarm in expected], by
    assert operator.get("/api/v1/alarms?ordering=acknowledged_at").json()["results"][0]["id"] == seen.pk


def test_alarms_are_filtered_and_searched_and_exported(signed_in, raise_alarm):
    raise_alarm("BS-001", severity=Severity.CRITICAL)
    raise_alarm("BS-002")
    viewer = signed_in("viewer")
    assert viewer.get("/api/v1/alarms?severity=critical").json()["count"] == 1
    assert viewer.get("/api/v1/alarms?search=002").json()["count"] == 1
    assert viewer.get("/api/v1/alarms?is_active=false").json()["count"] == 0
    assert viewer.get("/api/v1/alarms?severity=loud").status_code == 400
    assert b"BS-002" in viewer.get("/api/v1/alarms?format=csv").content


@pytest.mark.parametrize("path", ["/network", "/network/sites/bs-000", "/alarms"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_open_in_both_languages(signed_in, make_site, path, language):
    make_site()
    answer = signed_in("viewer").get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert ("网络" in answer.content.decode()) == (language == "zh-hans")


def test_pages_send_a_stranger_to_the_login(client, make_site):
    make_site()
    for path in ("/network", "/network/sites/bs-000", "/alarms"):
        assert client.get(path).status_code == 302


def test_nobody_reads_sites_without_signing_in(client):
    for path in ("/api/v1/sites", "/api/v1/alarms", "/api/v1/alarms/summary", "/api/v1/samples"):
        assert client.get(path).status_code == 401
