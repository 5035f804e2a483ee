"""Jobs: claimed once, ended once, looked after when lost."""

import json
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import numpy as np
import pytest
from django.utils import timezone

from console.actions.audit.audit import SYSTEM
from console.models import AuditEntry
from console.run.celery_loops import GRACE_S
from console.run.supervisor import LAST_WORDS_S
from industry import runtimes
from industry.actions.jobs import job as jobs
from industry.kernels.jobs.retry import MAX_SENDS
from industry.models import Job, JobState, ModelVersion, Reading, Score
from industry.models.job import LEASE, MAX_ATTEMPTS
from industry.tasks import run_job
from tests.industry.conftest import BAD, GOOD, reading
from tests.retention import deleted

INFER = "/api/v1/jobs"


@pytest.fixture
def sent(monkeypatch, django_capture_on_commit_callbacks):
    """What was put on queues: (key of the job, edge node)."""
    sent: list = []
    monkeypatch.setattr("industry.runtimes.send_job", lambda pk, node: sent.append((pk, node)) or True)
    return sent


def run(job: Job) -> Job:
    run_job(str(job.pk))
    job.refresh_from_db()
    return job


def test_a_job_scores_its_readings_and_is_done(job):
    done = run(job)
    assert (done.state, done.attempts, done.reason) == (JobState.DONE, 1, "")
    score = Score.objects.get()
    assert score.reading == Reading.objects.get()
    assert score.risk > 0.5
    assert done.result == {"threshold": 0.5, "highest_risk": round(score.risk, 4), "at_risk": 1}


def test_a_done_job_knows_where_its_time_went_and_which_of_it_was_measured(job):
    latency = run(job).as_plain()["latency"]
    assert latency["network"] == {"ms": job.candidates[0]["round_trip_ms"], "source": "modelled"} | {
        "ms": round(job.candidates[0]["round_trip_ms"], 3)
    }
    assert all(latency[part]["source"] == "measured" for part in ("queue", "inference", "storage"))
    assert 0 < latency["inference"]["ms"] < 1000
    parts = sum(latency[part]["ms"] for part in ("network", "queue", "inference", "storage"))
    assert latency["total"]["ms"] == pytest.approx(parts, abs=0.01)
    assert job.deadline == "met"


def test_a_job_over_its_budget_missed_its_deadline_and_one_without_is_unknown(job):
    done = run(job)
    done.latency_budget_ms = 0.001
    assert done.deadline == "missed"
    done.latency_budget_ms = None
    assert done.deadline == "unknown"


def test_only_one_of_two_workers_gets_a_job(job):
    now = timezone.now()
    assert Job.objects.take(job.pk, now) is not None
    assert Job.objects.take(job.pk, now) is None


def test_a_message_that_comes_twice_runs_the_job_once(job):
    first = run(job)
    ended_at = first.ended_at
    again = run(job)
    assert (again.attempts, again.ended_at, Score.objects.count()) == (1, ended_at, 1)


def test_a_message_of_a_deleted_job_is_ignored(db):
    run_job(str(uuid4()))


def test_a_worker_that_lost_its_claim_writes_nothing(job):
    slow = Job.objects.take(job.pk, timezone.now() - 2 * LEASE)
    quick = Job.objects.take(job.pk, timezone.now())
    assert quick is not None
    assert not slow.end(JobState.DONE, timezone.now(), result={"slow": True})
    assert quick.end(JobState.DONE, timezone.now(), result={"quick": True})
    job.refresh_from_db()
    assert (job.result, job.attempts) == ({"quick": True}, 2)


def test_the_result_of_a_worker_that_lost_its_claim_leaves_no_score(job, monkeypatch):
    real = runtimes.score

    def slowly(*args):
        Job.objects.update(claim=uuid4())  # meanwhile somebody else took it
        return real(*args)

    monkeypatch.setattr("industry.runtimes.score", slowly)
    run(job)
    assert (job.state, Score.objects.count()) == (JobState.RUNNING, 0)


def test_a_damaged_model_fails_the_job_with_its_reason(job):
    ModelVersion.objects.update(sha256="f" * 64)
    failed = run(job)
    assert failed.state == JobState.FAILED
    assert "not the registered one" in failed.reason
    assert failed.ended_at is not None


def test_what_a_models_engine_says_goes_into_the_log_and_not_to_whoever_asked(job, monkeypatch, caplog):
    def breaks(*_):
        raise RuntimeError("/srv/models/secret.onnx: row 7 of somebody else")

    monkeypatch.setattr("industry.runtimes.score", breaks)
    failed = run(job)
    assert (failed.state, failed.reason) == (JobState.FAILED, "RuntimeError: the log of this installation says more")
    assert "row 7 of somebody else" in caplog.text


