"""How well the alarms serve those who work with them: figures after EEMUA 191 and ISA-18.2 beside their targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Min

from console.access.actor import SYSTEM, Actor
from console.models import Person
from console.words import shown_name
from network.kernels.alarms import alarm_health as kernel
from network.models import Alarm, AlarmEntry, AlarmHold, EntryKind, Severity
from network.models.alarms.alarm import shown_problem

PERIODS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
MOST_ALARMS = 200_000
MOST_LISTED = 50
LEAST_TO_JUDGE = 200
"""Of fewer alarms ten sources always hold more than the 5 % that the standard allows."""
_NAMES = ("subject", "subject_zh", "specific_problem")
_STALE = ("id", "object_kind", "object_key", "problem", *_NAMES, "started_at")
_HELD = ("id", "kind", "object_kind", "object_key", "problem", *_NAMES, "reason", "actor", "started_at", "until_at")
PRIORITIES = {Severity.CRITICAL: "high", Severity.MAJOR: "medium"}
"""The rest is low: minor, warning and indeterminate."""


class Source(NamedTuple):
    """What raises alarms: one problem of one object."""

    object_kind: str
    object_key: str
    problem: str
    organisation: int


_SOURCE = ("object_kind", "object_key", "problem", "organisation_id")


@dataclass(frozen=True)
class Figure:
    """A figure with the target that the standards name for it; null is unknown, or no target."""

    key: str
    value: float | None
    unit: str
    target: float | None = None
    is_at_most: bool = True
    is_enough: bool = True

    @property
    def is_met(self) -> bool | None:
        """Whether it meets its target; None where either is missing, or too few alarms came to tell."""
        if self.value is None or self.target is None or not self.is_enough:
            return None
        return self.value <= self.target if self.is_at_most else self.value >= self.target


@dataclass(frozen=True)
class _Seen:
    """Alarms that operators were shown: neither held nor consequences of another."""

    since: datetime
    until: datetime
    raised_s: kernel.Array
    ended_s: kernel.Array
    acknowledged_s: kernel.Array
    severities: list[str]
    sources: list[Source]
    names: dict[Source, dict[str, str]]  # what they are called in the reader's language
    is_cut: bool

    @property
    def spans(self) -> float:
        """How many ten minutes the period holds."""
        return (self.until - self.since).total_seconds() / kernel.SLOT_S


def health(
    period: str,
    operators: int,
    now: datetime,
    actor: Actor = SYSTEM,
    *,
    between: tuple[datetime, datetime] | None = None,
) -> dict[str, Any]:
    """Judge the alarms that began within a period, of those that somebody may see.

    Args:
        period: one of `PERIODS`. What lies before the first person was made is not counted as quiet time.
        operators: among how many people the alarms are shared.
        now: the end of the period.
        actor: who asks.
        between: judge this time instead, of at least ten minutes. What is stale or held is so now, whatever the time.

    Returns:
        Figures beside their targets, alarms per ten minutes, floods, and the lists behind the figures.
    """
    seen = _seen(actor, *(between or (now - PERIODS[period], now)))
    counts = _counts(seen)
    floods = kernel.floods(counts, operators)
    chatter, top = kernel.chattering(_raises(actor, seen)), kernel.top(seen.sources)
    stale = (
        Alarm.objects.visible_to(actor).annunciated().filter(started_at__lte=now - timedelta(seconds=kernel.STALE_S))
    )
    holds = AlarmHold.objects.visible_to(actor).filter(ended_at=None)
    counted = {"stale": stale.count(), "holds": holds.count(), "chattering": len(chatter)}
    figures = [*_rates(seen, counts, floods, operators), *_kinds(seen, counted, top[1]), *_answers(seen)]
    return {
        "at": now, "since": seen.since, "until": seen.until, "period": period, "operators": operators,
        "alarms": len(seen.sources), "is_cut": seen.is_cut, "figures": figures,
        "slots": {"started_at": _start(seen, len(counts)), "slot_s": int(kernel.SLOT_S), "alarms": counts.tolist()},
        "floods": [_flood(seen, len(counts), flood) for flood in floods[-MOST_LISTED:]],
        "chattering": [_source(seen, source, count) for source, count in list(chatter.items())[:MOST_LISTED]],
        "top": [{**_source(seen, source, count), "share": count / len(seen.sources)} for source, count in top[0]],
        "stale": [
            {**row, **_shown(*(row[name] for name in _NAMES))}
            for row in stale.order_by("started_at").values(*_STALE)[:MOST_LISTED]
        ],
        "holds": [
            {**row, **_shown(*(row[name] for name in _NAMES))}
            for row in holds.order_by("started_at").values(*_HELD)[:MOST_LISTED]
        ],
        "counts": {**counted, "floods": len(floods)},
    }  # fmt: skip


def _seen(actor: Actor, since: datetime, until: datetime) -> _Seen:
    born = Person.objects.aggregate(first=Min("date_joined"))["first"]
    since = min(max(since, born), until - timedelta(seconds=kernel.SLOT_S)) if born else since
    shown = Alarm.objects.visible_to(actor).filter(root=None, held="")
    rows = shown.filter(started_at__gte=since, started_at__lt=until)
    fields = ("started_at", "ended_at", "acknowledged_at", "severity", *_SOURCE, *_NAMES)
    records = list(rows.order_by("-started_at").values_list(*fields)[: MOST_ALARMS + 1])
    kept = records[:MOST_ALARMS]
    raised_s, ended_s, acknowledged_s = (np.array([_s(row[column]) for row in kept], float) for column in range(3))
    return _Seen(
        since, until, raised_s, ended_s, acknowledged_s, severities=[row[3] for row in kept],
        sources=[Source(*row[4:8]) for row in kept], is_cut=len(records) > MOST_ALARMS,
        names={Source(*row[4:8]): _shown(*row[8:]) for row in reversed(kept)},
    )  # fmt: skip


def _s(at: datetime | None) -> float:
    return at.timestamp() if at else np.nan


def _counts(seen: _Seen) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Count per ten minutes, backwards from now; the first slot may hold a little of the time before the period."""
    count = int(np.ceil(seen.spans - 1e-9))
    return kernel.slots(seen.raised_s, _start(seen, count).timestamp(), count)


