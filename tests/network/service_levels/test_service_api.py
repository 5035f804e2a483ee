"""Agreements, compliance, slices and maintenance over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.models import AuditEntry
from network.actions.service_levels import compliance, ledger
from network.kernels.sla.sla import Metric
from network.models import (
    Agreement,
    Alarm,
    Breach,
    Change,
    ComplianceStatus,
    CountSpan,
    Link,
    Maintenance,
    ServiceCount,
    Slice,
    subject,
)
from network.models.subject import FoundSubject
from tests.conftest import NOON
from tests.network.kinds import kind_of

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
URL = "/api/v1/agreements"


@pytest.fixture
def planner(signed_in):
    return signed_in("planner")


@pytest.fixture
def viewer(signed_in):
    return signed_in("viewer")


def post(api, url=URL, **body):
    return api.post(url, body, format="json")


def problems(answer) -> list[tuple[str, object]]:
    return [(error["field"], error["value"]) for error in answer.json()["errors"]]


def test_an_agreement_is_made_with_what_follows_from_its_objective(planner, make_site):
    make_site()
    made = post(planner, kind="site", key="bs-000", metric="loss_share", objective=0.01)
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["site"], body["region"], body["source"], body["state"]) == ("bs-000", "here", "measured", "unknown")
    assert (body["target_share"], body["period"], body["name"]) == (0.99, "rolling_30d", "BS-000: packet loss")
    assert planner.get(f"{URL}/{body['id']}").json() == body
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject) == ("made agreement", "agreement site bs-000 loss_share")


@pytest.mark.parametrize(
    ("metric", "objective", "target"),
    [("rtt_p99", 5.0, 0.99), ("jitter", 2.0, 0.95), ("availability", 0.999, 0.999), ("loss_share", 0.001, 0.999)],
)
def test_the_share_that_must_be_good_follows_from_the_objective(planner, make_site, metric, objective, target):
    make_site()
    made = post(planner, kind="site", key="bs-000", metric=metric, objective=objective).json()
    assert made["target_share"] == pytest.approx(target)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "bs-999"}, "key"),
        ({"kind": "tower"}, "kind"),
        ({"metric": "coverage"}, "metric"),
        ({"objective": 1.0}, "objective"),
        ({"objective": 0}, "objective"),
        ({"target_share": 1}, "target_share"),
        ({"target_share": 1.2}, "target_share"),
        ({"period": "yearly"}, "period"),
        ({"metric": "rtt_p99", "objective": 70_000}, "objective"),
        ({"kind": "link", "key": "bs-000"}, "key"),
        ({"kind": "path", "metric": "rtt_p99", "key": "bs-000~bs-000"}, "key"),
        ({"most_unknown_share": 2}, "most_unknown_share"),
        ({"window_s": 0}, "window_s"),
    ],
)
def test_what_cannot_be_taken_is_named_with_its_value_and_what_was_expected(planner, make_site, wrong, field):
    make_site()
    body = {"kind": "site", "key": "bs-000", "metric": "availability", "objective": 0.99} | wrong
    answer = post(planner, **body)
    assert answer.status_code == 400
    assert (field, body[field]) in problems(answer)
    assert Agreement.objects.count() == 0


def test_a_subject_has_one_agreement_per_metric(planner, make_site):
    make_site()
    body = {"kind": "site", "key": "bs-000", "metric": "availability", "objective": 0.99}
    assert post(planner, **body).status_code == 201
    again = post(planner, **body)
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)


def test_a_link_is_found_from_either_end_and_kept_under_one_key(planner, make_site):
    a, b = make_site("oa-2"), make_site("bs-1")
    Link.objects.create(a=a, b=b, length_km=1, rate_gbps=10, changed_at=NOON)
    made = post(planner, kind="link", key="oa-2~bs-1", metric="availability", objective=0.99).json()
    assert (made["key"], made["site"], made["region"]) == ("bs-1~oa-2", None, "here")
    assert post(planner, kind="link", key="bs-1~oa-2", metric="availability", objective=0.9).status_code == 409


def test_kinds_of_higher_apps_are_found_by_those_who_register_them(planner, monkeypatch):
    made = kind_of("flight", metrics=(Metric.COVERAGE,), find=lambda key: FoundSubject(key, "Flight 7", "航班7"))
    monkeypatch.setitem(subject._registered, "flight", made)
    made = post(planner, kind="flight", key="7", metric="coverage", objective=0.9).json()
    assert (made["name"], made["source"]) == ("Flight 7: coverage", "modelled")


def test_a_viewer_reads_and_changes_nothing(viewer, make_site, make_agreement):
    agreement = make_agreement(make_site())
    assert viewer.get(URL).status_code == viewer.get("/api/v1/standings").status_code == 200
    assert post(viewer, kind="site", key="bs-000", metric="jitter", objective=2).status_code == 403
    assert viewer.patch(f"{URL}/{agreement.pk}", {"name": "x"}, format="json").status_code == 403
    assert viewer.delete(f"{URL}/{agreement.pk}").status_code == 403
    assert post(viewer, "/api/v1/slices").status_code == post(viewer, "/api/v1/maintenance").status_code == 403


def counted(agreement, minutes=1, good=30, at=None):
    at = at or timezone.now().replace(second=0, microsecond=0)
    rows = [
        ServiceCount(agreement=agreement, span_s=60, started_at=at - number * MINUTE, good=good, total=30, unknown_s=0,
                     excluded_s=0)
        for number in range(1, minutes + 1)
    ]  # fmt: skip
    ServiceCount.objects.bulk_create(rows)
    began = {"began_at": at - minutes * MINUTE, "period_started_at": at, "counted_until": at, "judged_at": at}
    ComplianceStatus.objects.update_or_create(agreement=agreement, defaults=began)
    ServiceCount.objects.exclude(span_s=CountSpan.MINUTE).delete()
    for span in (CountSpan.HOUR, CountSpan.DAY):
        ledger.SUMS[span].run(at)
    return at


@pytest.mark.parametrize("change", [{"objective": 3.0}, {"target_share": 0.999}, {"is_unknown_bad": True}])
def test_another_promise_ends_what_was_counted_and_begins_another_agreement(planner, make_site, make_agreement, change):
    agreement = make_agreement(make_site(), Metric.RTT_P99, 4.0)
    counted(agreement)
    before = ServiceCount.objects.count()
    Breach.objects.create(agreement=agreement, started_at=NOON)
    answer = planner.patch(f"{URL}/{agreement.pk}", {"name": "new", **change}, format="json").json()
    assert answer["replaces"] == agreement.pk != answer["id"]
    assert (answer["name"], answer["is_counted"], answer["ended_at"]) == ("new", False, None)
    assert answer | change == answer
    old = Agreement.objects.get(pk=agreement.pk)
    assert (old.objective, old.target_share, old.is_unknown_bad) == (4.0, agreement.target_share, False)
    assert old.ended_at == Breach.objects.get().ended_at is not None
    assert ServiceCount.objects.filter(agreement=old).count() == before
    assert AuditEntry.objects.order_by("-pk").first().detail == {"name": "new", **change, "replaces": old.pk}
    for method, body in (("patch", change), ("delete", None)):
        refused = getattr(planner, method)(f"{URL}/{old.pk}", body, format="json")
        assert (refused.status_code, "ended at" in refused.json()["detail"]) == (409, True)


def test_what_was_never_counted_or_changes_no_promise_changes_in_place(planner, make_site, make_agreement):
    agreement = make_agreement(make_site(), Metric.RTT_P99, 4.0)
    url = f"{URL}/{agreement.pk}"
    assert planner.patch(url, {"objective": 3.0}, format="json").json()["id"] == agreement.pk
    counted(agreement)
    same = {"objective": 3.0, "period": "calendar_month", "window_s": 30}
    answer = planner.patch(url, same, format="json").json()
    assert (answer["id"], answer["period"], answer["is_counted"]) == (agreement.pk, "calendar_month", True)


def test_what_ended_is_neither_counted_nor_judged_and_listed_only_on_demand(planner, make_site, make_agreement):
    agreement = make_agreement(make_site(), Metric.RTT_P99, 4.0)
    at = counted(agreement)
    new = planner.patch(f"{URL}/{agreement.pk}", {"objective": 3.0}, format="json").json()["id"]
    judged_at = ComplianceStatus.objects.get().judged_at
    assert compliance.judge_all(at) == 0
    assert ComplianceStatus.objects.get().judged_at == judged_at
    Agreement.objects.filter(pk=agreement.pk).update(ended_at=NOON + timedelta(minutes=1, seconds=30))
    ledger.write(list(Agreement.objects.all()), NOON, NOON + timedelta(minutes=3))
    minutes = ServiceCount.objects.filter(span_s=60, started_at__range=(NOON, NOON + timedelta(hours=1)))
    assert [minutes.filter(agreement=pk).count() for pk in (agreement.pk, new)] == [1, 3]
    for where, name in ((URL, "id"), ("/api/v1/standings", "agreement")):
        shown = [
            planner.get(f"{where}{query}").json()["results"] for query in ("", "?is_ended=true", "?is_ended=false")
        ]
        assert [[row[name] for row in rows] for rows in shown] == [[new], [agreement.pk], [new]]
        assert shown[1][0]["ended_at"] is not None


def test_what_an_agreement_is_about_never_changes(planner, make_site, make_agreement):
    agreement = make_agreement(make_site())
    answer = planner.patch(f"{URL}/{agreement.pk}", {"key": "bs-001"}, format="json")
    assert (answer.status_code, problems(answer)) == (400, [("key", "bs-001")])


def test_a_removed_agreement_takes_its_alarms_with_it(planner, make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.99)
    at = counted(agreement, 70, good=0)
    compliance.judge_all(at)
    assert Alarm.objects.active().exists()
    assert planner.delete(f"{URL}/{agreement.pk}").status_code == 204
    assert (Agreement.objects.in_force().count(), Alarm.objects.active().count()) == (0, 0)
    assert ServiceCount.objects.exists()
    assert planner.get(f"{URL}/{agreement.pk}").json()["ended_at"] is not None
    other = make_agreement(agreement.site)  # another on the same subject and metric, which never counts
    assert planner.delete(f"{URL}/{other.pk}").status_code == 204
    assert planner.get(f"{URL}/{other.pk}").status_code == 404
    assert planner.get(f"{URL}/{2**64}").status_code == 404


def test_standings_are_listed_filtered_and_exported(viewer, make_site, make_agreement):
    good = make_agreement(make_site("bs-001"), target_share=0.5)
    bad = make_agreement(make_site("bs-002"), target_share=0.9999)  # 4.3 minutes of a month
    make_agreement(make_site("bs-003"))
    at = counted(good, 20)
    counted(bad, 20, good=0)
    compliance.judge_all(at)
    rows = {row["key"]: row for row in viewer.get("/api/v1/standings").json()["results"]}
    assert [rows[key]["state"] for key in ("bs-001", "bs-002", "bs-003")] == ["met", "breached", "unknown"]
    assert rows["bs-001"]["achieved_share"] == 1.0
    assert rows["bs-002"]["good"] == 0
    assert rows["bs-003"]["judged_at"] is None

    def keys(query: str) -> list[str]:
        return [row["key"] for row in viewer.get(f"/api/v1/standings?{query}").json()["results"]]

    assert keys("state=breached") == ["bs-002"]
    assert keys("state=unknown&state=met") == ["bs-001", "bs-003"]
    assert keys("search=002") == ["bs-002"]
    assert keys("kind=link") == keys("burn_alert=slow") == keys("region=nowhere") == []
    assert keys("ordering=-standing__achieved_share&kind=site")[-1] in ("bs-002", "bs-003")
    csv = viewer.get("/api/v1/standings?format=csv").content.decode()
    assert csv.splitlines()[0].startswith("\ufeffagreement,name,display_name,kind,key,subject_name")
    assert len(csv.strip().splitlines()) == 4


def test_a_standing_judged_long_ago_is_unknown(viewer, make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.5)
    at = counted(agreement, 20)
    compliance.judge_all(at - timedelta(minutes=6))
    url = f"{URL}/{agreement.pk}/standing"
    assert viewer.get(url).json()["state"] == "unknown"
    assert viewer.get("/api/v1/standings?state=met").json()["count"] == 0
    compliance.judge_all(timezone.now())
    assert viewer.get(url).json()["state"] == "met"


def test_the_ledger_of_an_agreement_is_told_by_minute_hour_and_day(viewer, make_site, make_agreement):
    agreement = make_agreement(make_site())
    at = counted(agreement, 3, good=15)
    rows = viewer.get(f"{URL}/{agreement.pk}/history?span=minute").json()
    assert [row["achieved_share"] for row in rows] == [0.5, 0.5, 0.5]
    assert rows[0]["started_at"] < rows[-1]["started_at"]
    since = (at - MINUTE).isoformat().replace("+00:00", "Z")
    assert len(viewer.get(f"{URL}/{agreement.pk}/history?span=minute&since={since}").json()) == 1
    assert len(viewer.get(f"{URL}/{agreement.pk}/history").json()) <= 1  # the hour is over, or it is not
    assert viewer.get(f"{URL}/{agreement.pk}/history?span=year").status_code == 400
    backwards = viewer.get(f"{URL}/{agreement.pk}/history?until={since}&since=2100-01-01T00:00:00Z")
    assert (backwards.status_code, problems(backwards)[0][0]) == (400, "since")


def test_times_that_no_database_holds_are_refused(viewer, make_site, make_agreement):
    agreement = make_agreement(make_site())
    for when in ("0001-01-01T00:00:00%2B08:00", "9999-12-31T23:59:59-08:00", "tomorrow"):
        answer = viewer.get(f"{URL}/{agreement.pk}/timeline?since={when}")
        assert (answer.status_code, problems(answer)[0][0]) == (400, "since")


def test_the_timeline_tells_in_both_languages_what_happened(viewer, make_site, make_agreement):
    site = make_site()
    agreement = make_agreement(site)
    now = timezone.now()
    Breach.objects.create(agreement=agreement, started_at=now - 30 * MINUTE, worst_value=0.5)
    Maintenance.objects.create(
        kind="region", key="here", starts_at=now - 50 * MINUTE, ends_at=now - 40 * MINUTE, reason="new antenna",
        actor="ann", made_at=now - 90 * MINUTE,
    )  # fmt: skip
    Alarm.objects.create(
        severity="major", alarm_type="communications", probable_cause="lossOfSignal", subject="BS-000", site=site,
        object_kind="site", object_key="bs-000", problem="loss_share_breached",
        specific_problem="Packet loss above its objective", started_at=now - 20 * MINUTE, changed_at=now,
    )  # fmt: skip
    Change.objects.create(
        kind="site", key="bs-000", valid_from=now - 10 * MINUTE, values={"height_m": 40}, before={"height_m": 30},
        recorded_at=now, applied_at=now, actor="ann",
    )  # fmt: skip
    for number in (61, 62):
        ServiceCount.objects.create(
            agreement=agreement, span_s=60, started_at=(now - number * MINUTE).replace(second=0, microsecond=0),
            good=0, total=0, unknown_s=60, excluded_s=0,
        )  # fmt: skip
    rows = viewer.get(f"{URL}/{agreement.pk}/timeline").json()
    assert [row["kind"] for row in rows] == ["unknown", "maintenance", "breach", "alarm", "change"]
    assert rows[0]["text_en"] == "2 min unknown: nobody measured"
    assert (rows[1]["text_zh"], rows[2]["until"]) == ("维护（提前公告）：new antenna", None)
    assert rows[2]["text_en"] == "Breached over its short window; worst 50.0000%"
    assert (rows[3]["severity"], rows[3]["text_zh"]) == ("major", "BS-000：丢包率超出目标值")
    assert rows[4]["text_en"] == "bs-000 changed by ann: height_m"


def test_slices_are_made_changed_and_removed(planner, make_site):
    make_site("bs-001")
    make_site("bs-002")
    body = {"slug": "uav", "name_en": "UAV", "name_zh": "无人机", "sst": 2, "sd": "00A001", "sites": ["bs-001"]}
    made = post(planner, "/api/v1/slices", **body)
    assert (made.status_code, made.json()["sites"]) == (201, ["bs-001"])
    assert (made.json()["organisation"], made.json()["tenant"]) == ("operator", "Network operator")
    assert post(planner, "/api/v1/slices", **body).status_code == 409
    changed = planner.patch("/api/v1/slices/uav", {"sites": ["bs-001", "bs-002"]}, format="json")
    assert changed.json()["sites"] == ["bs-001", "bs-002"]
    assert planner.get("/api/v1/slices?site=bs-002").json()["count"] == 1
    assert post(planner, kind="slice", key="uav", metric="jitter", objective=2).status_code == 201
    refused = planner.delete("/api/v1/slices/uav")
    assert (refused.status_code, "agreements" in refused.json()["detail"]) == (409, True)
    Agreement.objects.all().delete()
    assert planner.delete("/api/v1/slices/uav").status_code == 204
    assert Slice.objects.count() == 0
    assert AuditEntry.objects.filter(verb__endswith="slice").count() == 3


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"sites": ["bs-999"]}, "sites"), ({"sst": 256}, "sst"), ({"sd": "xyz"}, "sd"), ({"slug": "a b"}, "slug")],
)
def test_a_slice_that_cannot_be_is_refused(planner, make_site, wrong, field):
    make_site()
    body = {"slug": "uav", "name_en": "UAV", "name_zh": "无人机", "sst": 2, "sites": ["bs-000"]} | wrong
    answer = post(planner, "/api/v1/slices", **body)
    assert (answer.status_code, problems(answer)[0][0].split("[")[0]) == (400, field)


def maintenance(**news) -> dict[str, object]:
    now = timezone.now()
    body = {
        "kind": "site",
        "key": "bs-000",
        "starts_at": now + 10 * MINUTE,
        "ends_at": now + 70 * MINUTE,
        "reason": "r",
    }
    return body | news


def test_maintenance_is_announced_listed_and_withdrawn(planner, make_site):
    make_site()
    made = post(planner, "/api/v1/maintenance", **maintenance())
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["counts_from"] == body["starts_at"]
    assert planner.get("/api/v1/maintenance?is_over=false").json()["count"] == 1
    done = planner.post(f"/api/v1/maintenance/{body['id']}/withdraw")
    assert (done.status_code, done.json()["withdrawn_by"] != "") == (200, True)
    assert planner.post(f"/api/v1/maintenance/{body['id']}/withdraw").status_code == 409
    assert planner.post("/api/v1/maintenance/999/withdraw").status_code == 404
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "announced maintenance",
        "withdrew maintenance",
    ]


def test_maintenance_announced_late_counts_from_then_on(planner, make_site):
    make_site()
    body = post(planner, "/api/v1/maintenance", **maintenance(starts_at=timezone.now() - 5 * MINUTE)).json()
    assert body["counts_from"] == body["made_at"] > body["starts_at"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "bs-999"}, "key"),
        ({"kind": "town"}, "kind"),
        ({"kind": "region", "key": "nowhere"}, "key"),
        ({"ends_at": NOON}, "ends_at"),
        ({"reason": ""}, "reason"),
        ({"ends_at": timezone.now() + timedelta(days=60)}, "ends_at"),
    ],
)
def test_maintenance_that_cannot_be_is_refused(planner, make_site, wrong, field):
    make_site()
    answer = post(planner, "/api/v1/maintenance", **maintenance(**wrong))
    assert (answer.status_code, problems(answer)[0][0]) == (400, field)


def test_maintenance_of_everything_needs_no_key(planner):
    assert post(planner, "/api/v1/maintenance", **maintenance(kind="region", key="")).status_code == 201


def test_a_key_with_the_scope_may_change_agreements_and_one_that_reads_may_not(make_site, with_key):
    make_site()
    body = {"kind": "site", "key": "bs-000", "metric": "availability", "objective": 0.99}
    assert post(with_key("read"), **body).status_code == 403
    assert post(with_key("sla:write"), **body).status_code == 201
