"""Which changes of which alarms are told to whom."""

import json

import pytest
from django.db import transaction

from console.actions.audit.audit import SYSTEM
from network.actions.alarms import alarm_hold, alarm_root, operator_actions
from network.actions.alarms.alarm_hold import HoldRequest
from network.models import Alarm, AlarmEntry, AlarmType, HoldKind, Notice, Severity
from tests.conftest import NOON
from tests.network.alarms.conditions import cleared, condition, target
from tests.network.alarms.conditions import raised as raise_all
from tests.network.notices.conftest import PROBLEM, add, after, raised, send

pytestmark = pytest.mark.django_db


def kinds(receiver) -> list[str]:
    return [json.loads(call.body)["kind"] for call in receiver.calls]


def test_the_life_of_an_alarm_is_told_in_order_each_step_once(receiver, channel, person):
    alarm = raised()
    raise_all([condition("BS-000", PROBLEM, Severity.CRITICAL, AlarmType.COMMUNICATIONS, "lossOfSignal")], after(1))
    operator_actions.acknowledge(SYSTEM, [alarm.pk], "seen", after(2))
    operator_actions.comment(SYSTEM, [alarm.pk], "not told", after(3))
    cleared([("BS-000", PROBLEM)], after(4))
    assert send(20) == 4
    assert kinds(receiver) == ["raised", "severity", "acknowledged", "cleared"]
    assert len(set(receiver.ids())) == 4
    assert send(3600) == 0
    first, second, third, last = (json.loads(call.body) for call in receiver.calls)
    assert (first["alarm"]["severity"], second["alarm"]["severity"], second["text"]) == (
        "major",
        "critical",
        "major → critical",
    )
    assert (third["text"], last["alarm"]["state"], last["alarm"]["id"]) == ("seen", "normal", alarm.pk)
    assert first["at"] == "2026-06-01T12:00:00Z"


def test_an_acknowledgement_taken_back_is_told_as_acknowledging_is(receiver, channel):
    alarm = raised()
    operator_actions.acknowledge(SYSTEM, [alarm.pk], "seen", after(1))
    operator_actions.unacknowledge(SYSTEM, [alarm.pk], after(2))
    assert send(20) == 3
    data = json.loads(receiver.calls[2].body)
    assert (data["kind"], data["by"], data["alarm"]["state"]) == ("unacknowledged", "system", "unacknowledged")
    assert (data["alarm"]["acknowledged_at"], data["alarm"]["escalation"]) == (None, 0)


def test_nothing_is_told_of_a_change_that_was_taken_back(channel):
    with transaction.atomic():
        raised()
        assert Notice.objects.count() == 1
        transaction.set_rollback(True)
    assert Notice.objects.count() == AlarmEntry.objects.count() == 0


def test_a_notice_waits_a_little_so_that_its_root_cause_can_be_found(receiver, channel):
    root, child = raised("OA-001"), raised("BS-001")
    assert send(4.9) == 0
    Alarm.objects.filter(pk=child.pk).update(root=root)
    assert send(5.0) == 1
    assert json.loads(receiver.calls[0].body)["alarm"]["subject"] == "OA-001"
    assert Notice.objects.get(alarm=child).state == "skipped"
    cleared([("BS-001", PROBLEM), ("OA-001", PROBLEM)], after(20))
    send(30)
    assert [json.loads(call.body)["alarm"]["subject"] for call in receiver.calls] == ["OA-001", "OA-001"]


def test_a_channel_may_hear_of_consequences_too(receiver):
    add(receiver.url, is_with_consequences=True)
    root, child = raised("OA-001"), raised("BS-001")
    Alarm.objects.filter(pk=child.pk).update(root=root)
    assert send() == 2


