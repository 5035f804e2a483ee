"""What is refused before Django sees it: problem details for programs, a short page for people."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from html import escape
from typing import Any

from console.quota.counters import OverQuota
from console.rest.limits import is_page

PROBLEM_JSON = "application/problem+json"
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_PAGE = (
    '<!doctype html><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{detail}</p>'
    '<p>请求未被接受（{status}）。</p><p><a href="/">Loft</a></p>'
)


class Refusal(Exception):  # noqa: N818  it reads as what it is
    """An answer that needs no thread. `is_last` closes the connection, for the rest of the request is not read."""

    def __init__(
        self, status: int, title: str, detail: str, *, retry_after_s: int | None = None, is_last: bool = False,
        members: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.status, self.title = status, title
        self.members, self.headers = members or {}, headers or {}
        self.retry_after_s, self.is_last = retry_after_s, is_last

    @property
    def problem(self) -> dict[str, Any]:
        """The problem details (RFC 9457)."""
        return {"type": "about:blank", "title": self.title, "status": self.status, "detail": str(self), **self.members}

    async def answer(self, scope: Message, send: Send) -> None:
        """Send it, in the form that the path's callers read."""
        if is_page(scope["path"]):
            words = {"title": self.title, "detail": str(self), "status": self.status}
            body = _PAGE.format(**{name: escape(str(word)) for name, word in words.items()}).encode()
            headers = [(b"content-type", b"text/html; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
        else:
            body = json.dumps(self.problem, ensure_ascii=False).encode()
            headers = [(b"content-type", PROBLEM_JSON.encode())]
        headers += [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
        headers += [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        if self.retry_after_s is not None:
            headers.append((b"retry-after", str(self.retry_after_s).encode()))
        if self.is_last:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def over_quota(reason: OverQuota) -> Refusal:
    """Return the refusal of who has used up a quota."""
    return Refusal(429, "Quota used up", str(reason), members=reason.members, headers=reason.headers)


def too_large(given: int, most_bytes: int, *, is_last: bool = False) -> Refusal:
    """Return the refusal of a body over its limit."""
    detail = f"body: {given} bytes given; expected at most {most_bytes}"
    return Refusal(413, "Content too large", detail, is_last=is_last)
