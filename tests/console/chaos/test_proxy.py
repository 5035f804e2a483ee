"""What stands between an installation and its PostgreSQL can be cut, and mended."""

import socket
import socketserver
import threading

import pytest

from console.chaos.proxy import Proxy
from tests.waiting import PATIENCE_S


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while text := self.request.recv(1_000):
            self.request.sendall(text)


@pytest.fixture
def proxy():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Proxy(*server.server_address) as made:
            yield made
        server.shutdown()


def connected(proxy: Proxy) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE_S)
    line.sendall(b"here")
    return line


def heard(line: socket.socket) -> bytes:
    try:
        return line.recv(100)
    except ConnectionResetError:
        return b""


def test_it_passes_on_both_ways(proxy):
    with connected(proxy) as line:
        assert heard(line) == b"here"


def test_a_cut_ends_lines_and_lets_none_through_until_mended(proxy):
    with connected(proxy) as line:
        assert heard(line) == b"here"
        proxy.cut()
        assert heard(line) == b""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE_S) as line:
        assert heard(line) == b""
    proxy.mend()
    with connected(proxy) as line:
        assert heard(line) == b"here"


def test_with_nobody_behind_it_lines_end_at_once():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (
        Proxy("127.0.0.1", port) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE_S) as line,
    ):
        assert heard(line) == b""
