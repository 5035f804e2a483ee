"""Alarms as other systems read them: TM Forum TMF642."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from console.actions.audit import SYSTEM, Actor
from network.actions import alarm_cover, alarm_deeds, alarm_hold
from network.actions.alarm import Trouble, clear_alarms, raise_alarms
from network.actions.alarm_hold import Wish
from network.models import Alarm, AlarmType, HoldKind, Maintenance, Severity

pytestmark = pytest.mark.django_db
URL = "/tmf-api/alarmManagement/v4/alarm"


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.hub.publish", lambda _: None)


@pytest.fixture
def alarms() -> list[Alarm]:
    """Five alarms, the last one the newest."""
    start = timezone.now() - timedelta(minutes=5)
    made = []
    for number in range(5):
        kind = AlarmType.COMMUNICATIONS if number % 2 else AlarmType.PROCESSING
        trouble = Trouble(f"BS-00{number}", "Silent", Severity.MAJOR, kind, "lossOfSignal")
        made += raise_alarms([trouble], start + timedelta(seconds=number))
    return made


def test_pages_say_how_many_there_are(with_key, alarms):
    caller = with_key("read")
    page = caller.get(URL, {"limit": 2, "offset": 1})
    assert (page.status_code, page["X-Total-Count"], page["X-Result-Count"]) == (206, "5", "2")
    assert [row["id"] for row in page.json()] == [str(alarms[3].pk), str(alarms[2].pk)]
    whole = caller.get(URL)
    assert (whole.status_code, len(whole.json())) == (200, 5)
    assert caller.get(URL, {"limit": 0}).status_code == caller.get(URL, {"offset": -1}).status_code == 400


def test_the_fields_are_those_of_the_standard(with_key, alarms):
    row = with_key("read").get(f"{URL}/{alarms[1].pk}").json()
    assert row["alarmType"] == "communicationsAlarm"
    assert (row["perceivedSeverity"], row["state"], row["ackState"]) == ("major", "raised", "unacknowledged")
    assert row["href"] == f"{URL}/{alarms[1].pk}"
    assert (row["alarmedObject"], row["isRootCause"], row["parentAlarm"]) == ({"id": "BS-001"}, None, [])
    assert row["alarmClearedTime"] is None


def test_only_the_wanted_fields_come_and_unknown_ones_are_refused(with_key, alarms):
    caller = with_key("read")
    assert set(caller.get(URL, {"fields": "ackState,state"}).json()[0]) == {"id", "href", "ackState", "state"}
    assert set(caller.get(URL, {"fields": "none"}).json()[0]) == {"id", "href"}
    assert caller.get(URL, {"fields": "colour"}).status_code == 400


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"alarmType": "processingErrorAlarm"}, 3), ({"perceivedSeverity": "cleared"}, 1), ({"state": "raised"}, 4),
        ({"perceivedSeverity": "major"}, 4), ({"perceivedSeverity": "minor"}, 0), ({"state": "cleared"}, 1),
        ({"state": "updated"}, 0), ({"ackState": "unacknowledged"}, 5), ({"ackState": "acknowledged"}, 0),
    ],
)  # fmt: skip
def test_attributes_filter(with_key, alarms, query, count):
    clear_alarms([("BS-000", "Silent")], timezone.now())
    assert len(with_key("read").get(URL, query).json()) == count


def test_a_filter_that_is_not_understood_is_refused_and_not_ignored(with_key, alarms):
    answer = with_key("read").get(URL, {"alarmedObject.id": "bs-001"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "alarmedObject.id")


def test_clearing_needs_the_right_that_it_needs_elsewhere(person, client, alarms):
    seer = person("viewer")
    seer.user_permissions.set(Permission.objects.filter(codename="acknowledge_alarm"))
    client.force_login(seer)
    for body, status in (({"ackState": "acknowledged"}, 200), ({"perceivedSeverity": "cleared"}, 403)):
        assert client.patch(f"{URL}/{alarms[0].pk}", body, content_type="application/json").status_code == status
    assert Alarm.objects.get(pk=alarms[0].pk).ended_at is None


def test_a_planned_outage_is_one_that_was_announced_or_taken_out_of_service(with_key, alarms):
    now = timezone.now()
    alarm_hold.hold_alarms(SYSTEM, [alarms[0].pk], Wish(HoldKind.OUT_OF_SERVICE, "r"), now)
    alarm_hold.hold_alarms(SYSTEM, [alarms[1].pk], Wish(HoldKind.SUPPRESSED, "at night"), now)
    made = Maintenance.objects.create(
        kind="region", key="", starts_at=now, ends_at=now + timedelta(hours=1), reason="r", actor="a", made_at=now
    )
    Alarm.objects.filter(pk=alarms[2].pk).update(hold=alarm_cover.hold_of(made, now), held="suppressed")
    told = {row["id"]: row["plannedOutageIndicator"] for row in with_key("read").get(URL).json()}
    words = [told[str(alarm.pk)] for alarm in alarms[:4]]
    assert words == ["outOfService", "inService", "outOfService", "inService"]


def test_an_alarm_is_acknowledged_and_that_is_taken_back(with_key, alarms):
    caller, url = with_key("alarms:write", "read"), f"{URL}/{alarms[0].pk}"
    body = {"ackState": "acknowledged", "ackUserId": "noc-7", "ackSystemId": "umbrella"}
    seen = caller.patch(url, body, format="json").json()
    assert (seen["ackState"], seen["state"]) == ("acknowledged", "updated")
    assert seen["ackUserId"].startswith("noc-7 via ")
    assert caller.patch(url, body, format="json").status_code == 200  # repeated: nothing changes
    back = caller.patch(url, {"ackState": "unacknowledged"}, format="json").json()
    assert (back["ackState"], back["ackUserId"]) == ("unacknowledged", None)


def test_every_comment_has_its_own_time_and_author(with_key, alarms):
    told = [timezone.now() + timedelta(seconds=second) for second in (1, 2)]
    alarm_deeds.comment(SYSTEM, [alarms[0].pk], "on my way", told[0])
    alarm_deeds.acknowledge(Actor("ann"), [alarms[0].pk], "seen", told[1])
    clear_alarms([(alarms[0].subject, alarms[0].specific_problem)], told[1] + timedelta(hours=1))
    caller = with_key("read")
    one = caller.get(f"{URL}/{alarms[0].pk}").json()
    assert [(row["comment"], row["userId"]) for row in one["comment"]] == [("on my way", "system"), ("seen", "ann")]
    assert [datetime.fromisoformat(row["time"]) for row in one["comment"]] == told
    listed = {row["id"]: row["comment"] for row in caller.get(URL).json()}
    assert (listed[one["id"]], listed[str(alarms[1].pk)]) == (one["comment"], [])


def test_a_merge_patch_clears_an_alarm(with_key, alarms):
    caller, url = with_key("alarms:write", "read"), f"{URL}/{alarms[0].pk}"
    answer = caller.patch(url, b'{"perceivedSeverity": "cleared"}', content_type="application/merge-patch+json")
    assert (answer.json()["perceivedSeverity"], answer.json()["state"]) == ("cleared", "cleared")
    assert answer.json()["alarmClearedTime"]


@pytest.mark.parametrize("body", [{}, {"perceivedSeverity": "minor"}, {"probableCause": "x"}, {"ackState": "maybe"}])
def test_what_cannot_be_changed_is_refused(with_key, alarms, body):
    assert with_key("alarms:write").patch(f"{URL}/{alarms[0].pk}", body, format="json").status_code == 400


def test_a_root_cause_and_its_consequence_name_each_other(with_key, alarms):
    Alarm.objects.filter(pk=alarms[1].pk).update(root=alarms[0])
    Alarm.objects.filter(pk=alarms[0].pk).update(child_count=1)
    caller = with_key("read")
    assert caller.get(f"{URL}/{alarms[0].pk}").json()["isRootCause"] is True
    child = caller.get(f"{URL}/{alarms[1].pk}").json()
    assert (child["isRootCause"], child["parentAlarm"][0]["id"]) == (False, str(alarms[0].pk))


def test_strangers_and_readers_change_nothing(client, with_key, alarms):
    reader = with_key("read")
    assert client.get(URL).status_code == 401
    assert reader.patch(f"{URL}/{alarms[0].pk}", {"ackState": "acknowledged"}, format="json").status_code == 403
    assert reader.get(f"{URL}/999999").status_code == 404
