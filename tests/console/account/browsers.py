"""Browsers of people who sign in, with and without codes."""

import re
from datetime import timedelta

import pyotp
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from console.access import session_rules
from console.actions.access import second_factor
from console.actions.audit.audit import SYSTEM
from console.models import Organisation, Person, SignedIn

RIGHT, NEW = "a long test password", "another quite long one 7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
HERE = "192.0.2.1"


def browser_of(someone: Person, password: str = RIGHT, **more) -> APIClient:
    browser = APIClient(HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR=HERE, **more)
    answer = browser.post("/login", {"username": someone.username, "password": password})
    assert answer.status_code == 302, answer.content
    return browser


def with_codes(someone: Person) -> tuple[pyotp.TOTP, list[str]]:
    """Set codes up with a code of two minutes ago, so that the present one is unused."""
    then = timezone.now() - timedelta(minutes=2)
    totp = pyotp.TOTP(second_factor.begin(someone, then).secret)
    return totp, second_factor.confirm(SYSTEM, someone, totp.at(then), then)


def first_step(someone: Person, browser: Client) -> str:
    page = browser.post("/login", {"username": someone.username, "password": RIGHT, "next": "/alarms"})
    assert (page.status_code, "sessionid" in browser.cookies) == (200, False)
    return re.search(r'name="step" value="([^"]+)"', page.content.decode())[1]


def second_step(browser: Client, step: str, code: str):
    return browser.post("/login/code", {"step": step, "code": code, "next": "/alarms"})


def idle_for(browser: APIClient, minutes: float) -> None:
    """Let so much time pass without use, for the session and for what this process knows of it."""
    then = timezone.now() - timedelta(minutes=minutes)
    SignedIn.objects.filter(session_key=browser.session.session_key).update(active_at=then)
    kept = browser.session
    kept["origin"] = {**kept["origin"], "at_s": then.timestamp()}
    kept.save()
    session_rules._active_at.clear()


def acting(someone: Person, organisation: Organisation) -> APIClient:
    """Sign somebody in who acts for one of their organisations."""
    browser = APIClient()
    browser.force_login(someone)
    answer = browser.post("/api/v1/me/acting", {"organisation": organisation.slug}, format="json")
    assert answer.status_code == 200, answer.content
    return browser
