"""The scripts of the pages: how wide and long they are, and that no comment takes one out of the checks."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
TESTS = sorted((ROOT / "tests" / "js").rglob("*.js"))
WIDTH = 120
LEAST_OF_TEXT = 75
"""A text that is longer stands on a line of its own, which may be wider: translators' texts are never cut in pieces."""
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')


def is_too_wide(line: str) -> bool:
    longest = max((len(text) for text in TEXT.findall(line)), default=0)
    return len(line) > WIDTH and not (longest > LEAST_OF_TEXT and len(line) - longest <= WIDTH - LEAST_OF_TEXT)


@pytest.mark.parametrize("path", SCRIPTS + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_lines_of_scripts_have_at_most_120_characters_but_for_long_texts(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if is_too_wide(line)] == []


def test_scripts_have_at_most_250_lines():
    counts = {path.name: path.read_text(encoding="utf-8").count("\n") for path in SCRIPTS + TESTS}
    assert {name: count for name, count in counts.items() if count > 250} == {}


def test_what_scripts_import_is_there():
    for path in SCRIPTS + TESTS:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r'^(?:import|export) .*?from "(\.[^"]+)"', text, re.MULTILINE):
            target = (path.parent / name).resolve()  # packages are served from one folder, which is made at the start
            assert target.is_relative_to(ROOT / "static/vendor") or target.is_file(), f"{path.name} imports {name}"


def test_no_script_waits_for_a_pause_of_the_hub_which_in_a_storm_never_comes():
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"const (\w+) = onceQuiet\(", text):
            heard = re.findall(r"connect\(\{.*?^\}\);|connect\(\{[^\n]*", text, re.MULTILINE | re.DOTALL)
            assert not any(re.search(rf"\b{name}\b", part) for part in heard), f"{path.name}: {name}"


def test_whatever_a_page_asks_for_has_a_time_limit():
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        for call in re.findall(r"(?<![#.\w])fetch\([^;]*;", text):
            assert "signal" in call, f"{path.name} waits for ever: {call}"
        assert "new XMLHttpRequest" not in text or "call.timeout = " in text, path.name


BARS = ROOT / "static/console/barred.js"
"""The one place that disables a control, which takes the reason."""


def test_no_script_disables_a_control_without_saying_why():
    silent = re.compile(r"\.disabled\s*=[^=]|\bdisabled:|[\"']disabled[\"']")
    found = [path.name for path in SCRIPTS if path != BARS and silent.search(path.read_text(encoding="utf-8"))]
    assert silent.search(BARS.read_text(encoding="utf-8"))
    assert found == []


def test_no_template_disables_a_control_without_saying_why():
    tag = re.compile(r"<(?:button|input|select|fieldset|textarea|span)\b(?:\{%.*?%\}|\{\{.*?\}\}|[^>])*>")
    disabled = [
        element
        for path in (ROOT / "templates").rglob("*.html")
        for element in tag.findall(path.read_text(encoding="utf-8"))
        if re.search(r"\b(?:aria-)?disabled\b", element)
    ]
    assert len(disabled) > 10
    assert [element for element in disabled if "title=" not in element and "aria-describedby=" not in element] == []


def test_no_script_is_taken_out_of_the_checks_by_a_comment():
    for path in SCRIPTS + TESTS:
        assert not re.search(r"@ts-(nocheck|ignore)|biome-ignore-all", path.read_text(encoding="utf-8")), path


def test_the_packages_that_check_scripts_are_pinned():
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["devDependencies"].values())
