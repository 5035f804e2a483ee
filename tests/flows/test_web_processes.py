"""Web processes over time and in number: memory that stays where it is, and several that end one by one."""

import os
import signal

import httpx
import pytest

from console.run.processes import listens
from tests.soak import Soak
from tests.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

GROWTH_MB = 10.0
TURN = 80
"""So many addresses in a turn: from one to the next a leak of an eighth of a megabyte each shows, whatever the time."""


@pytest.fixture
def soak(tmp_path):
    with Stack(tmp_path).running() as stack:
        yield Soak(stack)


@pytest.mark.timeout(900)
def test_once_everything_was_looked_at_the_memory_of_the_web_process_stays_flat(soak):
    web = soak.stack.pid("web")
    soak.fill()
    soak.turn()
    before_mb, answered = soak.turn(TURN), soak.answers[200]
    after_mb = soak.turn(TURN)
    assert soak.answers[200] - answered > TURN / 2, soak.answers
    assert soak.stack.pid("web") == web
    assert after_mb - before_mb < GROWTH_MB, soak.answers


def test_of_two_web_processes_one_may_be_killed_or_hang_and_the_other_goes_on(tmp_path):
    with Stack(tmp_path, LOFT_WEB_PROCESSES="2").running() as stack:
        first, second = stack.pid("web"), stack.pid("web-2")
        stack.kill("web")
        for _ in range(20):
            assert httpx.get(f"{stack.url}/healthz", timeout=PATIENCE_S).status_code == 200
        assert stack.pid("web-2") == second
        os.kill(second, signal.SIGSTOP)
        first = stack.pid("web")
        wait_until(lambda: stack.pid("web-2") != second, "another takes its place")
        assert stack.pid("web") == first
    assert not listens("127.0.0.1", stack.port)  # nobody is left who would answer
