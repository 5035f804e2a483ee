"""The web process: bulk reports raw, pages and REST under WSGI, WebSockets under Channels.

Django's own ASGI handler costs several times the CPU of its WSGI handler, so pages and REST run under WSGI in a
thread pool of this process (`a2wsgi`). Routes in `LOFT_RAW_ROUTES` bypass Django's request handling altogether.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.utils.module_loading import import_string

from console.wsgi import application as wsgi_application  # first: it sets Django up

from console import live, sockets, watch  # isort: skip

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
WSGI_THREADS = 8

_pages: Any = WSGIMiddleware(cast("Any", wsgi_application), workers=WSGI_THREADS)
_raw = {route: import_string(name) for route, name in settings.LOFT_RAW_ROUTES.items()}


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Send each connection to the part that serves it."""
    if scope["type"] == "http":
        await _raw.get(scope["path"], _pages)(scope, receive, send)
    elif scope["type"] == "websocket":
        await sockets.application(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _live(receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """Follow Redis, and watch over the schedule, from the process's start to its end."""
    await receive()
    running = [asyncio.create_task(live.listen()), asyncio.create_task(watch.watch())]
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in running:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await send({"type": "lifespan.shutdown.complete"})
