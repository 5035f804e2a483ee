"""A supervisor with real processes: whose loop stands still, or who is stopped, is replaced; others are left alone."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.run import hangs, process_states
from console.run.process_states import ENDED, STARTING, UP
from tests.console.run.test_supervisor import is_alive, pid
from tests.stack import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
SUPERVISE = """
import os, subprocess, sys, threading, time
from pathlib import Path
from console.run import hangs, loops, supervisor
from console.run.supervisor import ProcessSpec, Supervisor
hangs.StopWatch.over.__defaults__ = (1.5,)
supervisor.REWRITE_AFTER_S = 0.5
folder = Path(sys.argv[1])

def turn(words):
    "A loop that stands still once a file is there; its thread lives on."
    loop = loops.claim("main", 1.5)
    threading.Thread(target=lambda: [time.sleep(0.1) for _ in iter(int, 1)], daemon=True).start()
    helper = subprocess.Popen(["sleep", "600"])
    print("helper", helper.pid, flush=True)
    def stand_still():
        while True:
            time.sleep(0.05)
    while True:
        loop.beat()
        time.sleep(0.05)
        if (folder / f"hang-{words[0]}").exists():
            (folder / f"hang-{words[0]}").unlink()
            stand_still()

specs = [ProcessSpec(name, [name], program=turn, beats=True, needs=needs) for name, needs in
         (("one", ()), ("two", ()), ("client", ("one",)), ("three", ()), ("four", ()), ("five", ()))]
Supervisor(specs, folder / "logs", folder / "run", print).run(lambda: (folder / "up").touch())
"""


def states(folder: Path) -> dict[str, process_states.ProcessState]:
    return {state.name: state for state in process_states.read(folder / "run")}


@contextmanager
def supervised(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Six processes whose loops turn 20 times a second and may stand still for 1.5 s; `client` needs `one`."""
    with subprocess.Popen([sys.executable, "-c", SUPERVISE, str(folder)], cwd=ROOT, stdout=subprocess.PIPE) as process:
        wait_until((folder / "up").exists, "they run")
        wait_until(lambda: [state.state for state in states(folder).values()] == [UP] * 6, "their loops turn")
        yield process
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@pytest.fixture
def watched(tmp_path):
    """A supervisor that a test may end or stop."""
    with supervised(tmp_path) as process:
        yield process


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The folder of a supervisor that goes on: each test takes other processes of it."""
    folder = tmp_path_factory.mktemp("shared")
    with supervised(folder) as process:
        yield folder
        assert process.poll() is None


def log_of(folder: Path, name: str) -> str:
    return (folder / "logs" / f"{name}.log").read_text()


def replaced(folder: Path, name: str, before: int) -> None:
    wait_until(lambda: pid(folder, name) != before and states(folder)[name].state == UP, f"{name} is replaced")


def test_a_loop_that_stands_still_is_replaced_though_a_thread_beside_it_lives(shared):
    before = {name: pid(shared, name) for name in ("one", "two")}
    (shared / "hang-two").touch()
    replaced(shared, "two", before["two"])
    assert pid(shared, "one") == before["one"]
    log = log_of(shared, "two")
    assert "two does not answer (main, for" in log
    assert "Fatal Python error: Aborted" in log
    assert "in stand_still" in log  # where it stood
    noted = states(shared)["two"]
    assert (noted.starts, noted.hangs, noted.hang.loop) == (2, 1, "main")
    assert noted.hang.silent_s >= 1.5
    assert states(shared)["one"].hang is None


def test_one_that_is_stopped_is_replaced(shared):
    before = pid(shared, "three")
    os.kill(before, signal.SIGSTOP)
    replaced(shared, "three", before)
    assert not is_alive(before)


def test_of_what_a_process_has_started_only_the_stopped_one_is_ended(shared):
    """The process of a pool: its own parent replaces it, and what that works on beside goes on."""
    before = pid(shared, "four")
    said = wait_until(
        lambda: re.search(r"helper (\d+)$", log_of(shared, "four"), re.MULTILINE), "it says whom it started"
    )
    helper = int(said[1])
    os.kill(helper, signal.SIGSTOP)
    wait_until(lambda: not is_alive(helper), "it is ended")
    assert pid(shared, "four") == before
    assert f"process {helper} is stopped" in log_of(shared, "four")
    wait_until(lambda: states(shared)["four"].hangs == 1, "that is written down")
    (shared / "hang-five").touch()  # by when this is noticed, it would have been counted again
    wait_until(lambda: states(shared)["five"].hangs == 1, "it still looks")
    assert states(shared)["four"].hangs == 1


def test_an_orderly_end_does_not_wait_for_what_is_stopped(watched, tmp_path):
    os.kill(pid(tmp_path, "two"), signal.SIGSTOP)
    watched.send_signal(signal.SIGTERM)
    messages, _ = watched.communicate(timeout=60)
    assert b"stopping two" in messages
    assert b"did not stop within" not in messages


def test_what_was_suspended_along_with_its_supervisor_is_not_replaced(watched, tmp_path):
    """As a machine that slept: the gap is the supervisor's own, and longer than any loop may stand still."""
    everybody = [watched.pid, *(pid(tmp_path, name) for name in ("one", "two", "client"))]
    for number in everybody:
        os.kill(number, signal.SIGSTOP)
    with pytest.raises(subprocess.TimeoutExpired):
        watched.wait(3)
    for number in reversed(everybody):  # its children first, which have beaten when it looks
        os.kill(number, signal.SIGCONT)
    (tmp_path / "hang-two").touch()  # what it notices shows that it looks again
    wait_until(lambda: states(tmp_path)["two"].hangs == 1, "it looks again")
    assert [states(tmp_path)[name].starts for name in ("one", "client")] == [1, 1]


