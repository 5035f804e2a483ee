"""TCP and HTTP checks against small servers of the test's own."""

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from network.kernels.measurement.probe_check import Failure
from network.probes import connect
from network.probes.connect import MAX_CHECKS, Check, check_round, probe_all

ANSWERS = {
    "/well": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "/gone": b"HTTP/1.1 503 Gone\r\ncontent-length: 0\r\n\r\n",
    "/long": b"HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n" + bytes(100_000),
    "/noise": b"noise\r\n\r\n",
}


@pytest.fixture
async def port():
    async def serve(reader, writer):
        try:
            line = await reader.readline()
            path = line.split()[1].decode() if line.split() else ""
            if path == "/slow":
                await reader.read()  # never answered: until the caller gives up
            writer.write(ANSWERS.get(path, b""))
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
def closed_port():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


async def check_once(timeout_s=2.0, **fields):
    return (await probe_all([Check(7, **fields)], timeout_s))[0]


async def test_a_port_that_listens_is_reached_in_some_time(port):
    outcome = await check_once(host="127.0.0.1", port=port)
    assert (outcome.key, outcome.is_reached, outcome.failure, outcome.status) == (7, True, None, None)
    assert 0 < outcome.ms < 2_000


async def test_a_closed_port_is_refused_and_has_no_time(closed_port):
    outcome = await check_once(host="127.0.0.1", port=closed_port)
    assert (outcome.is_reached, outcome.failure, outcome.ms) == (False, Failure.REFUSED, None)
    outcome = await check_once(url=f"http://127.0.0.1:{closed_port}/")
    assert (outcome.failure, outcome.ms) == (Failure.REFUSED, None)


async def test_a_name_that_nobody_knows_is_told_as_such():
    assert (await check_once(host="no-such-host.invalid", port=80)).failure is Failure.NAME
    assert (await check_once(url="http://no-such-host.invalid/")).failure is Failure.NAME
    assert (await check_once(host="a..b", port=80)).failure is Failure.NAME  # what no name can be
    assert not (await check_once(url="http://a..b/")).is_reached


@pytest.mark.parametrize("path", ["/well", "/long"])
async def test_an_http_answer_is_reached_with_its_status(port, path):
    outcome = await check_once(url=f"http://127.0.0.1:{port}{path}")
    assert (outcome.failure, outcome.status) == (None, 200)
    assert outcome.ms > 0


async def test_a_wrong_status_is_a_failure_unless_it_is_expected(port):
    outcome = await check_once(url=f"http://127.0.0.1:{port}/gone")
    assert (outcome.failure, outcome.status, outcome.ms) == (Failure.STATUS, 503, None)
    assert (await check_once(url=f"http://127.0.0.1:{port}/gone", statuses=(500, 599))).is_reached


async def test_what_is_no_http_is_told_as_such(port):
    assert (await check_once(url=f"http://127.0.0.1:{port}/noise")).failure is Failure.PROTOCOL


async def test_who_does_not_answer_in_time_is_timed_out(port):
    assert (await check_once(0.1, url=f"http://127.0.0.1:{port}/slow")).failure is Failure.TIMEOUT


async def test_many_are_checked_in_the_order_given(port, closed_port):
    checks = [Check(key, "127.0.0.1", port if key % 2 else closed_port) for key in range(40)]
    outcome = await probe_all(checks)
    assert [reached.key for reached in outcome] == list(range(40))
    assert [reached.is_reached for reached in outcome] == [bool(key % 2) for key in range(40)]


async def test_too_many_checks_are_refused():
    with pytest.raises(ValueError, match="at most 1000"):
        await probe_all([Check(1, "127.0.0.1", 9)] * (MAX_CHECKS + 1))


@pytest.mark.parametrize(
    ("fields", "name"),
    [({}, "host"), ({"host": "x"}, "port"), ({"host": "x", "port": 65_536}, "port"), ({"url": "ftp://x"}, "url")],
)
def test_a_wrong_check_is_refused_by_field(fields, name):
    with pytest.raises(ValueError, match=name):
        Check(1, **fields)


def test_a_process_makes_one_http_client_for_all_its_rounds_and_none_for_tcp_alone(monkeypatch):
    made = []
    real = httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **how: made.append(real(**how)) or made[-1])

    async def served():
        async def serve(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWERS["/well"])
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            checks = [Check(1, url=f"http://127.0.0.1:{port}/well", method="http"), Check(2, "127.0.0.1", port)]
            rounds = [checks[1:], checks, checks]
            return [(await asyncio.to_thread(check_round, rounds), len(made)) for rounds in rounds]

    connect._caller.forget()
    output = asyncio.run(served())  # each round has a loop of its own, as a task has
    assert [clients for _, clients in output] == [0, 1, 1]
    assert [[row.failure for row in outcome.measured] for outcome, _ in output] == [[""], ["", ""], ["", ""]]


def test_a_round_keeps_why_a_check_failed():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    outcome = check_round([Check(1, "127.0.0.1", port), Check(2, "no.such.invalid", 80)])
    assert [measured.failure for measured in outcome.measured] == ["refused", "name_unknown"]


def test_with_a_dead_dns_a_round_ends_in_its_time_and_who_has_an_address_is_reached(monkeypatch):
    """The system's resolver cannot be interrupted: a round's end waited for it, and addresses waited behind names."""
    real, again = socket.getaddrinfo, threading.Event()

    def hangs(host, *args, flags=0, **named):
        if flags & socket.AI_NUMERICHOST:
            return real(host, *args, flags=flags, **named)
        again.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "nobody answered")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    named = [Check(key, f"site-{key}.example.org", 80) for key in range(40)]
    with ThreadPoolExecutor(1) as pool, socket.create_server(("127.0.0.1", 0)) as line:
        round_ = pool.submit(check_round, [*named, Check(40, "127.0.0.1", line.getsockname()[1])], 2.0)
        try:
            measured = round_.result(30).measured
        finally:
            again.set()
    assert [row.failure for row in measured] == [Failure.TIMEOUT] * 40 + [""]
