"""Equal requests made one: who may join, what they get, and that no answer was begun before it was asked for."""

import asyncio
import threading

import pytest
from django.core.handlers.wsgi import WSGIRequest

from console.access.accounts import MADE_FOR
from console.access.callers import session_key
from console.door import shared
from console.door.bridge import Bridge, environ_of
from console.door.shared import Shared
from console.live.lines import Line, digest_of, lines

PATH = "/api/v1/hello"
WITHIN_S = 20


class Backend:
    """A WSGI application that answers when it is let; what it says is what was true when it began."""

    def __init__(self):
        self.truth = "first"
        self.begun = []
        self.status, self.headers, self.roles, self.is_own = "200 OK", [], None, False
        self.kept = []
        self.began, self.may_answer = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, environ, start_response):
        read = self.truth
        self.begun.append(environ["HTTP_COOKIE"])
        self.began.release()
        assert self.may_answer.acquire(timeout=WITHIN_S)
        if made_for := environ.get(MADE_FOR):
            made_for.roles, made_for.is_own = self.roles or "viewers", self.is_own
            made_for.keep_for = lambda caller, _: self.kept.append(caller)
        start_response(self.status, [("Content-Type", "text/plain"), *self.headers])
        return [read.encode()]

    async def until_begun(self):
        assert await asyncio.to_thread(self.began.acquire, timeout=WITHIN_S)


@pytest.fixture
def backend(monkeypatch):
    monkeypatch.setattr(shared, "_routes", {PATH})
    monkeypatch.setattr(lines, "is_hearing", True)
    return Backend()


@pytest.fixture
def front(backend):
    bridge = Bridge(backend, 4, 64)
    yield Shared(bridge)
    for _ in range(64):
        backend.may_answer.release()
    bridge.close()


@pytest.fixture
def opened():
    """Make sessions that have an open line, in some roles."""
    joined = []

    def open_line(session, roles="viewers", **more):
        line = Line(session * 32)
        lines.join(line)
        lines.count(line, len(joined))
        line.told, line.roles, line.is_sure = print, roles, True
        for name, value in more.items():
            setattr(line, name, value)
        joined.append(line)
        return session * 32

    yield open_line
    for line in joined:
        lines.leave(line)


def ask(front, session, *, path=PATH, query=b"", cookies="", method="GET", headers=()):
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query, "http_version": "1.1",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http",
        "headers": [(b"cookie", f"sessionid={session}{cookies}".encode()), *headers],
    }  # fmt: skip
    told = []

    async def receive():
        return await asyncio.get_running_loop().create_future()

    async def send(message):
        told.append(message)

    async def answer():
        await front(scope, receive, send)
        return told[0]["status"], b"".join(message.get("body", b"") for message in told)

    return asyncio.create_task(answer())


