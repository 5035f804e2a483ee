"""Whose job an edge node takes next, and how many jobs and rows an organisation may have."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.models import Quota
from console.quota.limits import book
from industry.actions.jobs import job as jobs
from industry.actions.jobs.rotation import Rotation
from industry.models import Job, JobState, Model, ModelVersion, Reading
from tests.conftest import NOON
from tests.industry.conftest import reading


def test_organisations_take_turns():
    rotation = Rotation()
    assert [rotation.next_of("n", [1, 2, 3]) for _ in range(6)] == [1, 2, 3, 1, 2, 3]


def test_one_that_comes_later_is_next_and_each_node_has_its_own_turns():
    rotation = Rotation()
    for _ in range(5):
        rotation.next_of("n", [1])
    assert rotation.next_of("n", [1, 2]) == 2
    assert rotation.next_of("n", [1, 2]) == 1
    assert rotation.next_of("m", [1, 2]) == 1
    assert rotation.next_of("m", []) is None


@pytest.fixture
def courier(db):
    return add_organisation(SYSTEM, "other", "Other", "其他", ["manufacturer"], NOON)


@pytest.fixture
def queued(job):
    """A job of the factory's organisation that waits at an edge node."""
    return Job.objects.get(pk=job.pk)


def copy_of(job, organisation=None, seconds_later=0):
    made = Job.objects.get(pk=job.pk)
    made.pk, made.created_at = uuid4(), job.created_at + timedelta(seconds=seconds_later)
    made.organisation_id = organisation or job.organisation_id
    made.save(force_insert=True)
    return made


def test_one_job_does_not_wait_behind_anothers_crowd(queued, courier, monkeypatch):
    crowd = [copy_of(queued, seconds_later=number) for number in range(1, 20)]
    single = copy_of(queued, courier.pk, 60)
    ran = []
    monkeypatch.setattr(jobs, "rotation", Rotation())
    monkeypatch.setattr(jobs, "_run", lambda job, _: ran.append(job.pk) or done(job.pk))
    for row in [queued, *crowd, single]:
        jobs.run_next(row.pk, timezone.now)
    assert ran.index(single.pk) <= 1
    assert len(ran) == len(set(ran)) == 21  # as many messages as jobs: each ran


def test_a_message_runs_its_own_job_when_others_took_those_whose_turn_it_is(queued, courier, monkeypatch):
    single, ran = copy_of(queued, courier.pk), []
    monkeypatch.setattr(jobs, "rotation", Rotation())
    monkeypatch.setattr(jobs.rotation, "next_of", lambda *_: owner_who_is_served(single))
    monkeypatch.setattr(jobs, "_run", lambda job, _: ran.append(job.pk))
    jobs.run_next(queued.pk, timezone.now)
    assert ran == [queued.pk]


def owner_who_is_served(single):
    """Another worker takes the only job of an organisation once it is seen whose turn it is."""
    assert Job.objects.take(single.pk, timezone.now())
    return single.organisation_id


def done(pk):
    Job.objects.filter(pk=pk).update(state=JobState.DONE, ended_at=timezone.now())


def test_a_message_that_comes_again_with_nothing_waiting_runs_nothing(queued, monkeypatch):
    done(queued.pk)
    jobs.run_next(queued.pk, timezone.now)
    queued.refresh_from_db()
    assert queued.attempts == 0


@pytest.fixture
def limited(factory, empty_redis):
    def limit(**limits):
        Quota.objects.update_or_create(
            organisation_id=factory.organisation_id, defaults={"limits": limits, "changed_at": NOON}
        )
        book.forget()

    yield limit
    book.forget()


def test_readings_past_the_rows_of_the_day_are_429_and_nothing_is_stored(factory, with_key, limited):
    limited(rows_per_day=3)
    caller = with_key("telemetry:write", organisation=factory.organisation_id)
    url = f"/api/v1/factories/{factory.slug}/readings"
    first = [reading(seconds_ago=number) for number in range(2)]
    assert caller.post(url, first, format="json").status_code == 202
    assert caller.post(url, first, format="json").status_code == 429
    before = Reading.objects.count()
    answer = caller.post(url, [reading(seconds_ago=9), reading(seconds_ago=10)], format="json")
    assert (answer.status_code, answer.json()["quota"], answer.json()["used"]) == (429, "rows_per_day", 2)
    assert Reading.objects.count() == before
    assert caller.post(url, [reading(seconds_ago=9)], format="json").status_code == 202


def test_rows_known_already_are_given_back(factory, with_key, limited):
    limited(rows_per_day=4)
    caller = with_key("telemetry:write", organisation=factory.organisation_id)
    url = f"/api/v1/factories/{factory.slug}/readings"
    same = [reading(seconds_ago=number) for number in range(2)]
    for _ in range(5):
        assert caller.post(url, same, format="json").status_code == 202


@pytest.mark.parametrize("name", ["jobs_open", "jobs_per_day"])
def test_jobs_past_the_quota_are_429_with_the_time_to_come_again(name, factory, with_key, limited):
    limited(**{name: 1})
    caller = with_key("telemetry:write", organisation=factory.organisation_id)
    url = f"/api/v1/factories/{factory.slug}/readings"
    assert caller.post(url, [reading(seconds_ago=1)], format="json").status_code == 202
    answer = caller.post(url, [reading(seconds_ago=2)], format="json")
    assert (answer.status_code, answer.json()["quota"]) == (429, name)
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["RateLimit"].startswith(f'"{name}";r=0')


def test_what_is_refused_for_open_jobs_costs_none_of_the_day(factory, with_key, limited):
    other = Model.objects.create(name="second", title_en="Second", title_zh="二")
    ModelVersion.objects.create(
        model=other, number=1, sha256="0" * 64, card={"threshold": 0.5}, registered_at=timezone.now()
    )
    factory.workloads.create(model=other)
    limited(jobs_open=1, jobs_per_day=4)
    caller = with_key("telemetry:write", organisation=factory.organisation_id)
    url = f"/api/v1/factories/{factory.slug}/readings"
    for number in range(5):  # two jobs for each: more than may be open
        answer = caller.post(url, [reading(seconds_ago=number)], format="json")
        assert (answer.status_code, answer.json().get("quota")) == (429, "jobs_open"), answer.content
    assert not Job.objects.exists()
    limited(jobs_open=10, jobs_per_day=4)
    assert caller.post(url, [reading(seconds_ago=9)], format="json").status_code == 202
    assert Job.objects.count() == 2
