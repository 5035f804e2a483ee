"""A test stand: Redis, engine and web of their own, in a temporary home, on a free port. CPU is read from /proc."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from console.bench import apart

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
TIMEOUT_S = 60.0
_PREPARE = """
import json
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from console.run import serve_redis
from console.actions.demo import build_people, token_file
from console.models import Person
build_people(timezone.now())
viewer = Person.objects.get(username="viewer")
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(viewer.pk), viewer.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session.save()
words = serve_redis.command(settings.REDIS_SOCKET, settings.LOFT_HOME / "redis", settings.SECRETS_DIR / "redis")
print(json.dumps({"redis": words, "token": token_file("demo-fleet").read_text().strip(),
                  "session": session.session_key, "cookie": settings.SESSION_COOKIE_NAME}))
"""


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stand:
    """Processes of one measurement, ended and deleted with it. `environment` adds to what they are given."""

    environment: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Prepare the database, the key and the session, and start Redis; leave nothing where one of them fails."""
        self._folder = tempfile.TemporaryDirectory(prefix="loft-stand-")
        self.home = Path(self._folder.name)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "LOFT_HOME": str(self.home),
            "LOFT_PORT": str(self.port),
            "LOFT_LOG_LEVEL": "WARNING",
            "LOFT_DISK_BALLAST_MB": "8",
            "LOFT_NEW_DRONES_PER_KEY_PER_H": "1000000",
            "LOFT_NEW_DRONES_PER_CUSTOMER_PER_H": "1000000",
            "LOFT_SOCKETS_PER_SESSION": "1000",  # one sign-in stands for hundreds of people
            "LOFT_SOCKETS_PER_PERSON": "1000",
            "LOFT_QUOTA_SOCKETS": "1000",
            "LOFT_QUOTA_REQUESTS_PER_S": "100000",
            "LOFT_REQUESTS_PER_KEY_PER_S": "100000",
            **self.environment,
        }
        try:
            self._prepare()
        except BaseException as reason:
            self.__exit__(type(reason), reason, reason.__traceback__)
            raise
        return self

    def _prepare(self) -> None:
        (self.home / "vendor").mkdir()
        self.manage("migrate", "-v", "0")
        prepared = json.loads(self.manage("shell", "-v", "0", "-c", _PREPARE).splitlines()[-1])
        self.token, self.cookie = prepared["token"], f"{prepared['cookie']}={prepared['session']}"
        self.redis_words: list[str] = prepared["redis"]
        self.start_redis()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything in reverse order, the rest also where one of them cannot be ended."""
        with ExitStack() as ends:
            ends.callback(self._folder.cleanup)
            for name in self.processes:
                ends.callback(self.stop, name)

    def manage(self, *words: str) -> str:
        """Run a command of this stand and return what it printed."""
        done = subprocess.run(self._within(manage(*words)), capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"{words[0]} failed: {done.stderr[-2000:]}")
        return done.stdout

    def start(self, name: str, words: list[str]) -> None:
        """Start a process; its output goes to a file of its name."""
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(self._within(words), stdout=log, stderr=log)  # noqa: S603

    def start_redis(self) -> None:
        """Start Redis and wait until its socket is there."""
        self.start("redis", self.redis_words)
        until((self.home / "run" / "redis.sock").exists, "Redis listens")

    def start_engine(self) -> None:
        """Start the engine."""
        self.start("engine", manage("track"))

    def start_web(self, application: str = "") -> None:
        """Start a web process and wait until it listens: ours, or a plain one for a baseline's application."""
        plain = [
            sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(self.port),
            "--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false",
            "--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "2",
        ]  # fmt: skip
        self.start("web", plain if application else [sys.executable, "-m", "console.run.web"])
        until(self._listens, "the web process listens")

    def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        """End a process, by default so that it can tidy up."""
        process = self.processes.pop(name)
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def kill(self, name: str) -> None:
        """End a process as `kill -9` does."""
        self.stop(name, signal.SIGKILL)

    def cpu_s(self) -> dict[str, float]:
        """Return the CPU time each process has used so far, in seconds."""
        return {name: cpu_s(process.pid) for name, process in self.processes.items()}

    def log(self, name: str) -> str:
        """Return what a process printed."""
        return (self.home / f"{name}.log").read_text(errors="replace")

    def _within(self, words: list[str]) -> list[str]:
        """Return a command line that runs in this stand's environment, whatever the caller's own installation is."""
        return apart(self.environment, words)

    def _listens(self) -> bool:
        if self.processes["web"].poll() is not None:
            raise RuntimeError(f"the web process ended: {self.log('web')[-2000:]}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def manage(*words: str) -> list[str]:
    """Return the command line of one of our own commands."""
    return [sys.executable, str(Path(__file__).resolve().parents[2] / "manage.py"), *words]


def cpu_s(pid: int) -> float:
    """Return the user and system time of a process, all its threads included, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def until(check: Callable[[], object], what: str, timeout_s: float = TIMEOUT_S) -> None:
    """Wait until `check` is true.

    Raises:
        RuntimeError: it did not become true in time.
    """
    end = time.monotonic() + timeout_s
    while not check():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {timeout_s:.0f} s in vain until {what}")
        time.sleep(0.05)
