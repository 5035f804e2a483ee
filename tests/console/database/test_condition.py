"""What an error says of the database: away, locked, full, read-only, damaged, or nothing, for it is our own mistake."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import psycopg
import psycopg_pool
import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, InternalError, OperationalError, ProgrammingError
from psycopg.errors import lookup

from console.database import Absences, Condition, absence_of, absences, condition_of
from tests.conftest import NOON


def raised(kind: type[Exception], cause: Exception) -> Exception:
    """Return an error as Django makes it of a driver's."""
    error = kind(str(cause))
    error.__cause__ = cause
    return error


def of_sqlite(act) -> sqlite3.Error:
    with pytest.raises(sqlite3.Error) as caught:
        act()
    return caught.value


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.sqlite3"
    with closing(sqlite3.connect(path)) as line, line:
        line.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY)")
    return path


def test_a_lock_of_another_process(file):
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as holder,
        closing(sqlite3.connect(file, timeout=0)) as line,
    ):
        holder.execute("BEGIN IMMEDIATE")
        error = of_sqlite(lambda: line.execute("INSERT INTO rows DEFAULT VALUES"))
    assert condition_of(raised(OperationalError, error)) == Condition.LOCKED


def test_no_room_left(file):
    with closing(sqlite3.connect(file)) as line:
        line.execute("PRAGMA max_page_count = 2")
        error = of_sqlite(lambda: line.execute("CREATE TABLE more AS SELECT zeroblob(100000)"))
    assert condition_of(raised(OperationalError, error)) == Condition.FULL


def test_a_file_that_may_not_be_written(file):
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as line:
        error = of_sqlite(lambda: line.execute("INSERT INTO rows DEFAULT VALUES"))
    assert condition_of(raised(OperationalError, error)) == Condition.READ_ONLY


def test_a_file_that_is_gone(tmp_path):
    error = of_sqlite(lambda: sqlite3.connect(tmp_path / "none" / "own.sqlite3"))
    assert condition_of(raised(OperationalError, error)) == Condition.AWAY


def test_a_file_that_is_no_database(file):
    file.write_bytes(b"nothing of ours" * 1_000)
    with closing(sqlite3.connect(file)) as line:
        error = of_sqlite(lambda: line.execute("SELECT * FROM rows"))
    assert condition_of(raised(DatabaseError, error)) == Condition.DAMAGED


@pytest.mark.parametrize("statement", ["SELECT * FROM missing", "SELECT missing FROM rows", "SELEC"])
def test_our_own_mistake_is_none_though_sqlite_calls_it_operational(file, statement):
    with closing(sqlite3.connect(file)) as line:
        error = of_sqlite(lambda: line.execute(statement))
    assert isinstance(error, sqlite3.OperationalError)
    assert condition_of(raised(OperationalError, error)) is None


@pytest.mark.parametrize(
    ("sqlstate", "kind", "condition"),
    [
        ("57P01", OperationalError, Condition.AWAY),  # admin_shutdown
        ("57P03", OperationalError, Condition.AWAY),  # cannot_connect_now
        ("53300", OperationalError, Condition.AWAY),  # too_many_connections
        ("08006", OperationalError, Condition.AWAY),
        ("53100", OperationalError, Condition.FULL),
        ("25006", InternalError, Condition.READ_ONLY),  # a primary that was demoted
        ("55P03", OperationalError, Condition.LOCKED),
        ("40P01", OperationalError, Condition.LOCKED),
        ("XX001", InternalError, Condition.DAMAGED),
        ("57014", OperationalError, None),  # a statement that took longer than it may
        ("42P01", ProgrammingError, None),  # undefined_table
        ("23505", IntegrityError, None),
        ("25P02", InternalError, None),  # the error before it says what is wrong
        ("P0001", InternalError, None),  # raised by a trigger of ours
    ],
)
def test_what_postgresql_says(sqlstate, kind, condition):
    assert condition_of(raised(kind, lookup(sqlstate)("told"))) == condition


@pytest.mark.parametrize(
    "cause",
    [
        psycopg.OperationalError("connection refused"),
        psycopg_pool.PoolTimeout("none to be had"),
        psycopg_pool.TooManyRequests("too many wait"),
        psycopg.InterfaceError("the connection is closed"),
    ],
)
def test_without_a_connection_it_is_away(cause):
    assert condition_of(raised(OperationalError, cause)) == Condition.AWAY
    assert condition_of(cause) == Condition.AWAY


def test_django_says_so_itself_without_a_cause():
    assert condition_of(InterfaceError("connection already closed")) == Condition.AWAY
    assert condition_of(raised(InterfaceError, psycopg.InterfaceError("wrong use"))) is None


def test_other_errors_are_none():
    assert [condition_of(error) for error in (None, ValueError("x"), DatabaseError("x"), IntegrityError("x"))] == [
        None
    ] * 4


class Clock:
    at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


def test_an_absence_keeps_when_it_was_met_first_until_the_database_answers():
    met = Absences()
    assert met.present() is None
    met.note(Condition.AWAY, NOON)
    assert met.note(Condition.AWAY, NOON + timedelta(seconds=9)).since == NOON
    met.answered()
    assert met.present() is None
    assert met.note(Condition.AWAY, NOON + timedelta(seconds=20)).since == NOON + timedelta(seconds=20)


def test_a_lock_is_not_over_because_reading_goes_on_and_is_once_nobody_meets_it():
    clock = Clock()
    met = Absences(clock)
    met.note(Condition.LOCKED, NOON)
    met.answered()
    assert met.present().condition == Condition.LOCKED
    clock.at_s += 31
    assert met.present() is None


def test_a_sentence_says_since_when_and_that_nothing_was_changed():
    absence = absence_of(OperationalError("gone"))
    absences.answered()
    assert absence.sentence.startswith("the database does not answer, since 20")
    assert absence.sentence.endswith("nothing was changed")
    assert absence.retry_after_s == 5
    assert absence_of(ValueError()) is None
