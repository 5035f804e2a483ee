"""What failed for good is an alarm, until it is done after all, a day has passed or a person clears it."""

from datetime import timedelta

import pytest

from console.actions.audit.audit import SYSTEM, Actor
from network.actions.alarms.operator_actions import clear_by_hand
from network.actions.selfwatch import unfinished
from network.actions.selfwatch.unfinished import EVIDENCE, LOST, PLAN, REFUSED, REPORT
from network.models import Alarm, ConfigurationJob, Evidence, PlacementPlan, SlaReport
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
ORDER = {"asked_by": "planner", "expires_at": NOON + timedelta(days=90)}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def report(region, minutes=0, **fields):
    given = {"month": "2026-05", "language": "en", "since_at": NOON, "until_at": NOON, "state": "failed"}
    return SlaReport.objects.create(
        region=region, asked_at=NOON + timedelta(minutes=minutes), **ORDER, **given | fields
    )


def look(minutes=1):
    unfinished.look(NOON + timedelta(minutes=minutes))
    return {(alarm.subject, alarm.specific_problem) for alarm in Alarm.objects.active()}


def test_a_report_that_failed_is_an_alarm_until_it_is_made_after_all(region):
    report(region, problem="too many")
    report(region, month="2026-04", state="ready")
    assert look() == {("2026-05 here en", REPORT.text)}
    assert Alarm.objects.get().detail["problem"] == "too many"
    report(region, minutes=2, state="ready")
    assert look(3) == set()


def test_it_stands_for_a_day(region):
    report(region)
    assert look(24 * 60 - 1)
    assert look(24 * 60 + 1) == set()


def test_what_a_person_has_cleared_is_not_raised_again_but_the_next_failure_is(region):
    report(region)
    look()
    clear_by_hand(Actor("anna"), [Alarm.objects.get().pk], NOON + timedelta(minutes=2))
    assert look(3) == set()
    report(region, minutes=4)
    assert look(5) == {("2026-05 here en", REPORT.text)}


def test_a_map_and_a_plan_that_came_to_nothing_are_warnings_and_an_open_gap_is_none(region):
    Evidence.objects.create(kind="circle", region=region, digest="abcdefghij", state="failed", asked_at=NOON, **ORDER)
    plan = {
        "region": region,
        "request": {},
        "state": "failed",
        "asked_by": "planner",
        "asked_at": NOON,
        "ended_at": NOON,
    }
    PlacementPlan.objects.create(name="gap", proposal={"sites": []}, problem="not proven within 540 s", **plan)
    lost = PlacementPlan.objects.create(name="gone", problem="its worker was lost 2 times", **plan)
    assert look() == {("circle here abcdefgh", EVIDENCE.text), (f"plan gone {str(lost.uuid)[:8]}", PLAN.text)}
    assert set(Alarm.objects.values_list("severity", flat=True)) == {"warning"}


def test_settings_that_were_refused_or_lost_are_alarms_of_their_site_until_some_get_through(make_site):
    asked_site, other = make_site("bs-000"), make_site("bs-001")

    def push(site, state, minutes):
        at = NOON + timedelta(minutes=minutes)
        ConfigurationJob.objects.create(site=site, request={}, state=state, actor=SYSTEM.name, asked_at=at, ended_at=at)

    push(asked_site, "refused", 0)
    push(other, "lost", 0)
    assert look() == {("BS-000", REFUSED.text), ("BS-001", LOST.text)}
    push(asked_site, "acknowledged", 2)
    push(other, "refused", 2)
    assert look(3) == {("BS-001", REFUSED.text)}
