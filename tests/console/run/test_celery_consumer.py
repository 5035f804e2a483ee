"""Tasks that wait for a database that is away: a worker holds few of them at a time, and loses none."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.conf import settings

from console.celery import app
from tests.stack import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
TASKS, MOST_HELD, AT_ONCE = 40, 8, 3
UNACKED = f"{settings.CELERY_BROKER_TRANSPORT_OPTIONS['global_keyprefix']}unacked"
WORKER = f"""
import sys
from pathlib import Path
import django
django.setup()
from celery import shared_task
from django.db import OperationalError
from console import celery
from console.run import celery_consumer
celery.AGAIN_S, celery_consumer.MOST_HELD = 1, {MOST_HELD}
folder = Path(sys.argv[1])

@shared_task(name="tests.waits")
def waits(number):
    is_back = (folder / "back").exists()
    with (folder / ("done" if is_back else "tried")).open("a") as file:
        file.write(f"{{number}}\\n")
    if not is_back:
        raise OperationalError("the server closed the connection")

celery.app.start(["--quiet", "worker", "-n", "held@%h", "-Q", "test-held", "--pool=threads", "-c", "{AT_ONCE}",
                  "--without-mingle", "--without-gossip", "-l", "WARNING"])
"""


@pytest.fixture
def worker(redis_server, tmp_path):
    """The folder of a worker whose tasks find the database away until there is a file `back`."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings", "LOFT_HOME": str(settings.LOFT_HOME)}
    with (tmp_path / "log").open("wb") as log:
        words = [sys.executable, "-c", WORKER, str(tmp_path)]
        with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log) as process:
            yield tmp_path
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def numbers(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def prefetch() -> int | None:
    told = app.control.inspect(timeout=2.0).stats() or {}
    return next((stats["prefetch_count"] for name, stats in told.items() if name.startswith("held@")), None)


@pytest.fixture
def broker(redis_server):
    with redis.Redis.from_url(settings.REDIS_URL, db=1) as line:
        yield line


def test_of_many_that_are_tried_again_few_are_held_and_all_are_done_once(worker, broker):
    for number in range(TASKS):
        app.send_task("tests.waits", args=[number], queue="test-held")
    held: list[int] = []

    def all_were_tried() -> bool:
        held.append(int(broker.hlen(UNACKED)))
        return len(set(numbers(worker / "tried"))) == TASKS and len(numbers(worker / "tried")) > 2 * TASKS

    wait_until(all_were_tried, "each was tried, some again and again", 120, every_s=0.02)
    assert AT_ONCE < max(held) <= MOST_HELD
    (worker / "back").touch()
    wait_until(lambda: len(set(numbers(worker / "done"))) == TASKS, "all are done")
    wait_until(lambda: not broker.hlen(UNACKED), "none is held any more")
    assert sorted(numbers(worker / "done")) == list(range(TASKS))
    wait_until(lambda: prefetch() == AT_ONCE, "as many as before may run at a time")
