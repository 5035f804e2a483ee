"""The OpenAPI description: complete, valid, and true to what the server does (schemathesis plays both sides)."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from console.access.scopes import grants
from console.actions.demo import KEYS
from console.rest.permissions import HasRight
from tests.described import description
from tests.endpoints import endpoints
from tests.stack import Stack


def test_the_description_is_public_and_names_the_raw_endpoint(stack: Stack):
    body = httpx.get(f"{stack.url}/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert body["openapi"].startswith("3.")
    posted = body["paths"]["/api/v1/reports"]["post"]
    assert {"202", "401", "403", "413", "429", "503"} <= set(posted["responses"])


def test_its_page_for_people_needs_nothing_from_elsewhere(stack: Stack):
    page = httpx.get(f"{stack.url}/api/")
    assert page.status_code == 200
    assert 'src="http' not in page.text
    assert 'href="http' not in page.text


@dataclass(frozen=True)
class Refused:
    """An operation whose view says that the factory's key may not do it, whatever is sent."""

    method: str
    address: str
    name: str


@pytest.fixture
def refused() -> list[Refused]:
    described = {_bare(path): operations for path, operations in description()["paths"].items()}
    held = frozenset(KEYS["demo-factory"][1])
    return [
        Refused(method.upper(), endpoint.path(), operation["operationId"])
        for endpoint in endpoints()
        for method, operation in described.get(_bare(f"/{endpoint.route}"), {}).items()
        if HasRight in getattr(endpoint.view, "permission_classes", ())
        and not ((scope := getattr(endpoint.view, "scopes", {}).get(method.upper())) and grants(held, scope))
    ]


def _bare(path: str) -> str:
    return re.sub(r"<[^>]*>|\{[^}]*\}", "{}", path)


def test_what_a_key_may_not_do_is_refused_before_anything_of_it_is_read(stack: Stack, refused):
    caller = stack.with_key("demo-factory")
    for row in refused:
        answer = caller.request(row.method, row.address, content=b"{", headers={"Content-Type": "application/json"})
        assert answer.status_code == 403, (row, answer.text)
        assert answer.headers["Content-Type"] == "application/problem+json", row
        assert answer.json()["status"] == 403, row
    assert len(refused) > 80


@pytest.mark.timeout(900)
def test_the_server_does_what_the_description_says(stack: Stack, tmp_path: Path, refused):
    """As far as the key's rights go: each of the others would be refused some dozens of times in the same words."""
    token = stack.secret("demo-factory.key")
    left_out = [word for row in refused for word in ("--exclude-operation-id", row.name)]
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"), "run", f"{stack.url}/api/schema",
            "--header", f"Authorization: Bearer {token}", "--phases", "examples,coverage",
            "--checks", "not_a_server_error,response_schema_conformance,content_type_conformance",
            "--suppress-health-check", "all", "--continue-on-failure", "--seed", "1", "--request-timeout", "20", *left_out,
        ],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=880,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.partition("= WARNINGS =")[0][-12_000:] + done.stderr[-2000:]
