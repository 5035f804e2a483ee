"""Bench `start`: from `manage.py up` in a prepared home until it is ready, and the memory of all its processes.

Beside it the same processes as before, each executed by itself, in the same home and right after.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings

from console.bench import Row, apart, bench
from console.run.processes import celery, manage, specs
from console.run.supervisor import ProcessSpec, Supervisor

SETTLE_S = 15.0
MOST_S = 180.0
END_S = 60.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
UP = [sys.executable, str(settings.BASE_DIR / "manage.py")]
EXECUTED = "import django; django.setup(); from console.run.start_bench import run_executed; run_executed()"


@dataclass(frozen=True)
class Start:
    """One measured start: wall time until ready, CPU of all processes, and their proportional memory by name."""

    ready_s: float
    cpu_s: float
    pss_mb: dict[str, float]


@dataclass(frozen=True)
class Stand:
    """The installation that is started: a home and ports of its own."""

    home: Path
    port: int
    stations_port: int

    def within(self, words: Sequence[str]) -> list[str]:
        """Return a command line that runs in this installation, whatever the caller's own is."""
        ports = {"LOFT_PORT": str(self.port), "LOFT_EMULATOR_PORT": str(self.stations_port)}
        return apart({**ports, "DJANGO_SETTINGS_MODULE": "console.settings", "LOFT_HOME": str(self.home)}, words)


@bench("start")
def start() -> Iterator[Row]:
    """Measure a warm start and the memory a quarter of a minute later, forked and executed."""
    with tempfile.TemporaryDirectory(prefix="loft-start-") as home:
        stand = Stand(Path(home), _free_port(), _free_port())
        subprocess.run(stand.within([*UP, "prepare"]), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        new = _measure([*UP, "up"], stand)
        old = _measure([sys.executable, "-c", EXECUTED], stand)
    cpu = f"CPU of all processes {new.cpu_s:.1f} s, before {old.cpu_s:.1f} s"
    yield Row("start_ready_s", round(new.ready_s, 1), "s", round(old.ready_s, 1), old.ready_s / new.ready_s, cpu)
    now_mb, then_mb = sum(new.pss_mb.values()), sum(old.pss_mb.values())
    note = ", ".join(f"{name} {mb:.0f}" for name, mb in new.pss_mb.items())
    yield Row("start_pss_mb", round(now_mb), "MB", round(then_mb), then_mb / now_mb, note)


def run_executed() -> None:
    """Prepare and run everything with one executed process each."""
    subprocess.run([*UP, "prepare"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    rows = [replace(spec, command=_command_line(spec), program=None) for spec in specs()]
    Supervisor(rows, settings.LOGS_DIR, settings.LOFT_RUN_DIR, lambda _: None).run(lambda: None)


def memory_mb(pid: int) -> float:
    """Return the memory of a process, its share of what it shares with others included, in MB; 0 once it ended."""
    rows = dict(row.split(":") for row in _told(pid, "smaps_rollup").splitlines()[1:])
    return int(rows["Pss"].split()[0]) / 1024 if rows else 0.0


def family(pid: int) -> list[int]:
    """Return a process and all that come of it, whichever of its threads started them."""
    threads = [path.name for path in Path(f"/proc/{pid}/task").glob("*")]
    children = [child for thread in threads for child in _told(pid, f"task/{thread}/children").split()]
    return [pid, *(descendant for child in children for descendant in family(int(child)))]


def _told(pid: int, name: str) -> str:
    """Return what the kernel tells of a process; nothing of one that ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _command_line(spec: ProcessSpec) -> Sequence[str]:
    if spec.program is manage:
        return [*UP, *spec.command]
    if spec.program is celery:
        return [sys.executable, "-m", "celery", "-A", "console", *spec.command]
    if spec.program is None:
        return spec.command
    if spec.group != "web":
        raise ValueError(f"{spec.name}: a program of which it is not known how it was executed")
    return [sys.executable, "-c", "import django; django.setup(); from console.run.web import main; main()"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _measure(command: Sequence[str], stand: Stand) -> Start:
    began_s = time.monotonic()
    with _running(stand.within(command)) as process:
        while not _is_ready(stand.port):
            if process.poll() is not None or time.monotonic() - began_s > MOST_S:
                passed_s = time.monotonic() - began_s
                raise RuntimeError(f"not ready after {passed_s:.0f} s, exit code {process.poll()}: {' '.join(command)}")
            time.sleep(0.05)
        ready_s = time.monotonic() - began_s
        cpu_s = sum(_cpu_s(member) for member in family(process.pid))
        time.sleep(SETTLE_S)
        return Start(ready_s, cpu_s, _memory_by_name(process.pid, stand.home / "run"))


@contextmanager
def _running(command: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run an installation, and end it; the kernel kills what a killed supervisor leaves."""
    with subprocess.Popen(  # noqa: S603
        command, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_S)
            process.kill()


def _memory_by_name(pid: int, run: Path) -> dict[str, float]:
    """Return the memory of each process with what it started, by the name of its file of process ids."""
    memory_by_name = {
        path.stem: sum(map(memory_mb, family(int(path.read_text())))) for path in sorted(run.glob("*.pid"))
    }
    return {"supervisor": memory_mb(pid), **memory_by_name}


def _is_ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _cpu_s(pid: int) -> float:
    """Return user and system time of a process and of those that it has waited for, in seconds; 0 once it ended."""
    fields = _told(pid, "stat").rpartition(") ")[2].split()
    return sum(map(int, fields[11:15])) / TICKS_PER_S
