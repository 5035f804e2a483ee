"""Storing reports in bulk, and deleting old ones. Written by the engine's writer alone.

The history is written first; the last positions follow within a second, and `reconcile` makes up for an end in between.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
from django.db import connection, transaction

from airspace.kernels.tracking import AHEAD_MS, NEVER_MS, STATUS_CODES, classify
from airspace.models import Drone, LastPosition, Position

Row = tuple[Any, ...]
"""A report in the order of `Position.COLUMNS`."""

ROWS_PER_STATEMENT = 250
MAX_DELETED_PER_DRONE = 2_000
BATTERY, STATUS = Position.COLUMNS.index("battery_pct"), Position.COLUMNS.index("status")
_TABLE, _LAST, _DRONE = (model._meta.db_table for model in (Position, LastPosition, Drone))  # noqa: SLF001
_STAGING = "airspace_position_staging"
_COPY_TYPES = ["int8"] * 4 + ["float8"] * 8 + ["text"] + ["float8"] * 2 + ["int4"]


def prepare_connection() -> None:
    """Fit this thread's connection to bulk work: room for the hot pages, and a wait short enough to notice a stop."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout=2000")
            cursor.execute("PRAGMA cache_size=-65536")
            cursor.execute("PRAGMA wal_autocheckpoint=4000")  # a page of the index changes often before it is moved


def store(rows: Iterable[Row]) -> None:
    """Store reports in one transaction. One already stored (same drone and time) stays.

    Several hundred rows go to a statement: SQLite's driver gives up the interpreter's lock once per statement, and
    waiting to have it back after every single row would cost more than the write.
    """
    ordered = sorted(rows, key=itemgetter(0))  # neighbours in the index are written together; the order of equals stays
    if not ordered:
        return
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _copy(ordered)
        else:
            head = f"INSERT OR IGNORE INTO {_TABLE} ({_columns(Position.COLUMNS)}) VALUES "  # noqa: S608  our own names
            _insert(head, "", ordered)


def pick_newest(newest: dict[int, Row], rows: Iterable[Row], present_ms: int = NEVER_MS - AHEAD_MS) -> None:
    """Put those reports into `newest`, by drone, that are newer than what it holds; of equals the first given stays.

    What it holds from beyond the present came of a clock that was ahead: any report is newer.
    """
    limit_ms = present_ms + AHEAD_MS
    for row in rows:
        known = newest.get(row[0])
        if known is None or row[1] > known[1] or known[1] > limit_ms:
            newest[row[0]] = row


def keep_newest(newest: Mapping[int, Row], present_ms: int = NEVER_MS - AHEAD_MS) -> None:
    """Bring the last positions up to these reports, one per drone, where they are newer than what is there.

    What is there from beyond the present came of a clock that was ahead: any report is newer.
    """
    rows = [newest[drone] for drone in sorted(newest)]
    if not rows:
        return
    battery = np.array([row[BATTERY] for row in rows], np.float64)
    status = np.array([STATUS_CODES[row[STATUS]] for row in rows], np.uint8)
    states = classify(battery, status).tolist()
    values = ", ".join(f"{name} = excluded.{name}" for name in LastPosition.COLUMNS[1:])
    with transaction.atomic():
        _insert(
            f"INSERT INTO {_LAST} ({_columns(LastPosition.COLUMNS)}) VALUES ",  # noqa: S608  our own names
            f" ON CONFLICT (drone_id) DO UPDATE SET {values} "
            f"WHERE excluded.at_ms > {_LAST}.at_ms OR {_LAST}.at_ms > {int(present_ms) + AHEAD_MS}",
            [(*row, state) for row, state in zip(rows, states, strict=True)],
        )


def reconcile(present_ms: int = NEVER_MS - AHEAD_MS) -> int:
    """Bring the last positions up to the history, as after an end between the two; return how many were behind.

    It looks at every drone, with one seek in the index of the history for each; past what lies beyond the present.
    """
    columns = ", ".join(f"history.{name}" for name in Position.COLUMNS)
    statement = (
        f"SELECT {columns} FROM (SELECT drone.id, last.at_ms AS known_ms, "  # noqa: S608  our own names
        f"(SELECT MAX(at_ms) FROM {_TABLE} WHERE drone_id = drone.id AND at_ms <= {int(present_ms) + AHEAD_MS}) "
        "AS newest_ms "
        f"FROM {_DRONE} drone LEFT JOIN {_LAST} last ON last.drone_id = drone.id) AS seen "
        f"JOIN {_TABLE} history ON history.drone_id = seen.id AND history.at_ms = seen.newest_ms "
        "WHERE seen.known_ms IS NULL OR seen.newest_ms > seen.known_ms "
        f"OR seen.known_ms > {int(present_ms) + AHEAD_MS}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        newest = {row[0]: row for row in cursor.fetchall()}
    keep_newest(newest, present_ms)
    return len(newest)


def delete_older(before_ms: int, after_drone: int, drones: int) -> int:
    """Delete old positions of the next few drones, a bounded number of each.

    Args:
        before_ms: positions before this time go. [epoch ms]
        after_drone: drones are taken in the order of their keys, from the one after this.
        drones: how many drones to look at.

    Returns:
        The last drone looked at, for the next call; 0 after the last of all.
    """
    keys = list(Drone.objects.filter(pk__gt=after_drone).order_by("pk").values_list("pk", flat=True)[:drones])
    statement = (
        f"DELETE FROM {_TABLE} WHERE drone_id = %s AND at_ms IN "  # noqa: S608  names of our own tables
        f"(SELECT at_ms FROM {_TABLE} WHERE drone_id = %s AND at_ms < %s ORDER BY at_ms LIMIT {MAX_DELETED_PER_DRONE})"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        for key in keys:
            cursor.execute(statement, [key, key, before_ms])
    return keys[-1] if len(keys) == drones else 0


def _insert(head: str, tail: str, rows: Sequence[Row]) -> None:
    """Insert rows, past Django's cursor: it would look for placeholders in every statement anew, at half the cost."""
    mark = "?" if connection.vendor == "sqlite" else "%s"
    placeholders = "(" + ", ".join([mark] * len(rows[0])) + ")"
    with connection.wrap_database_errors, closing(connection.connection.cursor()) as cursor:
        for chunk in _chunks(rows):
            cursor.execute(head + ", ".join([placeholders] * len(chunk)) + tail, list(chain.from_iterable(chunk)))


def _copy(rows: Sequence[Row]) -> None:
    columns = _columns(Position.COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL client_min_messages = warning")
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {_STAGING} (LIKE {_TABLE}) ON COMMIT DELETE ROWS")
        cursor.execute(f"DELETE FROM {_STAGING}")  # noqa: S608  empty already, unless the caller's transaction goes on
        with cursor.copy(f"COPY {_STAGING} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_COPY_TYPES)
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            f"INSERT INTO {_TABLE} ({columns}) SELECT {columns} FROM {_STAGING} "  # noqa: S608  our own names
            "ON CONFLICT DO NOTHING"
        )


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + ROWS_PER_STATEMENT] for start in range(0, len(rows), ROWS_PER_STATEMENT))


def _columns(names: Iterable[str]) -> str:
    return ", ".join(names)
