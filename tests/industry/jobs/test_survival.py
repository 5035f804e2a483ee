"""A job outlives its worker: a real Celery worker, killed with -9 in the middle of a job, on a real Redis."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest

from tests import migrated
from tests.stack import ROOT
from tests.waiting import wait_until

SLOW = """
import time
from industry import runtimes
real = runtimes.score
def slowly(*args):
    open(MARK, "w").write(str(time.time()))
    time.sleep(60)
    return real(*args)
runtimes.score = slowly
"""  # a model that takes a minute, so that the worker is surely at it when it is killed


class Home:
    """An installation without its web process: a file database, the Redis of its own, commands and workers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        migrated.copy_into(folder)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOFT_", "DATABASE_URL"))}
        self.environment = {**kept, "LOFT_HOME": str(folder), "LOFT_LOG_LEVEL": "INFO", "PYTHONPATH": str(ROOT)}
        self.running: list[subprocess.Popen[bytes]] = []
        self.mark = folder / "mark"

    def python(self, code: str) -> str:
        setup = "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'console.settings'; import django; django.setup()\n"
        done = subprocess.run(
            [sys.executable, "-c", setup + code],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self, words: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"process-{len(self.running)}.log").open("wb") as log:
            process = subprocess.Popen(words, env=self.environment, stdout=log, stderr=log, cwd=self.folder)
        self.running.append(process)
        return process

    def worker(self, *, is_slow: bool) -> subprocess.Popen[bytes]:
        patch = f"MARK = {str(self.mark)!r}\n{SLOW}" if is_slow else ""
        code = (
            "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'console.settings'; import django; django.setup()\n"
            f"{patch}\n"
            "from console.celery import app\n"
            "app.worker_main(['worker', '-Q', 'edge.dc-near', '--pool=solo', '--without-mingle', '--without-gossip',"
            " '-l', 'INFO', '-n', 'edge@%h'])"
        )
        return self.start([sys.executable, "-c", code])

    def job(self) -> tuple[str, int, str]:
        with sqlite3.connect(self.folder / "loft.sqlite3") as line:
            job_row = line.execute("SELECT state, attempts, reason FROM industry_job").fetchone()
        return job_row or ("", 0, "")

    def scores(self) -> int:
        with sqlite3.connect(self.folder / "loft.sqlite3") as line:
            return int(line.execute("SELECT count(*) FROM industry_score").fetchone()[0])

    @classmethod
    @contextmanager
    def with_redis(cls, folder: Path) -> Iterator[Self]:
        """One whose Redis runs; whatever was started in it ends."""
        made = cls(folder)
        (folder / "vendor").mkdir()
        try:
            made.start(made.python(REDIS).splitlines())
            answers = "from console.health import redis_answers; print(redis_answers())"
            wait_until(lambda: made.python(answers) == "None", "Redis answers")
            yield made
        finally:
            for process in reversed(made.running):
                process.kill()
                process.wait()


REDIS = """
from django.conf import settings
from console.run import serve_redis
print("\\n".join(serve_redis.command(settings.REDIS_SOCKET, settings.LOFT_HOME / "redis", settings.SECRETS_DIR / "redis")))
"""
PREPARE = """
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
from datetime import datetime, UTC
from django.db import transaction
from django.utils import timezone
from console.actions.audit.audit import SYSTEM
from industry import demo
from industry.actions.telemetry.reading import Item, accept
from industry.models import Factory
from network.models import EdgeNode, Link, Region, Site
now = timezone.now()
place = {"lat_deg": 29.0, "lon_deg": 123.5, "changed_at": now}
region = Region.objects.create(slug="r", name_en="R", name_zh="R", lat_deg=29, lon_deg=123.5, radius_m=1000)
a = Site.objects.create(region=region, slug="oa", kind="optical_access", name_en="A", name_zh="A", **place)
b = Site.objects.create(region=region, slug="dc", kind="data_centre", name_en="B", name_zh="B", **place)
Link.objects.create(a=a, b=b, length_km=5, rate_gbps=100, changed_at=now)
EdgeNode.objects.create(slug="dc-near", site=b, name_en="N", name_zh="N", cores=1, memory_gb=1, changed_at=now)
demo.build(now)
values = {"type": "L", "air_temperature_k": 298, "process_temperature_k": 308, "rotational_speed_rpm": 1500,
          "torque_nm": 40, "tool_wear_min": 10}
outcome = accept(SYSTEM, Factory.objects.first(), [Item(0, "mill-01", now, values)], now)
print(outcome.jobs[0].node_slug)
"""
REAP = """
import sys
from datetime import datetime
from industry.actions.jobs.job import requeue_lost
print(requeue_lost(datetime.fromisoformat({now!r})))
"""


@pytest.fixture
def home(tmp_path):
    with Home.with_redis(tmp_path) as made:
        yield made


@pytest.mark.slow
@pytest.mark.once
def test_a_job_whose_worker_was_killed_is_run_again_and_ends_exactly_once(home):
    assert home.python(PREPARE) == "dc-near"
    slow = home.worker(is_slow=True)
    wait_until(home.mark.exists, "the worker is at the job")
    os.kill(slow.pid, signal.SIGKILL)
    slow.wait()
    assert home.job() == ("running", 1, "")

    assert home.python(REAP.format(now=datetime.now(UTC).isoformat())) == "0"  # its lease still runs
    home.worker(is_slow=False)
    after_the_lease = datetime.now(UTC) + timedelta(seconds=11)
    assert home.python(REAP.format(now=after_the_lease.isoformat())) == "1"
    wait_until(lambda: home.job() == ("done", 2, ""), "the job is done at its second attempt")
    assert home.scores() == 1

    again = "from industry.runtimes import send_job; from industry.models import Job; j = Job.objects.get();"
    home.python(f"{again} send_job(str(j.pk), j.node_slug)")  # as the broker does when it restores the lost message
    wait_until(lambda: _received(home) >= 2, "the duplicate was received")
    assert home.job() == ("done", 2, "")
    assert home.scores() == 1


def _received(home: Home) -> int:
    log = home.folder / f"process-{len(home.running) - 1}.log"
    return log.read_text(errors="replace").count("succeeded in")
