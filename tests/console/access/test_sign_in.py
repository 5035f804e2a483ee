"""Signing in: wrong passwords make the next attempt wait, for those who gave them and not for the innocent."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from console.access import throttle
from console.access.throttle import Rule, Tally
from console.actions.access import sign_in
from console.actions.access.sign_in import Attempt, Browser, TooSoon
from console.door.turnstile import Busy, Turnstile
from console.models import AuditEntry, Person
from console.redis_clients import client
from console.views.access import sign_in as sign_in_views
from tests.waiting import PATIENCE_S, wait_until

RIGHT = "a long test password"
HERE, THERE = "192.0.2.1", "198.51.100.7"
RULE = Rule(free=5, most_s=900, leak_s=600)

pytestmark = pytest.mark.usefixtures("empty_redis")


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch):
    """For the views it is always now: a busy machine takes no part in what has to wait."""
    now = timezone.now()
    monkeypatch.setattr(sign_in_views, "timezone", SimpleNamespace(now=lambda: now))


def post(name, password, address=HERE, browser=None, **more):
    return (browser or Client()).post("/login", {"username": name, "password": password}, REMOTE_ADDR=address, **more)


def guessed(name, address=HERE, times=12):
    """So many wrong guesses, each as soon as it may be made; return the waits between them."""
    now, waits = datetime.now(UTC) - timedelta(hours=1), []
    for _ in range(times):
        try:
            with sign_in.admitted(Attempt(name, address, Browser("b")), now):
                pass
        except TooSoon as reason:
            waits.append(reason.wait_s)
            now += timedelta(seconds=reason.wait_s)
            with sign_in.admitted(Attempt(name, address, Browser("b")), now):
                pass
    return waits


def spent(name, address=HERE):
    """Leave the tallies of name and address as somebody who has guessed for long leaves them."""
    attempt, now_s = Attempt(name, address, Browser("b")), sign_in_views.timezone.now().timestamp()
    for tally in {**sign_in._own(attempt), **sign_in._shared(attempt)}:
        client().set(throttle.PREFIX + tally, json.dumps([40, now_s, now_s + 130]))


# --- the arithmetic ---------------------------------------------------------------------------------------------------


def test_four_failures_cost_nothing_and_then_each_doubles_the_wait_up_to_a_quarter_of_an_hour():
    assert [RULE.delay_s(failures) for failures in (1, 4, 5, 6, 7, 14, 15, 1000)] == [0, 0, 1, 2, 4, 512, 900, 900]


def test_failures_are_forgotten_one_per_ten_minutes():
    tally = Tally()
    for _ in range(8):
        tally = tally.counted(RULE, 0.0)
    assert (tally.failures, tally.wait_s(0.0)) == (8, 8.0)
    assert tally.counted(RULE, 1_200.0).failures == pytest.approx(7.0)
    assert tally.counted(RULE, 100_000.0) == Tally(1.0, 100_000.0, 100_000.0)


@given(failures=st.floats(0, 1e6), at_s=st.floats(0, 1e9), now_s=st.floats(0, 1e9))
def test_no_wait_is_longer_than_the_longest_and_none_is_negative(failures, at_s, now_s):
    after = Tally(failures, at_s, at_s).counted(RULE, now_s)
    assert 0 <= after.wait_s(now_s) <= RULE.most_s + 1e-3


@pytest.mark.parametrize("take", [throttle.take, throttle.Alone().take], ids=["in Redis", "in the process"])
def test_what_has_to_wait_is_not_counted_again(take):
    waits = [take({"x": Rule(free=2, most_s=900, leak_s=600)}, 1_000.0) for _ in range(5)]
    assert waits == [0, 0, 1, 1, 1]


def test_a_hundred_attempts_at_once_are_five_and_not_a_hundred():
    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(lambda _: throttle.take({"x": RULE}, 1_000.0), range(100)))
    assert waits.count(0) == 5


def test_tallies_end_by_themselves_in_redis():
    throttle.take({"x": RULE}, time.time())
    assert 0 < client().ttl(throttle.PREFIX + "x") <= 1_501


def test_the_tallies_of_one_process_are_bounded(monkeypatch):
    monkeypatch.setattr(throttle, "MOST_KEPT", 10)
    alone = throttle.Alone()
    for number in range(100):
        alone.take({f"x{number}": RULE}, 0.0)
    assert len(alone._tallies) == 10


# --- names and addresses ----------------------------------------------------------------------------------------------


def test_guessing_at_one_name_from_one_address_waits_1_2_4_8_seconds_and_more(db):
    assert guessed("administrator", times=16)[:6] == [1, 2, 4, 8, 16, 32]


def test_five_wrong_passwords_from_one_address_keep_nobody_out_elsewhere(person):
    someone = person("operator").username
    for _ in range(5):
        post(someone, "wrong", HERE)
    assert post(someone, RIGHT, HERE).status_code == 429
    assert post(someone, RIGHT, THERE).status_code == 302


def test_a_header_does_not_make_another_address(person):
    someone = person("operator").username
    for number in range(8):
        post(someone, "wrong", HERE, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert post(someone, RIGHT, HERE, HTTP_X_FORWARDED_FOR="203.0.113.200").status_code == 429


def test_behind_a_trusted_proxy_each_client_is_counted_by_itself(person, settings):
    from ipaddress import ip_network

    settings.LOFT_TRUSTED_PROXIES = (ip_network("10.0.0.1/32"),)
    someone = person("operator").username
    for _ in range(6):
        post(someone, "wrong", "10.0.0.1", HTTP_X_FORWARDED_FOR=HERE)
    assert post(someone, RIGHT, "10.0.0.1", HTTP_X_FORWARDED_FOR=HERE).status_code == 429
    assert post(someone, RIGHT, "10.0.0.1", HTTP_X_FORWARDED_FOR=THERE).status_code == 302


def test_a_refusal_says_how_long_to_wait_on_the_page_and_to_programs(person):
    someone = person("operator").username
    spent(someone)
    answer = post(someone, RIGHT)
    wait_s = int(answer["Retry-After"])
    assert 60 <= wait_s <= 130
    assert f"Try again in {wait_s // 60} min {wait_s % 60} s." in answer.content.decode()


def test_the_same_name_in_other_letters_is_the_same_name(person):
    someone = person("operator").username
    spent(someone)
    assert post(f" {someone.upper()} ", RIGHT).status_code == 429


def test_guesses_at_one_name_from_a_hundred_addresses_are_slowed(person):
    someone = person("operator").username
    taken = [post(someone, "wrong", f"198.51.100.{number}").status_code for number in range(40)]
    assert taken.count(200) == 30
    assert taken[-1] == 429


def test_a_slowed_name_waits_a_minute_at_most(person):
    someone = person("operator").username
    for number in range(200):
        throttle.take({f"name:{Attempt(someone, '', Browser('')).name_digest}": sign_in.OF_NAME}, number * 60.0)
    assert 1 <= int(post(someone, RIGHT, THERE).get("Retry-After", 1)) <= 60


def test_whoever_signed_in_before_gets_in_while_others_guess_at_the_name(person):
    someone, theirs = person("operator").username, Client()
    assert post(someone, RIGHT, THERE, theirs).status_code == 302
    for number in range(40):
        post(someone, "wrong", f"203.0.113.{number}")
    theirs.post("/logout")
    assert post(someone, RIGHT, "203.0.113.250", theirs).status_code == 302, "the browser is known, the address is new"
    assert post(someone, RIGHT, THERE).status_code == 302, "the address is known, the browser is new"
    assert post(someone, RIGHT, "203.0.113.251").status_code == 429, "neither is known"


def test_a_browser_that_is_known_gets_in_from_an_address_that_is_spent(person):
    someone, theirs = person("operator").username, Client()
    post(someone, RIGHT, HERE, theirs)
    theirs.post("/logout")
    spent(someone, HERE)
    assert post(someone, RIGHT, HERE, theirs).status_code == 302


def test_a_known_browser_guesses_no_more_than_others(person):
    someone, stolen = person("operator").username, Client()
    post(someone, RIGHT, HERE, stolen)
    stolen.post("/logout")
    assert [post(someone, "wrong", f"203.0.113.{number}", stolen).status_code for number in range(6)] == [200] * 5 + [
        429
    ]


def test_a_browser_cookie_that_we_did_not_sign_is_of_no_use(person):
    someone, forger = person("operator").username, Client()
    forger.cookies["loft-browser"] = f'["m", ["{Attempt(someone, "", Browser("")).name_digest}"]]'
    spent(someone)
    assert post(someone, RIGHT, HERE, forger).status_code == 429


def test_a_browser_is_known_for_the_names_that_signed_in_from_it_and_for_no_other(person):
    mine, other = person("operator").username, person("administrator").username
    browser = Client()
    post(mine, RIGHT, HERE, browser)
    browser.post("/logout")
    spent(other, HERE)
    assert post(other, RIGHT, HERE, browser).status_code == 429


def test_one_address_that_tries_many_names_is_slowed(roles):
    taken = [post(f"name-{number}", "Summer2026!").status_code for number in range(30)]
    assert taken.count(200) == 20
    assert post("another", "Summer2026!", THERE).status_code == 200


def test_the_64_of_an_ipv6_address_is_one_address(roles):
    taken = [post(f"name-{number}", "x", f"2001:db8::{number:x}").status_code for number in range(30)]
    assert taken.count(429) == 10


def test_signing_in_forgets_the_mistakes_made_before(person):
    someone = person("operator").username
    for _ in range(3):
        for _ in range(4):
            post(someone, "wrong")
        assert post(someone, RIGHT).status_code == 302


def test_signing_in_does_not_wash_the_guesses_at_other_names(person):
    own = person("operator").username
    taken = []
    for number in range(30):
        taken.append(post(f"name-{number}", "x").status_code)
        post(own, RIGHT)
    assert 429 in taken


def test_attempts_are_counted_while_redis_is_away(person, monkeypatch, caplog):
    def away():
        raise ConnectionError("gone")

    monkeypatch.setattr(throttle, "client", away)
    monkeypatch.setattr(sign_in, "client", away)
    monkeypatch.setattr(throttle, "_alone", throttle.Alone())
    someone = person("operator").username
    assert [post(someone, "wrong").status_code for _ in range(6)] == [200] * 5 + [429]
    assert post(someone, RIGHT, THERE).status_code == 302
    assert "counted in this process only" in caplog.text


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_passwords_are_looked_at_one_at_a_time_and_the_others_are_told_at_once():
    turnstile, inside, most = Turnstile(share=1.0, most_waiting=2), 0, 0
    refused, all_told = [], threading.Event()

    def look(_):
        nonlocal inside, most
        try:
            with turnstile.turn():
                inside += 1
                most = max(most, inside)
                all_told.wait(PATIENCE_S)
                inside -= 1
        except Busy:
            refused.append(1)
            if len(refused) == 5:  # of eight: one is looked at, and two wait
                all_told.set()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(look, range(8)))
    assert (most, len(refused), all_told.is_set()) == (1, 5, True)


def test_a_rest_keeps_the_share_of_one_core():
    clock = iter([0.0, 0.0, 1.0, 1.0, 1.0, 2.0]).__next__
    slept = []
    turnstile = Turnstile(share=0.25, most_waiting=2, clock=clock, sleep=slept.append)
    for _ in range(2):
        with turnstile.turn():
            pass
    assert slept == [3.0]


@pytest.mark.slow
@pytest.mark.once
def test_hundreds_of_strangers_at_once_cost_no_more_than_half_a_core(person, settings, monkeypatch):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    from django.contrib.auth.hashers import check_password, make_password

    monkeypatch.setattr(sign_in, "_strangers", Turnstile(share=0.5, most_waiting=2))
    stored, looked, busy = make_password("x"), 0, 0
    began_s = time.monotonic()

    def stranger(number):
        nonlocal looked, busy
        try:
            with sign_in.admitted(
                Attempt(f"n{number}", f"10.{number // 250}.0.{number % 250}", Browser("b")), datetime.now(UTC)
            ):
                check_password("wrong", stored)
                looked += 1
        except TooSoon as reason:
            busy += reason.is_busy

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(stranger, range(300)))
        wait_until(lambda: looked + busy == 300, "all were answered")
    per_look_s = _cost_of_one(check_password, stored)
    assert looked <= 3 + (time.monotonic() - began_s) * 0.6 / per_look_s
    assert busy > 200


def _cost_of_one(check_password, stored):
    began_s = time.process_time()
    check_password("wrong", stored)
    return time.process_time() - began_s


def test_a_busy_door_is_a_503_that_says_when_to_come_again(person, monkeypatch):
    monkeypatch.setattr(sign_in, "_strangers", Turnstile(share=1.0, most_waiting=0))
    answer = post(person("operator").username, RIGHT)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Too many people are signing in" in answer.content.decode()


# --- what is written down ---------------------------------------------------------------------------------------------


def test_sign_ins_and_failures_are_in_the_audit_with_their_address(person):
    someone = person("operator")
    post(someone.username, "wrong", THERE)
    post(someone.username, RIGHT, HERE)
    failed, signed = AuditEntry.objects.order_by("pk")
    assert (failed.verb, failed.subject, failed.address) == ("failed to sign in", f"person {someone.username}", THERE)
    assert (signed.verb, signed.person, signed.address) == ("signed in", someone, HERE)


def test_a_name_that_nobody_has_is_not_written_down_for_it_may_be_a_password(roles):
    post("correct horse battery", "x")
    assert AuditEntry.objects.get().subject == "an unknown name"
    assert not [key for key in client().keys("*") if b"horse" in key]


def test_a_name_with_a_nul_is_wrong_and_never_asked_of_the_database(roles):
    asked = []

    def note(execute, sql, params, many, context):
        asked.extend(params or ())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert post("operator\0", RIGHT).status_code == 200
    assert asked
    assert not [text for text in asked if isinstance(text, str) and "\0" in text]


def test_a_form_without_a_password_is_no_attempt(person):
    someone = person("operator").username
    assert {post(someone, "").status_code for _ in range(8)} == {200}
    assert not AuditEntry.objects.exists()


def test_a_disabled_person_is_refused_and_counted(person):
    someone = person("operator")
    Person.objects.update(is_active=False)
    assert post(someone.username, RIGHT).status_code == 200
    assert AuditEntry.objects.get().verb == "failed to sign in"
