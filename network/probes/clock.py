"""What the system knows of its own clock's error."""

import ctypes
import ipaddress
import sys
import time
from functools import cache

from network.kernels.measurement.stamp import ERROR_ESTIMATE, UNSYNCHRONISED, error_estimate

ASK_EVERY_S = 10.0
_UNSYNCHRONISED_BIT = 0x40  # STA_UNSYNC of include/uapi/linux/timex.h
_TIME_ERROR = 5
_BYTES = 512  # more than struct timex holds, with its spare room


class _Timex(ctypes.Structure):
    """The beginning of struct timex; `modes` 0 only asks."""

    _fields_ = [
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long), ("status", ctypes.c_int), ("rest", ctypes.c_byte * _BYTES),
    ]  # fmt: skip


class Clock:
    """The clock of this machine, asked now and then how right it is."""

    def __init__(self) -> None:
        self._asked_s = -ASK_EVERY_S
        self._estimate = UNSYNCHRONISED

    def estimate(self, host: str) -> int:
        """Return the error estimate to send to a host; a host on this machine has the very same clock."""
        if is_this_machine(host):
            return ERROR_ESTIMATE
        now_s = time.monotonic()
        if now_s - self._asked_s >= ASK_EVERY_S:
            self._asked_s, self._estimate = now_s, system_estimate()
        return self._estimate


def system_estimate() -> int:
    """Return what the kernel says of the clock: synchronised or not, and by how much it may be wrong at most."""
    if sys.platform != "linux":
        return UNSYNCHRONISED
    timex = _Timex()
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    if state < 0 or state == _TIME_ERROR or timex.status & _UNSYNCHRONISED_BIT:
        return UNSYNCHRONISED
    return error_estimate(max(timex.maxerror, 0) / 1e6)


@cache
def is_this_machine(host: str) -> bool:
    """Whether an address is of the loopback."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
