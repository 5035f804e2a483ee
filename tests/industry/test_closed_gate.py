"""Readings and jobs at a door that is closed, for Redis or the disk is nearly full: refused as a whole, with a time."""

import json

import pytest

from console.door.intake import Level, Reason, intake
from industry.models import Job, Reading
from tests.industry.conftest import GOOD, reading

REASON = Reason(Level.CLOSED, "Redis is nearly full", 7)


@pytest.fixture
def close():
    yield lambda: intake.register("of a test", lambda: REASON)
    intake.register("of a test", lambda: None)


def is_refused(answer) -> bool:
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "7"
    assert REASON.text in answer.json()["detail"]
    return answer.status_code == 503


def test_readings_are_refused_and_taken_once_there_is_room_under_the_same_key(post, close):
    close()
    assert is_refused(post([reading()], **{"Idempotency-Key": "a"}))
    assert (Reading.objects.count(), Job.objects.count()) == (0, 0)
    intake.register("of a test", lambda: None)
    assert post([reading()], **{"Idempotency-Key": "a"}).status_code == 202
    assert (Reading.objects.count(), Job.objects.count()) == (1, 1)


def test_a_job_is_refused_and_taken_once_there_is_room_under_the_same_key(factory, with_key, close):
    caller, body = with_key("models:infer"), json.dumps({"model": "machine-failure", "inputs": [GOOD]})

    def ask():
        return caller.post("/api/v1/jobs", body, content_type="application/json", headers={"Idempotency-Key": "a"})

    close()
    assert is_refused(ask())
    assert Job.objects.count() == 0
    intake.register("of a test", lambda: None)
    assert ask().status_code == 202
    assert Job.objects.count() == 1
