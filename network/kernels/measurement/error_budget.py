"""Error budgets: how much of one is left, how fast it burns, and when that needs somebody.

A promise says which share of events must be good over a period; the rest is its budget. Time that nobody measured is
unknown and time under announced maintenance is excluded: neither is ever taken for good. Arrays over agreements; times
in seconds, NaN for what is not known.
Source: Google, The Site Reliability Workbook (2018), chapter 5, "Alerting on SLOs", approach 6.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Words = NDArray[np.str_]

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
WINDOWS_S = {"5m": 300, "30m": 1_800, "1h": 3_600, "6h": 21_600, "3d": 259_200}
ALERTS = {"page": ("1h", "5m", 14.4), "ticket": ("6h", "30m", 6.0), "slow": ("3d", "6h", 1.0)}
"""Long window, short window, burn rate that both must reach; the gravest first. Of a budget of 30 days they spend 2 %,
5 % and 10 %; the short window ends the alert soon after the burning ends."""
AT_RISK_LEFT_SHARE = 0.2
MOST_SHARE = 1e6  # what "beyond all measure" is kept as
_DIGITS = 9  # so that exactly the target is kept in spite of rounding errors
MET, AT_RISK, BREACHED, UNKNOWN = "met", "at_risk", "breached", "unknown"


@dataclass(frozen=True)
class Tally:
    """What was counted in a time: events, and for how long anything was known or did not count. [s]."""

    good: Array
    total: Array
    known_s: Array
    excluded_s: Array

    def __add__(self, other: "Tally") -> "Tally":
        """Return what was counted in both times together."""
        return Tally(
            self.good + other.good,
            self.total + other.total,
            self.known_s + other.known_s,
            self.excluded_s + other.excluded_s,
        )

    @classmethod
    def nothing(cls, count: int) -> "Tally":
        """Return what was counted in no time."""
        return cls(*np.zeros((4, count)))


@dataclass(frozen=True)
class Promise:
    """What is promised: the share that must be good, how much may be unknown, and whether unknown time is bad."""

    target_share: Array
    most_unknown_share: Array
    is_unknown_bad: Flags

    def __post_init__(self) -> None:
        """Refuse a promise without a budget."""
        if not ((self.target_share > 0) & (self.target_share < 1)).all():
            raise ValueError("target_share: expected above 0 and below 1, so that there is a budget")

    @property
    def budget_share(self) -> Array:
        """Which share of events may be bad."""
        return 1 - self.target_share


@dataclass(frozen=True)
class Time:
    """How long a period has lasted for each agreement, and how long it lasts in all. [s]."""

    elapsed_s: Array
    period_s: Array

    def __post_init__(self) -> None:
        """Refuse a period that is over before it ended."""
        if (self.elapsed_s > self.period_s).any() or (self.elapsed_s < 0).any():
            raise ValueError("elapsed_s: expected 0 to period_s")


def unknown_s(tally: Tally, elapsed_s: Array) -> Array:
    """Return how much of the elapsed time nobody knows: neither known nor excluded. [s]."""
    return np.maximum(elapsed_s - tally.known_s - tally.excluded_s, 0.0)


def achieved_share(tally: Tally, elapsed_s: Array, promise: Promise) -> Array:
    """Return the share of events that were good; NaN where nothing was counted."""
    bad, total, _ = _counted(tally, elapsed_s, promise)
    return 1 - _share(bad, total)


def budget_left_share(tally: Tally, time: Time, promise: Promise) -> Array:
    """Return how much of a period's budget is left: 1 untouched, 0 used up, below 0 overdrawn; NaN: nothing counted.

    The budget is that of the whole period, at the rate of events seen so far: a minute of outage on the first day of a
    month costs what it costs on the last. Excluded time shortens it; so does unknown time, unless that counts as bad.
    """
    bad, total, counted_s = _counted(tally, time.elapsed_s, promise)
    whole_s = counted_s + time.period_s - time.elapsed_s
    expected = total * _share(whole_s, counted_s)
    left = 1 - _share(bad, promise.budget_share * expected)
    return np.maximum(np.round(left, _DIGITS), -MOST_SHARE)


def burn_rate(tally: Tally, elapsed_s: Array, window_s: float, promise: Promise) -> Array:
    """Return how many times faster than allowed a window spent the budget; 1 would just use it up over the period.

    Args:
        tally: what was counted in the window.
        elapsed_s: how much of the window the agreement has existed, at most `window_s`. [s]
        window_s: how long the window is. [s]
        promise: what is promised.

    Returns:
        Rates. NaN where more of its time than `most_unknown_share` is unknown: what nobody measured neither burns nor
        saves. Excluded time spent nothing, nor did the time before the agreement.
    """
    bad, total, counted_s = _counted(tally, elapsed_s, promise)
    unspent_s = tally.excluded_s + window_s - elapsed_s
    spent = np.where(total > 0, _share(bad, total) * _share(counted_s, counted_s + unspent_s), 0.0)
    burn = np.minimum(np.round(spent / promise.budget_share, _DIGITS), MOST_SHARE)
    missing_s = elapsed_s - counted_s - tally.excluded_s
    is_unclear = (missing_s > promise.most_unknown_share * elapsed_s + 1e-6) | (elapsed_s <= 0)
    return np.where(is_unclear, np.nan, burn)


def alerts(burns: Mapping[str, Array], before: Words) -> Words:
    """Return the gravest alert of each agreement: `page`, `ticket`, `slow`, or empty.

    Args:
        burns: burn rates by window, of all in `WINDOWS_S`.
        before: the alerts so far. One stays while a window of its own is unknown: not knowing ends nothing.
    """
    alerts = np.full(before.shape, "", dtype="<U6")
    for name, (long, short, rate) in reversed(ALERTS.items()):
        is_on = (burns[long] >= rate) & (burns[short] >= rate)
        is_unclear = np.isnan(burns[long]) | np.isnan(burns[short])
        alerts[is_on | (is_unclear & (before == name))] = name
    return alerts


def states(tally: Tally, time: Time, promise: Promise, alert: Words) -> Words:
    """Return how each promise stands over its period.

    Breached: the budget is overdrawn. At risk: at most a fifth of it is left, or it burns so fast that somebody is
    paged or has a ticket. Unknown: nothing was counted, or more of the time is unknown than the promise allows; unless
    what is known is breach enough even if all that is unknown had been good.
    """
    left = budget_left_share(tally, time, promise)
    lost_s = unknown_s(tally, time.elapsed_s)
    lost_share = _share(lost_s, time.elapsed_s - tally.excluded_s)
    is_unclear = ~promise.is_unknown_bad & (lost_share > promise.most_unknown_share)
    whole_s = time.period_s - tally.excluded_s
    sure = _share(tally.total - tally.good, promise.budget_share * tally.total * _share(whole_s, tally.known_s))
    states = np.full(alert.shape, MET, dtype="<U8")
    states[(left <= AT_RISK_LEFT_SHARE) | np.isin(alert, ["page", "ticket"])] = AT_RISK
    states[left < 0] = BREACHED
    states[np.isnan(left) | is_unclear] = UNKNOWN
    states[np.round(sure, _DIGITS) > 1] = BREACHED
    return states


def bounds(period: str, until: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return when the period that a time lies in begins and ends, in whole hours of UTC.

    Args:
        period: `rolling_1d`, `rolling_7d`, `rolling_30d`, `calendar_day`, `calendar_week` (from Monday) or
            `calendar_month`.
        until: up to when something was counted; a rolling period ends then, and what was counted last lies in a
            calendar period.
        zone: in which calendar periods begin at midnight, by the clock on the wall: a day may have 23 or 25 hours. In
            zones that are not whole hours from UTC they begin and end with the next whole hour.

    Raises:
        ValueError: there is no such period.
    """
    kind, _, length = period.partition("_")
    if kind == "rolling" and length in ("1d", "7d", "30d"):
        return _floor(until - timedelta(days=int(length[:-1])), HOUR_S), until
    if kind != "calendar" or length not in ("day", "week", "month"):
        raise ValueError(f"period: {period} given; expected rolling_1d, _7d, _30d or calendar_day, _week, _month")
    local = (until - timedelta.resolution).astimezone(zone)
    first = datetime(local.year, local.month, 1 if length == "month" else local.day, tzinfo=zone)
    if length == "week":
        first = datetime.combine(first.date() - timedelta(days=first.weekday()), first.time(), zone)
    following = first.date() + timedelta(days={"day": 1, "week": 7, "month": 32}[length])
    end = datetime.combine(following.replace(day=1) if length == "month" else following, first.time(), zone)
    return _ceil(first, HOUR_S), _ceil(end, HOUR_S)


