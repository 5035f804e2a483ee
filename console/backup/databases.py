"""The database of an installation: copied while it is in use, laid out for a check, and put in place."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from console.backup.copies import Copied, LaidOut, by_app
from console.backup.place import sync_folder
from console.errors import Refused

BUSY_S = 20.0
BESIDE = ("-wal", "-shm", "-journal")


class Database(Protocol):
    """One kind of database."""

    engine: str
    member: str
    """The name of its copy in a backup."""

    def size_bytes(self) -> int:
        """Return how large a copy is at most."""

    def copy(self, target: Path) -> Copied:
        """Copy it as it is at one moment; no writer waits."""

    def laid_out(self, copy: Path) -> AbstractContextManager[LaidOut]:
        """Make a database of a copy, beside the one in use, and check it. Raises Refused: it is damaged."""

    def refuse_damaged(self, copy: Path) -> None:
        """Raise Refused: a copy is not whole, and putting it in place would not tell."""

    def refuse_used(self) -> None:
        """Raise Refused unless there is no database yet where the settings say."""

    def placing(self, copy: Path) -> AbstractContextManager[None]:
        """Make the installation's database of a copy, whole or not at all; what belongs to it is moved meanwhile."""


class Sqlite:
    """A file."""

    engine, member = "sqlite", "loft.sqlite3"

    def __init__(self, path: Path) -> None:
        self.path = path

    def size_bytes(self) -> int:
        """Return how large a copy is at most. Raises Refused: there is none."""
        if not self.path.exists():
            raise Refused(f"there is no database to copy: {self.path}")
        return self.path.stat().st_size + _size(self.path.with_name(f"{self.path.name}-wal"))

    def copy(self, target: Path) -> Copied:
        """Copy it in one step: in WAL mode that blocks no writer, and several steps would begin anew at each write.

        A damaged one is not copied as a good one, which would take the place of a better.
        """
        try:
            where = f"{self.path.as_uri()}?mode=rw"  # it makes no file
            opened = sqlite3.connect(where, uri=True, timeout=BUSY_S)
            with closing(opened) as source, closing(sqlite3.connect(target)) as line:
                line.execute("PRAGMA synchronous = OFF")
                source.backup(line, pages=-1)
            with closing(sqlite3.connect(f"{target.absolute().as_uri()}?immutable=1", uri=True)) as line:
                _refuse_damaged(line, "quick_check", "the database is damaged")
                rows = line.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
                return Copied(by_app(rows), _counts(line))
        except sqlite3.Error as reason:
            raise Refused(f"the database cannot be copied: {reason}") from None

    @contextmanager
    def laid_out(self, copy: Path) -> Iterator[LaidOut]:
        """Yield the copy itself, once SQLite finds it whole."""
        self.refuse_damaged(copy)
        with closing(sqlite3.connect(copy)) as line:
            tables = _counts(line)
        yield LaidOut({"DATABASE_URL": f"sqlite:///{quote(str(copy))}"}, tables)

    def refuse_damaged(self, copy: Path) -> None:
        """Raise Refused: SQLite does not find it whole."""
        try:
            with closing(sqlite3.connect(copy)) as line:
                _refuse_damaged(line, "integrity_check", "its database is damaged")
        except sqlite3.DatabaseError as reason:
            raise Refused(f"its database is damaged: {reason}") from None

    def refuse_used(self) -> None:
        """Raise Refused unless there is no file, nor a log that SQLite would play into the new one."""
        for path in (self.path, *(self.path.with_name(f"{self.path.name}{end}") for end in BESIDE)):
            if path.exists():
                raise Refused(f"there is a database already: {path}")

    @contextmanager
    def placing(self, copy: Path) -> Iterator[None]:
        """Bring the copy beside its place, which may be on another, full disk; it takes its name when all is there."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f".{self.path.name}.draft")
        try:
            shutil.move(copy, draft)
            with draft.open("rb") as file:
                os.fsync(file.fileno())  # from another disk it came as a copy
            yield
            self.refuse_used()  # somebody may have started in the home meanwhile
            draft.rename(self.path)
            sync_folder(self.path.parent)
        finally:
            draft.unlink(missing_ok=True)


def database() -> Database:
    """Return the installation's database."""
    if connection.vendor == "postgresql":
        from console.backup.postgres import Postgres  # noqa: PLC0415  with the driver, which SQLite needs not

        return Postgres()
    return Sqlite(Path(settings.DATABASES["default"]["NAME"]).absolute())


def _refuse_damaged(line: sqlite3.Connection, check: str, words: str) -> None:
    said = [str(row[0]) for row in line.execute(f"PRAGMA {check}(1)")]
    if said != ["ok"]:
        raise Refused(f"{words}: {' '.join(said[0].split())}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _counts(line: sqlite3.Connection) -> dict[str, int]:
    names = [
        str(name)
        for (name,) in line.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
    ]
    return {name: int(line.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0]) for name in names}  # noqa: S608
