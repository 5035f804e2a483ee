"""Day after day on a simulated clock: rows as they come, what beat does, and a look at it all now and then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from console import retention
from console.live.hub import muted
from console.soak.flat import LEAST_POINTS, is_flat, trend
from console.soak.measure import Point, measure
from console.soak.part import Size, kept_for_ever, parts

STEP = timedelta(hours=2)
"""So often beat's work is done: a roll-up makes up to 120 minutes a run."""
DAY = timedelta(days=1)
FREE_ROWS = 40.0
FREE = {
    "database MB": 2.0, "free in it MB": 5.0, "write-ahead log MB": 8.0, "Redis keys": 10.0,
    "Redis entries": 20.0, "partitions": 4.0, "memory MB": 10.0,
}  # fmt: skip
"""By so much each may rise, whatever its mean is."""
MEMORY = "memory MB"
FEWEST_TIMED = 12
"""So many looks tell whether memory or a query's time rises; in fewer of them chance does."""
FREE_QUERY_MS, QUERY_SHARE = 5.0, 0.5
ROW_BYTES = 600
"""A row that is kept, with its indexes: what tables that still fill may add to the database."""


def soak(days: int, size: Size, every: int, say: Callable[[Point], None]) -> list[Point]:
    """Live through so many days; return what was seen every few of them."""
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    points: list[Point] = []
    with muted():
        for day in range(1, days + 1):
            _live(start + (day - 1) * DAY, size)
            if day % every == 0:
                points.append(measure(day, start + day * DAY))
                say(points[-1])
    return points


def _live(start: datetime, size: Size) -> None:
    known = parts()
    for number in range(DAY // STEP):
        begin, end = start + number * STEP, start + (number + 1) * STEP
        for part in known:
            part.fill(begin, end, size)
        for part in known:
            part.act(end)
    for part in known:
        part.act_daily(start + DAY)


def verdicts(points: list[Point], days: int) -> tuple[list[str], list[str]]:
    """Return what does not stay flat, and what grows as it is meant to.

    Only what was seen after the longest retention that a third of the run holds counts.
    """
    longest = max(_kept_days(days), default=0.0)
    seen = [point for point in points if point.day > longest + 1]
    if len(seen) < LEAST_POINTS:
        return [f"{len(seen)} looks after {longest:.0f} days of retention are too few to tell"], []
    bad, meant, grown = _rows(seen, days)
    bad += _figures(seen, grown)
    if is_timed(seen):
        bad += _queries(seen)
    return bad, meant


def is_timed(points: list[Point]) -> bool:
    """Whether these are enough looks to judge memory and the time of queries."""
    return len(points) >= FEWEST_TIMED


def _kept_days(days: int) -> list[float]:
    kept = [rule.kept_for() / DAY for rule in retention.rules()]
    return [number for number in kept if number <= days / 3]


def _rows(seen: list[Point], days: int) -> tuple[list[str], list[str], float]:
    bad: list[str] = []
    meant: list[str] = []
    grown = 0.0
    ever = kept_for_ever()
    still = {rule.model._meta.label: rule.kept_for() for rule in retention.rules() if rule.kept_for() / DAY > days / 3}  # noqa: SLF001
    for label in seen[0].rows:
        line = trend([point.day for point in seen], [point.rows[label] for point in seen])
        if is_flat(line, FREE_ROWS):
            continue
        text = f"{label} grows by {line.rise:,.0f} rows"
        why = ever.get(label) or (f"kept for {still[label].days} days" if label in still else "")
        grown += line.rise if why else 0.0
        (meant if why else bad).append(f"{text}: {why}" if why else text)
    return bad, meant, grown


def _figures(seen: list[Point], grown_rows: float) -> list[str]:
    bad = []
    for name in seen[0].figures.keys() - (set() if is_timed(seen) else {MEMORY}):
        line = trend([point.day for point in seen], [point.figures[name] for point in seen])
        allowed = grown_rows * ROW_BYTES / 1e6 if name == "database MB" else 0.0
        if not is_flat(line, FREE[name] + allowed):
            bad.append(f"{name} rises by {line.rise:,.1f}, on a mean of {line.mean:,.1f}")
    return bad


def _queries(seen: list[Point]) -> list[str]:
    bad = []
    for name in seen[0].query_ms:
        line = trend([point.day for point in seen], [point.query_ms[name] for point in seen])
        if not is_flat(line, FREE_QUERY_MS, QUERY_SHARE):
            bad.append(f"query of {name} takes {line.rise:.1f} ms longer, on a mean of {line.mean:.1f} ms")
    return bad
