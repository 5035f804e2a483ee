"""Workers and scheduler under a supervisor, with a real Redis: what hangs in them is replaced, what works long is not.

Their loops may stand still for 2.5 s here, a tenth of what they may otherwise.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from console.celery import app
from console.redis_clients import client
from console.run.hangs import family
from console.run.process_states import UP
from tests.console.run.test_supervisor import is_alive, pid
from tests.console.run.test_watchdog import states
from tests.stack import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
NAMES = ["worker-solo", "worker-threads", "worker-prefork", "beat", "standby"]
LOCK = f"{settings.CELERY_REDBEAT_KEY_PREFIX}:lock"
SUPERVISE = """
import os, sys, time
from dataclasses import replace
from pathlib import Path
import django
django.setup()
from celery import shared_task
from celery.worker.control import control_command
from console.run import celery_loops, hangs
from console.run.processes import celery, celery_worker, prepare_to_fork
from console.run.supervisor import ProcessSpec, Supervisor
hangs.START_S = celery_loops.START_S = 600.0
hangs.StopWatch.over.__defaults__ = (2.0,)
folder = Path(sys.argv[1])

def stand_still(path):
    "Once: whoever does it again, in another's place, is done at once."
    try:
        (folder / path).touch(exist_ok=False)
    except FileExistsError:
        return
    while True:
        time.sleep(0.05)

@shared_task(name="tests.hang", time_limit=1)
def hang(path):
    stand_still(path)
    (folder / f"{path}-done").touch()

@shared_task(name="tests.work", time_limit=300)
def work(path, seconds):
    (folder / path).touch()
    time.sleep(seconds)
    (folder / f"{path}-done").touch()

@control_command()
def hang_loop(state):
    stand_still("hung-loop")

prepare_to_fork()
specs = [celery_worker(pool, f"test-{pool}", f"--pool={pool}", "-c", count, needs=())
         for pool, count in (("solo", "1"), ("threads", "2"), ("prefork", "1"))]
beat = ProcessSpec("beat", ["beat", "-l", "WARNING"], program=celery, beats=True)
specs += [beat, replace(beat, name="standby", needs=("beat",))]
specs = [replace(spec, patience=0.1) for spec in specs]
Supervisor(specs, folder / "logs", folder / "run", print).run(lambda: None)
"""


@pytest.fixture(scope="module")
def folder(redis_server, tmp_path_factory):
    """The folder of a supervisor of three workers, one of each kind of pool, and a scheduler."""
    folder = tmp_path_factory.mktemp("workers")
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings", "LOFT_HOME": str(settings.LOFT_HOME)}
    environment |= dict.fromkeys(names, "1")
    words = [sys.executable, "-c", SUPERVISE, str(folder)]
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: all_are_up(folder), "workers and scheduler turn")
            yield folder
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def all_are_up(folder: Path) -> bool:
    noted = states(folder)
    return list(noted) == NAMES and all(state.state == UP for state in noted.values())


def send(task: str, pool: str, *args: object) -> None:
    app.send_task(f"tests.{task}", args=args, queue=f"test-{pool}")


def replaced(folder: Path, name: str, before: int) -> None:
    wait_until(lambda: pid(folder, name) != before and states(folder)[name].state == UP, f"{name} is replaced")


def test_a_task_beyond_its_hard_limit_is_ended_where_the_pool_does_not(folder):
    """In a thread the worker's own loop turns on, which proves nothing of the task."""
    pools = {"solo": "worker", "threads": "tests.hang"}
    before = {pool: pid(folder, f"worker-{pool}") for pool in pools}
    for pool in pools:
        send("hang", pool, f"hung-{pool}")
    for pool, loop in pools.items():
        wait_until((folder / f"hung-{pool}").exists, "it is under way")
        replaced(folder, f"worker-{pool}", before[pool])
        assert states(folder)[f"worker-{pool}"].hang.loop == loop
        assert "in stand_still" in (folder / "logs" / f"worker-{pool}.log").read_text()


