"""A queue that nobody serves is bounded; what goes is old, and comes again by itself."""

import pytest

from console.celery import app
from console.redis_clients import client
from console.run import broker_queues
from console.run.broker_queues import EVERY_S, Watch, broker, trim
from tests.conftest import NOON

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("empty_redis")]
QUEUE = "loft.celery.nobody"


def send(count: int) -> list[str]:
    return [app.send_task("console.tasks.beat_heartbeat", queue="nobody", task_id=str(n)).id for n in range(count)]


def waiting() -> list[str]:
    """Return the ids of what waits, in the order in which a worker takes it."""
    ids = [message.split(b'"id": "')[1].split(b'"')[0].decode() for message in broker().lrange(QUEUE, 0, -1)]
    return ids[::-1]


def test_of_a_queue_that_is_too_long_the_oldest_go(caplog):
    assert send(5) == waiting()
    assert trim(5) == 0
    assert trim(2) == 3
    assert waiting() == ["3", "4"]
    assert "nobody: 3 messages" in caplog.text


def test_other_keys_are_left_alone():
    broker().rpush("elsewhere", *range(9))
    client().rpush("loft.celery.in-another-database", *range(9))
    assert trim(2) == 0


def test_it_is_done_at_the_limit_of_redis():
    send(5)
    client().config_set("maxmemory", 1)
    try:
        assert trim(2) == 3
    finally:
        client().config_set("maxmemory", "1gb")


def test_it_is_looked_at_now_and_then_whatever_the_wall_clock_says(monkeypatch):
    times, looked = [0.0], []
    monkeypatch.setattr(broker_queues, "trim", lambda: looked.append(times[0]))
    watch = Watch(NOON, lambda: times[0])
    for second in range(70):
        times[0] = float(second)
        watch.look(NOON)
    assert looked == [0.0, EVERY_S, 2 * EVERY_S]
