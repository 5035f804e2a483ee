"""What is kept for how long: one table in which every app declares its rows, and one walk that deletes what is over.

A piece at a time, so that no writer waits long, and within a time that is shared among the tables, so that none waits
for a full one. What a roll-up has not read yet stays, however old it is; a metric tells for how long.

A clock that jumped ahead would have everything deleted at once. So where more than a day has passed between two walks,
nothing goes for another day: Loft was off for so long, or somebody has that day to set the clock right.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Model, Q, QuerySet
from django.utils.module_loading import autodiscover_modules

from console.models import TimeMark

log = logging.getLogger(__name__)

BUDGET_S = 60.0
"""So long one walk may take; what is left follows in the next."""
STATEMENT_S = 20
"""PostgreSQL ends a statement of the walk after so long: then that table has failed, and the next one follows."""
TURN = timedelta(minutes=10)
"""After so long a walk begins with the next table, so that one that always fails or is slow is not always first."""
JUMP = timedelta(hours=36)
"""Walks come every ten minutes: when the clock shows so much more at the next, it may have been set ahead."""
HOLD = timedelta(days=1)
"""For so long nothing is deleted then."""
_WALKED, _HELD = "retention: last walk", "retention: held until"
_UNITS = {"H": timedelta(hours=1), "D": timedelta(days=1)}
Drop = Callable[[datetime], int | None]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How long the rows of one table, or a part of it, are kept.

    Args:
        name: what the rows are, in the documentation and in metrics.
        model: whose rows.
        column: the time that counts.
        kept: for how long; or the setting that says so, whose name ends with the unit, `_H` or `_D`.
        least: they are kept at least as long, whatever the setting says.
        is_end: the column already tells when a row goes; `kept` is what it was made with.
        where: what besides is wanted of rows that go, by the time before which they do.
        needed_from: from when on a roll-up still needs them; None: it has read all.
        drop: deletes whole partitions from before a time, where the table has them; None: it has none here.
        piece: deletes some of the rows from before a time in a way of its own, and returns how many; 0: none is left.
        rows: so many are deleted in one statement, the oldest first, and those of the last one's very time with it.
        is_daily: looking for them takes long, so it is done once a day.
        by: who deletes them; empty: the walk.
    """

    name: str
    model: type[Model]
    column: str
    kept: timedelta | str
    least: timedelta = timedelta()
    is_end: bool = False
    where: Callable[[datetime], Q] | None = None
    needed_from: Callable[[], datetime | None] | None = None
    drop: Drop | None = None
    piece: Callable[[datetime], int] | None = None
    rows: int = 2_000
    is_daily: bool = False
    by: str = ""

    def kept_for(self) -> timedelta:
        """Return for how long the rows are kept."""
        if isinstance(self.kept, timedelta):
            return max(self.kept, self.least)
        number: int = getattr(settings, self.kept)
        return max(_UNITS[self.kept[-1]] * number, self.least)

    def over_before(self, now: datetime) -> datetime:
        """Return before which time of theirs rows are past their retention."""
        return now if self.is_end else now - self.kept_for()

    def limit(self, now: datetime) -> datetime:
        """Return before which time of theirs rows go: past their retention, and needed by no roll-up any more."""
        over_before = self.over_before(now)
        needed_from = self.needed_from() if self.needed_from else None
        return over_before if needed_from is None else min(over_before, needed_from)

    def held_s(self, now: datetime) -> float:
        """Return for how long rows have been kept past their retention because a roll-up stands still."""
        return (self.over_before(now) - self.limit(now)).total_seconds()

    def delete_piece(self, before: datetime) -> int:
        """Delete some of the rows from before a time; return how many. 0: none is left."""
        if self.piece:
            return self.piece(before)
        over = Q(**{f"{self.column}__lt": before})
        rows: QuerySet[Any] = self.model._default_manager.filter(over & self.where(before) if self.where else over)  # noqa: SLF001
        last = list(rows.order_by(self.column).values_list(self.column, flat=True)[self.rows - 1 : self.rows])
        return count_deleted(rows.order_by().filter(**{f"{self.column}__lte": newest for newest in last}))


@dataclass(frozen=True)
class Outcome:
    """What a walk did about one table: rows, or whole days, deleted. One that is not done is taken up by the next."""

    name: str
    deleted: int
    held_s: float
    is_done: bool


_rules: dict[str, Rule] = {}


