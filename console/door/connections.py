"""Connections that cannot hang or fill the process: caps on their number and their headers, a deadline for each wait.

uvicorn's protocols with what they leave open. Every second one look goes over all connections of the server.
"""

import asyncio
import math
import socket
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from console.door.address import is_trusted, neighbourhood, parsed
from console.door.lobby import come_again, lobby
from console.live.socket_protocol import SocketProtocol
from console.rest.problem import Message, Problem, Receive, Refusal, Send

LOOK_EVERY_S = 1.0
MOST_PIPELINED = 64
MOST_UNSENT_BYTES = 131_072
MOST_UNREAD_BYTES = 67_108_864
"""So much of a refused body is read and forgotten, so that the peer comes to read why."""
FRAMING_PER_BYTE = 8
"""A chunk of one byte comes in six; what a request sends beyond that many times its body is headers by another name."""
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n"
    b"content-type: application/problem+json\r\ncontent-length: %d\r\n\r\n%b"
)
_WRONG = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Register:
    """The connections of one server: how many there are by address, and the regular look over them."""

    def __init__(self, state: ServerState, loop: asyncio.AbstractEventLoop) -> None:
        self.by_address: Counter[str] = Counter()
        self._connections, self._loop = state.connections, loop
        loop.call_later(LOOK_EVERY_S, self._look)

    def enter(self, peer: str) -> str | None:
        """Count a connection; return why it is one too many, if it is."""
        address, is_proxy = _counted_as(peer)
        most = settings.LOFT_CONNECTIONS_PER_PROXY if is_proxy else settings.LOFT_CONNECTIONS_PER_ADDRESS
        self.by_address[address] += 1
        if len(self._connections) > settings.LOFT_CONNECTIONS:
            return f"{len(self._connections) - 1} connections are open; expected at most {settings.LOFT_CONNECTIONS}"
        if self.by_address[address] > most:
            return f"{self.by_address[address] - 1} connections from {address} are open; expected at most {most}"
        return None

    def leave(self, peer: str) -> None:
        """Count it no more."""
        address, _ = _counted_as(peer)
        self.by_address[address] -= 1
        if self.by_address[address] <= 0:
            del self.by_address[address]

    def _look(self) -> None:
        self._loop.call_later(LOOK_EVERY_S, self._look)  # first: no connection may end the looks at the others
        now_s = self._loop.time()
        for connection in list(self._connections):
            if isinstance(connection, (Http, Socket)):
                connection.look(now_s)


_registers: WeakKeyDictionary[ServerState, Register] = WeakKeyDictionary()


@lru_cache(maxsize=4_096)
def _counted_as(peer: str) -> tuple[str, bool]:
    """Return what a peer is counted under, and whether many come through it: a proxy, or a program of this machine."""
    address = parsed(peer)
    if address is None:  # a Unix socket
        return peer, True
    if address.is_loopback or is_trusted(peer):
        return str(address), True
    return neighbourhood(peer), False


class Unread:
    """Watches how a peer takes what was written for it: what waits makes the writer wait, or a close."""

    def __init__(self) -> None:
        self.since_s = math.inf

    def is_stalled(self, now_s: float, *, is_waited_for: bool) -> bool:
        """Whether somebody has waited for the peer for too long."""
        self.since_s = min(self.since_s, now_s) if is_waited_for else math.inf
        return now_s - self.since_s > settings.LOFT_SEND_DEADLINE_S


def _bound_kernel_buffer(transport: asyncio.Transport) -> None:
    """Let the system queue little for a peer that does not read; what is on its way to one that does is not limited."""
    line = transport.get_extra_info("socket")
    if line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MOST_UNSENT_BYTES)


class Refused(Exception):  # noqa: N818  it reads as what it is
    """Ends the parsing of what a refused connection sent."""


