"""The supervisor: starts in order, restarts with back-off, stops in reverse order, leaves no orphan."""

import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.slow
SUPERVISE = """
import sys
import time
from pathlib import Path
from console.run.supervisor import ProcessSpec, Supervisor
folder = Path(sys.argv[1])
code = "import signal,sys,time\\nsignal.signal(15, lambda *a: (open(sys.argv[1],'a').write(sys.argv[2]+' '), sys.exit(0)))\\nprint('hello from', sys.argv[2], flush=True)\\ntime.sleep(600)"
spoken = lambda: (folder / "logs" / "first.log").stat().st_size > 0
words = lambda name: [sys.executable, "-c", code, str(folder / "order"), name]
plans = [ProcessSpec("first", words("first"), ready=spoken), ProcessSpec("second", words("second"), nice=7, needs=("first",))]
Supervisor(plans, folder / "logs", folder / "run", print).run(lambda: (folder / "up").touch())
"""


@pytest.fixture
def supervised(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", SUPERVISE, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    wait_until((tmp_path / "up").exists, "the supervisor says that it is up")
    for name in ("first", "second"):
        log = tmp_path / "logs" / f"{name}.log"
        wait_until(lambda log=log: log.read_text().endswith("\n"), f"{name} has said its line to the end")
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def pid(folder: Path, name: str) -> int:
    return int((folder / "run" / f"{name}.pid").read_text())


def is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_each_plan_is_started_once_though_another_takes_its_time(supervised, tmp_path):
    children = Path(f"/proc/{supervised.pid}/task/{supervised.pid}/children").read_text().split()
    assert {int(number) for number in children} == {pid(tmp_path, "first"), pid(tmp_path, "second")}
    assert len(children) == 2


def test_a_child_stands_back_as_far_as_its_plan_says(supervised, tmp_path):
    ours, first, second = (
        os.getpriority(os.PRIO_PROCESS, number) for number in (0, pid(tmp_path, "first"), pid(tmp_path, "second"))
    )
    assert (first, second) == (ours, min(ours + 7, 19))


def test_each_child_logs_to_a_file_of_its_own(supervised, tmp_path):
    assert (tmp_path / "logs" / "second.log").read_text().endswith(" INFO second output: hello from second\n")


def test_the_supervisor_writes_what_it_says_with_time_and_part(supervised, tmp_path):
    os.kill(pid(tmp_path, "first"), signal.SIGKILL)
    log = tmp_path / "logs" / "supervisor.log"
    wait_until(log.read_text, "it has said so")
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO supervisor processes: first ended \(-9\); again in 0\.2 s\n"
    assert re.fullmatch(form, log.read_text())


def test_a_supervisor_whose_disk_is_full_goes_on_and_reads_on(tmp_path):
    """It died of its own log line, and took everything along; a pipe that nobody reads stops its writer at 64 kB."""
    from console.run.supervisor import ProcessSpec, Supervisor

    (tmp_path / "logs").mkdir()
    for name in ("loud", "supervisor"):
        (tmp_path / "logs" / f"{name}.log").symlink_to("/dev/full")
    code = "import sys\nfor n in range(20_000): print('line', n, 'x' * 80)\nopen(sys.argv[1], 'w').close()"
    messages = []
    specs = [ProcessSpec("loud", [sys.executable, "-c", code, str(tmp_path / "done")])]
    supervisor = Supervisor(specs, tmp_path / "logs", tmp_path / "run", messages.append)
    wait_until(lambda: supervisor._turn(0.05) or (tmp_path / "done").exists(), "all of 2 MB was read")
    wait_until(lambda: supervisor._turn(0.05) or messages, "it says that it ended")
    supervisor.stop()
    assert "loud ended (0)" in messages[0]


def test_a_killed_child_is_started_again(supervised, tmp_path):
    before = pid(tmp_path, "first")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: pid(tmp_path, "first") != before and is_alive(pid(tmp_path, "first")), "first runs again")
    assert supervised.poll() is None
    assert is_alive(pid(tmp_path, "second"))


def test_ctrl_c_stops_everything_in_reverse_order(supervised, tmp_path):
    supervised.send_signal(signal.SIGINT)
    assert supervised.wait(timeout=PATIENCE_S) == 0
    assert (tmp_path / "order").read_text().split() == ["second", "first"]


def test_a_killed_supervisor_leaves_no_orphan(supervised, tmp_path):
    children = [pid(tmp_path, name) for name in ("first", "second")]
    assert all(is_alive(number) for number in children)
    supervised.kill()
    supervised.wait()
    wait_until(lambda: not any(is_alive(number) for number in children), "the children are gone")