async def settled():
    """Let what was asked come to where it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_who_asks_before_it_is_begun_shares_and_who_asks_later_gets_a_newer_one(front, backend, opened):
    sessions = [opened(name) for name in "abcdef"]
    first = ask(front, sessions[0])
    await backend.until_begun()
    backend.truth = "second"  # told to those whose lines are open, who fetch from here on
    later = [ask(front, session) for session in sessions * 50]
    await settled()
    backend.may_answer.release()
    assert await first == (200, b"first")
    await backend.until_begun()
    backend.may_answer.release()
    assert {await answer for answer in later} == {(200, b"second")}
    assert (front.made, len(backend.begun)) == (2, 2)
    assert not front._newest, "something was kept"


@pytest.mark.parametrize(
    "other",
    [
        {"roles": "others"},
        {"query": b"state=returned"},
        {"cookies": "; django_language=zh-hans"},
        {"headers": [(b"accept-language", b"zh")]},
        {"headers": [(b"x-requested-with", b"something new")]},
        {"headers": [(b"accept", b"text/csv")]},
    ],
    ids=["roles", "query", "language", "accepted language", "header", "form"],
)
async def test_what_differs_is_never_shared(front, backend, opened, other):
    other = dict(other)
    mine, theirs = opened("a"), opened("b", other.pop("roles", "viewers"))
    answers = [ask(front, mine)]
    await backend.until_begun()
    answers += [ask(front, mine), ask(front, theirs, **other)]
    await backend.until_begun()  # the different one waits for nobody
    for _ in range(3):
        backend.may_answer.release()
    await asyncio.gather(*answers)
    assert len(backend.begun) == 3


@pytest.mark.parametrize(
    "state",
    [{"is_sure": False}, {"due_s": 0.0}, {"told": None}, {"roles": None}],
    ids=["in doubt", "due", "not open yet", "granted something by itself"],
)
async def test_whose_session_is_not_sure_takes_the_usual_way(front, backend, opened, state):
    session = opened("a", **state)
    answers = [ask(front, session) for _ in range(3)]
    for _ in answers:
        backend.may_answer.release()
    await asyncio.gather(*answers)
    assert (front.made, len(backend.begun)) == (0, 3)


@pytest.mark.parametrize(
    "request_", [{"path": "/api/v1/other"}, {"method": "HEAD"}, {"headers": [(b"authorization", b"Bearer loft_x")]}]
)
async def test_other_requests_take_the_usual_way(front, backend, opened, request_):
    backend.may_answer.release()
    await ask(front, opened("a"), **request_)
    assert (front.made, len(backend.begun)) == (0, 1)


async def test_who_has_no_open_line_and_everybody_while_nothing_is_heard_takes_the_usual_way(front, backend, opened):
    session = opened("a")
    lines.is_hearing = False
    for _ in range(2):
        backend.may_answer.release()
    await asyncio.gather(ask(front, session), ask(front, "b" * 32))
    assert front.made == 0


@pytest.mark.parametrize(
    ("status", "headers", "made"),
    [("403 Forbidden", [], 4), ("200 OK", [("Set-Cookie", "a=b")], 4), ("503 Service Unavailable", [], 2)],
)
async def test_only_what_is_for_all_is_given_to_all(front, backend, opened, status, headers, made):
    session = opened("a")
    backend.status, backend.headers = status, headers
    first = ask(front, session)
    await backend.until_begun()
    others = [ask(front, session) for _ in range(3)]
    await settled()
    for _ in range(8):
        backend.may_answer.release()
    await asyncio.gather(first, *others)
    assert len(backend.begun) == made


async def test_who_asked_first_may_go_and_the_others_still_get_theirs(front, backend, opened):
    session = opened("a")
    first = ask(front, session)
    await backend.until_begun()
    second, third = ask(front, session), ask(front, session)
    await settled()
    second.cancel()
    for _ in range(2):
        backend.may_answer.release()
    assert await first == await third == (200, b"first")


async def one_waits(front, backend, session, other):
    """Ask until one answer is under way and two wait for the next, of whom the second is given what the first is."""
    under_way = ask(front, session)
    await backend.until_begun()
    first, second = ask(front, session), ask(front, other)
    await settled()
    backend.may_answer.release()
    await under_way
    await backend.until_begun()
    return first, second


@pytest.mark.parametrize("state", [{"is_sure": False}, {"due_s": 0.0}, {"roles": "others"}])
async def test_who_signs_out_or_gets_another_role_while_waiting_is_asked_for_by_themselves(
    front, backend, opened, state
):
    session, other = opened("a"), opened("b")
    first, second = await one_waits(front, backend, session, other)
    (theirs,) = lines._of_session[digest_of(other)]
    for name, value in state.items():
        setattr(theirs, name, value)
    backend.truth = "what they may see now"
    backend.may_answer.release()
    assert await first == (200, b"first")
    await backend.until_begun()
    backend.may_answer.release()
    assert await second == (200, b"what they may see now")
    assert backend.begun[-1] == f"sessionid={other}"


async def test_an_answer_that_was_made_for_other_roles_than_was_thought_is_for_nobody_else(front, backend, opened):
    session, other = opened("a"), opened("b")
    first, second = await one_waits(front, backend, session, other)
    backend.roles = "administrators"  # the first was given a role, of which this process has not heard yet
    backend.may_answer.release()
    await first
    await backend.until_begun()
    backend.may_answer.release()
    await second
    assert backend.begun[-1] == f"sessionid={other}"
    assert backend.kept == []


async def test_what_each_may_have_of_their_own_is_asked_for_by_each(front, backend, opened):
    backend.status, backend.is_own = "503 Service Unavailable", True
    session, other = opened("a"), opened("b")
    first, second = await one_waits(front, backend, session, other)
    for _ in range(2):
        backend.may_answer.release()
    await asyncio.gather(first, second)
    assert len(backend.begun) == 3


async def test_an_answer_for_many_is_the_last_one_of_each(front, backend, opened):
    session, other = opened("a"), opened("b")
    first, second = await one_waits(front, backend, session, other)
    backend.may_answer.release()
    await asyncio.gather(first, second)
    assert backend.kept == [digest_of(other)]  # the first one's was kept on the way


@pytest.mark.parametrize(
    "cookie", ["sessionid={mine}; \xa0sessionid={theirs}", "sessionid={mine}; \x85sessionid={theirs}"]
)
async def test_whose_a_request_is_is_read_as_django_reads_it(opened, cookie):
    mine, theirs = opened("a"), opened("b", "others")
    raw = cookie.format(mine=mine, theirs=theirs).encode("latin-1")
    scope = {"path": PATH, "method": "GET", "query_string": b"", "headers": [(b"cookie", raw)], "http_version": "1.1"}
    seen = WSGIRequest(environ_of(scope, b"")).COOKIES["sessionid"]
    assert (seen, session_key(scope)) == (mine, mine)


async def test_headers_given_twice_are_the_same_only_in_the_same_order(front, backend, opened):
    mine, theirs = opened("a"), opened("b")
    chinese, english = (b"accept-language", b"zh"), (b"accept-language", b"en")
    answers = [ask(front, mine, headers=[chinese, english])]
    await backend.until_begun()
    answers.append(ask(front, theirs, headers=[english, chinese]))
    await backend.until_begun()
    for _ in answers:
        backend.may_answer.release()
    await asyncio.gather(*answers)
    assert len(backend.begun) == 2
