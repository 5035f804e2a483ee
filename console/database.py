"""Whether the database can answer, told from what it raises, and since when it cannot.

What a query raises is one of three things: the database cannot answer just now (away, locked, full, read-only,
damaged), the row is not fit (`IntegrityError`, `DataError`), or our own mistake, as a missing table. Only the first is
answered with 503 or tried again; the classes of DB-API do not tell them apart, for SQLite raises `OperationalError`
for a missing table and PostgreSQL `InternalError` for a primary that was demoted.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from sqlite3 import (
    SQLITE_BUSY,
    SQLITE_CANTOPEN,
    SQLITE_CORRUPT,
    SQLITE_FULL,
    SQLITE_IOERR,
    SQLITE_LOCKED,
    SQLITE_NOMEM,
    SQLITE_NOTADB,
    SQLITE_PROTOCOL,
    SQLITE_READONLY,
)
from time import monotonic

import psycopg
from django.db import InterfaceError, OperationalError
from django.utils import timezone


class Condition(StrEnum):
    """Why the database cannot answer."""

    AWAY = "away"
    LOCKED = "locked"
    FULL = "full"
    READ_ONLY = "read_only"
    DAMAGED = "damaged"


SENTENCES = {
    Condition.AWAY: "the database does not answer",
    Condition.LOCKED: "the database is locked by somebody else who writes",
    Condition.FULL: "the disk of the database is full",
    Condition.READ_ONLY: "the database takes no changes just now, as one that another has replaced",
    Condition.DAMAGED: "the database is damaged",
}
RETRY_AFTER_S = {Condition.LOCKED: 2, Condition.FULL: 30, Condition.DAMAGED: 60}
"""All others: `USUALLY_AFTER_S`."""
USUALLY_AFTER_S = 5
REMEMBERED_S = 30.0
"""A lock, a full disk or a read-only database is over once nobody met it for so long: reading goes on meanwhile."""
_PRIMARY = 0xFF
_SQLITE = {
    SQLITE_BUSY: Condition.LOCKED, SQLITE_LOCKED: Condition.LOCKED, SQLITE_PROTOCOL: Condition.LOCKED,
    SQLITE_FULL: Condition.FULL, SQLITE_READONLY: Condition.READ_ONLY,
    SQLITE_IOERR: Condition.AWAY, SQLITE_CANTOPEN: Condition.AWAY, SQLITE_NOMEM: Condition.AWAY,
    SQLITE_CORRUPT: Condition.DAMAGED, SQLITE_NOTADB: Condition.DAMAGED,
}  # fmt: skip
"""By the lower byte of SQLite's result codes; SQLITE_ERROR, a mistake in a statement, is none of them."""
_SQLSTATES = (  # the first that fits counts; PostgreSQL's appendix A
    ("53100", Condition.FULL),
    ("57014", None),  # query_canceled: a statement took longer than it may, which is its own mistake
    ("25006", Condition.READ_ONLY),  # read_only_sql_transaction
    ("55P03", Condition.LOCKED), ("40001", Condition.LOCKED), ("40P01", Condition.LOCKED),
    ("XX001", Condition.DAMAGED), ("XX002", Condition.DAMAGED),
    ("08", Condition.AWAY), ("53", Condition.AWAY), ("57", Condition.AWAY), ("58", Condition.AWAY),
    ("28", Condition.AWAY), ("3D", Condition.AWAY),  # it lets us in no more, as after a restore
)  # fmt: skip


def condition_of(error: BaseException | None) -> Condition | None:
    """Return why the database cannot answer, as far as an error says so; None for any other error."""
    for reason in (error, error.__cause__ if error else None):
        if (code := getattr(reason, "sqlite_errorcode", None)) is not None:
            return _SQLITE.get(code & _PRIMARY)
        if isinstance(reason, psycopg.Error):
            return _of_postgresql(reason)
    is_bare = error is not None and error.__cause__ is None
    return Condition.AWAY if is_bare and isinstance(error, OperationalError | InterfaceError) else None


def is_unwritable(error: BaseException) -> bool:
    """Whether only writing fails just now: what merely notes that something was used may be left out."""
    return condition_of(error) in (Condition.LOCKED, Condition.FULL, Condition.READ_ONLY)


def _of_postgresql(reason: psycopg.Error) -> Condition | None:
    if reason.sqlstate:
        return next((condition for prefix, condition in _SQLSTATES if reason.sqlstate.startswith(prefix)), None)
    if isinstance(reason, psycopg.OperationalError):  # no connection, a broken one, or the pool lends none
        return Condition.AWAY
    return Condition.AWAY if isinstance(reason, psycopg.InterfaceError) and "closed" in str(reason) else None


@dataclass(frozen=True)
class Absence:
    """Why the database cannot answer, and since when this process knows."""

    condition: Condition
    since: datetime

    @property
    def sentence(self) -> str:
        """What is wrong, for programs and logs."""
        return f"{SENTENCES[self.condition]}, since {self.since.isoformat(timespec='seconds')}; nothing was changed"

    @property
    def retry_after_s(self) -> int:
        """When to ask again."""
        return RETRY_AFTER_S.get(self.condition, USUALLY_AFTER_S)


class Absences:
    """What this process knows of the database's absence; the checks behind `/readyz` tell when it is over."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._present: Absence | None = None
        self._met_s = 0.0

    def note(self, condition: Condition, now: datetime) -> Absence:
        """Note that somebody met it; return it with the time when it was met first."""
        with self._lock:
            if self._is_past() or self._present is None or self._present.condition != condition:
                self._present = Absence(condition, now)
            self._met_s = self._clock()
            return self._present

    def answered(self) -> None:
        """The database answered a question: it is not away."""
        with self._lock:
            if self._present and self._present.condition == Condition.AWAY:
                self._present = None

    def present(self) -> Absence | None:
        """Return what is known to be wrong."""
        with self._lock:
            return None if self._is_past() else self._present

    def _is_past(self) -> bool:
        return self._clock() - self._met_s > REMEMBERED_S


absences = Absences()


def absence_of(error: BaseException | None) -> Absence | None:
    """Return what an error says of the database's absence, and note it; None for any other error."""
    condition = condition_of(error)
    if condition is None:
        return None
    absence = absences.note(condition, timezone.now())
    if condition == Condition.DAMAGED and damage_is_new(absence):
        from console.run import damage  # noqa: PLC0415  it asks this module what an error says

        damage.note(str(error), absence.since)
    return absence


_damage_told: list[Absence] = []


def damage_is_new(absence: Absence) -> bool:
    """Whether this damage was not told yet: every query meets it."""
    is_new = absence not in _damage_told
    _damage_told[:] = [absence]
    return is_new
