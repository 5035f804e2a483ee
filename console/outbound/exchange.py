"""One question over HTTP through a guard: with a deadline for all of it, a bound on the answer, no redirects."""

import ssl
from collections.abc import Mapping
from time import monotonic

import httpcore
import httpx

from console.outbound.guard import Guard, NotAllowed
from console.outbound.lines import Guarded

WHOLE_S = 10.0
MOST_BYTES = 262_144
_NONE = (
    httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol,
    httpx.InvalidURL, OSError, ValueError,
)  # fmt: skip


class NoAnswer(Exception):  # noqa: N818
    """It is not allowed, nobody answered in time, or too much was answered."""


def exchange(
    method: str,
    url: str,
    guard: Guard,
    *,
    headers: Mapping[bytes | str, bytes | str] | None = None,
    body: bytes | None = None,
) -> tuple[int, bytes]:
    """Ask a URL; return status and body of the answer.

    Raises:
        NoAnswer: there is none that could be used.
    """
    sent: dict[bytes | str, bytes | str] = {"User-Agent": "Loft", "Accept": "application/json", **(headers or {})}
    backend = Guarded(guard, monotonic() + WHOLE_S)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=backend) as pool,
            pool.stream(method, _parts(url), headers=sent, content=body) as answer,
        ):
            return answer.status, _bounded(answer)
    except NotAllowed as reason:
        raise NoAnswer(str(reason)) from reason
    except _NONE as reason:
        raise NoAnswer(f"{type(reason).__name__}: {reason}") from reason


def _bounded(answer: httpcore.Response) -> bytes:
    read = bytearray()
    for part in answer.iter_stream():
        read += part
        if len(read) > MOST_BYTES:
            raise NoAnswer(f"more than {MOST_BYTES} bytes were answered")
    return bytes(read)


def _parts(url: str) -> httpcore.URL:
    address = httpx.URL(url)
    return httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path)
