"""One table of retention and one walk: in pieces, within its time, nothing that is needed, each table by itself."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings as live
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q

from console import metrics, retention, tasks
from console.models import IdempotentRequest, SignedIn
from console.retention import Rule, register, rules, visit
from console.schedule_settings import beat_schedule
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RULE = Rule(name="answers", model=IdempotentRequest, column="at", kept=DAY, rows=2)


@pytest.fixture
def ten(db):
    """Ten requests, one a day, the newest at noon."""
    IdempotentRequest.objects.bulk_create(
        IdempotentRequest(caller="key:1", key=str(days), fingerprint="f", at=NOON - days * DAY) for days in range(10)
    )


@pytest.fixture
def ticking(monkeypatch):
    """A clock of the walk that goes on by a second whenever it is read."""
    ticks = count()
    monkeypatch.setattr("console.retention.time.monotonic", lambda: float(next(ticks)))


def left() -> set[int]:
    return {int(key) for key in IdempotentRequest.objects.values_list("key", flat=True)}


@pytest.mark.usefixtures("ten")
def test_what_is_over_goes_in_pieces_and_what_is_not_stays(django_assert_num_queries):
    limits = 2 if connection.vendor == "postgresql" else 0  # of a statement's time, set and reset
    with django_assert_num_queries(12 + limits):  # five pieces, each looked for and deleted, and what is left
        [outcome] = visit([RULE], NOON + DAY / 2)
    assert (outcome.deleted, outcome.held_s, outcome.is_done, left()) == (9, 0.0, True, {0})


@pytest.mark.usefixtures("ten", "ticking")
def test_rows_of_one_time_go_together_however_many_they_are():
    IdempotentRequest.objects.filter(key__in=("4", "5", "6", "7", "8")).update(at=NOON - 4 * DAY)
    deleted = [visit([RULE], NOON + DAY / 2, budget_s=0)[0].deleted for _ in range(3)]
    assert (deleted, left()) == ([6, 2, 1], {0})


@pytest.mark.usefixtures("ten", "ticking")
def test_a_walk_whose_time_is_over_stops_after_a_piece_and_the_next_goes_on_where_it_stopped():
    outcomes = [visit([RULE], NOON + DAY / 2, budget_s=0)[0] for _ in range(6)]
    assert [(outcome.deleted, outcome.is_done) for outcome in outcomes] == [(2, False)] * 4 + [(1, False), (0, True)]
    assert left() == {0}


@pytest.mark.usefixtures("ten", "ticking")
def test_a_full_table_takes_only_its_share_of_the_time():
    endless = replace(RULE, name="endless", piece=lambda _: 1)
    first, second = visit([endless, RULE], NOON + DAY / 2, budget_s=20)
    assert 5 < first.deleted < 15
    assert (first.is_done, second.deleted, left()) == (False, 9, {0})


@pytest.mark.usefixtures("ten")
def test_a_table_that_fails_keeps_nobody_else_from_being_walked(caplog):
    broken = replace(RULE, name="broken", where=lambda _: Q(no_such_field=1))
    first, second = visit([broken, RULE], NOON + DAY / 2)
    assert (first.is_done, second.deleted) == (False, 9)
    assert "broken: what is past its retention could not be deleted" in caplog.text


def test_every_table_comes_first_in_its_turn(monkeypatch):
    walked = []
    monkeypatch.setattr(retention, "visit", lambda tables, *_: walked.append([rule.name for rule in tables]))
    count_of = {is_daily: sum(rule.is_daily == is_daily and not rule.by for rule in rules()) for is_daily in (0, 1)}
    for is_daily, turn in ((False, retention.TURN), (True, DAY)):
        walked.clear()
        for number in range(count_of[is_daily]):
            retention.walk(NOON + number * turn, is_daily=is_daily)
        assert len({names[0] for names in walked}) == len(walked) == count_of[is_daily]
        assert len({frozenset(names) for names in walked}) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no time limit of a statement")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["piece", "drop", "needed_from"])
def test_a_statement_without_end_is_ended_and_the_next_table_follows(ten, monkeypatch, way):
    def sleep(*_):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(retention, "STATEMENT_S", 0.1)
    first, second = visit([replace(RULE, **{way: sleep}), RULE], NOON + DAY / 2)
    assert (first.is_done, second.deleted, left()) == (False, 9, {0})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2)")  # the limit ended with the walk


def test_a_walk_that_is_told_to_end_ends():
    def told_to_end(_):
        raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        visit([replace(RULE, piece=told_to_end)], NOON)


@pytest.mark.usefixtures("ten")
def test_what_a_roll_up_still_needs_stays_and_the_walk_tells_for_how_long(caplog):
    needing = replace(RULE, needed_from=lambda: NOON - 5 * DAY)
    [outcome] = visit([needing], NOON + DAY / 2)
    assert (outcome.deleted, outcome.held_s, left()) == (4, 4.5 * 86_400, {0, 1, 2, 3, 4, 5})
    assert "answers: rows of 388800 s stay past their retention" in caplog.text
    assert visit([replace(RULE, needed_from=lambda: None)], NOON + DAY / 2)[0].deleted == 5
    assert needing.held_s(NOON - 6 * DAY) == 0.0  # within their retention


@pytest.mark.usefixtures("ten")
def test_rows_go_only_where_the_condition_holds_and_it_knows_the_time():
    spared = replace(RULE, where=lambda before: Q(at__lt=before - 3 * DAY) & ~Q(key="9"))
    assert (visit([spared], NOON + DAY / 2)[0].deleted, left()) == (5, {0, 1, 2, 3, 9})


@pytest.mark.usefixtures("ten")
def test_partitions_are_dropped_where_there_are_any_and_rows_deleted_where_there_are_none():
    dropped = []
    whole = replace(RULE, drop=lambda before: dropped.append(before) or 3, needed_from=lambda: NOON - 5 * DAY)
    assert (visit([whole], NOON + DAY / 2)[0].deleted, dropped, len(left())) == (3, [NOON - 5 * DAY], 10)
    assert visit([replace(RULE, drop=lambda _: None)], NOON + DAY / 2)[0].deleted == 9


def test_how_long_rows_are_kept_is_said_by_a_setting_with_its_unit_and_never_less_than_the_least(settings):
    settings.SOME_RETENTION_H, settings.SOME_RETENTION_D = 5, 2
    assert replace(RULE, kept="SOME_RETENTION_H").kept_for() == timedelta(hours=5)
    assert replace(RULE, kept="SOME_RETENTION_D").over_before(NOON) == NOON - 2 * DAY
    assert replace(RULE, kept="SOME_RETENTION_D", least=3 * DAY).kept_for() == 3 * DAY
    assert replace(RULE, kept="SOME_RETENTION_D", is_end=True).over_before(NOON) == NOON


def test_a_name_is_given_once():
    register(rules()[0])  # the same again, as when a module is imported twice
    with pytest.raises(ValueError, match="given twice"):
        register(replace(rules()[0], rows=1))


def test_sessions_whose_time_is_over_go_with_what_lists_them(person, monkeypatch):
    monkeypatch.setattr("console.actions.access.account.SESSIONS_AT_ONCE", 2)
    someone = person("viewer")
    for number in range(4):
        at = NOON + number * DAY
        Session.objects.create(session_key=f"s{number}", session_data="", expire_date=at)
        times = {"started_at": NOON, "active_at": NOON}
        SignedIn.objects.create(session_key=f"s{number}", person=someone, **times)
    [outcome] = visit([rule for rule in rules() if rule.name == "sessions"], NOON + 2 * DAY)
    assert outcome.deleted == 3
    assert list(Session.objects.values_list("pk", flat=True)) == ["s3"]
    assert list(SignedIn.objects.values_list("session_key", flat=True)) == ["s3"]


@pytest.mark.usefixtures("ten")
def test_the_tasks_walk_every_table_that_is_not_looked_after_by_others(monkeypatch):
    walked = []
    monkeypatch.setattr(retention, "visit", lambda tables, *_: walked.append({table.name for table in tables}))
    tasks.delete_old()
    tasks.delete_old_daily()
    assert walked[0] | walked[1] == {rule.name for rule in rules()} - {"positions"}
    assert (
        walked[1]
        == {"alarms", "holds of alarms", "breaches", "maintenance"}
        == {rule.name for rule in rules() if rule.is_daily}
    )
    assert {row["task"] for row in beat_schedule(2, 30).values()} >= {
        "console.tasks.delete_old",
        "console.tasks.delete_old_daily",
    }


def test_every_setting_of_a_retention_has_a_rule_and_every_rule_a_column_of_its_model():
    wanted = {name for name in dir(live) if re.fullmatch(r"LOFT_\w+_RETENTION_[HD]", name)}
    assert {rule.kept for rule in rules() if isinstance(rule.kept, str)} == wanted
    for rule in rules():
        rule.model._meta.get_field(rule.column)


def test_the_metric_names_what_waits_for_a_roll_up():
    text = metrics.page().decode()
    values = dict(re.findall(r'^loft_retention_held_seconds\{rows="([^"]+)"\} (\S+)$', text, re.MULTILINE))
    assert set(values) == {rule.name for rule in rules() if rule.needed_from}
    assert set(values.values()) == {"0.0"}


def test_the_documentation_has_the_table():
    text = (Path(live.BASE_DIR) / "docs" / "operations.md").read_text()
    matches = re.findall(
        r"^\| ([^|]+) \| `(\w+)` \| ([^|]+) \|([^|]*)\|$", text.partition("## What is kept")[2], re.MULTILINE
    )
    assert {name: (column, kept.split(",")[0]) for name, column, kept, _ in matches} == {
        rule.name: (rule.column, _words(rule)) for rule in rules()
    }
    assert {name for name, *_, stays in matches if "until" in stays} == {
        rule.name for rule in rules() if rule.needed_from
    }


def _words(rule: Rule) -> str:
    if isinstance(rule.kept, str):
        return f"`{rule.kept}`"
    return f"{rule.kept.days} days" if rule.kept > DAY else f"{rule.kept.total_seconds() / 3_600:.0f} hours"


@pytest.fixture
def requests(monkeypatch, ten):
    """A table of its own, whose rows are kept for a day."""
    monkeypatch.setattr(retention, "rules", lambda: [RULE])


@pytest.mark.usefixtures("requests")
def test_a_clock_that_jumped_a_year_ahead_deletes_nothing_and_set_right_it_deletes_what_is_over():
    ahead = NOON + 356 * DAY
    retention.walk(NOON)
    before = left()
    for minutes in range(0, 24 * 60, 10):
        assert retention.walk(ahead + minutes * DAY / 1_440) == []
    assert left() == before == {0, 1}
    assert retention.held_until(ahead) is not None
    [outcome] = retention.walk(NOON + DAY / 2)  # set right
    assert (outcome.deleted, left(), retention.held_until(NOON + DAY / 2)) == (1, {0}, None)


@pytest.mark.usefixtures("requests")
def test_who_was_off_for_long_deletes_what_is_over_a_day_later():
    retention.walk(NOON - 9 * DAY)
    back = NOON + 30 * DAY
    assert retention.walk(back) == []
    walks = [retention.walk(back + hours * DAY / 24) for hours in range(1, 24)]
    assert walks == [[]] * 23
    [outcome] = retention.walk(back + DAY)
    assert left() == set()
    assert outcome.is_done


@pytest.mark.usefixtures("requests")
def test_who_deletes_outside_of_the_walk_sees_the_jump_first():
    assert retention.held_until(NOON) is None  # nobody walked yet: nothing is known
    retention.walk(NOON)
    assert retention.held_until(NOON + retention.JUMP) is None
    assert retention.held_until(NOON + 2 * DAY) == NOON + 3 * DAY
