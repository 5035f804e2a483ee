"""Where notices may go: no name or address leads inside unless the installation allows it (SSRF)."""

import socket
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Any

import httpcore
from httpcore import NetworkBackend, NetworkStream, SyncBackend

from network.feeds import NotSent

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Guard:
    """Which hosts and addresses may be called. No hosts: any; no networks: only public addresses."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def problem_of_host(self, host: str) -> str | None:
        """Return why this host may not be called, as far as its name tells; None where it may."""
        if self.hosts and host.lower().rstrip(".") not in self.hosts:
            return f"{host} is not among the hosts that LOFT_NOTICE_HOSTS allows"
        try:
            address = ip_address(host)
        except ValueError:
            return None
        return None if self.allows(address) else f"{host} is not public, and LOFT_NOTICE_NETWORKS does not allow it"

    def allows(self, address: Address) -> bool:
        """Whether an address may be called."""
        plain = _plain(address)
        if any(plain in network for network in self.networks if network.version == plain.version):
            return True
        is_local = isinstance(plain, IPv6Address) and plain.is_site_local  # is_global says yes to these
        return plain.is_global and not plain.is_multicast and not plain.is_reserved and not is_local

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, every one of them allowed.

        Raises:
            NotSent: the host is not allowed, is not known, or one of its addresses is not allowed.
        """
        if wrong := self.problem_of_host(host):
            raise NotSent(wrong)
        try:
            found = {str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except OSError as reason:
            raise NotSent(f"{host} is not known: {reason}") from reason
        if inside := sorted(one for one in found if not self.allows(ip_address(one.partition("%")[0]))):
            raise NotSent(f"{host} leads to {inside[0]}, which is not public and not allowed")
        return sorted(found)


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped or address.sixtofour:
            return address.ipv4_mapped or address.sixtofour or address
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


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
        """Connect to the first address that answers."""
        reason: Exception = NotSent(f"{host} has no address")
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


def _left_s(until_s: float, timeout_s: float | None) -> float:
    left = until_s - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for the whole call is over")
    return left if timeout_s is None else min(left, timeout_s)
