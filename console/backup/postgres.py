"""PostgreSQL, copied with its own `pg_dump` and put in place with `pg_restore`, both found on PATH."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from console.backup.copies import Copied, LaidOut, by_app
from console.errors import Refused

MOST_S = 3 * 3_600
"""So long a dump or a restore may take."""
_TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND NOT relispartition ORDER BY relname
"""
_DROP = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


class Postgres:
    """A database on a server."""

    engine, member = "postgresql", "loft.pgdump"

    def __init__(self) -> None:
        given = connection.get_connection_params()
        known = {option.keyword.decode() for option in Conninfo.get_defaults()}
        self._words = {name: str(value) for name, value in given.items() if name in known and value not in (None, "")}

    def size_bytes(self) -> int:
        """Return how large a copy is at most."""
        with self._line() as line:
            row = line.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0

    def copy(self, target: Path) -> Copied:
        """Copy it, and count its rows, in one snapshot."""
        program = self._program("pg_dump")
        with self._line() as line:
            line.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            row = line.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            rows = line.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
            copied = Copied(by_app(rows), _counts(line))
            options = ["--format=custom", "--compress=1", "--enable-row-security", "--no-owner", "--no-privileges"]
            self._run([program, *options, f"--snapshot={row[0]}", f"--file={target}"], target)
        return copied

    @contextmanager
    def laid_out(self, copy: Path) -> Iterator[LaidOut]:
        """Yield a database of its own on the same server, and drop it afterwards.

        Its name goes by that of the database it stands for, so that the next one drops what a killed one left.
        """
        name = f"loft_verify_{sha256(self._words['dbname'].encode()).hexdigest()[:12]}"
        with self._line() as line:
            line.execute(_DROP.format(sql.Identifier(name)))
            try:
                line.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            except psycopg.errors.InsufficientPrivilege:
                role = self._words.get("user", "")
                raise Refused(
                    f"the role {role} may make no database to restore into: ALTER ROLE ... CREATEDB"
                ) from None
        try:
            self._restore(copy, name)
            with self._line(name) as line:
                tables = _counts(line)
            url = urlsplit(settings.LOFT_GIVEN["DATABASE_URL"])._replace(path=f"/{name}").geturl()
            yield LaidOut({"DATABASE_URL": url}, tables)
        finally:
            with self._line() as line:
                line.execute(_DROP.format(sql.Identifier(name)))

    def refuse_damaged(self, copy: Path) -> None:
        """Raise nothing: `placing` is one transaction, which a damaged copy ends."""

    def refuse_used(self) -> None:
        """Raise Refused unless the database holds no table."""
        with self._line() as line:
            row = line.execute(_TABLES).fetchone()
        if row:
            raise Refused(f"the database {self._words['dbname']} is not empty: it has the table {row[0]}")

    @contextmanager
    def placing(self, copy: Path) -> Iterator[None]:
        """Restore a copy in one transaction, which is the one step that a server may refuse."""
        self._restore(copy, self._words["dbname"])
        copy.unlink()
        yield

    def _restore(self, copy: Path, name: str) -> None:
        options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        self._run([self._program("pg_restore"), *options, str(copy)], copy, name)

    @contextmanager
    def _line(self, name: str = "") -> Iterator[psycopg.Connection]:
        """Yield a connection. Raises Refused: the server is away, or goes away, or refuses what is asked."""
        words = {**self._words, **({"dbname": name} if name else {})}
        try:
            with psycopg.connect(**words, autocommit=True) as line:  # type: ignore[arg-type]
                yield line
        except psycopg.OperationalError as reason:
            raise Refused(f"the database does not answer: {_last_line(str(reason))}") from None
        except psycopg.Error as reason:
            raise Refused(f"the database refuses: {_last_line(str(reason))}") from None

    def _program(self, name: str) -> str:
        """Return a program of PostgreSQL that is no older than the server.

        Raises:
            Refused: there is none.
        """
        with self._line() as line:
            server = line.info.server_version // 10_000
        path = shutil.which(name)
        if path is None:
            raise Refused(f"{name} is not on PATH: install the client programs of PostgreSQL {server}")
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
        found = _VERSION.search(done.stdout)
        if found is None or int(found[1]) < server:
            version = found[1] if found else "of no known version"
            raise Refused(f"{path} is {version}, older than the server, which is {server}: install {name} {server}")
        return path

    def _run(self, words: Sequence[str], copy: Path, name: str = "") -> None:
        """Run a program on a database; the password is in a file beside the copy, so that no command line shows it."""
        line = {**self._words, **({"dbname": name} if name else {})}
        passwords = copy.with_name("passwords")
        with _only_ours(passwords) as file:
            escaped = line.pop("password", "").replace("\\", "\\\\").replace(":", "\\:")
            file.write(f"*:*:*:*:{escaped}\n")
        where = make_conninfo(**line, passfile=str(passwords))
        try:
            done = subprocess.run(  # noqa: S603  the program is PostgreSQL's
                [*words, f"--dbname={where}"], capture_output=True, text=True, check=False, timeout=MOST_S
            )
        except subprocess.TimeoutExpired:
            raise Refused(f"{Path(words[0]).name} took longer than {MOST_S // 3_600} h, and was ended") from None
        finally:
            passwords.unlink()
        if done.returncode:
            raise Refused(f"{Path(words[0]).name} failed: {_last_line(done.stderr)}")


def _only_ours(path: Path) -> TextIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")


def _counts(line: psycopg.Connection) -> dict[str, int]:
    names = [str(row[0]) for row in line.execute(_TABLES).fetchall()]
    counts = {}
    for name in names:
        row = line.execute(sql.SQL("SELECT COUNT(*) FROM {}").format(sql.Identifier(name))).fetchone()
        counts[name] = int(row[0]) if row else 0
    return counts


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() or "FATAL" in line]
    return (errors or lines or ["no word of why"])[0][:300]
