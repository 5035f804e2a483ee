"""Alarms that nobody acknowledges are passed on: each step once, in order, whatever was restarted meanwhile."""

from datetime import timedelta

import pytest

from console.actions import clock_step
from console.actions.audit.audit import SYSTEM
from console.run.clock_steps import Step
from network.actions.alarms import alarm_hold, escalation, operator_actions
from network.actions.alarms.alarm import summary
from network.actions.alarms.alarm_hold import HoldRequest
from network.models import Alarm, AlarmEntry, AlarmType, EscalationRule, HoldKind, Notice, NoticeChannel, Severity
from tests.conftest import NOON
from tests.network.alarms.conditions import cleared, condition
from tests.network.alarms.conditions import raised as raise_all

pytestmark = pytest.mark.django_db
API = "/api/v1/alarms/escalations"


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.fixture
def pager():
    return NoticeChannel.objects.create(
        name="pager", kind="webhook", target="https://example.org/", is_for_escalations_only=True, made_at=NOON,
        secret_changed_at=NOON,
    )  # fmt: skip


@pytest.fixture
def rules(pager):
    """After five minutes the strip, after fifteen the pager; major ones after an hour."""
    EscalationRule.objects.create(severity="critical", step=1, after_s=300)
    EscalationRule.objects.create(severity="critical", step=2, after_s=900, channel=pager)
    EscalationRule.objects.create(severity="major", step=1, after_s=3600, channel=pager)


def raised(subject="BS-000", severity=Severity.CRITICAL) -> Alarm:
    return raise_all([condition(subject, "Silent", severity, AlarmType.COMMUNICATIONS, "lossOfSignal")], NOON)[0]


def after(seconds: float):
    return NOON + timedelta(seconds=seconds)


def steps(alarm) -> list[str]:
    return [entry.words for entry in AlarmEntry.objects.filter(alarm=alarm, kind="escalated")]


def test_each_step_is_taken_once_and_is_in_the_history(rules):
    alarm = raised()
    taken = [escalation.escalate(after(seconds)) for seconds in (299, 300, 301, 899, 900, 901, 90_000)]
    assert taken == [0, 1, 0, 0, 1, 0, 0]
    assert steps(alarm) == ["1 · 300 s", "2 · 900 s → pager"]
    alarm.refresh_from_db()
    assert (alarm.escalation, alarm.escalated_at) == (2, after(900))


def test_only_the_channel_of_the_step_is_told_and_then_hears_how_it_goes_on(rules, pager):
    alarm = raised()
    escalation.escalate(after(300))
    assert not Notice.objects.exists()
    escalation.escalate(after(900))
    operator_actions.acknowledge(SYSTEM, [alarm.pk], "", after(1000))
    cleared([("BS-000", "Silent")], after(1100))
    kinds = list(pager.notices.order_by("number").values_list("kind", flat=True))
    assert kinds == ["escalated", "acknowledged", "cleared"]


def test_a_channel_that_is_told_by_its_filter_and_by_the_step_is_told_once(rules, pager):
    NoticeChannel.objects.update(is_for_escalations_only=False)
    raised()
    escalation.escalate(after(900))
    assert list(pager.notices.order_by("number").values_list("kind", flat=True)) == ["raised", "escalated", "escalated"]


def test_after_an_outage_the_steps_missed_are_taken_in_their_order(rules):
    alarm = raised()
    assert escalation.escalate(after(10_000)) == 2
    assert [text[0] for text in steps(alarm)] == ["1", "2"]


def test_an_acknowledged_held_ended_or_lesser_alarm_and_a_consequence_do_not_escalate(rules):
    seen, held, _, child, lesser = (raised(f"BS-00{number}") for number in range(5))
    operator_actions.acknowledge(SYSTEM, [seen.pk], "", after(1))
    alarm_hold.hold_alarms(SYSTEM, [held.pk], HoldRequest(HoldKind.OUT_OF_SERVICE, "works"), after(1))
    cleared([("BS-002", "Silent")], after(1))
    root = raised("OA-001", Severity.WARNING)
    Alarm.objects.filter(pk=child.pk).update(root=root)
    Alarm.objects.filter(pk=lesser.pk).update(severity="major")
    assert escalation.escalate(after(3599)) == 0
    assert escalation.escalate(after(3600)) == 1


def test_an_acknowledgement_taken_back_lets_the_time_count_again(rules):
    alarm = raised()
    escalation.escalate(after(300))
    operator_actions.acknowledge(SYSTEM, [alarm.pk], "", after(301))
    assert escalation.escalate(after(1000)) == 0
    operator_actions.unacknowledge(SYSTEM, [alarm.pk], after(1001))
    assert [escalation.escalate(after(seconds)) for seconds in (1002, 1300, 1301, 1900, 1901)] == [0, 0, 1, 0, 1]
    assert [text[0] for text in steps(alarm)] == ["1", "1", "2"]


