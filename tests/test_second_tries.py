"""A second try is for what needs a whole installation or takes long, and the run says why the first one failed."""

import os
import subprocess
import sys

import pytest

from tests.sources import ROOT

SETTINGS = """[pytest]
markers =
    slow: x
    stack: x
filterwarnings = error
asyncio_default_fixture_loop_scope = function
"""
FIRST_TRY_FAILS = """
import pytest, pathlib

def passes_the_second_time(name):
    known = pathlib.Path(__file__).with_name(name)
    is_second = known.exists()
    known.touch()
    print(f"what {name} said")
    assert is_second, f"first try of {name}"
"""
SLOW = """
@pytest.mark.slow
def test_that_is_slow():
    passes_the_second_time("slow")

@pytest.fixture
def shy():
    passes_the_second_time("shy")

@pytest.mark.stack
def test_whose_fixture_fails(shy):
    pass

def test_that_passes():
    pass
"""
QUICK = """
def test_that_is_quick():
    passes_the_second_time("quick")
"""
WRONG = """
@pytest.mark.stack
def test_that_is_wrong():
    assert False, "wrong each time"
"""
MANY = """
@pytest.mark.slow
@pytest.mark.parametrize("number", range(6))
def test_of_many(number):
    passes_the_second_time(str(number))
"""
LEAKS = """
import socket

@pytest.mark.slow
def test_that_fails_with_an_open_socket():
    line = socket.socket()
    line.bind(("127.0.0.1", 0))
    itself = [line]
    itself.append(itself)
    passes_the_second_time("leaks")
    line.close()

def test_that_is_innocent():
    import gc
    gc.collect()
"""


def run(folder, tests: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest over some tests, with our plugin."""
    (folder / "test_some.py").write_text(FIRST_TRY_FAILS + tests)
    (folder / "pytest.ini").write_text(SETTINGS)
    asked = [sys.executable, "-m", "pytest", "-p", "tests.second_tries", "-q", "-ra", "-p", "no:django", *words]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(asked, capture_output=True, text=True, cwd=folder, env=env, check=False, timeout=300)


@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["alone", "on two cores"])
def test_what_is_slow_passes_at_its_second_try_and_says_why_it_needed_one(tmp_path, words):
    done = run(tmp_path, SLOW, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 failed, and are tried once more by themselves" in done.stdout
    assert "first try of test_some.py::test_that_is_slow" in done.stdout
    assert "AssertionError: first try of slow" in done.stdout
    assert "what slow said" in done.stdout
    assert "1 passed, 2 passed at the second try" in done.stdout
    assert "FAILED" not in done.stdout


def test_what_is_quick_has_one_try(tmp_path):
    done = run(tmp_path, SLOW + QUICK)
    assert done.returncode == 1
    assert "FAILED test_some.py::test_that_is_quick" in done.stdout
    assert "once more" not in done.stdout


def test_what_is_wrong_twice_is_wrong(tmp_path):
    done = run(tmp_path, SLOW + WRONG)
    assert done.returncode == 1
    assert "FAILED test_some.py::test_that_is_wrong" in done.stdout
    assert "passed at the second try" not in done.stdout


def test_many_failures_are_no_accident(tmp_path):
    done = run(tmp_path, MANY)
    assert done.returncode == 1
    assert "6 failed" in done.stdout
    assert "once more" not in done.stdout


def test_what_a_failed_test_left_open_is_not_the_next_ones_fault(tmp_path):
    done = run(tmp_path, LEAKS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 1 passed at the second try" in done.stdout


def test_an_interrupted_run_tries_nothing_again(tmp_path):
    done = run(tmp_path, SLOW + "def test_end():\n    raise KeyboardInterrupt\n")
    assert done.returncode == 2
    assert "once more" not in done.stdout
