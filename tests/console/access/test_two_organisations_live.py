"""What is told live of one organisation reaches no line of another, whatever is told; and all that is told says whose."""

import ast
import contextlib
import dataclasses
import json
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client
from django.utils.module_loading import autodiscover_modules

from console.access.actor import HOME_PK
from console.live import hub
from console.live.hub import Event, publish
from console.live.sockets import application
from console.models import Person
from tests.conftest import NOON
from tests.sockets import Socket, following
from tests.two_organisations import ALPHA, BRAVO, KINDS, Mark, make_organisation

APPS = ("console", "network", "airspace", "industry")
SAMPLES = {
    str: lambda mark: mark.word,
    int: lambda mark: mark.number,
    list: lambda mark: [mark.word],
    dict: lambda mark: {"of": mark.word},
}
autodiscover_modules("events")


def events() -> list[type[Event]]:
    """Return every event that our apps tell, however it is derived."""
    kinds, waiting = [], [Event]
    while waiting:
        waiting += (below := waiting.pop().__subclasses__())
        kinds += [kind for kind in below if kind.__module__.split(".")[0] in APPS]
    return sorted(kinds, key=lambda kind: kind.__name__)


def event_of(kind: type[Event], mark: Mark, organisation: int | None) -> Event:
    hints = get_type_hints(kind)
    own = [field.name for field in dataclasses.fields(kind) if field.name not in ("at", "organisation")]
    fields: dict[str, Any] = {}
    for name in own:
        plain = get_origin(hints[name]) or hints[name]
        fields[name] = SAMPLES.get(plain, SAMPLES[str])(mark)
    return kind(at=NOON, organisation=organisation, **fields)


def session_of(person: Person) -> bytes:
    browser = Client()
    browser.force_login(person)
    return browser.cookies["sessionid"].value.encode()


def topics_of(person: Person) -> str:
    return ",".join(sorted(topic for topic, right in hub.RIGHTS.items() if person.has_perm(right)))


@contextlib.asynccontextmanager
async def listening(person: Person):
    cookie = b"sessionid=" + await sync_to_async(session_of)(person)
    headers = [(b"host", b"127.0.0.1:8000"), (b"origin", b"http://127.0.0.1:8000"), (b"cookie", cookie)]
    line = Socket(application, f"/ws?topics={await sync_to_async(topics_of)(person)}", headers)
    assert await line.connect()
    try:
        yield line
    finally:
        await line.hang_up()


async def heard_until(line: Socket, end: str) -> list[str]:
    """Return what a line hears until the last message, which is for everyone."""
    heard: list[str] = []
    while not heard or end not in heard[-1]:
        heard.append(str(await line.hear()))
    return heard


@pytest.mark.django_db(transaction=True)
async def test_of_all_that_is_told_of_the_other_no_line_of_ours_hears_a_word(person):
    for mark in (ALPHA, BRAVO):
        await sync_to_async(make_organisation)(mark, KINDS, NOON)
    ours = await sync_to_async(person)("administrator", ALPHA.number)
    network = await sync_to_async(person)("administrator", HOME_PK)
    last, telling = "the last of all", [kind for kind in events() if kind.topic and own_fields(kind)]
    async with listening(ours) as line, listening(network) as control, following():
        for row in (line, control):
            assert "Resync" in str(await row.hear())  # from now on events are heard
        for kind in telling:
            await sync_to_async(publish)(event_of(kind, BRAVO, BRAVO.number))
            await sync_to_async(publish)(event_of(kind, ALPHA, ALPHA.number))
        mark = dataclasses.replace(ALPHA, word=last)
        drone_changed = next(event for event in events() if event.__name__ == "DroneChanged")
        await sync_to_async(publish)(event_of(drone_changed, mark, None))
        heard, heard_by_network = await heard_until(line, last), await heard_until(control, last)
    assert [text for text in heard for mark in BRAVO.marks() if mark in text] == []
    may_hear = {kind.__name__ for kind in telling if any(role.holds(kind.right) for role in ours.roles.values())}
    assert len(may_hear) > 12
    assert named(heard, ALPHA) == may_hear
    assert named(heard_by_network, BRAVO) == {kind.__name__ for kind in telling}


def named(heard: list[str], mark: Mark) -> set[str]:
    """Return the kinds of event that were heard of a mark's rows."""
    return {json.loads(text)["type"] for text in heard if mark.word in text or str(mark.number) in text}


def own_fields(kind: type[Event]) -> list[str]:
    return [field.name for field in dataclasses.fields(kind) if field.name not in ("at", "organisation")]


def test_whoever_makes_an_event_says_whose_it_is():
    names, silent, count = {event.__name__ for event in events()}, [], 0
    for path in (file for app in APPS for file in (Path(settings.BASE_DIR) / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", getattr(node.func, "attr", "")) not in names:
                continue
            count += 1
            if "organisation" not in {keyword.arg for keyword in node.keywords}:
                silent.append(f"{path.name}:{node.lineno}")
    assert silent == []
    assert count >= 19


def test_an_event_cannot_be_made_without_saying_whose_it_is():
    for kind in events():
        (owner,) = (field for field in dataclasses.fields(kind) if field.name == "organisation")
        assert owner.default is dataclasses.MISSING