def test_a_task_may_take_as_long_as_its_limit_says_however_still_the_loop_stands(folder):
    before = {name: state.hangs for name, state in states(folder).items()}
    pools = ("solo", "threads", "prefork")
    for pool in pools:
        send("work", pool, f"worked-{pool}", 3.5)
    for pool in pools:
        wait_until((folder / f"worked-{pool}-done").exists, f"it is done ({pool})")
    assert {name: state.hangs for name, state in states(folder).items()} == before


def pool_of(folder: Path) -> list[int]:
    """Return the processes of the worker's pool."""
    return list(family(pid(folder, "worker-prefork")))[1:]


def test_a_process_of_a_pool_that_is_stopped_is_ended_and_another_does_its_work(folder):
    worker, (child,) = pid(folder, "worker-prefork"), wait_until(lambda: pool_of(folder), "it has a pool")
    os.kill(child, signal.SIGSTOP)
    send("work", "prefork", "after-stop", 0.0)
    wait_until((folder / "after-stop-done").exists, "another does it")
    assert not is_alive(child)
    assert pid(folder, "worker-prefork") == worker


def test_a_worker_whose_own_loop_hangs_is_replaced_though_its_pool_lives(folder):
    before, (child,) = pid(folder, "worker-prefork"), wait_until(lambda: pool_of(folder), "it has a pool")
    app.control.broadcast("hang_loop", destination=[f"prefork@{os.uname().nodename}"])
    replaced(folder, "worker-prefork", before)
    assert states(folder)["worker-prefork"].hang.loop == "worker"
    assert not is_alive(child)


def test_a_killed_worker_leaves_no_process_of_its_pool(folder):
    """Nor one that works: it dies with its parent, by the kernel's hand."""
    before, (child,) = pid(folder, "worker-prefork"), wait_until(lambda: pool_of(folder), "it has a pool")
    send("work", "prefork", "outlived", 30.0)
    wait_until((folder / "outlived").exists, "it is at work")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: not is_alive(child), "it is gone")
    assert not (folder / "outlived-done").exists()
    replaced(folder, "worker-prefork", before)


def test_a_pool_process_that_was_forked_by_a_worker_that_is_dead_ends():
    """The worker died before its process could ask to die with it: whoever adopted that one must not be waited for."""
    run = subprocess.run(
        [sys.executable, "-c", ORPHAN], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert run.stdout.split() == ["alone", "solo"]


ORPHAN = """
import os
from console.run import celery_loops

def apart(act):
    if (pid := os.fork()) == 0:
        act()
        os._exit(0)
    os.waitpid(pid, 0)

def work(parent):
    while os.getppid() == parent:
        os.sched_yield()
    celery_loops._end_with_its_worker()
    os.write(1, b"outlived ")

def be_worker():
    celery_loops._worker.pid = os.getpid()
    celery_loops._end_with_its_worker()  # a solo pool, whose process is the worker's own
    os.write(1, b"solo ")
    if (os.fork()) == 0:
        work(celery_loops._worker.pid)
        os._exit(0)

celery_loops._end_with_its_worker()  # no worker at all
os.write(1, b"alone ")
apart(be_worker)
"""


def test_a_scheduler_that_waits_for_the_lock_is_no_hang_and_goes_on_when_the_other_is_stopped(folder):
    """It has waited since the first test, for far longer than a tick may take."""
    before, holder = {name: pid(folder, name) for name in ("beat", "standby")}, client().get(LOCK)
    noted = states(folder)
    assert [(noted[name].state, noted[name].hangs) for name in before] == [(UP, 0), (UP, 0)]
    os.kill(before["beat"], signal.SIGSTOP)
    wait_until(lambda: pid(folder, "beat") != before["beat"], "another takes its place")
    assert not is_alive(before["beat"])
    client().delete(LOCK)  # it would end by itself, ten seconds after the last tick
    wait_until(lambda: client().get(LOCK) not in (None, holder), "one of them has the lock")
    wait_until(lambda: all_are_up(folder), "one schedules, the other waits")
    assert pid(folder, "standby") == before["standby"]
    assert states(folder)["standby"].hangs == 0
