"""The line to the browser: who may open it, what arrives on it, and when it is closed."""

import contextlib
import json
from dataclasses import dataclass
from typing import ClassVar

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from console.access.actor import HOME_PK
from console.actions.access import security
from console.live import hub, live
from console.live.consumers import HubConsumer
from console.live.frames import pack, tile_of
from console.live.hub import Event, publish
from console.live.sockets import application
from console.models import AuditEntry, Membership, Person
from console.redis_clients import client
from tests.conftest import NOON
from tests.console.live.tile_frames import frame, rows_of
from tests.sockets import Socket, following
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = (b"origin", b"http://127.0.0.1:8000")


@dataclass(frozen=True, kw_only=True)
class KettleBoiled(Event):
    """An event that only this file knows."""

    topic: ClassVar[str] = "kettles"
    right: ClassVar[str] = "console.view_audit"
    kettle: str


def session_of(role: str) -> bytes:
    someone = Person.objects.create_user(f"{role} {Person.objects.count()}", password="x")
    Membership.objects.create(person=someone, organisation_id=HOME_PK, role=role)
    browser = Client()
    browser.force_login(someone)
    return browser.cookies["sessionid"].value.encode()


async def line(role: str | None, topics: str, origin=ORIGIN) -> Socket:
    headers = [(b"host", b"127.0.0.1:8000"), origin]
    if role:
        headers.append((b"cookie", b"sessionid=" + await sync_to_async(session_of)(role)))
    return Socket(application, f"/ws?topics={topics}", headers)


async def test_a_stranger_gets_no_line():
    opened = await (await line(None, "kettles")).connect()
    assert not opened


async def test_a_person_with_the_right_gets_a_line():
    socket = await line("administrator", "kettles")
    opened = await socket.connect()
    assert opened
    await socket.hang_up()


async def test_an_organisation_has_so_many_lines_and_one_that_ends_makes_room(settings, empty_redis):
    settings.LOFT_QUOTA_SOCKETS = 1
    first, second = await line("administrator", "kettles"), await line("administrator", "kettles")
    assert await first.connect()
    assert await second.connect()  # a browser reads the reason only of a line that was open
    closed = await second.receive_output(PATIENCE_S)
    assert closed["type"] == "websocket.close"
    assert (closed["code"], closed["reason"]) == (4429, "open sockets: this organisation has used 1 of 1")
    await first.hang_up()
    third = await line("administrator", "kettles")
    assert await third.connect()
    await third.hang_up()


async def test_a_person_without_the_right_gets_none():
    opened = await (await line("operator", "kettles")).connect()
    assert not opened


async def test_one_topic_too_many_refuses_the_whole_line():
    opened = await (await line("administrator", "kettles,unheard-of")).connect()
    assert not opened


async def test_another_sites_page_gets_no_line():
    opened = await (await line("administrator", "kettles", (b"origin", b"http://elsewhere.example"))).connect()
    assert not opened


@pytest.mark.parametrize("path", ["/", "/ws/", "//ws", "/api/v1/sites", ""])
async def test_there_is_no_line_at_any_other_address(path):
    given = await line("administrator", "kettles")
    socket = Socket(application, "/ws?topics=kettles", given.scope["headers"])
    socket.scope["path"] = path
    assert not await socket.connect()
    await socket.wait(PATIENCE_S)


def refusals() -> list[tuple]:
    security.write(timezone.now())
    rows = AuditEntry.objects.filter(subject="GET /ws").order_by("pk")
    return [(row.verb, row.actor.split()[0], row.address, row.person is not None) for row in rows]


async def test_who_is_refused_a_line_is_in_the_audit_in_few_rows(settings, empty_redis):
    settings.LOFT_QUOTA_SOCKETS = 1
    for _ in range(30):
        await (await line(None, "kettles")).connect()
    await (await line("operator", "kettles")).connect()
    await (await line("administrator", "kettles", (b"origin", b"http://elsewhere.example"))).connect()
    first, second = await line("administrator", "kettles"), await line("administrator", "kettles")
    await first.connect()
    await second.connect()
    assert (await second.receive_output(PATIENCE_S))["code"] == 4429
    await first.hang_up()
    assert await sync_to_async(refusals)() == [
        ("was not let in", "anonymous", "127.0.0.1", False),
        ("was refused", "operator", "127.0.0.1", True),
        ("was refused", "anonymous", "127.0.0.1", False),
        ("was told to wait", "administrator", "127.0.0.1", True),
    ]


async def test_a_session_with_too_many_lines_is_in_the_audit(settings):
    settings.LOFT_SOCKETS_PER_SESSION = 0
    await (await line("administrator", "kettles")).connect()
    assert await sync_to_async(refusals)() == [("was told to wait", "administrator", "127.0.0.1", True)]


@pytest.fixture(autouse=True)
def _nothing_heard():
    """Begin and end with an empty picture."""
    live.fanout.picture.clear()
    yield
    live.fanout.picture.clear()


@contextlib.contextmanager
def kept(tiles: dict[int, bytes]):
    """Whole frames as the engine keeps them in Redis."""
    names = [live.SNAPSHOT_KEY % tile for tile in tiles]
    client().mset(dict(zip(names, tiles.values(), strict=True)))
    client().sadd(live.SNAPSHOT_INDEX_KEY, *tiles)
    try:
        yield
    finally:
        client().delete(live.SNAPSHOT_INDEX_KEY, *names)


async def test_an_event_arrives_whole_and_a_page_is_told_to_fetch_its_snapshot_once_events_can_be_heard():
    socket = await line("administrator", "kettles")
    await socket.connect()
    async with following():
        assert json.loads(await socket.hear()) == {"type": "Resync"}
        await sync_to_async(publish)(KettleBoiled(at=NOON, organisation=None, kettle="左边"))
        message = json.loads(await socket.hear())
    assert message == {"type": "KettleBoiled", "topic": "kettles", "at": NOON.isoformat(), "kettle": "左边"}
    await socket.hang_up()


