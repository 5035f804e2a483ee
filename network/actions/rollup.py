"""Fine rows become coarse ones, a period at a time: one way for samples, counters and the ledger.

How far it has come is told by what was made: the watermark is the end of its newest period. So whoever is interrupted
goes on where it stopped, and a period that is made again is the same period.

Two things come later than that allows: rows stored after their period was made, and times lived through twice, for the
clock was set back. A mark then says from when on periods are made again, and until they are, their rows are needed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, QuerySet

from console.models import TimeMark

Rows = Callable[[], "QuerySet[Any]"]
First = Callable[[datetime | None], datetime | None]
"""Returns the first time at or after a watermark of which something is to be made; None when there is none."""
_INSTANT = timedelta(microseconds=1)
_MARK = "roll-up again: %s"
_followers: dict[str, list[str]] = {}
"""Which roll-ups are made of what another made, by their names."""


def follow(source: str, name: str) -> None:
    """Note that a roll-up is made of what another made, so that it is made again with it."""
    names = _followers.setdefault(source, [])
    if name not in names:
        names.append(name)


@transaction.atomic
def redo(name: str, since: datetime) -> None:
    """Have a roll-up, and what is made of it, make again what it made of times from then on: all of them or none."""
    TimeMark.objects.lower(_MARK % name, since)
    for follower in _followers.get(name, []):
        redo(follower, since)


def first_time(rows: Rows, column: str, *, is_end: bool = False) -> First:
    """Make a `First` of the rows of a source, so that times without rows are passed over.

    Args:
        rows: those that count.
        column: their time.
        is_end: it ends what the row tells of, so that it belongs to the period that ends with it.
    """

    def first(after: datetime | None) -> datetime | None:
        result = rows() if after is None else rows().filter(**{f"{column}__{'gt' if is_end else 'gte'}": after})
        at: datetime | None = result.aggregate(at=Min(column))["at"]
        return at - _INSTANT if at and is_end else at

    return first


@dataclass(frozen=True, kw_only=True)
class RollUp:
    """What is made of a source, period by period.

    Args:
        span: how long a period is; it begins at a multiple of that (UTC).
        target: the rows made so far; `started_at` is the beginning of their period.
        first: where the source has something next.
        make: writes all rows of the periods from a beginning to an end, those of before replaced, in one transaction;
            returns how many. Where that is none the run ends, for the watermark stays.
        most: so many periods are made in one run; what is left follows in the next.
        at_once: so many are handed to `make` together, whether or not the source has something of each.
        name: under which it is marked from when on it is to be made again; empty: it never is.
    """

    span: timedelta
    target: Rows
    first: First
    make: Callable[[datetime, datetime], int]
    most: int = 120
    at_once: int = 1
    name: str = ""

    def run(self, until: datetime) -> int:
        """Make the periods that end by then and are not made yet; return how many.

        Args:
            until: up to when the source is complete.
        """
        end = self.floor(until)
        self._notice_step_back(end)
        newest, mark, made = self.made_until(), self._mark(), 0
        if newest is None and mark is not None:  # nothing is made yet, so nothing is to be made again
            mark.end()
            mark = None
        after = self._earlier(newest, mark)
        while made < self.most and (at := self.first(after)) is not None:
            start = self.floor(at)
            stop = min(start + min(self.at_once, self.most - made) * self.span, end)
            if start >= stop or (not self.make(start, stop) and mark is None):
                break
            made, after = made + int((stop - start) / self.span), stop
            if mark is not None and not mark.move(stop):
                return made  # set anew meanwhile: the next run begins there
        if mark is not None and newest and newest <= end and self._has_come_to(newest, after):
            mark.end()
        return made

    def resumes_at(self) -> datetime | None:
        """Return from when on the next run makes periods; None: from the first on."""
        return self._earlier(self.made_until(), self._mark())

    def made_until(self) -> datetime | None:
        """Return the watermark: the end of the newest period made; None before the first."""
        newest: datetime | None = self.target().aggregate(at=Max("started_at"))["at"]
        return newest + self.span if newest else None

    def needed_from(self) -> datetime | None:
        """Return from when on the source's rows are still needed; None when all of them are rolled up."""
        at = self.first(self.resumes_at())
        return None if at is None else self.floor(at)

    def complete_until(self, until: datetime) -> datetime:
        """Return up to when, and to `until` at most, everything that the source holds is made."""
        needed_from, end = self.needed_from(), self.floor(until)
        return end if needed_from is None else min(end, needed_from)

    def floor(self, at: datetime) -> datetime:
        """Return the beginning of the period that holds a time."""
        span_s = self.span.total_seconds()
        return datetime.fromtimestamp(at.timestamp() // span_s * span_s, UTC)

    def _mark(self) -> TimeMark | None:
        return TimeMark.objects.under(_MARK % self.name) if self.name else None

    def _notice_step_back(self, end: datetime) -> None:
        """Mark where to go on when periods are made that are not over yet: by a clock that was ahead."""
        newest = self.made_until()
        if not self.name or newest is None or newest <= end or self._mark() is not None:
            return
        over = self.target().filter(started_at__lte=end - self.span)
        past: datetime | None = over.aggregate(at=Max("started_at"))["at"]
        redo(self.name, past + self.span if past else end)

    def _earlier(self, newest: datetime | None, mark: TimeMark | None) -> datetime | None:
        return newest if newest is None or mark is None else min(newest, self.floor(mark.at))

    def _has_come_to(self, newest: datetime, after: datetime | None) -> bool:
        """Whether nothing is left to be made again of before the watermark."""
        at = self.first(after)
        return at is None or self.floor(at) >= newest
