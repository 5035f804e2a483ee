"""Counts of workloads from their jobs, against a plain loop over every job."""

import random
from datetime import timedelta

import pytest

from console.run import starts
from industry.actions.service import counts, find
from industry.models import Job, JobState
from network.models import Agreement, subject
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
KEY = "works~machine-failure"


@pytest.fixture
def end(factory, catalogue):
    """Put a job that ended into the table."""
    version, workload = catalogue.newest(), factory.workloads.get()

    def make(ended_at, state=JobState.DONE, took_ms=100.0, budget_ms=500.0, network_ms=2.0):
        return Job.objects.create(
            kind="readings", caller="t", version=version, factory=factory, workload=workload, rows=1, state=state,
            created_at=ended_at - timedelta(milliseconds=took_ms), started_at=ended_at - timedelta(milliseconds=took_ms),
            ended_at=ended_at, network_ms=network_ms, inference_ms=1.0, latency_budget_ms=budget_ms,
        )  # fmt: skip

    return make


def promise(metric):
    return Agreement.objects.create(kind="workload", key=KEY, metric=metric, objective=0.9)


def minutes_of(metric, count=1):
    minutes = list(counts([promise(metric)], NOON, NOON + count * MINUTE))
    return [(minute.good, minute.total, minute.unknown_s) for minute in minutes]


def test_answers_in_time_are_good_late_ones_and_failures_are_not(end):
    at = NOON + timedelta(seconds=5)
    end(at, took_ms=100)
    end(at, took_ms=600)
    end(at, state=JobState.FAILED)
    end(at, state=JobState.DEAD)
    assert minutes_of("deadline") == [(1, 4, 0.0)]
    assert minutes_of("availability") == [(2, 4, 0.0)]


def test_the_way_to_the_edge_node_counts_towards_the_deadline(end):
    end(NOON, took_ms=499, network_ms=2)
    assert minutes_of("deadline") == [(0, 1, 0.0)]


def test_an_answer_whose_latency_nobody_knows_is_neither_good_nor_bad(end):
    end(NOON, network_ms=None)
    end(NOON)
    end(NOON, budget_ms=None)
    end(NOON)
    assert minutes_of("deadline") == [(2, 2, 30.0)]
    assert minutes_of("availability") == [(4, 4, 0.0)]


def test_a_job_counts_in_the_minute_in_which_it_ended_and_an_open_one_not_yet(end):
    end(NOON + timedelta(seconds=59.999))
    end(NOON + MINUTE)
    Job.objects.create(**{**_plain(end(NOON)), "state": JobState.RUNNING, "ended_at": None})
    assert minutes_of("availability", 3) == [(2, 2, 0.0), (1, 1, 0.0), (0, 0, 0.0)]


def _plain(job):
    return {f.attname: getattr(job, f.attname) for f in Job._meta.concrete_fields if f.attname != "id"}


def test_an_hour_of_random_jobs_counts_as_a_loop_over_them_does(end):
    draw = random.Random(7)
    jobs = [
        end(
            NOON + timedelta(seconds=draw.uniform(0, 600)),
            draw.choice([JobState.DONE] * 8 + [JobState.FAILED]),
            draw.uniform(10, 900),
            draw.choice([500.0, 500.0, None]),
            draw.choice([2.0, 2.0, 2.0, None]),
        )
        for _ in range(150)
    ]
    expected = [[0, 0, 0] for _ in range(10)]
    for job in jobs:
        row = expected[int((job.ended_at - NOON).total_seconds() // 60)]
        took_ms = (job.ended_at - job.created_at).total_seconds() * 1e3
        if job.state != JobState.DONE:
            row[1] += 1
        elif job.latency_budget_ms is None or job.network_ms is None:
            row[2] += 1
        else:
            row[1] += 1
            row[0] += took_ms + job.network_ms <= job.latency_budget_ms
    shares = [(good, total, 60 * odd / (total + odd) if total + odd else 0) for good, total, odd in expected]
    assert minutes_of("deadline", 10) == [pytest.approx(row) for row in shares]


def test_a_workload_is_found_by_factory_and_model(factory):
    minutes = find(KEY)
    assert (minutes.key, minutes.name_en.split(":")[0], minutes.region_id is not None) == (KEY, "Works", True)
    assert find("works~nothing") is find("nowhere") is None


def test_of_a_workload_that_was_removed_nothing_is_counted(factory):
    factory.workloads.all().delete()
    assert minutes_of("deadline") == []


def test_industry_counts_for_workloads():
    assert subject.of("workload").is_counted


def test_what_failed_or_was_late_while_loft_was_away_is_unknown(end, empty_redis):
    at = NOON + timedelta(seconds=30)
    starts.note_absence(at - timedelta(seconds=20), at - timedelta(seconds=5))
    end(at, took_ms=25_000)  # late, and waited for Loft
    end(at, took_ms=25_000, state=JobState.DEAD)
    end(at, took_ms=600)  # late after Loft was back
    end(at, took_ms=100)
    assert minutes_of("deadline") == [(1, 2, 30.0)]
    assert minutes_of("availability") == [(3, 3, 15.0)]
