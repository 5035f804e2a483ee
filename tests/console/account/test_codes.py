"""Codes besides the password: set up, used once, switched off, required."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from console.access.sealing import seal, unseal
from console.actions.access import second_factor
from console.models import AuditEntry, Person, RecoveryCode, SignedIn, SignInAttempt, TotpSecret
from tests.conftest import NOON
from tests.console.account.browsers import HERE, NEW, RIGHT, browser_of, first_step, second_step, with_codes

pytestmark = pytest.mark.usefixtures("empty_redis")


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
    monkeypatch.setattr("console.views.access.sign_in.STEP_FOR_S", -1)
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


# --- what is required -------------------------------------------------------------------------------------------------


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


def test_codes_that_are_required_cannot_be_switched_off(person, settings):
    someone, mine = person("operator"), APIClient()
    mine.force_login(someone)
    totp, _ = with_codes(someone)
    settings.LOFT_REQUIRE_TOTP = "everybody"
    answer = mine.post("/api/v1/me/totp/off", {"password": RIGHT, "code": totp.now()}, format="json")
    assert (answer.status_code, "required" in answer.data["detail"]) == (409, True)
    assert mine.get("/api/v1/sites").status_code == 200


@pytest.mark.parametrize(
    ("path", "refusal", "outcome", "verb"),
    [
        ("totp/off", {"password": "wrong", "code": "000000"}, "wrong_password", "failed to sign in"),
        ("totp/off", {"password": RIGHT, "code": "000000"}, "wrong_code", "failed to sign in (wrong code)"),
        ("password", {"current_password": "wrong", "new_password": NEW}, "wrong_password", "failed to sign in"),
    ],
)
def test_a_wrong_proof_is_a_failed_sign_in_that_audit_and_person_see(person, path, refusal, outcome, verb):
    someone = person("operator")
    mine = browser_of(someone)
    with_codes(someone)
    assert mine.post(f"/api/v1/me/{path}", refusal, format="json").status_code == 400
    row = AuditEntry.objects.get(verb__startswith="failed")
    assert (row.verb, row.subject, row.address) == (verb, f"person {someone.username}", HERE)
    assert SignInAttempt.objects.exclude(outcome="signed_in").get().outcome == outcome
