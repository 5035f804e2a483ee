"""Every field of every body and every query parameter, as the description has them, takes odd values without a 500."""

import json
import random
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from console.models import Person
from network.models import Region, Site
from tests.conftest import NOON
from tests.described import description

pytestmark = pytest.mark.slow
ODD_JSON = [
    None, True, 0, -1, 1.5, 10**299, -(2**63) - 1, 1e308, "", " ", "\0", "NaN", "-inf", "9" * 5_000, "x" * 5_000, "=cmd()",
    "\U0001f600" * 300, [], {}, [[[[[]]]]], [None], [{}], {"a": {"b": []}}, ["x"] * 2_000, [10**299], ["\0"], "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59", "2026-06-01", "00000000-0000-0000-0000-000000000000", "here", [[0, 0], [1e308, 0]],
]  # fmt: skip
ODD_WORDS = [
    "", "\0", "x", "nan", "inf", "-1", "0", "1e999", "1e308", "9" * 400, "9" * 5_000, ",", "," * 3_000, "nan,nan,nan,nan", "1,2,3,4",
    "٣", "²", "x" * 5_000, "%", "'\"--", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "here", "\ud800".encode("utf-8", "surrogatepass"),
    "2026-06-01T12:00Z", "99999-01-01", "1970-01-01T00:00:00Z",
]  # fmt: skip
# What one database takes otherwise than another: all that is sent again on PostgreSQL, the first of them everywhere.
DATABASE_JSON = [
    "\0",
    -1,
    10**299,
    -(2**63) - 1,
    1e308,
    "NaN",
    "x" * 5_000,
    "0001-01-01T00:00:00+23:59",
    ["\0"],
    {"a": {"b": []}},
]
DATABASE_WORDS = [
    "\0",
    "nan",
    "1e308",
    "9" * 400,
    "x" * 5_000,
    "\ud800".encode("utf-8", "surrogatepass"),
    "%",
    "1970-01-01T00:00:00Z",
]
ENDS = ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")
WRITES = ("post", "put", "patch")


@pytest.fixture
def described() -> dict[str, Any]:
    return description()


@pytest.fixture
def everybody(roles) -> APIClient:
    """Signed in as someone who may do everything, where there are a region and two sites."""
    region = Region.objects.create(
        slug="here", name_en="Here", name_zh="此地", lat_deg=29, lon_deg=123.5, radius_m=30_000
    )
    for number, slug in enumerate(("x", "y")):
        Site.objects.create(
            region=region, slug=slug, kind="macro", name_en=slug, name_zh=slug, lat_deg=29.0 + number / 100, lon_deg=123.5, changed_at=NOON
        )  # fmt: skip
    caller = APIClient(raise_request_exception=False)
    caller.force_login(Person.objects.create_superuser("root", password="a long test password"))
    return caller


def at(path: str, operation: dict[str, Any]) -> str:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            kind = parameter["schema"]
            sample = "1" if kind.get("type") == "integer" else "x"
            path = path.replace(
                "{" + parameter["name"] + "}",
                "00000000-0000-4000-8000-000000000000" if kind.get("format") == "uuid" else sample,
            )
    return path


def resolved(described: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema or "allOf" in schema:
        name = schema["$ref"] if "$ref" in schema else schema["allOf"][0].get("$ref", "")
        if not name:
            return schema["allOf"][0]
        schema = described["components"]["schemas"][name.rpartition("/")[2]]
    return schema


def sample(described: dict[str, Any], schema: dict[str, Any], name: str = "") -> Any:  # noqa: PLR0911  one answer for each kind
    """Return a value that the description allows, so that what is odd about a body is one field of it."""
    schema = resolved(described, schema.get("oneOf", [schema])[0])
    if "enum" in schema:
        return schema["enum"][0]
    if name in ("region", "site", "a", "b", "source", "target"):
        return {"region": "here", "b": "y", "target": "y"}.get(name, "x")
    kind = schema.get("type")
    if kind == "object":
        return {key: sample(described, property_, key) for key, property_ in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(described, schema["items"])] * max(schema.get("minItems", 1), 1)
    if kind in ("number", "integer"):
        return min(max(schema.get("minimum", 1), 1), schema.get("maximum", 1_000))
    if kind == "boolean":
        return True
    return {"date-time": "2031-06-01T12:00:00Z", "uuid": "00000000-0000-4000-8000-000000000000"}.get(
        schema.get("format", ""), "x"
    )


def bodies(described: dict[str, Any]):
    for path, operations in described["paths"].items():
        for method in set(WRITES) & set(operations):
            content = operations[method].get("requestBody", {}).get("content", {})
            if path != "/api/v1/reports" and "application/json" in content:
                yield method, at(path, operations[method]), resolved(described, content["application/json"]["schema"])


def some(values: list[Any], of_databases: list[Any], *place: str) -> list[Any]:
    """Return a few of the values, others at each place, the same in each run."""
    chance = random.Random("/".join(place))
    if connection.vendor == "postgresql":
        return [of_databases[0], *chance.sample(of_databases[1:], 2)]
    return chance.sample(values, 7)


def test_no_odd_value_of_any_field_is_a_500(everybody, described):
    failed, count = [], 0
    for method, path, schema in bodies(described):
        whole = sample(described, schema)
        for name in whole if isinstance(whole, dict) else []:
            for value in some(ODD_JSON, DATABASE_JSON, method, path, name):
                body = json.dumps({**whole, name: value})
                answer = everybody.generic(
                    method.upper(), path + "?region=here&height_m=100&value=sinr", body, content_type="application/json"
                )
                count += 1
                if answer.status_code >= 500 and answer.status_code != 503:
                    failed.append((method, path, name, str(value)[:40]))
    assert failed == []
    assert count > 200


def test_no_odd_query_is_a_500(everybody, described):
    failed, count = [], 0
    for path, operations in described["paths"].items():
        if "get" not in operations or path == "/api/schema":
            continue
        wanted = [parameter for parameter in operations["get"].get("parameters", []) if parameter["in"] == "query"]
        usual = {
            entry["name"]: sample(described, entry["schema"], entry["name"])
            for entry in wanted
            if entry.get("required")
        }
        for row in wanted:
            for value in {
                *some(ODD_WORDS, DATABASE_WORDS, path, row["name"]),
                *(ENDS if row["schema"].get("format") == "date-time" else ()),
            }:
                answer = everybody.get(at(path, operations["get"]), {**usual, row["name"]: value})
                count += 1
                if answer.status_code >= 500 and answer.status_code != 503:
                    failed.append((path, row["name"], value[:40]))
    assert failed == []
    assert count > 200
