"""When Loft and its processes started, and when Loft was away: what it caused itself says nothing of anybody else.

The supervisor notes each start of a process in a file; without a supervisor nothing is known, and nothing excused.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from console import heartbeat
from console.redis_clients import client

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
    """Beats while the web process lives, and notes how long nobody did."""

    def __init__(self, now: datetime) -> None:
        """Nothing is noted before the first look, for Redis may be away."""

    def look(self, now: datetime) -> None:
        """Note that somebody is here."""
        age_s = heartbeat.age_s(PRESENCE, now)
        if age_s is not None and age_s > ABSENT_FROM_S:
            note_absence(now - timedelta(seconds=age_s), now)
        heartbeat.beat(PRESENCE, now)


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
    found = []
    for name in names:
        try:
            found.append((Path(settings.LOFT_RUN_DIR) / f"{name}.pid").stat().st_mtime)
        except OSError:
            continue
    return datetime.fromtimestamp(max(found), UTC) if found else None


def has_listened_for(limit: timedelta, now: datetime) -> bool:
    """Whether Loft has been there for so long that a silence of this length is not its own."""
    started_at = console_started_at()
    return started_at is None or started_at > now or now - started_at >= limit


def note_absence(since: datetime, until: datetime) -> None:
    """Remember that nobody was here in between."""
    line = client()
    line.zadd(_ABSENCES, {f"{since.timestamp()}~{until.timestamp()}": until.timestamp()})
    line.zremrangebyscore(_ABSENCES, "-inf", (until - KEPT).timestamp())


def absences(since: datetime, until: datetime) -> list[Absence]:
    """Return when nobody was here, of all that touches this span, in order."""
    rows: Any = client().zrangebyscore(_ABSENCES, since.timestamp(), "+inf")
    pairs = (tuple(datetime.fromtimestamp(float(one), UTC) for one in row.decode().split("~")) for row in rows)
    return sorted((start, end) for start, end in pairs if start < until and end > since)
