"""Pages and REST as they were served before: the same WSGI application behind a2wsgi. In the bench only."""

from typing import Any

from a2wsgi import WSGIMiddleware

from console.wsgi import application as wsgi_application

_wsgi: Any = wsgi_application
_pages: Any = WSGIMiddleware(_wsgi, workers=8)


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve pages; lifespan needs nothing."""
    if scope["type"] == "http":
        await _pages(scope, receive, send)
    else:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
