"""`Idempotency-Key`: the same request twice has one effect."""

import json

import pytest

from industry.models import Job
from tests.industry.conftest import GOOD, reading


def test_the_same_key_and_body_get_the_first_answer(post):
    batch = [reading()]
    first = post(batch, **{"Idempotency-Key": "a"})
    again = post(batch, **{"Idempotency-Key": "a"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.data == first.data
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Job.objects.count() == 1


def test_the_same_key_with_another_body_is_a_422(post):
    post([reading()], **{"Idempotency-Key": "a"})
    answer = post([reading("mill-02")], **{"Idempotency-Key": "a"})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert Job.objects.count() == 1


def test_keys_of_different_callers_do_not_meet(factory, with_key):
    body = json.dumps({"model": "machine-failure", "inputs": [GOOD]})
    for caller in (with_key("models:infer"), with_key("models:infer", "read")):
        answer = caller.post("/api/v1/jobs", body, content_type="application/json", headers={"Idempotency-Key": "a"})
        assert answer.status_code == 202
        assert "Idempotent-Replayed" not in answer
    assert Job.objects.count() == 2


def test_a_direct_request_is_replayed_with_the_same_job(factory, with_key):
    caller, body = with_key("models:infer"), json.dumps({"model": "machine-failure", "inputs": [GOOD]})
    first, again = (
        caller.post("/api/v1/jobs", body, content_type="application/json", headers={"Idempotency-Key": "b"})
        for _ in range(2)
    )
    assert json.loads(first.content) == json.loads(again.content)
    assert Job.objects.count() == 1


@pytest.mark.parametrize("key", ["x" * 201, "schlüssel", "a\tb"])
def test_a_key_that_is_no_key_is_a_400(post, key):
    assert post([reading()], **{"Idempotency-Key": key}).status_code == 400
