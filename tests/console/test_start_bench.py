"""Bench `start`: what it counts, and that it runs in an installation of its own."""

import os
import subprocess
import sys
from pathlib import Path

from console.bench import benches
from console.processes import celery, manage
from console.start_bench import Stand, _command_line, family, memory_mb
from console.supervisor import Plan
from tests.stack import ROOT


def test_it_is_among_the_benches():
    assert "start" in benches()


def test_memory_and_family_are_those_of_the_kernel():
    code = "import subprocess,sys; c=subprocess.Popen(['sleep','60']); print(c.pid, flush=True); c.wait()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        assert family(parent.pid) == [parent.pid, child]
        assert 1 < memory_mb(parent.pid) < 100
        os.kill(child, 9)


def test_what_it_starts_does_not_see_the_callers_installation(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    words = Stand(Path("/somewhere"), 1, 2).within(["env"])
    seen = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {"LOFT_HOME=/somewhere", "LOFT_PORT=1", "LOFT_EMULATOR_PORT=2"} <= set(seen)
    assert not any(line.startswith("REDIS_URL=") for line in seen)


def test_the_processes_beside_are_the_same_programs_executed():
    assert _command_line(Plan("engine", ["track"], program=manage))[-2:] == [str(ROOT / "manage.py"), "track"]
    assert _command_line(Plan("beat", ["beat"], program=celery))[1:] == ["-m", "celery", "-A", "console", "beat"]
    assert _command_line(Plan("redis", ["redis-server"])) == ["redis-server"]