def test_a_job_whose_lease_ran_out_goes_back_to_its_queue(job, sent, django_capture_on_commit_callbacks):
    Job.objects.take(job.pk, timezone.now())
    later = timezone.now() + LEASE + timedelta(seconds=1)
    assert jobs.requeue_lost(timezone.now()) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.requeue_lost(later) == 1
    job.refresh_from_db()
    assert (job.state, job.claim, job.attempts) == (JobState.QUEUED, None, 1)
    assert sent == [(str(job.pk), "dc-near")]


def test_a_job_that_the_broker_lost_is_sent_again_ever_less_often(job, sent, django_capture_on_commit_callbacks):
    now = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        moments = [second for second in range(0, 240, 5) if jobs.requeue_lost(now + timedelta(seconds=second))]
    assert len(moments) == len(sent) == 3
    assert moments[0] in (15, 20)
    assert moments[2] - moments[1] > moments[1] - moments[0]


def test_a_job_that_the_broker_did_not_take_is_tried_again_as_soon_as_at_first(
    job, sent, monkeypatch, django_capture_on_commit_callbacks
):
    """As by a full Redis: else what was refused for an hour would wait for ten minutes more, or be given up."""
    now, moments = timezone.now(), []
    monkeypatch.setattr("industry.runtimes.send_job", lambda pk, node: bool(sent.append((pk, node))))
    for second in range(0, 600, 20):
        with django_capture_on_commit_callbacks(execute=True):
            if jobs.requeue_lost(now + timedelta(seconds=second)):
                moments.append(second)
    job.refresh_from_db()
    assert (job.state, len(sent), len(moments)) == (JobState.QUEUED, 29, 29)
    assert {later - sooner for sooner, later in pairwise(moments)} == {20}


def test_a_job_lost_too_often_is_dead_with_its_reason(job):
    now = timezone.now()
    for attempt in range(MAX_ATTEMPTS):
        assert Job.objects.take(job.pk, now) is not None, attempt
        now += LEASE + timedelta(seconds=1)
        assert jobs.requeue_lost(now) == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DEAD, MAX_ATTEMPTS)
    assert job.reason == f"its worker was lost {MAX_ATTEMPTS} times"
    assert Job.objects.take(job.pk, now) is None


def test_a_job_that_nobody_ever_takes_is_dead_in_the_end(job):
    Job.objects.update(sends=MAX_SENDS)
    assert jobs.requeue_lost(timezone.now() + timedelta(hours=2)) == 1
    job.refresh_from_db()
    assert (job.state, job.reason) == (JobState.DEAD, "no worker took it from queue edge.dc-near")


def test_a_job_that_ended_while_the_reaper_looked_stays_ended(job):
    Job.objects.take(job.pk, timezone.now() - 2 * LEASE)
    (seen,) = Job.objects.lost(timezone.now())
    run(job)
    assert not seen.requeue(timezone.now())
    assert not seen.give_up(timezone.now(), "lost")
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_a_broker_that_is_away_does_not_fail_a_request(job, monkeypatch, caplog):
    from kombu.exceptions import OperationalError

    def away(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr("industry.runtimes.app.send_task", away)
    runtimes.send_job(str(job.pk), "dc-near")
    assert "the broker is away" in caplog.text


@pytest.fixture
def ask(with_key, factory):
    """Request inference with a key."""
    caller = with_key("models:infer", "read")

    def send(body: object, **headers: str):
        return caller.post(INFER, json.dumps(body), content_type="application/json", headers=headers)

    send.caller = caller
    return send


def test_a_direct_request_is_queued_and_its_result_fetched(ask):
    answer = ask({"model": "machine-failure", "inputs": [GOOD, BAD], "factory": "works"})
    assert answer.status_code == 202, answer.data
    job = Job.objects.get()
    assert (answer.data["id"], answer.data["state"], answer.data["node"]) == (str(job.pk), "queued", "dc-near")
    run(job)
    detail = ask.caller.get(f"{INFER}/{job.pk}").data
    low, high = [row["failure_risk"] for row in detail["result"]["rows"]]
    assert low < 0.1
    assert high > 0.5
    assert detail["deadline"] == "met"


def test_a_direct_request_without_a_factory_has_an_unknown_network_part(ask):
    ask({"model": "machine-failure", "inputs": [GOOD]})
    done = run(Job.objects.get())
    assert done.node_slug
    assert done.as_plain()["latency"]["network"]["ms"] is None
    assert done.deadline == "unknown"


def test_the_detail_of_a_job_of_readings_names_each_machine(job, with_key):
    run(job)
    (row,) = with_key("read").get(f"{INFER}/{job.pk}").data["result"]["rows"]
    assert row["machine"] == "mill-01"
    assert row["failure_risk"] > 0.5


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ({"inputs": [GOOD]}, "model", None),
        ({"model": "machine-failure", "inputs": []}, "inputs", None),
        ({"model": "machine-failure", "inputs": [{**GOOD, "torque_nm": "x"}]}, "torque_nm", "x"),
        ({"model": "machine-failure", "inputs": [{**GOOD, "torque_nm": 9e9}]}, "torque_nm", 9e9),
        ([], "non_field_errors", None),
    ],
)
def test_a_wrong_request_is_a_400_that_names_field_and_value(ask, body, field, value):
    answer = ask(body)
    assert answer.status_code == 400
    (error,) = answer.data["errors"]
    assert field in error["field"]
    assert error["value"] == value


