"""What is looked at now and then: rows, file, partitions, Redis, memory, and the time of queries."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Model

from console.redis_clients import client
from console.soak.part import queries

TRIES = 15


@dataclass(frozen=True)
class Point:
    """The figures of one day, by name."""

    day: int
    rows: dict[str, int]
    figures: dict[str, float]
    query_ms: dict[str, float]


def measure(day: int, now: datetime) -> Point:
    """Look at everything."""
    rows = {model._meta.label: model._default_manager.count() for model in _models()}  # noqa: SLF001  Django's public names
    times = {name: _time_ms(query, now) for name, query in queries().items()}
    return Point(day, rows, {**_database(), **_redis(), "memory MB": memory_mb()}, times)


def memory_mb() -> float:
    """Return what this process holds of its own. [MB]."""
    rows = dict(row.split(":") for row in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    return int(rows["Pss_Anon"].split()[0]) / 1024


def _models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.managed]  # noqa: SLF001


def _time_ms(query: Any, now: datetime) -> float:
    """Return the least time of a query: what else the machine does adds to the others.

    On SQLite a query is this thread's own work, so that its processor time counts.
    """
    clock = time.thread_time if connection.vendor == "sqlite" else time.perf_counter
    taken_ms = []
    for _ in range(TRIES):
        began_s = clock()
        query(now)
        taken_ms.append((clock() - began_s) * 1e3)
    return min(taken_ms)


def _database() -> dict[str, float]:
    if connection.vendor == "sqlite":
        return _sqlite()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM pg_inherits")
        return {"database MB": size / 1e6, "partitions": float(cursor.fetchone()[0])}


def _sqlite() -> dict[str, float]:
    path = Path(str(settings.DATABASES["default"]["NAME"]))
    with connection.cursor() as cursor:
        names = ("page_count", "freelist_count", "page_size")
        pages, free, size = (cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    log = path.with_name(f"{path.name}-wal")
    return {
        "database MB": pages * size / 1e6,
        "free in it MB": free * size / 1e6,
        "write-ahead log MB": log.stat().st_size / 1e6 if log.exists() else 0.0,
    }


def _redis() -> dict[str, float]:
    """Count the keys of all databases of the server, and what its lists and streams hold: queues, reports, messages."""
    keys, entries = 0, 0
    for name in client().info("keyspace"):
        with redis.Redis.from_url(settings.REDIS_URL, db=int(name.removeprefix("db")), socket_timeout=10) as line:
            keys += line.dbsize()
            entries += sum(line.xlen(key) for key in line.scan_iter(count=1_000, _type="stream"))
            entries += sum(line.llen(key) for key in line.scan_iter(count=1_000, _type="list"))
    return {"Redis keys": float(keys), "Redis entries": float(entries)}
