"""What holds for every page and every REST answer: nothing private is stored on the way, nothing unreadable gets in."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import parse_header_parameters

from console.rest.problem import PROBLEM_JSON, field_error, invalid_input

Respond = Callable[[HttpRequest], HttpResponseBase]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
MOST_TYPE = 1_000
CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")


class NotStored:
    """Answers are kept by nobody, browsers included, unless they say themselves who may keep them and for how long."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add what the answer does not say."""
        answer = self.get_response(request)
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer


def readable(application: Application) -> Application:
    """Wrap the WSGI application; refuse what no part of Loft could read or store.

    That is a NUL in path or query, and a body in another charset than UTF-8, over which Django fails while it makes its
    request, so before any middleware of its own.
    """

    def guarded(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        wrong = _wrong(environ)
        if not wrong:
            return application(environ, start_response)
        body = invalid_input(field_error(*error) for error in wrong).json
        headers = [("Content-Type", PROBLEM_JSON), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response("400 Bad Request", headers)
        return [body]

    return guarded


def _wrong(environ: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return field, value and what was expected of each."""
    wrong = []
    for field, text in (("path", environ.get("PATH_INFO", "")), ("query", unquote(environ.get("QUERY_STRING", "")))):
        if "\0" in text:
            wrong.append((field, text, f"a {field} without NUL"))
    _, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", "")[:MOST_TYPE])
    charset = parameters.get("charset", "utf-8")
    if charset.strip("\"'").lower() not in CHARSETS:
        wrong.append(("Content-Type", f"charset={charset}", "charset=utf-8"))
    return wrong
