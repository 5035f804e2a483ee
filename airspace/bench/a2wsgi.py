"""Pages and REST as they were served before: the same views and WhiteNoise behind a2wsgi. In the bench only."""

import os
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
settings.MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")

_wsgi: Any = get_wsgi_application()
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
