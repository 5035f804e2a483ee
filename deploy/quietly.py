"""Run an installer quietly: one line of progress, its output in a file, and all of it on the screen when it fails.

`python deploy/quietly.py WORDS LOG [--of LOCK] -- COMMAND ...`. Needs nothing but Python, for it runs before anything
is installed.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

STEP = re.compile(rb"^(Collecting|Requirement already satisfied:) ")
"""What pip says once of every package."""
TELL_EVERY_S = 15.0
REDRAW_EVERY_S = 0.2


class Progress:
    """One line that tells how far a command is and for how long it has run: redrawn on a terminal, else told anew."""

    def __init__(self, words: str, count: int | None, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._words, self._count, self._out, self._clock = words, count, out, clock
        self._is_terminal = out.isatty()
        self._began_s = self._told_s = clock()
        self._done = 0

    def line(self, text: bytes) -> None:
        """Take a line of the command's output in."""
        self._done += STEP.match(text) is not None
        every_s = REDRAW_EVERY_S if self._is_terminal else TELL_EVERY_S
        if self._clock() - self._told_s >= every_s:
            self._told_s = self._clock()
            self._tell("")

    def end(self, word: str) -> None:
        """Say how it ended."""
        self._count = self._count and self._done  # of a lock, other systems need more
        self._tell(f", {word}", is_last=True)

    def _tell(self, word: str, *, is_last: bool = False) -> None:
        far = f"{min(self._done, self._count)} of {self._count}, " if self._count else ""
        text = f"  {self._words} … {far}{self._clock() - self._began_s:.0f} s{word}"
        begin, end = ("\r\033[K", "\n" if is_last else "") if self._is_terminal else ("", "\n")
        self._out.write(begin + text + end)
        self._out.flush()


def run(words: str, log: Path, command: Sequence[str], count: int | None = None, out: TextIO = sys.stdout) -> int:
    """Run a command; return its exit code. What it printed is in the log, and on `out` too when it failed."""
    progress = Progress(words, count, out)
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("wb") as kept,
        subprocess.Popen(  # noqa: S603  the commands are the Makefile's own
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            kept.write(line)
            progress.line(line)
        code = process.wait()
    progress.end("done" if code == 0 else f"failed ({code})")
    if code:
        out.write(f"{log.read_text(errors='replace')}\n{' '.join(command)} failed; the above is in {log}\n")
    return code


def packages_in(lock: Path) -> int:
    """Return how many packages a lock names."""
    return sum("==" in line and not line.startswith(("#", " ")) for line in lock.read_text().splitlines())


def main(words: Sequence[str]) -> int:
    """Run what the command line says."""
    at = list(words).index("--")
    label, log, *options = words[:at]
    count = packages_in(Path(options[1])) if options[:1] == ["--of"] else None
    return run(label, Path(log), words[at + 1 :], count)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
