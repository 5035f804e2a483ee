"""When Loft and its processes started, and when Loft was away: what it caused itself says nothing of anybody else.

The supervisor notes each start of a process in a file; without a supervisor nothing is known, and nothing excused.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from console.redis_clients import GONE, client
from console.run import clock_steps, heartbeat
from console.run.clock import MACHINE, Clock
from console.run.clock_steps import Step

PRESENCE = "presence"
"""The heartbeat of the web process: reports, readings and pages are taken."""
ABSENT_FROM_S = 6.0
"""A heartbeat that is missing for longer is an absence; the web process beats every two seconds."""
KEPT = timedelta(days=8)
"""For so long absences are remembered: longer than the ledger looks back."""
_STARTED = "loft.started"
_ABSENCES = "loft.absences"
Absence = tuple[datetime, datetime]


class Presence:
    """Beats while the web process lives, and notes how long nobody did, and that the clock was set."""

    def __init__(self, now: datetime, clock: Clock = MACHINE) -> None:
        """Nothing is noted before the first look, for Redis may be away."""
        self._clock = clock

    def look(self, now: datetime) -> None:
        """Note that somebody is here."""
        note_clock(self._clock)
        age_s = heartbeat.age_s(PRESENCE, self._clock)
        if age_s is not None and age_s > ABSENT_FROM_S:
            note_absence(now - timedelta(seconds=age_s), now)
        heartbeat.beat(PRESENCE, self._clock)


def note_clock(clock: Clock = MACHINE) -> Step | None:
    """Look whether the clock was set; what was skipped or lived through twice is an absence. Return the step, if any.

    Whoever finds a step may end before the absence is noted, and a full Redis takes none of them, so the next one who
    looks notes all that are missing, in their order, and some perhaps the same again.
    """
    step = clock_steps.look(clock)
    if count := clock_steps.undone():
        kept = clock_steps.steps()
        for place in reversed(range(min(count, len(kept)))):
            _note_step(*kept[place : place + 2])
        clock_steps.done(count)
    return step


def _note_step(step: Step, earlier: Step | None = None) -> None:
    """Note the absence that a step made.

    What skipped times a step back undoes is none any more: they come yet. Twice came what was measured since then.
    """
    if step.after > step.before:
        note_absence(step.before, step.after)
        return
    _end_absences(step.after)
    is_undone = earlier is not None and earlier.before <= step.after <= earlier.after <= step.before
    twice_from = earlier.after if earlier and is_undone else step.after
    if step.before - twice_from <= KEPT:
        note_absence(twice_from, step.before, step.after)


def note_console_start(now: datetime) -> None:
    """Note that all of Loft starts now."""
    folder = Path(settings.LOFT_RUN_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _STARTED).write_text(now.isoformat() + "\n")


def console_started_at() -> datetime | None:
    """Return when Loft was started as a whole; None when nobody noted it."""
    try:
        return datetime.fromisoformat((Path(settings.LOFT_RUN_DIR) / _STARTED).read_text().strip())
    except (OSError, ValueError):
        return None


def process_started_at(names: Iterable[str]) -> datetime | None:
    """Return when the newest of these processes was started; None when none was."""
    starts_s = []
    for name in names:
        try:
            starts_s.append((Path(settings.LOFT_RUN_DIR) / f"{name}.pid").stat().st_mtime)
        except OSError:
            continue
    return datetime.fromtimestamp(max(starts_s), UTC) if starts_s else None


def has_listened_for(limit: timedelta, now: datetime) -> bool:
    """Whether Loft has been there, its clock untouched, for so long that a silence of this length is not its own."""
    since = [at for at in (console_started_at(), clock_set_at()) if at is not None and at <= now]
    return not since or now - max(since) >= limit


def clock_set_at() -> datetime | None:
    """Return when, as the clock goes since, it was set last; None when it was not, or Redis does not answer."""
    try:
        note_clock()
        step = clock_steps.newest()
    except GONE:
        return None
    return step.after if step else None


def note_absence(since: datetime, until: datetime, now: datetime | None = None) -> None:
    """Remember that nobody was here in between; it is `until` now unless said otherwise."""
    line = client()
    line.zadd(_ABSENCES, {f"{since.timestamp()}~{until.timestamp()}": until.timestamp()})
    line.zremrangebyscore(_ABSENCES, "-inf", ((now or until) - KEPT).timestamp())


def absences(since: datetime, until: datetime) -> list[Absence]:
    """Return when nobody was here, of all that touches this span, in order."""
    rows: Any = client().zrangebyscore(_ABSENCES, since.timestamp(), "+inf")
    return sorted((start, end) for start, end in map(_absence, rows) if start < until and end > since)


def _end_absences(at: datetime) -> None:
    """Let absences end then: a clock that was ahead noted what is yet to come."""
    rows: Any = client().zrangebyscore(_ABSENCES, f"({at.timestamp()}", "+inf")
    for row in rows:
        client().zrem(_ABSENCES, row)
        start, _ = _absence(row)
        if start < at:
            note_absence(start, at)


def _absence(row: bytes) -> Absence:
    start, end = (datetime.fromtimestamp(float(part), UTC) for part in row.decode().split("~"))
    return start, end