def register(*rules: Rule) -> None:
    """Enter rows into the table.

    Raises:
        ValueError: rows of that name are in it.
    """
    for rule in rules:
        if _rules.setdefault(rule.name, rule) is not rule:
            raise ValueError(f"rule: {rule.name} given twice")


def rules() -> list[Rule]:
    """Return the table, by name; every app's part of it lies in `<app>/actions/retention.py`."""
    autodiscover_modules("actions.retention")
    return [_rules[name] for name in sorted(_rules)]


def walk(now: datetime, *, is_daily: bool = False, budget_s: float = BUDGET_S) -> list[Outcome]:
    """Delete what is over of all tables that the walk looks after.

    Args:
        now: the present.
        is_daily: of those that are looked at once a day; else of the others.
        budget_s: after so long it stops; each table has an even share of what those before it left.

    Returns:
        What became of each table; nothing at all while the clock may be ahead.
    """
    _note_walk(now)
    if (until := held_until(now)) is not None:
        log.warning("the clock moved on by more than a day between two walks: nothing is deleted until %s", until)
        return []
    tables = [rule for rule in rules() if rule.is_daily == is_daily and not rule.by]
    turn = timedelta(days=1) if is_daily else TURN
    first = int(now.timestamp() // turn.total_seconds()) % max(len(tables), 1)
    return visit(tables[first:] + tables[:first], now, budget_s)


def held_until(now: datetime) -> datetime | None:
    """Return until when nothing is deleted, for the clock may be ahead; None when it is believed.

    Whoever deletes outside of the walk asks as well, and may be the first to see that the clock jumped.
    """
    walked, held = TimeMark.objects.under(_WALKED), TimeMark.objects.under(_HELD)
    if walked is not None and now - walked.at > JUMP:
        return now + HOLD
    return held.at if held is not None and now < held.at <= now + HOLD else None


def _note_walk(now: datetime) -> None:
    """Note when the walk was made, and whether too much time has passed since the last one."""
    walked = TimeMark.objects.under(_WALKED)
    if walked is not None and now - walked.at > JUMP:
        TimeMark.objects.put(_HELD, now + HOLD)
    TimeMark.objects.put(_WALKED, now)


def visit(tables: Iterable[Rule], now: datetime, budget_s: float = BUDGET_S) -> list[Outcome]:
    """Delete what is over of these tables; of one that fails it is logged, and the next follows."""
    wanted, ends_s, outcomes = list(tables), time.monotonic() + budget_s, []
    for number, rule in enumerate(wanted):
        start_s = time.monotonic()
        share_s = max(ends_s - start_s, 0.0) / (len(wanted) - number)
        try:
            with _bounded_statements():
                outcomes.append(_delete(rule, now, start_s + share_s))
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("%s: what is past its retention could not be deleted", rule.name)
            outcomes.append(Outcome(rule.name, 0, 0.0, is_done=False))
    return outcomes


def count_deleted(rows: "QuerySet[Any]") -> int:
    """Delete these rows with what hangs on them; return how many of them there were."""
    return rows.delete()[1].get(rows.model._meta.label, 0)  # noqa: SLF001  Django's public name


def _delete(rule: Rule, now: datetime, until_s: float) -> Outcome:
    """Delete rows of one table, one piece at least, as long as there is time."""
    before = rule.limit(now)
    held_s = (rule.over_before(now) - before).total_seconds()
    if held_s > 0:
        log.warning("%s: rows of %.0f s stay past their retention, for they are not rolled up", rule.name, held_s)
    deleted = rule.drop(before) if rule.drop else None
    if deleted is not None:
        return Outcome(rule.name, deleted, held_s, is_done=True)
    deleted = piece = rule.delete_piece(before)
    while piece and time.monotonic() < until_s:
        piece = rule.delete_piece(before)
        deleted += piece
    if deleted:
        log.info("%s: %d rows past their retention deleted", rule.name, deleted)
    return Outcome(rule.name, deleted, held_s, is_done=not piece)


@contextmanager
def _bounded_statements() -> Iterator[None]:
    """On PostgreSQL, end every statement after `STATEMENT_S`: of the session, so that pieces stay transactions."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {int(STATEMENT_S * 1_000)}")
    try:
        yield
    finally:
        try:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
        except DatabaseError:  # interrupted in a statement, or gone: the next connection starts without the limit
            connection.close()
