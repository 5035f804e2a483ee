"""Risks of one machine over a time: by the reading, minute or hour, the highest counts; nothing inferred has no row."""

from datetime import timedelta
from uuid import uuid4

import pytest

from industry.actions.telemetry.score_history import history
from industry.models import Machine, Reading, Score
from tests.conftest import NOON
from tests.industry.conftest import GOOD

DAY = (NOON - timedelta(hours=12), NOON + timedelta(hours=12))


@pytest.fixture
def infer(job, catalogue):
    """Keep a risk of a reading of a machine taken so many seconds after noon."""

    def made(seconds: float, risk: float, machine: Machine | None = None) -> None:
        at = NOON + timedelta(seconds=seconds)
        whose = machine or Machine.objects.get(name="mill-01")
        read = Reading.objects.create(machine=whose, at=at, received_at=at, batch=uuid4(), values=GOOD)
        Score.objects.create(reading=read, version=catalogue.newest(), job=job, risk=risk, scored_at=at)

    return made


@pytest.fixture
def told(infer):
    """Four risks of a machine: two of one minute, one of the next, one two hours later."""
    for seconds, risk in ((0, 0.1), (20, 0.9), (70, 0.3), (7_300, 0.2)):
        infer(seconds, risk)
    return Machine.objects.get(name="mill-01")


def rows(machine: Machine, span: str, between=DAY, most: int = 100) -> list[tuple[float, float, int]]:
    found = history(machine, span, between, most)
    return [((row["at"] - NOON).total_seconds(), row["highest_risk"], row["scores"]) for row in found]


def test_each_reading_has_its_risk_the_oldest_first(told):
    assert rows(told, "reading") == [(0, 0.1, 1), (20, 0.9, 1), (70, 0.3, 1), (7_300, 0.2, 1)]


def test_of_a_minute_the_highest_risk_counts_and_a_minute_without_one_has_no_row(told):
    assert rows(told, "minute") == [(0, 0.9, 2), (60, 0.3, 1), (7_260, 0.2, 1)]


def test_of_an_hour_the_highest_risk_counts(told):
    assert rows(told, "hour") == [(0, 0.9, 3), (7_200, 0.2, 1)]


def test_the_begin_of_a_time_belongs_to_it_and_its_end_does_not(told):
    between = (NOON + timedelta(seconds=20), NOON + timedelta(seconds=70))
    assert rows(told, "reading", between) == [(20, 0.9, 1)]


def test_of_more_rows_than_are_asked_for_the_newest_are_told(told):
    assert rows(told, "reading", most=2) == [(70, 0.3, 1), (7_300, 0.2, 1)]


def test_another_machine_says_nothing_of_this_one(told, infer):
    other = Machine.objects.create(factory=told.factory, name="mill-02", registered_at=NOON)
    infer(10, 1.0, other)
    assert rows(told, "minute")[0] == (0, 0.9, 2)
    assert rows(other, "minute") == [(0, 1.0, 1)]


def url(machine: Machine) -> str:
    return f"/api/v1/factories/works/machines/{machine.pk}/risks"


def test_the_api_tells_the_time_that_is_asked_for(told, with_key):
    caller = with_key("read")
    times = {"since": (NOON + timedelta(seconds=60)).isoformat(), "until": (NOON + timedelta(seconds=120)).isoformat()}
    (row,) = caller.get(url(told), {"span": "minute", **times}).data
    assert (row["highest_risk"], row["scores"]) == (0.3, 1)
    assert row["at"] == "2026-06-01T20:01:00+08:00"


def test_a_time_that_ends_before_it_begins_is_refused_and_so_is_a_span_that_there_is_none(told, with_key):
    caller = with_key("read")
    late, early = NOON.isoformat(), (NOON - timedelta(hours=1)).isoformat()
    assert caller.get(url(told), {"since": late, "until": early}).status_code == 400
    assert caller.get(url(told), {"span": "fortnight"}).status_code == 400
    assert caller.get(url(told), {"limit": 2_001}).status_code == 400


def test_a_list_of_risks_ends_where_it_is_asked_to(told, with_key):
    answer = with_key("read").get("/api/v1/scores", {"until": (NOON + timedelta(seconds=60)).isoformat()})
    assert [row["risk"] for row in answer.data["results"]] == [0.9, 0.1]
