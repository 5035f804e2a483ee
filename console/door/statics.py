"""Static files from the event loop: WhiteNoise's index, negotiation, ranges and caching, without a thread.

Their headers are those that Django's SecurityMiddleware gives everything else.
"""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from http import HTTPStatus
from io import BytesIO
from typing import Any, BinaryIO

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from console.door.address import identified
from console.rest.problem import Message, Send

PIECE_BYTES = 65_536
_ASKED = {
    b"if-none-match": "HTTP_IF_NONE_MATCH",
    b"if-modified-since": "HTTP_IF_MODIFIED_SINCE",
    b"accept-encoding": "HTTP_ACCEPT_ENCODING",
    b"range": "HTTP_RANGE",
}
Headers = list[tuple[bytes, bytes]]


class StaticFiles:
    """The files gathered under STATIC_ROOT when the process began to serve.

    Not when it was imported: that is done once for all processes, while the files may still be gathered.
    """

    @cached_property
    def _index(self) -> Any:
        return WhiteNoiseMiddleware(lambda _: HttpResponse())

    def read(self) -> None:
        """Read which files there are, so that nobody's first request waits for that."""
        _ = self._index

    def find(self, scope: Message) -> Any:
        """Return the file that a request asks for; None leaves it to Django, which also redirects to https."""
        path = scope["path"]
        if not path.startswith(settings.STATIC_URL) or (settings.SECURE_SSL_REDIRECT and not _is_secure(scope)):
            return None
        return self._index.find_file(path) if self._index.autorefresh else self._index.files.get(path)

    async def serve(self, file: Any, scope: Message, send: Send) -> None:
        """Send a file, or say that the peer has it."""
        asked = {_ASKED[name]: value.decode("latin-1") for name, value in scope["headers"] if name in _ASKED}
        answer = file.get_response(scope["method"], asked)
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers]
        if answer.file is None and scope["method"] != "HEAD" and answer.status != HTTPStatus.NOT_MODIFIED:
            headers = [*(header for header in headers if header[0] != b"content-length"), (b"content-length", b"0")]
        start = {"type": "http.response.start", "status": int(answer.status)}
        await send({**start, "headers": headers + _security_headers(_is_secure(scope))})
        if answer.file is None:
            await send({"type": "http.response.body", "body": b""})
            return
        with answer.file:
            await _send_pieces(answer.file, send)


async def _send_pieces(file: BinaryIO, send: Send) -> None:
    for piece, is_last in _pieces(file):
        await send({"type": "http.response.body", "body": piece, "more_body": not is_last})


def _pieces(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    piece = file.read(PIECE_BYTES)
    while True:
        following = file.read(PIECE_BYTES) if len(piece) == PIECE_BYTES else b""
        yield piece, not following
        if not following:
            return
        piece = following


def _is_secure(scope: Message) -> bool:
    """Whether the client came over TLS, as far as it or a trusted proxy of ours can tell."""
    return bool(identified(scope).get("scheme") == "https")


@lru_cache(maxsize=2)
def _security_headers(is_secure: bool) -> Headers:  # noqa: FBT001  the scheme: there are two
    scheme = "https" if is_secure else "http"
    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "wsgi.input": BytesIO(), "wsgi.url_scheme": scheme}
    request = WSGIRequest(environ)
    bare = HttpResponse()
    answer = SecurityMiddleware(lambda _: bare).process_response(request, bare)
    return [(name.lower().encode(), value.encode()) for name, value in answer.items() if name != "Content-Type"]
