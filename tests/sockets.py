"""A WebSocket as an ASGI application sees it (Channels' own test client imports a web server that we do not use)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote, urlsplit

from asgiref.testing import ApplicationCommunicator

from console.live import live
from tests.waiting import PATIENCE_S


class Socket(ApplicationCommunicator):
    """One line to the application under test."""

    def __init__(self, application: Any, url: str, headers: list[tuple[bytes, bytes]]) -> None:
        parts = urlsplit(url)
        scope = {
            "type": "websocket",
            "path": unquote(parts.path),
            "query_string": parts.query.encode(),
            "headers": headers,
            "subprotocols": [],
            "client": ["127.0.0.1", 1],
        }
        super().__init__(application, scope)

    async def connect(self) -> bool:
        """Ask for the line; return whether it was accepted."""
        await self.send_input({"type": "websocket.connect"})
        return bool((await self.receive_output(PATIENCE_S))["type"] == "websocket.accept")

    async def say(self, text: str) -> None:
        """Send a text message."""
        await self.send_input({"type": "websocket.receive", "text": text})

    async def hear(self) -> str | bytes:
        """Return the next message."""
        message = await self.receive_output(PATIENCE_S)
        assert message["type"] == "websocket.send", message
        return message["text"] if message.get("text") is not None else message["bytes"]

    async def hang_up(self) -> None:
        """Close the line and let the application end."""
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(PATIENCE_S)


@contextlib.asynccontextmanager
async def following() -> AsyncIterator[None]:
    """What a web process does from its start: follow Redis."""
    task = asyncio.create_task(live.listen())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
