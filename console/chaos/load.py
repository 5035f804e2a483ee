"""The load of a run, and its ledger: what was sent, how it was answered, and what of it is in the database.

Apps register theirs in `<app>/chaos.py`. A load numbers its posts by a time in ms that no other post has; a post that
was not answered, or not now, is sent again with the same body until it is, as a client does.
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from django.utils.module_loading import autodiscover_modules

TIMEOUT_S = 40.0
AGAIN_AFTER_S = 0.2
NO_ANSWER = "no answer"
ACCEPTED = (200, 202)
AGAIN = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Verdict:
    """What the database says of what was accepted. `unfinished`: is there, and still waits to be worked off."""

    stored: int
    lost: int
    doubled: int
    unfinished: int = 0


Ask = Callable[[str], Any]
"""Returns what the API answers at a path."""


class Load(Protocol):
    """Something that clients send without a pause."""

    name: str
    key: str  # of the demo client that sends it
    items: int  # of one post

    def begin(self, ask: Ask) -> None:
        """Ask for what posts need to know."""

    def post(self, at_ms: int) -> tuple[str, list[dict[str, Any]]]:
        """Return path and body of the post with this time."""

    def accepted(self, at_ms: int, answer: Any) -> int:
        """Note that a post was accepted; return how many of its items were."""

    def judge(self) -> Verdict:
        """Look for all that was accepted in the database."""


_loads: dict[str, Callable[[], Load]] = {}


def register(name: str) -> Callable[[Callable[[], Load]], Callable[[], Load]]:
    """Enter a load under its name."""

    def enter(make: Callable[[], Load]) -> Callable[[], Load]:
        _loads[name] = make
        return make

    return enter


def loads() -> list[Load]:
    """Make one of every load there is."""
    autodiscover_modules("chaos")
    return [_loads[name]() for name in sorted(_loads)]


@dataclass
class Account:
    """What one load was answered so far."""

    sent: int = 0  # posts, each counted once
    accepted: int = 0  # items
    refused: int = 0  # posts
    answers: Counter[str] = field(default_factory=Counter)  # by code, repeated posts too
    longest_wait_s: float = 0.0  # of a post until it was answered for good, all its tries included
    timed_out: int = 0  # requests that nobody answered within `TIMEOUT_S`
    given_up: int = 0  # posts not answered for good when the run ended
    longest_given_up_s: float = 0.0  # that one of them had waited: more than that it would have been
    newest_accepted_s: float = 0.0  # when the newest accepted request was begun, by the monotonic clock


class Sender:
    """Threads that send one load at a rate."""

    def __init__(self, load: Load, url: str, token: str, rate: float, threads: int = 2) -> None:
        self.load, self.account = load, Account()
        self._url, self._token = url, token
        self._period_s = threads * load.items / rate
        self._number = itertools.count(int(time.time() * 1000))
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Begin to send."""
        with self._client() as client:
            self.load.begin(lambda path: client.get(path).raise_for_status().json())
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send no more, and wait for the answers under way."""
        self._over.set()
        for thread in self._threads:
            thread.join(TIMEOUT_S + 5)

    def _client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self._token}"}
        return httpx.Client(base_url=self._url, headers=headers, timeout=TIMEOUT_S)

    def _run(self) -> None:
        with self._client() as client:
            due_s = time.monotonic()
            while not self._over.wait(max(0.0, due_s - time.monotonic())):
                self._send(client, next(self._number))
                due_s = max(due_s + self._period_s, time.monotonic() - 1.0)

    def _send(self, client: httpx.Client, at_ms: int) -> None:
        """Send one post until it is answered for good, or the run is over."""
        path, body = self.load.post(at_ms)
        first_s = time.monotonic()
        with self._lock:
            self.account.sent += 1
        while True:
            began_s = time.monotonic()
            try:
                answer = client.post(path, json=body)
            except httpx.HTTPError as reason:
                answer = None
                self._note_none(reason)
            if answer is not None:
                self._note(at_ms, answer, first_s, began_s)
                if answer.status_code not in AGAIN:
                    return
            if self._over.wait(AGAIN_AFTER_S):
                self._note_given_up(time.monotonic() - first_s)
                return

    def _note(self, at_ms: int, answer: httpx.Response, first_s: float, began_s: float) -> None:
        with self._lock:
            account = self.account
            account.answers[str(answer.status_code)] += 1
            if answer.status_code in AGAIN:
                return
            account.longest_wait_s = max(account.longest_wait_s, time.monotonic() - first_s)
            if answer.status_code in ACCEPTED:
                account.accepted += self.load.accepted(at_ms, answer.json())
                account.newest_accepted_s = max(account.newest_accepted_s, began_s)
            else:
                account.refused += 1

    def _note_none(self, reason: httpx.HTTPError) -> None:
        with self._lock:
            self.account.answers[NO_ANSWER] += 1
            self.account.timed_out += isinstance(reason, httpx.TimeoutException)

    def _note_given_up(self, waited_s: float) -> None:
        with self._lock:
            self.account.given_up += 1
            self.account.longest_given_up_s = max(self.account.longest_given_up_s, waited_s)