def _start(seen: _Seen, count: int) -> datetime:
    return seen.until - timedelta(seconds=kernel.SLOT_S * count)


def _raises(actor: Actor, seen: _Seen) -> list[tuple[Source, float]]:
    rows = AlarmEntry.objects.visible_to(actor).filter(
        kind__in=[EntryKind.RAISED, EntryKind.REPEATED],
        at__gte=seen.since,
        at__lt=seen.until,
        alarm__root=None,
        alarm__held="",
    )
    fields = [f"alarm__{name}" for name in (*_SOURCE, *_NAMES)]
    records = list(rows.order_by("-at").values_list("at", *fields)[:MOST_ALARMS])
    for _, *row in records:
        seen.names.setdefault(Source(*row[:4]), _shown(*row[4:]))
    return [(Source(*row[:4]), at.timestamp()) for at, *row in records]


def _rates(seen: _Seen, counts: Any, floods: Sequence[kernel.Flood], operators: int) -> list[Figure]:
    flooded = sum(flood.after - flood.first for flood in floods)
    above = int((counts > kernel.MANY_PER_SLOT * operators).sum())
    return [
        Figure("average", len(seen.sources) / seen.spans / operators, "per_10_min", 1.0),
        Figure("peak", float(counts.max()) / operators, "per_10_min", 10.0),
        Figure("above_10", above / len(counts), "share", 0.01),
        Figure("in_flood", flooded / len(counts), "share", 0.01),
    ]


def _kinds(seen: _Seen, counted: dict[str, int], top_share: float | None) -> list[Figure]:
    shares = kernel.shares([PRIORITIES.get(Severity(severity), "low") for severity in seen.severities])
    high, medium, low = (shares.get(word, 0.0) if shares else None for word in ("high", "medium", "low"))
    is_enough = len(seen.sources) >= LEAST_TO_JUDGE
    fleeting = kernel.fleeting(seen.raised_s, seen.ended_s, seen.acknowledged_s)
    return [
        Figure("high", high, "share", 0.05, is_enough=is_enough),
        Figure("medium", medium, "share", 0.15, is_enough=is_enough),
        Figure("low", low, "share", 0.80, is_at_most=False, is_enough=is_enough),
        Figure("top_10", top_share, "share", 0.05, is_enough=is_enough),
        Figure("chattering", counted["chattering"], "count", 0),
        Figure("fleeting", int(fleeting.sum()), "count", 0),
        Figure("stale", counted["stale"], "count", 4),
        Figure("held", counted["holds"], "count"),
    ]


def _answers(seen: _Seen) -> list[Figure]:
    taken_s = seen.acknowledged_s - seen.raised_s
    share = float(np.isnan(taken_s).mean()) if len(taken_s) else None
    return [
        Figure("acknowledged_median", kernel.quantile_s(taken_s, 0.5), "s"),
        Figure("acknowledged_p90", kernel.quantile_s(taken_s, 0.9), "s"),
        Figure("never_acknowledged", share, "share"),
    ]


def _flood(seen: _Seen, count: int, flood: kernel.Flood) -> dict[str, Any]:
    start, slot = _start(seen, count), timedelta(seconds=kernel.SLOT_S)
    return {
        "started_at": start + flood.first * slot,
        "ended_at": start + flood.after * slot,
        "alarms": flood.alarms,
        "peak": flood.peak,
        "is_over": flood.after < count,
    }


def _source(seen: _Seen, source: Source, count: int) -> dict[str, Any]:
    identity = {"object_kind": source.object_kind, "object_key": source.object_key, "problem": source.problem}
    return {**identity, **seen.names[source], "alarms": count}


def _shown(subject: str, subject_zh: str, specific_problem: str) -> dict[str, str]:
    return {"subject": shown_name(subject, subject_zh), "specific_problem": shown_problem(specific_problem)}
