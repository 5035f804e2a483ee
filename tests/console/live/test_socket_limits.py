"""Sockets over the wire: a real server, real clients, and clients that mean no good."""

import asyncio
import contextlib
import json
import socket
from contextlib import asynccontextmanager
from importlib import import_module
from time import monotonic

import pytest
import uvicorn
from asgiref.sync import sync_to_async
from django.test import Client
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from console.access.actor import HOME_PK
from console.access.keys import TRUSTED_FOR_S, ring
from console.access.sessions import SessionStore
from console.actions.access.account import end_session
from console.actions.access.organisation import require_totp
from console.actions.access.person import change_person, end_sessions_for, reset_codes, reset_password
from console.actions.audit.audit import SYSTEM
from console.live import entrance, live, socket_protocol
from console.live.consumers import Pace
from console.live.lines import lines
from console.live.socket_protocol import SocketProtocol
from console.live.sockets import application, is_own_page
from console.models import Membership, Organisation, Person
from console.redis_clients import client
from tests.conftest import NOON
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.once]
PROMISED_S = 2.0
MOST_LOOKS = 6
"""One that was under way, one for each that is told (the session, the person), one for each of two lines counted out."""


@pytest.fixture(autouse=True)
def only_what_is_told_ends_a_line(monkeypatch):
    """Nobody looks at all lines now and then, not for an hour."""
    monkeypatch.setattr(entrance, "RECHECK_EVERY_S", 3_600.0)


@contextlib.contextmanager
def at_once():
    """What ends in here ends by the first looks after it was told, which follow each other without a pause.

    How long they take hangs on the machine; what may lie between them is asserted below.
    """
    before = entrance.entrance.looks
    yield
    assert entrance.entrance.looks - before <= MOST_LOOKS


def test_all_pauses_between_what_is_told_and_the_end_of_a_line_are_shorter_than_was_promised():
    """The rest after a look at others that is under way, and the closing word to a peer that does not read."""
    rest_s = entrance.RESTS * entrance.MOST_TAKEN_S
    assert rest_s + socket_protocol.CLOSE_MESSAGE_WITHIN_S < PROMISED_S


class Served:
    """A server of sockets alone, with the line to Redis that a web process has."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"

    def open(self, session: str, topics: str = "alarms", origin: str | None = None, **more):
        return connect(
            f"ws://127.0.0.1:{self.port}/ws?topics={topics}",
            origin=origin or self.origin,
            additional_headers={"Cookie": f"sessionid={session}"},
            open_timeout=PATIENCE_S,
            **more,
        )

    async def deaf(self, session: str) -> socket.socket:
        """Open a line and never read from it again, with as little room as the kernel allows."""
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", self.port))
        asked = (
            f"GET /ws?topics=alarms HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nOrigin: {self.origin}\r\n"
            f"Cookie: sessionid={session}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await asyncio.get_running_loop().sock_sendall(line, asked.encode())
        assert b" 101 " in await asyncio.get_running_loop().sock_recv(line, 500)
        return line


@asynccontextmanager
async def served():
    config = uvicorn.Config(
        application, port=0, lifespan="off", ws=SocketProtocol, ws_max_size=8_192, proxy_headers=False,
        log_level="error", ws_per_message_deflate=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None
    server.capture_signals = contextlib.nullcontext
    ring.distrust()
    running, following = asyncio.create_task(server.serve()), asyncio.create_task(live.listen())
    await until(lambda: server.started and ring._trusted_for_s == TRUSTED_FOR_S)  # and hears Redis
    try:
        yield Served(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await running
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
    assert len(lines) == 0, "a line was not counted out"
    assert not live.fanout.outboxes


def _sign_in(role: str, someone: Person | None = None) -> tuple[Client, str, Person]:
    if someone is None:
        someone = Person.objects.create_user(f"{role} {Person.objects.count()}", password="x")
        Membership.objects.create(person=someone, organisation_id=HOME_PK, role=role)
    browser = Client()
    browser.force_login(someone)
    return browser, browser.cookies["sessionid"].value, someone


signed_in = sync_to_async(_sign_in)


async def closing(line) -> tuple[int, str]:
    """Return code and reason of the line's end."""
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionClosed):  # of any code but 1000 and 1001 it is raised
            async for _ in line:
                pass
        await line.wait_closed()
    return line.close_code, line.close_reason


