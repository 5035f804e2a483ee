"""Sessions and sign-ins: listed, ended, and ended by themselves when idle."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from console.access.sessions import BACKEND, FORMER_BACKEND
from console.actions.access import account
from console.door.browser_words import browser_words
from console.models import SignedIn
from tests.console.account.browsers import FIREFOX, HERE, browser_of, idle_for
from tests.retention import deleted

pytestmark = pytest.mark.usefixtures("empty_redis")


def test_sessions_are_listed_with_address_and_browser_and_this_one_is_marked(person):
    someone = person("operator")
    mine = browser_of(someone)
    browser_of(someone)
    rows = mine.get("/api/v1/me/sessions").data["results"]
    assert [row["is_this"] for row in rows].count(True) == 1
    assert {(row["address"], row["browser"], row["way"]) for row in rows} == {(HERE, "Firefox 128, Linux", "password")}
    assert "session_key" not in rows[0]


def test_one_session_is_ended_or_all_others(person):
    someone = person("operator")
    mine, second, third = browser_of(someone), browser_of(someone), browser_of(someone)
    row = second.get("/api/v1/me/sessions").data["results"]
    its = next(measurement["id"] for measurement in row if measurement["is_this"])
    assert mine.delete(f"/api/v1/me/sessions/{its}").status_code == 204
    assert second.get("/api/v1/me").status_code == 401
    assert mine.delete("/api/v1/me/sessions").data == {"ended_sessions": 1}
    assert third.get("/api/v1/me").status_code == 401
    assert mine.get("/api/v1/me").status_code == 200


def test_nobody_ends_a_session_of_somebody_else(person):
    theirs, mine = browser_of(person("administrator")), browser_of(person("operator"))
    its = theirs.get("/api/v1/me/sessions").data["results"][0]["id"]
    assert mine.delete(f"/api/v1/me/sessions/{its}").status_code == 404
    assert theirs.get("/api/v1/me").status_code == 200


def test_signing_out_takes_the_session_off_the_list(person):
    browser_of(person("operator")).post("/logout")
    assert SignedIn.objects.count() == 0


def test_a_session_that_began_before_the_backend_moved_goes_on(person):
    mine = browser_of(person("operator"))
    assert mine.get("/api/v1/me").status_code == 200
    held = mine.session
    assert held[BACKEND_SESSION_KEY] == BACKEND
    held[BACKEND_SESSION_KEY] = FORMER_BACKEND
    held.save()
    assert mine.get("/api/v1/me").status_code == 200
    assert [BACKEND] == settings.AUTHENTICATION_BACKENDS


def test_sessions_from_before_the_list_are_ended_with_the_others(person):
    someone = person("operator")
    old, mine = browser_of(someone), browser_of(someone)
    SignedIn.objects.exclude(session_key=mine.session.session_key).delete()
    assert mine.delete("/api/v1/me/sessions").data == {"ended_sessions": 1}
    assert old.get("/api/v1/me").status_code == 401


def test_ones_own_sign_ins_are_shown_with_their_outcome_and_go_after_their_time(person):
    someone = person("operator")
    Client().post("/login", {"username": someone.username, "password": "x"}, REMOTE_ADDR="198.51.100.7")
    mine = browser_of(someone)
    rows = mine.get("/api/v1/me/sign-ins").data["results"]
    assert [(row["outcome"], row["address"]) for row in rows] == [
        ("signed_in", HERE),
        ("wrong_password", "198.51.100.7"),
    ]
    assert deleted("sign-ins", timezone.now() + timedelta(days=89)) == 0
    assert deleted("sign-ins", timezone.now() + timedelta(days=91)) == 2


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox 128, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0", "Edge 126, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17, iOS"),
        ("curl/8.5\x00\x1b[2J", "curl/8.5[2J"),
        ("x" * 500, "x" * 60),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_told_in_a_few_words(agent, words):
    assert browser_words(agent) == words


# --- idle sessions ----------------------------------------------------------------------------------------------------


def test_a_session_that_nobody_used_for_the_limit_ends(signed_in, settings):
    settings.LOFT_IDLE_MIN = 10
    browser = signed_in("viewer")
    idle_for(browser, 9.5)
    assert browser.get("/api/v1/sites").status_code == 200
    idle_for(browser, 10.5)
    assert browser.get("/api/v1/sites").status_code == 401
    assert not SignedIn.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "is_use"),
    [
        ("get", "/api/v1/sites", False),
        ("get", "/i18n/catalogue.json", False),
        ("get", "/alarms", True),
        ("post", "/api/v1/me/active", True),
    ],
)
def test_what_a_page_asks_for_by_itself_is_no_use(signed_in, settings, method, path, is_use):
    settings.LOFT_IDLE_MIN = 10
    browser = signed_in("viewer")
    idle_for(browser, 9)
    getattr(browser, method)(path)
    used_s = (timezone.now() - SignedIn.objects.get().active_at).total_seconds()
    assert (used_s < 60) == is_use


def test_without_a_limit_no_session_ends_as_idle(signed_in):
    browser = signed_in("viewer")
    idle_for(browser, 600)
    assert browser.get("/api/v1/sites").status_code == 200


def test_use_that_another_process_wrote_down_counts(signed_in, settings):
    settings.LOFT_IDLE_MIN = 10
    browser = signed_in("viewer")
    idle_for(browser, 30)
    SignedIn.objects.update(active_at=timezone.now())
    assert browser.get("/api/v1/sites").status_code == 200


def test_a_session_whose_time_is_over_is_neither_listed_nor_kept(person):
    someone = person("viewer")
    gone, here = browser_of(someone), browser_of(someone)
    key = gone.cookies["sessionid"].value
    Session.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(hours=1))
    assert here.get("/api/v1/me/sessions").data["count"] == 1
    assert account.delete_over(timezone.now()) >= 1
    assert not SignedIn.objects.filter(session_key=key).exists()
    assert SignedIn.objects.filter(person=someone).count() == 1
