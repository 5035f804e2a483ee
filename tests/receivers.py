"""Other systems as tests play them: a web server that takes webhooks, and a mail relay."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Call:
    """What a webhook brought."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A web server; `answer` decides what each call gets: a status, and headers."""

    calls: list[Call] = field(default_factory=list)
    answer: Callable[[Call], tuple[int, dict[str, str]]] = lambda _: (204, {})
    url: str = ""

    def says(self, status: int, headers: dict[str, str] | None = None) -> None:
        """Answer every call alike from now on."""
        self.answer = lambda _: (status, headers or {})

    def ids(self) -> list[str]:
        return [call.headers["webhook-id"] for call in self.calls]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a web server for webhooks on a free port of this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(self.path, headers, self.rfile.read(int(headers["content-length"])))
            receiver.calls.append(call)
            status, fields = receiver.answer(call)
            self.send_response(status)
            for name, value in {"Content-Length": "0", "Connection": "close", **fields}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, _served(server):
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        yield receiver


@dataclass
class Relay:
    """A mail relay; `refused` are the addresses that it does not take."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)


class _Postman(socketserver.StreamRequestHandler):
    """One conversation with a relay, of as much SMTP as RFC 5321 section 4.5.1 asks for."""

    served: Relay

    def handle(self) -> None:
        self._say("220 relay")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self._take()
            elif verb == b"RCPT" and any(text.encode() in line for text in self.served.refused):
                self._say("550 no such mailbox")
            else:
                self._say("221 bye" if verb == b"QUIT" else "250 well")

    def _take(self) -> None:
        self._say("354 go on")
        text = b""
        while (line := self.rfile.readline()) != b".\r\n":
            text += line.removeprefix(b".") if line.startswith(b"..") else line
        self.served.letters.append(message_from_bytes(text, policy=policy.default))  # type: ignore[arg-type]
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def relaying() -> Iterator[Relay]:
    """Run a mail relay on a free port of this machine."""
    relay = Relay()

    class Handler(_Postman):
        served = relay

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads = True, True

    with Server(("127.0.0.1", 0), Handler) as server, _served(server):
        relay.port = server.server_address[1]
        yield relay


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield
    server.shutdown()
    thread.join()
