"""Whether things that speak no STAMP can be reached: by opening a TCP connection, or by an HTTP request.

The time is that of the whole connect or answer, seen from this process: coarser than STAMP's, and never mixed with it.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from console.once import once
from console.outbound import Guard, Nameless, NotAllowed, purposes
from console.outbound.lines import Pinned, pinned
from network.kernels.measurement.probe_check import Failure
from network.probes.stamp import CHECKER, PACE, Measured, Round, lateness_ms

MAX_CHECKS = 1_000
MOST_AT_ONCE = 100
TIMEOUT_S = 2.0
MOST_BODY_BYTES = 65_536


@dataclass(frozen=True)
class Check:
    """What to reach: a host's port by TCP or, with a URL, by HTTP.

    Raises:
        ValueError: a value is wrong; the message names it.
    """

    key: int
    host: str = ""
    port: int = 0
    url: str = ""
    statuses: tuple[int, int] = (200, 399)  # the first and the last that count as reached
    method: str = "tcp"

    def __post_init__(self) -> None:
        if self.url:
            parts = urlsplit(self.url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"url is {self.url!r}; expected one of http or https")
        elif not self.host or not 0 < self.port < 65_536:
            raise ValueError(f"host and port are {self.host!r} and {self.port!r}; expected a name and 1 to 65535")


@dataclass(frozen=True)
class Reached:
    """What a check found. Without an answer there is a failure and no time."""

    key: int
    started_ns: int
    ms: float | None
    failure: Failure | None
    status: int | None = None
    refused: str = ""  # why it may not be asked; it was not

    @property
    def is_reached(self) -> bool:
        """Whether it answered as it should."""
        return self.failure is None and not self.refused


def check_round(checks: Sequence[Check], timeout_s: float = TIMEOUT_S) -> Round:
    """Check everything once, as a round like the prober's: one time for each, of its whole connect or answer.

    Whom the installation does not allow to be asked is `refused`, and nothing is measured of it.

    Raises:
        ValueError: there are too many.
    """
    return asyncio.run(_round(checks, timeout_s))


async def _round(checks: Sequence[Check], timeout_s: float) -> Round:
    watch = asyncio.create_task(lateness_ms())
    await asyncio.sleep(0)  # so that it watches from the beginning
    outcomes = await probe_all(checks, timeout_s)
    watch.cancel()
    delay_ms = await watch
    measured = [
        Measured(
            reached.key,
            reached.started_ns,
            [reached.ms],
            None,
            None,
            None,
            method=check.method,
            failure=reached.failure or "",
        )
        for reached, check in zip(outcomes, checks, strict=True)
        if not reached.refused
    ]
    refused = {reached.key: reached.refused for reached in outcomes if reached.refused}
    is_well = delay_ms <= PACE.most_delay_ms
    return Round(measured, delay_ms, False, is_well, time.time_ns(), prober=CHECKER, refused=refused)


async def probe_all(checks: Sequence[Check], timeout_s: float = TIMEOUT_S) -> list[Reached]:
    """Check everything, at most a hundred at once; in the order given.

    Raises:
        ValueError: there are too many.
    """
    if len(checks) > MAX_CHECKS:
        raise ValueError(f"{len(checks)} checks; expected at most {MAX_CHECKS}")
    turns, guard = asyncio.Semaphore(MOST_AT_ONCE), purposes.probes()

    async def in_turn(check: Check) -> Reached:
        async with turns:
            try:
                return await (_by_http if check.url else _by_tcp)(check, guard, timeout_s)
            except NotAllowed as reason:
                return Reached(check.key, time.time_ns(), None, None, refused=str(reason))

    return list(await asyncio.gather(*(in_turn(check) for check in checks)))


@once
def _caller() -> httpx.AsyncClient:
    """Return this process's HTTP client: its certificates are read once.

    It keeps no connection, so that none outlives the loop of its round, and every check times a whole connect.
    """
    limits = httpx.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=0)
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, limits=limits)


async def _by_tcp(check: Check, guard: Guard, timeout_s: float) -> Reached:
    started_ns, started_s = time.time_ns(), time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            writer = await _connected(await guard.find(check.host, check.port), check.port)
    except OSError as reason:  # a time-out is one too
        return Reached(check.key, started_ns, None, _failure(reason))
    took_ms = (time.monotonic() - started_s) * 1e3
    writer.close()
    return Reached(check.key, started_ns, took_ms, None)


async def _connected(addresses: Sequence[str], port: int) -> asyncio.StreamWriter:
    """Return a line to the first of the addresses that answers; raises what the last one said."""
    *others, last = addresses
    for address in others:
        with contextlib.suppress(ConnectionError):
            return (await asyncio.open_connection(address, port))[1]
    return (await asyncio.open_connection(last, port))[1]


def _failure(reason: OSError) -> Failure:
    if isinstance(reason, Nameless):
        return Failure.NAME
    if isinstance(reason, TimeoutError):
        return Failure.TIMEOUT
    if isinstance(reason, ConnectionRefusedError):
        return Failure.REFUSED
    return Failure.NAME if isinstance(reason, socket.gaierror) else Failure.UNREACHABLE


async def _by_http(check: Check, guard: Guard, timeout_s: float) -> Reached:
    started_ns, started_s = time.time_ns(), time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            status = await _status(await pinned(guard, check.url), timeout_s)
    except (TimeoutError, httpx.TimeoutException):
        return Reached(check.key, started_ns, None, Failure.TIMEOUT)
    except (httpx.ConnectError, Nameless) as reason:
        return Reached(check.key, started_ns, None, _connect_failure(reason))
    except (httpx.HTTPError, httpx.InvalidURL):
        return Reached(check.key, started_ns, None, Failure.PROTOCOL)
    took_ms = (time.monotonic() - started_s) * 1e3
    first, last = check.statuses
    if not first <= status <= last:
        return Reached(check.key, started_ns, None, Failure.STATUS, status)
    return Reached(check.key, started_ns, took_ms, None, status)


async def _status(ways: Sequence[Pinned], timeout_s: float) -> int:
    """Return the status that the first address which answers gives."""
    *others, last = ways
    for way in others:
        with contextlib.suppress(httpx.ConnectError):
            return await _status_of(way, timeout_s)
    return await _status_of(last, timeout_s)


async def _status_of(way: Pinned, timeout_s: float) -> int:
    """Return the status once the body is there, or as much of it as counts."""
    extensions = {**way.extensions, "timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout_s)}
    async with _caller().stream("GET", way.url, headers=way.headers, extensions=extensions) as answer:
        read = 0
        async for piece in answer.aiter_raw():
            read += len(piece)
            if read >= MOST_BODY_BYTES:
                break
        return answer.status_code


def _connect_failure(reason: BaseException) -> Failure:
    """Return what lies at the bottom of a failed connection."""
    failure, cause = Failure.UNREACHABLE, reason
    while True:
        if isinstance(cause, OSError):
            failure = _failure(cause)
        within = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause.__cause__ or cause.__context__
        if within is None:
            return failure
        cause = within
