"""Which backups are kept: the newest of each of the last hours, days and months (grandfather, father, son).

Hours, days and months without a backup do not count, so that nothing goes while nothing is made. Times are UTC.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SUFFIX = ".loft-backup"
_NAME = re.compile(r"^loft-(\d{8}T\d{6}Z)\.loft-backup$")
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Rule:
    """How many hours, days and months are kept."""

    hours: int
    days: int
    months: int


@dataclass(frozen=True)
class Kept:
    """A backup in a folder."""

    path: Path
    created_at: datetime
    size_bytes: int


def name_of(created_at: datetime) -> str:
    """Return the name of a backup that was made at a time."""
    return f"loft-{created_at.astimezone(UTC).strftime(_TIME)}{SUFFIX}"


def backups(folder: Path) -> list[Kept]:
    """Return the whole backups of a folder that have a name as we give it, the newest first."""
    found = []
    for path in folder.glob(f"*{SUFFIX}"):
        if name := _NAME.match(path.name):
            with suppress(FileNotFoundError):  # another process deletes what is kept no longer
                size_bytes = path.stat().st_size
                found.append(Kept(path, datetime.strptime(name[1], _TIME).replace(tzinfo=UTC), size_bytes))
    return sorted(found, key=lambda kept: kept.created_at, reverse=True)


def newest(folder: Path, now: datetime | None = None) -> Kept | None:
    """Return the newest backup of a folder; None when there is none, or the folder cannot be read.

    Args:
        folder: where backups are.
        now: the present; what a clock that was ahead has left in the future does not count then.
    """
    try:
        return next((kept for kept in backups(folder) if now is None or kept.created_at <= now), None)
    except OSError:
        return None


def over(times: Iterable[datetime], rule: Rule) -> set[datetime]:
    """Return which of these times are kept by no hour, day or month; the newest of all always stays."""
    wanted = sorted(times, reverse=True)
    kept = set(wanted[:1])
    for count, form in ((rule.hours, "%Y%m%d%H"), (rule.days, "%Y%m%d"), (rule.months, "%Y%m")):
        spans: dict[str, datetime] = {}
        for at in wanted:
            spans.setdefault(at.astimezone(UTC).strftime(form), at)
        kept.update(list(spans.values())[:count])
    return set(wanted) - kept


def prune(folder: Path, rule: Rule) -> list[Path]:
    """Delete the backups of a folder that the rule keeps no longer; return them."""
    found = backups(folder)
    gone = over((kept.created_at for kept in found), rule)
    paths = [kept.path for kept in found if kept.created_at in gone]
    for path in paths:
        path.unlink(missing_ok=True)
    return paths
