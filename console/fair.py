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
SHARE = 4
GUESS_S = 0.02
_NEWEST = 0.2


@dataclass
class _Account(Generic[Job]):
    waiting: deque[Job] = field(default_factory=deque)
    running: int = 0
    virtual_s: float = 0.0
    guess_s: float = GUESS_S

    @property
    def is_idle(self) -> bool:
        return not self.running and not self.waiting


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

    def next(self) -> tuple[str, Job, float] | None:
        """Return whose turn it is, the job and what it was guessed to take; None when nobody may have a thread now."""
        ready = [
            (account.virtual_s, label) for label, account in self._accounts.items()
            if account.waiting and account.running < self._most(label)
        ]  # fmt: skip
        if not ready:
            return None
        self._virtual_s, label = min(ready)
        account = self._accounts[label]
        account.virtual_s += account.guess_s
        account.running += 1
        return label, account.waiting.popleft(), account.guess_s

    def done(self, label: str, guess_s: float, took_s: float) -> None:
        """A job has left its thread after so long."""
        account = self._accounts[label]
        account.running -= 1
        account.virtual_s += took_s - guess_s
        account.guess_s += _NEWEST * (took_s - account.guess_s)

    def held_by(self, label: str) -> int:
        """Return how many jobs of an account wait or run."""
        account = self._accounts.get(label)
        return len(account.waiting) + account.running if account else 0

    def _most(self, label: str) -> int:
        """Return how many threads an account may have: all while it is alone, else a quarter.

        Threads of Python share one processor: whoever comes next is slowed down by every one that is under way.
        """
        other_at_s = self._other_at_s if label == self._last else self._last_at_s
        return self._threads if self._clock() - other_at_s > ALONE_AFTER_S else max(1, self._threads // SHARE)

    def _note(self, label: str) -> None:
        if label != self._last:
            self._other_at_s = self._last_at_s if self._last else self._other_at_s
            self._last = label
        self._last_at_s = self._clock()

    def _begin(self, label: str) -> _Account[Job]:
        if len(self._accounts) >= MOST_IDLE:
            self._accounts = {name: one for name, one in self._accounts.items() if not one.is_idle}
        return self._accounts.setdefault(label, _Account())
