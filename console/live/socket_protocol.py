"""How uvicorn speaks WebSocket here: a line that has ended lets go of its connection, whether its peer reads or not.

uvicorn closes a connection once its buffer is written, which a peer that reads nothing puts off for ever, and answers
its pings meanwhile. What is sent has a deadline: past it the peer is gone, and the application hears of a hang-up.
"""

import asyncio
import logging
import struct
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from console.log_settings import SOCKET_LINES
from console.rest.problem import Message

SEND_WITHIN_S = 20.0
CLOSE_WITHIN_S = 2.0
CLOSE_MESSAGE_WITHIN_S = 0.5
_TEXT, _BINARY = 0x81, 0x82  # of one frame each, RFC 6455, 5.2
_quiet = logging.getLogger(SOCKET_LINES)


class SocketProtocol(WebSocketsSansIOProtocol):
    """What `console.door.connections.Socket` builds on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.close_timeout = CLOSE_WITHIN_S
        self.logger = self.conn.logger = _quiet

    async def send(self, message: Message) -> None:  # type: ignore[override]  # uvicorn's types are stricter
        """Send, unless the peer is gone or the line was closed; a peer is gone that takes nothing for too long."""
        if not self.writable.is_set():
            is_close = message["type"] == "websocket.close"
            try:
                async with asyncio.timeout(CLOSE_MESSAGE_WITHIN_S if is_close else SEND_WITHIN_S):
                    await self.writable.wait()
            except TimeoutError:
                self.transport.abort()
                return
        if self.disconnected or self.close_sent:  # what was read, or was to be told, before the end
            return
        if self.is_plain and message["type"] == "websocket.send":
            self.transport.write(framed(message))
        else:
            await super().send(message)  # type: ignore[arg-type]

    @property
    def is_plain(self) -> bool:
        """Whether the line is open, and what it sends is only framed: the usual way there takes twice as long."""
        return self.handshake_complete and self.conn.state is State.OPEN and not self.conn.extensions

    def pause_writing(self) -> None:
        """Hear nothing more of who does not read: the answers to its pings would pile up."""
        super().pause_writing()
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on, unless the application has not taken the last message yet."""
        super().resume_writing()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        """The application has ended: what is not written soon is given up."""
        super().on_task_complete(task)
        self.loop.call_later(CLOSE_WITHIN_S, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """No answer to a ping: nobody reads what would still be written."""
        super().keepalive_timeout()
        self.transport.abort()


def framed(message: Message) -> bytes:
    """Return a message to a browser as one frame."""
    given: bytes | None = message.get("bytes")
    data: bytes = message["text"].encode() if given is None else given
    first = _TEXT if given is None else _BINARY
    size = len(data)
    if size < 126:
        return struct.pack("!BB", first, size) + data
    if size < 65_536:
        return struct.pack("!BBH", first, 126, size) + data
    return struct.pack("!BBQ", first, 127, size) + data
