"""Storing reports in bulk, and deleting old ones. Written by the engine's writer alone."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
from django.db import connection, transaction

from airspace.kernels.tracking import STATUS_CODES, classify
from airspace.models import Drone, LastPosition, Position

Row = tuple[Any, ...]
"""A report in the order of `Position.COLUMNS`."""

ROWS_PER_STATEMENT = 250
MAX_DELETED_PER_DRONE = 2_000
BATTERY, STATUS = Position.COLUMNS.index("battery_pct"), Position.COLUMNS.index("status")
_TABLE, _LAST = Position._meta.db_table, LastPosition._meta.db_table  # noqa: SLF001
_STAGING = "airspace_position_staging"
_COPY_TYPES = ["int8"] * 4 + ["float8"] * 8 + ["text"] + ["float8"] * 2


def prepare_connection() -> None:
    """Fit this thread's connection to bulk work: room for the hot pages, and a wait short enough to notice a stop."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout=2000")
            cursor.execute("PRAGMA cache_size=-65536")


def store(rows: Iterable[Row]) -> None:
    """Store reports and the newest of each drone in one transaction. One already stored (same drone and time) stays.

    Several hundred rows go to a statement: SQLite's driver gives up the interpreter's lock once per statement, and
    waiting to have it back after every single row would cost more than the write.
    """
    ordered = sorted(rows, key=itemgetter(0, 1))  # neighbours in the index are written together
    if not ordered:
        return
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _copy(ordered)
        else:
            head = f"INSERT OR IGNORE INTO {_TABLE} ({_columns(Position.COLUMNS)}) VALUES "  # noqa: S608  our own names
            _insert(head, "", ordered)
        _keep_newest(ordered)


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


def _keep_newest(ordered: Sequence[Row]) -> None:
    newest: dict[int, Row] = {}
    for row in ordered:
        known = newest.get(row[0])
        if known is None or row[1] > known[1]:
            newest[row[0]] = row
    rows = list(newest.values())
    battery = np.array([row[BATTERY] for row in rows], np.float64)
    status = np.array([STATUS_CODES[row[STATUS]] for row in rows], np.uint8)
    states = classify(battery, status).tolist()
    values = ", ".join(f"{name} = excluded.{name}" for name in LastPosition.COLUMNS[1:])
    _insert(
        f"INSERT INTO {_LAST} ({_columns(LastPosition.COLUMNS)}) VALUES ",  # noqa: S608  our own names
        f" ON CONFLICT (drone_id) DO UPDATE SET {values} WHERE excluded.at_ms > {_LAST}.at_ms",
        [(*row, state) for row, state in zip(rows, states, strict=True)],
    )


def _insert(head: str, tail: str, rows: Sequence[Row]) -> None:
    one = "(" + ", ".join(["%s"] * len(rows[0])) + ")"
    with connection.cursor() as cursor:
        for chunk in _chunks(rows):
            cursor.execute(head + ", ".join([one] * len(chunk)) + tail, list(chain.from_iterable(chunk)))


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
