"""How a process writes its log: one line a record, of bounded length, and never the same line over and over.

What a stranger sends ends up in records (a Host header, an address, the text of an exception). A line of it is cut,
its control characters are escaped and whatever follows the first line is indented, so that nobody writes a line that
looks like ours. After the first few records of a kind in a minute the others are counted and told in one line, so that
a flood neither fills the disk nor pushes out what was written before.
"""

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Timer
from time import monotonic
from typing import Any, TextIO

MOST_CHARACTERS = 2_000  # of a line
MOST_LINES = 100  # of a traceback
FIRST_LINES = 20
MOST_KINDS = 1_000
WINDOW_S = 60.0
Kind = tuple[str, int, str, str]


class OneLine(logging.Formatter):
    """Writes a record in one line, its traceback in indented ones, none longer than so many characters."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record."""
        record.message = printable(record.getMessage())
        if self.usesTime():
            record.asctime = self.formatTime(record, self.datefmt)
        following = [self.formatException(record.exc_info)] if record.exc_info else []
        following += [self.formatStack(record.stack_info)] if record.stack_info else []
        lines = [f"    {printable(line)}" for text in following for line in _some(text.splitlines())]
        return "\n".join([self.formatMessage(record), *lines])


def printable(text: str) -> str:
    """Return a text as one line: cut where it is long, with a note of how much is missing; controls escaped."""
    if (missing := len(text) - MOST_CHARACTERS) > 0:
        text = f"{text[:MOST_CHARACTERS]}… ({missing} characters more)"
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _some(lines: Sequence[str]) -> Sequence[str]:
    missing = len(lines) - MOST_LINES
    if missing <= 0:
        return lines
    return [*lines[:FIRST_LINES], f"… ({missing} lines more)", *lines[FIRST_LINES - MOST_LINES :]]


@dataclass
class _Window:
    """What was written of one kind since it began."""

    began_s: float
    level: int
    name: str
    example: str = ""
    count: int = 0


class SparingHandler(logging.StreamHandler[TextIO]):
    """Writes the first few records of a kind in a minute, and then how many more there were."""

    def __init__(
        self, stream: TextIO | None = None, most_same: int = 20, window_s: float = WINDOW_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:  # fmt: skip
        super().__init__(stream)
        self._most, self._window_s, self._clock = most_same, window_s, clock
        self._windows: dict[Kind, _Window] = {}  # the oldest first
        self._timer: Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it. The handler's lock is held."""
        self._tell_ended()
        kind = kind_of(record)
        if kind not in self._windows and len(self._windows) >= MOST_KINDS:
            kind = ("", record.levelno, "", "")
        window = self._windows.setdefault(kind, _Window(self._clock(), record.levelno, record.name))
        window.count += 1
        if window.count <= self._most:
            super().emit(record)
        elif not window.example:
            window.example = printable(str(record.msg))[:200]
            self._wake()

    def close(self) -> None:
        """Tell what was counted and not told yet."""
        with self.lock or contextlib.nullcontext():
            self._tell(list(self._windows.values()))
            self._windows.clear()
            if self._timer is not None:
                self._timer.cancel()
        super().close()

    def _wake(self) -> None:
        """See to it that what is counted is told even if nobody writes any more. A forked process has no timer yet."""
        if self._timer is None or not self._timer.is_alive():
            self._timer = Timer(self._window_s, self._on_time)
            self._timer.daemon = True
            with contextlib.suppress(RuntimeError):  # the interpreter ends: `close` tells it
                self._timer.start()

    def _on_time(self) -> None:
        with self.lock or contextlib.nullcontext():
            self._timer = None
            self._tell_ended()
            if any(window.example for window in self._windows.values()):
                self._wake()

    def _tell_ended(self) -> None:
        until_s, ended = self._clock() - self._window_s, []
        while self._windows and (first := next(iter(self._windows.items())))[1].began_s <= until_s:
            ended.append(self._windows.pop(first[0]))
        self._tell(ended)

    def _tell(self, windows: Sequence[_Window]) -> None:
        for window in windows:
            more = window.count - self._most
            if more > 0:
                args = (more, self._clock() - window.began_s, window.example)
                told = "repeated %d times more within %.0f s: %s"
                super().emit(logging.LogRecord(window.name, window.level, "", 0, told, args, None))


def kind_of(record: logging.LogRecord) -> Kind:
    """Return what makes a record one of the same: its logger, level and template, and where its exception was raised.

    A text without arguments may be different each time; then the place in the code that wrote it stands for it.
    """
    has_template = bool(record.args) and isinstance(record.msg, str)
    template = record.msg if has_template else f"{record.pathname}:{record.lineno}"
    return record.name, record.levelno, template, _raised(record.exc_info)


def _raised(exc_info: Any) -> str:
    if not exc_info or exc_info[0] is None:
        return ""
    trace, place = exc_info[2], ""
    while trace is not None:
        place, trace = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}", trace.tb_next
    return f"{exc_info[0].__name__} {place}"
