"""A task that finds the database away is sent again; where the broker takes nothing either, its message stays there."""

import pytest
from celery.exceptions import Reject, Retry
from django.db import OperationalError

from console.celery import PatientTask, app
from console.database import absences


@pytest.fixture
def task():
    def away() -> None:
        raise OperationalError("gone")

    made = app.task(name="tests.away")(away)
    made.push_request(called_directly=False, id="1", is_eager=False, retries=0, args=(), kwargs={}, delivery_info={})
    yield made
    made.pop_request()
    app.tasks.pop("tests.away")
    absences.answered()


def test_it_is_sent_again(task, monkeypatch):
    sent: list[object] = []
    monkeypatch.setattr(PatientTask, "apply_async", lambda *_, **options: sent.append(options["countdown"]))
    with pytest.raises(Retry):
        task()
    assert sent == [5]


def test_the_broker_keeps_what_cannot_be_sent_again(task, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError("command not allowed when used memory > 'maxmemory'")

    monkeypatch.setattr(PatientTask, "apply_async", full)
    with pytest.raises(Reject) as caught:
        task()
    assert caught.value.requeue is True
