"""Which addresses and ports may be called for one purpose. Nothing here connects to anybody."""

import contextlib
import socket
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from console.outbound.names import resolver

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MOST_VERDICTS = 50_000
_NAT64 = IPv6Network("64:ff9b::/96")
_HERE = ("localhost", "localhost.")


class NotAllowed(ValueError):  # noqa: N818  it reads as what the target is
    """The installation does not allow this target; the message names the setting."""


class Nameless(OSError):  # noqa: N818
    """Nobody knows the name."""


@dataclass(frozen=True)
class Endpoint:
    """Ports of one host that the installation itself names: these and no others are let through without a look."""

    host: str
    ports: Collection[int]
    transport: str = "tcp"


@dataclass(frozen=True, eq=False)
class Guard:
    """Which hosts, addresses and ports may be called. No hosts: any; no networks: only public addresses.

    `setting` begins the names of the settings that messages give. `closed_ports` are closed everywhere, `own_ports` at
    this machine's own addresses; neither is opened by a network.
    """

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    setting: str = "LOFT_NOTICE"
    closed_ports: frozenset[int] = frozenset()
    own_ports: frozenset[int] = frozenset()
    endpoints: tuple[Endpoint, ...] = ()
    _verdicts: dict[tuple[str, int, str], str | None] = field(default_factory=dict, repr=False)

    def problem_of_host(self, host: str) -> str | None:
        """Return why this host may not be called, as far as its name tells; None where it may."""
        if self.hosts and host.lower().rstrip(".") not in self.hosts:
            return f"{host} is not among the hosts that {self.setting}_HOSTS allows"
        address = literal(host)
        return None if address is None or self.allows(address) else self._inside(host)

    def problem(self, host: str, port: int, transport: str = "tcp") -> str | None:
        """Return why this port of a host may not be called, without asking anybody for its name; None where it may.

        Asked once per target and round, so verdicts are kept, as many as MOST_VERDICTS.
        """
        asked = host, port, transport
        try:
            return self._verdicts[asked]
        except KeyError:
            if len(self._verdicts) >= MOST_VERDICTS:
                self._verdicts.clear()
            return self._verdicts.setdefault(asked, self._judged(host, port, transport))

    def allows(self, address: Address) -> bool:
        """Whether an address may be called."""
        plain = _plain(address)
        if any(plain in network for network in self.networks if network.version == plain.version):
            return True
        is_local = isinstance(plain, IPv6Address) and plain.is_site_local  # is_global says yes to these
        return plain.is_global and not plain.is_multicast and not plain.is_reserved and not is_local

    def addresses(self, host: str, port: int, transport: str = "tcp") -> list[str]:
        """Return the addresses of a host, every one of them allowed.

        Raises:
            NotAllowed: the host, the port or one of the addresses is not allowed.
            Nameless: nobody knows the host, or who knows names does not answer.
        """
        self._check(host, port, transport)
        try:
            infos = resolver().addresses(host, port, _TYPES[transport])
        except (OSError, UnicodeError) as reason:
            raise Nameless(f"{host} is not known: {reason}") from reason
        return self._looked_at(host, port, transport, infos)

    async def find(self, host: str, port: int, transport: str = "tcp") -> list[str]:
        """Return what `addresses` does, without holding the event loop up."""
        self._check(host, port, transport)
        try:
            infos = await resolver().find(host, port, _TYPES[transport])
        except (OSError, UnicodeError) as reason:
            raise Nameless(f"{host} is not known: {reason}") from reason
        return self._looked_at(host, port, transport, infos)

    def _check(self, host: str, port: int, transport: str) -> None:
        if wrong := self.problem(host, port, transport):
            raise NotAllowed(wrong)

    def _judged(self, host: str, port: int, transport: str) -> str | None:
        if self._names(host, port, transport):
            return None
        if port in self.closed_ports:
            return f"port {port} is closed by {self.setting}_CLOSED_PORTS or is one of Loft's own"
        if wrong := self.problem_of_host(host):
            return wrong
        address = literal(host)
        return self._own(address, port) if address else None

    def _looked_at(self, host: str, port: int, transport: str, rows: Iterable[Any]) -> list[str]:
        addresses = sorted({str(row[4][0]) for row in rows})
        if self._names(host, port, transport):
            return addresses
        for text in addresses:
            address = ip_address(text.partition("%")[0])
            if not self.allows(address):
                raise NotAllowed(f"{host} leads to {text}, which is not public and not allowed by {self._networks}")
            if wrong := self._own(address, port):
                raise NotAllowed(wrong)
        return addresses

    def _own(self, address: Address, port: int) -> str | None:
        if port not in self.own_ports or not is_this_machine(_plain(address)):
            return None
        return f"port {port} of this machine is one of Loft's own"

    def _names(self, host: str, port: int, transport: str) -> bool:
        return any(
            (endpoint.host, endpoint.transport) == (host, transport) and port in endpoint.ports
            for endpoint in self.endpoints
        )

    def _inside(self, host: str) -> str:
        return f"{host} is not public, and {self._networks} does not allow it"

    @property
    def _networks(self) -> str:
        return f"{self.setting}_NETWORKS"


_TYPES = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def literal(host: str) -> Address | None:
    """Return the address that a host is, in any notation that the system takes for one, such as 127.1; None: a name."""
    if host.lower() in _HERE or host.lower().rstrip(".").endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    with contextlib.suppress(ValueError):
        return ip_address(host.partition("%")[0])
    with contextlib.suppress(OSError, UnicodeError, ValueError):
        return IPv4Address(socket.inet_aton(host))
    return None


def is_this_machine(address: Address) -> bool:
    """Whether an address is one of this machine's own: whoever can listen there."""
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        try:
            line.bind((str(address), 0))
        except OSError:
            return False
    return True


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped or address.sixtofour:
            return address.ipv4_mapped or address.sixtofour or address
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
