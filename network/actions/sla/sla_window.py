"""What was measured lately, kept in this process from round to round, and always what the database holds.

Samples are written once and never changed. So this process reads only what was stored since it last looked, by
whomever, and then asks the database how many samples there are and what their keys add up to: nothing it holds can be
missing there but by a deletion. When that does not agree it reads the last seconds again, in which another process may
have stored samples of lower keys later, and then everything.
"""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, QuerySet, Sum, TextField
from django.db.models.functions import Cast

from network.kernels.measurement.window import Rounds, as_rounds
from network.models import ProbeMethod, StampSample

log = logging.getLogger(__name__)

SLACK = timedelta(seconds=30)
"""So much more than is needed is held, so that not every round lets go of something."""
LATE = timedelta(seconds=20)
"""So long after it was sent a sample may be stored, without everything being read again."""
METHODS = list(ProbeMethod.values)
"""Ways of asking, by the numbers that `Rounds` has for them."""
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_FIELDS = ("pk", "site_id", "sent_at", "method", "is_trusted", "rtt_ms", "packets", "lost")


@dataclass(frozen=True)
class _Held:
    """Every sample that was sent after `since`."""

    since: datetime
    rounds: Rounds


_held: _Held | None = None


def rounds(now: datetime, longest_s: int, stored: int) -> Rounds:
    """Return at least the rounds that were sent in the last so many seconds, as the database holds them.

    Args:
        now: the end of the window.
        longest_s: how far back it must reach. [s]
        stored: how many rounds this process has just stored.
    """
    global _held  # noqa: PLW0603  the window of this process
    since = now - timedelta(seconds=longest_s)
    is_enough = _held is not None and _held.since <= since
    held = _caught_up(_held, now, stored) if _held is not None and is_enough else None
    _held = _trimmed(held, since) if held is not None else _loaded(since - SLACK)
    return _held.rounds


def forget() -> None:
    """Hold nothing any more: the next round reads everything."""
    global _held  # noqa: PLW0603  the window of this process
    _held = None


def micros(at: datetime) -> int:
    """Return a time as `Rounds` has it. [us since 1970]."""
    return (at - _EPOCH) // _MICROSECOND


def _caught_up(held: _Held, now: datetime, stored: int) -> _Held | None:
    """Return what is held with all that was stored since; None when that is not what the database holds."""
    newest = int(held.rounds.ids.max()) if len(held.rounds) else 0
    fresh = _read(_samples(held.since).filter(pk__gt=newest))
    if len(fresh) < stored:  # the keys began anew: another database
        return None
    extended = _Held(held.since, held.rounds.with_these(fresh))
    if _is_right(extended):
        return extended
    late = _read(_samples(max(now - LATE, held.since)))
    unknown = late.chosen(~np.isin(late.ids, extended.rounds.ids))
    extended = _Held(held.since, extended.rounds.with_these(unknown))
    return extended if _is_right(extended) else None


def _trimmed(held: _Held, since: datetime) -> _Held:
    if since - held.since <= 2 * SLACK:
        return held
    kept = since - SLACK
    return _Held(kept, held.rounds.chosen(held.rounds.sent_us > micros(kept)))


def _loaded(since: datetime) -> _Held:
    log.info("reading all samples since %s", since)
    return _Held(since, _read(_samples(since)))


def _is_right(held: _Held) -> bool:
    totals = _samples(held.since).aggregate(count=Count("pk"), keys=Sum("pk"))
    return (totals["count"], int(totals["keys"] or 0)) == (len(held.rounds), int(held.rounds.ids.sum()))


def _samples(since: datetime) -> QuerySet[StampSample]:
    return StampSample.objects.filter(sent_at__gt=since).order_by()


def _read(samples: QuerySet[StampSample]) -> Rounds:
    rows: list[Any] = list(samples.values_list(*_FIELDS, Cast("rtts_ms", TextField())))
    times: list[list[float | None]] = json.loads(f"[{','.join(row[-1] for row in rows)}]")  # one by one is far slower
    flat = [np.nan if rtt_ms is None else rtt_ms for rtts_ms in times for rtt_ms in rtts_ms]
    columns = [
        [row[0] for row in rows],
        [row[1] for row in rows],
        [micros(row[2]) for row in rows],
        [METHODS.index(row[3]) for row in rows],
        [row[4] for row in rows],
        [row[5] is not None for row in rows],
        [row[6] for row in rows],
        [row[7] for row in rows],
        [len(rtts_ms) for rtts_ms in times],
    ]
    return as_rounds(columns, flat)
