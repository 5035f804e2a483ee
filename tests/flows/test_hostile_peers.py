"""Peers that do not read, do not write or do not stay: everybody else is served as if they were not there."""

import contextlib
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from airspace.bench.stand import Stand
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.alone
READERS, WRITERS, LEAVERS = 500, 500, 200
BUNDLE_BYTES = 1_500_000
ENOUGH = 300
P99_MS = 300.0
DEADLINES = {"LOFT_SEND_DEADLINE_S": "4", "LOFT_BODY_DEADLINE_S": "4"}


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    """A web process of its own, with a file as large as the API page's bundle."""
    with Stand(environment=dict(DEADLINES)) as made:
        (made.home / "static").mkdir(exist_ok=True)
        (made.home / "static" / "bundle.js").write_bytes(b"x" * BUNDLE_BYTES)
        made.start_web()
        yield made


class Neighbour(threading.Thread):
    """A well-behaved client: asks for the process's health, a page's data and a piece of a file, over and over."""

    def __init__(self, stand: Stand) -> None:
        super().__init__(daemon=True)
        self.caller = httpx.Client(base_url=stand.url, timeout=PATIENCE_S, headers={"Cookie": stand.cookie})
        self.took_ms: list[float] = []
        self.statuses: set[int] = set()
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.01):
            for path, more in (("/healthz", {}), ("/api/v1/sites", {}), ("/static/bundle.js", {"Range": "bytes=0-99"})):
                began_s = time.perf_counter()
                answer = self.caller.get(path, headers=more)
                self.took_ms.append((time.perf_counter() - began_s) * 1000)
                self.statuses.add(answer.status_code)

    def p99_ms(self) -> float:
        return statistics.quantiles(self.took_ms, n=100)[98]


def hold(stand: Stand, text: bytes) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    line.settimeout(10)
    line.connect(("127.0.0.1", stand.port))
    line.sendall(text)
    return line


def request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def connections(stand: Stand) -> int:
    """Return how many sockets the web process holds; one that it closes meanwhile is none any more."""
    count = 0
    for link in fds(stand):
        with contextlib.suppress(FileNotFoundError):
            count += "socket:" in str(link.readlink())
    return count


def fds(stand: Stand) -> list[Path]:
    return list(Path(f"/proc/{stand.processes['web'].pid}/fd").iterdir())


def threads(stand: Stand) -> int:
    return len(list(Path(f"/proc/{stand.processes['web'].pid}/task").iterdir()))


def temporary() -> int:
    return sum(file.stat().st_size for file in Path(tempfile.gettempdir()).glob("*.upload*"))


def test_a_thousand_slow_peers_and_those_that_leave_disturb_nobody(stand: Stand):
    neighbour = Neighbour(stand)
    neighbour.caller.get("/api/v1/sites")  # what the first request imports is not the peers' doing
    before = connections(stand)
    neighbour.start()
    wait_until(lambda: len(neighbour.took_ms) >= ENOUGH, "the neighbour was served before")
    quiet_ms = neighbour.p99_ms()
    neighbour.took_ms.clear()
    with contextlib.ExitStack() as held:
        for _ in range(READERS):
            held.enter_context(hold(stand, request("/static/bundle.js") * 4))
        for _ in range(WRITERS):
            head = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n"
            held.enter_context(hold(stand, head + b"x"))
        for number in range(LEAVERS):
            hold(stand, request("/api/v1/sites" if number % 2 else "/static/bundle.js") * 4).close()
        wait_until(lambda: len(neighbour.took_ms) >= ENOUGH, "the neighbour was served meanwhile")
        attacked_ms = neighbour.p99_ms()
        wait_until(lambda: connections(stand) <= before + 10, "the process has left all of them")
    neighbour.ended.set()
    neighbour.join(PATIENCE_S)
    neighbour.caller.close()
    print(f"p99 {attacked_ms:.0f} ms, {quiet_ms:.0f} ms before; {threads(stand)} threads")
    assert neighbour.statuses == {200, 206}
    assert attacked_ms < max(P99_MS, 4 * quiet_ms)  # a machine that does much else is slow to everybody
    assert threads(stand) < 40
    assert "handler is closed" not in stand.log("web")
    assert httpx.get(f"{stand.url}/healthz").json() == {"live": True}


def test_eight_readers_of_pages_that_close_unread_leave_every_thread_free(stand: Stand):
    for _ in range(24):
        hold(stand, request("/api/schema") * 2).close()
    with httpx.Client(base_url=stand.url, headers={"Cookie": stand.cookie}, timeout=60) as caller:
        assert [caller.get("/api/v1/sites").status_code for _ in range(24)] == [200] * 24


def test_a_large_form_of_a_stranger_is_refused_before_anything_of_it_is_stored(stand: Stand):
    before = temporary()
    form = b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + b"x" * 20_000_000 + b"\r\n--x--\r\n"
    for path in ("/login", "/logout", "/i18n/setlang/", "/api/v1/inventory/imports", "/api/v1/sites"):
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = httpx.post(f"{stand.url}{path}", content=form, headers=kind, timeout=30)
        assert (answer.status_code, "expected at most" in answer.text) == (413, True)
    assert temporary() == before


def test_the_file_limit_allows_the_connections_that_the_settings_do(stand: Stand):
    text = Path(f"/proc/{stand.processes['web'].pid}/limits").read_text()
    soft = next(line.split()[3] for line in text.splitlines() if line.startswith("Max open files"))
    assert soft == "unlimited" or int(soft) >= 2 * 2_048
