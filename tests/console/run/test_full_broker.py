"""A real worker and a real beat at a full Redis: neither ends for good, and both go on by themselves once there is room."""

import json
import sys
import time

import pytest
import redis

from airspace.bench.stand import Stand
from tests.airspace.test_kill import environment
from tests.waiting import wait_until

__all__ = ["environment"]
pytestmark = [pytest.mark.slow, pytest.mark.once]
HEARD = "loft.heartbeat:beat"
QUEUE = "loft.celery.default"


@pytest.fixture
def stand(environment):
    with Stand(environment=dict(environment)) as made:
        words = ["worker", "-Q", "default", "--pool=solo", "--without-mingle", "--without-gossip", "-l", "WARNING"]
        made.start("worker", [sys.executable, "-m", "celery", "-A", "console", *words])
        made.start("beat", [sys.executable, "-m", "celery", "-A", "console", "beat", "-l", "WARNING"])
        yield made


def line(stand: Stand, db: int) -> redis.Redis:
    password = (stand.home / "secrets" / "redis").read_text().strip()
    return redis.Redis(unix_socket_path=str(stand.home / "run" / "redis.sock"), password=password, db=db)


def test_worker_and_beat_outlive_a_full_redis_and_go_on_within_thirty_seconds(stand):
    with line(stand, 0) as loft, line(stand, 1) as broker:

        def is_heard_anew(before):
            return lambda: loft.get(HEARD) not in (None, before)

        wait_until(is_heard_anew(None), "the schedule runs", 120)
        message = captured(stand, broker)

        # a message is taken out of its queue, and that it is under way cannot be noted any more
        at_once = broker.pipeline(transaction=True)
        at_once.lpush(QUEUE, message)
        at_once.config_set("maxmemory", 1)
        at_once.execute()
        wait_until(lambda: "maxmemory" in stand.log("worker"), "the worker is refused")
        wait_until(lambda: "maxmemory" in stand.log("beat"), "beat is refused")
        assert broker.llen(QUEUE) == 0, "it is lost: so what it was about has to be a row"
        assert stand.processes["worker"].poll() is None, stand.log("worker")[-3000:]
        assert stand.processes["beat"].poll() is None, stand.log("beat")[-3000:]

        before, began_s = loft.get(HEARD), time.monotonic()
        broker.config_set("maxmemory", "1gb")
        wait_until(is_heard_anew(before), "the schedule runs again")
        print(f"again after {time.monotonic() - began_s:.1f} s")
        assert stand.processes["beat"].poll() is None, stand.log("beat")[-3000:]


def test_a_beat_that_begins_at_a_full_redis_waits_for_room(stand):
    with line(stand, 0) as loft:
        wait_until(lambda: loft.get(HEARD) is not None, "the schedule runs", 120)
        stand.processes["beat"].kill()
        stand.processes["beat"].wait()
        loft.config_set("maxmemory", 1)
        loft.flushall()
        stand.start("beat", [sys.executable, "-m", "celery", "-A", "console", "beat", "-l", "WARNING"])
        wait_until(lambda: "the schedule waits" in stand.log("beat"), "beat is refused")
        assert stand.processes["beat"].poll() is None, stand.log("beat")[-3000:]
        loft.config_set("maxmemory", "1gb")
        wait_until(lambda: loft.get(HEARD) is not None, "the schedule runs again")


def captured(stand: Stand, broker: redis.Redis) -> bytes:
    """Return a message as the broker has it, for a queue that the worker serves."""
    code = "from console.celery import app; app.send_task('console.tasks.beat_heartbeat', queue='nobody')"
    stand.manage("shell", "-v", "0", "-c", code)
    message = json.loads(broker.rpop("loft.celery.nobody"))
    message["properties"]["delivery_info"]["routing_key"] = "default"
    return json.dumps(message).encode()
