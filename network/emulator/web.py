"""The little of HTTP that the emulator needs: a token, a bounded body, JSON in and out, as an ASGI application."""

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

MAX_BODY_BYTES = 262_144
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Reply = tuple[int, dict[str, Any]]


class Door:
    """Lets in who has the token and hands the request on, with its JSON body or, without one, its query."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if not hmac.compare_digest(dict(scope["headers"]).get(b"authorization", b""), self._header):
            await _send(send, 401, {"error": "the token is missing or wrong"})
            return
        body = await _body(receive)
        if body is None:
            await _send(send, 413, {"error": f"the body is too long; expected at most {MAX_BODY_BYTES} bytes"})
            return
        parts = [unquote(part) for part in scope["path"].strip("/").split("/")]
        try:
            asked = json.loads(body) if body else dict(parse_qsl(scope["query_string"].decode("ascii", "replace")))
            status, answer = self._act(scope["method"], parts, _object(asked))
        except ValueError as reason:  # wrong JSON too
            status, answer = 400, {"error": str(reason)}
        except RecursionError:
            status, answer = 400, {"error": "the body is nested too deep"}
        await _send(send, status, answer)

    def _act(self, method: str, parts: list[str], body: Any) -> Reply:
        """Do what is asked.

        Raises:
            ValueError: the body is wrong; the message names field, value and what is expected.
        """
        raise NotImplementedError


def _object(asked: Any) -> dict[str, Any]:
    if not isinstance(asked, dict):
        raise ValueError("the body is no JSON object")  # noqa: TRY004  as all others
    return asked


async def _body(receive: Receive) -> bytes | None:
    """Return the body, None when it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _send(send: Send, status: int, answer: dict[str, Any]) -> None:
    body = json.dumps(answer, allow_nan=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