@pytest.mark.parametrize("body", [{"model": "none"}, {"model": "machine-failure", "factory": "none"}])
def test_an_unknown_model_or_factory_is_refused(ask, body):
    assert ask({"inputs": [GOOD], **body}).status_code == 409


def test_a_persons_request_is_audited_and_a_viewer_may_not(signed_in, factory):
    body = {"model": "machine-failure", "inputs": [GOOD]}
    assert signed_in("operator").post(INFER, body, format="json").status_code == 202
    assert AuditEntry.objects.filter(verb="requested inference").count() == 1
    assert signed_in("viewer").post(INFER, body, format="json").status_code == 403


def test_jobs_are_listed_by_state_node_and_factory(job, post, with_key):
    run(job)
    post([reading()])
    caller = with_key("read")
    assert [row["state"] for row in caller.get(INFER).data["results"]] == ["queued", "done"]
    assert caller.get(f"{INFER}?state=done").data["count"] == 1
    assert caller.get(f"{INFER}?node=dc-near&factory=works&model=machine-failure").data["count"] == 2
    assert caller.get(f"{INFER}?factory=other").data["count"] == 0
    assert caller.get(f"{INFER}?state=sleeping").status_code == 400


@pytest.mark.usefixtures("heard_keys")
def test_a_list_takes_the_same_queries_whatever_its_length(post, with_key, django_assert_num_queries):
    caller = with_key("read")
    caller.get(INFER)
    for ago in range(1, 6):
        post([reading(seconds_ago=ago)])
    with django_assert_num_queries(2):
        assert len(caller.get(INFER).data["results"]) == 5


def test_jobs_come_as_csv(job, with_key):
    text = with_key("read").get(f"{INFER}?format=csv").content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("id,kind,state,factory,model")
    assert str(job.pk) in text


def test_what_is_older_than_its_retention_goes_in_chunks(job, settings):
    settings.LOFT_READING_RETENTION_H = 1
    run(job)
    machine = Reading.objects.get().machine
    for second in range(5):
        at = timezone.now() - timedelta(hours=2, seconds=second)
        Reading.objects.create(machine=machine, at=at, received_at=at, batch=uuid4(), values=GOOD)
    assert (deleted("readings", timezone.now(), rows=2), deleted("jobs", timezone.now())) == (5, 0)
    assert (Reading.objects.count(), Job.objects.count()) == (1, 1)
    later = timezone.now() + timedelta(hours=25)
    assert (deleted("readings", later), deleted("jobs", later)) == (1, 1)
    assert not Score.objects.exists()


def test_a_thousand_rows_are_scored_in_a_few_milliseconds(catalogue):
    version = catalogue.newest()
    features = np.zeros((1000, 9), np.float32)
    path = runtimes.file_of("machine-failure", version.number)
    runtimes.score(path, version.sha256, features)
    assert runtimes.score(path, version.sha256, features).took_ms < 100


def test_an_actor_without_key_or_person_is_the_system(factory, catalogue):
    job = jobs.request_inference(SYSTEM, "machine-failure", [GOOD], "works", timezone.now())
    assert job.caller == "system"


def test_a_key_that_may_read_its_own_jobs_finds_no_others(with_key, job, sent):
    mine, others, all_of_them = (
        with_key("models:infer", "jobs:read:own"),
        with_key("models:infer"),
        with_key("jobs:read"),
    )
    body = {"model": job.version.model.name, "inputs": [GOOD]}
    asked = mine.post(INFER, body, format="json").data["id"]
    foreign = others.post(INFER, body, format="json").data["id"]
    assert [row["id"] for row in mine.get(INFER).data["results"]] == [asked]
    assert [mine.get(f"{INFER}/{pk}").status_code for pk in (asked, foreign, job.pk)] == [200, 404, 404]
    assert all_of_them.get(INFER).data["count"] == 3
    assert others.get(INFER).status_code == 403


def test_a_job_that_hangs_is_noticed_so_early_that_the_next_begins_within_half_a_minute():
    """An edge node's worker runs its jobs in its own loop, where the supervisor alone ends what passes its limit."""
    assert run_job.soft_time_limit < run_job.time_limit
    assert run_job.time_limit + GRACE_S + LAST_WORDS_S < 30