def test_a_group_stops_together(tmp_path):
    from console.run.supervisor import ProcessSpec, Supervisor

    code = (
        "import os, signal, sys, time\nfrom pathlib import Path\nhere = Path(sys.argv[1])\ndef end(*_):\n"
        "    (here / f'told-{os.getpid()}').touch()\n"
        "    while len(list(here.glob('told-*'))) < 3: time.sleep(0.01)\n"
        "    sys.exit(0)\nsignal.signal(signal.SIGTERM, end)\nprint(1, flush=True)\ntime.sleep(600)"
    )  # each ends once all three have been told to
    words, messages = [sys.executable, "-c", code, str(tmp_path)], []
    specs = [ProcessSpec(name, words, group="slow", stop_timeout_s=PATIENCE_S) for name in ("a", "b", "c")]
    supervisor = Supervisor(specs, tmp_path / "logs", tmp_path / "run", messages.append)
    for child in supervisor.children:
        supervisor._start(child)
    wait_until(
        lambda: supervisor._turn(0.05) or all(child.log.tell() for child in supervisor.children), "all have spoken"
    )
    supervisor.stop()
    assert not [text for text in messages if "killing" in text]
    assert not any(child.is_running for child in supervisor.children)


def test_a_child_that_will_not_stop_is_killed(tmp_path):
    stubborn = "import signal,time\nsignal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"
    code = (
        "import sys\nfrom pathlib import Path\nfrom console.run.supervisor import ProcessSpec, Supervisor\nf=Path(sys.argv[1])\n"
        f"Supervisor([ProcessSpec('mule',[sys.executable,'-c',{stubborn!r}],stop_timeout_s=0.3)],f/'logs',f/'run',print)"
        ".run(lambda:(f/'up').touch())"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    wait_until((tmp_path / "up").exists, "it is up")
    wait_until((tmp_path / "logs" / "mule.log").read_text, "the mule has spoken")
    mule = pid(tmp_path, "mule")
    process.send_signal(signal.SIGTERM)
    messages, _ = process.communicate(timeout=PATIENCE_S)
    assert b"killing it" in messages
    assert not is_alive(mule)


HANG = """
import os, sys, time
from functools import partial
from pathlib import Path
from console.run import liveness
from console.run.supervisor import ProcessSpec, Supervisor
liveness.EVERY_S = 0.7
folder = Path(sys.argv[1])
door, spare = liveness.listen(folder / "web.sock"), liveness.listen(folder / "spare.sock")

def serve(line, words):
    print("I am", words[0], sorted(os.listdir("/proc/self/fd")), flush=True)
    time.sleep(2.4 if words[0] == "web" else 0)
    while True:
        peer, _ = line.accept()
        peer.recv(200)
        peer.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
        peer.close()

plans = [
    ProcessSpec("web", ["web"], program=partial(serve, door), sockets=(door,), asks=folder / "web.sock"),
    ProcessSpec("spare", ["spare"], program=partial(serve, spare), sockets=(spare,), asks=folder / "spare.sock", needs=("web",)),
]
Supervisor(plans, folder / "logs", folder / "run", print).run(lambda: (folder / "up").touch())
"""


@pytest.fixture
def asked(tmp_path):
    """Two forked processes that are asked every 0.7 s; the second starts once the first has answered."""
    with subprocess.Popen([sys.executable, "-c", HANG, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as process:
        wait_until((tmp_path / "up").exists, "both have answered")
        yield process
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def test_a_stopped_process_is_replaced_and_the_other_left_alone(asked, tmp_path):
    web, spare = pid(tmp_path, "web"), pid(tmp_path, "spare")
    os.kill(web, signal.SIGSTOP)
    wait_until(lambda: pid(tmp_path, "web") != web, "another takes its place")
    assert not is_alive(web)
    assert pid(tmp_path, "spare") == spare
    assert "web does not answer (/healthz, for " in (tmp_path / "logs" / "web.log").read_text()


def test_what_is_busy_starting_is_not_replaced(asked, tmp_path):
    """It takes 2.4 s to its first answer, while three questions of 0.7 s would make it hung."""
    assert "replacing" not in (tmp_path / "logs" / "web.log").read_text()


def test_a_hung_process_says_where_it_stood(asked, tmp_path):
    before = pid(tmp_path, "spare")
    os.kill(before, signal.SIGABRT)
    wait_until(lambda: pid(tmp_path, "spare") != before, "another takes its place")
    assert "Fatal Python error: Aborted" in (tmp_path / "logs" / "spare.log").read_text()
    assert "in serve" in (tmp_path / "logs" / "spare.log").read_text()


def test_a_forked_process_holds_open_only_what_is_its_own(asked, tmp_path):
    for name in ("web", "spare"):
        descriptors = len(list(Path(f"/proc/{pid(tmp_path, name)}/fd").iterdir()))
        assert descriptors == 4, name  # standard streams and its socket


def test_what_a_killed_process_had_started_ends_as_well(tmp_path):
    code = "import subprocess,time;p=subprocess.Popen(['sleep','600']);print(p.pid,flush=True);time.sleep(600)"
    from console.run.supervisor import ProcessSpec, Supervisor

    supervisor = Supervisor(
        [ProcessSpec("a", [sys.executable, "-c", code])], tmp_path / "logs", tmp_path / "run", print
    )
    log = tmp_path / "logs" / "a.log"
    wait_until(lambda: supervisor._turn(0.05) or log.read_text(), "it has spoken")
    os.kill(pid(tmp_path, "a"), signal.SIGKILL)
    grandchild = int(log.read_text().split()[-1])
    wait_until(lambda: supervisor._turn(0.05) or not is_alive(grandchild), "its child is gone")
    supervisor.stop()


def test_what_cannot_be_started_is_tried_again_and_the_others_go_on(tmp_path):
    from console.run.supervisor import ProcessSpec, Supervisor

    messages = []
    specs = [ProcessSpec("missing", [str(tmp_path / "missing")]), ProcessSpec("there", ["sleep", "600"])]
    supervisor = Supervisor(specs, tmp_path / "logs", tmp_path / "run", messages.append)
    (tmp_path / "run" / "there.draft").mkdir()  # nor can its number be written down
    wait_until(lambda: supervisor._turn(0.05) or len(messages) > 1, "it was tried twice")
    assert supervisor.children[1].is_running
    supervisor.stop()
    assert "missing could not be started" in messages[0]
    assert messages[0].endswith("again in 0.2 s")
    assert messages[1].endswith("again in 0.4 s")


def test_where_there_is_no_memory_for_its_page_a_process_is_started_later(tmp_path, monkeypatch):
    from console.run import loops
    from console.run.supervisor import ProcessSpec, Supervisor

    def refuse() -> None:
        raise OSError(errno.ENOMEM, "no room")

    messages: list[str] = []
    supervisor = Supervisor([ProcessSpec("a", ["sleep", "600"])], tmp_path / "logs", tmp_path / "run", messages.append)
    with monkeypatch.context() as patch:
        patch.setattr(loops, "Page", refuse)
        supervisor._turn(0.05)
    assert "a could not be started" in messages[0]
    wait_until(lambda: supervisor._turn(0.05) or supervisor.children[0].is_running, "it runs")
    supervisor.stop()


def test_a_process_that_the_kernel_cannot_end_is_waited_for_only_so_long(tmp_path, monkeypatch):
    """It waits for a disk, say, and is gone once that answers: such a process cannot be had in a test."""
    from console.run import supervisor as module

    supervisor = module.Supervisor(
        [module.ProcessSpec("a", ["sleep", "600"], stop_timeout_s=0.1)], tmp_path / "logs", tmp_path / "run", print
    )
    (child,) = supervisor.children
    wait_until(lambda: supervisor._turn(0.05) or child.is_running, "it runs")
    process = child.process
    with monkeypatch.context() as patch:
        patch.setattr(module, "KILLED_WITHIN_S", 0.1)
        patch.setattr(process, "poll", lambda: None)
        patch.setattr(process, "wait", lambda: pytest.fail("it is waited for without a limit"))
        supervisor.stop()
    process.wait(PATIENCE_S)


def test_that_nobody_hears_it_any_more_ends_nothing(tmp_path):
    from console.run.supervisor import ProcessSpec, Supervisor

    def gone(text: str) -> None:
        raise BrokenPipeError

    supervisor = Supervisor([ProcessSpec("a", ["sleep", "600"])], tmp_path / "logs", tmp_path / "run", gone)
    (child,) = supervisor.children
    wait_until(lambda: supervisor._turn(0.05) or child.is_running, "it runs")
    before = child.process.pid
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: supervisor._turn(0.05) or (child.is_running and child.process.pid != before), "it runs again")
    supervisor.stop()
    assert not child.is_running


@pytest.mark.skipif(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, reason="the tests themselves run under nohup")
def test_a_closed_terminal_stops_everything_in_order(supervised, tmp_path):
    supervised.send_signal(signal.SIGHUP)
    assert supervised.wait(timeout=PATIENCE_S) == 0
    assert (tmp_path / "order").read_text().split() == ["second", "first"]
