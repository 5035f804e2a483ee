"""Alarms as other systems read them: TM Forum TMF642."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from console.actions.audit.audit import SYSTEM, Actor
from network.actions.alarms import alarm_cover, alarm_hold, operator_actions
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta
from network.actions.alarms.alarm_hold import HoldRequest
from network.actions.alarms.alarm_root import CUT, of_link
from network.actions.alarms.managed_object import every
from network.models import Alarm, AlarmType, HoldKind, Maintenance, Severity
from tests.network.alarms.conditions import cleared, condition
from tests.network.alarms.conditions import raised as raise_all

pytestmark = pytest.mark.django_db
QUERIES = 6
"""Of a list, beside the key where it is not remembered: the number of alarms, the page, comments, consequences, who acknowledged, cleared."""
URL = "/tmf-api/alarmManagement/v4/alarm"


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.fixture
def alarms() -> list[Alarm]:
    """Five alarms, the last one the newest."""
    start = timezone.now() - timedelta(minutes=5)
    made = []
    for number in range(5):
        kind = AlarmType.COMMUNICATIONS if number % 2 else AlarmType.PROCESSING
        fault = condition(f"BS-00{number}", "Silent", Severity.MAJOR, kind, "lossOfSignal")
        made += raise_all([fault], start + timedelta(seconds=number))
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
        ({"alarmedObject.id": "BS-003"}, 1), ({"alarmedObject.id": "BS-9"}, 0), ({"probableCause": "lossOfSignal"}, 5),
        ({"probableCause": "fire"}, 0), ({"alarmRaisedTime.lt": "2020-01-01T00:00:00Z"}, 0),
        ({"alarmRaisedTime.gte": "2020-01-01T00:00:00Z", "alarmRaisedTime.lte": "2090-01-01T00:00:00Z"}, 5),
    ],
)  # fmt: skip
def test_attributes_filter(with_key, alarms, query, count):
    cleared([("BS-000", "Silent")], timezone.now())
    assert len(with_key("read").get(URL, query).json()) == count


def test_a_filter_that_is_not_understood_is_refused_and_not_ignored(with_key, alarms):
    caller = with_key("read")
    for name, value in (("alarmedObject.name", "bs-001"), ("alarmRaisedTime.gt", "soon"), ("sort", "id")):
        answer = caller.get(URL, {name: value})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)


def test_a_site_is_found_by_its_slug_and_times_bound_the_list(with_key, alarms, make_site):
    Alarm.objects.filter(pk=alarms[4].pk).update(site=make_site("bs-004"))
    caller, third = with_key("read"), alarms[2].started_at.isoformat()

    def keys_of(**query) -> list[str]:
        return [row["alarmedObject"]["id"] for row in caller.get(URL, query).json()]

    assert (keys_of(**{"alarmedObject.id": "bs-004"}), keys_of(**{"alarmedObject.id": "BS-004"})) == (["bs-004"], [])
    assert keys_of(**{"alarmRaisedTime.gt": third}) == ["bs-004", "BS-003"]
    assert keys_of(**{"alarmRaisedTime.lte": third}) == ["BS-002", "BS-001", "BS-000"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_is_no_site_is_told_by_its_key_whatever_the_language_and_found_by_its_names(with_key, make_site, language):
    link = of_link([make_site("a"), make_site("b")])
    apply(Delta([AlarmCondition(link, CUT), AlarmCondition(every("edge_node"), CUT)]), timezone.now())
    caller = with_key("read")
    for name in ("a~b", *link.name):
        (row,) = caller.get(URL, {"alarmedObject.id": name}, headers={"Accept-Language": language}).json()
        assert row["alarmedObject"] == {"id": "a~b"}
    (row,) = caller.get(URL, {"alarmedObject.id": "边缘节点"}, headers={"Accept-Language": language}).json()
    assert row["alarmedObject"] == {"id": "edge nodes"}  # all of a kind have no key that tells them apart


def test_the_list_is_sorted_as_asked_and_the_newest_first_of_equals(with_key, alarms):
    Alarm.objects.filter(pk=alarms[1].pk).update(severity=Severity.CRITICAL)
    cleared([("BS-003", "Silent")], timezone.now())
    caller = with_key("read")

    def order(sort: str) -> str:
        return "".join(row["alarmedObject"]["id"][-1] for row in caller.get(URL, {"sort": sort}).json())

    assert (order("alarmRaisedTime"), order("-alarmRaisedTime")) == ("01234", "43210")
    assert (order("-perceivedSeverity"), order("perceivedSeverity,alarmRaisedTime")) == ("14203", "30241")


def test_clearing_needs_the_right_that_it_needs_elsewhere(person, client, alarms):
    seer = person("viewer")
    seer.user_permissions.set(Permission.objects.filter(codename="acknowledge_alarm"))
    client.force_login(seer)
    for body, status in (({"ackState": "acknowledged"}, 200), ({"perceivedSeverity": "cleared"}, 403)):
        assert client.patch(f"{URL}/{alarms[0].pk}", body, content_type="application/json").status_code == status
    assert Alarm.objects.get(pk=alarms[0].pk).ended_at is None


def test_a_planned_outage_is_one_that_was_announced_or_taken_out_of_service(with_key, alarms):
    now = timezone.now()
    alarm_hold.hold_alarms(SYSTEM, [alarms[0].pk], HoldRequest(HoldKind.OUT_OF_SERVICE, "r"), now)
    alarm_hold.hold_alarms(SYSTEM, [alarms[1].pk], HoldRequest(HoldKind.SUPPRESSED, "at night"), now)
    made = Maintenance.objects.create(
        kind="region", key="", starts_at=now, ends_at=now + timedelta(hours=1), reason="r", actor="a", made_at=now
    )
    Alarm.objects.filter(pk=alarms[2].pk).update(hold=alarm_cover.hold_of(made, now), held="suppressed")
    shown = {row["id"]: row["plannedOutageIndicator"] for row in with_key("read").get(URL).json()}
    words = [shown[str(alarm.pk)] for alarm in alarms[:4]]
    assert words == ["outOfService", "inService", "outOfService", "inService"]


def test_an_alarm_is_acknowledged_and_that_is_taken_back(with_key, alarms):
    caller, url = with_key("alarms:write", "read"), f"{URL}/{alarms[0].pk}"
    body = {"ackState": "acknowledged", "ackUserId": "noc-7", "ackSystemId": "umbrella"}
    seen = caller.patch(url, body, format="json").json()
    assert (seen["ackState"], seen["state"]) == ("acknowledged", "updated")
    assert (seen["ackUserId"].startswith("noc-7 via "), seen["ackSystemId"]) == (True, "umbrella")
    assert Alarm.objects.get(pk=alarms[0].pk).entries.get(kind="acknowledged").system == "umbrella"
    assert caller.patch(url, body, format="json").status_code == 200  # repeated: nothing changes
    back = caller.patch(url, {"ackState": "unacknowledged"}, format="json").json()
    assert (back["ackState"], back["ackUserId"]) == ("unacknowledged", None)


def test_every_comment_has_its_own_time_and_author(with_key, alarms):
    shown = [timezone.now() + timedelta(seconds=second) for second in (1, 2)]
    operator_actions.comment(SYSTEM, [alarms[0].pk], "on my way", shown[0])
    operator_actions.acknowledge(Actor("ann"), [alarms[0].pk], "seen", shown[1])
    cleared([(alarms[0].subject, alarms[0].specific_problem)], shown[1] + timedelta(hours=1))
    caller = with_key("read")
    body = caller.get(f"{URL}/{alarms[0].pk}").json()
    assert [(row["comment"], row["userId"]) for row in body["comment"]] == [("on my way", "system"), ("seen", "ann")]
    assert [datetime.fromisoformat(row["time"]) for row in body["comment"]] == shown
    listed = {row["id"]: row["comment"] for row in caller.get(URL).json()}
    assert (listed[body["id"]], listed[str(alarms[1].pk)]) == (body["comment"], [])


def test_a_merge_patch_clears_an_alarm(with_key, alarms):
    caller, url = with_key("alarms:write", "read"), f"{URL}/{alarms[0].pk}"
    answer = caller.patch(url, b'{"perceivedSeverity": "cleared"}', content_type="application/merge-patch+json")
    assert (answer.json()["perceivedSeverity"], answer.json()["state"]) == ("cleared", "cleared")
    assert answer.json()["alarmClearedTime"]
    assert (answer.json()["clearUserId"], answer.json()["clearSystemId"]) == ("key test alarms:write+read", "loft")


def test_nobody_is_named_as_having_cleared_what_ended_by_itself(with_key, alarms):
    caller = with_key("alarms:write", "read")
    cleared([("BS-000", "Silent")], timezone.now())
    fields = {"perceivedSeverity": "cleared", "clearUserId": "noc-7", "clearSystemId": "umbrella"}
    caller.patch(f"{URL}/{alarms[1].pk}", fields, format="json")
    shown = [caller.get(f"{URL}/{alarm.pk}").json() for alarm in alarms[:3]]
    assert [row["clearSystemId"] for row in shown] == ["loft", "umbrella", None]
    assert [row["clearUserId"] for row in shown] == [None, "noc-7 via key test alarms:write+read", None]


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ({"metric": "rtt_p99", "value": 31.5, "objective": 20.0}, ("UP", "31.5", "rtt_p99 31.5, above 20 (ms)", 20.0)),
        (
            {"metric": "availability", "value": None, "objective": 0.9},
            ("DOWN", None, "availability unknown, below 0.9 (1)", 0.9),
        ),
    ],
)
def test_the_threshold_that_was_crossed_is_told(with_key, alarms, detail, shown):
    Alarm.objects.filter(pk=alarms[0].pk).update(detail=detail)
    caller = with_key("read")
    crossed = caller.get(f"{URL}/{alarms[0].pk}").json()["crossedThresholdInformation"]
    names = ("direction", "observedValue", "thresholdCrossingDescription", "x-thresholdValue")
    assert tuple(crossed[name] for name in names) == shown
    assert caller.get(f"{URL}/{alarms[1].pk}").json()["crossedThresholdInformation"] is None


def test_a_long_list_costs_as_many_queries_as_a_short_one(with_key, alarms, django_assert_num_queries):
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in alarms[2:]]).update(root=alarms[0])
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in alarms[:2]]).update(child_count=3)
    operator_actions.acknowledge(SYSTEM, [alarm.pk for alarm in alarms[:2]], "seen", timezone.now())
    caller = with_key("read")
    caller.get(URL)  # the first use of a key is noted
    for limit in (1, 5):
        with django_assert_num_queries(QUERIES):
            caller.get(URL, {"limit": limit, "sort": "alarmRaisedTime"})


@pytest.mark.parametrize("body", [{}, {"perceivedSeverity": "minor"}, {"probableCause": "x"}, {"ackState": "maybe"}])
def test_what_cannot_be_changed_is_refused(with_key, alarms, body):
    assert with_key("alarms:write").patch(f"{URL}/{alarms[0].pk}", body, format="json").status_code == 400


def test_a_root_cause_and_its_consequence_name_each_other(with_key, alarms):
    Alarm.objects.filter(pk=alarms[1].pk).update(root=alarms[0])
    Alarm.objects.filter(pk=alarms[0].pk).update(child_count=1)
    caller = with_key("read")
    root = caller.get(f"{URL}/{alarms[0].pk}").json()
    assert (root["isRootCause"], root["x-consequences"]) == (True, 1)
    assert root["correlatedAlarm"] == [{"id": str(alarms[1].pk), "href": f"{URL}/{alarms[1].pk}"}]
    child = caller.get(f"{URL}/{alarms[1].pk}").json()
    assert (child["isRootCause"], child["parentAlarm"][0]["id"]) == (False, str(alarms[0].pk))


def test_strangers_and_readers_change_nothing(client, with_key, alarms):
    reader = with_key("read")
    assert client.get(URL).status_code == 401
    assert reader.patch(f"{URL}/{alarms[0].pk}", {"ackState": "acknowledged"}, format="json").status_code == 403
    assert reader.get(f"{URL}/999999").status_code == 404
