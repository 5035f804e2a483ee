"""Who asks for a line waits for their turn, or is told when to come again."""

import asyncio
import contextlib
import gc
import re
import struct

import pytest

from console.door import lobby as module
from console.door.connections import Http, Socket
from console.door.lobby import Lobby, come_again
from console.live.entrance import Entrance
from console.live.lines import TRY_LATER, Lines
from tests.console.serving import serving
from tests.waiting import wait_until

ASK = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


class Full(Lobby):
    """One whose entrance has no room until a test says so."""

    def __init__(self, clock=None):
        self.is_open = False
        super().__init__(lambda: self.is_open, clock or Clock())


async def _turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_who_asks_first_is_let_in_first_and_not_before_there_is_room():
    lobby, inside = Full(), []
    for name in "abc":
        assert lobby.enter(name, lambda name=name: inside.append(name)) == 0.0
    await _turns()
    assert (inside, len(lobby)) == ([], 3)
    lobby.is_open = True
    lobby.wake()
    await _turns()
    assert inside == ["a"], "each place that is free lets one in"
    lobby.leave("b")
    lobby.wake()
    lobby.wake()
    await _turns()
    assert (inside, len(lobby)) == (["a", "c"], 0)


async def test_beyond_the_room_to_wait_each_is_told_a_time_of_their_own_at_the_pace_of_opening(monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 4)
    clock = Clock()
    lobby = Full(clock)
    for number in range(4):
        assert lobby.enter(number, lambda: None) == 0.0
    slowest_s = 1.0 / module.LEAST_PER_S
    told = [lobby.enter(number, lambda: None) for number in range(4, 8)]
    assert told == pytest.approx([5 * slowest_s, 6 * slowest_s, 7 * slowest_s, 8 * slowest_s])
    clock.now_s += 7 * slowest_s  # all who were told have come: who comes now is behind those who wait
    assert lobby.enter("late", lambda: None) == pytest.approx(5 * slowest_s)
    assert len(lobby) == 4


async def test_the_faster_lines_open_the_sooner_one_is_told_to_come(monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 1_000)
    clock = Clock()
    lobby = Full(clock)
    lobby.is_open = True
    for number in range(1_000):
        lobby.enter(number, lambda: setattr(clock, "now_s", clock.now_s + 0.002))
    while len(lobby) > 500:
        await _turns(1)
    lobby.is_open = False
    monkeypatch.setattr(module, "MOST_WAITING", len(lobby))
    assert lobby.enter("late", lambda: None) == pytest.approx(len(lobby) * 0.002, rel=0.02)


def test_the_answer_opens_a_line_and_closes_it_with_a_reason_that_the_page_reads():
    answer = come_again(b"dGhlIHNhbXBsZSBub25jZQ==", 2.4)
    head, _, close = answer.partition(b"\r\n\r\n")
    assert b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head  # RFC 6455, 1.3
    assert close == bytes([0x88, 18]) + struct.pack("!H", TRY_LATER) + b"again in 2400 ms"


async def _hello(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": "in"})
    await receive()


def _head(reader):
    return b"".join(iter(reader.readline, b"\r\n"))


@pytest.fixture
def entrance_full(monkeypatch):
    """An entrance that has room for nobody until the test opens it."""
    room = {"is_open": False}
    shut = Lobby(lambda: room["is_open"])
    monkeypatch.setattr("console.door.connections.lobby", shut)
    return shut, room


def test_a_connection_waits_until_the_entrance_has_room_and_becomes_a_line_then(entrance_full):
    shut, room = entrance_full
    with serving(_hello) as served, contextlib.closing(served.connect()) as line:
        line.sendall(ASK)
        wait_until(lambda: len(shut) == 1, "it waits")
        room["is_open"] = True
        loop = shut._turns._loop
        loop.call_soon_threadsafe(shut.wake)
        reader = line.makefile("rb")
        assert b"101" in _head(reader)
        assert reader.read(4) == b"\x81\x02in"
        assert len(shut) == 0


def test_who_hangs_up_or_speaks_before_their_turn_waits_no_more(entrance_full):
    shut, _ = entrance_full
    with serving(_hello) as served:
        gone, early = served.connect(), served.connect()
        for line in (gone, early):
            line.sendall(ASK)
        wait_until(lambda: len(shut) == 2, "both wait")
        gone.close()
        wait_until(lambda: len(shut) == 1, "the one that hung up is forgotten")
        early.sendall(b"\x81\x80\0\0\0\0")
        assert early.recv(100).startswith(b"HTTP/1.1 400")
        wait_until(lambda: len(shut) == 0, "and so is the other")


def test_a_connection_that_became_a_line_or_ended_is_let_go_of_at_once():
    """Whatever refers to itself waits for a collection, which holds everybody up."""
    with serving(_hello) as served:
        gc.collect()
        gc.disable()
        try:
            lines = [served.connect() for _ in range(3)]
            for line in lines:
                line.sendall(ASK)
                assert b"101" in _head(line.makefile("rb"))
            wait_until(lambda: not _alive(Http), "no connection is left beside its line")
            assert len(_alive(Socket)) == len(lines)
            for line in lines:
                line.close()
            wait_until(lambda: not _alive(Socket), "nor a line that has ended")
        finally:
            gc.enable()


def _alive(kind):
    return [each for each in gc.get_objects() if type(each) is kind]  # what is lazy would be made by isinstance


def test_where_too_many_wait_a_line_is_closed_with_the_time_to_come_again(entrance_full, monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 0)
    with serving(_hello) as served, contextlib.closing(served.connect()) as line:
        line.sendall(ASK)
        said = line.makefile("rb").read()
        assert b"101 Switching" in said
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in said
        assert re.search(rb"again in \d+ ms$", said)


async def test_each_who_has_been_looked_at_makes_room():
    entrance, told = Entrance(Lines()), []
    entrance.on_room = lambda: told.append(entrance.has_room)
    asking = asyncio.create_task(entrance.ask("a line"))
    await asyncio.sleep(0)
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    assert told == [True]
    entrance._running.cancel()
