"""The supervisor behind `manage.py up`: starts every process, restarts what ends, stops all in reverse order.

Our own programs are forked from this process, which has imported what they need (`console.run.forking`); others are
executed. No orphan survives it: each child asks the kernel to be killed when its parent dies (PR_SET_PDEATHSIG).
One that hangs (`console.run.watchdog`) is replaced; how all are is written down (`console.run.process_states`).
"""

import math
import os
import selectors
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from socket import socket
from time import monotonic

from console.run import loops, process_states
from console.run.forking import Forked, die_with, fork
from console.run.hangs import Attention, LoopWatch
from console.run.liveness import HEALTH, Inquiry, Question
from console.run.output import Output, open_output
from console.run.process_states import ENDED, SILENT, STARTING, UP, Hang, ProcessState
from console.run.service_manager import Asked, ServiceManager
from console.run.watchdog import MOST_PATIENCE, Finding, Watchdog

STEADY_AFTER_S = 10.0
MAX_BACK_OFF_S = 10.0
LAST_WORDS_S = 1.0
"""So long a hung process may take to write down where it stands."""
KILLED_WITHIN_S = 10.0
"""What the kernel has not ended by then waits for a disk, and nobody can end it."""
WELL_AFTER_S = 600.0
"""Who has not hung for so long is given no longer than others."""
REWRITE_AFTER_S = 5.0
Program = Callable[[Sequence[str]], object]


@dataclass(frozen=True)
class ProcessSpec:
    """A process to keep running.

    `program` is a function of ours, called with the words of `command` in a forked process; without one `command` is
    the command line of another program. It starts once those whom it `needs` have been `ready`, which one with a
    socket at `asks` is not before it has answered its `question` there. `sockets` are those that it keeps of ours. It
    is killed when it has not stopped within `stop_timeout_s`; neighbours of one `group` stop together; `nice` says by
    how much others come before it.

    Whether it hangs is asked at `asks`, or seen from its loops where it `beats`: each says for how long it may stand
    still (`loops.SILENCE_S` unless it says otherwise; a task as long as its hard time limit), times `patience`. While
    one whom it needs is not well its silence does not count. Loft is ready without it unless it `is_needed`.
    """

    name: str
    command: Sequence[str]
    stop_timeout_s: float = 15.0
    ready: Callable[[], bool] | None = None
    group: str = ""
    nice: int = 0
    program: Program | None = None
    needs: Sequence[str] = ()
    sockets: Sequence[socket] = ()
    asks: Path | None = None
    question: Question = HEALTH
    beats: bool = False
    patience: float = 1.0
    is_needed: bool = True


@dataclass
class Child:
    """A planned process and its present run."""

    spec: ProcessSpec
    log: Output
    process: subprocess.Popen[bytes] | Forked | None = None
    watchdog: Watchdog | None = None
    was_ready: bool = False
    starts: int = 0
    hangs: int = 0
    hang: Hang | None = None
    patience: float = 1.0
    started_s: float = 0.0
    back_off_s: float = 0.0
    up_s: float | None = None  # since when it has been up
    due_s: float = 0.0  # when to start it, or to start it again
    kill_s: float = math.inf  # when to kill it, once it was found hung

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """Whether it does what others need it for."""
        if self.watchdog and self.watchdog.inquiry and not self.watchdog.inquiry.has_answered:
            return False
        return self.is_running and (self.spec.ready is None or self.spec.ready())

    def state(self, now_s: float) -> str:
        """Return in a word what it does; `now_s` is of the supervisor's attention."""
        if not self.is_running:
            return ENDED if self.starts else STARTING
        if not self.was_ready or not self.watchdog or not self.watchdog.has_begun():
            return STARTING
        return SILENT if self.watchdog.is_suspect(now_s) else UP

    def note(self, now_s: float) -> ProcessState:
        """Return what is written down of it."""
        state = self.state(now_s)
        self.up_s = (self.up_s or monotonic()) if state == UP else None
        return ProcessState(self.spec.name, state, self.starts, self.hangs, self.spec.is_needed, self.hang, self.up_s)


