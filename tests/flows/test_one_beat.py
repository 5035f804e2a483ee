"""Two schedulers are started; one of them schedules, and the other takes over when it falls silent."""

import os
import signal
import subprocess
import sys
import time

import pytest
import redis

from tests.stack import ROOT, Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.stack]
LOCK = "loft.beat::lock"
BROKER, PROBES = 1, "loft.celery.probes"
ROUNDS = 5
PERIOD_S = 2.0


@pytest.fixture
def second_beat(stack: Stack):
    """A second scheduler beside the one that the supervisor runs."""
    words = [sys.executable, "-m", "celery", "-A", "console", "beat", "-l", "WARNING"]
    environment = {**stack.environment, "DJANGO_SETTINGS_MODULE": "console.settings"}
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def line(stack: Stack):
    with redis.Redis(unix_socket_path=str(stack.home / "run" / "redis.sock"), password=stack.secret("redis")) as opened:
        yield opened


def rounds(stack: Stack) -> int:
    """Return how often one site has been measured."""
    rows = stack.query(
        "SELECT count(*) FROM network_stampsample WHERE site_id = (SELECT min(site_id) FROM network_stampsample)"
    )
    return int(rows[0][0])


def test_of_two_schedulers_one_schedules_and_the_other_takes_over(stack, line, request):
    wait_until(lambda: rounds(stack) > 1, "sites are measured", every_s=0.3)
    owner = wait_until(lambda: line.get(LOCK), "one has the lock, also where it was killed a moment ago")
    clients = line.info("clients")["connected_clients"]
    second = request.getfixturevalue("second_beat")
    wait_until(lambda: line.info("clients")["connected_clients"] > clients, "the second has come")
    assert_one_schedules(stack)
    assert line.get(LOCK) == owner
    first = stack.pid("beat")
    os.kill(first, signal.SIGSTOP)
    try:
        wait_until(lambda: line.get(LOCK) not in (owner, None), "the second takes over", every_s=0.2)
        after = rounds(stack)
        wait_until(lambda: rounds(stack) > after + 1, "it schedules", every_s=0.2)
    finally:
        os.kill(first, signal.SIGCONT)
    heir, after = line.get(LOCK), rounds(stack)
    wait_until(lambda: rounds(stack) > after + 1, "the first has come to itself", every_s=0.2)
    assert_one_schedules(stack)
    assert line.get(LOCK) == heir not in (owner, None)
    assert second.poll() is None


def assert_one_schedules(stack: Stack) -> None:
    """Two that scheduled would need half the time for as many rounds."""
    before, started_s = rounds(stack), time.monotonic()
    wait_until(lambda: rounds(stack) >= before + ROUNDS, "more rounds", every_s=0.2)
    assert time.monotonic() - started_s >= (ROUNDS - 1) * PERIOD_S * 0.8


def test_a_prober_that_was_stopped_goes_on_with_fresh_rounds_and_makes_up_for_none(stack):
    earlier = rounds(stack)  # a scheduler may be taking over still, and a prober that stands for 25 s is replaced
    wait_until(lambda: rounds(stack) > earlier + 1, "sites are measured", every_s=0.3)
    worker = stack.pid("worker-probes")
    os.kill(worker, signal.SIGSTOP)
    try:
        wait_until(lambda: line_of_probes(stack) >= ROUNDS, "rounds wait in the broker", every_s=0.2)
    finally:
        os.kill(worker, signal.SIGCONT)
    before, started_s = rounds(stack), time.monotonic()
    wait_until(lambda: rounds(stack) >= before + ROUNDS, "it measures again", every_s=0.2)
    # one was in its hands when it stopped, and one has just been sent: all the others are forgotten
    assert time.monotonic() - started_s >= (ROUNDS - 2) * PERIOD_S * 0.8
    wait_until(lambda: line_of_probes(stack) <= 1, "nothing waits any more", every_s=0.2)


def line_of_probes(stack: Stack) -> int:
    """Return how many rounds wait to be measured."""
    path = str(stack.home / "run" / "redis.sock")
    with redis.Redis(unix_socket_path=path, password=stack.secret("redis"), db=BROKER) as opened:
        return int(opened.llen(PROBES))


def test_rounds_go_on_while_everybody_else_is_busy(stack):
    wait_until(lambda: rounds(stack) > 1, "sites are measured", every_s=0.3)
    busy = [stack.pid(name) for name in ("worker-default", "worker-heavy")]
    for worker in busy:
        os.kill(worker, signal.SIGSTOP)  # hands out nothing, as when long work has taken every place
    try:
        before = rounds(stack)
        wait_until(lambda: rounds(stack) >= before + 3, "rounds go on", every_s=0.2)
    finally:
        for worker in busy:
            os.kill(worker, signal.SIGCONT)