def test_a_killed_supervisor_leaves_none_of_them(watched, tmp_path):
    everybody = [pid(tmp_path, name) for name in ("one", "two", "client")]
    watched.kill()
    watched.wait()
    wait_until(lambda: not any(is_alive(number) for number in everybody), "all are gone")


def test_how_all_are_is_written_when_it_changes_and_never_more(shared):
    file = shared / "run" / process_states.FILE
    before = file.stat().st_mtime_ns
    os.kill(pid(shared, "client"), signal.SIGKILL)
    wait_until(lambda: states(shared)["client"].starts == 2 and states(shared)["client"].state == UP, "it runs again")
    assert states(shared)["client"].up_s is not None, "since when it is up is written down with it"
    assert file.stat().st_mtime_ns != before
    assert len(json.loads(file.read_text())) == 6
    assert states(shared)["client"].hang is None  # it ended, it did not hang


def test_where_there_is_no_room_for_it_all_go_on(shared):
    (shared / "run" / f"{process_states.FILE}.draft").mkdir()
    before = pid(shared, "one")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: pid(shared, "one") != before and is_alive(pid(shared, "one")), "it runs again")
    (shared / "run" / f"{process_states.FILE}.draft").rmdir()
    wait_until(lambda: states(shared)["one"].starts == 2, "it is written down once there is room")


def test_states_of_another_version_or_none_at_all_are_no_states(tmp_path):
    assert process_states.read(tmp_path) == []
    for text in ("", "[", '[{"name": "web"}]', '[{"of": "another version"}]', "3"):
        (tmp_path / process_states.FILE).write_text(text)
        assert process_states.read(tmp_path) == []


@pytest.mark.parametrize(
    ("state", "starts", "is_missed"), [(STARTING, 1, False), (STARTING, 2, True), (ENDED, 1, True), (UP, 3, False)]
)
def test_what_starts_for_the_first_time_is_not_missed_yet(state, starts, is_missed):
    assert process_states.ProcessState("beat", state, starts, 0, is_needed=True).is_missed is is_missed


@pytest.mark.parametrize(
    ("name", "starts", "up_for_s", "is_missed"),
    [("beat", 2, 1.0, True), ("beat", 2, 60.0, False), ("beat", 1, 1.0, False), ("engine", 2, 1.0, False)],
    ids=["back", "back for long", "its first start", "another"],
)
def test_what_has_just_come_back_is_not_judged_by_its_effects_yet(tmp_path, name, starts, up_for_s, is_missed):
    state = process_states.ProcessState(name, UP, starts, 0, is_needed=True, up_s=time.monotonic() - up_for_s)
    process_states.write(tmp_path, [state])
    assert process_states.is_missed(tmp_path, "beat") is is_missed


def test_nothing_that_is_stopped_is_waited_for_longer_than_a_loop():
    assert hangs.STOPPED_S < 20
