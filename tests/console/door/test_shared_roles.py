"""Equal requests made one on the real application: nobody gets what another's role shows, whoever heard of it when."""

import asyncio
import json
from time import monotonic

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from console.access.session_people import opened
from console.access.sessions import SessionStore
from console.door import last_answers as memory
from console.door.bridge import Bridge
from console.door.last_answers import last_answers
from console.door.shared import Shared
from console.live.lines import Line, lines
from console.models import Membership, Organisation, Person
from console.wsgi import application
from network.models import Alarm

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_redis")]
PATH = "/api/v1/alarms"


@pytest.fixture
def front(monkeypatch):
    monkeypatch.setattr(lines, "is_hearing", True)
    last_answers.forget("all", "")
    asked = []

    def counting(environ, start_response):
        asked.append(environ["HTTP_COOKIE"])
        return application(environ, start_response)

    bridge = Bridge(counting, 1, 64)
    made = Shared(bridge)
    made.asked = asked
    yield made
    bridge.close()
    last_answers.forget("all", "")


@pytest.fixture
def open_line():
    """Make lines that know of their session what a look at it found."""
    joined = []

    def make(session):
        line = Line(session)
        lines.join(line)
        lines.count(line, len(joined))
        found = opened([session], timezone.now())[session]
        line.told, line.is_sure, line.roles, line.ends_s = print, True, found.roles, monotonic() + found.left_s
        joined.append(line)
        return session

    yield make
    for line in joined:
        lines.leave(line)


def organisation(slug):
    made = Organisation.objects.create(
        slug=slug, name_en=slug, name_zh=slug, kinds=["customer"], made_at=timezone.now()
    )
    now = timezone.now()
    Alarm.objects.create(
        severity="major", alarm_type="communications", probable_cause="x", subject=f"of {slug}", object_kind="thing",
        object_key=slug, problem="silent", specific_problem="Silent", started_at=now, changed_at=now, organisation=made,
    )  # fmt: skip
    return made


def sign_in(name, *members):
    someone = Person.objects.create_user(name, password="x")
    for organisation in members:
        Membership.objects.create(person=someone, organisation=organisation, role="viewer")
    browser = Client()
    browser.force_login(someone)
    return someone, browser.cookies["sessionid"].value


async def ask(front, session):
    scope = {
        "type": "http", "method": "GET", "path": PATH, "query_string": b"", "http_version": "1.1",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http",
        "headers": [(b"host", b"127.0.0.1"), (b"cookie", f"sessionid={session}".encode())],
    }  # fmt: skip
    told = []

    async def receive():
        return await asyncio.get_running_loop().create_future()

    async def send(message):
        told.append(message)

    await front(scope, receive, send)
    assert told[0]["status"] == 200, told
    return {row["subject"] for row in json.loads(b"".join(part.get("body", b"") for part in told[1:]))["results"]}


async def all_at_once(front, sessions):
    """Ask with the first of them, then with all while that is under way: they share what is begun after it."""
    under_way = asyncio.create_task(ask(front, sessions[0]))
    await asyncio.sleep(0)  # it is the first
    return await asyncio.gather(*(ask(front, session) for session in sessions)), await under_way


@pytest.fixture
def two(open_line):
    alfa, bravo = organisation("alfa"), organisation("bravo")
    (first, one), (_, two) = sign_in("one", alfa), sign_in("two", alfa)
    return first, bravo, [open_line(one), open_line(two)]


async def test_equal_roles_share_and_each_is_remembered_for(front, two):
    _, _, sessions = two
    answers, _ = await all_at_once(front, sessions)
    assert answers == [{"of alfa"}] * 2
    assert len(front.asked) == front.made == 2
    assert len(last_answers) == 2


async def test_a_role_that_the_first_was_given_meanwhile_shows_the_others_nothing(front, two):
    first, bravo, sessions = two
    await Membership.objects.acreate(person=first, organisation=bravo, role="viewer")  # not heard of here yet
    answers, _ = await all_at_once(front, sessions)
    assert answers == [{"of alfa", "of bravo"}, {"of alfa"}]


