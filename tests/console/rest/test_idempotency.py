"""A request with an idempotency key is done once, and simultaneous repeats of it get the same answer."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from console.actions.audit.audit import SYSTEM
from console.actions.idempotency import Answer, KeyReused, once
from console.errors import Refused
from console.models import IdempotentRequest
from tests.conftest import NOON


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
