"""Alarms of industry: silent factories, workers that are away, jobs that fail."""

from datetime import timedelta
from uuid import uuid4

import pytest

from console.run.process_states import ENDED, UP
from industry.actions.plants.factory_alarms import JOBS_FAIL, JOBS_WAIT, SILENT, WORKER_AWAY, look
from industry.models import Job, Machine, Reading
from network.models import Alarm
from tests.conftest import NOON
from tests.industry.conftest import GOOD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def at(seconds: float):
    return NOON + timedelta(seconds=seconds)


def seen(seconds: float) -> set[tuple[str, str]]:
    look(at(seconds))
    return set(Alarm.objects.active().values_list("subject", "specific_problem"))


@pytest.fixture
def read(factory):
    def make(seconds: float) -> Reading:
        machine = Machine.objects.get()
        return Reading.objects.create(
            machine=machine, at=at(seconds), received_at=at(seconds), batch=uuid4(), values=GOOD
        )

    return make


@pytest.fixture
def job_of(factory, catalogue):
    def make(state: str = "queued", seconds: float = 0, node: str = "dc-near", **fields) -> Job:
        ended = {"ended_at": at(seconds)} if state in ("done", "failed", "dead") else {}
        given = {"kind": "direct", "caller": "x", "version": catalogue.newest(), "rows": 1, "created_at": at(seconds)}
        return Job.objects.create(node_slug=node, state=state, **given | ended | fields)

    return make


def test_a_factory_without_readings_for_five_minutes_is_an_alarm_until_it_sends_again(read):
    read(0)
    assert seen(299) == set()
    assert seen(301) == {("Works", SILENT.text)}
    read(320)
    assert seen(321) == set()


def test_a_factory_that_never_sent_or_for_which_nothing_is_run_is_none(read, factory):
    assert seen(1_000) == set()
    read(0)
    factory.workloads.update(enabled=False)
    assert seen(1_000) == set()


def test_when_its_readings_have_been_deleted_its_silence_is_not_forgotten(read):
    old = read(0)
    seen(301)
    old.delete()
    assert seen(90_000) == {("Works", SILENT.text)}


def test_a_worker_that_takes_no_jobs_is_an_alarm_until_it_takes_one_again(job_of):
    job_of(), job_of(seconds=50)
    assert seen(60) == set()
    assert seen(61) == {("near", WORKER_AWAY.text)}
    alarm = Alarm.objects.get()
    assert (alarm.severity, alarm.detail["jobs"], alarm.site.slug) == ("major", 1, "dc-near")
    Job.objects.all().delete()
    assert seen(90) == {("near", WORKER_AWAY.text)}  # that nothing waits says nothing of the worker
    job_of("done", 100, started_at=at(99))
    assert seen(101) == set()


def test_a_worker_that_is_at_it_while_others_wait_is_overloaded(job_of):
    job_of()
    job_of("running", 58, started_at=at(59), look_again_at=at(70))
    assert seen(61) == {("near", JOBS_WAIT.text)}
    assert Alarm.objects.get().severity == "major"


def test_three_jobs_that_fail_or_one_that_is_given_up_are_an_alarm_for_ten_minutes(job_of):
    job_of("failed"), job_of("failed", reason="KeyError: torque")
    assert seen(1) == set()
    job_of("failed", 2)
    job_of("dead", 2, node="dc-far")
    job_of("failed", 2, node=""), job_of("failed", 2, node=""), job_of("failed", 2, node="")
    assert seen(3) == {("near", JOBS_FAIL.text), ("far", JOBS_FAIL.text), ("jobs without an edge node", JOBS_FAIL.text)}
    assert Alarm.objects.get(subject="near").detail == {"jobs": 3, "given_up": 0, "reason": "KeyError: torque"}
    assert seen(603) == set()


def test_while_the_worker_does_not_run_that_is_the_alarm(job_of, runs):
    job_of()
    runs("worker-edge-dc-near", ENDED)
    assert seen(61) == set()
    runs("worker-edge-dc-near", UP)
    assert seen(62) == {("near", WORKER_AWAY.text)}
