"""The supervisor behind `manage.py up`: starts every process, restarts what ends, stops all in reverse order.

No orphan survives it: each child asks the kernel to be killed when its parent dies (PR_SET_PDEATHSIG).
"""

import ctypes
import math
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from time import monotonic

from console.logfile import LogFile

PR_SET_PDEATHSIG = 1
STEADY_AFTER_S = 10.0
MAX_BACK_OFF_S = 10.0
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Plan:
    """A process to keep running.

    `patience_s` is how long it may take to stop before it is killed; neighbours of one `group` stop together; `nice`
    says by how much others come before it.
    """

    name: str
    command: Sequence[str]
    patience_s: float = 15.0
    ready: Callable[[], bool] | None = None
    group: str = ""
    nice: int = 0


@dataclass
class Child:
    """A planned process and its present run."""

    plan: Plan
    log: LogFile
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    back_off_s: float = 0.0
    due_s: float = math.inf  # when to start it again, once it has ended
    partial: bytes = field(default=b"")

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Keeps planned processes running until told to stop."""

    def __init__(
        self, plans: Sequence[Plan], logs: Path, run: Path, echo: Callable[[str], None],
        open_log: Callable[[Path], LogFile] = LogFile,
    ) -> None:  # fmt: skip
        for folder in (logs, run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.run_dir = run
        self.children = [Child(plan, open_log(logs / f"{plan.name}.log")) for plan in plans]
        self.echo = echo
        self.stopping = False
        self._selector = selectors.DefaultSelector()

    def run(self, on_up: Callable[[], None]) -> None:
        """Start everything in order, call `on_up`, keep it running, and stop it all on SIGINT or SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        try:
            for child in self.children:
                self._start(child)
                self._await_ready(child)
            if not self.stopping:
                on_up()
            while not self.stopping:
                self._turn(0.2)
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop every child in reverse order, group by group, each given its patience."""
        self.stopping = True
        for _, group in groupby(reversed(self.children), key=lambda child: child.plan.group or child.plan.name):
            running = [child for child in group if child.is_running]
            for child in running:
                self._ask_to_end(child)
            for child in running:
                self._await_end(child)
        self._pump(0)
        for child in self.children:
            self._drop_pipe(child)
            child.log.close()
        self._selector.close()

    def _ask_to_end(self, child: Child) -> None:
        self.echo(f"stopping {child.plan.name}")
        assert child.process is not None
        child.process.terminate()

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _turn(self, timeout_s: float) -> None:
        self._pump(timeout_s)
        for child in self.children:
            if child.is_running or self.stopping:
                continue
            if child.process is not None:
                self._note_end(child)
            if monotonic() >= child.due_s:
                self._start(child)

    def _note_end(self, child: Child) -> None:
        assert child.process is not None
        steady = monotonic() - child.started_s > STEADY_AFTER_S
        child.back_off_s = 0.2 if steady else min(MAX_BACK_OFF_S, max(0.2, child.back_off_s * 2))
        child.due_s = monotonic() + child.back_off_s
        self.echo(f"{child.plan.name} ended ({child.process.returncode}); again in {child.back_off_s:.1f} s")
        self._drop_pipe(child)
        child.process = None

    def _start(self, child: Child) -> None:
        child.process = subprocess.Popen(  # noqa: S603  the commands are our own
            child.plan.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_ours(os.getpid(), child.plan.nice),  # noqa: PLW1509  this process has one thread
        )
        child.started_s = monotonic()
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)
        _write_whole(self.run_dir / f"{child.plan.name}.pid", f"{child.process.pid}\n")

    def _await_ready(self, child: Child) -> None:
        while child.plan.ready and not self.stopping and not child.plan.ready():
            self._turn(0.05)

    def _await_end(self, child: Child) -> None:
        assert child.process is not None
        until = monotonic() + child.plan.patience_s
        while child.is_running and monotonic() < until:
            self._pump(0.05)
        if child.is_running:
            self.echo(f"{child.plan.name} did not stop within {child.plan.patience_s:.0f} s; killing it")
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()

    def _pump(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            child: Child = key.data
            text = os.read(key.fd, 65_536)
            if text:
                self._log(child, text)
            else:
                self._selector.unregister(key.fileobj)

    def _log(self, child: Child, text: bytes) -> None:
        child.log.write(text)

    def _drop_pipe(self, child: Child) -> None:
        pipe = child.process.stdout if child.process else None
        if pipe is not None and pipe in {key.fileobj for key in self._selector.get_map().values()}:
            self._selector.unregister(pipe)
        if pipe is not None:
            pipe.close()


def manage(*words: str) -> list[str]:
    """Return the command line of one of our own commands."""
    return [sys.executable, str(Path(__file__).resolve().parent.parent / "manage.py"), *words]


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def _ours(parent: int, nice: int) -> Callable[[], None]:
    def arrange() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before we could ask
            os._exit(1)
        os.nice(nice)

    return arrange
