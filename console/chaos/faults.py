"""What is done to an installation: each fault is over when its function returns. One that could not be had says why."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import redis
from django.conf import settings
from django.db import connection
from redis.exceptions import RedisError

from console.chaos.installation import Installation, until
from console.chaos.plan import Fault, Kind
from console.chaos.proxy import Proxy

FILLER = "chaos-filler"
RESTORE_WITHIN_S = 60.0
LOCK_WITHIN_S = 20
_LOCKABLE = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid) AND relname ~ '^(airspace|industry|network|console)_'
AND has_table_privilege(oid, 'UPDATE') ORDER BY relname
"""  # who may only append to a table, as to the audit trail, may not lock it either
NOT_HAD = (RedisError, OSError, sqlite3.Error, psycopg.Error, subprocess.CalledProcessError)
"""What says that a fault could not happen: what it is done to is away, or somebody else has it."""
PIECES_BYTES = (16_777_216, 1_048_576, 65_536, 4_096)


@dataclass(frozen=True)
class Ground:
    """What faults are done to besides processes. `postgresql` is the data folder of a server that may be restarted."""

    installation: Installation
    proxy: Proxy | None = None
    postgresql: Path | None = None
    own_disk: bool = False

    def kinds(self) -> list[Kind]:
        """Return which faults can be had here."""
        given = {
            Kind.CUT_DATABASE: self.proxy is not None,
            Kind.RESTART_DATABASE: self.postgresql is not None,
            Kind.FILL_DISK: self.own_disk,
        }
        return [kind for kind in Kind if given.get(kind, True)]

    def carry_out(self, fault: Fault) -> str:
        """Do it, and undo what does not end by itself; return why it could not happen, else nothing."""
        try:
            _WAYS[fault.kind](self, fault)
        except NOT_HAD as reason:
            return str(reason) or type(reason).__name__
        return ""


def _kill(ground: Ground, fault: Fault) -> None:
    ground.installation.signal(fault.target, signal.SIGKILL)


def _kill_child(ground: Ground, fault: Fault) -> None:
    ground.installation.kill_child(fault.target)


def _stop(ground: Ground, fault: Fault) -> None:
    pid = ground.installation.signal(fault.target, signal.SIGSTOP)
    try:
        time.sleep(fault.for_s)
    finally:
        with suppress(ProcessLookupError):  # it was replaced meanwhile
            os.kill(pid, signal.SIGCONT)


def _fill_redis(_: Ground, fault: Fault) -> None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=10) as line:
        before = line.config_get("maxmemory")["maxmemory"]
        line.config_set("maxmemory", "1mb")
        try:
            time.sleep(fault.for_s)
        finally:
            until(partial(_is_set, line, before), RESTORE_WITHIN_S)


def _is_set(line: redis.Redis, maxmemory: str) -> bool:
    """Give Redis its memory back; whether it could be told, for it may be on its way up."""
    with suppress(RedisError):
        return bool(line.config_set("maxmemory", maxmemory))
    return False


def _fill_disk(_: Ground, fault: Fault) -> None:
    filler = Path(settings.LOFT_HOME) / FILLER
    try:
        with filler.open("wb") as file:
            fill(file.fileno())
            end_s = time.monotonic() + fault.for_s
            while time.monotonic() < end_s:  # what others give up meanwhile is taken as well
                time.sleep(0.1)
                fill(file.fileno())
    finally:
        filler.unlink(missing_ok=True)


def fill(file: int) -> None:
    """Let a file take all the room that its file system has left, by ever smaller pieces: one too large takes none."""
    for piece in PIECES_BYTES:
        with suppress(OSError):
            while True:
                os.posix_fallocate(file, os.fstat(file).st_size, piece)


def _cut_redis(_: Ground, __: Fault) -> None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=10) as line:
        line.client_kill_filter(_type="normal", skipme=True)
        line.client_kill_filter(_type="pubsub", skipme=True)


def _cut_database(ground: Ground, fault: Fault) -> None:
    assert ground.proxy is not None
    ground.proxy.cut()
    try:
        time.sleep(fault.for_s)
    finally:
        ground.proxy.mend()


def _lock_database(_: Ground, fault: Fault) -> None:
    if connection.vendor == "sqlite":
        with closing(
            sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=LOCK_WITHIN_S, isolation_level=None)
        ) as line:
            line.execute("BEGIN IMMEDIATE")
            time.sleep(fault.for_s)
            line.execute("ROLLBACK")
        return
    options = f"-c lock_timeout={LOCK_WITHIN_S}s"
    end_s = time.monotonic() + LOCK_WITHIN_S
    with psycopg.connect(settings.LOFT_GIVEN["DATABASE_URL"], options=options) as held:
        while not _held_all(held, fault.for_s):
            if time.monotonic() > end_s:
                raise TimeoutError(f"the tables were not had together within {LOCK_WITHIN_S} s")


def _held_all(held: psycopg.Connection, for_s: float) -> bool:
    """Hold every table for so long; return whether they were had: of two who wait for each other one is sent away."""
    try:
        with held.transaction():
            for (table,) in held.execute(_LOCKABLE).fetchall():
                held.execute(f'LOCK TABLE "{table}" IN EXCLUSIVE MODE')
            time.sleep(for_s)
    except psycopg.errors.DeadlockDetected:
        return False
    return True


def _restart_database(ground: Ground, _: Fault) -> None:
    words = ["pg_ctl", "-D", str(ground.postgresql), "-m", "immediate", "-w", "-l", os.devnull, "restart"]
    # a server that inherited our pipe would be waited for until it ends
    subprocess.run(words, check=True, capture_output=True)  # noqa: S603  the one on PATH


_WAYS: dict[Kind, Callable[[Ground, Fault], None]] = {
    Kind.KILL: _kill,
    Kind.KILL_CHILD: _kill_child,
    Kind.STOP: _stop,
    Kind.FILL_REDIS: _fill_redis,
    Kind.FILL_DISK: _fill_disk,
    Kind.CUT_REDIS: _cut_redis,
    Kind.CUT_DATABASE: _cut_database,
    Kind.LOCK_DATABASE: _lock_database,
    Kind.RESTART_DATABASE: _restart_database,
}
