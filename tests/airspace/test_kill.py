"""Whatever is killed with -9 during load: every accepted report is in the database exactly once."""

import sqlite3
import threading
import time
from contextlib import closing
from uuid import uuid4

import httpx
import psycopg
import pytest
from django.db import connection

from airspace.bench.stand import Stand
from tests import migrated
from tests.waiting import PATIENCE_S, wait_until

pytestmark = [pytest.mark.slow]


@pytest.fixture
def environment(db, tmp_path):
    """A database of its own for the stand, on the server under test."""
    if connection.vendor == "sqlite":
        migrated.copy_into(tmp_path)
        yield {"DATABASE_URL": f"sqlite:///{tmp_path / 'loft.sqlite3'}"}
        return
    settings = connection.settings_dict
    host = f"{settings['USER']}@{settings['HOST']}:{settings['PORT']}"
    with psycopg.connect(f"postgresql://{host}/postgres", autocommit=True) as admin:
        name = f"loft_stand_{uuid4().hex}"  # other tests have theirs on this server at the same time
        admin.execute(f"CREATE DATABASE {name}{migrated.as_template()}")
        yield {"DATABASE_URL": f"postgresql://{host}/{name}"}
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def stand(environment):
    with Stand(environment=dict(environment)) as made:
        made.start_engine()
        made.start_web()
        yield made


class Load(threading.Thread):
    """Posts batches as fast as they are answered, and keeps what was accepted."""

    def __init__(self, stand: Stand) -> None:
        super().__init__(daemon=True)
        self.client = httpx.Client(
            base_url=stand.url, headers={"Authorization": f"Bearer {stand.token}"}, timeout=PATIENCE_S
        )
        self.accepted: set[tuple[str, int]] = set()
        self.over = False

    def run(self) -> None:
        at = int(time.time() * 1000) - 3_600_000
        while not self.over:
            at += 1
            rows = [
                {"serial": f"K-{number}", "at": at, "lat_deg": 29.0, "lon_deg": 123.5, "altitude_wgs84_m": 80.0}
                for number in range(20)
            ]
            try:
                answer = self.client.post("/api/v1/reports", json=rows)
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if answer.status_code == 202:
                self.accepted.update((row["serial"], at) for row in rows)
            else:
                time.sleep(0.05)
        self.client.close()


_STORED = """
SELECT drone.serial, position.at_ms FROM airspace_position position
JOIN airspace_drone drone ON drone.id = position.drone_id
"""


def stored(stand: Stand) -> list[tuple[str, int]]:
    """Return what is in the database, asked without an installation's start: it is asked again and again."""
    url = stand.environment["DATABASE_URL"]
    open_line = sqlite3.connect if url.startswith("sqlite") else psycopg.connect
    with closing(open_line(url.removeprefix("sqlite:///"))) as line:
        return line.execute(_STORED).fetchall()


def test_every_accepted_report_is_stored_exactly_once_whoever_is_killed(stand):
    load = Load(stand)
    load.start()
    starters = {"engine": stand.start_engine, "web": stand.start_web, "redis": stand.start_redis}
    for victim in (*starters, "engine"):
        before = len(load.accepted)
        wait_until(lambda before=before: len(load.accepted) > before + 400, "reports are accepted")
        stand.kill(victim)
        starters[victim]()
    before = len(load.accepted)
    wait_until(lambda: len(load.accepted) > before + 400, "reports are accepted again")
    load.over = True
    load.join()
    wait_until(
        lambda: load.accepted <= set(stored(stand)), "all is stored", every_s=0.5, progress=lambda: len(stored(stand))
    )
    rows = stored(stand)
    assert len(rows) == len(set(rows))
    assert stand.processes["engine"].poll() is None, stand.log("engine")


def test_the_engine_stores_what_it_read_before_it_ends(stand):
    load = Load(stand)
    load.start()
    wait_until(lambda: len(load.accepted) > 2000, "reports are accepted")
    load.over = True
    load.join()
    stand.stop("engine")
    assert "Traceback" not in stand.log("engine")
    stand.start_engine()
    wait_until(
        lambda: load.accepted <= set(stored(stand)), "all is stored", every_s=0.5, progress=lambda: len(stored(stand))
    )
