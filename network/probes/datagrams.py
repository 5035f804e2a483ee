"""UDP sockets whose datagrams carry the kernel's time of receipt, where the system offers it.

The kernel's stamp leaves out how long the process took to get round to reading, which on a busy machine exceeds what is
to be measured.
"""

import socket
import struct
import sys
import time
from dataclasses import dataclass

SO_TIMESTAMPNS = 35  # include/uapi/asm-generic/socket.h; its control message has the same number
SO_MEMINFO = 55  # likewise; nine words, of which the last counts what was thrown away for want of room
IP_RECVTTL = 12  # include/uapi/linux/in.h
_TIMESPEC = struct.Struct("@ll")
_INT = struct.Struct("@i")
_MEMINFO = struct.Struct("@9I")
_ANCILLARY_BYTES = 256
_RECEIVE_BUFFER_BYTES = 1 << 20
MAX_DATAGRAM_BYTES = 2_048


@dataclass(frozen=True)
class Datagram:
    """A datagram as received. `ttl` is None where the system does not tell."""

    payload: bytes
    address: tuple[str, int]
    received_ns: int
    is_kernel_time: bool
    ttl: int | None


def open_socket(family: int = socket.AF_INET, bind_to: tuple[str, int] | None = None, dscp: int = 0) -> socket.socket:
    """Return a non-blocking UDP socket with kernel receive time stamps where available.

    Args:
        family: IPv4 or IPv6.
        bind_to: the address to listen on; None for one that the system chooses.
        dscp: class of service of what is sent, 0 to 63.

    Raises:
        OSError: the address cannot be bound.
    """
    line = socket.socket(family, socket.SOCK_DGRAM)
    line.setblocking(False)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    if sys.platform == "linux":
        line.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        if family == socket.AF_INET:
            line.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    try:
        if dscp and family == socket.AF_INET6:
            line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, dscp << 2)
        elif dscp:
            line.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)
        if bind_to is not None:
            line.bind(bind_to)
    except OSError:
        line.close()
        raise
    return line


def receive(line: socket.socket) -> Datagram | None:
    """Return the next datagram, None when none is waiting."""
    try:
        payload, ancillary, _, address = line.recvmsg(MAX_DATAGRAM_BYTES, _ANCILLARY_BYTES)
    except (BlockingIOError, InterruptedError):
        return None
    except ConnectionError:  # an earlier datagram was refused: nothing that concerns this read
        return None
    read_ns = time.time_ns()
    stamped_ns, ttl = None, None
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, rest_ns = _TIMESPEC.unpack_from(data)
            stamped_ns = seconds * 1_000_000_000 + rest_ns
        elif level == socket.IPPROTO_IP and kind == socket.IP_TTL and len(data) >= _INT.size:
            ttl = _INT.unpack_from(data)[0]
    return Datagram(payload, address[:2], stamped_ns or read_ns, stamped_ns is not None, ttl)


def drops(line: socket.socket) -> int:
    """Return how many datagrams the system threw away because nobody read them in time; 0 where it does not tell."""
    if sys.platform != "linux":
        return 0
    meminfo = line.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, _MEMINFO.size)
    return int(_MEMINFO.unpack(meminfo)[8]) if len(meminfo) == _MEMINFO.size else 0
