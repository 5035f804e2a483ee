"""Processes forked from one prepared parent: what it has imported they share, instead of each paying for it.

A child has a session of its own, its output goes into a pipe, and the kernel kills it when its parent dies. A forked
process has only the thread that forked: a parent with a second one is refused, for a lock that the other held would
stay locked. For the same reason nothing that runs threads, and no line to Redis or a database, may be opened before.
"""

import atexit
import ctypes
import faulthandler
import gc
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import IO, Generic, NoReturn, TypeVar, cast

from console.run import loglines

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
STDERR = 2
ARENAS = 2
MAPPED_FROM_BYTES = 256 * 1024
ARGV_FIRST, ARGV_END = 45, 46  # fields of /proc/self/stat behind the name in brackets
T = TypeVar("T")
_libc = ctypes.CDLL(None, use_errno=True)


class Forked:
    """A child of ours that runs Python of ours; as much of `subprocess.Popen` as a supervisor needs."""

    def __init__(self, pid: int, stdout: IO[bytes]) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal; None while it runs."""
        return self._reap(os.WNOHANG)

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        code = self._reap(0)
        assert code is not None
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def _reap(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode


class Apart(Generic[T]):
    """A function carried out in a child of its own that shares our terminal; what it returns comes back as a pickle."""

    def __init__(self, function: Callable[[], T]) -> None:
        reader, writer = os.pipe()
        self._pid = _fork(lambda: _answer(function, writer), lambda: os.close(reader))
        os.close(writer)
        self._answer = os.fdopen(reader, "rb")

    def result(self) -> T:
        """Wait for it.

        Raises:
            ChildProcessError: it ended without an answer; it has said why.
        """
        with self._answer as answer:
            pickled = answer.read()
        _, status = os.waitpid(self._pid, 0)
        if status:
            raise ChildProcessError(os.waitstatus_to_exitcode(status))
        return cast("T", pickle.loads(pickled))  # noqa: S301  written by our own child


def fork(entry: Callable[[], object], name: str, nice: int = 0, kept: Collection[int] = ()) -> Forked:
    """Start `entry` in a child of its own.

    Args:
        entry: what it does; it ends with it.
        name: by which `ps` and `top` show it.
        nice: by how much others come before it.
        kept: which of the parent's open files it keeps; all others are closed in it.
    """
    reader, writer = os.pipe()

    def begin() -> None:
        os.setsid()
        os.nice(nice)
        _close_all_but({*kept, writer})
        _speak_into(writer)
        _show_as(name)
        loglines.part.become(name)

    try:
        pid = _fork(entry, begin)
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
    return Forked(pid, os.fdopen(reader, "rb", buffering=0))


def freeze() -> None:
    """Take what is there out of the garbage collector's sight, whose marks would make each child copy it."""
    gc.collect()
    gc.freeze()


def hold_memory_tight() -> None:
    """Let the C library give back what was freed: few arenas, and large blocks mapped singly. Children inherit it.

    By default each thread has an arena, and each large block freed raises the size from which blocks are mapped, to
    32 MB: rasters and exports then leave holes in the heap that are never returned. Only glibc has this.
    """
    if mallopt := getattr(_libc, "mallopt", None):
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES)
        mallopt(M_TRIM_THRESHOLD, 2 * MAPPED_FROM_BYTES)


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when `parent`, which started it, dies."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask
        os._exit(1)


def _fork(entry: Callable[[], object], begin: Callable[[], None]) -> int:
    if (threads := sum(1 for _ in Path("/proc/self/task").iterdir())) > 1:
        raise RuntimeError(f"a process of {threads} threads must not fork")
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # our handlers are not the child's
    try:
        pid = os.fork()
        if pid == 0:
            _live(entry, begin, parent)
    finally:  # also where there is no room for a process
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _live(entry: Callable[[], object], begin: Callable[[], None], parent: int) -> NoReturn:
    """Be the child: whatever happens, its end is here and not in the parent's code above."""
    code = 1
    try:
        die_with(parent)
        begin()
        _forget_signals()
        _draw_anew()
        gc.enable()
        code = _run(entry)
    except BaseException:  # noqa: BLE001  nobody above may see it
        traceback.print_exc()
    finally:
        os._exit(code)


def _run(entry: Callable[[], object]) -> int:
    """Run as the interpreter runs a program: exit codes, threads waited for, what was registered for the end."""
    code = 0
    try:
        entry()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:  # noqa: BLE001  a program's last words
        code = 1
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001  as multiprocessing's children do
    atexit._run_exitfuncs()  # noqa: SLF001
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    return code


def _answer(function: Callable[[], object], writer: int) -> None:
    with os.fdopen(writer, "wb") as answer:
        answer.write(pickle.dumps(function()))


def _close_all_but(kept: Collection[int]) -> None:
    """Close the parent's files by number: closing its objects could undo their work, as that of a log being packed.

    The objects stay, for a child lives and ends above its parent's frames, so none closes a number that is used anew.
    """
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if number > STDERR and number not in kept:
            with suppress(OSError):  # the listing itself
                os.close(number)


def _speak_into(writer: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (writer, 1), (writer, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(writer)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    faulthandler.enable()


def _forget_signals() -> None:
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _draw_anew() -> None:
    """Python's and OpenSSL's random numbers are seeded anew by themselves; numpy's old generator is not."""
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _show_as(name: str) -> None:
    """Write our name where the kernel reads the command line: it would show the parent's."""
    _libc.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    first, end = int(fields[ARGV_FIRST]), int(fields[ARGV_END])
    if first:
        ctypes.memmove(first, f"loft {name}".encode()[: end - first - 1].ljust(end - first, b"\0"), end - first)
