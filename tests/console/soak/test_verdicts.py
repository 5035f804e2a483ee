"""What does not stay flat is named, and what grows as it is meant to is told apart."""

import pytest
import redis
from django.conf import settings

from console import retention
from console.soak import measure, run
from console.soak.measure import Point
from console.soak.part import kept_for_ever, parts, queries
from console.soak.run import verdicts

DAYS = 400


def points(**changes) -> list[Point]:
    """Return looks every ten days; a change is a function of the day."""

    def figure(name: str, usual: float, day: int) -> float:
        return changes[name](day) if name in changes else usual

    return [
        Point(
            day,
            {"network.StampSample": int(figure("samples", 5_000, day)), "network.Site": 60,
             "console.AuditEntry": int(figure("audit", 100, day)), "network.Breach": int(figure("breaches", 50, day))},
            {"database MB": figure("database", 100.0, day), "memory MB": figure("memory", 200.0, day)},
            {"open alarms": figure("query", 4.0, day)},
        )
        for day in range(10, DAYS + 1, 10)
    ]  # fmt: skip


def test_what_stays_flat_is_good():
    assert verdicts(points(), DAYS) == ([], [])


def test_what_fills_up_until_its_retention_is_flat_afterwards():
    assert verdicts(points(samples=lambda day: min(day, 90) * 50), DAYS) == ([], [])


def test_a_table_that_nothing_empties_is_named():
    bad, meant = verdicts(points(samples=lambda day: day * 50), DAYS)
    assert meant == []
    assert [text.split(" grows")[0] for text in bad] == ["network.StampSample"]


def test_what_is_kept_for_ever_or_longer_than_the_run_grows_as_meant():
    bad, meant = verdicts(points(audit=lambda day: day * 10, breaches=lambda day: day * 5), DAYS)
    assert bad == []
    assert [text.split(": ")[1] for text in meant] == [
        "the audit trail is a chain and is written out, not shortened", "kept for 1127 days",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"database": lambda day: 100 + day / 10}, "database MB"),
        ({"memory": lambda day: 200 + day / 10}, "memory MB"),
        ({"query": lambda day: 4 + day / 20}, "query of open alarms"),
    ],
)
def test_a_figure_that_rises_is_named(changes, named):
    [text] = verdicts(points(**changes), DAYS)[0]
    assert text.startswith(named)


def test_few_looks_judge_rows_and_files_but_neither_memory_nor_times():
    few = points(memory=lambda day: 200 + day, query=lambda day: 4.0 * day, database=lambda day: 100 + day)[::6]
    assert [text.split(" rises")[0] for text in verdicts(few, DAYS)[0]] == ["database MB"]


def test_keys_and_entries_of_every_database_of_redis_are_counted():
    before = measure._redis()
    with redis.Redis.from_url(settings.REDIS_URL) as first, redis.Redis.from_url(settings.REDIS_URL, db=1) as second:
        try:
            first.xadd("soak:stream", {"a": 1})
            second.rpush("soak:list", 1, 2)
            after = measure._redis()
        finally:
            first.delete("soak:stream")
            second.delete("soak:list")
    assert {name: after[name] - before[name] for name in after} == {"Redis keys": 2, "Redis entries": 3}


def test_the_database_may_grow_by_what_is_kept():
    rows = 20_000
    grown_mb = rows * run.ROW_BYTES / 1e6
    bad, _ = verdicts(
        points(audit=lambda day: day / DAYS * rows, database=lambda day: 100 + day / DAYS * grown_mb), DAYS
    )
    assert bad == []


def test_a_run_that_is_too_short_says_so():
    [text] = verdicts(points()[:2], DAYS)[0]
    assert "too few to tell" in text


def test_every_app_brings_its_part_and_the_console_deletes_last():
    assert [part.name for part in parts()] == ["airspace", "industry", "network", "console"]


def test_ten_queries_or_more_are_timed():
    assert len(queries()) >= 10


def test_what_is_kept_for_ever_has_no_rule_of_retention():
    assert not set(kept_for_ever()) & {rule.model._meta.label for rule in retention.rules()}
