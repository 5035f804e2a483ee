"""`manage.py chaos` ruins nothing that was not named twice."""

import os
import shlex
import shutil
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest
import redis
from django.conf import settings as settings_
from django.core.management import CommandError, call_command
from django.db import connection

from console.chaos import faults, scratch
from console.chaos.installation import Installation
from console.chaos.plan import Fault, Kind
from tests import postgres
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch):
    monkeypatch.setattr(scratch, "run_inside", pytest.fail)


def test_another_home_is_named_twice(tmp_path):
    for words in (["--home", str(tmp_path)], ["--yes-really", str(tmp_path)]):
        with pytest.raises(CommandError, match="name it twice"):
            call_command("chaos", *words)
    with pytest.raises(CommandError, match="name it twice"):
        call_command("chaos", "--home", str(tmp_path), "--yes-really", str(tmp_path.parent))


def test_another_home_is_there(tmp_path):
    words = ["--home", str(tmp_path / "none"), "--yes-really", str(tmp_path / "none")]
    with pytest.raises(CommandError, match="expected a folder that is there"):
        call_command("chaos", *words)


def test_a_fault_that_there_is_not_is_named():
    with pytest.raises(CommandError, match="meteor given; expected some of kill"):
        call_command("chaos", "--faults", "kill,meteor")


def test_it_runs_inside_of_a_scratch_home_only():
    with pytest.raises(CommandError, match="not started in a scratch home"):
        call_command("chaos", "--inside")


def test_faults_that_cannot_be_had_are_left_out(tmp_path):
    nothing = faults.Ground(installation=None)
    assert set(Kind) - set(nothing.kinds()) == {Kind.CUT_DATABASE, Kind.RESTART_DATABASE, Kind.FILL_DISK}
    everything = faults.Ground(None, proxy=object(), postgresql=tmp_path, own_disk=True)
    assert everything.kinds() == list(Kind)


def test_every_kind_has_its_way():
    assert set(faults._WAYS) == set(Kind)


@pytest.mark.parametrize("kind", [Kind.KILL, Kind.STOP, Kind.KILL_CHILD])
def test_a_fault_of_a_process_that_is_away_says_that_it_could_not_happen(kind, settings, tmp_path):
    settings.LOFT_RUN_DIR = tmp_path
    ground = faults.Ground(Installation({}))
    assert "web.pid" in ground.carry_out(Fault(0.0, kind, "web"))
    with subprocess.Popen(["true"]) as ended:
        pass
    (tmp_path / "web.pid").write_text(f"{ended.pid}\n")
    assert ground.carry_out(Fault(0.0, kind, "web"))


def test_a_process_without_children_has_none_to_kill(settings, tmp_path):
    settings.LOFT_RUN_DIR = tmp_path
    with subprocess.Popen(["sleep", "60"]) as alone:
        (tmp_path / "web.pid").write_text(f"{alone.pid}\n")
        assert faults.Ground(Installation({})).carry_out(Fault(0.0, Kind.KILL_CHILD, "web")) == "web has no child"
        assert alone.poll() is None
        assert faults.Ground(Installation({})).carry_out(Fault(0.0, Kind.KILL, "web")) == ""
    assert alone.returncode == -signal.SIGKILL


HELD = """
SELECT relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation WHERE mode = 'ExclusiveLock'
"""


on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is locked as a whole")


@pytest.fixture
def own_database(settings):
    """The tests' database as an installation has it: its URL."""
    given = connection.settings_dict
    url = f"postgresql://{given['USER']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    settings.LOFT_GIVEN = {"DATABASE_URL": url}
    return url


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_database")
def test_every_table_that_may_be_changed_is_locked(monkeypatch):
    """The audit trail may only be appended to, so that its owner may not lock it."""
    seen = []

    def look(_seconds):
        with connection.cursor() as cursor:
            cursor.execute(HELD)
            seen.extend(name for (name,) in cursor.fetchall())

    monkeypatch.setattr(faults.time, "sleep", look)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE airspace_of_this_session (number integer)")  # others do not see it
    assert faults.Ground(None, proxy=object()).carry_out(Fault(0.0, Kind.LOCK_DATABASE, for_s=3.0)) == ""
    assert {"network_site", "airspace_drone", "industry_job", "console_person"} <= set(seen)
    assert "console_auditentry" not in seen


