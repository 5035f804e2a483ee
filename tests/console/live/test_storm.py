"""Two hundred screens that come back at once: what they cost is counted, and does not grow with their number."""

import asyncio
import contextlib
import gc
import subprocess
import sys
import weakref
from datetime import timedelta
from time import monotonic

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.access import session_people
from console.access.actor import HOME_PK
from console.access.session_people import opened
from console.access.sessions import SessionStore
from console.live import consumers, entrance, lines, live
from console.live.consumers import HubConsumer
from console.live.fanout import Outbox
from console.live.frames import pack, tile_of
from console.live.lines import tell_person
from console.live.sockets import application
from console.models import Membership, Person, SignedIn
from console.quota import sockets
from console.redis_clients import client
from tests.console.live.tile_frames import frame, rows_of
from tests.sockets import Socket
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_redis")]
SCREENS, PEOPLE = 200, 10
TILE = tile_of(29.0, 123.5)
VIEW = '{"view": [123.49, 28.99, 123.51, 29.01]}'


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.LOFT_SOCKETS_PER_SESSION = settings.LOFT_SOCKETS_PER_PERSON = SCREENS
    live.fanout.picture.clear()
    yield
    live.fanout.picture.clear()


def sign_in(name="screen", role="viewer"):
    someone = Person.objects.create_user(name, password="x")
    Membership.objects.create(person=someone, organisation_id=HOME_PK, role=role)
    browser = Client()
    browser.force_login(someone)
    return browser.cookies["sessionid"].value


def people():
    return [sign_in(f"screen {number}") for number in range(PEOPLE)]


def screen(session, topics="map"):
    headers = [(b"host", b"127.0.0.1:8000"), (b"origin", b"http://127.0.0.1:8000")]
    return Socket(application, f"/ws?topics={topics}", [*headers, (b"cookie", f"sessionid={session}".encode())])


@contextlib.asynccontextmanager
async def storm(sessions, count=SCREENS):
    """Open so many lines at once, and close them."""
    screens = [screen(sessions[number % len(sessions)]) for number in range(count)]
    assert all(await asyncio.gather(*(socket.connect() for socket in screens)))
    try:
        yield screens
    finally:
        await asyncio.gather(*(socket.hang_up() for socket in screens))
        assert len(lines.lines) == 0
        assert not live.fanout.outboxes


def connections():
    return client().info("clients")["connected_clients"]


async def test_two_hundred_screens_cost_a_few_looks_at_the_database_and_no_connection_to_redis_each():
    sessions = await sync_to_async(people)()
    live.fanout.deliver(pack([(TILE, frame(TILE, {7: 1, 8: 1}))]))
    looked, connected = entrance.entrance.looks, connections()
    async with storm(sessions) as screens:
        assert entrance.entrance.looks - looked <= 2 + SCREENS / entrance.ENTRANTS_AT_ONCE
        assert sockets.counts([HOME_PK]) == [(SCREENS, 0)]
        for socket in screens:
            await socket.say(VIEW)
        heard = [await socket.hear() for socket in screens]
        assert rows_of(heard[0]) == {7: 1, 8: 1}
        assert all(message is heard[0] for message in heard), "a picture of its own"
        assert live.fanout.picture.made == 1
        assert connections() - connected <= 2
    await _until(lambda: sockets.counts([HOME_PK]) == [(0, 0)])


async def test_open_lines_are_looked_at_together(monkeypatch):
    sessions = await sync_to_async(people)()
    async with storm(sessions):
        looked = entrance.entrance.looks
        monkeypatch.setattr(entrance, "RECHECK_EVERY_S", 1.0)
        lines.lines.doubt_all()
        await _until(lambda: all(line.due_s < monotonic() + 5 for line in lines.lines._open))
        assert entrance.entrance.looks - looked <= 2


async def test_who_lost_a_right_loses_their_lines_and_all_others_stay():
    sessions = await sync_to_async(people)()
    async with storm(sessions, 40) as screens:
        someone = await Person.objects.aget(username="screen 3")
        await Membership.objects.filter(person=someone).adelete()
        await asyncio.to_thread(tell_person, someone.pk)
        lines.lines.doubt("person", str(someone.pk))  # as the line to Redis does
        closed = [await screens[number].receive_output(PATIENCE_S) for number in (3, 13, 23, 33)]
        assert {(message["type"], message["code"]) for message in closed} == {("websocket.close", 4403)}
        await _until(lambda: not any(line.is_doubted for line in lines.lines._open))
        assert await screens[4].receive_nothing()


