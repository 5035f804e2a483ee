"""A child forked from a prepared parent: a process of its own in all but what was imported."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
BEGIN = """
import os, signal, socket, sys, threading, time, atexit, random, gc
from pathlib import Path
from console.run.forking import Apart, Forked, die_with, fork, freeze, hold_memory_tight

def told_by(entry, name="child", kept=()):
    child = fork(entry, name, kept=kept)
    text = child.stdout.read().decode()
    child.stdout.close()
    return child.wait(), text
"""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_a_child_prints_comes_back_and_its_end_is_the_interpreters():
    output = run("""
print(told_by(lambda: print("hello")))
print(told_by(lambda: sys.exit(3)))
print(told_by(lambda: sys.exit("no site here")))
print(told_by(lambda: 1 / 0)[0], "ZeroDivisionError" in told_by(lambda: 1 / 0)[1])
""")
    assert output.splitlines() == ["(0, 'hello\\n')", "(3, '')", "(1, 'no site here\\n')", "1 True"]


def test_what_is_registered_for_the_end_runs_once_threads_have_ended():
    output = run("""
def entry():
    atexit.register(lambda: print("last"))
    threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
print(told_by(entry)[1].split())
""")
    assert output == "['thread', 'last']\n"


def test_a_child_has_a_session_signals_and_random_numbers_of_its_own():
    output = run("""
signal.signal(signal.SIGTERM, lambda *_: print("the parent's handler"))
random.seed(1)
print(told_by(lambda: print(os.getsid(0) == os.getpid(), signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
    not signal.pthread_sigmask(signal.SIG_BLOCK, ()), signal.getsignal(signal.SIGINT) is signal.default_int_handler))[1])
print(len({told_by(lambda: print(random.random()))[1] for _ in range(3)}))
""")
    assert output.split() == ["True", "True", "True", "True", "3"]


def test_a_child_told_to_end_at_once_ends_and_never_runs_the_parents_handler():
    output = run("""
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
for _ in range(50):
    child = fork(lambda: time.sleep(60), "child")
    child.terminate()
    assert child.wait() == -signal.SIGTERM
    child.stdout.close()
print(ended)
""")
    assert output == "[]\n"


def test_a_child_reads_nothing_and_holds_open_only_its_pipe_and_what_it_keeps():
    output = run("""
mine, yours = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
files = open(sys.executable), os.pipe()
print(told_by(lambda: print(sys.stdin.read() == "", len(os.listdir("/proc/self/fd")), yours.getsockname()[1] > 0),
    kept=[yours.fileno()])[1])
""")
    assert output.split() == ["True", "5", "True"]  # standard streams, what it keeps, and the listing itself


def test_ps_shows_a_child_by_its_name():
    output = run("""
print(told_by(lambda: print(Path("/proc/self/comm").read_text().strip(), Path("/proc/self/cmdline").read_text().strip(chr(0))),
    name="worker-x")[1])
""")
    assert output.split() == ["worker-x", "loft", "worker-x"]


def test_a_parent_of_two_threads_is_refused():
    output = run("""
over = threading.Event()
threading.Thread(target=over.wait).start()
try:
    fork(print, "child")
except RuntimeError as reason:
    print(reason)
over.set()
""")
    assert output == "a process of 2 threads must not fork\n"


def test_what_is_done_apart_comes_back_and_leaves_the_parent_as_it_was():
    output = run("""
work = Apart(lambda: threading.Thread(target=print).start() or {"pid": os.getpid()})
print(work.result()["pid"] != os.getpid(), len(os.listdir("/proc/self/task")))
try:
    Apart(lambda: sys.exit(4)).result()
except ChildProcessError as reason:
    print("code", reason)
""")
    assert output.split() == ["True", "1", "code", "4"]


def test_a_child_ends_with_its_parent():
    code = BEGIN + 'child = fork(lambda: time.sleep(60), "child")\nprint(child.pid, flush=True)\ntime.sleep(60)'
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    wait_until(lambda: not Path(f"/proc/{child}").exists(), "the child is gone")


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="needs the kernel's proportional memory")
def test_children_share_what_the_parent_has_imported():
    output = run("""
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy, scipy.optimize
def own_mb():
    rows = dict(row.split(":") for row in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    return int(rows["Private_Dirty"].split()[0]) / 1024
freeze()
print(own_mb(), told_by(lambda: (gc.collect(), print(own_mb())))[1])
""")
    parent_mb, child_mb = map(float, output.split())
    assert parent_mb > 20
    assert child_mb < parent_mb / 4


def test_freed_rasters_go_back_to_the_system_whatever_the_number_of_threads():
    output = run("""
import numpy
from concurrent.futures import ThreadPoolExecutor
hold_memory_tight()
def work(turn):
    kept = [numpy.ones(size) for size in (40_000, 100_000, 300_000) for _ in range(20)]
    return sum(len(block) for block in kept)
def rss_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
before = rss_mb()
with ThreadPoolExecutor(8) as pool:
    list(pool.map(work, range(64)))
    print(rss_mb() - before)
""")
    assert float(output) < 10.0


def test_signals_that_the_parent_missed_meanwhile_reach_it():
    output = run("""
heard = []
signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
def entry():
    os.kill(os.getppid(), signal.SIGUSR1)
told_by(entry)
print(heard)
""")
    assert output == "[1]\n"
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_where_there_is_no_room_for_a_process_the_parent_stays_as_it_was():
    output = run("""
def full():
    raise BlockingIOError("no more processes")
os.fork, before = full, (sorted(os.listdir("/proc/self/fd")), signal.pthread_sigmask(signal.SIG_BLOCK, ()))
try:
    fork(print, "child")
except BlockingIOError as reason:
    print(reason)
print((sorted(os.listdir("/proc/self/fd")), signal.pthread_sigmask(signal.SIG_BLOCK, ())) == before)
""")
    assert output.splitlines() == ["no more processes", "True"]
