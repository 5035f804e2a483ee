"""Signing in with an identity provider, against a small real one: who gets in, and what keeps everybody else out."""

import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from environs import EnvValidationError

from console.access import identity_provider as door
from console.access.actor import HOME_PK
from console.access.oidc_settings import MappedRole, oidc_roles, secure_issuer
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.models import AuditEntry, ExternalIdentity, Membership, Person, SignedIn, SignInAttempt
from tests.conftest import NOON
from tests.identity_provider import CLIENT, SECRET, identity_provider

pytestmark = pytest.mark.usefixtures("empty_redis")


@pytest.fixture(scope="module")
def running():
    with identity_provider() as provider:
        yield provider


@pytest.fixture
def provider(running, settings, tmp_path):
    running.says, running.publishes, running.signs_with, running.algorithm = {}, {}, running.key, "RS256"
    (tmp_path / "client").write_text(SECRET + "\n")
    settings.LOFT_OIDC_ISSUER, settings.LOFT_OIDC_CLIENT_ID = running.issuer, CLIENT
    settings.LOFT_OIDC_SECRET_FILE = str(tmp_path / "client")
    door._published.clear()
    return running


@pytest.fixture
def li_na(roles):
    someone = Person.objects.create_user("li.na", password="a long test password")
    Membership.objects.create(person=someone, organisation_id=HOME_PK, role="operator")
    return someone


def there(browser: Client, target: str = "/alarms") -> str:
    """Go to the provider; return where it sends the browser back to."""
    answer = browser.get("/oidc/start", {"next": target})
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def back(browser: Client, url: str):
    return browser.get("/oidc/callback?" + urlsplit(url).query)


def come_in(provider, browser: Client | None = None):
    browser = browser or Client()
    return back(browser, provider.authorize(there(browser)))


def is_kept_out(answer, browser: Client, status: int = 403) -> bool:
    return answer.status_code == status and "sessionid" not in browser.cookies


def test_whom_the_provider_vouches_for_gets_in_to_where_they_wanted(provider, li_na):
    browser = Client()
    assert "/oidc/start?next=" in browser.get("/login?next=/alarms").content.decode()
    answer = come_in(provider, browser)
    assert (answer.status_code, answer["Location"]) == (302, "/alarms")
    assert browser.get("/api/v1/me").data["username"] == "li.na"
    assert SignedIn.objects.get().way == "provider"
    assert SignInAttempt.objects.get().outcome == "signed_in"
    assert AuditEntry.objects.get(verb="signed in").detail["way"] == "provider"
    assert ExternalIdentity.objects.get().subject == "s-1"


def test_state_nonce_and_challenge_are_new_each_time(provider, roles):
    asked = [parse_qs(urlsplit(there(Client())).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name][0]) >= 43


def test_another_target_than_a_page_of_ours_is_not_gone_to(provider, li_na):
    browser = Client()
    answer = back(browser, provider.authorize(there(browser, "https://elsewhere.example/")))
    assert answer["Location"] == "/"


def test_without_a_provider_there_is_nothing_of_it(db):
    assert Client().get("/oidc/start").status_code == 404
    assert Client().get("/oidc/callback").status_code == 404
    assert "oidc" not in Client().get("/login").content.decode()


@pytest.mark.parametrize("state", ["", "another"])
def test_a_wrong_state_keeps_out_and_asks_the_provider_nothing(provider, li_na, state):
    browser = Client()
    url = provider.authorize(there(browser))
    code = parse_qs(urlsplit(url).query)["code"][0]
    provider.asked.clear()
    answer = back(browser, "?" + urlencode({"code": code, "state": state}))
    assert is_kept_out(answer, browser)
    assert provider.asked == []


def test_another_browser_than_the_one_that_went_there_is_kept_out(provider, li_na):
    victim, url = Client(), provider.authorize(there(Client()))
    assert is_kept_out(back(victim, url), victim)


def test_a_way_back_works_once(provider, li_na):
    browser = Client()
    url = provider.authorize(there(browser))
    assert back(browser, url).status_code == 302
    browser.post("/logout")
    browser.cookies.pop("sessionid", None)
    assert is_kept_out(back(browser, url), browser)


def test_a_person_who_says_no_there_is_told_so(provider, li_na):
    browser = Client()
    state = parse_qs(urlsplit(there(browser)).query)["state"][0]
    answer = back(browser, "?" + urlencode({"error": "access_denied", "state": state}))
    assert is_kept_out(answer, browser)
    assert "access_denied" in answer.content.decode()


