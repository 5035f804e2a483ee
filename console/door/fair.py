"""Whose turn it is at the threads: the account that had least of their time lately, and never all of them for one.

Fair queueing with measured costs: an account's virtual time goes on by the time its requests take. What a request will
take is guessed from those before it and corrected when it is done (reserve, then settle). An account that was away
begins where the others are: what it did not use is not saved up.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Generic, TypeVar

Job = TypeVar("Job")
ALONE_AFTER_S = 10.0
MOST_IDLE = 1_000
SHARE = 2
LONG_S = 0.1
GUESS_S = 0.02
_NEWEST = 0.2


@dataclass(frozen=True)
class Turn(Generic[Job]):
    """A job that has got a thread: whose it is, what it was guessed to take, and since when it runs."""

    label: str
    job: Job
    guess_s: float
    began_s: float


@dataclass
class _Account(Generic[Job]):
    waiting: deque[Job] = field(default_factory=deque)
    began_s: list[float] = field(default_factory=list)
    virtual_s: float = 0.0
    guess_s: float = GUESS_S

    @property
    def is_idle(self) -> bool:
        return not self.began_s and not self.waiting


class FairLine(Generic[Job]):
    """Jobs waiting for one of some threads, by account. One thread at a time may use it."""

    def __init__(self, threads: int, clock: Callable[[], float] = monotonic) -> None:
        self._threads, self._clock = threads, clock
        self._accounts: dict[str, _Account[Job]] = {}
        self._virtual_s = 0.0
        self._last, self._last_at_s, self._other_at_s = "", 0.0, float("-inf")

    def put(self, label: str, job: Job) -> None:
        """Let a job wait."""
        self._note(label)
        account = self._accounts.get(label) or self._begin(label)
        if account.is_idle:
            account.virtual_s = max(account.virtual_s, self._virtual_s)
        account.waiting.append(job)

    def next(self) -> Turn[Job] | None:
        """Return whose turn it is; None when nobody may have a thread now."""
        ready = [
            (account.virtual_s, label)
            for label, account in self._accounts.items()
            if account.waiting and self._may_begin(label, account)
        ]
        if not ready:
            return None
        self._virtual_s, label = min(ready)
        account = self._accounts[label]
        account.virtual_s += account.guess_s
        account.began_s.append(self._clock())
        return Turn(label, account.waiting.popleft(), account.guess_s, account.began_s[-1])

    def done(self, turn: Turn[Job], took_s: float) -> None:
        """A job has left its thread after so long."""
        account = self._accounts[turn.label]
        account.began_s.remove(turn.began_s)
        account.virtual_s += took_s - turn.guess_s
        account.guess_s += _NEWEST * (took_s - account.guess_s)

    def held_by(self, label: str) -> int:
        """Return how many jobs of an account wait or run."""
        account = self._accounts.get(label)
        return len(account.waiting) + len(account.began_s) if account else 0

    def _may_begin(self, label: str, account: _Account[Job]) -> bool:
        """Whether an account may have one more thread.

        While it is alone it may have all. Else one at a time, for threads of Python share one processor and whoever
        comes next is slowed down by every one under way; but what takes long may wait for something, and holds up
        its own people no more than others, so a second one may begin beside it.
        """
        other_at_s = self._other_at_s if label == self._last else self._last_at_s
        if self._clock() - other_at_s > ALONE_AFTER_S:
            return len(account.began_s) < self._threads
        if not account.began_s:
            return True
        is_long = self._clock() - account.began_s[-1] >= LONG_S
        return is_long and len(account.began_s) < max(1, self._threads // SHARE)

    def _note(self, label: str) -> None:
        if label != self._last:
            self._other_at_s = self._last_at_s if self._last else self._other_at_s
            self._last = label
        self._last_at_s = self._clock()

    def _begin(self, label: str) -> _Account[Job]:
        if len(self._accounts) >= MOST_IDLE:
            self._accounts = {name: account for name, account in self._accounts.items() if not account.is_idle}
        return self._accounts.setdefault(label, _Account())
