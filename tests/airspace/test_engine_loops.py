"""The engine's two loops show that they turn, also while they wait for the database or Redis."""

import math

import pytest
from django.db import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError

from airspace.engine import Engine
from airspace.engine import loop as engine_loop
from airspace.engine.loop import OPEN_WITHIN_S
from console.run import loops
from console.run.loops import SILENCE_S, Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setattr(loops, "_process", loops._process)
    own = Page()
    loops.use(own)
    return own


def turns(page: Page) -> dict[str, int]:
    return {row.name: row.turns for row in page.rows() if row}


def limits_s(page: Page) -> dict[str, float]:
    return {row.name: row.limit_s for row in page.rows() if row}


def test_reading_the_last_hour_may_take_longer_than_a_turn(page):
    engine = Engine("test")
    assert limits_s(page) == {"engine": OPEN_WITHIN_S, "writer": math.inf}
    assert engine.is_stopping is False


@pytest.mark.django_db(transaction=True)
def test_both_loops_turn_from_their_start_on(page, monkeypatch):
    engine = Engine("test")
    seen = []

    def look() -> None:
        seen.append((turns(page), limits_s(page)))
        engine.is_stopping = len(seen) >= 5

    monkeypatch.setattr(engine, "_read", look)
    engine.run()
    assert seen[-1][1] == {"engine": SILENCE_S, "writer": SILENCE_S}
    assert seen[-1][0]["engine"] > seen[0][0]["engine"]
    assert turns(page)["writer"] > 2


@pytest.mark.parametrize("reason", [RedisConnectionError("away"), OperationalError("away"), OSError("away")])
def test_an_outage_is_no_hang_of_either(page, monkeypatch, reason):
    engine, before, tries = Engine("test"), turns(page), []
    monkeypatch.setattr(engine_loop, "RETRY_S", 0.0)
    monkeypatch.setattr("airspace.engine.writer.RETRY_S", 0.0)
    for name in ("loop.close_old_connections", "writer.connection.close", "writer.history.prepare_connection"):
        monkeypatch.setattr(f"airspace.engine.{name}", lambda: None)

    def fail_seven_times() -> None:
        tries.append(turns(page))
        if len(tries) % 8:
            raise reason

    engine._insist(fail_seven_times)
    engine.writer._until_done(fail_seven_times)
    assert turns(page)["engine"] - before["engine"] == 8
    assert turns(page)["writer"] - before["writer"] == 8
