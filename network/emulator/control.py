"""The emulator's control line: a small HTTP interface on this machine, behind a token.

POST /faults {site, kind, for_s, amount} - GET /faults - DELETE /faults/SITE
"""

import hmac
import json
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from network.emulator.faults import Fault, Faults

MAX_BODY_BYTES = 4_096
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Control:
    """An ASGI application that injects, lists and clears faults."""

    def __init__(self, faults: Faults, sites: set[str], token: str) -> None:
        self._faults = faults
        self._sites = sites
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
        status, answer = self._act(scope["method"], scope["path"], body)
        await _send(send, status, answer)

    def _act(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if path == "/faults" and method == "GET":
            return 200, {"faults": self._faults.listed()}
        if path == "/faults" and method == "POST":
            return self._inject(body)
        if path.startswith("/faults/") and method == "DELETE":
            site = path.removeprefix("/faults/")
            if site not in self._sites:
                return 404, {"error": f"site is {site!r}; expected the slug of a simulated site"}
            return 200, {"cleared": self._faults.clear(site)}
        return 404, {"error": "expected GET or POST /faults, or DELETE /faults/SITE"}

    def _inject(self, body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            self._faults.inject(Fault.read(json.loads(body), self._sites, monotonic()))
        except ValueError as reason:  # wrong JSON too
            return 400, {"error": str(reason)}
        return 201, {"faults": self._faults.listed()}


async def _body(receive: Receive) -> bytes | None:
    """Return the body, None when it is too long."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return body


async def _send(send: Send, status: int, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
