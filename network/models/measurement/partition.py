"""Tables that PostgreSQL keeps in a partition per day, so that the past goes by dropping tables and not rows.

Rows of a day that has no partition of its own lie in the default one, until `prepare` gives the day one. On other
databases there are no partitions and nothing here does anything.
"""

from collections.abc import Iterable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.utils import CursorWrapper

TABLES = {"network_stampsample": "sent_at", "network_counterreading": "to_at"}
"""Tables and the columns by which they are partitioned."""
DAYS_AHEAD = 7
DAY = timedelta(days=1)
_LOCK = 0x4C6F_6674  # of everybody who changes partitions
_WAIT_MS = 2_000  # who would wait longer for a busy table tries again at the next turn


def is_partitioned() -> bool:
    """Whether this database keeps the tables in partitions."""
    return connection.vendor == "postgresql"


def prepare(now: datetime, days: Iterable[datetime] = ()) -> int:
    """Give every day from yesterday to a week ahead, and those given, a partition; return how many were made."""
    if not is_partitioned():
        return 0
    wanted = {_day(now) + ahead * DAY for ahead in range(-1, DAYS_AHEAD + 1)} | {_day(day) for day in days}
    made = 0
    for table in TABLES:
        lacking = wanted - set(days_of(table))
        for day in sorted(lacking):
            _make(table, day)
        made += len(lacking)
    return made


def days_of(table: str) -> list[datetime]:
    """Return the days that have a partition of their own, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = %s::regclass", [table]
        )
        names = [name for (name,) in cursor.fetchall()]
    dated = [name.removeprefix(f"{table}_p") for name in names if name.startswith(f"{table}_p")]
    return sorted(datetime.strptime(date, "%Y%m%d").replace(tzinfo=UTC) for date in dated)


def drop(table: str, before: datetime) -> int:
    """Drop the days that ended by then, and delete what the default partition holds from before.

    Returns how many days went, and rows of the default partition.

    A day of which a part is younger stays whole: rows are kept for up to a day longer than asked.
    """
    gone = [day for day in days_of(table) if day + DAY <= before]
    for day in gone:
        with _changing() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {_name(table, day)}")
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}_default WHERE {TABLES[table]} < %s", [before])  # noqa: S608  our own names
        return len(gone) + int(cursor.rowcount)


def size_bytes(table: str) -> int:
    """Return what a table takes with all its partitions and indexes; 0 where there are none."""
    if not is_partitioned():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(%s::regclass)", [table])
        return int(cursor.fetchone()[0])


def _make(table: str, day: datetime) -> None:
    """Make a day's partition with what the default one held of it."""
    name, column, bounds = _name(table, day), TABLES[table], [day, day + DAY]
    with _changing() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone()[0] is not None:  # another process was first
            return
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {table}_default WHERE {column} >= %s AND {column} < %s RETURNING *) "  # noqa: S608
            f"INSERT INTO {name} SELECT * FROM moved",
            bounds,
        )
        ends = [f"'{bound:%Y-%m-%d} 00:00:00+00'" for bound in bounds]
        cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({ends[0]}) TO ({ends[1]})")


@contextmanager
def _changing() -> "Iterator[CursorWrapper]":
    """Change partitions, nobody else at the same time, and without holding up everybody who writes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {_WAIT_MS}")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks outstanding cannot be changed
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield cursor


def _name(table: str, day: datetime) -> str:
    return f"{table}_p{day:%Y%m%d}"


def _day(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
