"""Whether this program may work here: its database is whole, no newer program's, and its Redis is new enough.

Asked at each start, over connections of its own that are closed before anything is forked. What is wrong is one
sentence, which says what to do.
"""

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from pkgutil import iter_modules
from time import monotonic
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.migrations.loader import MigrationLoader

from console.backup import advice
from console.database import Condition, absence_of, condition_of
from console.run import redis_fitness

CHECK_S = 3.0
"""The check of a SQLite file ends after so long, which is some 300 MB, in the order of the schema."""
STEPS = 10_000
"""So many steps of SQLite's machine go between two looks at the clock: a few milliseconds."""
MOST_NAMED = 5
STDERR = 2
Migration = tuple[str, str]


class Unfit(Exception):  # noqa: N818  it reads as what the database is
    """The program must not work on this database or Redis; the text is one sentence for whoever runs it."""


def require_fit(*, is_start: bool = False) -> None:
    """Look whether this program may work on its database and Redis. One that is away is waited for by whoever asks it.

    Args:
        is_start: of the installation; then a file is read as far as `CHECK_S` allow.

    Raises:
        Unfit: it may not.
    """
    if is_start and (path := sqlite_file()):
        require_whole(path)
    if lacking := redis_fitness.own_fault():
        raise Unfit(lacking)
    try:
        unknown = unknown_migrations()
    except DatabaseError as reason:
        if condition_of(reason) == Condition.DAMAGED:
            raise Unfit(damage(str(reason))) from reason
        if condition_of(reason) is None:
            raise
        return
    if unknown:
        raise Unfit(newer(unknown))


def exit_unless_fit() -> None:
    """End this process with one sentence on standard error when it must not work on its database or Redis."""
    try:
        require_fit()
    except Unfit as reason:
        os.write(STDERR, f"{reason}\n".encode())  # Celery makes log records of what is written to `sys.stderr`
        sys.exit(1)


def sentence_of(reason: BaseException) -> str | None:
    """Return in one sentence what an error says of the database; None for an error that is not the database's."""
    if isinstance(reason, Unfit):
        return str(reason)
    if condition_of(reason) == Condition.DAMAGED:
        return damage(str(reason))
    absence = absence_of(reason)
    return f"{absence.sentence}: {str(reason).strip()}" if absence else None


def unknown_migrations(using: str = DEFAULT_DB_ALIAS) -> list[Migration]:
    """Return the migrations of our apps that were applied to the database and that this program does not have."""
    with closing(_own_connection(using)) as line, line.cursor() as cursor:
        if "django_migrations" not in line.introspection.table_names(cursor):
            return []
        cursor.execute("SELECT app, name FROM django_migrations")  # Django's recorder would ask the pool's connection
        applied: set[Migration] = set(cursor.fetchall())
    unknown = applied - _on_disk()
    if unknown:  # what a later migration replaces may have been deleted
        loader = MigrationLoader(None)
        unknown -= {name for migration in loader.disk_migrations.values() for name in migration.replaces}
    return sorted(name for name in unknown if name[0] in apps.app_configs)


def require_whole(path: Path, within_s: float = CHECK_S, clock: Callable[[], float] = monotonic) -> None:
    """Read a SQLite file, the smallest part of it at least.

    Raises:
        Unfit: it is no database, cut short, or its pages contradict one another.
    """
    if not path.exists():
        return
    if path.stat().st_size == 0 and _has_worked():
        raise Unfit(damage("it is empty", path))
    until_s = clock() + within_s
    try:
        with closing(sqlite3.connect(path, timeout=within_s)) as line:
            line.set_progress_handler(lambda: int(clock() > until_s), STEPS)
            found = [str(row[0]) for row in line.execute("PRAGMA quick_check(3)")]
    except sqlite3.Error as reason:
        if condition_of(reason) != Condition.DAMAGED:  # interrupted when the time was over, or locked by a writer
            return
        raise Unfit(damage(str(reason), path)) from reason
    if found != ["ok"]:
        raise Unfit(damage(" ".join("; ".join(found).split())[:200], path))


def damage(detail: str, path: Path | None = None) -> str:
    """Return the sentence that says what is damaged, which backup is the newest, and how to restore it."""
    file = path or sqlite_file()
    what = file or f"database {connection.settings_dict['NAME']}"
    return f"{what} is damaged ({detail}){advice.after_damage(file)}."


def newer(unknown: list[Migration]) -> str:
    """Return the sentence that says which program's schema this is."""
    named = ", ".join(f"{app}.{name}" for app, name in unknown[:MOST_NAMED])
    more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    return (
        f"The database was changed by a newer Loft: this one does not know {named}{more}; start the newer program, or "
        "restore a backup from before."
    )


def sqlite_file() -> Path | None:
    """Return where the database is, when it is a file."""
    name = str(connection.settings_dict["NAME"])
    is_file = connection.vendor == "sqlite" and ":memory:" not in name and "mode=memory" not in name
    return Path(name) if is_file else None


def _own_connection(using: str) -> Any:
    """Return a connection without a pool: a pool runs threads, and whoever asks may be about to fork."""
    own: Any = connections.create_connection(using)
    own.settings_dict = deepcopy(connections[using].settings_dict)
    own.settings_dict.get("OPTIONS", {}).pop("pool", None)
    return own


def _on_disk() -> set[Migration]:
    return {
        (app.label, module.name)
        for app in apps.get_app_configs()
        for module in iter_modules([str(Path(app.path) / "migrations")])
    }


def _has_worked() -> bool:
    """Whether this home has held a database: the heads of its audit trail are noted beside it."""
    return bool((settings.LOFT_HOME / "audit-heads").exists())
