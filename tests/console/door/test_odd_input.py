"""Whatever a header, a cookie, a query, a path or a body holds, the answer is no 500: every URL of the resolver is asked."""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from urllib.parse import quote

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from console.wsgi import application
from tests.described import description

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ODD_TIMES = [
    "0001-01-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59", "2026-06-01T12:00:00+99:99",
    "2026-06-01T12:00:00[Mars/Olympus]", "-0001-01-01T00:00:00Z", "１９９９-01-01", "9" * 40, "1e400", "NaN",
]  # fmt: skip
ODD_WORDS = [
    "\ud800",
    "9" * 30,
    "1e309",
    "x\0y",
    "\udfff",
    "%zz",
    "-1",
    "9" * 5000,
    "../../etc/passwd",
    "'\"--",
    "🚁" * 300,
]
ODD_HEADERS = [
    {"CONTENT_TYPE": "application/json; charset=rot13"},
    {"CONTENT_TYPE": "application/json; charset=utf-16"},
    {"CONTENT_TYPE": "application/json; charset=\udcff"},
    {"CONTENT_TYPE": "application/json; charset=" + "x" * 3000},
    {"CONTENT_TYPE": "multipart/form-data"},
    {"CONTENT_TYPE": "multipart/form-data; boundary=\xff"},
    {"CONTENT_TYPE": ";;;"},
    {"CONTENT_LENGTH": "a lot"},
    {"CONTENT_LENGTH": "-5"},
    {"HTTP_ACCEPT_LANGUAGE": "zh-" + "a" * 20_000},
    {"HTTP_ACCEPT_LANGUAGE": "\xff,;q=x,*;q=9e999"},
    {"HTTP_ACCEPT": "*/*;;;,\xff/x; q=nan"},
    {"HTTP_IF_NONE_MATCH": '\xff"' * 500},
    {"HTTP_IF_MODIFIED_SINCE": "Mon, 99 Foo 0000 99:99:99 GMT"},
    {"HTTP_COOKIE": 'sessionid="\\000abcdefgh"; csrftoken="\\000"; django_language="\\000"'},
    {"HTTP_COOKIE": "sessionid=" + "é" * 32 + "; django_language=../../x; loft-browser=:::"},
    {"HTTP_COOKIE": "django_language=" + "z" * 4000},
    {"HTTP_AUTHORIZATION": "Bearer loft_\0_x"},
    {"HTTP_AUTHORIZATION": "Bearer loft_\xff\xfe_x"},
    {"HTTP_AUTHORIZATION": "Basic \xff"},
    {"HTTP_HOST": "a b\xff"},
    {"HTTP_HOST": "[::1"},
    {"HTTP_ORIGIN": "https://[\xff"},
    {"HTTP_REFERER": "http://[\xff"},
    {"HTTP_X_FORWARDED_FOR": "\xff, ' OR 1=1"},
    {"QUERY_STRING": "a=%00"},
    {"QUERY_STRING": "%ff%fe=%ed%a0%80"},
    {"QUERY_STRING": "&".join(f"a{number}=1" for number in range(1_100))},
]


ODD_PLACES = [("9" * 30, "9" * 300), ("9" * 4_500, "%00"), ("0", "%ed%a0%80"), ("1", "%ff")]
ON_POSTGRESQL = connection.vendor == "postgresql"
"""There only what one database takes otherwise than another is sent again."""
DATABASE_WORDS = {"\ud800", "9" * 30, "x\0y"}
DATABASE_TIMES = set(ODD_TIMES[:3])
ODDEST = [{"HTTP_COOKIE": 'sessionid="\\000abcdefgh"'}, {"QUERY_STRING": "a=%00"}]


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, route)
        else:
            yield route, pattern


def filled(route: str, number: str = "1", word: str = "x") -> str:
    route = re.sub(r"<int:\w+>", number, route)
    route = re.sub(r"<uuid:\w+>", "5c6ee4a1-6a43-4f60-93cf-5a7b7b3c2a51", route)
    return "/" + re.sub(r"<(?:\w+:)?\w+>", word, route).replace("^", "").replace("$", "").replace("\\Z", "")


ROUTES = sorted({route for route, _ in patterns(get_resolver())})
REST = [route for route in ROUTES if route.startswith("api/v1/")]


@cache
def described() -> dict[str, dict[str, set[str]]]:
    """Return, of every path in the OpenAPI description, names in its queries and bodies; and which of them are times."""
    schema = description()
    return {re.sub(r"\{\w+\}", "{}", path): _names(operations, schema) for path, operations in schema["paths"].items()}