def window_start(name: str, until: datetime) -> datetime:
    """Return when a window of `WINDOWS_S` that ends at a time begins; one of days with a whole hour of UTC."""
    since = until - timedelta(seconds=WINDOWS_S[name])
    return since if WINDOWS_S[name] <= DAY_S else _floor(since, HOUR_S)


def pieces(since: datetime, until: datetime) -> Iterator[tuple[int, datetime, datetime]]:
    """Cut a time into whole days, hours and minutes of UTC, the fewest of them: (length in seconds, from, to)."""
    yield from _cut(since, until, (DAY_S, HOUR_S, MINUTE_S))


def _cut(since: datetime, until: datetime, spans_s: tuple[int, ...]) -> Iterator[tuple[int, datetime, datetime]]:
    if since >= until:
        return
    span_s, finer = spans_s[0], spans_s[1:]
    first, last = _ceil(since, span_s), _floor(until, span_s)
    if not finer:
        yield span_s, since, until
    elif first >= last:
        yield from _cut(since, until, finer)
    else:
        yield from _cut(since, first, finer)
        yield span_s, first, last
        yield from _cut(last, until, finer)


def _counted(tally: Tally, elapsed_s: Array, promise: Promise) -> tuple[Array, Array, Array]:
    """Return bad events, all events and how long they took, unknown time among them where it counts as bad.

    Unknown time holds events at the rate of the known time; where nothing is known, one a second.
    """
    lost_s = np.where(promise.is_unknown_bad, unknown_s(tally, elapsed_s), 0.0)
    rate = np.where(tally.known_s > 0, _share(tally.total, tally.known_s), 1.0)
    bad = tally.total - tally.good + lost_s * rate
    return bad, tally.total + lost_s * rate, tally.known_s + lost_s


def _share(part: Array, whole: Array) -> Array:
    array: Array = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
    return array


def _floor(at: datetime, span_s: int) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // span_s * span_s, UTC)


def _ceil(at: datetime, span_s: int) -> datetime:
    return datetime.fromtimestamp(-(-at.timestamp() // span_s) * span_s, UTC)
