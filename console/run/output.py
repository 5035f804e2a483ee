"""What a child prints, as lines of its log: those that are in our form pass, others get a time and their part.

Others are what Redis prints, and Python before logging is set up or after it ended. An indented line goes on with the
one before it, and a traceback is one line up to its error. The same over and over is counted (`console.run.repeats`).
So are warnings and worse in our form, for a process that ends again and again writes its first ones anew each time.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic

from console.run.logfile import LogFile
from console.run.loglines import FORMS, MOST_CHARACTERS, Entry, printable
from console.run.repeats import Repeats

OURS = re.compile(rb'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ |\{"time": ")')
_TROUBLE = re.compile(
    r"(\S+) (WARNING|ERROR|CRITICAL) \S+ (\S+?)(?: \[(\S+)\])?: (.*?)(?: \| (?:Traceback|Stack): .*)?"
)
"""A line in our form that tells of one event, of those that are counted."""
_TRACE = re.compile(rb"(Traceback \(most recent call last\)|Fatal Python error|Current thread 0x|Thread 0x)")
_GOES_ON = re.compile(rb"(\s|$|During handling of |The above exception )")
_DIFFERS = re.compile(r"[\W\d]+")
_FIGURES = re.compile(r"(?<![\w-])[\d.]+")
"""What differs in a line of the supervisor's; the number in the name of a process does not."""
MOST_LINE_BYTES = 65_536
"""So much without an end of line is taken for one."""
MOST_BLOCK = 4 * MOST_CHARACTERS
QUIET_S = 1.0
"""What has not gone on for so long is whole."""


class Output:
    """The lines of one child's log. Whoever writes calls `turn` several times a second."""

    def __init__(
        self, log: LogFile, part: str, form: str = "line", *, most_same: int = 1,
        clock: Callable[[], float] = monotonic, wall: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._log, self._part, self._form, self._most = log, part, FORMS[form], most_same
        self._clock, self._wall = clock, wall
        log.note = self._note
        self._repeats: Repeats[Entry] = Repeats(clock=clock)
        self._rest = b""  # of a line
        self._block: list[bytes] = []  # lines that belong together
        self._is_open_trace = False  # its error has still to come
        self._heard_s = 0.0

    def tell(self) -> int:
        """Return how long the file is. [bytes]."""
        return self._log.tell()

    def write(self, text: bytes) -> None:
        """Take what was read of a pipe."""
        self._heard_s = self._clock()
        *lines, self._rest = (self._rest + text).split(b"\n")
        ours: list[bytes] = []
        for line in lines:
            if OURS.match(line):
                self._end_block()
                ours += [line + b"\n"] if self._is_news(line) else []
            else:
                self._append(ours)
                self._take(line)
        self._append(ours)
        if len(self._rest) > MOST_LINE_BYTES:
            self._take(self._rest)
            self._rest = b""

    def say(self, text: str, level: str = "INFO") -> str:
        """Write a line of the supervisor's about this part, or count it; return it, for who watches wants each."""
        return self._form(self._put(text, level, "processes", _FIGURES))

    def turn(self) -> None:
        """Write what is whole by now, and what was counted for a minute."""
        if self._clock() - self._heard_s > QUIET_S:
            self.flush()
        for repeated in self._repeats.ended():
            self._write_repeated(repeated.newest, repeated.count, repeated.within_s)

    def flush(self) -> None:
        """Write what is held, whole or not."""
        if self._rest:
            rest, self._rest = self._rest, b""
            self._take(rest)
        self._end_block()

    def close(self) -> None:
        """Write all there is, and close the file."""
        self.flush()
        for repeated in self._repeats.end():
            self._write_repeated(repeated.newest, repeated.count, repeated.within_s)
        self._log.close()

    def _is_news(self, line: bytes) -> bool:
        """Whether to write a line in our form; else it is counted."""
        trouble = _trouble(line)
        if trouble is None:
            return True
        kind = (trouble.level, trouble.logger, _DIFFERS.sub("", trouble.message))
        return self._repeats.is_new(kind, lambda: trouble, self._most, others="ours")

    def _note(self, dropped_lines: int) -> str:
        text = f"{dropped_lines} lines were dropped: they could not be written"
        return self._form(Entry(self._wall(), "WARNING", self._part, "processes", text))

    def _append(self, ours: list[bytes]) -> None:
        if ours:
            self._log.write(b"".join(ours))
            ours.clear()

    def _take(self, line: bytes) -> None:
        """Take a line that is not in our form: it begins a block or goes on with the one before."""
        begins_trace, goes_on = bool(_TRACE.match(line)), bool(_GOES_ON.match(line))
        is_trace = bool(self._block) and bool(_TRACE.match(self._block[0]))
        if not (self._block and (goes_on or self._is_open_trace or (begins_trace and is_trace))):
            self._end_block()
        if line.strip():
            self._block.append(line[:MOST_LINE_BYTES])
            del self._block[20:-80]  # the beginning says what, the end why
        if begins_trace:
            self._is_open_trace = True
        elif not goes_on:
            self._is_open_trace = False

    def _end_block(self) -> None:
        if not self._block:
            return
        block, self._block, self._is_open_trace = self._block, [], False
        is_trace = bool(_TRACE.match(block[0]))
        text = " / ".join(line.decode(errors="replace").strip() for line in block)
        if len(text) > MOST_BLOCK:
            text = f"{text[: MOST_BLOCK // 2]} … {text[-MOST_BLOCK // 2 :]}"
        self._put(text, "ERROR" if is_trace else "INFO", "output")

    def _put(self, text: str, level: str, logger: str, differs: re.Pattern[str] = _DIFFERS) -> Entry:
        entry = Entry(self._wall(), level, self._part, logger, printable(text, 2 * MOST_BLOCK))
        kind = (logger, differs.sub("", text[:MOST_CHARACTERS]))
        if self._repeats.is_new(kind, lambda: entry, others=logger):
            self._write(entry)
        return entry

    def _write_repeated(self, newest: Entry, count: int, within_s: float) -> None:
        self._write(replace(newest, at_s=self._wall(), part=self._part, count=count, within_s=within_s))

    def _write(self, entry: Entry) -> None:
        self._log.write(f"{self._form(entry)}\n".encode(errors="replace"))


def _trouble(line: bytes) -> Entry | None:
    """Return a warning or worse that a line in our form tells; None of others, and of one that has a count itself."""
    text = line.decode(errors="replace")
    if not text.startswith("{"):
        found = _TROUBLE.fullmatch(text)
        return Entry(0.0, found[2], "", found[3], found[5], found[4] or "") if found else None
    try:
        row = json.loads(text)
        entry = Entry(0.0, row["level"], "", row["logger"], row["message"], row["code"])
        is_single = (row["count"], row["within_s"]) == (1, 0)
    except (ValueError, LookupError, TypeError):
        return None
    return entry if is_single and entry.level in ("WARNING", "ERROR", "CRITICAL") else None


def open_output(path: Path) -> Output:
    """Open the log of the part that the file is named after."""
    return Output(LogFile(path), path.stem)
