"""Narrows the database connection of a request to the rows that its caller may see; see `console.access.rowsecurity`.

What is narrowed is the request, not only its connection: one that is opened anew meanwhile is narrowed, too.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from console.access.rowsecurity import SETTING

NOBODY = "0"
_sees: ContextVar[str] = ContextVar("sees", default="")
_told: WeakSet[Any] = WeakSet()
"""Connections of the driver that may be narrowed."""


class Widened:
    """Outermost middleware: the next request on this connection begins with nothing narrowed, whatever happened."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then widen; an answer that is sent piece by piece stays narrowed until it is closed."""
        streams = False
        try:
            answer = self.get_response(request)
            if streams := answer.streaming:
                answer._resource_closers.append(widen)  # type: ignore[attr-defined]  # noqa: SLF001  before the connection goes back to the pool
            return answer
        finally:
            if not streams:
                widen()


def narrow(sees: Collection[int] | None) -> None:
    """Let the request see rows of these organisations only from here on; None is for all, and costs nothing."""
    if sees is not None and connection.vendor == "postgresql":
        _tell(",".join(map(str, sorted(sees))) or NOBODY)


def widen() -> None:
    """Let the connection see all again; where that cannot be told to it, it is closed for good."""
    if not _sees.get():
        return
    _sees.set("")
    if connection.connection is None:
        return
    try:
        _apply("")
    except DatabaseError:
        with suppress(Exception):
            connection.connection.close()  # the pool forgets it
        connection.close()


@contextmanager
def unnarrowed() -> Iterator[None]:
    """See all meanwhile: for what is asked on behalf of everyone, as whether a name is taken, or for a shared cache."""
    before = _sees.get()
    if not before:
        yield
        return
    _tell("")
    try:
        yield
    finally:
        _sees.set(before)
        with suppress(DatabaseError):  # in a failed transaction: its end brings back what was set before it
            _apply(before)


def fit_new() -> None:
    """Let a connection that was just opened, or lent by the pool, see what the request sees.

    It may be narrowed already: given back in the midst of a request.
    """
    if _sees.get() or connection.connection in _told:
        _apply(_sees.get())


def _tell(sees: str) -> None:
    _sees.set(sees)
    if connection.connection is not None:  # else it is told when it is opened
        _apply(sees)


def _apply(sees: str) -> None:
    with connection.cursor() as cursor:
        _told.add(connection.connection)
        cursor.execute("SELECT set_config(%s, %s, false)", [SETTING, sees])
    if not sees and not connection.in_atomic_block:  # else the transaction's end may take it back
        _told.discard(connection.connection)