async def test_a_right_that_the_first_was_granted_by_itself_makes_the_answer_theirs(front, two):
    first, _, sessions = two
    await first.user_permissions.aadd(await Permission.objects.afirst())
    answers, _ = await all_at_once(front, sessions)
    assert answers == [{"of alfa"}] * 2
    assert front.asked == [f"sessionid={session}" for session in (sessions[0], sessions[0], sessions[1])]


async def test_what_is_remembered_is_bounded_once_for_all_who_have_it_and_forgotten_with_what_ends(front, two):
    _, _, sessions = two
    await all_at_once(front, sessions)
    kept = {id(entry): entry for entry, _ in last_answers._kept.values()}
    asked = sum(memory.BYTES_BESIDES + sum(map(len, key)) for key in last_answers._kept)
    assert last_answers._bytes == asked + sum(len(entry.content) for entry in kept.values())
    last_answers.forget("session", memory.digest_of(sessions[0]))
    assert [key[0] for key in last_answers._kept] == [memory.digest_of(sessions[1])]
    last_answers.forget("person", "7")
    assert (len(last_answers), last_answers._bytes) == (0, 0)


def expire_in(session, left_s):
    store = SessionStore(session)
    store.set_expiry(left_s)
    store.save()


@pytest.mark.parametrize("ends_first", [0, 1])
async def test_each_remembers_it_until_their_own_session_would_end_whoever_asked_first(
    front, two, monkeypatch, ends_first
):
    """In the round that is shared each of them asks first once."""
    _, _, sessions = two
    short, long = sessions[ends_first], sessions[1 - ends_first]
    await sync_to_async(expire_in)(short, 60)
    for line in lines._of_session[memory.digest_of(short)]:
        line.ends_s = monotonic() + 60
    await all_at_once(front, sessions)
    assert len(last_answers) == 2
    until_s = {caller: until_s for (caller, *_), (_, until_s) in last_answers._kept.items()}
    now_s = monotonic()
    assert 0 < until_s[memory.digest_of(short)] - now_s <= 60
    assert until_s[memory.digest_of(long)] - now_s > memory.KEPT_FOR_S - 60


async def test_of_whose_session_nothing_is_known_nothing_is_remembered_by_sharing(front, two):
    _, _, sessions = two
    for line in lines._of_session[memory.digest_of(sessions[1])]:
        line.ends_s = float("-inf")
    await all_at_once(front, sessions)
    held = [
        until_s for (caller, *_), (_, until_s) in last_answers._kept.items() if caller == memory.digest_of(sessions[1])
    ]
    assert all(until_s <= monotonic() for until_s in held)


async def test_what_was_begun_before_something_ended_is_not_remembered(front, two, monkeypatch):
    _, _, sessions = two
    keep = memory.last_answers.keep

    def after_the_end(*args, **named):
        memory.last_answers.forget("session", memory.digest_of(sessions[0]))  # heard while it was made
        return keep(*args, **named)

    monkeypatch.setattr(memory.last_answers, "keep", after_the_end)
    await ask(front, sessions[0])
    assert len(last_answers) == 0


def test_while_nobody_tells_what_ends_nothing_is_given_from_memory(two, monkeypatch):
    _, _, sessions = two
    browser = Client()
    browser.cookies["sessionid"] = sessions[0]
    assert browser.get(PATH).status_code == 200
    monkeypatch.setattr(memory.absences, "present", lambda: True)
    monkeypatch.setattr("console.access.session_rules.SessionRules.__call__", unavailable)
    monkeypatch.setattr(lines, "is_hearing", True)
    assert (browser.get(PATH).status_code, memory.AS_OF in browser.get(PATH).headers) == (200, True)
    monkeypatch.setattr(lines, "is_hearing", False)
    assert browser.get(PATH).status_code == 503


def unavailable(*_):
    return HttpResponse(status=503)
