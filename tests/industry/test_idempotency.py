"""`Idempotency-Key`: the same request twice has one effect, simultaneous ones included."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from console.actions.audit import SYSTEM
from console.errors import Refused
from industry.actions.idempotency import Answer, KeyReused, once
from industry.models import IdempotentRequest, Job
from tests.conftest import NOON
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


def test_a_key_is_free_again_after_24_hours(db):
    once(SYSTEM, "k", "one", NOON, lambda: Answer(200, 1))
    with pytest.raises(KeyReused):
        once(SYSTEM, "k", "two", NOON + timedelta(hours=23.9), lambda: Answer(200, 2))
    assert once(SYSTEM, "k", "two", NOON + timedelta(hours=24.1), lambda: Answer(200, 2)).body == 2


def test_a_request_that_failed_may_be_tried_again(db):
    def fail() -> Answer:
        raise Refused("not now")

    with pytest.raises(Refused):
        once(SYSTEM, "k", "one", NOON, fail)
    assert not IdempotentRequest.objects.exists()
    assert once(SYSTEM, "k", "one", NOON, lambda: Answer(200, 1)).is_replay is False


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_duplicates_one_acts_and_all_get_its_answer():
    start = Barrier(4)

    def act() -> Answer:
        return Answer(202, {"made": uuid4().hex})

    def send(_: int) -> Answer:
        try:
            start.wait(10)
            return patiently(lambda: once(SYSTEM, "race", "same", timezone.now(), act))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert len({answer.body["made"] for answer in answers}) == 1
    assert sorted(answer.is_replay for answer in answers) == [False, True, True, True]
    assert IdempotentRequest.objects.get().answer == answers[0].body


def patiently(do: Callable[[], Answer]) -> Answer:
    """Try again while the table is locked: SQLite in memory, as tests have it, does not wait as it does on disk."""
    for _ in range(500):
        try:
            return do()
        except OperationalError as reason:
            if "locked" not in str(reason):
                raise
            time.sleep(0.02)
    raise AssertionError("locked for ten seconds")