class Supervisor:
    """Keeps planned processes running until told to stop."""

    def __init__(
        self, specs: Sequence[ProcessSpec], logs: Path, run: Path, echo: Callable[[str], None],
        open_log: Callable[[Path], Output] = open_output, *, asked: Asked = Asked(),  # noqa: B008  it is frozen
    ) -> None:  # fmt: skip
        for folder in (logs, run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.run_dir = run
        self.children = [Child(spec, open_log(logs / f"{spec.name}.log")) for spec in specs]
        self.echo = echo
        self._own_log = open_log(logs / "supervisor.log")
        self.stopping = False
        self._selector = selectors.DefaultSelector()
        self._attention = Attention(monotonic())
        self._manager = ServiceManager(asked)
        self._written: list[ProcessState] = []
        self._write_s = 0.0

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
                self._manager.ready()
                with suppress(OSError):  # as in `_say`
                    on_up()
            while not self.stopping:
                self._turn(0.2)
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop every child in reverse order, group by group, each given its own time."""
        self.stopping = True
        self._manager.stopping()
        for _, group in groupby(reversed(self.children), key=lambda child: child.spec.group or child.spec.name):
            running = [child for child in group if child.is_running]
            for child in running:
                self._ask_to_end(child)
            for child in running:
                self._await_end(child)
        self._pump(0)
        for child in self.children:
            self._drop_pipe(child)
            child.log.close()
        self._own_log.close()
        self._selector.close()

    def _ask_to_end(self, child: Child) -> None:
        self._say(f"stopping {child.spec.name}")
        assert child.process is not None
        child.process.terminate()
        _signal_group(child, signal.SIGCONT)  # one that is stopped does not hear of it otherwise

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _turn(self, timeout_s: float) -> None:
        self._pump(timeout_s)
        since_s = self._attention.turn(monotonic())
        waited_for = {child.spec.name for child in self.children if not child.was_ready}
        needed = [child for child in self.children if child.spec.is_needed]
        unwell = {child.spec.name for child in needed if child.state(self._attention.now_s) != UP}
        for child in self.children:
            if self.stopping:
                return
            is_excused = not unwell.isdisjoint(child.spec.needs)
            self._look_after(child, waited_for, since_s if is_excused else 0.0)
        self._write_states()

    def _look_after(self, child: Child, waited_for: set[str], excused_s: float) -> None:
        if child.is_running:
            self._see_how_it_is(child, excused_s)
            return
        if child.process is not None:
            self._note_end(child)
        if monotonic() >= child.due_s and waited_for.isdisjoint(child.spec.needs):
            self._start(child)

    def _see_how_it_is(self, child: Child, excused_s: float) -> None:
        assert child.watchdog is not None
        now_s = self._attention.now_s
        child.watchdog.turn(now_s, excused_s)
        if child.kill_s == math.inf and (finding := child.watchdog.finding(now_s, child.patience)):
            self._end(child, finding)
        if monotonic() >= child.kill_s:
            _signal_group(child, signal.SIGKILL)
        child.was_ready = child.was_ready or child.is_ready()

    def _end(self, child: Child, finding: Finding) -> None:
        """End a process that hangs; one that still runs may write down first where it stands (`faulthandler`).

        Of a pool's process, which its own parent replaces, no more than that is ended.
        """
        assert child.process is not None
        self._note_hang(child, finding)
        if finding.pid != child.process.pid:
            with suppress(ProcessLookupError):
                os.kill(finding.pid, signal.SIGKILL)
            return
        child.kill_s = monotonic() + (0.0 if finding.is_stopped else LAST_WORDS_S)
        _signal_group(child, signal.SIGABRT)

    def _note_hang(self, child: Child, finding: Finding) -> None:
        """Say and remember it; whoever hangs again soon is given twice the time, for then it may be the machine."""
        message = f"{child.spec.name} does not answer ({finding.words}); replacing it"
        self._say(message)
        child.log.say(message)
        is_again = child.hang is not None and monotonic() - child.hang.monotonic_s < WELL_AFTER_S
        child.patience = min(child.patience * 2, MOST_PATIENCE) if is_again else 1.0
        child.hangs += 1
        at = datetime.now(UTC).isoformat(timespec="seconds")
        child.hang = Hang(at, monotonic(), finding.loop, round(finding.silent_s, 1))

    def _write_states(self) -> None:
        """Write down how all are, when that has changed; where there is no room, again in a while."""
        states = [child.note(self._attention.now_s) for child in self.children]
        if states == self._written or monotonic() < self._write_s:
            return
        not_up = [state.name for state in states if not state.is_up]
        self._manager.status(f"not up: {', '.join(not_up)}" if not_up else f"{len(states)} processes are up")
        try:
            process_states.write(self.run_dir, states)
            self._written = states
        except OSError:
            self._write_s = monotonic() + REWRITE_AFTER_S

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
        self._say(f"{child.spec.name} {why}; again in {child.back_off_s:.1f} s")

    def _say(self, text: str) -> None:
        """Tell whoever watches; that the terminal or the reader of a pipe is gone ends nothing."""
        line = self._own_log.say(text)
        with suppress(OSError):
            self.echo(line)

    def _start(self, child: Child) -> None:
        """Start a process, or try again later where the system has no room for one: the others go on."""
        try:
            page = loops.Page()
            child.process = _fork(child.spec, page) if child.spec.program else _execute(child.spec)
        except OSError as reason:
            self._back_off(child, f"could not be started ({reason})")
            child.started_s = monotonic()
            return
        child.started_s, child.kill_s = monotonic(), math.inf
        child.starts += 1
        child.watchdog = self._watchdog(child, page)
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)
        with suppress(OSError):  # the disk is full: it runs all the same
            _write_whole(self.run_dir / f"{child.spec.name}.pid", f"{child.process.pid}\n")

    def _watchdog(self, child: Child, page: loops.Page) -> Watchdog:
        assert child.process is not None
        spec, pid, now_s = child.spec, child.process.pid, self._attention.now_s
        inquiry = Inquiry(spec.asks, now_s, spec.question) if spec.asks else None
        patience = child.patience * spec.patience
        return Watchdog(
            pid, now_s, inquiry, LoopWatch(pid, page, now_s, patience) if spec.beats and spec.program else None
        )

    def _await_end(self, child: Child) -> None:
        assert child.process is not None
        until = monotonic() + child.spec.stop_timeout_s
        while child.is_running and monotonic() < until:
            self._pump(0.05)
        if child.is_running:
            self._say(f"{child.spec.name} did not stop within {child.spec.stop_timeout_s:.0f} s; killing it")
            _signal_group(child, signal.SIGKILL)
            until = monotonic() + KILLED_WITHIN_S
            while child.is_running and monotonic() < until:
                self._pump(0.05)

    def _pump(self, timeout_s: float) -> None:
        self._manager.turn(monotonic())
        for key, _ in self._selector.select(timeout_s):
            child: Child = key.data
            text = os.read(key.fd, 65_536)
            if text:
                self._log(child, text)
            else:
                self._selector.unregister(key.fileobj)
        for log in (self._own_log, *(child.log for child in self.children)):
            log.turn()

    def _log(self, child: Child, text: bytes) -> None:
        child.log.write(text)

    def _drop_pipe(self, child: Child) -> None:
        if child.watchdog:
            child.watchdog.close()
        pipe = child.process.stdout if child.process else None
        if pipe is None or pipe.closed:
            return
        if pipe in {key.fileobj for key in self._selector.get_map().values()}:
            self._selector.unregister(pipe)
        with suppress(BlockingIOError):  # its last words
            while text := os.read(pipe.fileno(), 65_536):
                self._log(child, text)
        child.log.flush()
        pipe.close()


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def _fork(spec: ProcessSpec, page: loops.Page) -> Forked:
    kept = {line.fileno() for line in spec.sockets}
    return fork(partial(_run, spec, page), spec.name, spec.nice, kept)


def _run(spec: ProcessSpec, page: loops.Page) -> None:
    assert spec.program is not None
    loops.use(page)
    spec.program(spec.command)


def _execute(spec: ProcessSpec) -> "subprocess.Popen[bytes]":
    parent = os.getpid()

    def arrange() -> None:
        die_with(parent)
        os.nice(spec.nice)

    return subprocess.Popen(  # noqa: S603  the commands are our own
        spec.command,
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
