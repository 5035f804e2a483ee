"""How uvicorn speaks WebSocket here: a line that has ended lets go of its connection, whether its peer reads or not.

uvicorn closes a connection once its buffer is written, which a peer that reads nothing puts off for ever, and answers
its pings meanwhile.
"""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

CLOSE_WITHIN_S = 2.0


class SocketProtocol(WebSocketsSansIOProtocol):
    """What `console.connections.Socket` builds on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.close_timeout = CLOSE_WITHIN_S

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
