"""A database that migrations have made once: every other process of a run, and the next run, begins with a copy.

On SQLite the copy is a file in .pytest_cache, named by what makes it; on PostgreSQL a template on the server of this
run. `migrate` runs over the copy as over any other, so that what it does every time is done, and what is new is found.
On SQLite a test of migrations begins with a copy as well (`at`): an earlier release's database is made once.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".pytest_cache" / "migrated"
MADE_BY = (
    "*/migrations/*.py", "*/models/**/*.py", "console/*.py", "console/access/*.py", "console/audit/*.py",
    "deploy/requirements.lock", "tests/migrated.py",
)  # fmt: skip
"""What decides how a new database looks. Migrations import from `console` alone, its triggers are put up from there."""
Targets = Sequence[tuple[str, str | None]]
LEAVE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


def kept_file(root: Path = ROOT, folder: Path = KEPT) -> Path:
    """Return where the SQLite database of this state of the sources is kept."""
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for pattern in MADE_BY:
        for path in sorted(root.glob(pattern)):
            digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return folder / f"{digest.hexdigest()[:16]}.sqlite3"


@cache
def _kept_from_the_start(root: Path) -> Path:
    """Return the same file as long as this process lives, though sources may be edited while tests run."""
    return kept_file(root)


def template_name() -> str:
    """Return the name of this run's template."""
    return f"loft_template_{_shared().name.rpartition('-')[2]}"


class Copied:
    """The test database of a connection on its way: others wait until it is kept, and begin with a copy of it."""

    def __init__(self, connection: BaseDatabaseWrapper, folder: Path) -> None:
        self.connection: Any = connection
        self._until_kept = ExitStack()
        folder.mkdir(parents=True, exist_ok=True)
        lock = self._until_kept.enter_context((folder / "migrated.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)

    def keep(self) -> None:
        """Keep a copy of the migrated database if there was none, and let the others go on."""
        with self._until_kept:
            self._keep()

    def _keep(self) -> None:
        raise NotImplementedError


class File(Copied):
    """A copy of SQLite's database, which is in memory."""

    def __init__(self, connection: BaseDatabaseWrapper, kept: Path) -> None:
        super().__init__(connection, kept.parent)
        self.kept, self._create = kept, connection.creation._create_test_db  # type: ignore[attr-defined]
        self.connection.creation._create_test_db = self._filled

    def _filled(self, *args: Any, **options: Any) -> str:
        name: str = self._create(*args, **options)
        if self.kept.exists():
            line = sqlite3.connect(name, uri=True)  # the database lives as long as a line to it
            self._until_kept.callback(line.close)
            with closing(sqlite3.connect(self.kept)) as kept:
                kept.backup(line)
        return name

    def _keep(self) -> None:
        if self.kept.exists():
            return
        for older in self.kept.parent.glob("*.sqlite3"):
            older.unlink(missing_ok=True)
        half = self.kept.with_suffix(".half")
        half.unlink(missing_ok=True)
        self.connection.ensure_connection()
        with closing(sqlite3.connect(half)) as copy:
            self.connection.connection.backup(copy)
        half.rename(self.kept)


class Template(Copied):
    """A template on the PostgreSQL of this run; `drop_template` removes it."""

    def __init__(self, connection: BaseDatabaseWrapper, server: str) -> None:
        super().__init__(connection, _shared())
        self.server, self.made = server, _shared() / "template-made"
        if self.made.exists():
            self.connection.settings_dict["TEST"]["TEMPLATE"] = template_name()

    def _keep(self) -> None:
        if self.made.exists():
            return
        self.connection.close()
        self.connection.close_pool()
        name = self.connection.settings_dict["NAME"]
        with psycopg.connect(self.server, autocommit=True) as line:
            line.execute(LEAVE, [name])
            line.execute(f'CREATE DATABASE "{template_name()}" TEMPLATE "{name}"')
        self.made.touch()


def begin(connection: BaseDatabaseWrapper) -> Copied:
    """Have the test database begin with a copy if there is one; nobody else begins before it is kept."""
    if server := os.environ.get("TEST_DATABASE_URL"):
        return Template(connection, server)
    return File(connection, _kept_from_the_start(ROOT))


def copy_into(home: Path) -> None:
    """Let an installation begin with what migrations made, if that is kept: its SQLite database."""
    home.mkdir(parents=True, exist_ok=True)
    if (kept := _kept_from_the_start(ROOT)).exists():
        shutil.copy(kept, home / "loft.sqlite3")


def as_template() -> str:
    """Return how `CREATE DATABASE` goes on, for an installation on the PostgreSQL of this run, once there is a template."""
    return f' TEMPLATE "{template_name()}"' if (_shared() / "template-made").exists() else ""


def drop_template() -> None:
    """Leave no template on the server when the run is over."""
    if server := os.environ.get("TEST_DATABASE_URL"):
        with psycopg.connect(server, autocommit=True) as line:
            line.execute(f'DROP DATABASE IF EXISTS "{template_name()}"')


def at(connection: BaseDatabaseWrapper, targets: Targets) -> Apps:
    """Take the test database to what it was at these migrations; return its models.

    On SQLite who asks first migrates the test database, which is as the code needs it; the others get a copy of what that
    made. On PostgreSQL each migrates.
    """
    if connection.vendor != "sqlite":
        MigrationExecutor(connection).migrate(list(targets))
    else:
        state = _FileState(connection, hashlib.sha256(repr(sorted(targets)).encode()).hexdigest()[:8])
        if not state.is_kept():
            newest(connection)
            MigrationExecutor(connection).migrate(list(targets))
            state.keep()
        state.restore()
    return MigrationExecutor(connection).loader.project_state(list(targets)).apps


def newest(connection: BaseDatabaseWrapper) -> None:
    """Make the test database as the code needs it again, whatever became of it."""
    if connection.vendor == "sqlite":
        _FileState(connection, "").restore()
        return
    from console.audit import audit_guard  # installations are started without Django's settings

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    audit_guard.install()


class _FileState:
    """What SQLite's test database was once, in a file beside that of the newest."""

    def __init__(self, connection: Any, name: str) -> None:
        self.connection, newest_file = connection, _kept_from_the_start(ROOT)
        self.file = newest_file.with_stem(f"{newest_file.stem}-{name}") if name else newest_file

    def is_kept(self) -> bool:
        return self.file.exists()

    def keep(self) -> None:
        half = self.file.with_suffix(f".half-{os.getpid()}")  # another process may be at it as well
        with closing(sqlite3.connect(half)) as copy:
            self.connection.connection.backup(copy)
        half.rename(self.file)

    def restore(self) -> None:
        assert self.is_kept(), f"{self.file} is gone: another run has other sources"
        self.connection.ensure_connection()
        with closing(sqlite3.connect(self.file)) as kept:
            kept.backup(self.connection.connection)
        _forget_kinds()


def _forget_kinds() -> None:
    """Look up again which number each model has."""
    from django.contrib.contenttypes.models import ContentType  # installations are started without Django's settings

    ContentType.objects.clear_cache()


def _shared() -> Path:
    return Path(os.environ["LOFT_TEST_SHARED"])
