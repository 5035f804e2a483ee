"""Web processes over time and in number: memory that stays where it is, and several that end one by one."""

import os
import signal

import httpx
import pytest

from tests.soak import Soak, memory_mb
from tests.stack import Stack
from tests.waiting import wait_until

FILL = 14  # heights: more than the caches of maps hold
GROWTH_MB = 10.0


@pytest.fixture
def soak(tmp_path):
    with Stack(tmp_path).running() as stack:
        yield Soak(stack)


@pytest.mark.alone
@pytest.mark.timeout(400)
def test_once_everything_was_looked_at_the_memory_of_the_web_process_stays_flat(soak):
    for number in range(FILL):
        for value in ("rsrp", "sensing"):
            soak.get(f"/api/v1/coverage/raster?region={soak.region}&height_m={20 * (number + 1)}&value={value}")
    soak.turn(150.0)
    web = soak.stack.pid("web")
    before_mb = memory_mb(web)
    soak.turn(60.0)
    assert soak.answers[200] > 40, soak.answers
    assert soak.stack.pid("web") == web
    assert memory_mb(web) - before_mb < GROWTH_MB, soak.answers


@pytest.mark.timeout(180)
def test_of_two_web_processes_one_may_be_killed_or_hang_and_the_other_goes_on(tmp_path):
    with Stack(tmp_path, LOFT_WEB_PROCESSES="2").running() as stack:
        first, second = stack.pid("web"), stack.pid("web-2")
        stack.kill("web")
        for _ in range(20):
            assert httpx.get(f"{stack.url}/healthz", timeout=20).status_code == 200
        assert stack.pid("web-2") == second
        os.kill(second, signal.SIGSTOP)
        first = stack.pid("web")
        wait_until(lambda: stack.pid("web-2") != second, "another takes its place", timeout_s=30)
        assert stack.pid("web") == first
