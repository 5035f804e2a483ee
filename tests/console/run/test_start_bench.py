"""Bench `start`: what it counts, and that it runs in an installation of its own."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from console.run import start_bench
from console.run.processes import celery, manage
from console.run.start_bench import Stand, _command_line, _cpu_s, _measure, _memory_by_name, _running, family, memory_mb
from console.run.supervisor import ProcessSpec
from tests.stack import ROOT
from tests.waiting import wait_until


def test_it_is_among_the_benches_of_a_process_that_has_not_imported_it():
    words = [sys.executable, str(ROOT / "manage.py"), "bench", "list"]
    assert "start" in subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


def test_memory_and_family_are_those_of_the_kernel():
    code = "import subprocess,sys; c=subprocess.Popen(['sleep','60']); print(c.pid, flush=True); c.wait()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        assert family(parent.pid) == [parent.pid, child]
        assert 1 < memory_mb(parent.pid) < 100
        os.kill(child, 9)


def test_what_a_thread_started_is_of_the_family():
    started = []
    thread = threading.Thread(target=lambda: (started.append(subprocess.Popen(["sleep", "60"])), done.wait()))
    done = threading.Event()
    thread.start()
    try:
        wait_until(lambda: started, "the thread started it")
        assert started[0].pid in family(os.getpid())
    finally:
        done.set()
        thread.join()
        started[0].kill()
        started[0].wait()


def test_a_process_that_ended_meanwhile_counts_as_nothing_and_ends_no_measurement(tmp_path):
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert (family(process.pid), memory_mb(process.pid), _cpu_s(process.pid)) == ([process.pid], 0.0, 0.0)
    (tmp_path / "engine.pid").write_text(f"{process.pid}\n")
    assert _memory_by_name(os.getpid(), tmp_path)["engine"] == 0.0


def test_an_installation_that_does_not_stop_is_killed(monkeypatch, tmp_path):
    monkeypatch.setattr(start_bench, "END_S", 0.2)
    mark = tmp_path / "mark"
    code = f"import signal,time; signal.signal(signal.SIGINT, signal.SIG_IGN); open({str(mark)!r}, 'w'); time.sleep(60)"
    with _running([sys.executable, "-c", code]) as process:
        wait_until(mark.exists, "it does not heed us")
    assert process.returncode == -signal.SIGKILL


def test_an_installation_that_ends_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(start_bench, "_is_ready", lambda _: False)
    with pytest.raises(RuntimeError, match="exit code 3: sh"):
        _measure(["sh", "-c", "exit 3"], Stand(Path("/nowhere"), 1, 2))


def test_what_it_starts_does_not_see_the_callers_installation(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    monkeypatch.setenv("LOFT_TRUSTED_PROXIES", "10.0.0.1")  # as any other setting
    words = Stand(Path("/somewhere"), 1, 2).within(["env"])
    seen = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {"LOFT_HOME=/somewhere", "LOFT_PORT=1", "LOFT_EMULATOR_PORT=2"} <= set(seen)
    assert not any(line.startswith(("REDIS_URL=", "LOFT_TRUSTED_PROXIES=")) for line in seen)


def test_the_processes_beside_are_the_same_programs_executed():
    assert _command_line(ProcessSpec("engine", ["track"], program=manage))[-2:] == [str(ROOT / "manage.py"), "track"]
    assert _command_line(ProcessSpec("beat", ["beat"], program=celery))[1:] == ["-m", "celery", "-A", "console", "beat"]
    assert _command_line(ProcessSpec("redis", ["redis-server"])) == ["redis-server"]
    assert _command_line(ProcessSpec("web", [], group="web", program=print))[-1].endswith("main()")
    with pytest.raises(ValueError, match="new: a program"):
        _command_line(ProcessSpec("new", [], program=print))
