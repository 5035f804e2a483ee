"""The OpenAPI description: complete, valid, and true to what the server does (schemathesis plays both sides)."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.stack import Stack


def test_the_description_is_public_and_names_the_raw_endpoint(stack: Stack):
    description = httpx.get(f"{stack.url}/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert description["openapi"].startswith("3.")
    posted = description["paths"]["/api/v1/reports"]["post"]
    assert {"202", "401", "403", "413", "429", "503"} <= set(posted["responses"])


def test_its_page_for_people_needs_nothing_from_elsewhere(stack: Stack):
    page = httpx.get(f"{stack.url}/api/")
    assert page.status_code == 200
    assert 'src="http' not in page.text
    assert 'href="http' not in page.text


@pytest.mark.timeout(900)
def test_the_server_does_what_the_description_says(stack: Stack, tmp_path: Path):
    token = stack.secret("demo-factory.key")
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"), "run", f"{stack.url}/api/schema",
            "--header", f"Authorization: Bearer {token}", "--phases", "examples,coverage",
            "--checks", "not_a_server_error,response_schema_conformance,content_type_conformance",
            "--suppress-health-check", "all", "--continue-on-failure", "--seed", "1", "--request-timeout", "20",
        ],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=880,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.partition("= WARNINGS =")[0][-12_000:] + done.stderr[-2000:]
