"""What is a hang and what is not: a machine that was suspended, starved or is busy starting hangs nobody."""

import math
import os
import signal
import subprocess
import sys

import pytest

from console.run import hangs, loops
from console.run.hangs import MOST_EXCUSES, START_S, Attention, LoopWatch, StopWatch, family, state, waits_s
from console.run.loops import Loop, Page
from tests.waiting import wait_until

LIMIT_S = 10.0


@pytest.fixture
def page():
    return Page()


@pytest.fixture
def loop(page):
    return Loop(page, 0, "engine", LIMIT_S)


@pytest.fixture
def watch(page, loop):
    """A watch of a loop that has just turned. Its process is ours."""
    made = LoopWatch(os.getpid(), page, 0.0)
    made.turn(0.0)
    return made


def run(watch: LoopWatch, since_s: int, until_s: int, excused_s: float = 0.0) -> list[int]:
    """Look once a second; return the seconds at which it hung."""
    hung = []
    for second in range(since_s, until_s + 1):
        watch.turn(float(second), excused_s)
        if (worst := watch.worst(float(second))) and worst.is_hang:
            hung.append(second)
    return hung


def test_a_count_that_stands_still_for_longer_than_it_may_is_a_hang(watch):
    assert run(watch, 1, 20) == list(range(11, 21))
    worst = watch.worst(20.0)
    assert (worst.loop, worst.silent_s) == ("engine", 20.0)


def test_before_that_it_is_suspect(watch):
    watch.turn(1.0)
    suspect = [second for second in range(11) if watch.worst(float(second)).is_suspect]
    assert suspect == [7, 8, 9, 10]


def test_each_turn_begins_anew(watch, loop):
    assert run(watch, 1, 10) == []
    loop.beat()
    assert run(watch, 11, 20) == []
    assert run(watch, 21, 22) == [22]


def test_one_loop_that_turns_proves_nothing_of_another(watch, page):
    writer = Loop(page, 1, "writer", LIMIT_S)
    for second in range(1, 13):
        writer.beat()
        watch.turn(float(second))
    assert watch.worst(12.0).loop == "engine"
    assert watch.worst(12.0).is_hang


def test_each_has_its_own_limit(watch, page, loop):
    task = Loop(page, 1, "network.tasks.prove_plan", 573.0)
    loop.end()
    assert run(watch, 1, 575) == [575]
    task.may_take(math.inf)
    assert run(watch, 576, 2_000) == []


def test_a_loop_that_ended_cannot_hang(watch, loop):
    loop.end()
    assert run(watch, 1, 100) == []


def test_until_a_loop_turns_a_process_has_a_minute(page):
    watch = LoopWatch(os.getpid(), page, 0.0)
    assert not watch.has_turned
    assert run(watch, 1, 62) == [61, 62]
    assert START_S == 60
    Loop(page, 0, "late", LIMIT_S)
    assert run(watch, 63, 70) == []
    assert watch.has_turned


def test_while_one_whom_it_needs_is_away_its_silence_does_not_count(watch):
    """A server that is stopped holds up all its clients: they are not replaced for it."""
    assert run(watch, 1, 300, excused_s=1.0) == []
    assert run(watch, 301, 311) == [311]


def test_what_has_hung_before_is_given_more_time(page, loop):
    watch = LoopWatch(os.getpid(), page, 0.0, patience=2.0)
    assert run(watch, 0, 21) == [21]


def test_time_spent_waiting_for_a_processor_is_no_silence_but_not_for_ever(watch, monkeypatch):
    """A machine that is too slow gives it no turn; one that spins for ever wants a processor as well."""
    waited = {"1": 0.0}
    monkeypatch.setattr(hangs, "waits_s", lambda _: dict(waited))
    hung = []
    for second in range(1, 200):
        waited["1"] += 0.9
        hung += run(watch, second, second)
    assert hung
    assert hung[0] == 11 * (MOST_EXCUSES + 1)


def test_of_another_who_waits_for_a_processor_nothing_follows(watch, monkeypatch):
    monkeypatch.setattr(hangs, "waits_s", lambda _: {"1": 4_000.0, "2": 0.0})
    assert run(watch, 1, 11) == [11]


def test_the_kernel_counts_for_how_long_a_thread_waits_for_a_processor():
    waits = waits_s(os.getpid())
    assert str(os.getpid()) in waits
    assert min(waits.values()) >= 0.0
    assert waits_s(2**22 + 1) == {}


def test_a_gap_of_the_supervisor_itself_counts_as_one_turn():
    """It was suspended with everybody else, or the machine left nobody a turn: two hours later nobody is hung."""
    attention = Attention(100.0)
    assert attention.turn(100.2) == pytest.approx(0.2)
    assert attention.turn(7_300.0) == hangs.MOST_TURN_S
    assert attention.turn(7_299.0) == 0.0
    assert attention.now_s == pytest.approx(0.2 + hangs.MOST_TURN_S)


@pytest.fixture
def parent():
    """A process with a child of its own."""
    code = "import subprocess,time;p=subprocess.Popen(['sleep','600']);print(p.pid,flush=True);time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) as process:
        child = int(process.stdout.readline())
        yield process.pid, child
        os.killpg(process.pid, signal.SIGKILL)


def test_a_process_that_is_stopped_is_seen_and_so_is_one_that_it_has_started(parent):
    pid, child = parent
    assert list(family(pid)) == [pid, child]
    watch = StopWatch(pid)
    watch.turn(0.0)
    assert watch.over(100.0) == []
    os.kill(child, signal.SIGSTOP)
    wait_until(lambda: state(child) == "T", "it is stopped")
    watch.turn(1.0)
    watch.turn(10.0)
    assert watch.over(16.0) == []
    assert watch.over(16.1) == [(child, pytest.approx(15.1))]
    os.kill(child, signal.SIGCONT)
    wait_until(lambda: state(child) != "T", "it goes on")
    watch.turn(17.0)
    assert watch.over(100.0) == []


def test_what_ended_meanwhile_is_neither_stopped_nor_an_error():
    assert state(2**22 + 1) == ""
    assert list(family(2**22 + 1)) == [2**22 + 1]


def test_by_default_a_loop_may_be_silent_for_so_long_that_a_new_one_turns_within_thirty_seconds():
    assert loops.SILENCE_S + 1.0 + 1.0 + 0.4 < 30  # last words, a look, two turns
    assert hangs.STOPPED_S + 1.0 < loops.SILENCE_S