async def test_a_malformed_message_ends_nobodys_line(caplog):
    socket = await line("administrator", "kettles")
    await socket.connect()
    async with following():
        await socket.hear()
        client().publish("loft.frames", b"cut")
        await sync_to_async(publish)(KettleBoiled(at=NOON, organisation=None, kettle="k"))
        assert "KettleBoiled" in await socket.hear()
    assert "could not read a message on loft.frames" in caplog.text
    await socket.hang_up()


async def test_a_view_brings_the_snapshot_and_then_the_frames_of_its_tiles():
    tile = tile_of(29.0, 123.5)
    whole, moved = frame(tile, {7: 0, 8: 0}, is_whole=True), frame(tile, {7: 1}, 2_000.0)
    with kept({tile: whole}):
        await live.read_picture()
    socket = await line("viewer", "map")
    assert await socket.connect()
    await socket.say('{"view": [123.49, 28.99, 123.51, 29.01]}')
    assert await socket.hear() == whole[:60]
    live.fanout.deliver(pack([(tile, moved), (tile + 500, frame(tile + 500, {9: 0}))]))
    assert await socket.hear() == moved[:40]
    await socket.hang_up()
    assert not live.fanout.outboxes


async def test_what_was_heard_before_a_view_is_in_its_whole_picture_and_costs_redis_nothing():
    tile = tile_of(29.0, 123.5)
    live.fanout.deliver(pack([(tile, frame(tile, {7: 1}))]))
    live.fanout.deliver(pack([(tile, frame(tile, {7: 2, 8: 1}))]))
    asked = client().info("stats")["total_commands_processed"]
    socket = await line("viewer", "map")
    assert await socket.connect()
    for _ in range(20):
        await socket.say('{"view": [123.49, 28.99, 123.51, 29.01]}')
        assert rows_of(await socket.hear()) == {7: 2, 8: 1}
    assert live.fanout.picture.made == 1
    assert client().info("stats")["total_commands_processed"] - asked < 20  # the sockets are counted
    await socket.hang_up()


async def test_a_view_sent_again_brings_everything_again_and_a_moved_one_only_what_is_new():
    here, beside = tile_of(29.0, 123.5), tile_of(29.0, 123.7)
    live.fanout.deliver(pack([(here, frame(here, {7: 0})), (beside, frame(beside, {8: 0}))]))
    socket = await line("viewer", "map")
    assert await socket.connect()
    for view, expected in (
        ("[123.49, 28.99, 123.51, 29.01]", {7}),
        ("[123.49, 28.99, 123.71, 29.01]", {8}),
        ("[123.49, 28.99, 123.71, 29.01]", {7, 8}),
    ):
        await socket.say(f'{{"view": {view}}}')
        assert rows_of(await socket.hear()).keys() == expected
    assert await socket.receive_nothing()
    await socket.hang_up()


@pytest.mark.parametrize(
    "text", ["", "view", '{"view": [1, 2, 3]}', '{"view": [NaN, 0, 1, 1]}', '{"view": [2, 0, 1, 1]}']
)
async def test_a_nonsensical_view_is_answered_and_changes_nothing(text):
    socket = await line("viewer", "map")
    assert await socket.connect()
    await socket.say(text)
    assert json.loads(await socket.hear())["type"] == "Refused"
    await socket.hang_up()


async def test_the_line_closes_when_its_person_is_disabled(monkeypatch):
    monkeypatch.setattr("console.live.entrance.RECHECK_EVERY_S", 0.05)
    socket = await line("administrator", "kettles")
    await socket.connect()
    await sync_to_async(Person.objects.update)(is_active=False)
    closed = await socket.receive_output(timeout=PATIENCE_S)
    assert (closed["type"], closed["code"]) == ("websocket.close", 4403)


async def test_the_line_closes_when_its_person_signs_out_elsewhere(monkeypatch):
    from django.contrib.sessions.models import Session

    monkeypatch.setattr("console.live.entrance.RECHECK_EVERY_S", 0.05)
    socket = await line("administrator", "kettles")
    await socket.connect()
    await sync_to_async(Session.objects.all().delete)()
    assert (await socket.receive_output(timeout=PATIENCE_S))["type"] == "websocket.close"


def test_one_topic_cannot_need_two_rights():
    with pytest.raises(TypeError, match="already needs"):

        @dataclass(frozen=True, kw_only=True)
        class Other(Event):
            topic: ClassVar[str] = "kettles"
            right: ClassVar[str] = "console.view_apikey"


def test_a_dead_hub_does_not_fail_a_committed_write(monkeypatch, caplog):
    def explode(*words):
        raise ConnectionError("gone")

    monkeypatch.setattr(hub, "client", explode)
    publish(KettleBoiled(at=NOON, organisation=None, kettle="k"))
    assert "could not tell the browsers of KettleBoiled" in caplog.text


def test_a_muted_hub_tells_nobody(monkeypatch):
    messages = []
    monkeypatch.setattr(hub, "client", lambda: type("Client", (), {"publish": lambda *words: messages.append(words)})())
    with hub.muted():
        publish(KettleBoiled(at=NOON, organisation=None, kettle="quiet"))
    publish(KettleBoiled(at=NOON, organisation=None, kettle="loud"))
    assert len(messages) == 1
    assert "loud" in messages[0][2]


def test_there_is_one_consumer():
    assert HubConsumer.__mro__[1].__name__ == "AsyncWebsocketConsumer"
