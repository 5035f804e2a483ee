"""A home and a database that a run may ruin, and the run inside: a process of its own with their settings."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from console.bench import apart
from console.run.forking import die_with

DISK_MB = 2_000
"""Room for an installation that takes everything: twice the highest mark of `LOFT_DISK_WARN_MB`, ballast included."""
POSITION_BYTES = 300  # with its index, its entry in Redis and in the logs of writes
TIDY_WITHIN_S = 120.0
UDP_PORTS = 100  # of the sites of one installation
MARK = "chaos"
"""A file in the home that says that it may be ruined."""


def run_inside(
    command: Sequence[str],
    home: Path | None = None,
    *,
    disk_mb: int = 0,
    captured: bool = False,
    settings_: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run a command of ours in a scratch installation, deleted afterwards; return how it ended.

    Args:
        command: with its arguments.
        home: another home, which stays; None: one that is made.
        disk_mb: so large a file system of its own the home that is made is, so that it can be filled; 0: it is none.
        captured: its output is returned; else it is shown.
        settings_: more variables that it is given.
    """
    with ExitStack() as held:
        if home is None:
            home = held.enter_context(_home(disk_mb))
        (home / MARK).touch()
        given = {**_settings(home), **(settings_ or {})}
        if server := settings.LOFT_GIVEN.get("DATABASE_URL", ""):
            given["DATABASE_URL"] = held.enter_context(_database(server))
        manage = str(Path(__file__).resolve().parents[2] / "manage.py")
        return _run(apart(given, [sys.executable, manage, *command]), captured=captured)


def _run(words: list[str], *, captured: bool) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; whoever interrupts us interrupts it, and lets it tidy up; it does not outlive us."""
    end = partial(die_with, os.getpid())
    output = subprocess.PIPE if captured else None
    with subprocess.Popen(words, stdout=output, text=True, preexec_fn=end) as process:  # noqa: S603, PLW1509
        try:
            text, _ = process.communicate()
        except BaseException:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(TIDY_WITHIN_S)
            process.kill()
            raise
    return subprocess.CompletedProcess(words, process.returncode, text)


def add_home(parser: CommandParser) -> None:
    """Add the arguments that name another home."""
    parser.add_argument("--home", type=Path, help="another home, which is NOT running; named again in --yes-really")
    parser.add_argument("--yes-really", type=Path, help="the same home: it may be ruined")


def named_twice(home: Path | None, again: Path | None) -> Path | None:
    """Return the other home that was named; None where one is to be made.

    Raises:
        CommandError: it was named once only, or is not there.
    """
    if home is None and again is None:
        return None
    if home is None or again is None or home.absolute() != again.absolute():
        raise CommandError("another home may be ruined: name it twice, --home H --yes-really H, or let one be made")
    if not home.is_dir():
        raise CommandError(f"--home: {home} given; expected a folder that is there")
    return home.absolute()


def can_mount() -> bool:
    """Whether this person may mount a file system of their own."""
    with tempfile.TemporaryDirectory(prefix="loft-chaos-") as folder:
        return _mount(folder, 1) and _unmount(folder)


def _settings(home: Path) -> dict[str, str]:
    first = 12_000 + random.SystemRandom().randrange(200) * UDP_PORTS
    return {
        "LOFT_HOME": str(home),
        "LOFT_PORT": str(free_port()),
        "LOFT_EMULATOR_PORT": str(free_port()),
        "LOFT_EMULATOR_FIRST_UDP_PORT": str(first),
        "LOFT_DEMO_DRONES": "0",
        "LOFT_LOG_LEVEL": "WARNING",
    }


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _home(disk_mb: int) -> Iterator[Path]:
    folder = tempfile.mkdtemp(prefix="loft-chaos-")
    mounted = disk_mb > 0 and _mount(folder, disk_mb)
    try:
        yield Path(folder)
    finally:
        if mounted:
            _unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(server: str) -> Iterator[str]:
    """Make a database of its own on a server, and drop it."""
    name = f"loft_chaos_{free_port()}"
    with psycopg.connect(server, autocommit=True) as line:
        line.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as line:
            line.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def disk_mb(seconds: float, rate: float) -> int:
    """Return how large the file system of a run must be: what it stores must not close the intake. [MB]."""
    return DISK_MB + int(seconds * rate * POSITION_BYTES / 1e6)


def _mount(folder: str, size_mb: int) -> bool:
    words = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0700", "loft-chaos", folder]
    return _done(words)


def _unmount(folder: str) -> bool:
    return _done(["umount", "-l", folder])


def _done(words: Sequence[str]) -> bool:
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        return False
