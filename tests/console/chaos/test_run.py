"""A run: faults at their times, and what counts as whole again after them."""

import os
import signal
import subprocess
import sys
import threading
import traceback

import pytest

from console.chaos import run, scratch
from console.chaos.load import Verdict
from console.chaos.plan import Fault, Kind
from console.chaos.run import Run
from tests.waiting import wait_until


class Installation:
    """One process, which comes back when it is told to."""

    url = ""

    def __init__(self) -> None:
        self.number, self.well, self.comes_back = 1, True, True

    def pid(self, name: str) -> int:
        return self.number

    def is_ready(self) -> bool:
        return self.well


class Ground:
    def __init__(self, why_not: str = "") -> None:
        self.installation, self.why_not = Installation(), why_not

    def carry_out(self, fault: Fault) -> str:
        if fault.kind == Kind.KILL and self.installation.comes_back and not self.why_not:
            self.installation.number += 1
        return self.why_not


@pytest.fixture(autouse=True)
def no_load(monkeypatch):
    monkeypatch.setattr(run, "loads", list)
    monkeypatch.setattr(run, "WHOLE_WITHIN_S", 0.3)


def kills(*at_s: float) -> list[Fault]:
    return [Fault(when_s, Kind.KILL, "web") for when_s in at_s]


def test_after_a_kill_it_is_whole_once_another_process_runs_however_well_it_says_that_it_is():
    ground = Ground()
    [outcome] = Run(ground, {}, lambda _: None).through(kills(0.0)).outcomes
    assert outcome.whole_s is not None
    ground.installation.comes_back = False
    ledger = Run(ground, {}, lambda _: None).through(kills(0.0))
    assert (ledger.outcomes[0].whole_s, ledger.not_whole) == (None, 1)


def test_a_fault_does_not_wait_until_all_is_well_after_the_one_before_unless_they_come_one_by_one():
    ground = Ground()
    ground.installation.well = False
    outcomes = Run(ground, {}, lambda _: None).through(kills(0.0, 0.05)).outcomes
    assert [(outcome.is_followed, outcome.whole_s) for outcome in outcomes] == [(True, None), (False, None)]
    outcomes = Run(ground, {}, lambda _: None).through(kills(0.0, 0.05), one_by_one=True).outcomes
    assert not any(outcome.is_followed for outcome in outcomes)


def test_a_fault_that_could_not_happen_is_not_waited_for():
    ground = Ground("it is away")
    ground.installation.well = False
    [outcome] = Run(ground, {}, lambda _: None).through([Fault(0.0, Kind.CUT_REDIS)]).outcomes
    assert (outcome.why_not, outcome.whole_s) == ("it is away", None)


def test_a_run_is_judged_once_all_is_worked_off_however_long_as_long_as_something_comes(monkeypatch):
    monkeypatch.setattr(run, "JUDGE_EVERY_S", 0.0)
    verdicts = iter([Verdict(3, 0, 0, 2), Verdict(3, 1, 0, 1), Verdict(3, 0, 0, 1), Verdict(3, 0, 0)])
    assert run.settled(lambda: next(verdicts)) == Verdict(3, 0, 0)


def test_what_is_never_worked_off_is_waited_for_no_longer_than_said_and_is_not_good(monkeypatch):
    monkeypatch.setattr(run, "JUDGE_EVERY_S", 0.0)
    monkeypatch.setattr(run, "STORED_WITHIN_S", 0.0)
    verdict = run.settled(lambda: Verdict(3, 0, 0, 2))
    assert verdict.unfinished == 2
    row = {"lost": 0, "doubled": 0, "refused": 0}
    assert run.Ledger(loads={"readings": {**row, "unfinished": 0}}).is_good
    assert not run.Ledger(loads={"readings": {**row, "unfinished": verdict.unfinished}}).is_good


def test_whoever_interrupts_the_command_lets_what_it_started_tidy_up(tmp_path):
    code = (
        f"import pathlib,time\npath=pathlib.Path({str(tmp_path)!r})\n"
        "try:\n  (path/'begun').touch(); time.sleep(60)\nexcept KeyboardInterrupt:\n  (path/'tidied').touch()\n"
    )

    def interrupt() -> None:
        wait_until((tmp_path / "begun").exists, "it has begun")
        wait_until(lambda: is_within("communicate"), "we wait for it")
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        scratch._run([sys.executable, "-c", code], captured=True)
    assert (tmp_path / "tidied").exists()


def is_within(function: str) -> bool:
    """Whether the main thread is in a function just now."""
    frames = traceback.walk_stack(sys._current_frames()[threading.main_thread().ident])
    return any(frame.f_code.co_name == function for frame, _line in frames)


def test_what_the_command_started_does_not_outlive_it(tmp_path):
    inner = [sys.executable, "-c", "import os,time; print(os.getpid(), flush=True); time.sleep(60)"]
    code = f"from console.chaos import scratch; scratch._run({inner!r}, captured=False)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings"}
    words = [sys.executable, "-c", f"import django; django.setup(); {code}"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as outer:
        pid = int(outer.stdout.readline())
        outer.kill()
        outer.wait()
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "it has ended as well")
