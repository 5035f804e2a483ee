"""While PostgreSQL is away one request at a time tries, the others are refused at once."""

from collections.abc import Iterator

import dj_database_url
import pytest
from django.db import OperationalError

from console.database_settings import database
from console.postgresql import base
from console.postgresql.base import DatabaseWrapper
from console.postgresql.gate import RETRY_S, TRY_S, Gate
from tests.console.database.test_condition import Clock

GONE = OSError("no route")


def test_whoever_comes_while_it_is_known_to_be_away_is_refused_and_one_may_try_after_a_while():
    clock = Clock()
    gate = Gate(clock)
    assert gate.reason() is None
    gate.failed(GONE, clock.at_s)
    assert [gate.reason() for _ in range(3)] == [GONE] * 3
    clock.at_s += RETRY_S
    assert [gate.reason() for _ in range(3)] == [None, GONE, GONE]  # one tries, nobody else meanwhile
    gate.failed(GONE, clock.at_s)
    assert gate.reason() is GONE
    clock.at_s += RETRY_S
    assert gate.reason() is None
    gate.passed()
    assert [gate.reason() for _ in range(3)] == [None] * 3


def test_who_never_says_what_came_of_a_try_holds_up_nobody_for_good():
    clock = Clock()
    gate = Gate(clock)
    gate.failed(GONE, clock.at_s)
    clock.at_s += RETRY_S
    assert gate.reason() is None
    clock.at_s += TRY_S
    assert gate.reason() is None


def test_who_waited_for_long_shuts_nobody_out_once_another_was_let_in():
    clock = Clock()
    gate = Gate(clock)
    gate.failed(GONE, clock.at_s)
    began_s = clock.at_s
    clock.at_s += RETRY_S
    gate.passed()
    gate.failed(GONE, began_s)
    assert not gate.is_shut
    gate.failed(GONE, clock.at_s)
    assert gate.is_shut


@pytest.fixture
def line(postgres) -> Iterator[DatabaseWrapper]:
    """A database of this process beside its own; its gate has a clock that the test moves."""
    besides = {"TIME_ZONE": None, "AUTOCOMMIT": True, "ATOMIC_REQUESTS": False, "TEST": {}}
    wrapper = DatabaseWrapper({**database(dj_database_url.parse(postgres.url)), **besides}, "beside")
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def asked(line: DatabaseWrapper) -> int:
    """Ask it once, and return how often its pool was asked for a connection until now."""
    try:
        line.ensure_connection()
    except OperationalError:
        pass
    else:
        line.close()
    return int(line.pool.get_stats().get("requests_num", 0))


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.once
def test_a_try_waits_for_no_pause_of_the_pool_and_lets_all_in(line, postgres, monkeypatch):
    clock = Clock()
    gate = Gate(clock)
    monkeypatch.setattr(base, "gate_of", lambda _: gate)
    assert (asked(line), gate.is_shut) == (1, False)
    postgres.stop()
    try:
        assert (asked(line), gate.is_shut) == (2, True)  # waited in vain for as long as the pool lets it
        assert asked(line) == 2  # is refused at once
        clock.at_s += RETRY_S
        assert (asked(line), gate.is_shut) == (2, True)  # tries beside the pool
    finally:
        postgres.start()
    clock.at_s += RETRY_S
    assert (asked(line), gate.is_shut) == (3, False)
