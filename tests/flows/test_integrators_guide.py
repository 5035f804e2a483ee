"""The integrators' guide is true: each of its shell examples runs against a real Loft and answers what it says."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.stack import Stack
from tests.waiting import wait_until

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "integrators.md"
# what deletes a named drone or machine is fenced as `bash`: tests/airspace/ownership/test_removal.py tries it
EXAMPLES = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def alarm(stack: Stack) -> Iterator[None]:
    """An alarm on record, for the examples that speak of one."""
    stack.manage("fault", "inject", "bs-012", "--kind", "down", "--for", "300")
    with closing(stack.signed_in("viewer")) as caller:
        wait_until(lambda: caller.get("/api/v1/alarms?limit=1").json()["count"], "an alarm is on record")
    yield
    stack.manage("fault", "clear", "bs-012")


@pytest.fixture(scope="module")
def token(stack: Stack) -> str:
    """A key that may do everything the guide shows."""
    names = ("reports:write", "telemetry:write", "models:infer", "inventory:write", "equipment:push",
             "alarms:write", "alarms:hold", "sla:write", "read")  # fmt: skip
    scopes = [word for scope in names for word in ("--scope", scope)]
    return stack.manage("apikey", "create", f"guide {datetime.now(UTC):%H%M%S}", *scopes).strip().splitlines()[-1]


@pytest.mark.parametrize("example", EXAMPLES, ids=[text.strip().splitlines()[-1][-60:] for text in EXAMPLES])
def test_the_example_runs_and_answers_json(stack: Stack, token: str, example: str, tmp_path: Path):
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", example], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60,
        env={**stack.environment, "LOFT_URL": stack.url, "LOFT_KEY": token},
    )  # fmt: skip
    assert done.returncode == 0, f"{example}\n{done.stdout}\n{done.stderr}"
    rest = done.stdout.strip()
    while rest:  # an example of several calls prints several answers
        _, end = json.JSONDecoder().raw_decode(rest)
        rest = rest[end:].lstrip()


def test_the_guide_shows_reports_readings_and_inference():
    text = "".join(EXAMPLES)
    assert all(path in text for path in ("/api/v1/reports", "/readings", "/api/v1/jobs"))
