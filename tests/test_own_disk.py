"""A file system of a test's own is really small, is nobody else's, and goes with the process that mounted it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.own_disk import own_disk
from tests.stack import ROOT

HOLDS = """
import sys
from pathlib import Path
from _pytest.outcomes import Skipped
from tests.own_disk import own_disk
try:
    with own_disk(Path(sys.argv[1]), 1_000_000) as folder:
        (folder / "written").touch()
        print("mounted", flush=True)
        sys.stdin.read()
except Skipped as reason:
    print(reason, flush=True)
"""


def is_mounted(folder: Path) -> bool:
    return f" {folder} " in Path("/proc/self/mountinfo").read_text()


def test_it_has_the_room_that_it_was_given_and_ends_with_the_test(tmp_path):
    with own_disk(tmp_path, 1_048_576):
        assert is_mounted(tmp_path)
        with pytest.raises(OSError, match="No space"):
            (tmp_path / "large").write_bytes(bytes(2_000_000))
    assert not is_mounted(tmp_path)
    assert not list(tmp_path.iterdir())


def test_nobody_else_sees_it_and_who_is_killed_leaves_nothing(tmp_path):
    words = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        answer = child.stdout.readline().strip()
        if answer != "mounted":
            child.wait()
            pytest.skip(answer)
        there = Path(f"/proc/{child.pid}/root{tmp_path}")
        assert os.listdir(there) == ["written"]
        assert not list(tmp_path.iterdir())
        assert not is_mounted(tmp_path)
        child.kill()
    assert not is_mounted(tmp_path)
    assert not list(tmp_path.iterdir())
