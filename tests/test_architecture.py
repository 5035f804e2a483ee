"""The house's rules that a reader cannot check at a glance: who may import whom, and who may know what.

Imports are the contracts of pyproject.toml, which `lint-imports` checks; here is that it notices.
"""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.sources import APPS, ROOT, sources

ENVIRONMENT_READERS = {"console/settings.py", "console/bench.py"}
"""A bench asks it for names alone: its installation must have none of the caller's settings."""
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
BREAKS = {
    "apps": [
        ("console/access/keys.py", "import network.kernels.measurement.loss"),
        ("industry/events.py", "def late():\n    from airspace.models import Drone"),
        ("airspace/feeds.py", "import tests.waiting"),
    ],
    "rooms": [
        ("network/kernels/measurement/loss.py", "from network.models import Site"),
        ("airspace/actions/ownership/claim.py", "import airspace.views"),
        ("industry/models/job.py", "def late():\n    import industry.actions.jobs.job"),
    ],
    "entrances": [("airspace/actions/ownership/claim.py", "from network.views import sites")],
    "kernels": [("industry/kernels/catalogue/risk.py", "import logging"), ("network/kernels/measurement/loss.py", "from django.db import models")],
    "subjects": [("network/actions/topology/path.py", "import network.actions.alarms.alarm")],
    "rest": [
        ("console/rest/parse.py", "from console.serializers.audit import AuditEntrySerializer"),
        ("console/serializers/audit.py", "def late():\n    import console.views.quotas"),
        ("console/actions/access/apikey.py", "import console.rest.problem"),
    ],
    "outside": [("network/emulator/places.py", "import network.models"), ("airspace/clients/fleet.py", "import console.access.keys")],
}  # fmt: skip
"""Lines that each contract has to refuse, by its id and where they stand."""


def linted(folder: Path) -> str:
    """Return what `lint-imports` says of the sources in a folder."""
    words = [str(Path(sys.executable).parent / "lint-imports"), "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> str:
    """What is said of a house in which each of the lines stands."""
    folder = tmp_path_factory.mktemp("house")
    for name in (*APPS, "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=lambda at, names: [
            name for name in names if not (Path(at) / name).is_dir() and not name.endswith(".py")
        ])  # fmt: skip
    for path, line in (pair for lines in BREAKS.values() for pair in lines):
        with (folder / path).open("a") as file:
            file.write(f"\n{line}\n")
    return linted(folder)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_a_contract_refuses_what_it_is_there_for(broken, contract):
    report = broken.partition("Broken contracts")[2].partition(f"\n{contract['name']}\n")[2]
    report = re.split(r"\n[^\n]+\n-{20,}\n", report.partition("\n")[2], maxsplit=1)[0]
    for path, _ in BREAKS[contract["id"]]:
        module = path.removesuffix(".py").replace("/", ".")
        is_of_packages = contract["type"] == "acyclic_siblings"  # it names where the cycle is, not the line
        assert (f"No cycles are allowed in {module.rsplit('.', 2)[0]}." if is_of_packages else module) in report, report


def test_every_contract_holds():
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in linted(ROOT)


def test_a_kernel_knows_no_clock():
    clocks = re.compile(r"datetime\.now|time\.time\(")
    assert [str(path) for path in sources() if "kernels" in path.parts and clocks.search(path.read_text())] == []


@pytest.mark.parametrize(
    ("call", "places"),
    [
        (r"\.is_valid\(", ["airspace/bench/baseline.py", "console/rest/filters.py", "console/rest/parse.py"]),
        (r"about:blank", ["console/rest/problem.py"]),
    ],
)
def test_requests_are_parsed_and_problems_written_in_one_place(call, places):
    """The baseline of a benchmark is what Loft does not do; a list's filters are django-filter's own form."""
    assert (
        sorted(str(source.relative_to(ROOT)) for source in sources() if re.search(call, source.read_text())) == places
    )


def test_what_a_process_has_one_of_is_made_by_one_thread():
    """A cache keeps tables of constants; what is made without arguments elsewhere is `once`."""
    kept = re.compile(r"^@(?:functools\.)?(?:lru_)?cache(?:\(.*\))?\n(?:async )?def \w+\(\)", re.MULTILINE)
    assert [
        name
        for source in sources()
        if "/kernels/" not in (name := str(source.relative_to(ROOT))) and kept.search(source.read_text())
    ] == []


def test_only_the_settings_read_the_environment():
    assert [
        f"{name}:{line}"
        for path in sources()
        if (name := str(path.relative_to(ROOT))) not in ENVIRONMENT_READERS
        for line in _environment_lines(path)
    ] == []


def _environment_lines(path: Path) -> list[int]:
    text = path.read_text()
    if "environ" not in text and "getenv" not in text:
        return []
    tree = ast.parse(text)
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and not _only_sets_default(tree, node)
    ]


def _only_sets_default(tree: ast.Module, node: ast.Attribute) -> bool:
    """Whether the environment is touched only to name the settings module, as every entrance of Django does."""
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "setdefault"
        and call.func.value is node
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value == "DJANGO_SETTINGS_MODULE"
        for call in ast.walk(tree)
    )


def test_the_top_level_holds_only_what_the_house_names():
    allowed = {
        "manage.py", "console", "industry", "airspace", "network", "static", "templates", "tests", "requirements.txt",
        "README.md", "Makefile", "pyproject.toml", "requirements-dev.txt", "package.json", "package-lock.json", "docs",
        "deploy", ".ci", ".gitignore", ".npmrc", "biome.jsonc", "tsconfig.json",
    }  # fmt: skip
    made = {".git", ".venv", ".loft", "node_modules", "test-results", ".pytest_cache", ".mypy_cache", ".ruff_cache",
            ".hypothesis", "__pycache__"}  # fmt: skip
    assert {path.name for path in ROOT.iterdir()} <= allowed | made