async def until(condition, within_s: float = PATIENCE_S) -> None:
    """Wait for what no event tells of."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def is_alive(line) -> bool:
    """Whether a line still gets an event that is told now."""
    live.fanout.tell("alarms", '{"type": "Still"}')
    async with asyncio.timeout(PATIENCE_S):
        while "Still" not in str(await line.recv()):
            pass
    return True


async def test_a_line_ends_upon_signing_out_and_others_stay():
    browser, mine, someone = await signed_in("viewer")
    _, other, _ = await signed_in("viewer", someone)
    async with served() as server, server.open(mine) as line, server.open(other) as kept:
        with at_once():
            await sync_to_async(browser.post)("/logout")
            assert await closing(line) == (4403, "signed out, or a right withdrawn")
        assert await is_alive(kept)


@pytest.mark.parametrize(
    "act",
    [
        lambda session, _: SessionStore().delete(session),
        lambda session, _: SessionStore(session).flush(),
        lambda _, someone: change_person(SYSTEM, someone, NOON, is_active=False),
        lambda _, someone: reset_password(SYSTEM, someone, NOON),
        lambda _, someone: reset_codes(SYSTEM, someone, NOON),
        lambda _, someone: end_sessions_for(SYSTEM, someone, NOON),
        lambda _, someone: end_session(SYSTEM, someone.sessions.get(), NOON),
        lambda _, __: require_totp(SYSTEM, Organisation.objects.get(pk=HOME_PK), NOON, is_required=True),
    ],
    ids=[
        "the session's deletion",
        "the session's flush",
        "disabling the person",
        "resetting the password",
        "resetting codes",
        "ending all sessions",
        "ending the session",
        "demanding codes of those who have none",
    ],
)
async def test_a_line_ends_upon(act):
    _, session, someone = await signed_in("operator")
    async with served() as server, server.open(session) as line:
        with at_once():
            await sync_to_async(act)(session, someone)
            assert (await closing(line))[0] == 4403


async def test_a_line_ends_upon_a_withdrawn_right_and_stays_while_the_right_does(monkeypatch):
    monkeypatch.setitem(import_module("console.live.hub").RIGHTS, "kettles", "network.acknowledge_alarm")
    _, session, someone = await signed_in("operator")
    change = sync_to_async(change_person)
    async with served() as server, server.open(session, "kettles") as line, server.open(session) as kept:
        await change(SYSTEM, someone, NOON, role="planner")
        with at_once():
            await change(SYSTEM, someone, NOON, role="viewer")
            assert (await closing(line))[0] == 4403
        assert await is_alive(kept)


async def test_a_line_ends_when_the_time_of_its_session_is_over():
    _, session, _ = await signed_in("viewer")

    def shorten():
        store = SessionStore(session)
        store.set_expiry(5)
        store.save()

    async with served() as server:
        await sync_to_async(shorten)()
        async with server.open(session) as line:
            with at_once():
                assert (await closing(line))[0] == 4403


async def test_what_ended_while_redis_was_away_is_found_once_it_is_back():
    _, session, _ = await signed_in("viewer")
    async with served() as server, server.open(session) as line:
        await sync_to_async(Person.objects.update)(is_active=False)  # nobody was told
        with at_once():
            await sync_to_async(client().client_kill_filter)(_type="pubsub")
            assert (await closing(line))[0] == 4403


async def test_a_sign_in_a_person_and_a_process_each_have_only_so_many_lines(settings):
    settings.LOFT_SOCKETS_PER_SESSION, settings.LOFT_SOCKETS_PER_PERSON, settings.LOFT_SOCKETS_PER_PROCESS = 3, 5, 6
    _, first, someone = await signed_in("viewer")
    _, second, _ = await signed_in("viewer", someone)
    _, third, _ = await signed_in("viewer")
    async with served() as server, contextlib.AsyncExitStack() as held:
        for session in (first, first, first, second, second, third):
            await held.enter_async_context(server.open(session))
        for session, most, expected in ((first, 9, 4429), (second, 9, 4429), (third, 6, 1013)):
            settings.LOFT_SOCKETS_PER_PROCESS = most
            code, reason = await closing(await server.open(session))
            assert code == expected
            assert "lines" in reason
        assert len(lines) == 6


async def test_a_line_that_ends_makes_room_for_another(settings):
    settings.LOFT_SOCKETS_PER_SESSION = 1
    _, session, _ = await signed_in("viewer")
    async with served() as server:
        for _ in range(3):
            async with server.open(session) as line:
                assert await is_alive(line)
            await until(lambda: len(lines) == 0)


async def test_a_flood_of_messages_ends_its_own_line_and_costs_no_other():
    _, session, _ = await signed_in("viewer")
    async with served() as server, server.open(session) as line, server.open(session) as kept:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(500):
                await line.send('{"view": [1, 1, 2, 2]}')
        assert await closing(line) == (4429, "at most 10 messages a second")
        assert await is_alive(kept)


async def test_what_was_read_already_when_a_line_was_closed_is_no_error(monkeypatch):
    """One packet with more messages than are allowed: the server reads all of them at once."""
    errors = []
    monkeypatch.setattr(socket_protocol._quiet, "exception", lambda *words: errors.append(words))
    _, session, _ = await signed_in("viewer")
    async with served() as server:
        line = await server.deaf(session)
        await asyncio.get_running_loop().sock_sendall(line, b"\x81\x82\0\0\0\0{}" * 100)
        await until(lambda: len(lines) == 0)
        line.close()
    assert errors == []


@pytest.mark.parametrize("size", [4_097, 8_100, 60_000])
@pytest.mark.parametrize("kind", [str, bytes])
async def test_a_big_message_ends_its_own_line_and_costs_no_other(size, kind):
    _, session, _ = await signed_in("viewer")
    async with served() as server, server.open(session) as line, server.open(session) as kept:
        await line.send("x" * size if kind is str else b"x" * size)
        assert (await closing(line))[0] == 1009
        assert await is_alive(kept)


async def test_whoever_reads_nothing_is_let_go_of_and_costs_no_other(monkeypatch):
    monkeypatch.setattr("console.live.socket_protocol.SEND_WITHIN_S", 0.5)
    _, session, _ = await signed_in("viewer")
    async with served() as server, server.open(session) as kept:
        deaf = [await server.deaf(session) for _ in range(10)]
        async with asyncio.timeout(PATIENCE_S):
            while len(lines) > 1:
                live.fanout.tell("alarms", json.dumps({"type": "Long", "text": "x" * 60_000}))
                assert "Long" in str(await kept.recv()) or await is_alive(kept)
                await asyncio.sleep(0.01)
        for line in deaf:
            line.close()


async def test_a_deaf_line_ends_upon_signing_out(monkeypatch):
    monkeypatch.setattr(socket_protocol, "SEND_WITHIN_S", 3_600.0)  # so long it may wait for what was said before
    browser, session, _ = await signed_in("viewer")
    async with served() as server:
        async with server.open(session):
            deaf = await server.deaf(session)
            for _ in range(300):
                live.fanout.tell("alarms", json.dumps({"type": "Long", "text": "x" * 60_000}))
            assert len(lines) == 2
            with at_once():
                await sync_to_async(browser.post)("/logout")
                await until(lambda: len(lines) == 0)
        deaf.close()


async def test_a_page_of_another_port_gets_no_line_over_the_wire():
    _, session, _ = await signed_in("viewer")
    async with served() as server:
        with pytest.raises(InvalidStatus, match="403"):
            await server.open(session, origin=f"http://127.0.0.1:{server.port + 1}")


def own(origin: str, host: str = "loft.example", scheme: str = "ws", peer: str = "192.0.2.1", **headers) -> bool:
    listed = [(b"host", host.encode()), (b"origin", origin.encode())]
    return is_own_page({"type": "websocket", "scheme": scheme, "headers": listed, "client": (peer, 1)})


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        ("https://loft.example", "loft.example", True),
        ("https://loft.example:443", "loft.example", True),
        ("https://LOFT.example", "loft.example", True),
        ("http://loft.example", "loft.example", False),
        ("https://loft.example:8443", "loft.example", False),
        ("https://loft.example:8443", "loft.example:8443", True),
        ("https://evil.example", "evil.example", False),
        ("https://loft.example.evil.example", "loft.example", False),
        ("https://loft.example@evil.example", "loft.example", False),
        ("null", "loft.example", False),
        ("", "loft.example", False),
        ("https://[", "loft.example", False),
        ("https://loft.example:99999", "loft.example", False),
        ("ftp://loft.example", "loft.example", False),
    ],
)
def test_scheme_host_and_port_of_the_page_have_to_be_ours(settings, origin, host, is_own):
    settings.LOFT_URL, settings.ALLOWED_HOSTS = "https://loft.example", ["loft.example"]
    assert own(origin, host) is is_own


def test_over_plain_http_the_page_has_to_be_plain_too(settings):
    settings.LOFT_URL, settings.ALLOWED_HOSTS = "http://127.0.0.1:8000", ["127.0.0.1", "localhost"]
    assert own("http://localhost:8000", "localhost:8000")
    assert own("http://127.0.0.1:8000", "localhost:8000"), "the address that people use is always ours"
    assert not own("https://localhost:8000", "localhost:8000")
    assert not own("http://localhost:9000", "localhost:8000")
    assert not own("http://localhost", "localhost:8000")


def test_forty_messages_at_once_and_then_ten_a_second():
    pace = Pace()
    begin_s = monotonic()
    assert sum(pace.allows(begin_s) for _ in range(60)) == 40
    pace = Pace()
    assert all(pace.allows(begin_s + second / 10) for second in range(1, 600))
