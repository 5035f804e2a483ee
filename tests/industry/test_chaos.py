"""What of the load's readings is in the database, and whether each of their jobs scored once."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from console.chaos.load import Verdict
from industry.chaos import MACHINES, PREFIX, Readings
from industry.models import Job, Machine, Reading, Score
from industry.models.job import JobKind, JobState
from tests.conftest import NOON

AT_MS = int(NOON.timestamp() * 1_000)


@pytest.fixture
def load(factory):
    made = Readings()
    made._factory = factory.slug
    return made


def store(factory, catalogue, *, machines: int = MACHINES, state: str = JobState.DONE, scored: int = MACHINES) -> Job:
    """Store readings of one time with their job, some of them scored."""
    batch, at, version = uuid4(), datetime.fromtimestamp(AT_MS / 1_000, UTC), catalogue.newest()
    readings = [
        Reading.objects.create(
            machine=Machine.objects.get_or_create(
                factory=factory, name=f"{PREFIX}{number}", defaults={"registered_at": NOON}
            )[0],
            at=at, received_at=at, batch=batch, values={},
        )
        for number in range(machines)
    ]  # fmt: skip
    job = Job.objects.create(
        kind=JobKind.READINGS, caller="k", version=version, factory=factory, batch=batch, rows=machines, state=state,
        created_at=at, organisation=factory.organisation,
    )  # fmt: skip
    for reading in readings[:scored]:
        Score.objects.create(reading=reading, version=version, job=job, risk=0.1, scored_at=at)
    return job


def tell(load: Readings, *jobs: Job) -> None:
    answer = {"accepted": MACHINES, "repeated": 0, "jobs": [{"id": str(job.pk)} for job in jobs]}
    assert load.accepted(AT_MS, answer) == MACHINES


def test_a_post_is_of_every_machine_at_one_time(load, factory):
    path, body = load.post(AT_MS)
    assert path == f"/api/v1/factories/{factory.slug}/readings"
    assert len({reading["machine"] for reading in body}) == MACHINES
    assert {datetime.fromisoformat(reading["at"]) for reading in body} == {NOON}


def test_all_readings_are_found_and_scored_once(load, factory, catalogue):
    tell(load, store(factory, catalogue))
    assert load.judge() == Verdict(MACHINES, 0, 0)


def test_a_reading_that_is_missing_is_lost(load, factory, catalogue):
    tell(load, store(factory, catalogue, machines=MACHINES - 2, scored=MACHINES - 2))
    assert load.judge() == Verdict(MACHINES - 2, 2, 0)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_a_job_that_waits_is_neither_done_nor_lost(load, factory, catalogue, state):
    tell(load, store(factory, catalogue, state=state, scored=0))
    assert load.judge() == Verdict(MACHINES, 0, 0, unfinished=1)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.DEAD])
def test_a_job_that_ended_and_is_not_done_is_lost(load, factory, catalogue, state):
    tell(load, store(factory, catalogue, state=state, scored=0))
    assert load.judge() == Verdict(MACHINES, 1, 0)


def test_a_job_that_did_not_score_all_is_lost(load, factory, catalogue):
    tell(load, store(factory, catalogue, scored=MACHINES - 1))
    assert load.judge() == Verdict(MACHINES, 1, 0)


def test_a_job_that_was_promised_and_is_nowhere_is_lost(load, factory, catalogue):
    job = store(factory, catalogue)
    tell(load, job)
    job.delete()
    assert load.judge().lost == 1


def test_a_job_that_scored_more_than_it_was_given_is_doubled(load, factory, catalogue):
    job = store(factory, catalogue)
    tell(load, job)
    Job.objects.filter(pk=job.pk).update(rows=MACHINES - 1)
    assert load.judge() == Verdict(MACHINES, 0, 1)