async def test_what_ends_while_a_line_is_being_let_in_ends_it(monkeypatch):
    session = await sync_to_async(sign_in)()
    looked = entrance.look

    async def slow(batch, ended):
        verdicts = await looked(batch, ended)
        if batch and not batch[0].told:
            await SignedIn.objects.all().adelete()
            await sync_to_async(SessionStore(session).delete)()
            lines.lines.doubt("session", lines.digest_of(session))  # heard between the look and its verdict
        return verdicts

    monkeypatch.setattr(entrance, "look", slow)
    socket = screen(session)
    assert await socket.connect()
    assert (await socket.receive_output(PATIENCE_S))["code"] == 4403
    await socket.hang_up()


async def test_more_than_may_wait_are_refused_before_they_cost_anything(monkeypatch):
    sessions = await sync_to_async(people)()
    monkeypatch.setattr(entrance, "MOST_WAITING", 0)
    looked = entrance.entrance.looks
    socket = screen(sessions[0])
    assert not await socket.connect()
    refused = screen(sessions[0])
    refused.scope = {"extensions": {"websocket.http.response": {}}}
    told = []

    async def send(message):
        told.append(message)

    await consumers.refuse_for_now(refused.scope, send)
    assert (told[0]["status"], dict(told[0]["headers"])[b"retry-after"]) == (503, b"2")
    assert entrance.entrance.looks == looked


async def test_while_the_database_is_away_open_lines_stay_and_new_ones_are_told_to_come_again(monkeypatch):
    session = await sync_to_async(sign_in)()
    monkeypatch.setattr(entrance, "RECHECK_AGAIN_S", 0.05)
    async with storm([session], 3) as screens:
        looked, away = entrance.look, []

        async def fail(batch, ended):
            away.append(len(batch))
            raise DatabaseError("away")

        monkeypatch.setattr(entrance, "look", fail)
        lines.lines.doubt_all()
        await _until(lambda: len(away) > 2)
        assert not await screen(session).connect()
        live.fanout.deliver(pack([(TILE, frame(TILE, {7: 1}))]))
        await screens[0].say(VIEW)
        assert rows_of(await screens[0].hear()) == {7: 1}  # the picture goes on
        monkeypatch.setattr(entrance, "look", looked)
        await screen(session).connect()


async def test_lines_that_ended_are_counted_out_though_their_look_was_under_way(monkeypatch):
    session = await sync_to_async(sign_in)()
    looked, under_way, go = entrance.look, asyncio.Event(), asyncio.Event()

    async def slow(batch, ended):
        verdicts = await looked(batch, ended)
        if batch:
            under_way.set()
            await go.wait()
        return verdicts

    monkeypatch.setattr(entrance, "look", slow)
    line = lines.Line(session, frozenset({"map"}))
    lines.lines.join(line)
    asking = asyncio.create_task(entrance.entrance.ask(line))
    await under_way.wait()
    asking.cancel()
    entrance.entrance.leave(line)
    go.set()
    await _until(lambda: sockets.counts([HOME_PK]) == [(0, 0)])


