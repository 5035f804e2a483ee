"""Whose an alarm is: who hears of it, holds it and answers it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from console.access.actor import HOME_PK
from console.access.authentication import person_actor
from console.actions.audit.audit import SYSTEM
from console.errors import Refused
from console.live import hub
from console.models import Organisation, Person
from network.actions.alarms import alarm_hold, escalation, operator_actions
from network.actions.alarms.alarm_hold import HoldRequest
from network.actions.alarms.alarm_source import MOST_ALONE
from network.models import (
    Alarm,
    AlarmEntry,
    AlarmHold,
    AlarmType,
    AlarmView,
    HoldKind,
    Maintenance,
    Notice,
    NoticeChannel,
    Severity,
)
from network.models.notices.notice import EscalationRule
from tests.conftest import NOON
from tests.network.alarms.conditions import cleared, condition, looked, target
from tests.network.alarms.conditions import raised as raise_all
from tests.network.owners.rows import BLUE, RED, raised

pytestmark = pytest.mark.django_db


ACTIONS = [
    ("acknowledge", {}), ("unacknowledge", {}), ("comment", {"comment": "c"}), ("assign", {"person": ""}),
    ("clear", {}), ("shelve", {"reason": "r", "until_at": (timezone.now() + timedelta(hours=5)).isoformat()}),
    ("suppress", {"reason": "r"}), ("out-of-service", {"reason": "r"}), ("release", {}),
]  # fmt: skip


@pytest.mark.parametrize(("action", "body"), ACTIONS)
def test_no_operator_action_reaches_an_alarm_of_another(red, blue, signed_in, with_key, action, body):
    ours, theirs = raised(red.pk), raised(blue.pk)
    if action == "unacknowledge":
        operator_actions.acknowledge(SYSTEM, [ours.pk, theirs.pk], "", timezone.now())
    if action == "release":
        wanted = HoldRequest(HoldKind.SHELVED, "r", timezone.now() + timedelta(hours=1))
        alarm_hold.hold_alarms(SYSTEM, [ours.pk, theirs.pk], wanted, timezone.now())
    before = Alarm.objects.filter(pk=theirs.pk).values().get()
    planner = signed_in("planner", red.pk)
    answer = planner.post(f"/api/v1/alarms/{action}", {"ids": [ours.pk, theirs.pk], **body}, format="json")
    assert answer.status_code == 200, answer.content
    assert [row["id"] for row in answer.json()["done"]] == [ours.pk]
    assert answer.json()["refused"] == [{"id": theirs.pk, "reason": f"no alarm with id {theirs.pk}"}]
    key = with_key("alarms:write", "alarms:hold", organisation=red.pk)
    assert key.post(f"/api/v1/alarms/{action}", {"ids": [theirs.pk], **body}, format="json").status_code == 409
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
    result = [
        caller.post("/api/v1/alarms/assign", {"ids": [alarm.pk], "person": name}, format="json").json()["detail"]
        for name in (theirs.username, "nobody-at-all")
    ]
    assert result[0].replace(theirs.username, "X") == result[1].replace("nobody-at-all", "X")
    wrong = signed_in("operator").post(
        "/api/v1/alarms/assign", {"ids": [alarm.pk], "person": theirs.username}, format="json"
    )
    assert (wrong.status_code, "lacks network.acknowledge_alarm" in wrong.json()["detail"]) == (409, True)


def test_two_customers_may_call_things_alike_and_each_has_an_alarm_of_its_own(red, blue):
    now = timezone.now()
    raised(red.pk), raised(blue.pk)
    cleared([("D-1", "Lost", red.pk)], now)
    assert [alarm.organisation_id for alarm in Alarm.objects.active()] == [blue.pk]
    assert cleared([("D-1", "Lost")], now) == []  # a pair alone is of those who run the network


def test_a_flood_is_one_alarm_per_owner_and_what_is_unsure_stays(red, blue):
    now = timezone.now()

    def conditions(owner, count):
        return [
            condition(f"D-{n}", "Lost", Severity.MINOR, AlarmType.EQUIPMENT, "x", organisation=owner)
            for n in range(count)
        ]

    looked(["Lost"], [*conditions(red.pk, MOST_ALONE + 1), *conditions(blue.pk, 2)], [], now)
    pairs = set(Alarm.objects.active().values_list("organisation", "subject"))
    assert pairs == {(red.pk, "things"), (blue.pk, "D-0"), (blue.pk, "D-1")}
    assert Alarm.objects.get(subject="things").detail["count"] == MOST_ALONE + 1
    looked(["Lost"], [], {("D-0", blue.pk), ("D-1", red.pk)}, now)
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
    (event,) = [item for item in sent if type(item).__name__ == "AlarmChanged"]
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
    pairs = sorted(Notice.objects.values_list("channel__organisation", "alarm__organisation"))
    assert pairs == sorted([(red.pk, red.pk), (HOME_PK, red.pk), (HOME_PK, blue.pk)])


def test_channels_and_rules_belong_to_who_makes_them(red, signed_in):
    caller = signed_in("administrator", red.pk)
    made = caller.post(
        "/api/v1/alarms/channels", {"name": "desk", "kind": "email", "target": "a@example.com"}, format="json"
    )
    assert (made.status_code, made.json()["organisation"]) == (201, RED)
    rule = caller.post(
        "/api/v1/alarms/escalations",
        {"severity": "major", "step": 1, "after_s": 60, "channel": made.json()["id"]},
        format="json",
    )
    assert (rule.status_code, rule.json()["organisation"]) == (201, RED)
    home = signed_in("administrator")
    same = {"name": "desk", "kind": "email", "target": "b@example.com"}
    assert home.post("/api/v1/alarms/channels", same, format="json").status_code == 201
    other = home.post(
        "/api/v1/alarms/escalations",
        {"severity": "minor", "step": 1, "after_s": 60, "channel": made.json()["id"]},
        format="json",
    )
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


def test_an_alarm_under_maintenance_does_not_tell_its_owner_why(red, make_site):
    site, now = make_site("bs-1"), timezone.now()
    Maintenance.objects.create(
        kind="site", key="bs-1", starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(hours=1),
        reason="rotten mast", actor="ann", made_at=now - timedelta(minutes=2),
    )  # fmt: skip
    lost = condition("x", "Lost", Severity.MAJOR, AlarmType.EQUIPMENT, "x", site, organisation=red.pk)
    raise_all([lost], now - timedelta(minutes=5))
    alarm_hold.keep_maintenance(now)
    alarm = Alarm.objects.get()
    assert alarm.held == "suppressed"
    assert "rotten" not in json.dumps([impact_free(alarm), *AlarmEntry.objects.values_list("text", flat=True)])


def impact_free(alarm):
    from network.serializers.alarms.alarm import AlarmSerializer

    return AlarmSerializer(Alarm.objects.whole().get(pk=alarm.pk)).data


def test_whoever_may_hold_nothing_there_holds_nothing(red, blue, person):
    actor = person_actor(Person.objects.get(pk=person("planner", red.pk).pk))
    wanted = HoldRequest(HoldKind.SUPPRESSED, "r")
    with pytest.raises(Refused, match="organisation: another's given"):
        alarm_hold.declare_hold(actor, target("D-1", "", blue.pk), wanted, timezone.now())
