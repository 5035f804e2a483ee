"""What is answered from memory while the database is away: to whom, for how long, how much, and when no more."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse, JsonResponse
from django.test import RequestFactory

from console.access.session_rules import _active_at
from console.access.sessions import ORIGIN
from console.database import Condition, absences
from console.door import last_answers as module
from console.door.last_answers import KEPT_FOR_S, MOST_BYTES_EACH, LastAnswers, Remembering
from console.live import lines
from console.live.lines import digest_of
from tests.conftest import NOON
from tests.console.database.test_condition import Clock

SUMMARY = "/api/v1/alarms/summary"
OWN, OTHER = "a" * 32, "b" * 32
KEY = (digest_of(OWN), SUMMARY, "en")


class Session(dict):
    """A session as its middleware leaves it behind."""

    get_expiry_age = SessionBase.get_expiry_age
    get_session_cookie_age = SessionBase.get_session_cookie_age

    def __init__(self, session_key: str, at: datetime) -> None:
        super().__init__({ORIGIN: {"at_s": at.timestamp()}})
        self.session_key, self.modified = session_key, False


class Door:
    """Asks through the middleware; behind it is a view that answers as it is told, or a database that is away."""

    def __init__(self, used_at: datetime) -> None:
        self.used_at, self.answer, self.meanwhile = used_at, JsonResponse({"of": "first"}), lambda: None
        self._ask = Remembering(self._view)

    def _view(self, request) -> HttpResponse:
        request.session = Session(request.COOKIES.get("sessionid", ""), self.used_at)
        self.meanwhile()
        return self.answer

    def ask(self, session: str = OWN, path: str = SUMMARY, language: str = "en", **headers: str) -> HttpResponse:
        request = RequestFactory().get(path, headers={"Accept-Language": language, **headers})
        request.COOKIES["sessionid"] = session
        return self._ask(request)

    def is_away(self) -> None:
        absences.note(Condition.AWAY, NOON)
        self.answer = HttpResponse(status=503)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "last_answers", LastAnswers(clock))
    monkeypatch.setattr(lines, "listeners", [module.last_answers.forget])
    return clock


@pytest.fixture
def door(clock, monkeypatch):
    monkeypatch.setattr(lines.lines, "is_hearing", True)
    yield Door(datetime.now(UTC))
    absences.answered()
    _active_at.clear()


def test_only_the_same_session_in_the_same_language_asking_the_same_is_answered_from_memory(door):
    assert door.ask().status_code == 200
    door.is_away()
    kept = door.ask()
    assert (kept.status_code, kept.content) == (200, b'{"of": "first"}')
    assert datetime.fromisoformat(kept.headers["Loft-As-Of"]) <= datetime.now(UTC)
    assert door.ask(session=OTHER).status_code == 503
    assert door.ask(session="").status_code == 503
    assert door.ask(language="zh").status_code == 503
    assert door.ask(path=f"{SUMMARY}?site=1").status_code == 503
    assert door.ask(Authorization="Bearer x").status_code == 503


def test_another_trouble_than_the_databases_is_answered_as_it_is(door):
    door.ask()
    door.answer = HttpResponse(status=503)
    assert door.ask().status_code == 503
    door.is_away()
    door.answer = HttpResponse(status=500)
    assert door.ask().status_code == 500


@pytest.mark.parametrize("kind", ["session", "person", "all"])
def test_nothing_is_left_once_a_session_ended_or_a_right_was_lost(door, kind):
    door.ask()
    module.last_answers.forget(kind, digest_of(OWN))
    door.is_away()
    assert door.ask().status_code == 503


def test_the_end_of_another_session_takes_nothing(door):
    door.ask()
    module.last_answers.forget("session", digest_of(OTHER))
    door.is_away()
    assert door.ask().status_code == 200


def test_an_answer_under_way_while_its_session_ends_is_not_kept(door):
    door.meanwhile = lambda: module.last_answers.forget("session", digest_of(OWN))
    assert door.ask().status_code == 200
    door.is_away()
    assert door.ask().status_code == 503


@pytest.mark.parametrize("status", [401, 403])
def test_who_was_refused_since_gets_nothing_from_memory(door, status):
    door.ask()
    door.answer = HttpResponse(status=status)
    door.ask()
    door.is_away()
    assert door.ask().status_code == 503


def test_while_the_end_of_a_session_could_go_unheard_nothing_is_given(door, monkeypatch):
    door.ask()
    door.is_away()
    monkeypatch.setattr(lines.lines, "is_hearing", False)
    assert door.ask().status_code == 503


def test_this_process_forgets_at_once_also_without_redis(door, monkeypatch):
    def gone():
        raise ConnectionError("Redis is away")

    monkeypatch.setattr(lines, "client", gone)
    door.ask()
    lines.tell_session(OWN)
    door.is_away()
    assert door.ask().status_code == 503


def test_no_session_outlives_its_idle_time_by_what_is_kept(door, clock, settings):
    settings.LOFT_IDLE_MIN = 5
    door.used_at -= timedelta(minutes=4)
    door.ask()
    door.is_away()
    clock.at_s += 55
    assert door.ask().status_code == 200
    clock.at_s += 10
    assert door.ask().status_code == 503


def test_nothing_is_kept_for_longer_than_it_may(door, clock, settings):
    settings.LOFT_IDLE_MIN = 0
    door.ask()
    door.is_away()
    clock.at_s += KEPT_FOR_S - 1
    assert door.ask().status_code == 200
    clock.at_s += 2
    assert door.ask().status_code == 503


def keep(memory: LastAnswers, key, content: bytes = b"{}") -> None:
    memory.keep(key, HttpResponse(content), NOON, for_s=60, begun=memory.begin())


def test_memory_is_bounded_also_by_many_small_answers_to_long_questions():
    memory = LastAnswers(most_bytes=100_000)
    for number in range(1_000):
        keep(memory, (digest_of(OWN), f"{SUMMARY}?name={'x' * 2_000}&offset={number}", "en"))
    assert 20 < len(memory) < 50


def test_an_answer_too_large_to_be_kept_leaves_no_older_one():
    memory = LastAnswers()
    keep(memory, KEY)
    keep(memory, KEY, b" " * MOST_BYTES_EACH)
    assert memory.find(KEY) is None
    assert len(memory) == 0