async def _until(condition):
    """Wait for what no event tells of."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_many_sessions_are_looked_at_with_as_many_questions_as_few(settings):
    settings.LOFT_IDLE_MIN = 30
    sessions = people()
    SignedIn.objects.update(active_at=timezone.now() + timedelta(minutes=2))  # used after its beginning
    for few in (1, PEOPLE):
        with CaptureQueriesContext(connection) as asked:
            found = opened(sessions[:few], timezone.now() + timedelta(minutes=31))
        assert len(asked) <= 5, [query["sql"] for query in asked]
        assert found.keys() == set(sessions[:few])
        assert all(0 < session.left_s <= 60 for session in found.values())


def test_a_session_is_good_only_for_whom_django_would_let_in(settings):
    good, ended, changed, disabled, foreign = (sign_in(name) for name in ("a", "b", "c", "d", "e"))
    SessionStore(ended).delete()
    someone = Person.objects.get(username="c")
    someone.set_password("another")
    someone.save()
    Person.objects.filter(username="d").update(is_active=False)
    store = SessionStore(foreign)
    store["_auth_user_backend"] = "elsewhere.Backend"
    store.save()
    keys = [good, ended, changed, disabled, foreign, "", "x" * 32, "nul\0"]
    assert opened(keys, timezone.now()).keys() == {good}
    assert opened([good], timezone.now() + timedelta(days=1)) == {}
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the next one" * 5
    assert opened([good], timezone.now()).keys() == {good}


def test_a_session_that_has_to_do_something_first_lasts_for_no_time(settings):
    session = sign_in()
    Person.objects.update(must_change_password=True)
    assert opened([session], timezone.now())[session].left_s == 0.0


def test_people_with_the_same_roles_share_and_who_was_granted_something_does_not():
    one, two, other = sign_in("a"), sign_in("b"), sign_in("c", "operator")
    roles = {key: session.roles for key, session in opened([one, two, other], timezone.now()).items()}
    assert roles[one] == roles[two] is not None
    assert roles[one] != roles[other]
    Person.objects.get(username="b").user_permissions.add(Permission.objects.first())
    found = opened([one, two], timezone.now())
    assert found[two].roles is None
    assert found[one].roles == roles[one]
    store = SessionStore(one)
    store[session_people.ACTING_FOR] = 7
    store.save()
    assert opened([one], timezone.now())[one].roles != roles[one]


async def test_nobody_is_sure_of_a_line_in_doubt_until_a_look_at_it_came_to_something(monkeypatch):
    session = await sync_to_async(sign_in)()
    monkeypatch.setattr(lines.lines, "is_hearing", True)
    monkeypatch.setattr(entrance, "RECHECK_AGAIN_S", 0.05)
    async with storm([session], 2):
        await _until(lambda: lines.lines.roles_of(session))
        looked, under_way, go, is_away = entrance.look, asyncio.Event(), asyncio.Event(), True

        async def slow(batch, ended):
            under_way.set()
            await go.wait()
            if is_away:
                raise DatabaseError("away")
            return await looked(batch, ended)

        monkeypatch.setattr(entrance, "look", slow)
        lines.lines.doubt("session", lines.digest_of(session))
        await under_way.wait()
        assert lines.lines.roles_of(session) is None, "sure while the look is under way"
        before = entrance.entrance.looks
        go.set()
        await _until(lambda: entrance.entrance.looks > before)
        assert lines.lines.roles_of(session) is None, "sure though nobody could look"
        is_away = False
        await _until(lambda: lines.lines.roles_of(session))


async def test_lines_of_a_session_that_know_different_roles_are_sure_of_nothing(monkeypatch):
    session = await sync_to_async(sign_in)()
    monkeypatch.setattr(lines.lines, "is_hearing", True)
    async with storm([session], 2):
        await _until(lambda: lines.lines.roles_of(session))
        next(iter(lines.lines._open)).roles = "what it was before"
        assert lines.lines.roles_of(session) is None


WEB = """
import django
django.setup()
import logging
from console.live import socket_protocol
from console.run.web import config
config().load()
print(socket_protocol._quiet.isEnabledFor(logging.INFO), socket_protocol._quiet.isEnabledFor(logging.WARNING))
"""


def test_an_opening_writes_no_line_into_the_log():
    said = subprocess.run([sys.executable, "-c", WEB], capture_output=True, text=True, check=True, timeout=300)
    assert said.stdout.split() == ["False", "True"], said.stderr


@pytest.fixture
def no_collection():
    """Nothing is let go of but what nobody refers to."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def test_a_line_that_has_ended_is_let_go_of_at_once(no_collection):
    """Thousands that wait for a collection make it long, and nobody is answered meanwhile; nor is their memory free."""
    sessions = await sync_to_async(people)()
    async with storm(sessions, 5) as screens:
        kept = [weakref.ref(each) for each in gc.get_objects() if type(each) in (HubConsumer, Outbox)]
        assert len(kept) == 2 * len(screens)
    del screens
    await _until(lambda: not any(each() for each in kept))