@pytest.mark.parametrize(
    ("values", "notified"),
    [
        ({}, ["BS-000", "BS-001", "gate"]),
        ({"least_severity": "critical"}, ["BS-001"]),
        ({"alarm_type": "communications"}, ["BS-000", "BS-001"]),
        ({"search": "bs-0"}, ["BS-000", "BS-001"]),
        ({"search": "OPENED"}, ["gate"]),
        ({"search": "可用率低于"}, ["BS-000", "BS-001"]),  # the Chinese text of the problem
        ({"search": "availability_breached"}, []),  # a code is no word of a reader
        ({"is_active": False}, []),
        ({"is_for_escalations_only": True}, []),
    ],
)
def test_a_filter_says_what_is_told(values, notified):
    channel = add("https://example.org/", **values)
    raised("BS-000")
    raised("BS-001", severity=Severity.CRITICAL)
    raise_all([condition("gate", "Opened", Severity.MINOR, AlarmType.ENVIRONMENTAL, "doorOpen")], NOON)
    assert sorted(Notice.objects.filter(channel=channel).values_list("alarm__subject", flat=True)) == notified


def test_a_region_is_that_of_the_alarms_site(region, make_site):
    channel = add("https://example.org/", region=region)
    raised("BS-000", site=make_site())
    raised("prober")
    assert channel.notices.get().alarm.subject == "BS-000"


def test_whoever_heard_of_an_alarm_hears_that_it_fell_below_the_filter_and_that_it_is_over():
    channel = add("https://example.org/", least_severity="critical")
    raised(severity=Severity.CRITICAL)
    raised("BS-001")
    raise_all([condition("BS-000", PROBLEM, Severity.MINOR, AlarmType.COMMUNICATIONS, "lossOfSignal")], after(1))
    cleared([("BS-000", PROBLEM), ("BS-001", PROBLEM)], after(2))
    assert list(channel.notices.order_by("number").values_list("kind", flat=True)) == ["raised", "severity", "cleared"]


def test_what_was_raised_while_held_is_told_when_it_is_in_force_and_once(channel):
    wanted = HoldRequest(HoldKind.SHELVED, "works", after(60))
    alarm_hold.declare_hold(SYSTEM, target("BS-000", ""), wanted, NOON)
    raised()
    assert (Notice.objects.count(), alarm_hold.end_due_holds(after(60))) == (0, 1)
    assert list(channel.notices.values_list("kind", flat=True)) == ["raised"]
    alarm_hold.declare_hold(SYSTEM, target("BS-000", ""), HoldRequest(HoldKind.SHELVED, "works", after(90)), after(61))
    assert (alarm_hold.end_due_holds(after(90)), channel.notices.count()) == (1, 1)


def test_what_is_held_before_its_notice_leaves_is_told_only_when_it_is_let_back(receiver, channel):
    alarm = raised()
    alarm_hold.hold_alarms(SYSTEM, [alarm.pk], HoldRequest(HoldKind.SHELVED, "works", after(60)), after(1))
    assert (send(), Notice.objects.get().state, len(receiver.calls)) == (0, "skipped", 0)
    alarm_hold.end_due_holds(after(60))
    assert (send(70), kinds(receiver)) == (1, ["raised"])


def test_room_is_counted_once_for_all_channels(django_assert_max_num_queries):
    for number in range(8):
        add("https://example.org/", name=f"channel-{number}")
    with django_assert_max_num_queries(18):
        raised()
    assert Notice.objects.count() == 8


def test_a_consequence_that_outlives_its_root_cause_is_told_when_it_stands_alone(receiver, channel):
    root, child = raised("OA-001"), raised("BS-001")
    Alarm.objects.filter(pk=child.pk).update(root=root)
    send()
    cleared([("OA-001", PROBLEM)], after(20))
    alarm_root._detach(after(200))
    send(300)
    assert [(json.loads(call.body)["kind"], json.loads(call.body)["alarm"]["id"]) for call in receiver.calls] == [
        ("raised", root.pk),
        ("cleared", root.pk),
        ("raised", child.pk),
    ]


def test_a_held_alarm_is_nobodys_concern(channel):
    alarm_hold.declare_hold(SYSTEM, target("BS-000", ""), HoldRequest(HoldKind.OUT_OF_SERVICE, "works"), NOON)
    raised()
    cleared([("BS-000", PROBLEM)], after(1))
    assert not Notice.objects.exists()
