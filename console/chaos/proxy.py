"""A TCP proxy that can be cut: it stands between an installation and its PostgreSQL."""

import socket
import threading
from contextlib import suppress
from typing import Self

BUFFER_BYTES = 65_536
MOST_CONNECTIONS = 500


class Proxy:
    """Passes connections on; each takes two threads. Used as a context."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._lines: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Close every connection, and new ones at once, until mended."""
        with self._lock:
            self._is_cut = True
            lines, self._lines = self._lines, set()
        for line in lines:
            _close(line)

    def mend(self) -> None:
        """Let connections pass again."""
        self._is_cut = False

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._listener.accept()
                self._pass_on(near)

    def _pass_on(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self._to, timeout=5)
        except OSError:
            _close(near)
            return
        far.settimeout(None)
        with self._lock:
            if self._is_cut or len(self._lines) >= 2 * MOST_CONNECTIONS:
                _close(near)
                _close(far)
                return
            self._lines |= {near, far}
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while text := source.recv(BUFFER_BYTES):
                target.sendall(text)
        with self._lock:
            self._lines -= {source, target}
        _close(source)
        _close(target)


def _close(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