def test_the_consequences_acknowledged_with_a_root_cause_wait_again_with_it(rules):
    root, child, other = raised(), raised("BS-001"), raised("BS-002")
    Alarm.objects.filter(pk__in=[child.pk, other.pk]).update(root=root)
    operator_actions.acknowledge(SYSTEM, [other.pk], "by itself", after(1))
    operator_actions.acknowledge(SYSTEM, [root.pk], "", after(2))
    operator_actions.unacknowledge(SYSTEM, [root.pk], after(3))
    waiting = Alarm.objects.filter(acknowledged_at=None)
    assert set(waiting.values_list("subject", flat=True)) == {root.subject, child.subject}


def test_what_comes_back_from_a_hold_has_its_whole_time(rules):
    alarm = raised()
    alarm_hold.hold_alarms(SYSTEM, [alarm.pk], HoldRequest(HoldKind.SHELVED, "works", after(5000)), after(1))
    alarm_hold.end_due_holds(after(5000))
    assert [escalation.escalate(after(seconds)) for seconds in (5001, 5299, 5300)] == [0, 0, 1]


def test_the_strip_shows_what_escalated_furthest_until_somebody_acknowledges(rules):
    first = raised()
    assert (summary(NOON)["escalated"], summary(NOON)["foremost"]) == (0, None)
    escalation.escalate(after(300))
    raise_all([condition("BS-009", "Silent", Severity.CRITICAL, AlarmType.COMMUNICATIONS, "x")], after(400))
    strip = summary(after(401))
    assert (strip["escalated"], strip["foremost"]["id"], strip["newest"]["subject"]) == (1, first.pk, "BS-009")
    operator_actions.acknowledge(SYSTEM, [first.pk], "", after(402))
    assert summary(after(403))["foremost"] is None


def test_a_rule_switched_off_and_a_channel_switched_off_do_nothing(rules, pager):
    NoticeChannel.objects.update(is_active=False)
    EscalationRule.objects.filter(step=1).update(is_active=False)
    alarm = raised()
    assert escalation.escalate(after(900)) == 1
    assert (steps(alarm), Notice.objects.count()) == (["2 · 900 s"], 0)


def test_rules_are_written_by_planners_and_come_one_after_the_other(signed_in, pager):
    planner = signed_in("planner")
    body = {"severity": "critical", "step": 1, "after_s": 300}
    made = planner.post(API, body, format="json")
    assert (made.status_code, made.json()["channel"], made.json()["is_active"]) == (201, None, True)
    assert planner.post(API, body, format="json").status_code == 409
    early = planner.post(API, {**body, "step": 2, "after_s": 300}, format="json")
    assert (early.status_code, "step 1 comes after 300 s" in early.json()["detail"]) == (409, True)
    second = planner.post(API, {**body, "step": 2, "after_s": 900, "channel": pager.pk}, format="json")
    assert (second.status_code, second.json()["channel"]) == (201, pager.pk)
    url = f"{API}/{second.json()['id']}"
    assert planner.patch(url, {"after_s": 200}, format="json").status_code == 409
    assert planner.patch(url, {"is_active": False}, format="json").json()["is_active"] is False
    assert signed_in("operator").get(API).json()["count"] == 2
    assert signed_in("operator").delete(url).status_code == 403
    assert planner.delete(url).status_code == 204


@pytest.mark.parametrize(
    "values",
    [
        {"step": 0},
        {"step": 6},
        {"after_s": 9},
        {"after_s": 10**9},
        {"severity": "x"},
        {"channel": 10**30},
        {"channel": 7},
    ],
)
def test_a_wrong_rule_is_told_what_was_expected(signed_in, values):
    body = {"severity": "critical", "step": 1, "after_s": 300, **values}
    assert signed_in("planner").post(API, body, format="json").status_code == 400


def test_a_channel_removed_leaves_its_step_to_the_strip(rules, pager):
    pager.delete()
    alarm = raised()
    escalation.escalate(after(900))
    assert steps(alarm) == ["1 · 300 s", "2 · 900 s"]


@pytest.mark.parametrize("step_s", [3_600, -3_600, -20, 5])
def test_an_alarm_waits_as_long_as_it_would_have_however_the_clock_is_set(rules, step_s):
    alarm = raised()
    before = after(120)
    step = Step(before, before + timedelta(seconds=step_s))
    clock_step.follow([step])
    dues_s = [second for second in range(0, 600, 20) if escalation.escalate(step.after + timedelta(seconds=second))]
    assert len(dues_s) == 1
    assert dues_s[0] == 180  # three minutes more
    assert steps(alarm) != []


def test_notices_that_wait_a_moment_do_not_wait_for_a_clock_that_was_ahead(pager):
    alarm = raised()
    made = {"kind": "raised", "body": "{}", "alarm": alarm, "made_at": NOON}
    Notice.objects.create(channel=pager, due_at=after(5), **made)
    Notice.objects.create(channel=pager, due_at=after(-1), **made)  # due, and not sent yet
    clock_step.follow([Step(NOON, after(-3_600))])
    assert sorted(Notice.objects.values_list("due_at", flat=True)) == [after(-3_600), after(-3_595)]