@pytest.mark.parametrize(
    "says",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"iss": "http://127.0.0.1:1"},
        {"exp": -120},
        {"exp": None},
        {"sub": None},
        {"iat": 600},
        {"preferred_username": None},
        {"preferred_username": "li.na\x00"},
        {"preferred_username": ["li.na"]},
        {"preferred_username": "nobody.we.know"},
    ],
    ids=lambda says: ", ".join(f"{name} {str(value)[:12]}" for name, value in says.items()),
)
def test_a_token_that_is_not_for_us_now_and_of_somebody_known_lets_nobody_in(provider, li_na, says):
    in_s = {name: value and int(time.time()) + value for name, value in says.items() if name in ("exp", "iat")}
    provider.says, browser = {**says, **in_s}, Client()
    assert is_kept_out(come_in(provider, browser), browser)
    assert not Person.objects.exclude(pk=li_na.pk).exists()


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_a_token_signed_in_another_way_lets_nobody_in(provider, li_na, algorithm):
    provider.algorithm, browser = algorithm, Client()
    assert is_kept_out(come_in(provider, browser), browser)


def test_a_token_signed_with_another_key_lets_nobody_in(provider, li_na):
    provider.signs_with, browser = rsa.generate_private_key(public_exponent=65537, key_size=2048), Client()
    assert is_kept_out(come_in(provider, browser), browser)


def test_a_disabled_person_and_one_without_an_organisation_are_kept_out(provider, li_na):
    Person.objects.update(is_active=False)
    browser = Client()
    assert is_kept_out(come_in(provider, browser), browser)
    Person.objects.update(is_active=True)
    Membership.objects.all().delete()
    assert is_kept_out(come_in(provider, browser), browser)


def test_a_name_that_changes_hands_at_the_provider_opens_nothing(provider, li_na):
    assert come_in(provider).status_code == 302
    provider.says, browser = {"sub": "s-2"}, Client()
    assert is_kept_out(come_in(provider, browser), browser)
    provider.says = {"preferred_username": "li.na.wang"}
    assert come_in(provider).status_code == 302, "the same person under a new name"


def test_a_provider_that_is_away_is_said_to_be_and_the_password_still_works(provider, li_na, settings):
    settings.LOFT_OIDC_ISSUER = "http://127.0.0.1:9"
    browser = Client()
    answer = browser.get("/oidc/start")
    assert is_kept_out(answer, browser, 503)
    assert "name and password works" in answer.content.decode()
    signed = browser.post("/login", {"username": "li.na", "password": "a long test password"})
    assert signed.status_code == 302


def test_a_provider_that_goes_away_on_the_way_back_is_said_to_be(provider, li_na):
    browser = Client()
    url = provider.authorize(there(browser))
    pair = door._published[provider.issuer]
    away = door.Published(provider.issuer, pair[1].authorization_endpoint, "http://127.0.0.1:9/token", "")
    door._published[provider.issuer] = pair[0], away
    assert is_kept_out(back(browser, url), browser, 503)


def test_nobody_waits_for_the_failures_of_the_provider(provider, li_na):
    browser = Client()
    codes = []
    for _ in range(23):
        url = provider.authorize(there(browser))
        pair = door._published[provider.issuer]
        away = door.Published(provider.issuer, pair[1].authorization_endpoint, "http://127.0.0.1:9/token", "")
        door._published[provider.issuer] = pair[0], away
        codes.append(back(browser, url).status_code)
    assert codes == [503] * 23
    door._published.clear()
    assert come_in(provider, browser).status_code == 302


@pytest.mark.parametrize("endpoint", ["http://[", "http:token", "HTTP", ""])
def test_an_endpoint_that_is_no_url_makes_the_provider_unavailable(provider, li_na, endpoint):
    for name in ("token_endpoint", "authorization_endpoint", "jwks_uri"):
        provider.publishes = {name: endpoint}
        assert Client().get("/oidc/start").status_code == 503


@pytest.mark.parametrize("metadata", [{"issuer": "https://elsewhere.example"}, {"token_endpoint": "ftp://x"}])
def test_what_publishes_another_issuer_is_not_believed(provider, li_na, metadata):
    provider.publishes = metadata
    assert Client().get("/oidc/start").status_code == 503


