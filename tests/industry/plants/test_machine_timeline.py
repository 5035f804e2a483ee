"""What happened at a machine: alarms of it and its factory, and maintenance of what is run on its readings."""

from datetime import timedelta

import pytest

from console.actions.audit.audit import SYSTEM
from industry.actions.plants.machine_timeline import machine_timeline
from industry.models import Machine
from network.models import Alarm, Maintenance
from tests.conftest import NOON

HOUR = (NOON - timedelta(minutes=30), NOON + timedelta(minutes=30))


def raised(kind: str, key: object, minutes: float, ended: float | None = None, **fields) -> Alarm:
    given = {
        "object_kind": kind, "object_key": str(key), "subject": "Works: mill-01", "subject_zh": "工厂：mill-01",
        "problem": "machine_at_risk", "specific_problem": "The machine is likely to fail", "severity": "major",
        "alarm_type": "equipmentAlarm", "probable_cause": "equipmentMalfunction",
        "started_at": NOON + timedelta(minutes=minutes), "changed_at": NOON + timedelta(minutes=minutes),
        "ended_at": None if ended is None else NOON + timedelta(minutes=ended),
    }  # fmt: skip
    return Alarm.objects.create(**given | fields)


@pytest.fixture
def machine(factory) -> Machine:
    return factory.machines.get()


@pytest.fixture
def maintained(factory) -> Maintenance:
    return Maintenance.objects.create(
        kind="workload", key="works~machine-failure", starts_at=NOON, ends_at=NOON + timedelta(minutes=10),
        made_at=NOON - timedelta(days=1), reason="new spindle",
    )  # fmt: skip


def kinds(machine: Machine, times=HOUR, *asked: str) -> list[str]:
    rows = machine_timeline(machine, times, SYSTEM, *([asked] if asked else []))
    return [row.kind for row in rows]


def test_what_happened_is_told_in_order_and_in_both_languages(machine, maintained):
    raised("machine", machine.pk, 5)
    window, alarm = machine_timeline(machine, HOUR, SYSTEM)
    assert (window.kind, window.at) == ("maintenance", NOON)
    assert "new spindle" in window.text_en
    assert alarm.text_en == "Works: mill-01: The machine is likely to fail"
    assert alarm.text_zh.startswith("工厂：mill-01：")
    assert (alarm.severity, alarm.until) == ("major", None)


def test_an_alarm_of_the_factory_counts_and_one_of_another_machine_does_not(machine):
    raised("factory", "works", 1)
    raised("machine", machine.pk + 1, 2)
    raised("factory", "elsewhere", 3)
    (row,) = machine_timeline(machine, HOUR, SYSTEM)
    assert row.at == NOON + timedelta(minutes=1)


def test_what_began_before_and_lasts_is_told_and_what_was_over_is_not(machine):
    raised("machine", machine.pk, -60, ended=-45)
    raised("machine", machine.pk, -50, ended=-10, problem="other")
    assert [row.at for row in machine_timeline(machine, HOUR, SYSTEM)] == [NOON - timedelta(minutes=50)]


def test_only_those_kinds_are_told_that_somebody_may_see(machine, maintained):
    raised("machine", machine.pk, 5)
    assert kinds(machine, HOUR, "alarm") == ["alarm"]
    assert kinds(machine, HOUR, "maintenance") == ["maintenance"]


def test_the_api_tells_it_and_refuses_a_time_that_ends_before_it_begins(machine, maintained, signed_in):
    caller, url = signed_in("operator"), f"/api/v1/factories/works/machines/{machine.pk}/timeline"
    times = {"since": HOUR[0].isoformat(), "until": HOUR[1].isoformat()}
    assert [row["kind"] for row in caller.get(url, times).data] == ["maintenance"]
    assert caller.get(url, {"since": times["until"], "until": times["since"]}).status_code == 400
