"""Whether a process answers: asked at a Unix socket of its own, past any crowd at the listening port.

Nothing here waits: the supervisor takes a turn several times a second, and a question stays open meanwhile.
"""

import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

EVERY_S = 5.0
MISSES = 3
START_S = 60.0
"""So long a process may take until its first answer: what is busy starting is not hung."""


@dataclass(frozen=True)
class Question:
    """What is asked, and how every answer to it begins: whatever it says, it shows life."""

    name: str
    text: bytes
    answers: tuple[bytes, ...]


HEALTH = Question("/healthz", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", (b"HTTP/",))
REDIS_PING = Question("PING", b"PING\r\n", (b"+", b"-"))
"""Asked without a password: that it is refused, or loads its data, or cannot write, is an answer of its loop."""


class Inquiry:
    """One process's questions and answers, from its start to its end.

    An earlier question that is answered late shows life as well, so that what is slow is not taken for hung.
    """

    def __init__(self, path: Path, now_s: float, question: Question = HEALTH) -> None:
        self.path = path
        self.question = question
        self.has_answered = False
        self.misses = 0
        self._started_s = self._asked_s = self._heard_s = now_s
        self._open: list[socket.socket] = []
        self._ask(now_s)

    def turn(self, now_s: float) -> None:
        """Hear answers, count a question that was not answered in time, and ask again when it is time."""
        if any(self._heard(line) for line in self._open):
            self._note_answer(now_s)
        if now_s - self._asked_s < EVERY_S:
            return
        if self._open and self.has_answered:
            self.misses += 1
        self._asked_s = now_s
        if len(self._open) < MISSES:
            self._ask(now_s)

    def is_hung(self, now_s: float, patience: float = 1.0) -> bool:
        """Whether it has left three questions in a row unanswered, or has never answered one in a minute.

        `patience`: by how much longer than that it may be silent.
        """
        if self.has_answered:
            return self.misses >= MISSES * patience
        return now_s - self._started_s > START_S * patience

    def silent_s(self, now_s: float) -> float:
        """Return for how long nothing was heard of it."""
        return now_s - self._heard_s

    def close(self) -> None:
        """Hang up."""
        for line in self._open:
            line.close()
        self._open.clear()

    def _note_answer(self, now_s: float) -> None:
        self.has_answered = True
        self._heard_s = now_s
        self.misses = 0
        self.close()

    def _ask(self, now_s: float) -> None:
        """Put a question into the socket's queue; where the queue is full, that one counts as not answered."""
        self._asked_s = now_s
        line = socket.socket(socket.AF_UNIX)
        line.setblocking(False)
        self._open.append(line)
        with suppress(OSError):
            line.connect(str(self.path))
            line.send(self.question.text)

    def _heard(self, line: socket.socket) -> bool:
        """Whether the beginning of an answer is there."""
        try:
            return line.recv(5).startswith(self.question.answers)
        except OSError:
            return False


def listen(path: Path) -> socket.socket:
    """Return a socket that listens at `path`, for its owner alone."""
    path.unlink(missing_ok=True)
    line = socket.socket(socket.AF_UNIX)
    line.bind(str(path))
    path.chmod(0o600)
    line.listen(MISSES * 4)
    return line
