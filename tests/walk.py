"""A walk over every address of the installation as somebody, and what of each answer stays the same between walks."""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpResponseBase
from rest_framework.test import APIClient

from tests.described import description
from tests.endpoints import routes, untaken
from tests.two_organisations import ALPHA, BRAVO, GHOST, Mark

_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_VOLATILE = re.compile(
    r'(name="csrfmiddlewaretoken" value="|csrf[-_]token"? content="|nonce="|"csrf": ")[^"]*"|[0-9a-f-]{36}(?=_request)'
)
_SAID_BY_NAME = {"kind": "sites"}
"""Parameters of an address that are no row's key."""
WRITES = ("POST", "PUT", "PATCH", "DELETE")
Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Write:
    """One write: `is_foreign` when its address names another's row."""

    method: str
    address: str
    query: dict[str, str]
    body: Any
    is_foreign: bool


def filled(route: str, *marks: Mark) -> str:
    """Return an address; its parameters are keys of the marks' rows, one mark for each and the last for all others."""
    by_turns = itertools.chain(marks, itertools.repeat(marks[-1]))
    return _PARAMETER.sub(lambda match: _SAID_BY_NAME.get(match[2]) or _key(match[1], next(by_turns)), route)


def _key(converter: str | None, mark: Mark) -> str:
    keys = {"int": str(mark.number), "uuid": str(mark.uuid), "link": f"{mark.word}~{mark.word}2"}
    return keys.get(converter or "str", mark.word)


def addresses_of(route: str, mark: Mark) -> list[str]:
    """Return the addresses under which a foreign row may be asked for, those under one's own row too."""
    count = sum(name not in _SAID_BY_NAME for _, name in _PARAMETER.findall(route))
    mixed = [filled(route, ALPHA, mark), filled(route, mark, ALPHA)] if count > 1 else []
    return [filled(route, mark), *mixed] if count else []


class Described:
    """What the description of the API says of each address: its query parameters and bodies."""

    def __init__(self) -> None:
        self._schema: Any = description()
        self._paths = {_bare(path): operations for path, operations in self._schema["paths"].items()}

    def queries(self, route: str, mark: Mark, method: str = "get") -> Iterator[dict[str, str]]:
        """Yield queries of which one parameter names a row of the mark; what else is required names one's own."""
        given = self._parameters(route, method)
        for base in self._bases([parameter for parameter in given if parameter.get("required")]):
            for parameter in given:
                if value := self._value(parameter["schema"], parameter["name"], mark):
                    yield {**base, parameter["name"]: value}

    def plain(self, route: str) -> list[dict[str, str]]:
        """Return queries that have what is required, of one's own."""
        return self._bases([parameter for parameter in self._parameters(route) if parameter.get("required")])

    def choices(self, route: str, now: str) -> Iterator[dict[str, str]]:
        """Yield queries with each word, truth or time that a parameter may be besides."""
        for parameter, base in itertools.product(self._parameters(route), self.plain(route)):
            kind = self._resolved(parameter["schema"].get("items", parameter["schema"]))
            words = ["true", "false"] if kind.get("type") == "boolean" else kind.get("enum", [])
            for word in [now] if kind.get("format") == "date-time" else words:
                yield {**base, parameter["name"]: str(word)}

    def _parameters(self, route: str, method: str = "get") -> list[Any]:
        operation = self._paths.get(_bare(route), {}).get(method, {})
        return [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "query"]

    def body(self, route: str, method: str, mark: Mark) -> Any:
        """Return a body that the description allows, in which every key and text is of the mark."""
        operation = self._paths.get(_bare(route), {}).get(method.lower(), {})
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        return self._sample(content.get("schema", {}), "", mark) if content else {}

    def _bases(self, needed: list[Any]) -> list[dict[str, str]]:
        choices = [self._choices(parameter["schema"], parameter["name"]) for parameter in needed]
        names = [parameter["name"] for parameter in needed]
        return [dict(zip(names, values, strict=True)) for values in itertools.product(*choices)]

    def _choices(self, schema: Any, name: str) -> list[str]:
        """Return what a required parameter may be: each kind of subject, else one value."""
        values = self._resolved(schema).get("enum", [self._value(schema, name, ALPHA) or "29"])
        return [str(value) for value in (values if name == "kind" else values[:1])]

    def _value(self, schema: Any, name: str, mark: Mark) -> str | None:
        """Return a key of the mark for a parameter; None for what names nothing."""
        schema = self._resolved(schema.get("items", schema))
        kind, form = schema.get("type"), schema.get("format")
        if name in ("limit", "offset", "ordering", "format") or "enum" in schema or form in ("date-time", "date"):
            return None
        if form == "uuid":
            return str(mark.uuid)
        by_kind = {"integer": str(mark.number), "string": mark.word}  # a number is a measure, and no row's key
        return str(mark.number) if name == "id" else by_kind.get(str(kind))

    def _resolved(self, schema: Any) -> Any:
        while "$ref" in schema or "allOf" in schema or "oneOf" in schema:
            schema = (schema.get("allOf") or schema.get("oneOf") or [schema])[0] if "$ref" not in schema else schema
            if "$ref" in schema:
                schema = self._schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _sample(self, schema: Any, name: str, mark: Mark) -> Any:
        schema = self._resolved(schema)
        if "enum" in schema:
            return schema["enum"][0]
        kind, form = schema.get("type"), schema.get("format")
        if kind == "object":
            return {
                key: self._sample(parameter, key, mark)
                for key, parameter in schema.get("properties", {}).items()
                if not parameter.get("readOnly")
            }
        if kind == "array":
            return [self._sample(schema.get("items", {}), name, mark)]
        by_form = {"date-time": "2030-01-01T00:00:00Z", "date": "2030-01-01", "uuid": str(mark.uuid)}
        if name in ("region", "site", "a", "b"):
            return f"{ALPHA.word}2" if name == "b" else ALPHA.word
        by_kind = {"integer": mark.number, "number": 0.5, "boolean": False, "string": by_form.get(form, mark.word)}
        return by_kind.get(kind, mark.word)


