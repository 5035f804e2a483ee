"""Connections: how many, how long their headers, how long each may keep us waiting."""

import asyncio
import contextlib
import json
import socket
import time
from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from websockets.sync.client import connect

from console.door import connections
from console.door.connections import Register, _counted_as
from tests.console.serving import HELLO, hear, is_ended, pending, serving
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
OPEN = b"GET /api/v1/hello HTTP/1.1\r\nHost: x\r\n"


async def greet(scope, receive, send):
    """Answer at once, without reading; lines are taken and kept."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hi"})


async def pour(scope, receive, send):
    """Send more than any buffer takes."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(1_000):
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        (b"X: " + b"a" * 32_000 + b"\r\n", 200),
        (b"X: " + b"a" * 33_000 + b"\r\n", 431),
        (b"".join(b"X-%d: a\r\n" % number for number in range(99)), 200),
        (b"".join(b"X-%d: a\r\n" % number for number in range(100)), 431),
    ],
)
def test_headers_are_taken_up_to_their_bytes_and_their_number(extra, status):
    with serving(greet) as served:
        answer = served.ask(OPEN + extra + b"\r\n")
    assert answer[0] == status
    if status == 431:
        assert json.loads(answer[2])["detail"].startswith("headers: ")


def test_a_url_too_long_is_refused_with_the_headers():
    with serving(greet) as served:
        assert served.ask(b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")[0] == 431


@pytest.mark.parametrize(
    "beginning",
    [
        OPEN + b"X: ",
        b"GET /",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    ],
    ids=["header", "url", "chunk extension", "trailer"],
)
def test_sixty_megabytes_in_one_piece_of_a_head_are_not_taken(beginning):
    sent = 0
    with serving(greet) as served:
        line = served.connect()
        line.sendall(beginning)
        with contextlib.suppress(OSError):
            while sent < 60_000_000:
                sent += line.send(b"a" * 65_536)
    assert sent < 8_000_000  # what the system's own buffers took included


def test_who_does_not_finish_a_head_is_told_and_left(settings):
    settings.LOFT_HEADER_DEADLINE_S = 1.0
    with serving(greet) as served:
        silent, slow = served.connect(), served.connect()
        slow.sendall(OPEN + b"X: ")
        assert [hear(line.makefile("rb"))[0] for line in (silent, slow)] == [408, 408]
        wait_until(lambda: pending(served.server) == 0, "both are left")


def test_an_idle_connection_is_closed_even_when_it_sends_empty_lines(settings):
    settings.LOFT_IDLE_DEADLINE_S = 1.0
    with serving(greet) as served:
        line = served.connect()
        line.sendall(HELLO)
        hear(line.makefile("rb"))

        def ended():
            try:
                line.sendall(b"\r\n")
            except OSError:
                return True
            return is_ended(line)

        wait_until(ended, "it is closed", every_s=0.2)


def test_the_rest_of_an_unwanted_body_is_waited_for_only_so_long(settings):
    settings.LOFT_BODY_DEADLINE_S = 1.0
    with serving(greet) as served:
        line = served.connect()
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx")
        assert hear(line.makefile("rb"))[0] == 200
        wait_until(lambda: is_ended(line), "it is closed")


def test_who_does_not_read_is_left_and_the_sender_goes_on(settings):
    settings.LOFT_SEND_DEADLINE_S = 1.0
    with serving(pour) as served:
        served.connect(receive_bytes=4_096).sendall(HELLO)
        wait_until(lambda: pending(served.server) == 1, "it is there")
        wait_until(lambda: pending(served.server) == 0, "it is left")
        wait_until(lambda: not served.server.server_state.tasks, "nothing runs for it any more")


def test_a_small_answer_that_nobody_reads_keeps_no_connection(settings):
    settings.LOFT_SEND_DEADLINE_S = settings.LOFT_IDLE_DEADLINE_S = 1.0

    async def large(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"400000")]})
        await send({"type": "http.response.body", "body": b"x" * 400_000})

    with serving(large) as served:
        served.connect(receive_bytes=4_096).sendall(HELLO)
        wait_until(lambda: pending(served.server) == 1, "it is there")
        wait_until(lambda: pending(served.server) == 0, "it is left")


def test_a_thousand_pipelined_requests_are_too_many_and_sixty_are_not():
    async def wait(scope, receive, send):
        await asyncio.sleep(0.2 * (scope["path"] == "/slow"))
        await greet(scope, receive, send)

    first = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
    with serving(wait) as served:
        line = served.connect()
        line.sendall(first + HELLO * 60)
        stream = line.makefile("rb")
        assert {hear(stream)[0] for _ in range(61)} == {200}
        flood = served.connect()
        flood.sendall(first + HELLO * 1_000)
        wait_until(lambda: is_ended(flood), "it is ended")