class Http(HttpToolsProtocol):
    """HTTP/1.1 with caps and deadlines."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _bound_kernel_buffer(transport)
        self.unread = Unread()
        self.due_s = self.loop.time() + settings.LOFT_HEADER_DEADLINE_S
        self.most_headers = settings.LOFT_HEADERS
        self.running: RequestResponseCycle | None = None
        self.is_refused = self.in_message = self.in_head = self.is_waiting = False
        self.messages = self.framing = self.body_bytes = self.head_bytes = self.header_count = 0
        self.peer = self.client[0] if self.client else ""
        self.register = _registers.get(self.server_state) or _registers.setdefault(
            self.server_state, Register(self.server_state, self.loop)
        )
        if why := self.register.enter(self.peer):
            body = Problem(503, "Too many connections", why).json
            self.refuse(_FULL % (len(body), body))

    def connection_lost(self, exc: Exception | None) -> None:
        self.register.leave(self.peer)
        lobby.leave(self)
        self.pipeline.clear()
        if self.running is not None:  # uvicorn tells the last request of several only, and that may not have begun
            self.running.disconnected = not self.running.response_complete
            self.running.message_event.set()
        super().connection_lost(exc)
        self.cycle = self.running = None  # type: ignore[assignment]  # it refers to us, as the parser did

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.running = cycle
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        if not self.is_refused:
            self.refuse(_WRONG)

    def refuse(self, answer: bytes) -> None:
        """End the connection; say why, unless an earlier answer is still on its way."""
        self.is_refused = True
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(answer)
        self.transport.close()

    def look(self, now_s: float) -> None:
        """End what has waited for this peer for too long."""
        if self.unread.is_stalled(now_s, is_waited_for=self.flow.write_paused or self.transport.is_closing()):
            self.transport.abort()
        elif self.flow.read_paused:
            self.due_s += LOOK_EVERY_S  # it is us who do not listen
        elif now_s > self.due_s and not self.transport.is_closing():
            self.refuse(_LATE if self.in_head or self.messages == 0 else b"")

    def resume_writing(self) -> None:
        self.unread.since_s = math.inf
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        if self.is_refused:
            return
        if self.is_waiting:  # whoever asks for a line says nothing before it is there
            self.refuse(_WRONG)
            return
        message, body_bytes = self.messages, self.body_bytes
        super().data_received(data)
        if self.messages != message or not self.in_message or self.is_refused:
            return
        self.framing = max(0, self.framing + len(data) - FRAMING_PER_BYTE * (self.body_bytes - body_bytes))
        if self.framing > settings.LOFT_HEADER_BYTES:
            self.refuse(_LONG)

    def handle_websocket_upgrade(self) -> None:
        """Wait for one's turn; where too many wait, be told when to come again."""
        if after_s := lobby.enter(self, self._become_line):
            key = next((value for name, value in self.headers if name == b"sec-websocket-key"), b"")
            self.refuse(come_again(key, after_s))
        else:
            self.is_waiting = True

    def _become_line(self) -> None:
        if not self.transport.is_closing():
            super().handle_websocket_upgrade()
            self.parser = None  # type: ignore[assignment]  # it refers to us, and would keep both until a collection

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.messages += 1
        self.in_message = self.in_head = True
        self.framing = self.body_bytes = self.head_bytes = self.header_count = 0
        self.due_s = self.loop.time() + settings.LOFT_HEADER_DEADLINE_S

    def on_url(self, url: bytes) -> None:
        self.head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.in_head:
            return  # a trailer: it must not pass for a header
        self.head_bytes += len(name) + len(value) + 4
        self.header_count += 1
        if self.header_count <= self.most_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.in_head = False
        self.due_s = math.inf  # what is waited for from here on has its deadline where it is waited for
        why = self._excess()
        if len(self.pipeline) >= MOST_PIPELINED or (self.parser.should_upgrade() and (why or self._is_answering())):
            self.refuse(_LONG)
            raise Refused
        self.app = _refusing(why) if why else self.config.loaded_app
        super().on_headers_complete()

    def _is_answering(self) -> bool:
        """Whether an answer is under way: a line that took the connection over would leave it waiting for ever."""
        return self.cycle is not None and not self.cycle.response_complete

    def _excess(self) -> str | None:
        if self.head_bytes > settings.LOFT_HEADER_BYTES:
            return f"headers: {self.head_bytes} bytes given; expected at most {settings.LOFT_HEADER_BYTES}"
        if self.header_count > settings.LOFT_HEADERS:
            return f"headers: {self.header_count} given; expected at most {settings.LOFT_HEADERS}"
        return None

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)
        if self.cycle and self.cycle.response_complete and self.body_bytes > MOST_UNREAD_BYTES:
            self.refuse(b"")
            raise Refused
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.in_message = False
        super().on_message_complete()
        if self.cycle and self.cycle.response_complete:
            self._expect_next()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._unset_keepalive_if_required()  # ours knows of bodies that go on
        if self.cycle.response_complete and not self.in_head:  # the last one's: nothing else is under way
            self._expect_next()

    def _expect_next(self) -> None:
        wait_s = settings.LOFT_BODY_DEADLINE_S if self.in_message else settings.LOFT_IDLE_DEADLINE_S
        self.due_s = self.loop.time() + wait_s


class Socket(SocketProtocol):
    """WebSockets with a deadline for a peer that does not read; an open one may be silent if it answers pings."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], **more: Any) -> None:
        super().__init__(config, server_state, app_state, **more)
        self.unread = Unread()
        self.register = _registers[server_state]  # every line began as HTTP

    def connection_lost(self, exc: Exception | None) -> None:
        self.register.leave(self.client[0] if self.client else "")
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        self.unread.since_s = math.inf
        super().resume_writing()

    def look(self, now_s: float) -> None:
        """End the line of a peer that does not read."""
        if self.unread.is_stalled(now_s, is_waited_for=not self.writable.is_set() or self.transport.is_closing()):
            self.transport.abort()


def _refusing(why: str) -> Callable[[Message, Receive, Send], Any]:
    async def refuse(scope: Message, receive: Receive, send: Send) -> None:
        await Refusal(431, "Request header fields too large", why, is_last=True).answer(scope, send)

    return refuse
