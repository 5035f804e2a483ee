"""One's own account: password, codes, sessions, sign-ins; what administrators reset; idle sessions; for whom one acts."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from console import session_rules
from console.actions import account, second_factor, sign_in
from console.actions.audit import SYSTEM
from console.actions.organisation import add_organisation
from console.actions.person import check_charge
from console.actor import HOME_PK
from console.authentication import person_actor
from console.browser_words import browser_words
from console.errors import Refused
from console.models import (
    ApiKey,
    AuditEntry,
    Membership,
    OrganisationKind,
    Person,
    RecoveryCode,
    SignedIn,
    SignInAttempt,
    TotpSecret,
)
from console.sealing import seal, unseal
from tests.conftest import NOON

RIGHT, NEW = "a long test password", "another quite long one 7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
HERE = "192.0.2.1"

pytestmark = pytest.mark.usefixtures("empty_redis")


@pytest.fixture
def courier(db):
    return add_organisation(SYSTEM, "courier", "Courier", "快递", [OrganisationKind.DRONE_OPERATOR], NOON)


@pytest.fixture(autouse=True)
def nothing_known():
    session_rules._active_at.clear()


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


# --- oneself ----------------------------------------------------------------------------------------------------------


def test_a_person_sees_who_they_are_and_in_which_organisations(person, courier):
    someone = person("operator")
    Membership.objects.create(person=someone, organisation=courier, role="viewer")
    told = browser_of(someone).get("/api/v1/me").data
    assert told["username"] == someone.username
    assert [(row["organisation"], row["role"], row["is_acting"]) for row in told["roles"]] == [
        ("operator", "operator", True),
        ("courier", "viewer", False),
    ]
    assert (told["totp_since"], told["requires_totp"], told["sign_ins_kept_d"]) == (None, False, 90)


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


# --- sessions and sign-ins --------------------------------------------------------------------------------------------


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
    its = next(one["id"] for one in row if one["is_this"])
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
    assert sign_in.delete_old_attempts(timezone.now() + timedelta(days=89)) == 0
    assert sign_in.delete_old_attempts(timezone.now() + timedelta(days=91)) == 2


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


# --- codes besides the password ---------------------------------------------------------------------------------------


def test_codes_are_set_up_with_password_picture_and_a_first_code(person):
    someone = person("operator")
    mine = browser_of(someone)
    assert mine.post("/api/v1/me/totp", {"password": "wrong"}, format="json").status_code == 400
    setup = mine.post("/api/v1/me/totp", {"password": RIGHT}, format="json").data
    assert setup["picture"].startswith("data:image/svg+xml")
    assert f"secret={setup['secret']}" in setup["uri"]
    assert mine.post("/api/v1/me/totp/confirm", {"code": "000000"}, format="json").status_code == 409
    assert Person.objects.get(pk=someone.pk).totp_since is None
    code = pyotp.TOTP(setup["secret"]).now()
    made = mine.post("/api/v1/me/totp/confirm", {"code": code}, format="json")
    assert (made.status_code, len(set(made.data["recovery_codes"]))) == (200, 10)
    assert mine.get("/api/v1/me").data["recovery_codes_left"] == 10
    assert AuditEntry.objects.filter(verb="switched codes on", person=someone).exists()


def test_the_database_holds_neither_the_secret_nor_a_recovery_code(person):
    someone = person("operator")
    totp, codes = with_codes(someone)
    kept = TotpSecret.objects.get(person=someone).sealed + "".join(
        RecoveryCode.objects.values_list("code_hash", flat=True)
    )
    assert totp.secret not in kept
    assert not any(code.replace("-", "") in kept for code in codes)
    assert unseal(TotpSecret.objects.get(person=someone).sealed) == totp.secret


def test_what_was_sealed_with_another_key_stays_shut_and_with_the_former_one_opens(settings):
    sealed = seal("JBSWY3DPEHPK3PXP")
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key of some length" * 2
    assert unseal(sealed) is None
    settings.SECRET_KEY_FALLBACKS = [former]
    assert unseal(sealed) == "JBSWY3DPEHPK3PXP"


def test_the_password_alone_begins_no_session_and_the_code_does(person):
    someone, browser = person("operator"), Client(REMOTE_ADDR=HERE)
    totp, _ = with_codes(someone)
    step = first_step(someone, browser)
    assert browser.get("/api/v1/me").status_code == 401
    answer = second_step(browser, step, totp.now())
    assert (answer.status_code, answer["Location"]) == (302, "/alarms")
    assert browser.get("/api/v1/me").status_code == 200
    assert SignedIn.objects.get().way == "password_and_code"


def test_a_code_works_once(person):
    someone = person("operator")
    totp, _ = with_codes(someone)
    code = totp.now()
    first, second = Client(), Client()
    assert second_step(first, first_step(someone, first), code).status_code == 302
    answer = second_step(second, first_step(someone, second), code)
    assert (answer.status_code, "sessionid" in second.cookies) == (200, False)
    assert "used already" in answer.content.decode()


@pytest.mark.parametrize(("late_s", "is_taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_wrong_by_one_step_of_30_s(person, late_s, is_taken):
    someone, now = person("operator"), datetime(2026, 6, 1, 12, 0, 15, tzinfo=UTC)
    totp = pyotp.TOTP(second_factor.begin(someone, now).secret)
    taken = second_factor.way_of_code(someone, totp.at(now - timedelta(seconds=late_s)), now)
    assert (taken is not None) == is_taken


def test_an_older_code_is_refused_after_a_newer_one(person):
    someone, now = person("operator"), NOON
    totp = pyotp.TOTP(second_factor.begin(someone, now).secret)
    assert second_factor.way_of_code(someone, totp.at(now), now)
    assert not second_factor.way_of_code(someone, totp.at(now - timedelta(seconds=30)), now)
    assert second_factor.way_of_code(someone, totp.at(now + timedelta(seconds=30)), now)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "\0"])
def test_what_is_no_code_is_refused(person, code):
    someone = person("operator")
    with_codes(someone)
    browser = Client()
    assert second_step(browser, first_step(someone, browser), code).status_code == 200
    assert "sessionid" not in browser.cookies


def test_a_recovery_code_works_once_however_it_is_typed(person):
    someone = person("operator")
    _, codes = with_codes(someone)
    typed = f" {codes[0].upper().replace('-', ' ')} "
    first, second = Client(), Client()
    assert second_step(first, first_step(someone, first), typed).status_code == 302
    assert second_step(second, first_step(someone, second), typed).status_code == 200
    assert SignInAttempt.objects.filter(outcome="signed_in").get().way == "password_and_recovery_code"
    assert RecoveryCode.objects.filter(used_at=None).count() == 9


def test_wrong_codes_wait_as_wrong_passwords_do_and_the_right_password_does_not_wash_them(person):
    someone, codes = person("operator"), []
    with_codes(someone)
    for _ in range(3):
        browser = Client(REMOTE_ADDR=HERE)
        page = browser.post("/login", {"username": someone.username, "password": RIGHT})
        codes.append(page.status_code)
        if page.status_code == 200:
            step = re.search(r'name="step" value="([^"]+)"', page.content.decode())[1]
            codes.append(second_step(browser, step, "000000").status_code)
    assert codes == [200, 200, 200, 200, 200, 429]
    assert SignInAttempt.objects.filter(outcome="wrong_code").count() == 2


def test_a_first_step_is_worthless_once_the_password_is_another_or_five_minutes_are_over(person, monkeypatch):
    someone, browser = person("operator"), Client()
    totp, _ = with_codes(someone)
    step = first_step(someone, browser)
    assert second_step(browser, step + "x", totp.now())["Location"] == "/login"
    monkeypatch.setattr("console.views.sign_in.STEP_FOR_S", -1)
    assert second_step(browser, step, totp.now())["Location"] == "/login"
    monkeypatch.undo()
    someone.set_password(NEW)
    someone.save()
    assert second_step(browser, step, totp.now())["Location"] == "/login"
    assert "sessionid" not in browser.cookies


def test_codes_are_switched_off_with_password_and_code(person):
    someone = person("operator")
    mine = APIClient()
    mine.force_login(someone)
    totp, _ = with_codes(someone)
    for body in ({"password": RIGHT, "code": "000000"}, {"password": "x", "code": totp.now()}, {"password": RIGHT}):
        assert mine.post("/api/v1/me/totp/off", body, format="json").status_code == 400
    answer = mine.post("/api/v1/me/totp/off", {"password": RIGHT, "code": totp.now()}, format="json")
    assert answer.status_code == 204
    assert not TotpSecret.objects.exists()
    assert not RecoveryCode.objects.exists()
    browser_of(someone)


def test_recovery_codes_are_made_anew_and_the_old_ones_end(person):
    someone, mine = person("operator"), APIClient()
    mine.force_login(someone)
    totp, old = with_codes(someone)
    made = mine.post("/api/v1/me/totp/recovery", {"password": RIGHT, "code": totp.now()}, format="json").data
    assert not second_factor.way_of_code(someone, old[1], timezone.now())
    assert second_factor.way_of_code(someone, made["recovery_codes"][0], timezone.now())


# --- what is demanded -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("demand", "role", "is_due"),
    [
        ("nobody", "administrator", False),
        ("administrators", "operator", False),
        ("administrators", "administrator", True),
        ("everybody", "viewer", True),
    ],
)
def test_a_setting_demands_codes_on_pages_and_over_rest(signed_in, settings, demand, role, is_due):
    settings.LOFT_REQUIRE_TOTP = demand
    browser = signed_in(role)
    assert browser.get("/api/v1/sites").status_code == (403 if is_due else 200)
    page = browser.get("/alarms")
    assert (page.status_code, page.get("Location")) == ((302, "/account") if is_due else (200, None))
    assert browser.get("/account").status_code == 200


def test_an_organisation_demands_codes_of_its_own_people_only(signed_in, courier):
    admin, own, other = signed_in("administrator", courier.pk), signed_in("viewer", courier.pk), signed_in("viewer")
    path = "/api/v1/organisations/courier/totp"
    assert own.put(path, {"requires_totp": True}, format="json").status_code == 403
    assert admin.put(path, {"requires_totp": True}, format="json").data["requires_totp"] is True
    assert (own.get("/api/v1/sites").status_code, other.get("/api/v1/sites").status_code) == (403, 200)
    assert own.get("/api/v1/sites")["Content-Type"].startswith("application/problem+json")


def test_codes_that_are_demanded_cannot_be_switched_off(person, settings):
    someone, mine = person("operator"), APIClient()
    mine.force_login(someone)
    totp, _ = with_codes(someone)
    settings.LOFT_REQUIRE_TOTP = "everybody"
    answer = mine.post("/api/v1/me/totp/off", {"password": RIGHT, "code": totp.now()}, format="json")
    assert (answer.status_code, "demanded" in answer.data["detail"]) == (409, True)
    assert mine.get("/api/v1/sites").status_code == 200


@pytest.mark.parametrize(
    ("path", "told", "outcome", "verb"),
    [
        ("totp/off", {"password": "wrong", "code": "000000"}, "wrong_password", "failed to sign in"),
        ("totp/off", {"password": RIGHT, "code": "000000"}, "wrong_code", "failed to sign in (wrong code)"),
        ("password", {"current_password": "wrong", "new_password": NEW}, "wrong_password", "failed to sign in"),
    ],
)
def test_a_wrong_proof_is_a_failed_sign_in_that_audit_and_person_see(person, path, told, outcome, verb):
    someone = person("operator")
    mine = browser_of(someone)
    with_codes(someone)
    assert mine.post(f"/api/v1/me/{path}", told, format="json").status_code == 400
    row = AuditEntry.objects.get(verb__startswith="failed")
    assert (row.verb, row.subject, row.address) == (verb, f"person {someone.username}", HERE)
    assert SignInAttempt.objects.exclude(outcome="signed_in").get().outcome == outcome


# --- what administrators do -------------------------------------------------------------------------------------------


def test_a_reset_password_is_shown_once_and_has_to_be_changed_before_anything_else(signed_in, person):
    someone = person("operator")
    before = browser_of(someone)
    made = signed_in("administrator").post(f"/api/v1/people/{someone.pk}/password").data["password"]
    assert before.get("/api/v1/me").status_code == 401
    mine = browser_of(someone, made)
    assert mine.get("/alarms")["Location"] == "/account"
    refused = mine.get("/api/v1/sites")
    assert (refused.status_code, "change it first" in refused.json()["detail"]) == (403, True)
    assert mine.post("/api/v1/reports", [], format="json").status_code in (401, 403)
    assert (
        mine.post("/api/v1/me/password", {"current_password": made, "new_password": NEW}, format="json").status_code
        == 204
    )
    assert mine.get("/api/v1/sites").status_code == 200


def test_the_first_password_of_a_new_person_has_to_be_changed_too(signed_in):
    made = signed_in("administrator").post("/api/v1/people", {"username": "li.na", "role": "operator"}, format="json")
    assert made.data["must_change_password"] is True
    mine = browser_of(Person.objects.get(username="li.na"), made.data["password"])
    assert mine.get("/api/v1/sites").status_code == 403


def test_an_administrator_ends_sessions_resets_codes_and_reads_the_sign_ins(signed_in, person):
    someone, admin = person("operator"), signed_in("administrator")
    theirs = browser_of(someone)
    with_codes(someone)
    assert admin.get(f"/api/v1/people/{someone.pk}/sign-ins").data["count"] == 1
    assert admin.delete(f"/api/v1/people/{someone.pk}/sessions").data == {"ended_sessions": 1}
    assert theirs.get("/api/v1/me").status_code == 401
    assert admin.delete(f"/api/v1/people/{someone.pk}/totp").status_code == 204
    browser_of(someone)
    assert set(AuditEntry.objects.filter(subject=f"person {someone.username}").values_list("verb", flat=True)) >= {
        "ended sessions",
        "reset codes",
    }


DEEDS = [("post", "password"), ("delete", "totp"), ("delete", "sessions"), ("get", "sign-ins")]


@pytest.mark.parametrize(("method", "what"), DEEDS)
def test_who_belongs_to_others_too_or_only_is_not_in_an_administrators_hands(signed_in, person, courier, method, what):
    admin, shared, foreign = signed_in("administrator", courier.pk), person("viewer", courier.pk), person("viewer")
    Membership.objects.create(person=shared, organisation_id=HOME_PK, role="administrator")
    before = Person.objects.get(pk=shared.pk).password
    assert getattr(admin, method)(f"/api/v1/people/{shared.pk}/{what}").status_code == 409
    assert getattr(admin, method)(f"/api/v1/people/{foreign.pk}/{what}").status_code == 404
    assert Person.objects.get(pk=shared.pk).password == before


@pytest.mark.parametrize(("method", "what"), DEEDS)
def test_nobody_resets_themselves_and_no_planner_anybody(signed_in, person, method, what):
    admin = signed_in("administrator")
    me = Person.objects.get(username__startswith="administrator")
    assert getattr(admin, method)(f"/api/v1/people/{me.pk}/{what}").status_code == 409
    assert getattr(signed_in("planner"), method)(f"/api/v1/people/{me.pk}/{what}").status_code == 403


@pytest.mark.parametrize(("method", "what"), [row for row in DEEDS if row[0] != "get"])
@pytest.mark.parametrize("kind", ["superuser", "of no organisation"])
def test_who_is_above_or_of_no_organisation_is_in_the_hands_of_those_who_run_the_network(
    person, courier, method, what, kind
):
    actor_is, target = person("administrator", courier.pk), person("viewer", courier.pk)
    Membership.objects.create(person=actor_is, organisation_id=HOME_PK, role="viewer")
    if kind == "superuser":
        Person.objects.filter(pk=target.pk).update(is_superuser=True)
    else:
        target.memberships.all().delete()
    admin = APIClient()
    admin.force_login(actor_is)
    answer = getattr(admin, method)(f"/api/v1/people/{target.pk}/{what}")
    assert answer.status_code in (404, 409), answer.content
    with pytest.raises(Refused):
        check_charge(person_actor(actor_is), Person.objects.get(pk=target.pk))
    check_charge(person_actor(person("administrator")), Person.objects.get(pk=target.pk))


# --- idle sessions ----------------------------------------------------------------------------------------------------


def idle_for(browser: APIClient, minutes: float) -> None:
    """Let so much time pass without use, for the session and for what this process knows of it."""
    then = timezone.now() - timedelta(minutes=minutes)
    SignedIn.objects.filter(session_key=browser.session.session_key).update(active_at=then)
    kept = browser.session
    kept["origin"] = {**kept["origin"], "at_s": then.timestamp()}
    kept.save()
    session_rules._active_at.clear()


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


# --- for whom one acts ------------------------------------------------------------------------------------------------


@pytest.fixture
def of_two(person, courier):
    someone = person("viewer", courier.pk)
    other = add_organisation(SYSTEM, "other", "Other", "另一家", [OrganisationKind.DRONE_OPERATOR], NOON)
    Membership.objects.create(person=someone, organisation=other, role="administrator")
    browser = APIClient()
    browser.force_login(someone)
    return browser


def test_what_one_makes_belongs_to_the_organisation_for_which_one_acts(of_two):
    assert of_two.post("/api/v1/me/acting", {"organisation": "other"}, format="json").data["is_acting"] is True
    made = of_two.post("/api/v1/keys", {"name": "k", "scopes": ["read"]}, format="json")
    assert (made.status_code, made.data["organisation"]) == (201, "other")


def test_a_right_in_one_organisation_makes_nothing_in_another(of_two):
    for body in ({}, {"organisation": "courier"}):
        answer = of_two.post("/api/v1/keys", {"name": "k", "scopes": ["read"], **body}, format="json")
        assert answer.status_code == 403, answer.data
    of_two.post("/api/v1/me/acting", {"organisation": "other"}, format="json")
    foreign = of_two.post("/api/v1/keys", {"name": "k", "scopes": ["read"], "organisation": "courier"}, format="json")
    assert foreign.status_code == 409
    person = {"username": "x", "role": "administrator", "organisation": "courier"}
    assert of_two.post("/api/v1/people", person, format="json").status_code == 409
    assert not ApiKey.objects.exists()


def test_one_acts_for_ones_own_organisations_only(of_two):
    answer = of_two.post("/api/v1/me/acting", {"organisation": "operator"}, format="json")
    assert (answer.status_code, "expected one of ['courier', 'other']" in answer.data["detail"]) == (409, True)


def test_a_membership_that_ended_is_acted_for_no_more(of_two):
    of_two.post("/api/v1/me/acting", {"organisation": "other"}, format="json")
    Membership.objects.filter(organisation__slug="other").delete()
    assert [row["organisation"] for row in of_two.get("/api/v1/me").data["roles"] if row["is_acting"]] == ["courier"]
    assert of_two.post("/api/v1/keys", {"name": "k", "scopes": ["read"]}, format="json").status_code == 403


def test_pages_show_for_which_organisation_one_acts(of_two):
    assert "Courier" in of_two.get("/account").content.decode()


def test_what_is_due_first_opens_ones_own_account_and_no_list_of_members(signed_in, person):
    admin = person("administrator")
    Person.objects.filter(pk=admin.pk).update(must_change_password=True)
    browser = APIClient()
    browser.force_login(admin)
    assert browser.get("/api/v1/me").status_code == 200
    assert browser.get("/api/v1/members").status_code == 403


def test_a_session_whose_time_is_over_is_neither_listed_nor_kept(person):
    someone = person("viewer")
    gone, here = browser_of(someone), browser_of(someone)
    key = gone.cookies["sessionid"].value
    Session.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(hours=1))
    assert here.get("/api/v1/me/sessions").data["count"] == 1
    assert account.delete_over(timezone.now()) >= 1
    assert not SignedIn.objects.filter(session_key=key).exists()
    assert SignedIn.objects.filter(person=someone).count() == 1
