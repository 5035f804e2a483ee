"""WebSockets: one address, same origin only, one consumer."""

from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from console.door.address import identified
from console.door.refusals import note_line
from console.live.consumers import HubConsumer, refuse_for_now
from console.live.entrance import entrance
from console.rest.problem import Message, Receive, Send

Origin = tuple[str, str, int]
PATH = "/ws"
_PORTS = {"http": 80, "https": 443}
MOST_REMEMBERED = 256
"""Longer origins are a stranger's inventions, and not remembered."""


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Serve one socket whose page came from here; refuse all others."""
    scope = identified(scope)
    if scope["path"] != PATH or not is_own_page(scope):
        note_line(403, scope)
        await send({"type": "websocket.close"})
    elif entrance.is_full:
        await refuse_for_now(scope, send)
    else:
        await HubConsumer()(scope, receive, send)


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


def _parts(url: str) -> Origin | None:
    """Return scheme, host and port of an origin, None for what is none."""
    return _known_parts(url) if len(url) <= MOST_REMEMBERED else _known_parts.__wrapped__(url)


@lru_cache(maxsize=1_024)
def _known_parts(url: str) -> Origin | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
