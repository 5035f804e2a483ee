"""A server with our protocols on a real socket, in a thread of the test, and a client that may misbehave."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from console.door.bridge import Bridge
from console.door.connections import Http, Socket
from tests.waiting import wait_until

HELLO = b"GET /api/v1/hello HTTP/1.1\r\nHost: x\r\n\r\n"


class Served:
    """Where it listens, and what runs there."""

    def __init__(self, application: Any) -> None:
        self.lines: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        config = uvicorn.Config(
            application, http=Http, ws=Socket, loop="uvloop", lifespan="off", log_config=None, server_header=False, access_log=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self.server = uvicorn.Server(config)

    def connect(self, *, receive_bytes: int | None = None) -> socket.socket:
        line = socket.socket()
        self.lines.append(line)
        if receive_bytes:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        line.settimeout(10)
        line.connect(("127.0.0.1", self.port))
        return line

    def ask(self, text: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send a request and return status, headers and body of its answer."""
        with self.connect() as line:
            line.sendall(text)
            return hear(line.makefile("rb"))


@contextmanager
def serving(application: Any) -> Iterator[Served]:
    served = Served(application)
    thread = threading.Thread(target=served.server.run, args=([served.listener],), daemon=True)
    thread.start()
    wait_until(lambda: served.server.started, "it listens", every_s=0.01)
    try:
        yield served
    finally:
        for line in served.lines:
            line.close()
        served.server.should_exit = True
        thread.join(10)


@contextmanager
def bridged(application: Any, *, threads: int = 2, most_waiting: int = 4) -> Iterator[tuple[Served, Bridge]]:
    bridge = Bridge(application, threads, most_waiting)
    with serving(bridge) as served:
        yield served, bridge
    bridge.close()


def hear(stream: Any, *, is_head: bool = False) -> tuple[int, dict[str, str], bytes]:
    """Read one answer from a connection; what ends before its end raises."""
    status = int(stream.readline().split()[1])
    headers: dict[str, str] = {}
    while line := stream.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    if is_head or status in (204, 304):
        return status, headers, b""
    if headers.get("transfer-encoding") == "chunked":
        return status, headers, b"".join(_chunks(stream))
    return status, headers, _exactly(stream, int(headers["content-length"]))


def _chunks(stream: Any) -> Iterator[bytes]:
    while size := int(stream.readline() or b"cut", 16):
        yield _exactly(stream, size)
        stream.readline()
    stream.readline()


def _exactly(stream: Any, size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise EOFError(f"{len(content)} of {size} bytes came")
    return content


def is_ended(line: socket.socket) -> bool:
    """Whether the server has ended this connection; what it sent before is thrown away."""
    line.settimeout(0.05)
    try:
        return all(iter(lambda: len(line.recv(65_536)), 0)) or True
    except TimeoutError:
        return False
    except OSError:
        return True


def pending(server: uvicorn.Server) -> int:
    """Return how many connections the server holds."""
    return len(server.server_state.connections)
