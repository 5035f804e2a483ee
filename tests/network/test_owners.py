"""Who sees what of the network: two customers, those who run it, and an authority, each with people and keys."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from console import hub
from console.actions.audit import SYSTEM, Actor
from console.actions.organisation import add_organisation, change_organisation
from console.actor import HOME_PK
from console.authentication import person_actor
from console.errors import Refused
from console.models import ApiKey, AuditEntry, Membership, Organisation, Person
from console.scopes import SCOPES, SEEING
from network.actions import alarm_deeds, alarm_hold, escalation, impact, notice_send
from network.actions.alarm import Pair, Trouble, clear_alarms, raise_alarms
from network.actions.alarm_hold import Wish
from network.actions.impact import Affected, How
from network.actions.report.figures import month_of, span_of
from network.actions.service import agreements, sources, subjects
from network.actions.troubles import MOST_ALONE, Look, settle
from network.kernels.sla import Metric
from network.models import (
    Agreement,
    Alarm,
    AlarmEntry,
    AlarmHold,
    AlarmType,
    AlarmView,
    Breach,
    Change,
    Evidence,
    HoldKind,
    Maintenance,
    Notice,
    NoticeChannel,
    Severity,
    SlaReport,
    Slice,
    Standing,
)
from network.models.notice import EscalationRule
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
RED, BLUE = "red", "blue"


def customer(slug):
    return add_organisation(SYSTEM, slug, slug.title(), f"{slug}公司", ["drone_operator"], NOON)


@pytest.fixture
def red(db):
    return customer(RED)


@pytest.fixture
def blue(db):
    return customer(BLUE)


@pytest.fixture
def watchdog(db):
    return add_organisation(SYSTEM, "watchdog", "Authority", "管理局", ["authority"], NOON)


def raised(owner, subject="D-1", problem="Lost", now=None, severity=Severity.MAJOR):
    (made,) = raise_alarms(
        [Trouble(subject, problem, severity, AlarmType.EQUIPMENT, "x", organisation=owner)], now or timezone.now()
    )
    return made


@pytest.fixture
def world(red, blue, region, make_site, make_agreement):
    """Of each customer and of those who run the network one of everything, told apart by a word in its name."""
    now, site = timezone.now(), make_site("bs-1")
    for word, owner in ((RED, red.pk), (BLUE, blue.pk), ("home", HOME_PK)):
        alarm = raised(owner, f"{word}-drone", now=now)
        alarm_deeds.comment(SYSTEM, [alarm.pk], f"{word} said", now)
        AlarmHold.objects.create(
            organisation_id=owner, kind=HoldKind.SUPPRESSED, subject=f"{word}-held", reason="r", started_at=now,
            actor="a",
        )  # fmt: skip
        channel = NoticeChannel.objects.create(
            organisation_id=owner, name=f"{word} desk", kind="webhook", target=f"https://{word}.example/x",
            secret_changed_at=now, made_at=now,
        )  # fmt: skip
        Notice.objects.create(channel=channel, kind="raised", body="{}", made_at=now, due_at=now, alarm=alarm)
        EscalationRule.objects.create(organisation_id=owner, severity="major", step=1, after_s=600, channel=channel)
        made = make_agreement(site, organisation_id=owner, name=f"{word} promise")
        Breach.objects.create(agreement=made, started_at=now)
        Standing.objects.create(
            agreement=made, began_at=now, period_started_at=now, counted_until=now, judged_at=now, state="breached"
        )
        one = Slice.objects.create(
            organisation_id=owner, slug=f"{word}-slice", name_en=word, name_zh=word, sst=1, changed_at=now
        )
        one.sites.set([site])
        Evidence.objects.create(
            organisation_id=owner, region=region, kind="coverage", digest=f"{word}-digest", asked_by=f"{word}.person",
            asked_at=now, expires_at=now + timedelta(days=1),
        )  # fmt: skip
        SlaReport.objects.create(
            organisation_id=owner, region=region, month="2026-06", language="en", since_at=now, until_at=now,
            asked_by=f"{word}.person", asked_at=now, expires_at=now + timedelta(days=1),
        )  # fmt: skip
        Maintenance.objects.create(
            organisation_id=owner, kind="slice", key=f"{word}-slice", starts_at=now, ends_at=now + timedelta(hours=1),
            reason=f"{word} secret", actor="ann", made_at=now,
        )  # fmt: skip
    return site


LISTS = [
    "/api/v1/alarms", "/api/v1/alarms/holds", "/api/v1/alarms/channels", "/api/v1/alarms/notices",
    "/api/v1/alarms/escalations", "/api/v1/agreements", "/api/v1/standings", "/api/v1/breaches", "/api/v1/slices",
    "/api/v1/evidence", "/api/v1/sla/reports", "/api/v1/maintenance",
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_lists_hold_and_count_ones_own_for_a_customer_and_all_for_who_sees_all(
    world, red, watchdog, signed_in, with_key, path
):
    for caller in (signed_in("administrator", red.pk), with_key("read", organisation=red.pk)):
        told = caller.get(path)
        assert (told.status_code, told.json()["count"]) == (200, 1)
        text = told.content.decode()
        assert not [word for word in (BLUE, "home") if word in text], text
        table = caller.get(path, {"format": "csv"}).content.decode()
        assert not [word for word in (BLUE, "home") if word in table], table
    for caller in (signed_in("viewer"), signed_in("viewer", watchdog.pk), with_key("read")):
        assert caller.get(path).json()["count"] == 3


@pytest.mark.parametrize("query", ["search=blue", "organisation=blue", "tenant=Blue"])
def test_filters_find_nothing_of_others(world, red, signed_in, query):
    caller = signed_in("viewer", red.pk)
    for path in ("/api/v1/alarms", "/api/v1/slices", "/api/v1/standings", "/api/v1/maintenance"):
        if "=blue" in query and path != "/api/v1/slices" and query.startswith("organisation"):
            continue
        assert "blue" not in caller.get(f"{path}?{query}").content.decode().lower()


def test_one_row_of_another_is_not_found(world, red, signed_in, with_key):
    theirs = {
        "alarms": Alarm.objects.get(subject="blue-drone").pk, "agreements": Agreement.objects.get(name="blue promise").pk,
        "channels": NoticeChannel.objects.get(name="blue desk").pk,
        "notice": Notice.objects.get(channel__name="blue desk").pk,
        "evidence": Evidence.objects.get(digest="blue-digest").pk,
        "report": SlaReport.objects.get(asked_by="blue.person").pk,
    }  # fmt: skip
    paths = [
        f"/api/v1/alarms/{theirs['alarms']}", f"/tmf-api/alarmManagement/v4/alarm/{theirs['alarms']}",
        *(f"/api/v1/agreements/{theirs['agreements']}{end}"
          for end in ("", "/standing", "/history", "/timeline", "/impact")),
        f"/api/v1/alarms/channels/{theirs['channels']}", f"/api/v1/alarms/notices/{theirs['notice']}",
        f"/api/v1/evidence/{theirs['evidence']}", f"/api/v1/evidence/{theirs['evidence']}/map.html",
        f"/api/v1/evidence/{theirs['evidence']}/map.png", f"/api/v1/sla/reports/{theirs['report']}",
        f"/api/v1/sla/reports/{theirs['report']}/report.html", f"/api/v1/sla/reports/{theirs['report']}/report.csv",
        "/api/v1/slices/blue-slice", f"/sla/{theirs['agreements']}",
    ]  # fmt: skip
    person, key = signed_in("administrator", red.pk), with_key("read", organisation=red.pk)
    assert {path: person.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)
    rest = paths[:-1]
    assert {path: key.get(path).status_code for path in rest} == dict.fromkeys(rest, 404)
    entries = person.get(f"/api/v1/alarms/{theirs['alarms']}/entries").json()
    assert entries["count"] == 0


def test_what_is_there_and_foreign_answers_as_what_is_not_there(world, red, signed_in):
    caller = signed_in("administrator", red.pk)
    foreign = Alarm.objects.get(subject="blue-drone").pk
    told = [
        caller.post("/api/v1/alarms/acknowledge", {"ids": [pk]}, format="json").json()["detail"].replace(str(pk), "N")
        for pk in (foreign, 999_999)
    ]
    assert told[0] == told[1] == "no alarm with id N"
    assert (
        caller.get(f"/api/v1/breaches?agreement={Agreement.objects.get(name='blue promise').pk}").json()["count"] == 0
    )
    channel = NoticeChannel.objects.get(name="blue desk").pk
    body = {"severity": "minor", "step": 1, "after_s": 60}
    asked = [
        caller.post("/api/v1/alarms/escalations", {**body, "channel": pk}, format="json") for pk in (channel, 999_999)
    ]
    assert [one.status_code for one in asked] == [400, 400]
    assert asked[0].content.decode().replace(str(channel), "N") == asked[1].content.decode().replace("999999", "N")


def test_the_strip_counts_what_one_may_see(world, red, watchdog, signed_in):
    raised(red.pk, "red-second")
    for caller, count in (
        (signed_in("viewer", red.pk), 2),
        (signed_in("viewer"), 4),
        (signed_in("viewer", watchdog.pk), 4),
    ):
        assert caller.get("/api/v1/alarms/summary").json()["counts"]["major"] == count
    assert signed_in("viewer", red.pk).get("/api/v1/alarms/summary").json()["newest"]["organisation"] == RED


def test_the_health_of_the_alarm_system_is_that_of_ones_own_alarms(world, red, signed_in):
    for caller, count in ((signed_in("viewer", red.pk), 1), (signed_in("viewer"), 3)):
        found = caller.get("/api/v1/alarms/health").json()
        held = next(one["value"] for one in found["figures"] if one["key"] == "held")
        assert (found["alarms"], held, len(found["holds"])) == (count, count, count)
    text = signed_in("viewer", red.pk).get("/api/v1/alarms/health").content.decode()
    assert BLUE not in text


def test_tmf642_lists_and_counts_ones_own(world, red, with_key):
    told = with_key("read", organisation=red.pk).get("/tmf-api/alarmManagement/v4/alarm")
    assert (told["X-Total-Count"], [one["alarmedObject"]["id"] for one in told.json()]) == ("1", ["red-drone"])
    assert with_key("read").get("/tmf-api/alarmManagement/v4/alarm")["X-Total-Count"] == "3"
    patched = with_key("alarms:write", organisation=red.pk).patch(
        f"/tmf-api/alarmManagement/v4/alarm/{Alarm.objects.get(subject='blue-drone').pk}",
        {"ackState": "acknowledged"}, format="json",
    )  # fmt: skip
    assert patched.status_code == 404


DEEDS = [
    ("acknowledge", {}), ("unacknowledge", {}), ("comment", {"comment": "c"}), ("assign", {"person": ""}),
    ("clear", {}), ("shelve", {"reason": "r", "until_at": (timezone.now() + timedelta(hours=5)).isoformat()}),
    ("suppress", {"reason": "r"}), ("out-of-service", {"reason": "r"}), ("release", {}),
]  # fmt: skip


@pytest.mark.parametrize(("deed", "body"), DEEDS)
def test_no_deed_reaches_an_alarm_of_another(red, blue, signed_in, with_key, deed, body):
    ours, theirs = raised(red.pk), raised(blue.pk)
    if deed == "unacknowledge":
        alarm_deeds.acknowledge(SYSTEM, [ours.pk, theirs.pk], "", timezone.now())
    if deed == "release":
        wish = Wish(HoldKind.SHELVED, "r", timezone.now() + timedelta(hours=1))
        alarm_hold.hold_alarms(SYSTEM, [ours.pk, theirs.pk], wish, timezone.now())
    before = Alarm.objects.filter(pk=theirs.pk).values().get()
    planner = signed_in("planner", red.pk)
    told = planner.post(f"/api/v1/alarms/{deed}", {"ids": [ours.pk, theirs.pk], **body}, format="json")
    assert told.status_code == 200, told.content
    assert [one["id"] for one in told.json()["done"]] == [ours.pk]
    assert told.json()["refused"] == [{"id": theirs.pk, "reason": f"no alarm with id {theirs.pk}"}]
    key = with_key("alarms:write", "alarms:hold", organisation=red.pk)
    assert key.post(f"/api/v1/alarms/{deed}", {"ids": [theirs.pk], **body}, format="json").status_code == 409
    assert Alarm.objects.filter(pk=theirs.pk).values().get() == before


def test_an_authority_sees_an_alarm_and_may_not_touch_it_while_the_operator_may(red, watchdog, signed_in):
    alarm = raised(red.pk)
    refused = signed_in("operator", watchdog.pk).post("/api/v1/alarms/acknowledge", {"ids": [alarm.pk]}, format="json")
    assert (refused.status_code, "another organisation" in refused.json()["detail"]) == (409, True)
    done = signed_in("operator").post("/api/v1/alarms/acknowledge", {"ids": [alarm.pk]}, format="json")
    assert done.status_code == 200


def test_alarms_are_assigned_to_people_who_may_acknowledge_them_there(red, blue, person, signed_in):
    ours, theirs = person("operator", red.pk), person("operator", blue.pk)
    caller = signed_in("operator", red.pk)
    names = {row["username"] for row in caller.get("/api/v1/alarms/assign").json()}
    assert ours.username in names
    assert theirs.username not in names
    alarm = raised(red.pk)
    said = [
        caller.post("/api/v1/alarms/assign", {"ids": [alarm.pk], "person": name}, format="json").json()["detail"]
        for name in (theirs.username, "nobody-at-all")
    ]
    assert said[0].replace(theirs.username, "X") == said[1].replace("nobody-at-all", "X")
    wrong = signed_in("operator").post(
        "/api/v1/alarms/assign", {"ids": [alarm.pk], "person": theirs.username}, format="json"
    )
    assert (wrong.status_code, "lacks network.acknowledge_alarm" in wrong.json()["detail"]) == (409, True)


def test_two_customers_may_call_things_alike_and_each_has_an_alarm_of_its_own(red, blue):
    now = timezone.now()
    raised(red.pk), raised(blue.pk)
    clear_alarms([Pair("D-1", "Lost", red.pk)], now)
    assert [one.organisation_id for one in Alarm.objects.active()] == [blue.pk]
    assert clear_alarms([("D-1", "Lost")], now) == []  # a pair alone is of those who run the network


def test_a_flood_is_one_alarm_per_owner_and_what_is_unsure_stays(red, blue):
    now = timezone.now()

    def troubles(owner, count):
        return [
            Trouble(f"D-{n}", "Lost", Severity.MINOR, AlarmType.EQUIPMENT, "x", organisation=owner)
            for n in range(count)
        ]

    settle(Look("drones", ["Lost"], [*troubles(red.pk, MOST_ALONE + 1), *troubles(blue.pk, 2)]), now)
    told = set(Alarm.objects.active().values_list("organisation", "subject"))
    assert told == {(red.pk, "drones"), (blue.pk, "D-0"), (blue.pk, "D-1")}
    assert Alarm.objects.get(subject="drones").detail["count"] == MOST_ALONE + 1
    settle(Look("drones", ["Lost"], [], {("D-0", blue.pk), ("D-1", red.pk)}), now)
    assert set(Alarm.objects.active().values_list("organisation", "subject")) == {(blue.pk, "D-0")}


def test_a_hold_holds_alarms_of_its_own_organisation_only(red, blue, signed_in):
    body = {"kind": "suppressed", "subject": "D-1", "reason": "r"}
    assert signed_in("planner", red.pk).post("/api/v1/alarms/holds", body, format="json").status_code == 201
    assert (raised(red.pk).held, raised(blue.pk).held) == ("suppressed", "")
    for organisation, status in ((BLUE, 400), ("nowhere", 400), (RED, 409)):
        asked = signed_in("planner", red.pk).post(
            "/api/v1/alarms/holds", {**body, "organisation": organisation}, format="json"
        )
        assert asked.status_code == status
    made = signed_in("planner").post("/api/v1/alarms/holds", {**body, "organisation": BLUE}, format="json")
    assert (made.status_code, Alarm.objects.get(organisation=blue).held) == (201, "suppressed")
    own = AlarmHold.objects.get(organisation=blue).pk
    assert signed_in("planner", red.pk).delete(f"/api/v1/alarms/holds/{own}").status_code == 404


def test_events_reach_who_may_see_the_alarm_and_tell_no_counts(red, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(hub, "_send", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        raised(red.pk)
    (event,) = [one for one in sent if type(one).__name__ == "AlarmChanged"]
    assert event.organisation == red.pk
    assert set(json.loads(event.as_json())) == {"type", "topic", "at", "alarm"}


def test_a_customers_channel_gets_its_own_alarms_and_that_of_the_operator_all(red, blue):
    now = timezone.now()
    for owner in (red, Organisation.objects.get(pk=HOME_PK)):
        NoticeChannel.objects.create(
            organisation=owner, name="desk", kind="webhook", target="https://x.example", secret_changed_at=now,
            made_at=now,
        )  # fmt: skip
    raised(red.pk), raised(blue.pk)
    told = sorted(Notice.objects.values_list("channel__organisation", "alarm__organisation"))
    assert told == sorted([(red.pk, red.pk), (HOME_PK, red.pk), (HOME_PK, blue.pk)])


def test_channels_and_rules_belong_to_who_makes_them(red, signed_in):
    caller = signed_in("administrator", red.pk)
    made = caller.post(
        "/api/v1/alarms/channels", {"name": "desk", "kind": "email", "target": "a@example.com"}, format="json"
    )
    assert (made.status_code, made.json()["organisation"]) == (201, RED)
    rule = caller.post(
        "/api/v1/alarms/escalations",
        {"severity": "major", "step": 1, "after_s": 60, "channel": made.json()["id"]}, format="json",
    )  # fmt: skip
    assert (rule.status_code, rule.json()["organisation"]) == (201, RED)
    home = signed_in("administrator")
    same = {"name": "desk", "kind": "email", "target": "b@example.com"}
    assert home.post("/api/v1/alarms/channels", same, format="json").status_code == 201
    other = home.post(
        "/api/v1/alarms/escalations",
        {"severity": "minor", "step": 1, "after_s": 60, "channel": made.json()["id"]}, format="json",
    )  # fmt: skip
    assert (other.status_code, "another organisation's" in other.json()["detail"]) == (409, True)


def test_an_alarm_escalates_by_the_rules_of_its_owner(red, blue):
    EscalationRule.objects.create(organisation=red, severity="major", step=1, after_s=60)
    ours, theirs = raised(red.pk, now=NOON), raised(blue.pk, now=NOON)
    assert escalation.escalate(NOON + timedelta(seconds=61)) == 1
    assert list(
        Alarm.objects.filter(pk__in=[ours.pk, theirs.pk]).order_by("pk").values_list("escalation", flat=True)
    ) == [1, 0]


def test_saved_filters_are_shared_within_ones_organisation(red, blue, signed_in):
    ours = signed_in("viewer", red.pk)
    ours.post("/api/v1/alarms/views", {"name": "v", "query": "?a=1", "is_shared": True}, format="json")
    assert AlarmView.objects.get().organisation_id == red.pk
    assert signed_in("viewer", red.pk).get("/api/v1/alarms/views").json()["count"] == 1
    assert signed_in("viewer", blue.pk).get("/api/v1/alarms/views").json()["count"] == 0


@pytest.fixture
def services(monkeypatch, red, blue, make_site):
    def provider(_scope, _now):
        yield Affected("r-1", "Red flight", "", How.ITSELF, organisation=red.pk)
        yield Affected("b-1", "Blue flight", "", How.ITSELF, organisation=blue.pk)
        yield Affected("n-1", "Nobody's flight", "Someone", How.ITSELF)

    monkeypatch.setattr(impact, "_providers", {"flights": ("network.view_site", provider)})
    return make_site("bs-1")


def test_an_impact_names_and_counts_ones_own_services(services, red, make_agreement, signed_in, with_key):
    own = make_agreement(services, organisation_id=red.pk)
    for caller in (signed_in("viewer", red.pk), with_key("read", organisation=red.pk)):
        for path in ("/api/v1/impact?kind=site&key=bs-1", f"/api/v1/agreements/{own.pk}/impact"):
            told = caller.get(path).json()
            assert told["services"]["flights"]["count"] == 1
            assert [row["organisation"] for row in told["services"]["flights"]["rows"]] == [RED]
            assert told["tenants"] == [{"name": "Red", "organisation": RED, "services": {"flights": 1}}]
    told = signed_in("viewer").get("/api/v1/impact?kind=site&key=bs-1").json()
    assert told["services"]["flights"]["count"] == 3
    assert {one["name"] for one in told["tenants"]} == {"Red", "Blue", "Someone"}


def test_a_site_shows_the_agreements_of_the_reader(world, red, signed_in):
    names = [one["name"] for one in signed_in("viewer", red.pk).get("/api/v1/sites/bs-1").json()["agreements"]]
    assert names == ["red promise"]
    assert len(signed_in("viewer").get("/api/v1/sites/bs-1").json()["agreements"]) == 3


def test_an_agreement_belongs_to_whom_it_is_made_for_and_two_customers_may_have_the_same(
    red, blue, make_site, signed_in
):
    make_site("bs-1")
    planner = signed_in("planner")
    body = {"kind": "site", "key": "bs-1", "metric": "jitter", "objective": 2}
    for slug in (RED, BLUE):
        made = planner.post("/api/v1/agreements", {**body, "organisation": slug}, format="json")
        assert (made.status_code, made.json()["organisation"]) == (201, slug)
    assert planner.post("/api/v1/agreements", body, format="json").json()["organisation"] == "operator"
    assert planner.post("/api/v1/agreements", {**body, "organisation": RED}, format="json").status_code == 409
    assert (
        planner.patch(f"/api/v1/agreements/{made.json()['id']}", {"organisation": RED}, format="json").status_code
        == 400
    )


def test_what_is_promised_for_a_slice_goes_with_the_slice(red, blue, make_site, signed_in):
    make_site("bs-1")
    planner = signed_in("planner")
    body = {"slug": "s", "name_en": "S", "name_zh": "S", "sst": 1, "sites": ["bs-1"], "tenant": "Red"}
    made = planner.post("/api/v1/slices", body, format="json").json()
    assert (made["organisation"], made["tenant"]) == (RED, "Red")
    promise = {"kind": "slice", "key": "s", "metric": "jitter", "objective": 2}
    foreign = planner.post("/api/v1/agreements", {**promise, "organisation": BLUE}, format="json")
    assert (foreign.status_code, [one["field"] for one in foreign.json()["errors"]]) == (400, ["organisation"])
    assert planner.post("/api/v1/agreements", promise, format="json").json()["organisation"] == RED
    handed = planner.patch("/api/v1/slices/s", {"organisation": BLUE}, format="json")
    assert (handed.json()["tenant"], Agreement.objects.get().organisation) == ("Blue", blue)
    unknown = planner.post("/api/v1/slices", {**body, "slug": "t", "tenant": "Green"}, format="json")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (400, "tenant")


def test_maintenance_of_what_all_stand_on_is_everyones_but_not_why(world, red, signed_in):
    now = timezone.now()
    Maintenance.objects.create(
        kind="site", key="bs-1", starts_at=now, ends_at=now + timedelta(hours=1), reason="rotten mast", actor="ann",
        made_at=now,
    )  # fmt: skip
    caller = signed_in("viewer", red.pk)
    rows = caller.get("/api/v1/maintenance").json()["results"]
    assert {row["key"] for row in rows} == {"bs-1", "red-slice"}
    assert {row[name] for row in rows for name in ("reason", "actor", "withdrawn_by")} == {""}
    assert caller.get("/api/v1/maintenance?search=rotten").json()["count"] == 0
    assert signed_in("viewer").get("/api/v1/maintenance?search=rotten").json()["results"][0]["reason"] == "rotten mast"
    own = Agreement.objects.get(name="red promise")
    since = (now - timedelta(hours=1)).isoformat()
    story = caller.get(
        f"/api/v1/agreements/{own.pk}/timeline", {"since": since, "until": (now + timedelta(hours=2)).isoformat()}
    )
    assert "maintenance" in {row["kind"] for row in story.json()}
    assert "rotten" not in story.content.decode()
    blues = Maintenance.objects.get(key="blue-slice").pk
    assert caller.get(f"/api/v1/maintenance/{blues}/concerns").status_code == 404
    assert caller.get("/api/v1/maintenance/concerns?kind=slice&key=blue-slice").status_code == 400
    assert caller.get("/api/v1/maintenance/concerns?kind=site&key=bs-1").json()["count"] == 1


def test_an_alarm_under_maintenance_does_not_tell_its_owner_why(red, make_site):
    site, now = make_site("bs-1"), timezone.now()
    Maintenance.objects.create(
        kind="site", key="bs-1", starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(hours=1),
        reason="rotten mast", actor="ann", made_at=now - timedelta(minutes=2),
    )  # fmt: skip
    trouble = Trouble("x", "Lost", Severity.MAJOR, AlarmType.EQUIPMENT, "x", site, organisation=red.pk)
    raise_alarms([trouble], now - timedelta(minutes=5))
    alarm_hold.keep_maintenance(now)
    alarm = Alarm.objects.get()
    assert alarm.held == "suppressed"
    assert "rotten" not in json.dumps([impact_free(alarm), *AlarmEntry.objects.values_list("text", flat=True)])


def impact_free(alarm):
    from network.serializers.alarm import AlarmSerializer

    return AlarmSerializer(Alarm.objects.whole().get(pk=alarm.pk)).data


def test_a_story_tells_a_customer_neither_foreign_alarms_nor_who_changed_the_inventory(world, red, watchdog, signed_in):
    now, own = timezone.now(), Agreement.objects.get(name="red promise")
    Change.objects.create(
        kind="site", key="bs-1", valid_from=now, values={"height_m": 1}, before={"height_m": 2}, recorded_at=now,
        applied_at=now, actor="ann",
    )  # fmt: skip
    for owner in (HOME_PK, red.pk):
        raise_alarms(
            [Trouble("BS-1", "Lost", Severity.MAJOR, AlarmType.EQUIPMENT, "x", world, organisation=owner)], now
        )
    until = {"until": (now + timedelta(minutes=1)).isoformat()}
    path = f"/api/v1/agreements/{own.pk}/timeline"
    kinds = [row["kind"] for row in signed_in("viewer", red.pk).get(path, until).json()]
    assert (kinds.count("alarm"), kinds.count("change")) == (1, 0)
    assert "ann" in signed_in("viewer").get(path, until).content.decode()
    for caller, told in ((signed_in("viewer"), "ann"), (signed_in("viewer", watchdog.pk), "")):
        assert [row["actor"] for row in caller.get("/api/v1/inventory/changes").json()["results"]] == [told]
    assert signed_in("viewer", watchdog.pk).get(path, until).content.decode().count("ann") == 0


def test_subjects_of_others_are_not_found_by_words(world, red, signed_in):
    caller = signed_in("viewer", red.pk)
    found = caller.get("/api/v1/agreements/subjects?kind=slice").json()
    assert [one["key"] for one in found] == ["red-slice"]
    assert caller.get("/api/v1/agreements/subjects?kind=slice&search=blue").json() == []
    assert [one["key"] for one in caller.get("/api/v1/agreements/subjects?kind=site").json()] == ["bs-1"]


def test_a_provider_that_does_not_say_whose_a_subject_is_shows_it_to_no_customer(red, monkeypatch):
    monkeypatch.setattr(subjects, "_searches", {"flight": ("x", lambda *_: [sources.Subject("s", "S", "S")])})
    assert subjects.search("flight", "", Actor("red", organisation=red.pk, sees=frozenset({red.pk}))) == []
    assert len(subjects.search("flight", "", SYSTEM)) == 1


def test_maps_that_two_customers_ask_for_are_two(red, blue, region, make_site, make_sector, signed_in):
    make_sector(make_site("bs-1"))
    asked = [
        signed_in("operator", one.pk).post("/api/v1/evidence", {"kind": "coverage", "region": "here"}, format="json")
        for one in (red, blue, red)
    ]
    assert [one.status_code for one in asked] == [202, 202, 202]
    assert asked[0].json()["id"] == asked[2].json()["id"] != asked[1].json()["id"]


def test_a_report_holds_the_agreements_of_who_it_is_for(world, red, region):
    Standing.objects.update(began_at=NOON - timedelta(days=5))
    Maintenance.objects.create(
        kind="site", key="bs-1", starts_at=NOON - timedelta(hours=3), ends_at=NOON - timedelta(hours=1),
        reason="rotten mast", actor="ann", made_at=NOON - timedelta(days=1),
    )  # fmt: skip
    Agreement.objects.update(region=region)
    span = span_of("2026-06", NOON + timedelta(hours=1))
    (line,) = month_of(region, span, red).lines
    assert line.agreement.name == "red promise"
    assert [one.reason for one in line.exclusions] == [""]
    everyone = month_of(region, span, Organisation.objects.get(pk=HOME_PK)).lines
    assert (len(everyone), everyone[0].exclusions[0].reason) == (3, "rotten mast")


@pytest.mark.parametrize("role", ["viewer", "operator", "planner", "administrator"])
def test_customers_change_nothing_of_the_network_and_are_told_which_right_they_lack(world, red, signed_in, role):
    caller = signed_in(role, red.pk)
    wishes = {
        "/api/v1/sites": "network.add_site", "/api/v1/agreements": "network.add_agreement",
        "/api/v1/slices": "network.add_slice", "/api/v1/maintenance": "network.add_maintenance",
        "/api/v1/sites/bs-1/configuration": "network.add_configurationpush",
        "/api/v1/placement/plans": "network.add_placementplan", "/api/v1/inventory/imports": "network.add_site",
    }  # fmt: skip
    for path, right in wishes.items():
        refused = caller.post(path, {}, format="json")
        assert (refused.status_code, right in refused.json()["detail"]) == (403, True)
    for path, right in (
        ("/api/v1/inventory/changes", "network.view_change"), ("/api/v1/placement/plans", "network.view_placementplan"),
        ("/api/v1/sites/bs-1/counters", "network.view_sitecounters"),
        ("/api/v1/sites/bs-1/configuration", "network.view_configurationpush"),
    ):  # fmt: skip
        refused = caller.get(path)
        assert (refused.status_code, right in refused.json()["detail"]) == (403, True)
    page = caller.get("/inventory/changes")
    assert page.status_code in (200, 403)
    assert caller.get("/plans").status_code == 403
    assert "network.view_placementplan" in caller.get("/plans").content.decode()


def test_no_scope_gives_a_customers_key_more_than_its_organisation_could_have(world, red, with_key):
    key = with_key("read", organisation=red.pk)
    ApiKey.objects.filter(organisation=red).update(scopes=["read", "inventory:write", "sla:write"])
    for path, right in (("/api/v1/sites", "network.add_site"), ("/api/v1/slices", "network.add_slice")):
        refused = key.post(path, {}, format="json")
        assert (refused.status_code, right in refused.json()["detail"]) == (403, True)
    for path in ("/api/v1/inventory/changes", "/api/v1/placement/plans", "/api/v1/sites/bs-1/counters"):
        assert key.get(path).status_code == 403
    assert with_key("read").get("/api/v1/inventory/changes").status_code == 200


def test_metrics_are_for_who_sees_the_whole_installation(red, watchdog, signed_in, with_key):
    for caller in (with_key("read", organisation=red.pk), signed_in("administrator", red.pk)):
        refused = caller.get("/metrics")
        assert (refused.status_code, b"loft_alarms_open" in refused.content) == (403, False)
    for caller in (with_key("read"), with_key("read", organisation=watchdog.pk), signed_in("viewer")):
        assert caller.get("/metrics").status_code == 200


def test_what_all_stand_on_is_seen_by_all(world, red, signed_in):
    caller = signed_in("viewer", red.pk)
    for path in ("/api/v1/sites", "/api/v1/regions", "/api/v1/links", "/api/v1/edge-nodes", "/api/v1/corridors",
                 "/api/v1/samples?site=bs-1", "/api/v1/inventory/export?format=csv&kind=site"):  # fmt: skip
        assert caller.get(path).status_code == 200


def test_a_subject_that_changes_hands_takes_along_what_is_in_force_and_no_alarm(red, blue, make_site):
    now, site = timezone.now(), make_site("bs-1")
    one = Slice.objects.create(organisation=red, slug="s", name_en="S", name_zh="S", sst=1, changed_at=now)
    one.sites.set([site])
    made = agreements.make(SYSTEM, agreements.About("slice", "s", "jitter"), {"objective": 2.0}, now)
    old = agreements.make(SYSTEM, agreements.About("slice", "s", "availability"), {"objective": 0.9}, now)
    Agreement.objects.filter(pk=old.pk).update(ended_at=now)
    raised(red.pk, "slice s", "Error budget burns: jitter")
    agreements.hand_over("slice", "s", blue.pk, now)
    assert list(Agreement.objects.order_by("pk").values_list("organisation", flat=True)) == [blue.pk, red.pk]
    assert made.organisation_id == red.pk  # as it was made
    assert not Alarm.objects.active().exists()


def test_whoever_may_hold_nothing_there_holds_nothing(red, blue, person):
    actor = person_actor(Person.objects.get(pk=person("planner", red.pk).pk))
    with pytest.raises(Refused, match="organisation: another's given"):
        alarm_hold.declare_hold(actor, Pair("D-1", "", blue.pk), Wish(HoldKind.SUPPRESSED, "r"), timezone.now())


def test_a_deed_stands_in_the_trail_of_the_alarms_owner_not_of_whom_its_doer_acts_for(red, blue, person, signed_in):
    both = person("operator", red.pk)
    Membership.objects.create(person=both, organisation=blue, role="planner")
    theirs = raised(blue.pk, "blue-drone", "Lost")
    actor, now = person_actor(both), timezone.now()
    assert actor.organisation == red.pk
    alarm_deeds.acknowledge(actor, [theirs.pk], "seen", now)
    alarm_deeds.comment(actor, [theirs.pk], "said", now)
    alarm_hold.hold_alarms(actor, [theirs.pk], Wish(HoldKind.SUPPRESSED, "why", None), now)
    alarm_hold.release_alarms(actor, [theirs.pk], now)
    alarm_deeds.unacknowledge(actor, [theirs.pk], now)
    alarm_deeds.clear_by_hand(actor, [theirs.pk], now)
    told = AuditEntry.objects.filter(person=both).values_list("verb", "organisation")
    assert len({verb for verb, _ in told}) == 6
    assert {owner for _, owner in told} == {blue.pk}


def test_an_alarm_is_cleared_by_hand_whatever_is_breached_of_others(red, blue, make_site, make_agreement, signed_in):
    site, now = make_site("bs-1"), timezone.now()
    caller = signed_in("operator", red.pk)
    for owner, expected in ((blue, 200), (red, 409)):
        Breach.objects.create(agreement=make_agreement(site, Metric.RTT_P99, organisation_id=owner.pk), started_at=now)
        detail = {"metric": Metric.RTT_P99.value}
        trouble = Trouble(site.name_en, "Slow", Severity.MINOR, AlarmType.EQUIPMENT, "x", site, detail, red.pk)
        (alarm,) = raise_alarms([trouble], now)
        answer = caller.post("/api/v1/alarms/clear", {"ids": [alarm.pk]}, format="json")
        assert answer.status_code == expected, answer.content


@pytest.mark.parametrize(
    ("scopes", "seen"),
    [
        (["network:read"], set()),
        (["network:read", "drones:read"], {"flights"}),
        (["network:read", "sla:read", "factories:read"], {"slices", "workloads"}),
        (["network:read", "jobs:read"], {"jobs"}),
        (["read"], {"flights", "workloads", "jobs", "slices"}),
    ],
)
def test_an_impact_shows_a_key_the_services_that_it_has_a_scope_for(make_site, with_key, scopes, seen):
    make_site("bs-1")
    told = with_key(*scopes).get("/api/v1/impact?kind=site&key=bs-1").json()["services"]
    assert {group for group, one in told.items() if one["count"] is not None} == seen


@pytest.mark.parametrize(("kind", "scope"), [("flight", "drones:read"), ("workload", "factories:read")])
def test_subjects_are_found_with_the_scope_of_what_they_are(with_key, kind, scope):
    path = f"/api/v1/agreements/subjects?kind={kind}"
    refused = with_key("sla:read").get(path)
    assert (refused.status_code, scope in refused.json()["detail"]) == (403, True)
    assert with_key("sla:read", scope).get(path).status_code == 200


def test_every_right_that_an_answer_asks_for_beside_its_own_has_a_scope(db):
    kinds = ("site", "link", "slice", "corridor", "region", "flight", "workload")
    rights = {*impact.groups().values(), *map(subjects.right_for, kinds)}
    assert rights <= set(SEEING)
    assert set(SEEING.values()) <= set(SCOPES)


def test_nothing_is_sent_for_an_organisation_that_was_ended(world, red):
    due = timezone.now() + timedelta(hours=1)
    own = NoticeChannel.objects.get(organisation=red)
    assert own.pk in notice_send.due_channels(due)
    change_organisation(SYSTEM, red, timezone.now(), is_active=False)
    assert own.pk not in notice_send.due_channels(due)
