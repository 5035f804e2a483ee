"""Whatever a stranger's body holds is answered, at every address that takes one; nothing is left to a 500."""

import json
from io import BytesIO

import pytest
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.test import APIClient
from rest_framework.views import APIView

from console.models import Person
from console.rest.handler import problem
from console.rest.parsers import JsonParser
from tests.endpoints import Endpoint, endpoints

pytestmark = pytest.mark.slow
DEEP_LIST, DEEP_OBJECT = b"[" * 1_000 + b"]" * 1_000, b'{"a":' * 1_000 + b"1" + b"}" * 1_000
REFUSED = {
    "a deep list": (DEEP_LIST, "line 1, column 33: nested more than 32 deep"),
    "a deep object": (DEEP_OBJECT, "line 1, column 161: nested more than 32 deep"),
    "a list that never ends": (b"[" * 100_000, "line 1, column 33: nested more than 32 deep"),
    "depth behind brackets in texts": (
        b'["]",' * 40 + b"1" + b"]" * 40,
        "line 1, column 161: nested more than 32 deep",
    ),
    "a number of 5,000 digits": (b'{"a": ' + b"9" * 5_000 + b"}", "line 1, column 7: a number of 5000 digits"),
    "a number that no float holds": (b'{"a": ' + b"9" * 301 + b"}", "a number of 301 digits; expected at most 300"),
    "an exponent that no float holds": (b'{"a": 1e999}', "number out of range"),
    "NaN": (b'{"a": NaN}', "line 1, column 7: NaN is no JSON number"),
    "Infinity": (b'{"a": -Infinity}', "Infinity is no JSON number"),
    "half of a surrogate pair": (b'{"a": "\\ud800"}', "line 1, column 8: half of a surrogate pair"),
    "the other half": (b'{"a": "\\ud83d\\ude00 \\ude00"}', "line 1, column 21: half of a surrogate pair"),
    "a byte that is not UTF-8": (b'{"a":\n "\xff"}', "line 2, column 3: the byte 0xFF is not UTF-8"),
    "half a pair as bytes": (b'"\xed\xa0\x80"', "the byte 0xED is not UTF-8"),
    "a mark": (b"\xef\xbb\xbf{}", "begins with a byte order mark of UTF-8; expected UTF-8 without one"),
    "UTF-16": ("{}".encode("utf-16"), "begins with a byte order mark of UTF-16"),
    "no value": (b" ", "input data was truncated"),
    "two values": (b"{} {}", "line 1, column 5: trailing characters"),
}
ODD = {
    "null": b"null", "a number": b"3", "a text": b'"x"', "a list": b"[]", "a list of lists": b"[[], {}, null, 1]",
    "an empty object": b"{}", "a null character": b'{"a": "\\u0000"}', "a long name": b'{"' + b"a" * 100_000 + b'": 1}',
    "many names": json.dumps(dict.fromkeys(map(str, range(5_000)))).encode(), "nothing": b"",
}  # fmt: skip
QUERY = "?region=x&height_m=100&value=sinr"  # where a map is asked for, that is judged before the body
WRITES = ("POST", "PUT", "PATCH")
CALLS = [(endpoint, method) for endpoint in endpoints() for method in WRITES if endpoint.takes(method)]
REST = [(endpoint, method) for endpoint, method in CALLS if issubclass(endpoint.view, APIView)]


def name_of(value: object) -> str:
    return f"{value.route}" if isinstance(value, Endpoint) else str(value)


@pytest.fixture
def everybody(roles) -> APIClient:
    """Signed in as someone who may do everything."""
    caller = APIClient(raise_request_exception=False)
    caller.force_login(Person.objects.create_superuser("root", password="a long test password"))
    return caller


def send(caller, method: str, path: str, body: bytes, content_type="application/json"):
    return caller.generic(method, path, body, content_type=content_type)


def test_the_addresses_that_take_a_body_are_found():
    assert len(REST) >= 35
    assert {endpoint.route for endpoint, _ in REST} >= {"api/v1/jobs", "api/v1/alarms/acknowledge"}


@pytest.mark.once  # it is refused before anything is asked
@pytest.mark.parametrize(("endpoint", "method"), REST, ids=name_of)
def test_every_endpoint_refuses_what_is_no_json_it_takes(everybody, endpoint, method):
    for name, (body, says) in REFUSED.items():
        answer = send(everybody, method, endpoint.path() + QUERY, body)
        assert answer.status_code in (400, 404, 405, 415), (name, answer.status_code, answer.content[:300])
        if answer.status_code == 400:
            assert answer["Content-Type"] == "application/problem+json", name
            assert says in answer.content.decode(), name


@pytest.mark.parametrize(("endpoint", "method"), CALLS, ids=name_of)
def test_every_endpoint_answers_a_value_it_did_not_expect(everybody, endpoint, method):
    for name, body in ODD.items():
        answer = send(everybody, method, endpoint.path(), body)
        assert answer.status_code < 500, (name, answer.content[:300])


@pytest.mark.once
@pytest.mark.parametrize(("endpoint", "method"), CALLS, ids=name_of)
def test_every_endpoint_answers_a_form_it_did_not_expect(everybody, endpoint, method):
    for body in (b"a=1&" * 2_000, b"a" * 10_000, b"%ff%00=%ff%00", b"&" * 10_000):
        answer = send(everybody, method, endpoint.path(), body, "application/x-www-form-urlencoded")
        assert answer.status_code < 500, answer.content[:300]


def test_no_view_reads_json_by_another_parser():
    """A view that found nothing at a sample's address answers 404 before it reads, so the parsers are looked at too."""
    for endpoint, _ in REST:
        for parser in endpoint.view.parser_classes:
            assert not issubclass(parser, JSONParser) or issubclass(parser, JsonParser), endpoint.route
            assert issubclass(parser, BaseParser)


@pytest.mark.parametrize("name", REFUSED)
def test_the_parser_names_the_place_and_what_was_expected(name):
    body, says = REFUSED[name]
    with pytest.raises(ParseError) as caught:
        JsonParser().parse(BytesIO(body))
    assert says in str(caught.value)
    assert "expected JSON in UTF-8, nested at most 32 deep" in str(caught.value)


def test_what_stands_in_texts_counts_neither_as_depth_nor_as_digits():
    fields = {"note": "[" * 500, "number": "9" * 500, "quote": '"[' * 50, "pair": "\U0001f600", "slash": "\\" * 9}
    assert JsonParser().parse(BytesIO(json.dumps(fields).encode())) == fields
    nested = json.loads("[" * 32 + "]" * 32)
    assert JsonParser().parse(BytesIO(json.dumps(nested).encode())) == nested


def test_a_body_longer_than_it_says_is_read_up_to_the_limit(settings):
    from django.core.exceptions import RequestDataTooBig

    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    stream = BytesIO(b" " * 10_000)
    with pytest.raises(RequestDataTooBig):
        JsonParser().parse(stream)
    assert stream.tell() == 101


def test_a_recursion_that_nobody_foresaw_is_a_400_and_is_logged(caplog):
    answer = problem(RecursionError("maximum recursion depth exceeded"), {})
    assert (answer.status_code, answer.data["detail"]) == (400, "body: expected JSON nested at most 32 deep")
    assert "nested too deep" in caplog.text


def test_too_many_parameters_are_a_problem_too(everybody):
    answer = everybody.get("/api/v1/sites?" + "a=1&" * 2_000)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
