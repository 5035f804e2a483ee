"""The web process: bulk reports raw, static files and `/healthz` from the loop, pages and REST under WSGI, WebSockets.

Django's own ASGI handler costs several times the CPU of its WSGI handler, so pages and REST run under WSGI in a
thread pool of this process (`console/door/bridge.py`). Routes in `LOFT_RAW_ROUTES` bypass Django's request handling
altogether.
"""

import asyncio
import contextlib

from django.conf import settings
from django.utils.module_loading import import_string

from console.wsgi import application as wsgi_application  # first: it sets Django up

from console.live import live, sockets  # isort: skip
from console.run import watch  # isort: skip
from console.actions.access import security  # isort: skip
from console.door.bridge import Bridge  # isort: skip
from console.door.shared import Shared  # isort: skip
from console.rest.problem import Message, Receive, Send  # isort: skip
from console.door.statics import StaticFiles  # isort: skip
from console.views.health import healthz  # isort: skip

_pages = Bridge(wsgi_application, settings.LOFT_WEB_THREADS, settings.LOFT_REQUESTS_WAITING)
_shared = Shared(_pages)
_files = StaticFiles()
_raw = {route: import_string(name) for route, name in settings.LOFT_RAW_ROUTES.items()} | {"/healthz": healthz}


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Send each connection to the part that serves it."""
    if scope["type"] == "http":
        await _http(scope, receive, send)
    elif scope["type"] == "websocket":
        await sockets.application(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _live(receive, send)


async def _http(scope: Message, receive: Receive, send: Send) -> None:
    if file := _files.find(scope):
        await _files.serve(file, scope, send)
    else:
        await _raw.get(scope["path"], _shared)(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """Read the static files, follow Redis, and watch over the schedule, from the process's start to its end."""
    await receive()
    _files.read()
    running = [asyncio.create_task(live.listen()), asyncio.create_task(watch.watch())]
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in running:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await asyncio.to_thread(security.write_all)
    _pages.close()
    await send({"type": "lifespan.shutdown.complete"})
