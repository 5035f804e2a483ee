"""Alarms of machines that are likely to fail, and of workloads whose answers come too late."""

from datetime import timedelta
from uuid import uuid4

import pytest

from industry.actions.plants import machine_alarms
from industry.actions.plants.machine_alarms import AT_RISK, TOO_LATE
from industry.models import Job, Machine, Reading, Score, Workload
from network.models import Alarm
from tests.conftest import NOON
from tests.industry.conftest import GOOD

pytestmark = pytest.mark.django_db
THRESHOLD = 0.5


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def at(seconds: float):
    return NOON + timedelta(seconds=seconds)


def seen(seconds: float) -> set[tuple[str, str, str]]:
    machine_alarms.look(at(seconds))
    return set(Alarm.objects.active().values_list("subject", "specific_problem", "severity"))


@pytest.fixture
def job_of(factory, catalogue):
    def make(seconds: float, took_s: float = 0.1, **fields) -> Job:
        given = {
            "kind": "readings", "caller": "x", "version": catalogue.newest(), "rows": 1, "state": "done",
            "created_at": at(seconds - took_s), "started_at": at(seconds - took_s), "ended_at": at(seconds),
            "network_ms": 1.0, "inference_ms": 1.0, "latency_budget_ms": 500.0, "workload": Workload.objects.get(),
            "factory": factory,
        }  # fmt: skip
        return Job.objects.create(**given | fields)

    return make


@pytest.fixture
def risk(job_of, catalogue):
    version = catalogue.newest()
    version.card = version.card | {"threshold": THRESHOLD}
    version.save()

    def infer(seconds: float, value: float, machine=None) -> Score:
        read = {
            "machine": machine or Machine.objects.get(),
            "at": at(seconds),
            "received_at": at(seconds),
            "batch": uuid4(),
        }
        reading = Reading.objects.create(values=GOOD, **read)
        job = job_of(seconds)
        return Score.objects.create(reading=reading, version=version, job=job, risk=value, scored_at=at(seconds))

    return infer


def test_a_machine_at_a_high_risk_is_an_alarm_until_its_risk_is_normal_again(risk):
    wrong = {("Works: mill-01", AT_RISK.text, "major")}
    risk(0, 0.94)
    assert seen(1) == wrong
    detail = Alarm.objects.get().detail
    assert (detail["risk"], detail["threshold"], detail["source"]) == (0.94, THRESHOLD, "inferred")
    risk(10, 0.3)  # elevated: below the threshold, and yet not normal
    assert seen(11) == wrong
    risk(20, 0.1)
    assert seen(21) == set()


def test_an_elevated_risk_alone_is_no_alarm(risk):
    risk(0, 0.4)
    assert seen(1) == set()


def test_without_a_fresh_reading_nothing_is_raised_and_nothing_cleared(risk):
    risk(0, 0.94)
    assert seen(301) == set()
    risk(310, 0.94)
    assert len(seen(311)) == 1
    assert len(seen(10_000)) == 1


def test_the_alarm_is_its_owners_and_follows_a_renaming(risk, factory):
    risk(0, 0.94)
    machine_alarms.look(at(1))
    alarm, machine = Alarm.objects.get(), Machine.objects.get()
    assert (alarm.organisation_id, alarm.object_kind, alarm.object_key) == (
        factory.organisation_id, "machine", str(machine.pk),
    )  # fmt: skip
    assert alarm.subject_zh == "工厂：mill-01"
    assert machine_alarms.machine_names([str(machine.pk), "x", "0"]) == {
        str(machine.pk): ("Works: mill-01", "工厂：mill-01")
    }


def test_three_late_answers_and_one_in_ten_within_five_minutes_are_an_alarm(job_of):
    for second in range(20):
        job_of(second)
    for second in (21, 22):
        job_of(second, took_s=0.6)
    assert seen(23) == set()
    job_of(24, took_s=0.6)
    ((subject, problem, severity),) = seen(25)
    assert (subject.startswith("Works: "), problem, severity) == (True, TOO_LATE.text, "major")
    detail = Alarm.objects.get().detail
    assert (detail["late"], detail["jobs"], detail["latency_budget_ms"]) == (3, 23, 500.0)
    job_of(330)
    assert seen(331) == set()


def test_few_late_answers_among_many_are_none(job_of):
    for second in range(40):
        job_of(second)
    for second in (41, 42, 43):
        job_of(second, took_s=0.6)
    assert seen(44) == set()


def test_a_workload_without_jobs_is_unknown_and_its_alarm_stays(job_of):
    for second in (1, 2, 3):
        job_of(second, took_s=0.6)
    assert len(seen(4)) == 1
    assert len(seen(1000)) == 1


def test_jobs_without_a_promise_or_a_whole_latency_are_never_late(job_of):
    for second in (1, 2, 3):
        job_of(second, took_s=60, latency_budget_ms=None)
        job_of(second, took_s=60, network_ms=None)
        job_of(second, took_s=60, state="failed")
    assert seen(4) == set()


def test_nothing_is_said_of_answers_shortly_after_a_start(job_of, monkeypatch):
    for second in (1, 2, 3):
        job_of(second, took_s=60)
    monkeypatch.setattr("console.run.starts.has_listened_for", lambda *_: False)
    assert seen(4) == set()


def test_a_look_costs_the_same_for_many_machines(risk, factory, django_assert_max_num_queries):
    risk(0, 0.1)
    Machine.objects.bulk_create(
        Machine(factory=factory, name=f"m{number}", registered_at=NOON) for number in range(200)
    )
    with django_assert_max_num_queries(8):
        machine_alarms.look(at(1))


def test_one_alarm_for_many_machines_goes_though_others_were_never_scored(risk, factory):
    mills = [Machine.objects.create(factory=factory, name=f"m{number}", registered_at=NOON) for number in range(11)]
    Machine.objects.bulk_create(Machine(factory=factory, name=f"new{n}", registered_at=NOON) for n in range(20))
    for mill in mills:
        risk(0, 0.94, mill)
    assert seen(1) == {("machines", AT_RISK.text, "major")}
    for mill in mills[:9]:
        risk(10, 0.1, mill)
    assert {subject for subject, *_ in seen(11)} == {"Works: m9", "Works: m10"}


def test_one_alarm_for_many_machines_stays_while_they_are_silent(risk, factory):
    mills = [Machine.objects.create(factory=factory, name=f"m{number}", registered_at=NOON) for number in range(11)]
    for mill in mills:
        risk(0, 0.94, mill)
    assert len(seen(1)) == len(seen(1000)) == 1


def test_answers_of_which_nobody_knows_how_long_they_took_neither_clear_nor_dilute(job_of):
    for second in (1, 2, 3):
        job_of(second, took_s=0.6)
    for second in range(40):
        job_of(second, network_ms=None)
    assert len(seen(44)) == 1
    assert Alarm.objects.get().detail["jobs"] == 3
    job_of(900, network_ms=None)
    assert len(seen(901)) == 1


def test_a_workload_that_is_gone_is_late_no_more(job_of):
    for second in (1, 2, 3):
        job_of(second, took_s=0.6)
    assert len(seen(4)) == 1
    Workload.objects.all().delete()
    assert seen(5) == set()


def test_late_answers_of_many_workloads_cost_a_few_queries_and_no_rows_of_readings(
    job_of, django_assert_max_num_queries
):
    for second in range(30):
        job_of(second, took_s=0.6, inputs=[GOOD])
    with django_assert_max_num_queries(4) as asked:
        machine_alarms._workloads(at(31))
    assert not any('"inputs"' in query["sql"] for query in asked.captured_queries)