def _names(operations, schema) -> dict[str, set[str]]:
    queries = [
        parameter
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    ]
    contents = [operation.get("requestBody", {}).get("content", {}) for operation in operations.values()]
    bodies = [content.get("application/json", {}).get("schema", {}) for content in contents]
    named = [schema["components"]["schemas"][body["$ref"].rpartition("/")[2]] for body in bodies if "$ref" in body]
    fields = {name: shape for row in named for name, shape in row.get("properties", {}).items()}
    return {
        "query": {query["name"] for query in queries},
        "body": set(fields),
        "times": {query["name"] for query in queries if "date" in query["schema"].get("format", "")}
        | {name for name, shape in fields.items() if "date" in str(shape)},
    }


def names_of(route: str, where: str) -> set[str]:
    """Return the names of a route in its "query" or "body", or those that are "times"."""
    return described().get("/" + re.sub(r"<[^>]+>", "{}", route), {}).get(where, set())


def given(route: str, where: str) -> Iterator[dict[str, str]]:
    """Yield what is asked of a route: each name alone with the oddest values, then all names together with every one."""
    times = names_of(route, "times")
    for name in sorted(names_of(route, where)) if where == "query" and not ON_POSTGRESQL else ():
        yield from ({name: value} for value in (ODD_TIMES if name in times else ODD_WORDS)[:3])
    for time, word in zip_longest(ODD_TIMES, ODD_WORDS, fillvalue=""):
        if ON_POSTGRESQL and time not in DATABASE_TIMES and word not in DATABASE_WORDS:
            continue
        yield {name: time if name in times else word for name in names_of(route, where)}


class Caller(APIClient):
    """Calls the WSGI application itself: what fails before Django has a request counts as well."""

    def request(self, **words):
        answered: list[str] = []
        environ = self._base_environ(**words)
        body = application(environ, lambda status, *_: answered.append(status))
        getattr(body, "close", lambda: None)()
        return int(answered[0].split()[0])


@pytest.fixture
def caller(person) -> Iterator[Caller]:
    """An administrator, for whom most is done; requests leave the connection of the test's transaction open."""
    made = Caller()
    made.force_login(person("administrator"))
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield made
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def failures(answers: Iterator[tuple[str, int]]) -> list[str]:
    return [text for text, status in answers if status >= 500 and status != 503]


def test_odd_headers_are_no_500_anywhere(caller):
    def asked():
        for number, route in enumerate(ROUTES):
            if "schema" in route or route == "api/":
                continue
            for header in ODD_HEADERS if number % 20 == 0 or route == "login" else ODD_HEADERS[:1] + ODDEST:
                if "CONTENT_TYPE" in header:
                    answer = caller.post(filled(route), "{}", content_type=header["CONTENT_TYPE"])
                else:
                    answer = (caller.post if "CONTENT_LENGTH" in header else caller.get)(filled(route), **header)
                yield f"{route} {header}"[:200], answer

    assert failures(asked()) == []


def test_odd_values_in_a_query_are_no_500_anywhere(caller):
    def asked():
        for route in REST:
            for values in given(route, "query"):
                text = "&".join(
                    f"{name}={quote(value.encode(errors='surrogatepass'))}" for name, value in values.items()
                )
                yield f"{route}?{values}"[:300], caller.get(f"{filled(route)}?{text}")

    assert failures(asked()) == []


def test_odd_values_in_a_body_are_no_500_anywhere(caller):
    def asked():
        for route in REST:
            names = names_of(route, "body")
            values = (10**40, {"\0": "\ud800"}) if ON_POSTGRESQL else (10**40, -(10**40), [[]], {"\0": "\ud800"})
            structures = [dict.fromkeys(names, value) for value in values]
            for values in (*given(route, "body"), *structures):
                for method in (caller.post, caller.patch) if names else ():
                    answer = method(filled(route), json.dumps(values), content_type="application/json")
                    yield f"{route} {values}"[:300], answer

    assert failures(asked()) == []


def test_overlong_numbers_and_odd_words_in_a_path_are_no_500_anywhere(caller):
    def asked():
        for route in ROUTES:
            for number, word in ODD_PLACES[:2] if ON_POSTGRESQL else ODD_PLACES:
                path = filled(route, number, word)
                yield f"{route} {number[:30]} {word[:30]}", caller.get(path)
                yield f"POST {route} {number[:30]} {word[:30]}", caller.post(path, {}, format="json")

    assert failures(asked()) == []