def _take_the_other_way_round(line, has_the_last):
    """Hold the last table, and want the first once somebody waits for the last: they wait for each other then."""
    with suppress(psycopg.errors.DeadlockDetected), line.transaction():  # the server sends one of the two away
        line.execute("LOCK TABLE network_site IN EXCLUSIVE MODE")
        has_the_last.set()
        wait_until(lambda: line.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone(), "somebody waits")
        line.execute("LOCK TABLE airspace_drone IN EXCLUSIVE MODE")


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_who_locks_all_while_others_work_tries_again_after_a_deadlock(own_database):
    has_the_last = threading.Event()
    with psycopg.connect(own_database) as line, ThreadPoolExecutor(1) as other:
        ended = other.submit(_take_the_other_way_round, line, has_the_last)
        assert has_the_last.wait(20)
        assert faults.Ground(None, proxy=object()).carry_out(Fault(0.0, Kind.LOCK_DATABASE, for_s=0.01)) == ""
        ended.result(20)


@pytest.fixture
def pg_ctl(tmp_path, monkeypatch):
    """PostgreSQL's own on PATH, also where root may not run it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    prefix = postgres.UNPRIVILEGED if os.geteuid() == 0 else []
    words = [*prefix, str(postgres.programs() / "pg_ctl")]
    (folder / "pg_ctl").write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    (folder / "pg_ctl").chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.timeout(120)
def test_a_server_that_was_restarted_is_not_waited_for_until_it_ends(pg_ctl):
    """It keeps what it inherits open for as long as it runs."""
    with postgres.running() as server:
        ground = faults.Ground(None, postgresql=server.folder / "data")
        before = (server.folder / "data" / "postmaster.pid").read_text().split()[0]
        assert ground.carry_out(Fault(0.0, Kind.RESTART_DATABASE)) == ""
        assert (server.folder / "data" / "postmaster.pid").read_text().split()[0] != before
        server.tell("SELECT 1")


def test_redis_gets_its_memory_back():
    with redis.Redis.from_url(settings_.REDIS_URL) as line:
        before = line.config_get("maxmemory")
        assert faults.Ground(None).carry_out(Fault(0.0, Kind.FILL_REDIS, for_s=0.1)) == ""
        assert line.config_get("maxmemory") == before


def test_a_redis_that_is_away_cannot_be_filled_or_cut(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock"
    for kind in (Kind.FILL_REDIS, Kind.CUT_REDIS):
        assert "none.sock" in faults.Ground(None).carry_out(Fault(0.0, kind))


@pytest.mark.parametrize("seconds", [60, 3_600])
def test_the_disk_of_a_run_holds_what_it_stores_and_all_that_is_watched_for(seconds):
    left_mb = scratch.disk_mb(seconds, 2_000) - seconds * 2_000 * scratch.POSITION_BYTES / 1e6
    assert left_mb > 1.25 * settings_.LOFT_DISK_WARN_MB + settings_.LOFT_DISK_BALLAST_MB


@pytest.mark.skipif(not scratch.can_mount(), reason="a file system of its own takes root")
def test_a_disk_is_filled_to_its_last_page_though_others_write_to_it():
    with scratch._home(8) as home:
        (home / "theirs").write_bytes(b"x" * 3_000_000)
        with (home / "filler").open("wb") as file:
            faults.fill(file.fileno())
        assert shutil.disk_usage(home).free == 0
        with pytest.raises(OSError, match="No space left"):
            (home / "more").write_bytes(b"x")
    assert not home.exists()
