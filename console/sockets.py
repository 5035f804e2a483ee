"""WebSockets: same origin only, the session's person, one consumer, and no waiting for a peer that reads nothing."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import path

from console.address import identified
from console.consumers import HubConsumer
from console.refusals import note_line

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
SEND_WITHIN_S = 20.0
CLOSE_WITHIN_S = 0.5
_PORTS = {"http": 80, "https": 443}
_denier: Any = WebsocketDenier.as_asgi()
_consumers: Any = AuthMiddlewareStack(URLRouter([path("ws", HubConsumer.as_asgi())]))


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Serve one socket whose page came from here; refuse all others."""
    scope = identified(scope)
    if not is_own_page(scope):
        note_line(403, scope)
        await _denier(scope, receive, send)
        return
    line = Patient(receive, send)
    await _consumers(scope, line.receive, line.send)


def is_own_page(scope: Message) -> bool:
    """Whether the page that opens a socket has the scheme, host and port of `LOFT_URL`, or of the socket itself."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    origin = _parts(headers.get(b"origin", ""))
    if origin is None:
        return False
    host = headers.get(b"host", "")
    is_ours = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
    scheme = "https" if scope.get("scheme") == "wss" or settings.LOFT_URL.startswith("https:") else "http"
    return origin == _parts(settings.LOFT_URL) or (is_ours and origin == _parts(f"{scheme}://{host}"))


def _parts(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an origin, None for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


class Patient:
    """A line whose sends have a deadline. Past it the peer is gone, and the consumer hears of it as of a hang-up."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._gone = asyncio.Event()

    async def send(self, message: Message) -> None:
        """Send, unless the peer is gone."""
        if self._gone.is_set():
            return
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S if message["type"] == "websocket.close" else SEND_WITHIN_S):
                await self._send(message)
        except TimeoutError:
            self._gone.set()

    async def receive(self) -> Message:
        """Return the next message, or that the peer is gone."""
        said, gone = asyncio.ensure_future(self._receive()), asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait((said, gone), return_when=asyncio.FIRST_COMPLETED)
            return said.result() if said.done() else {"type": "websocket.disconnect", "code": 1006}
        finally:
            said.cancel()
            gone.cancel()
