"""Reads a request's body on the event loop: up to a limit, within a time, before any thread is taken for it."""

import asyncio

from django.conf import settings

from console.door.memory import Budget, Hold, NoRoom
from console.once import once
from console.rest.problem import Message, Receive, Refusal, too_large

SLOWEST_BYTES_PER_S = 65_536
"""Long bodies have more time: that of a poor line."""
UNCOUNTED_BYTES = 65_536
"""So much of each body is not counted: the number of connections bounds it."""


class Gone(Exception):  # noqa: N818  it reads as what it is
    """The peer ended the connection before its body."""


@once
def budget() -> Budget:
    """Return what all bodies together may occupy."""
    return Budget(settings.LOFT_BODIES_BYTES)


def header(scope: Message, wanted: bytes) -> bytes | None:
    """Return a header of a request, None when it is not there."""
    return next((value for name, value in scope["headers"] if name == wanted), None)


def expects_none(scope: Message) -> bool:
    """Whether the request says, by saying nothing of a length, that it has no body."""
    return header(scope, b"content-length") in (None, b"0") and header(scope, b"transfer-encoding") is None


async def read(scope: Message, receive: Receive, most_bytes: int, held: Hold) -> bytes:
    """Return the whole body; `held` counts it for as long as the caller keeps it.

    Raises:
        Refusal: it is too long, by what it says or by what came, or too slow, or there is no room for it.
        Gone: the peer is.
    """
    if expects_none(scope):
        return b""
    is_last = header(scope, b"expect") is not None  # a body that was not asked for may come or not: nobody can tell
    announced = header(scope, b"content-length")
    if announced is not None and int(announced) > most_bytes:  # the server's parser lets digits pass only
        raise too_large(int(announced), most_bytes, is_last=is_last)
    try:
        async with asyncio.timeout(settings.LOFT_BODY_DEADLINE_S + most_bytes / SLOWEST_BYTES_PER_S) as limit:
            held.limit = limit
            body = await _parts(receive, most_bytes, held)
            held.limit = None  # nobody waits for this peer any more
    except TimeoutError:
        within_s = settings.LOFT_BODY_DEADLINE_S
        detail = f"body: did not come; expected a part of it every {within_s:g} s"
        raise Refusal(408, "Request timeout", detail, is_last=True) from None
    except NoRoom:
        detail = "too many large bodies at once; expected to be sent again"
        raise Refusal(503, "Unavailable", detail, retry_after_s=2) from None
    return body


async def _parts(receive: Receive, most_bytes: int, held: Hold) -> bytes:
    first, rest = b"", bytearray()  # not a list: each of a million small parts would cost more than what it holds
    total, is_more = 0, True
    while is_more:
        async with asyncio.timeout(settings.LOFT_BODY_DEADLINE_S):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part: bytes = message.get("body", b"")
        total += len(part)
        if total > most_bytes:
            raise too_large(total, most_bytes)
        if total > UNCOUNTED_BYTES:
            held.grow(len(part))
        if first:
            rest += part
        else:
            first = part
        is_more = message.get("more_body", False)
    return first + rest if rest else first