def _bare(path: str) -> str:
    return re.sub(r"<[^>]*>|\{[^}]*\}", "{}", path)


def text_of(answer: HttpResponseBase) -> str:
    """Return all that an answer tells: its status, headers and body, without what differs each time."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    headers = {
        name: value
        for name, value in answer.items()
        if name not in ("Content-Length", "Server-Timing", "Expires", "Date")
    }
    text = f"{answer.status_code} {json.dumps(headers, sort_keys=True)}\n{body.decode(errors='replace')}"
    return _VOLATILE.sub("", text)


def plain_answers(caller: APIClient, described: Described) -> Iterator[tuple[str, str]]:
    """Yield every address with what it answers about one's own rows and lists."""
    for route in routes():
        for query in described.plain(route):
            yield f"{filled(route, ALPHA)} {query}", text_of(caller.get(filled(route, ALPHA), query))


def plain_walk(caller: APIClient, described: Described) -> dict[str, str]:
    """Return what every address answers about one's own rows and lists."""
    return dict(plain_answers(caller, described))


def thorough_walk(caller: APIClient, described: Described, now: str) -> dict[str, str]:
    """Return that, and what is answered as CSV and to each choice that a parameter offers."""
    answers = plain_walk(caller, described)
    for route in routes():
        address = filled(route, ALPHA)
        if answers[f"{address} {described.plain(route)[0]}"].startswith("200") and address.startswith("/api/v1/"):
            tables = [query | {"format": "csv"} for query in described.plain(route)]
            for query in [*tables, *described.choices(route, now)]:
                answers[f"{address} {query}"] = text_of(caller.get(address, query))
    return answers


def foreign_walk(caller: APIClient, described: Described) -> Iterator[tuple[str, str, str]]:
    """Yield addresses that name a competitor's row, the answer, and what is answered of a row that nobody has."""
    for route in routes():
        for address, nowhere in zip(addresses_of(route, BRAVO), addresses_of(route, GHOST), strict=True):
            for query in described.plain(route):
                yield f"{address} {query}", text_of(caller.get(address, query)), text_of(caller.get(nowhere, query))
        pairs = zip(described.queries(route, BRAVO), described.queries(route, GHOST), strict=True)
        for query, nothing in pairs:
            address = filled(route, ALPHA)
            yield f"{address} {query}", text_of(caller.get(address, query)), text_of(caller.get(address, nothing))


def writes(described: Described, mark: Mark) -> Iterator[Write]:
    """Yield every write that names rows of the mark, in its address or in query and body.

    Where nobody takes a method one foreign address is enough.
    """
    refused = untaken(WRITES)
    for route, method in itertools.product(routes(), WRITES):
        body, is_refused = described.body(route, method, mark), (route, method) in refused
        for address in addresses_of(route, mark)[: 1 if is_refused else None]:
            yield Write(method, address, {}, body, is_foreign=True)
        if is_refused:
            continue
        for query in [{}, *described.queries(route, mark, method.lower())]:
            yield Write(method, filled(route, ALPHA), query, body, is_foreign=False)


def send(caller: APIClient, write: Write, look: Callable[[bool], Seen]) -> tuple[HttpResponseBase, Seen]:
    """Return the answer to a write, and what is seen after it; nothing stays written, the caller stays signed in."""
    cookies = caller.cookies.copy()
    with transaction.atomic():
        answer: HttpResponseBase = caller.generic(
            write.method, f"{write.address}?{urlencode(write.query)}", json.dumps(write.body), "application/json"
        )
        seen = look(answer.status_code < 400)
        transaction.set_rollback(True)
    caller.cookies = cookies
    return answer, seen
