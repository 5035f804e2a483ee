"""What systemd is told, heard at a real datagram socket."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from console.run.service_manager import Asked, ServiceManager
from tests.console.run.test_supervisor import is_alive, pid
from tests.stack import ROOT
from tests.waiting import wait_until

SUPERVISE = """
import sys
from pathlib import Path
from environs import Env
from console.run.supervisor import ProcessSpec, Supervisor
from console.service_settings import asked
folder = Path(sys.argv[1])
specs = [ProcessSpec(name, ["sleep", "600"]) for name in ("first", "second")]
Supervisor(specs, folder / "logs", folder / "run", print, asked=asked(Env())).run(lambda: None)
"""


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    """The socket of a service manager, and how it is named in the environment."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@loft-test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(address.replace("@", "\0", 1) if request.param == "abstract" else address)
        line.settimeout(20)
        yield line, address


def heard(line: socket.socket) -> list[str]:
    """Return what has come so far."""
    messages = []
    line.setblocking(False)
    try:
        while True:
            messages.append(line.recv(4_096).decode())
    except BlockingIOError:
        return messages


def test_it_speaks_to_the_socket_that_it_was_named(manager):
    line, address = manager
    service = ServiceManager(Asked(address))
    service.ready()
    service.status("3 processes are up")
    service.status("3 processes are up")
    service.stopping()
    assert heard(line) == ["READY=1", "STATUS=3 processes are up", "STOPPING=1"]


def test_it_shows_that_it_turns_every_half_of_the_time_it_has(manager):
    line, address = manager
    service = ServiceManager(Asked(address, watchdog_us=30_000_000, watchdog_pid=os.getpid()))
    for second in range(100, 146):
        service.turn(float(second))
    assert heard(line) == ["WATCHDOG=1"] * 4  # at 100, 115, 130 and 145 s


@pytest.mark.parametrize("asked", [{}, {"watchdog_us": 30_000_000, "watchdog_pid": 1}])
def test_where_nobody_counts_its_turns_or_only_those_of_another_it_says_nothing_of_them(manager, asked):
    line, address = manager
    service = ServiceManager(Asked(address, **asked))
    for second in range(100):
        service.turn(float(second))
    assert heard(line) == []


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@nobody-listens-here"])
def test_where_nobody_listens_it_goes_on(address):
    service = ServiceManager(Asked(address, watchdog_us=1))
    service.ready()
    service.turn(1.0)
    service.stopping()


def test_a_manager_that_does_not_read_holds_nobody_up(manager):
    _, address = manager
    service = ServiceManager(Asked(address, watchdog_us=2))
    for turn in range(5_000):
        service.turn(float(turn))


@pytest.mark.slow
def test_a_supervisor_says_that_all_is_up_that_it_turns_what_is_not_up_and_that_it_stops(manager, tmp_path):
    line, address = manager
    environment = {**os.environ, "NOTIFY_SOCKET": address, "WATCHDOG_USEC": "400000"}
    environment.pop("WATCHDOG_PID", None)
    words = [sys.executable, "-c", SUPERVISE, str(tmp_path)]
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        messages: list[str] = []
        wait_until(lambda: messages.extend(heard(line)) or messages.count("WATCHDOG=1") > 3, "it turns")
        assert messages.count("READY=1") == 1
        assert "STATUS=2 processes are up" in messages
        before = pid(tmp_path, "second")
        os.kill(before, signal.SIGKILL)
        wait_until(
            lambda: messages.extend(heard(line)) or "STATUS=not up: second" in messages, "it says who is missing"
        )
        wait_until(lambda: pid(tmp_path, "second") != before and is_alive(pid(tmp_path, "second")), "it runs again")
        os.kill(process.pid, signal.SIGSTOP)
        wait_until(lambda: not heard(line), "nothing comes any more")
        os.kill(process.pid, signal.SIGCONT)
        wait_until(lambda: "WATCHDOG=1" in heard(line), "it turns again")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert "STOPPING=1" in heard(line)
