"""Where the time of a run goes is told by file and by test, of the processor and of the clock, from every process."""

import re
import subprocess
import sys

import pytest

from tests.sources import ROOT
from tests.times import Spent, longest

BUSY = """
import subprocess, sys, time
import pytest

def spin(for_s):
    end_s = time.process_time() + for_s
    while time.process_time() < end_s:
        pass

@pytest.fixture
def dear():
    spin(0.3)

def test_that_counts(dear):
    pass

def test_whose_child_counts():
    code = "import time\\nwhile time.process_time() < 0.4: pass"
    subprocess.run([sys.executable, "-c", code], check=True)

def test_that_waits():
    time.sleep(0.5)
"""


@pytest.mark.parametrize("options", [[], ["-p", "xdist", "-n", "2"]], ids=["alone", "two processes"])
def test_a_run_says_what_each_file_and_test_cost(tmp_path, options):
    for name in ("one", "other"):
        (tmp_path / f"test_{name}.py").write_text(BUSY)
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests import times; times.WORTH_TELLING_S = 0.1; import pytest; sys.exit(pytest.main())"
    words = [sys.executable, "-c", code, "-p", "tests.times", "-c", "/dev/null", "--rootdir", str(tmp_path), *options]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [*words, str(tmp_path)], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
    )
    text = done.stdout.partition("where the time went")[2]
    rows = {
        name: (float(cpu), float(wall))
        for cpu, wall, name in re.findall(r"^ *([\d.]+) +([\d.]+) +\d+ (\S*test_\S+)$", text, re.MULTILINE)
    }
    for name in ("one", "other"):
        file = f"test_{name}.py"
        assert 0.3 <= rows[f"{file}::test_that_counts"][0] < 1, done.stdout + done.stderr
        assert 0.3 < rows[f"{file}::test_whose_child_counts"][0] < 1.5
        cpu_s, wall_s = rows[f"{file}::test_that_waits"]
        assert cpu_s < 0.3
        assert wall_s >= 0.5
        assert rows[file][0] >= 0.6


def test_the_longest_are_those_that_take_most_of_either():
    spent = {"waits": Spent(0.1, 9.0, 1), "works": Spent(20.0, 5.0, 1), "short": Spent(0.1, 0.1, 1)}
    assert [name for name, _ in longest(spent)] == ["works", "waits", "short"]
    assert len(longest({str(number): Spent(1.0, 1.0, 1) for number in range(50)})) == 20
