"""What a service manager is told, by systemd's protocol (sd_notify): a datagram to the socket that it names.

Twenty lines instead of a binding to libsystemd, which is not on every machine.
"""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass

US_PER_S = 1e6


@dataclass(frozen=True)
class Asked:
    """What the manager asks for: `address` is `$NOTIFY_SOCKET`; `watchdog_us` and `watchdog_pid` are 0 where unset."""

    address: str = ""
    watchdog_us: int = 0
    watchdog_pid: int = 0


class ServiceManager:
    """The line to whoever started us, if anybody listens. Nothing here waits or raises."""

    def __init__(self, asked: Asked) -> None:
        path = asked.address
        self._address = f"\0{path[1:]}" if path.startswith("@") else path
        is_ours = asked.watchdog_pid in (0, os.getpid())
        self._every_s = asked.watchdog_us / 2 / US_PER_S if is_ours and asked.watchdog_us else None
        self._due_s = 0.0
        self._status = ""

    def ready(self) -> None:
        """Everything is up; from now on it counts our turns."""
        self._send("READY=1")

    def stopping(self) -> None:
        """We end on purpose."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """Say in a few words how things stand, unless that was said last."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={text}")

    def turn(self, now_s: float) -> None:
        """Show that the supervisor's own loop turns, at half the time that it may be silent."""
        if self._every_s is not None and now_s >= self._due_s:
            self._due_s = now_s + self._every_s
            self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto(text.encode(), self._address)
