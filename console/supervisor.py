"""The supervisor behind `manage.py up`: starts every process, restarts what ends, stops all in reverse order.

Our own programs are forked from this process, which has imported what they need (`console.forking`); others are
executed. No orphan survives it: each child asks the kernel to be killed when its parent dies (PR_SET_PDEATHSIG).
"""

import math
import os
import selectors
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from socket import socket
from time import monotonic

from console.forking import Forked, die_with, fork
from console.liveness import Inquiry
from console.logfile import LogFile

STEADY_AFTER_S = 10.0
MAX_BACK_OFF_S = 10.0
LAST_WORDS_S = 1.0
"""So long a hung process may take to write down where it stands."""
Program = Callable[[Sequence[str]], object]


@dataclass(frozen=True)
class Plan:
    """A process to keep running.

    `program` is a function of ours, called with the words of `command` in a forked process; without one `command` is
    the command line of another program. It starts once those whom it `needs` have been `ready`, which one with a
    health socket at `asks` is when it has answered there. `sockets` are those that it keeps of ours. `patience_s` is
    how long it may take to stop before it is killed; neighbours of one `group` stop together; `nice` says by how much
    others come before it.
    """

    name: str
    command: Sequence[str]
    patience_s: float = 15.0
    ready: Callable[[], bool] | None = None
    group: str = ""
    nice: int = 0
    program: Program | None = None
    needs: Sequence[str] = ()
    sockets: Sequence[socket] = ()
    asks: Path | None = None


@dataclass
class Child:
    """A planned process and its present run."""

    plan: Plan
    log: LogFile
    process: subprocess.Popen[bytes] | Forked | None = None
    inquiry: Inquiry | None = None
    was_ready: bool = False
    started_s: float = 0.0
    back_off_s: float = 0.0
    due_s: float = 0.0  # when to start it, or to start it again
    kill_s: float = math.inf  # when to kill it, once it was found hung

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """Whether it does what others need it for."""
        if self.inquiry:
            return self.inquiry.has_answered
        return self.is_running and (self.plan.ready is None or self.plan.ready())


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
        """Start everything, call `on_up` once all are ready, keep it running, and stop it all on SIGINT or SIGTERM.

        So it does on SIGHUP, when its terminal is closed, unless whoever started it lets that pass (`nohup`).
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask_to_stop)
        try:
            while not self.stopping and not all(child.was_ready for child in self.children):
                self._turn(0.02)
            if not self.stopping:
                with suppress(OSError):  # as in `_say`
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
        self._say(f"stopping {child.plan.name}")
        assert child.process is not None
        child.process.terminate()

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _turn(self, timeout_s: float) -> None:
        self._pump(timeout_s)
        waited_for = {child.plan.name for child in self.children if not child.was_ready}
        for child in self.children:
            if self.stopping:
                return
            self._look_after(child, waited_for)

    def _look_after(self, child: Child, waited_for: set[str]) -> None:
        if child.is_running:
            self._see_how_it_is(child)
            return
        if child.process is not None:
            self._note_end(child)
        if monotonic() >= child.due_s and waited_for.isdisjoint(child.plan.needs):
            self._start(child)

    def _see_how_it_is(self, child: Child) -> None:
        now_s = monotonic()
        if child.inquiry:
            child.inquiry.turn(now_s)
            if child.kill_s == math.inf and child.inquiry.is_hung(now_s):
                self._abort(child)
        if now_s >= child.kill_s:
            _signal_group(child, signal.SIGKILL)
        child.was_ready = child.was_ready or child.is_ready()

    def _abort(self, child: Child) -> None:
        """End a process that does not answer; it may write down first where it stands (`faulthandler`)."""
        told = f"{child.plan.name} does not answer /healthz; replacing it"
        self._say(told)
        self._log(child, f"{told}\n".encode())
        child.kill_s = monotonic() + LAST_WORDS_S
        _signal_group(child, signal.SIGABRT)

    def _note_end(self, child: Child) -> None:
        assert child.process is not None
        self._back_off(child, f"ended ({child.process.returncode})")
        _signal_group(child, signal.SIGKILL)  # a leader that was killed leaves its own children
        self._drop_pipe(child)
        child.process = None

    def _back_off(self, child: Child, why: str) -> None:
        steady = monotonic() - child.started_s > STEADY_AFTER_S
        child.back_off_s = 0.2 if steady else min(MAX_BACK_OFF_S, max(0.2, child.back_off_s * 2))
        child.due_s = monotonic() + child.back_off_s
        self._say(f"{child.plan.name} {why}; again in {child.back_off_s:.1f} s")

    def _say(self, text: str) -> None:
        """Tell whoever watches; that the terminal or the reader of a pipe is gone ends nothing."""
        with suppress(OSError):
            self.echo(text)

    def _start(self, child: Child) -> None:
        """Start a process, or try again later where the system has no room for one: the others go on."""
        try:
            child.process = _fork(child.plan) if child.plan.program else _execute(child.plan)
        except OSError as reason:
            self._back_off(child, f"could not be started ({reason})")
            child.started_s = monotonic()
            return
        child.started_s, child.kill_s = monotonic(), math.inf
        child.inquiry = Inquiry(child.plan.asks, child.started_s) if child.plan.asks else None
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)
        with suppress(OSError):  # the disk is full: it runs all the same
            _write_whole(self.run_dir / f"{child.plan.name}.pid", f"{child.process.pid}\n")

    def _await_end(self, child: Child) -> None:
        assert child.process is not None
        until = monotonic() + child.plan.patience_s
        while child.is_running and monotonic() < until:
            self._pump(0.05)
        if child.is_running:
            self._say(f"{child.plan.name} did not stop within {child.plan.patience_s:.0f} s; killing it")
            _signal_group(child, signal.SIGKILL)
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
        if child.inquiry:
            child.inquiry.close()
        pipe = child.process.stdout if child.process else None
        if pipe is None or pipe.closed:
            return
        if pipe in {key.fileobj for key in self._selector.get_map().values()}:
            self._selector.unregister(pipe)
        with suppress(BlockingIOError):  # its last words
            while text := os.read(pipe.fileno(), 65_536):
                self._log(child, text)
        pipe.close()


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def _fork(plan: Plan) -> Forked:
    assert plan.program is not None
    kept = {line.fileno() for line in plan.sockets}
    return fork(partial(plan.program, plan.command), plan.name, plan.nice, kept)


def _execute(plan: Plan) -> "subprocess.Popen[bytes]":
    parent = os.getpid()

    def arrange() -> None:
        die_with(parent)
        os.nice(plan.nice)

    return subprocess.Popen(  # noqa: S603  the commands are our own
        plan.command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=arrange,  # noqa: PLW1509  this process has one thread
    )


def _signal_group(child: Child, number: int) -> None:
    """Send a signal to a child's whole group, as far as there is anyone left in it."""
    assert child.process is not None
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)
