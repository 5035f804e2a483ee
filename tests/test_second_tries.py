"""A second try is for what needs a whole installation or takes long, and the run says why the first one failed."""

import os
import subprocess
import sys

import pytest

from tests.sources import ROOT

TESTS = """
import pytest

tries = {"slow": 0, "quick": 0, "never": 0}

def passes_the_second_time(name):
    tries[name] += 1
    assert tries[name] == 2, f"try {tries[name]} of {name}"

@pytest.mark.slow
def test_that_is_slow():
    passes_the_second_time("slow")

def test_that_is_quick():
    passes_the_second_time("quick")

@pytest.mark.stack
def test_that_is_wrong():
    assert False, "wrong each time"
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tries")
    (folder / "test_some.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow: x\n    stack: x\n")
    words = [sys.executable, "-m", "pytest", "-p", "tests.second_tries", "-q", "-raR", "-p", "no:django"]
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        timeout=300,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_what_is_slow_passes_at_its_second_try_and_says_why_it_needed_one(output):
    assert "RERUN test_some.py::test_that_is_slow" in output
    assert "first try of test_some.py::test_that_is_slow" in output
    assert "AssertionError: try 1 of slow" in output
    assert "FAILED test_some.py::test_that_is_slow" not in output


def test_what_is_quick_has_one_try(output):
    assert "FAILED test_some.py::test_that_is_quick" in output
    assert "try 1 of quick" in output
    assert "RERUN test_some.py::test_that_is_quick" not in output


def test_what_is_wrong_twice_is_wrong(output):
    assert "FAILED test_some.py::test_that_is_wrong" in output
    assert "2 failed, 1 passed, 2 rerun" in output
