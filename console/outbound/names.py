"""Addresses of names, within a time: the system's resolver, which cannot be interrupted, takes 30 s with a dead DNS.

It is asked in threads that nobody waits for, so that neither a deadline nor the end of an event loop has to. An address
needs nobody who knows names, and waits behind none.
"""

import asyncio
import os
import queue
import socket
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from console.once import once

WITHIN_S = 4.0
"""Shorter than any loop may stand still. A resolver that answers at all seldom takes a second."""
MOST_AT_ONCE = 16
MOST_WAITING = 1_000
Rows = list[Any]
"""What `socket.getaddrinfo` returns."""
Question = tuple[str, int, socket.SocketKind]


class Resolver:
    """Asks for names in threads of its own. Any thread and event loop may use it."""

    def __init__(self, most_at_once: int = MOST_AT_ONCE, within_s: float = WITHIN_S) -> None:
        self._most, self._within_s = most_at_once, within_s
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def addresses(self, host: str, port: int, kind: socket.SocketKind) -> Rows:
        """Return what is known of a name.

        Raises:
            OSError: nobody knows it, or nobody answers in time.
            UnicodeError: it cannot be a name.
        """
        if rows := _literal(host, port, kind):
            return rows
        asked = self._ask((host, port, kind))
        try:
            return asked.result(self._within_s)
        except FutureTimeoutError:
            asked.cancel()
            raise self._late() from None

    async def find(self, host: str, port: int, kind: socket.SocketKind) -> Rows:
        """Return and raise what `addresses` does, without holding the event loop up."""
        if rows := _literal(host, port, kind):
            return rows
        late = asyncio.timeout(self._within_s)
        try:
            async with late:
                return await asyncio.wrap_future(self._ask((host, port, kind)))
        except TimeoutError:
            if late.expired():
                raise self._late() from None
            raise

    def _ask(self, question: Question) -> "Future[Rows]":
        asked: Future[Rows] = Future()
        try:
            self._questions.put_nowait((question, asked))
        except queue.Full:
            raise socket.gaierror(socket.EAI_AGAIN, "too many names are being asked for") from None
        with self._counting:
            self._open += 1
            if self._started < min(self._open, self._most):
                threading.Thread(target=self._answer, name="names", daemon=True).start()
                self._started += 1
        return asked

    def _answer(self) -> None:
        while True:
            question, asked = self._questions.get()
            if asked.set_running_or_notify_cancel():  # else nobody waits for it any more
                _settle(asked, question)
            with self._counting:
                self._open -= 1

    def _begin(self) -> None:
        """Have no threads yet, as also in a process that was just forked."""
        self._questions: queue.Queue[tuple[Question, Future[Rows]]] = queue.Queue(MOST_WAITING)
        self._counting = threading.Lock()
        self._started = self._open = 0  # threads, and questions that wait or are being asked: each has one if it may

    def _late(self) -> socket.gaierror:
        return socket.gaierror(socket.EAI_AGAIN, f"no name server answered within {self._within_s:g} s")


def _settle(asked: "Future[Rows]", question: Question) -> None:
    host, port, kind = question
    try:
        rows = socket.getaddrinfo(host, port, type=kind)
    except Exception as reason:  # noqa: BLE001  whoever asked hears of it; the thread goes on with the next
        asked.set_exception(reason)
    else:
        asked.set_result(rows)


def _literal(host: str, port: int, kind: socket.SocketKind) -> Rows:
    """Return the rows of what is an address already; none of a name."""
    try:
        return socket.getaddrinfo(host, port, type=kind, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []


@once
def resolver() -> Resolver:
    """Return this process's."""
    return Resolver()
