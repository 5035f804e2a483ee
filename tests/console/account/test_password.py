"""One's own account: who one is, and the password."""

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework.test import APIClient

from console.models import AuditEntry, Membership, SignedIn
from console.serializers.account import NewPassword, Proof
from tests.console.account.browsers import HERE, NEW, RIGHT, browser_of, idle_for

pytestmark = pytest.mark.usefixtures("empty_redis")


def test_a_person_sees_who_they_are_and_in_which_organisations(person, courier):
    someone = person("operator")
    Membership.objects.create(person=someone, organisation=courier, role="viewer")
    me = browser_of(someone).get("/api/v1/me").data
    assert me["username"] == someone.username
    assert [(row["organisation"], row["role"], row["is_acting"]) for row in me["roles"]] == [
        ("operator", "operator", True),
        ("courier", "viewer", False),
    ]
    assert (me["totp_since"], me["requires_totp"], me["sign_ins_kept_d"]) == (None, False, 90)


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/me/sessions", "/api/v1/me/sign-ins"])
def test_ones_own_is_for_people_and_neither_for_strangers_nor_for_keys(with_key, path):
    assert APIClient().get(path).status_code == 401
    assert with_key("read").get(path).status_code == 403


def test_a_password_is_changed_with_the_current_one_and_ends_all_other_sessions(person):
    someone = person("operator")
    mine, other = browser_of(someone), browser_of(someone)
    answer = mine.post("/api/v1/me/password", {"current_password": RIGHT, "new_password": NEW}, format="json")
    assert answer.status_code == 204
    assert mine.get("/api/v1/me").status_code == 200
    assert other.get("/api/v1/me").status_code == 401
    assert (SignedIn.objects.count(), Session.objects.count()) == (1, 1)
    assert AuditEntry.objects.get(verb="changed own password").detail == {"ended_sessions": 1}
    browser_of(someone, NEW)


def test_a_session_takes_another_key_with_another_password_and_the_old_one_opens_nothing(person, settings):
    settings.LOFT_IDLE_MIN = 10
    mine = browser_of(person("operator"))
    idle_for(mine, 60)
    SignedIn.objects.update(active_at=timezone.now())
    old, thief = mine.cookies["sessionid"].value, APIClient()
    thief.cookies["sessionid"] = old
    began_at = SignedIn.objects.get().started_at
    mine.post("/api/v1/me/password", {"current_password": RIGHT, "new_password": NEW}, format="json")
    assert mine.cookies["sessionid"].value != old
    assert thief.get("/api/v1/me").status_code == 401
    assert mine.get("/api/v1/me").status_code == 200, "what began an hour ago and is in use is not idle"
    listed = SignedIn.objects.get()
    assert (listed.session_key, listed.address, listed.way) == (mine.cookies["sessionid"].value, HERE, "password")
    assert listed.started_at < began_at
    assert (timezone.now() - listed.active_at).total_seconds() < 60


@pytest.mark.parametrize(
    ("current", "new", "field", "expected"),
    [
        ("wrong", NEW, "current_password", "not your current password"),
        (RIGHT, "short", "new_password", "at least 12 characters"),
        (RIGHT, "123456789012345", "new_password", "entirely numeric"),
        (RIGHT, RIGHT, "new_password", "another password"),
    ],
)
def test_a_password_that_does_not_fit_names_field_and_reason(person, current, new, field, expected):
    answer = browser_of(person("operator")).post(
        "/api/v1/me/password", {"current_password": current, "new_password": new}, format="json"
    )
    assert answer.status_code == 400
    assert next(error["field"].partition("[")[0] for error in answer.data["errors"]) == field
    assert expected in str(answer.data["errors"])
    assert RIGHT not in answer.content.decode() or current == RIGHT


def test_guessing_at_the_current_password_waits_as_at_the_login_page(person):
    mine = browser_of(person("operator"))
    asked = {"current_password": "wrong", "new_password": NEW}
    codes = [mine.post("/api/v1/me/password", asked, format="json").status_code for _ in range(6)]
    assert codes == [400] * 5 + [429]


def test_no_answer_repeats_a_password(person):
    secret = "the current one, mistyped"
    answer = browser_of(person("operator")).post(
        "/api/v1/me/password", {"current_password": secret, "new_password": NEW}, format="json"
    )
    assert secret not in answer.content.decode()
    assert NEW not in answer.content.decode()


def test_no_password_stands_in_the_words_of_what_a_request_became():
    """They reach logs and traces."""
    words = f"{NewPassword(RIGHT, NEW)} {Proof(RIGHT, '123456')}"
    assert not [secret for secret in (RIGHT, NEW, "123456") if secret in words]
