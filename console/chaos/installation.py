"""The installation of a run: `manage.py up` in the home of these settings, and its processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from django.conf import settings

from console.bench import apart
from console.run import process_states
from console.run.forking import die_with

UP_WITHIN_S = 300.0
END_WITHIN_S = 90.0
ENDED = "the installation ended by itself: {}"


class EndedError(RuntimeError):
    """Nobody runs the installation any more."""


class Installation:
    """A running Loft, which ends with the context. `environment` adds to what its processes are given."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{settings.LOFT_PORT}"
        self._environment = environment
        self._log = Path(settings.LOFT_HOME) / "up.log"

    def __enter__(self) -> Self:
        words = apart(
            {**settings.LOFT_GIVEN, **self._environment}, [sys.executable, str(settings.BASE_DIR / "manage.py"), "up"]
        )
        with self._log.open("wb") as log:
            end = partial(die_with, os.getpid())  # whoever kills us leaves nothing behind
            self._process = subprocess.Popen(words, stdout=log, stderr=log, preexec_fn=end)  # noqa: S603, PLW1509
        if not until(self.is_ready, UP_WITHIN_S):
            self._end()
            raise EndedError(f"it was not ready within {UP_WITHIN_S:.0f} s: {self._said()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def is_ready(self) -> bool:
        """Whether it says that it is well, and its supervisor that each process is up.

        Raises:
            EndedError: it runs no more.
        """
        if self._process.poll() is not None:
            raise EndedError(ENDED.format(self._said()))
        if not all(state.is_up for state in process_states.read(settings.LOFT_RUN_DIR)):
            return False
        try:
            return bool(httpx.get(f"{self.url}/readyz", timeout=3).json()["wrong"] == [])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False

    def names(self) -> list[str]:
        """Return the names of its processes."""
        return sorted(path.stem for path in settings.LOFT_RUN_DIR.glob("*.pid"))

    def pid(self, name: str) -> int:
        """Return the process id of one of its processes."""
        return int((settings.LOFT_RUN_DIR / f"{name}.pid").read_text())

    def signal(self, name: str, number: int) -> int:
        """Send a signal to one of its processes; return its id.

        Raises:
            ProcessLookupError: it is not running just now.
        """
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    def kill_child(self, name: str) -> None:
        """Kill the first process that one of its processes has started.

        Raises:
            ProcessLookupError: there is none.
        """
        pid = self.pid(name)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not children:
            raise ProcessLookupError(f"{name} has no child")
        os.kill(int(children[0]), signal.SIGKILL)

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-2_000:]

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def until(check: Callable[[], bool], within_s: float, every_s: float = 0.2) -> bool:
    """Wait until something is so; return whether it was in time."""
    end_s = time.monotonic() + within_s
    while not check():
        if time.monotonic() > end_s:
            return False
        time.sleep(every_s)
    return True
