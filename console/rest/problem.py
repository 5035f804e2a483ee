"""How a refusal looks, whoever refuses: problem details (RFC 9457) for programs, a short page for people.

Used by REST (`console.rest.handler`), by what answers before Django (`Refusal`) and by pages alike.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Self

import msgspec

from console.database import Absence
from console.errors import Refused, Unavailable
from console.quota.counters import OverQuota
from console.rest.limits import is_page

PROBLEM_JSON = "application/problem+json"
MAX_VALUE_SHOWN = 200
MAX_WHOLE_SHOWN = 2**63 - 1  # what readers of JSON and the database take for a whole number
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_PAGE = (
    '<!doctype html><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{detail}</p>'
    '<p>请求未被接受（{status}）。</p><p><a href="/">Loft</a></p>'
)


@dataclass(frozen=True)
class Problem:
    """An answer other than success. `members` are what the details say beyond title and text."""

    status: int
    title: str
    detail: str
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """The problem details."""
        return {
            "type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail, **self.members,
        }  # fmt: skip

    @property
    def json(self) -> bytes:
        """The problem details as they are sent."""
        return msgspec.json.encode(self.body)


def problem_of_error(error: Refused | Unavailable | OverQuota) -> Problem:
    """Return how an error of ours is told."""
    if isinstance(error, OverQuota):
        return Problem(429, "Quota used up", str(error), error.members, error.headers)
    if isinstance(error, Unavailable):
        return Problem(503, "Unavailable", str(error), headers={"Retry-After": str(error.retry_after_s)})
    return Problem(409, "Refused", str(error))


def problem_of_absence(absence: Absence) -> Problem:
    """Return how it is told that the database cannot answer: `database` says why, `since` when that was met first."""
    members = {"database": absence.condition.value, "since": absence.since.isoformat()}
    return Problem(503, "Unavailable", absence.sentence, members, {"Retry-After": str(absence.retry_after_s)})


def invalid_input(errors: Iterable[Mapping[str, Any]], status: int = 400) -> Problem:
    """Return the problem of values that cannot be taken, each as `field_error` tells it."""
    listed = list(errors)
    return Problem(status, "Invalid input", f"{len(listed)} problem(s)", {"errors": listed})


def field_error(name: str, value: Any, expected: str) -> dict[str, Any]:
    """Return what is wrong with one field, its value as far as an answer repeats it."""
    return {"field": shown(name), "value": shown(value), "expected": expected}


def shown(value: Any) -> Any:
    """Return a value as an error may repeat it: short, and never a whole body."""
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= MAX_WHOLE_SHOWN):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    text = str(value).encode(errors="replace").decode().replace("\0", "\ufffd")  # neither sent nor stored, these two
    return text if len(text) <= MAX_VALUE_SHOWN else text[:MAX_VALUE_SHOWN] + "…"


class Refusal(Exception):  # noqa: N818  it reads as what it is
    """A problem answered without a thread. `is_last` closes the connection, for the rest of the request is not read."""

    def __init__(
        self, status: int, title: str, detail: str, *, retry_after_s: int | None = None, is_last: bool = False,
        members: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        later = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        self.problem = Problem(status, title, detail, members or {}, {**(headers or {}), **later})
        self.is_last = is_last

    @classmethod
    def of(cls, error: Refused | Unavailable | OverQuota) -> Self:
        """Return the refusal that an error of ours is."""
        problem = problem_of_error(error)
        return cls(problem.status, problem.title, problem.detail, members=problem.members, headers=problem.headers)

    async def answer(self, scope: Message, send: Send) -> None:
        """Send it, in the form that the path's callers read."""
        problem = self.problem
        if is_page(scope["path"]):
            words = {"title": problem.title, "detail": problem.detail, "status": problem.status}
            body = _PAGE.format(**{name: escape(str(word)) for name, word in words.items()}).encode()
            headers = [(b"content-type", b"text/html; charset=utf-8"), (b"x-content-type-options", b"nosniff")]
        else:
            body, headers = problem.json, [(b"content-type", PROBLEM_JSON.encode())]
        headers += [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
        headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
        if self.is_last:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": problem.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def too_large(given: int, most_bytes: int, *, is_last: bool = False) -> Refusal:
    """Return the refusal of a body over its limit."""
    detail = f"body: {given} bytes given; expected at most {most_bytes}"
    return Refusal(413, "Content too large", detail, is_last=is_last)
