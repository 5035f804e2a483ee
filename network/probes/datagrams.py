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
IP_RECVTTL = 12  # include/uapi/linux/in.h
_TIMESPEC = struct.Struct("@ll")
_INT = struct.Struct("@i")
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


def open_socket(family: int = socket.AF_INET, bind_to: tuple[str, int] | None = None) -> socket.socket:
    """Return a non-blocking UDP socket with kernel receive time stamps where available.

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
