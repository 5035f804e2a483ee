"""A map outlives its worker: a real Celery worker, killed with -9 while it draws, on a real Redis."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from network.models.order import LEASE
from tests.industry.jobs.test_survival import Home
from tests.waiting import wait_until

SLOW = """
import time
from network.actions.evidence import html
def slowly(*args):
    open(MARK, "w").write(str(time.time()))
    time.sleep(60)
html.document = slowly
"""  # a document that takes a minute, so that the worker is surely at it when it is killed
MIGRATE = """
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
"""
PREPARE = """
from django.utils import timezone
from console.actions.audit.audit import Actor
from network.actions.evidence import orders
from network.models import EdgeNode, Link, Region, Site
from network.tasks import draw_evidence
now = timezone.now()
place = {"lat_deg": 29.0, "lon_deg": 123.5, "changed_at": now}
region = Region.objects.create(slug="r", name_en="R", name_zh="R", lat_deg=29, lon_deg=123.5, radius_m=1000)
a = Site.objects.create(region=region, slug="oa", kind="optical_access", name_en="A", name_zh="A", is_key_site=True, **place)
b = Site.objects.create(region=region, slug="dc", kind="data_centre", name_en="B", name_zh="B", **place)
Link.objects.create(a=a, b=b, length_km=5, rate_gbps=100, changed_at=now)
EdgeNode.objects.create(slug="dc-near", site=b, name_en="N", name_zh="N", cores=1, memory_gb=1, changed_at=now)
wanted = {"kind": "circle", "layer": "optical", "direction": "one_way", "threshold_ms": 1.0, "language": "en"}
print(orders.ask(Actor("planner"), region, wanted, now, draw_evidence.delay).uuid)
"""
LOOK_AFTER = """
from datetime import datetime
from network.actions.evidence.orders import requeue_lost
from network.tasks import draw_evidence
print(requeue_lost(datetime.fromisoformat({now!r}), draw_evidence.delay))
"""


class Studio(Home):
    """An installation whose worker draws maps."""

    def worker(self, *, is_slow: bool) -> subprocess.Popen[bytes]:
        pool = "'--pool=solo'," if is_slow else "'--pool=prefork', '-c', '1',"  # the killed one shall leave nothing
        patch = f"MARK = {str(self.mark)!r}\n{SLOW}" if is_slow else ""
        code = (
            "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'console.settings'; import django; django.setup()\n"
            f"{patch}\n"
            "from console.celery import app\n"
            f"app.worker_main(['worker', '-Q', 'heavy', {pool} '--without-mingle', '--without-gossip', '-l', 'INFO'])"
        )
        return self.start([sys.executable, "-c", code])

    def order(self) -> tuple[str, int, str]:
        with sqlite3.connect(self.folder / "loft.sqlite3") as line:
            return line.execute("SELECT state, attempts, problem FROM network_evidence").fetchone()

    def look_after(self, after: timedelta = timedelta(0)) -> str:
        return self.python(LOOK_AFTER.format(now=(datetime.now(UTC) + after).isoformat()))

    def folders(self) -> list[Path]:
        return [path for path in (self.folder / "media" / "evidence").iterdir() if path.is_dir()]

    def ended(self) -> int:
        """Return how many messages the newest worker has dealt with."""
        log = self.folder / f"process-{len(self.running) - 1}.log"
        return log.read_text(errors="replace").count("succeeded in")


@pytest.fixture
def studio(tmp_path):
    with Studio.with_redis(tmp_path) as made:
        yield made


@pytest.mark.slow
@pytest.mark.once
def test_a_map_whose_worker_was_killed_is_drawn_again_and_is_ready_exactly_once(studio):
    studio.python(MIGRATE)
    uuid = studio.python(PREPARE)
    slow = studio.worker(is_slow=True)
    wait_until(studio.mark.exists, "the worker is at the map")
    os.kill(slow.pid, signal.SIGKILL)
    slow.wait()
    assert studio.order() == ("drawing", 1, "")

    assert studio.look_after() == "0"  # its lease still runs
    studio.worker(is_slow=False)
    assert studio.look_after(LEASE + timedelta(seconds=1)) == "1"
    wait_until(lambda: studio.order() == ("ready", 2, ""), "the map is ready at its second attempt")
    assert len(studio.folders()) == 1
    assert sorted(path.name for path in studio.folders()[0].iterdir()) == ["map.html", "map.png"]

    dealt = studio.ended()
    studio.python(f"from network.tasks import draw_evidence; draw_evidence.delay({uuid!r})")  # as a broker restores it
    wait_until(lambda: studio.ended() > dealt, "the duplicate was received")
    assert studio.order() == ("ready", 2, "")
    assert studio.look_after(2 * LEASE) == "0"
    assert len(studio.folders()) == 1
