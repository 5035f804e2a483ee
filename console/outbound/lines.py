"""Lines of HTTP through a guard: to the very addresses that were looked at, and with a deadline for all of it."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpcore
import httpx
from httpcore import NetworkBackend, NetworkStream, SyncBackend

from console.outbound.guard import Guard

_PORTS = {"http": 80, "https": 443}


@dataclass
class Guarded(NetworkBackend):
    """Connects to the very addresses that were looked at, and lets nobody hold it up beyond the deadline."""

    guard: Guard
    until_s: float  # on the monotonic clock
    _inner: SyncBackend = field(default_factory=SyncBackend)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Any = None,
    ) -> NetworkStream:  # fmt: skip
        """Connect to the first address that answers. Raises NotAllowed, Nameless."""
        reason: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self.guard.addresses(host, port):
            try:
                left = _left_s(self.until_s, timeout)
                line = self._inner.connect_tcp(address, port, left, local_address, socket_options)
                return _Bounded(line, self.until_s)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as wrong:
                reason = wrong
        raise reason


class _Bounded(NetworkStream):
    """A stream with a deadline for all of it, however slowly the other side speaks."""

    def __init__(self, inner: NetworkStream, until_s: float) -> None:
        self._inner, self._until_s = inner, until_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left_s(self._until_s, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left_s(self._until_s, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        left = _left_s(self._until_s, timeout)
        return _Bounded(self._inner.start_tls(ssl_context, server_hostname, left), self._until_s)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


@dataclass(frozen=True)
class Pinned:
    """A request's URL with the address that was looked at in place of the name, and what keeps the name in it."""

    url: httpx.URL
    headers: dict[str, str]
    extensions: dict[str, Any]


async def pinned(guard: Guard, url: str | httpx.URL) -> list[Pinned]:
    """Return what to ask instead of a URL, for each address of its host; certificates are held against the name.

    Raises:
        NotAllowed: the guard refuses it.
        Nameless: nobody knows the host.
        httpx.InvalidURL: it is none.
    """
    whole = httpx.URL(url)
    host, port = whole.host, whole.port or _PORTS.get(whole.scheme, 0)
    addresses = await guard.find(host, port)
    headers = {"Host": whole.netloc.decode("ascii")}
    return [Pinned(whole.copy_with(host=address), headers, {"sni_hostname": host}) for address in addresses]


def _left_s(until_s: float, timeout_s: float | None) -> float:
    left = until_s - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for the whole call is over")
    return left if timeout_s is None else min(left, timeout_s)
