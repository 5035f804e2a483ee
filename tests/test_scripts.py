"""The scripts of the pages: how wide and long they are, and that no comment takes one out of the checks."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
TESTS = sorted((ROOT / "tests" / "js").rglob("*.js"))
WIDE = {"airspace": 120, "console": 120, "industry": 70, "network": 660, "network/layers": 230}
"""Lines of more than 120 characters that a folder may still have; these numbers only fall."""


def wide(folder: str) -> list[str]:
    paths = (path for path in SCRIPTS if path.parent == ROOT / "static" / folder)
    return [line for path in paths for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 120]


@pytest.mark.parametrize("folder", sorted({str(path.parent.relative_to(ROOT / "static")) for path in SCRIPTS}))
def test_no_more_wide_lines_come_to_a_folder(folder):
    assert len(wide(folder)) <= WIDE[folder]


def test_scripts_have_at_most_250_lines():
    counts = {path.name: path.read_text(encoding="utf-8").count("\n") for path in SCRIPTS + TESTS}
    assert {name: count for name, count in counts.items() if count > 250} == {}


def test_what_scripts_import_is_there():
    for path in SCRIPTS + TESTS:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r'^(?:import|export) .*?from "(\.[^"]+)"', text, re.MULTILINE):
            assert "/vendor/" in name or (path.parent / name).is_file(), f"{path.name} imports {name}"


def test_no_script_is_taken_out_of_the_checks_by_a_comment():
    for path in SCRIPTS + TESTS:
        assert not re.search(r"@ts-(nocheck|ignore)|biome-ignore-all", path.read_text(encoding="utf-8")), path


def test_the_packages_that_check_scripts_are_pinned():
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["devDependencies"].values())