def test_the_provider_leads_to_no_address_inside_and_a_stranger_reads_nothing_of_it(provider, li_na, caplog):
    inside = "http://10.0.0.1/token"
    provider.publishes, browser = {"token_endpoint": inside}, Client()
    answer = come_in(provider, browser)
    assert is_kept_out(answer, browser, 503)
    assert "LOFT_OIDC_NETWORKS" in caplog.text
    assert "10.0.0.1" not in answer.content.decode()


def test_failures_of_one_address_wait(provider, roles):
    codes = [Client().get("/oidc/callback?code=x&state=y", REMOTE_ADDR="203.0.113.9").status_code for _ in range(22)]
    assert codes.count(403) == 20
    assert codes[-1] == 429


# --- roles by claim ---------------------------------------------------------------------------------------------------


@pytest.fixture
def mapped(provider, settings, roles):
    courier = add_organisation(SYSTEM, "courier", "Courier", "快递", ["drone_operator"], NOON)
    settings.LOFT_OIDC_ROLES = oidc_roles(
        ["ops=operator:operator", "cn=a,ou=b=courier:viewer", "chiefs=courier:planner"]
    )
    return courier


def test_whoever_has_a_role_by_claim_is_made_and_has_the_highest(provider, mapped):
    provider.says = {"groups": ["cn=a,ou=b", "chiefs", "unheard of", 7]}
    assert come_in(provider).status_code == 302
    made = Person.objects.get(username="li.na")
    assert {number: role.name for number, role in made.roles.items()} == {mapped.pk: "planner"}
    assert not made.has_usable_password()


def test_roles_follow_the_claim_and_others_stay(provider, mapped, li_na):
    other = add_organisation(SYSTEM, "other", "Other", "另一家", ["manufacturer"], NOON)
    Membership.objects.create(person=li_na, organisation=other, role="viewer")
    provider.says = {"groups": ["chiefs"]}
    come_in(provider)
    held = {(row.organisation.slug, row.role) for row in li_na.memberships.all()}
    assert held == {("courier", "planner"), ("other", "viewer")}
    assert AuditEntry.objects.filter(verb="changed role").count() == 2


def test_without_a_role_nobody_is_made_and_nobody_gets_in(provider, mapped):
    for roles in (["unheard of"], "unheard of", 7, {"ops": True}, None):
        provider.says, browser = {"groups": roles}, Client()
        assert is_kept_out(come_in(provider, browser), browser)
    assert not Person.objects.exists()


def test_mapped_roles_are_read_and_wrong_ones_stop_the_start():
    assert oidc_roles(["a=b:viewer", " "]) == (MappedRole("a", "b", "viewer"),)
    for wrong in ("a", "a=b", "a=b:king", "=b:viewer", "a=:viewer"):
        with pytest.raises(EnvValidationError, match="expected value=organisation:role"):
            oidc_roles([wrong])


def test_an_issuer_is_asked_over_tls_unless_it_is_this_machine():
    for good in ("", "https://id.example", "http://127.0.0.1:8080"):
        secure_issuer(good)
    for bad in ("http://id.example", "id.example", "https://"):
        with pytest.raises(EnvValidationError):
            secure_issuer(bad)


@pytest.mark.parametrize("issuer", ["https://[", "https://id.example:b/", "https://id.example:99999/", "https://a:0/"])
def test_an_issuer_whose_host_or_port_cannot_be_read_stops_the_start_by_its_name(issuer):
    with pytest.raises(EnvValidationError, match=r"LOFT_OIDC_ISSUER: .* expected a URL with a host"):
        secure_issuer(issuer)


def test_codes_and_new_passwords_are_the_providers_business(provider, li_na, settings):
    settings.LOFT_REQUIRE_TOTP = "everybody"
    Person.objects.update(must_change_password=True)
    browser = Client()
    come_in(provider, browser)
    assert browser.get("/api/v1/sites").status_code == 200


def test_roles_that_the_provider_takes_away_stay_away_though_the_sign_in_is_refused(provider, mapped):
    provider.says = {"groups": ["chiefs"]}
    assert come_in(provider).status_code == 302
    provider.says, browser = {"groups": []}, Client()
    assert is_kept_out(come_in(provider, browser), browser)
    assert Person.objects.get(username="li.na").memberships.count() == 0
    assert AuditEntry.objects.filter(verb="changed role").count() == 2


def test_a_name_that_ends_in_a_line_break_is_nobodys(provider, mapped):
    provider.says, browser = {"groups": ["chiefs"], "preferred_username": "li.na\n"}, Client()
    assert is_kept_out(come_in(provider, browser), browser)
    assert not Person.objects.exists()