@pytest.mark.parametrize("pause_s", [0.0, 0.5], ids=["at once", "while the answer waits for its reader"])
def test_a_line_does_not_take_over_a_connection_whose_answer_is_under_way(settings, pause_s):
    settings.LOFT_SEND_DEADLINE_S = 1.0
    kinds = []

    async def note(scope, receive, send):
        kinds.append(scope["type"])
        await pour(scope, receive, send)

    with serving(note) as served:
        line = served.connect(receive_bytes=4_096)
        line.sendall(HELLO)
        time.sleep(pause_s)
        line.sendall(UPGRADE)
        wait_until(lambda: pending(served.server) == 0, "it is left")
        wait_until(lambda: not served.server.server_state.tasks, "nothing waits for it")
    assert kinds == ["http"]


def test_a_line_may_follow_an_answer():
    with serving(greet) as served, served.connect() as line:
        stream = line.makefile("rb")
        line.sendall(HELLO)
        assert hear(stream)[0] == 200
        line.sendall(UPGRADE)
        assert stream.readline() == b"HTTP/1.1 101 Switching Protocols\r\n"


def test_connections_are_limited_in_all_and_a_full_server_says_so(settings):
    settings.LOFT_CONNECTIONS = 16
    with serving(greet) as served:
        lines = [served.connect() for _ in range(16)]
        wait_until(lambda: pending(served.server) == 16, "they are in")
        status, headers, body = hear(served.connect().makefile("rb"))
        assert (status, headers["retry-after"]) == (503, "5")
        assert json.loads(body)["detail"] == "16 connections are open; expected at most 16"
        lines[0].close()
        wait_until(lambda: pending(served.server) < 16, "there is room")
        assert served.ask(HELLO)[0] == 200


def test_lines_count_as_connections_may_be_silent_and_give_their_place_back(settings):
    settings.LOFT_CONNECTIONS_PER_PROXY = 2
    settings.LOFT_IDLE_DEADLINE_S = settings.LOFT_HEADER_DEADLINE_S = 1.0
    with serving(greet) as served:
        with (
            connect(f"ws://127.0.0.1:{served.port}/") as connection,
            connect(f"ws://127.0.0.1:{served.port}/") as other,
        ):
            assert hear(served.connect().makefile("rb"))[0] == 503
            with pytest.raises(TimeoutError):
                connection.recv(timeout=2.5)  # longer than anything else may be idle
            other.send("still there")
        wait_until(lambda: pending(served.server) == 0, "both are gone")
        assert served.ask(HELLO)[0] == 200


def test_the_answers_to_pings_do_not_pile_up_for_who_does_not_read_them(settings):
    settings.LOFT_SEND_DEADLINE_S = 2.0
    most_bytes = sent = 0
    with serving(greet) as served, served.connect(receive_bytes=4_096) as line:
        line.sendall(UPGRADE)
        assert line.recv(12) == b"HTTP/1.1 101"
        (protocol,) = served.server.server_state.connections
        line.settimeout(0.5)
        with contextlib.suppress(OSError):
            while sent < 30_000_000:
                sent += line.send((b"\x89\xfd\0\0\0\0" + b"x" * 125) * 500)
                most_bytes = max(most_bytes, protocol.transport.get_write_buffer_size())
        wait_until(lambda: pending(served.server) == 0, "it is left")
    assert most_bytes < 1_000_000


@pytest.mark.parametrize(
    ("peer", "counted", "is_proxy"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("203.0.113.7", "203.0.113.7", False),
        ("10.9.0.4", "10.9.0.4", True),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", False),
        ("::ffff:203.0.113.7", "203.0.113.7", False),
        ("::ffff:10.9.0.4", "10.9.0.4", True),
        ("", "", True),
    ],
)
def test_many_may_come_through_a_trusted_proxy_and_an_ipv6_network_counts_as_one(settings, peer, counted, is_proxy):
    settings.LOFT_TRUSTED_PROXIES = (ip_network("10.9.0.0/16"),)
    _counted_as.cache_clear()
    assert _counted_as(peer) == (counted, is_proxy)
    _counted_as.cache_clear()


async def test_one_address_does_not_take_the_places_of_others(settings):
    settings.LOFT_CONNECTIONS_PER_ADDRESS = 3
    register = Register(SimpleNamespace(connections=set()), asyncio.get_running_loop())
    assert [register.enter("203.0.113.7") for _ in range(3)] == [None] * 3
    assert "3 connections from 203.0.113.7 are open; expected at most 3" in str(register.enter("203.0.113.7"))
    assert register.enter("203.0.113.8") is None
    register.leave("203.0.113.7")
    register.leave("203.0.113.7")
    assert register.enter("203.0.113.7") is None


def test_nonsense_is_a_400_and_the_end():
    with serving(greet) as served:
        line = served.connect()
        line.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert hear(line.makefile("rb"))[0] == 400
        wait_until(lambda: is_ended(line), "it is ended")


def test_little_is_queued_in_the_system_for_a_peer_that_does_not_read():
    assert connections.MOST_UNSENT_BYTES <= 131_072
    with serving(pour) as served:
        line = served.connect(receive_bytes=4_096)
        line.sendall(HELLO)
        wait_until(lambda: pending(served.server) == 1, "it is there")
        (protocol,) = served.server.server_state.connections
        wait_until(lambda: protocol.flow.write_paused, "it waits for its peer")
        kept = protocol.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT)
        assert kept == connections.MOST_UNSENT_BYTES
