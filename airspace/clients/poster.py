"""Posting reports in order, through outages: what cannot be sent now is kept, and sent as soon as it can be."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import msgspec

MAX_WAITING_REPORTS = 300_000
MAX_BACK_OFF_S = 5.0
TIMEOUT_S = 15.0
TRY_AGAIN = (429, 502, 503, 504)


class Rejected(Exception):  # noqa: N818  it reads as what happened
    """The server will not take reports from us: the key or the address is wrong."""


class Poster:
    """Sends batches one after another in a thread of its own. The buffer is bounded; the oldest are given up first."""

    def __init__(self, url: str, key: str, say: Callable[[str], None]) -> None:
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            timeout=TIMEOUT_S,
        )
        self._say = say
        self._batches: deque[tuple[bytes, int]] = deque()
        self._ready = threading.Condition()
        self._stopping = False
        self._back_off_s = 0.0
        self.waiting = self.accepted = self.refused = self.given_up = 0
        self.rejection: str | None = None
        self.last_refusal: dict[str, Any] | None = None
        self._thread = threading.Thread(target=self._run, name="poster", daemon=True)
        self._thread.start()

    def put(self, reports: Sequence[Any]) -> None:
        """Hand over a batch.

        Raises:
            Rejected: the server refused the key or does not know the address.
        """
        if self.rejection:
            raise Rejected(self.rejection)
        with self._ready:
            self._batches.append((msgspec.json.encode(reports), len(reports)))
            self.waiting += len(reports)
            while self.waiting > MAX_WAITING_REPORTS:
                _, count = self._batches.popleft()
                self.waiting -= count
                self.given_up += count
            self._ready.notify()

    def finish(self, within_s: float) -> None:
        """Send what waits, at most for so long, and end.

        Raises:
            Rejected: the server refused the key or does not know the address.
        """
        with self._ready:
            self._stopping = True
            self._ready.notify()
        self._thread.join(within_s)
        if self.rejection:
            raise Rejected(self.rejection)

    def _run(self) -> None:
        while self.rejection is None:
            with self._ready:
                self._ready.wait_for(lambda: self._batches or self._stopping)
                if not self._batches:
                    break
                body, count = self._batches[0]
            if self._send(body):
                with self._ready:
                    if self._batches and self._batches[0][0] is body:
                        self._batches.popleft()
                        self.waiting -= count
        self._client.close()

    def _send(self, body: bytes) -> bool:
        """Send one batch; return whether it is dealt with."""
        try:
            answer = self._client.post("/api/v1/reports", content=body)
        except httpx.HTTPError as reason:
            return self._wait(f"{type(reason).__name__}: {reason}", 0.0)
        if answer.status_code in TRY_AGAIN:
            return self._wait(f"{answer.status_code}", float(answer.headers.get("Retry-After", 0)))
        self._back_off_s = 0.0
        if answer.status_code in (401, 403, 404, 405):
            self.rejection = f"{answer.request.url} answered {answer.status_code}: {_detail(answer)}"
            return False
        self._count(answer)
        return True

    def _count(self, answer: httpx.Response) -> None:
        try:
            body = answer.json()
        except ValueError:
            body = {}
        self.accepted += body.get("accepted", 0)
        refused = body.get("refused", [])
        self.refused += len(refused)
        if refused:
            self.last_refusal = refused[0]
        elif not answer.is_success:
            self._say(f"a batch was answered {answer.status_code}: {_detail(answer)}")

    def _wait(self, why: str, at_least_s: float) -> bool:
        if self._back_off_s == 0.0:
            self._say(f"cannot send ({why}); keeping reports and trying again")
        self._back_off_s = min(MAX_BACK_OFF_S, max(0.2, self._back_off_s * 2))
        time.sleep(max(at_least_s, self._back_off_s * random.uniform(0.5, 1.0)))  # noqa: S311  spreads clients, no secret
        return False


class Posters:
    """Several operators' posters, each of which sends the reports of its own drones."""

    def __init__(self, posters: Sequence[Poster], place_of: Mapping[str, int]) -> None:
        self._posters = posters
        self._place_of = place_of

    def put(self, reports: Sequence[Any]) -> None:
        """Hand a batch over, to each poster what is its operator's.

        Raises:
            Rejected: the server refused a key or does not know the address.
        """
        shares: list[list[Any]] = [[] for _ in self._posters]
        for report in reports:
            shares[self._place_of[report["serial"]]].append(report)
        for poster, share in zip(self._posters, shares, strict=True):
            if share:
                poster.put(share)

    def finish(self, within_s: float) -> None:
        """Send what waits, each at most for so long, and end.

        Raises:
            Rejected: the server refused a key or does not know the address.
        """
        for poster in self._posters:
            poster.finish(within_s)

    @property
    def accepted(self) -> int:
        """Reports that were taken."""
        return sum(poster.accepted for poster in self._posters)

    @property
    def refused(self) -> int:
        """Reports that were not."""
        return sum(poster.refused for poster in self._posters)

    @property
    def waiting(self) -> int:
        """Reports yet to be sent."""
        return sum(poster.waiting for poster in self._posters)

    @property
    def given_up(self) -> int:
        """Reports that waited too long."""
        return sum(poster.given_up for poster in self._posters)

    @property
    def last_refusal(self) -> dict[str, Any] | None:
        """Return why the last one was refused that anybody was told of."""
        last_refusals = [poster.last_refusal for poster in self._posters if poster.last_refusal]
        return last_refusals[-1] if last_refusals else None


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
