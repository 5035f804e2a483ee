"""Problem details are the same whoever refuses: REST, what answers before Django, and the actions behind both."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from console.errors import Invalid, Refused, Unavailable
from console.rest.handler import problem
from console.rest.parsers import JsonParser
from console.rest.problem import Refusal, problem_of_error

PREVIEW = "/api/v1/placement/preview"


@pytest.mark.parametrize(("extra", "status"), [(0, 404), (1, 413)])
def test_a_body_is_read_up_to_the_limit(signed_in, settings, extra, status):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 200
    body = b'{"region": "nowhere", "most_sites": 1}'.ljust(200 + extra)
    answer = signed_in("viewer").post(PREVIEW, body, content_type="application/json")
    assert answer.status_code == status


def test_a_caller_is_told_how_long_a_body_may_be(signed_in, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = signed_in("viewer").post(PREVIEW, b'{"region": "x"}', content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (413, "body: expected at most 10 bytes")


async def answered(refusal: Refusal, path: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """Return what a refusal sends before Django sees the request."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    await refusal.answer({"path": path}, send)
    return messages[0]["status"], dict(messages[0]["headers"]), messages[1]["body"]


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [(Refused("no"), 409, None), (Unavailable("Redis is away", 7), 503, "7"), (Unavailable("无"), 503, "2")],
)
async def test_an_error_is_told_in_the_same_bytes_with_and_without_django(error, status, retry_after):
    rest = problem(error, {})
    number, headers, body = await answered(Refusal.of(error), "/api/v1/reports")
    assert (number, rest.status_code) == (status, status)
    assert body == JSONRenderer().render(rest.data) == problem_of_error(error).json
    assert headers[b"content-type"] == rest.content_type.encode() == b"application/problem+json"
    assert rest.get("Retry-After") == retry_after
    assert headers.get(b"retry-after", b"").decode() == (retry_after or "")


async def test_people_are_refused_with_a_page_and_programs_with_problem_details():
    refusal = Refusal(413, "Content too large", "body: <9>", is_last=True, members={"most": 3})
    _, headers, body = await answered(refusal, "/login")
    assert headers[b"content-type"].startswith(b"text/html")
    assert b"body: &lt;9&gt;" in body
    _, headers, body = await answered(refusal, "/api/v1/sites")
    assert headers[b"connection"] == b"close"
    assert json.loads(body) == {
        "type": "about:blank", "title": "Content too large", "status": 413, "detail": "body: <9>", "most": 3,
    }  # fmt: skip


@dataclass(frozen=True)
class Wrong:
    field: str
    value: object
    expected: str


def test_values_that_an_action_cannot_take_are_a_400_field_by_field():
    """As they were sent; what the action found by itself, as it says. No secret is repeated."""
    error = Invalid([
        Wrong("key", "of whatever kind", "a slug"), Wrong("key", "", "of a site"), Wrong("site", "oa-9", "a new slug"),
        Wrong("token", "secret", "another one"), Wrong("host", "", "a host"),
    ])  # fmt: skip
    request = Request(APIRequestFactory().post("/", {"key": "x"}, format="json"), parsers=[JsonParser()])
    answer = problem(error, {"request": request})
    assert (answer.status_code, answer.data["detail"]) == (400, "5 problem(s)")
    assert answer.data["errors"] == [
        {"field": "key", "value": "x", "expected": "a slug"},
        {"field": "key", "value": "x", "expected": "of a site"},
        {"field": "site", "value": "oa-9", "expected": "a new slug"},
        {"field": "token", "value": None, "expected": "another one"},
        {"field": "host", "value": None, "expected": "a host"},
    ]
