"""A whole Loft of its own for a test: `manage.py up` in a temporary home, on a free port, spoken to as its users do."""

import fcntl
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self, TextIO
from urllib.parse import urlsplit

import httpx
import psycopg
from websockets.sync.client import ClientConnection, connect

from tests import migrated
from tests.waiting import PATIENCE_S, wait_until

ROOT = Path(__file__).resolve().parent.parent

BLOCK = 100  # ports; as many as the sites of one installation want
BLOCKS = 200  # from 12,000 on: below what the kernel gives to connections that go out
_held: dict[int, TextIO] = {}


def free_port() -> int:
    """Return a port nobody listens on, nor will before we do: of a block that is ours until we end."""
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable: the ports do not end")


def hold_ports() -> int:
    """Return the first port of a block that no other process of ours uses until we let go of it, or end."""
    first = random.SystemRandom().randrange(BLOCKS)  # several runs may share a machine
    for number in (*range(first, BLOCKS), *range(first)):
        if number in _held:
            continue
        held = (Path(tempfile.gettempdir()) / f"loft-test-ports-{number}.lock").open("w")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held.close()
            continue
        _held[number] = held
        return 12_000 + number * BLOCK
    raise AssertionError(f"all {BLOCKS} blocks of ports are in use")


def let_go_of_ports(first_port: int) -> None:
    """Let others use a block."""
    _held.pop((first_port - 12_000) // BLOCK).close()


def _own_ports() -> Iterator[int]:
    first = hold_ports()
    while True:
        yield from range(first, first + BLOCK)


_ports = _own_ports()


def prepared_home() -> Path:
    """Return a home that `manage.py prepare` has made, the same one for all processes of this run."""
    shared = Path(os.environ["LOFT_TEST_SHARED"])
    home, being_made = shared / "prepared", shared / "being-made"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            shutil.rmtree(being_made, ignore_errors=True)
            migrated.copy_into(being_made)
            environment = {**environment_without_loft(), "LOFT_HOME": str(being_made)}
            words = [sys.executable, str(ROOT / "manage.py"), "prepare"]
            done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            being_made.rename(home)
    return home


def environment_without_loft() -> dict[str, str]:
    """Return our environment without what would set up an installation."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("LOFT_", "DATABASE_URL"))}


class Stack:
    """One running installation."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **environment_without_loft(),
            "LOFT_HOME": str(home),
            "LOFT_PORT": str(self.port),
            "LOFT_EMULATOR_PORT": str(free_port()),
            "LOFT_DEMO_DRONES": "0",
            "LOFT_DISK_BALLAST_MB": "8",  # several at once, and where they live may be memory
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._callers: list[httpx.Client] = []

    @contextmanager
    def database(self) -> Iterator[None]:
        """Give it a database of its own: a new one on the PostgreSQL of TEST_DATABASE_URL, else SQLite in its home."""
        server = os.environ.get("TEST_DATABASE_URL")
        if not server:
            yield
            return
        name = f"loft_{self.port}"
        with psycopg.connect(server, autocommit=True) as line:
            line.execute(f'CREATE DATABASE "{name}"{migrated.as_template()}')
        self.environment["DATABASE_URL"] = urlsplit(server)._replace(path=f"/{name}").geturl()
        yield
        with psycopg.connect(server, autocommit=True) as line:
            line.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def renew_database(self) -> None:
        """Lose the database that it was given on a server, and give it an empty one of the same name."""
        if server := os.environ.get("TEST_DATABASE_URL"):
            with psycopg.connect(server, autocommit=True) as line:
                line.execute(f'DROP DATABASE "loft_{self.port}" WITH (FORCE)')
                line.execute(f'CREATE DATABASE "loft_{self.port}"')

    @contextmanager
    def running(self, *, is_first: bool = False) -> Iterator[Self]:
        """Run it with a database of its own; it ends whatever happens, a start in vain included.

        Args:
            is_first: in an empty home, as somebody starts it who has just fetched it; else in one that is prepared.
        """
        if not is_first:
            shutil.copytree(prepared_home(), self.home, dirs_exist_ok=True)
        self.home.mkdir(parents=True, exist_ok=True)
        with self.database(), self.udp_ports():
            try:
                self.start()
                yield self
            finally:
                self.stop()

    @contextmanager
    def udp_ports(self) -> Iterator[None]:
        """Have a block of ports for the sites as long as it runs."""
        first = hold_ports()
        self.environment["LOFT_EMULATOR_FIRST_UDP_PORT"] = str(first)
        try:
            yield
        finally:
            let_go_of_ports(first)

    def start(self) -> None:
        """Start everything and wait until it is ready to serve."""
        with (self.home / "up.log").open("wb") as log:
            self.process = subprocess.Popen(self._words("up"), env=self.environment, stdout=log, stderr=log)
        wait_until(self._is_ready, "the installation is ready", timeout_s=300, every_s=0.2)

    def stop(self) -> int:
        """Stop as Ctrl-C does; return the exit code."""
        assert self.process is not None
        for caller in self._callers:
            caller.close()
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=PATIENCE_S)

    def manage(self, *words: str, timeout_s: float = 300.0) -> str:
        """Run a command of this installation; return what it printed."""
        done = subprocess.run(
            self._words(*words), env=self.environment, capture_output=True, text=True, timeout=timeout_s, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def secret(self, name: str) -> str:
        """Return a generated secret."""
        return (self.home / "secrets" / name).read_text().strip()

    def password(self, role: str) -> str:
        """Return the password of a demo person."""
        return self.secret(f"demo-{role}-password")

    def with_key(self, name: str) -> httpx.Client:
        """Return a client that calls with a demo key, "demo-fleet" or "demo-factory"."""
        caller = self._caller()
        caller.headers["Authorization"] = f"Bearer {self.secret(f'{name}.key')}"
        return caller

    def signed_in(self, role: str) -> httpx.Client:
        """Return a client signed in through the login page."""
        caller = self._caller()
        caller.get("/login")
        answer = caller.post(
            "/login",
            data={
                "username": role,
                "password": self.password(role),
                "csrfmiddlewaretoken": caller.cookies["csrftoken"],
            },
            headers={"Referer": f"{self.url}/login"},
        )
        assert "sessionid" in caller.cookies, answer.text[:400]
        caller.headers["X-CSRFToken"] = caller.cookies["csrftoken"]
        return caller

    def socket(self, role: str, topics: str) -> ClientConnection:
        """Open the line that a page of this person would open."""
        caller = self.signed_in(role)
        cookies = "; ".join(f"{name}={value}" for name, value in caller.cookies.items())
        return connect(
            f"ws://127.0.0.1:{self.port}/ws?topics={topics}", origin=self.url, additional_headers={"Cookie": cookies}
        )

    def pid(self, name: str) -> int:
        """Return the process id of one of its processes: "engine", "web", "redis", "beat", "worker-default" ..."""
        return int((self.home / "run" / f"{name}.pid").read_text())

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """Keep one of its processes stopped, and whichever the supervisor puts in its place."""
        is_over = threading.Event()

        def stop() -> None:
            while not is_over.wait(0.05):
                with suppress(ProcessLookupError, OSError, ValueError):
                    os.kill(self.pid(name), signal.SIGSTOP)

        keeper = threading.Thread(target=stop)
        keeper.start()
        try:
            yield
        finally:
            is_over.set()
            keeper.join()
            with suppress(ProcessLookupError):
                os.kill(self.pid(name), signal.SIGCONT)

    def kill(self, name: str) -> None:
        """Kill one of its processes as `kill -9` does, and wait until the supervisor has started another."""
        before = self.pid(name)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: self.pid(name) != before, f"{name} was started again")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query in its database."""
        if url := self.environment.get("DATABASE_URL"):
            with psycopg.connect(url) as line:
                return line.execute(sql).fetchall()  # type: ignore[arg-type]
        with closing(sqlite3.connect(self.home / "loft.sqlite3", timeout=PATIENCE_S)) as line:
            return line.execute(sql).fetchall()

    def log(self, name: str) -> str:
        """Return what one of its processes wrote."""
        return (self.home / "logs" / f"{name}.log").read_text(errors="replace")

    def _caller(self) -> httpx.Client:
        caller = httpx.Client(base_url=self.url, timeout=PATIENCE_S, follow_redirects=True)
        self._callers.append(caller)
        return caller

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *words]

    def _is_ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"it ended: {(self.home / 'up.log').read_text()[-4000:]}")
        try:
            return bool(httpx.get(f"{self.url}/readyz", timeout=5).json()["wrong"] == [])
        except (httpx.HTTPError, ValueError, KeyError):
            return False
