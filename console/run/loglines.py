"""How a process writes its log: one line a record, of bounded length, and never the same line over and over.

A line has the time (UTC), level, part (the process), logger, a code where there is one, and how often it came. A
traceback is folded into it. What a stranger sends ends up in records (a Host header, an address, the text of an
exception): it is cut and its control characters are escaped, so that nobody writes a line that looks like ours. Of
warnings and worse the first of a kind is written, and then a line a minute with their number, so that neither a flood
nor an outage fills the disk or pushes out what was written before.
"""

import contextlib
import json
import logging
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import errorcode
from pathlib import Path
from threading import Timer
from typing import Any, TextIO

from console.run.repeats import WINDOW_S, Repeated, Repeats
from console.run.tracelines import causes, folded, inner_most

MOST_CHARACTERS = 2_000  # of a message
MOST_CODE = 40
MOST_STACK = 24  # lines, two a place
MOST_CALM = 20  # of records below a warning, as they are news and no trouble
Kind = tuple[str, int, str, str]


@dataclass(frozen=True)
class Entry:
    """One line of a log: everything in it is printable and of bounded length."""

    at_s: float  # UTC
    level: str
    part: str
    logger: str
    message: str
    code: str = ""
    count: int = 1
    within_s: float = 0.0
    trace: str = ""

    @property
    def time(self) -> str:
        """When, in UTC, to the millisecond."""
        return datetime.fromtimestamp(self.at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def line(self) -> str:
        """Return it for people."""
        code = f" [{self.code}]" if self.code else ""
        count = f" x{self.count} in {self.within_s:.0f} s" if self.within_s else ""
        trace = f" | {self.trace}" if self.trace else ""
        return f"{self.time} {self.level} {self.part} {self.logger}{code}{count}: {self.message}{trace}"

    def json(self) -> str:
        """Return it for programs."""
        fields = {
            "time": self.time, "level": self.level, "part": self.part, "logger": self.logger, "code": self.code,
            "count": self.count, "within_s": round(self.within_s, 1), "message": self.message, "trace": self.trace,
        }  # fmt: skip
        return json.dumps(fields, ensure_ascii=False)


FORMS = {"line": Entry.line, "json": Entry.json}


class Part:
    """What this process is called in its log: by whoever forked it, else by the command that it runs.

    One that `forks` starts no thread: what it counted is told with its next record, or at its end.
    """

    def __init__(self) -> None:
        program, *words = [*sys.argv, "python"] if sys.argv else ["", "python"]
        is_ours = Path(program).stem in ("manage", "__main__", "", "-c")
        word = next(word for word in words if word[:1] != "-") if is_ours else program
        self.name = printable(Path(word).stem, 40)
        self.forks = False

    def become(self, name: str, *, forks: bool = False) -> None:
        """Be this part from now on."""
        self.name, self.forks = name, forks


class OneLine(logging.Formatter):
    """Writes a record as a line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return entry_of(record).line()


class OneObject(logging.Formatter):
    """Writes a record as a JSON object on a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return entry_of(record).json()


def entry_of(record: logging.LogRecord) -> Entry:
    """Return what a record says."""
    trace = folded(record.exc_info[1]) if record.exc_info and record.exc_info[1] else ""
    if record.stack_info:
        trace = " ".join(["Stack:", *(line.strip() for line in record.stack_info.splitlines()[-MOST_STACK:])])
    repeated: Repeated[Any] | None = getattr(record, "repeated", None)
    count, within_s = (repeated.count, repeated.within_s) if repeated else (1, 0.0)
    return Entry(
        record.created, record.levelname, part.name, record.name, printable(record.getMessage()), code_of(record),
        count, within_s, printable(trace, 2 * MOST_CHARACTERS),
    )  # fmt: skip


def printable(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return a text as one line: cut where it is long, with a note of how much is missing; controls escaped."""
    if (missing := len(text) - most) > 0:
        text = f"{text[:most]}… ({missing} characters more)"
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def code_of(record: logging.LogRecord) -> str:
    """Return the code of what happened, where something has one: given by the caller, of an error, or of an answer."""
    given = getattr(record, "code", None) or getattr(record, "status_code", None)
    if given is None:
        args = record.args if isinstance(record.args, tuple) else ()
        errors = [record.exc_info[1]] if record.exc_info else [arg for arg in args if isinstance(arg, BaseException)]
        given = next((code for error in errors if error and (code := _code_of_error(error))), "")
    return printable(str(given), MOST_CODE)


def _code_of_error(error: BaseException) -> str:
    """Return SQLSTATE, SQLite's or the system's name of an error, or Redis' word, of it or of what caused it."""
    return next((code for cause in causes(error) if (code := _own_code(cause))), "")


def _own_code(error: BaseException) -> str:
    for name in ("sqlstate", "sqlite_errorname"):
        if code := getattr(error, name, None):
            return str(code)
    if isinstance(error, OSError) and error.errno:
        return errorcode.get(error.errno, str(error.errno))
    word = str(error).partition(" ")[0] if type(error).__module__.startswith("redis.") else ""
    return word if len(word) > 2 and word.isalpha() and word.isupper() else ""


class SparingHandler(logging.StreamHandler[TextIO]):
    """Writes the first records of a kind, and then once a minute how many more there were, with the newest of them."""

    def __init__(
        self, stream: TextIO | None = None, most_same: int = 1, repeats: Repeats[logging.LogRecord] | None = None
    ) -> None:
        super().__init__(stream)
        self._most, self._repeats = most_same, Repeats(WINDOW_S) if repeats is None else repeats
        self._timer: Timer | None = None
        self._is_closed = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it. The handler's lock is held."""
        self._tell_ended()
        most = self._most if record.levelno >= logging.WARNING else max(self._most, MOST_CALM)
        if self._repeats.is_new(kind_of(record), lambda: _plain(record), most, others=("", record.levelno)):
            super().emit(record)
        else:
            self._wake()

    def close(self) -> None:
        """Tell what was counted and not told yet."""
        with self.lock or contextlib.nullcontext():
            self._tell(list(self._repeats.end()))
            self._is_closed = True
            if self._timer is not None:
                self._timer.cancel()
        super().close()

    def _wake(self) -> None:
        """See to it that what is counted is told even if nobody writes any more. A forked process has no timer yet."""
        if part.forks or self._is_closed:
            return
        if self._timer is None or not self._timer.is_alive():
            self._timer = Timer(self._repeats.window_s, self._on_time)
            self._timer.daemon = True
            with contextlib.suppress(RuntimeError):  # the interpreter ends: `close` tells it
                self._timer.start()

    def _on_time(self) -> None:
        with self.lock or contextlib.nullcontext():
            self._timer = None
            if self._is_closed:  # it waited for the lock meanwhile
                return
            self._tell_ended()
            if self._repeats.waits:
                self._wake()

    def _tell_ended(self) -> None:
        self._tell(list(self._repeats.ended()))

    def _tell(self, told: list[Repeated[logging.LogRecord]]) -> None:
        if getattr(self.stream, "closed", False):  # under a test that took the standard error for its time
            return
        for repeated in told:
            record = repeated.newest
            record.repeated = repeated
            super().emit(record)


def _plain(record: logging.LogRecord) -> logging.LogRecord:
    """Return a record as it is kept for a minute: with its text only, for what it refers to may be large."""
    message = printable(record.getMessage(), MOST_CHARACTERS // 4)
    plain = logging.LogRecord(record.name, record.levelno, "", 0, "%s", (message,), None)
    plain.code = code_of(record)
    return plain


def kind_of(record: logging.LogRecord) -> Kind:
    """Return what makes a record one of the same: its logger, level and template, and where its exception was raised.

    A text without arguments may be different each time; then the place in the code that wrote it stands for it.
    """
    has_template = bool(record.args) and isinstance(record.msg, str)
    template = record.msg if has_template else f"{record.pathname}:{record.lineno}"
    error = record.exc_info[1] if record.exc_info else None
    return record.name, record.levelno, template, inner_most(error) if error else ""


part = Part()
"""This process."""
