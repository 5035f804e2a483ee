"""What strangers and keys do is in the audit trail, with the true address, in few rows."""

import asyncio
import json
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from airspace.views import reports
from console.access.keys import Key, ring
from console.actions.access import security
from console.actions.access.apikey import find_key, revoke_key
from console.actions.audit.audit import SYSTEM
from console.actions.audit.settings_change import is_secret, note_settings
from console.door.tallies import SPAN
from console.models import ApiKey, AuditEntry
from tests.conftest import NOON
from tests.yardstick import at_most_s

HERE, THERE = "192.0.2.7", "192.0.2.8"


def rows(verb: str = "") -> list[AuditEntry]:
    security.write(timezone.now())
    return list(AuditEntry.objects.filter(verb__contains=verb).order_by("pk"))


def test_a_refusal_is_in_the_audit_with_who_what_and_where_from(signed_in):
    viewer = signed_in("viewer")
    assert viewer.post("/api/v1/keys", {}, format="json", REMOTE_ADDR=HERE).status_code == 403
    (row,) = rows("was refused")
    assert (row.subject, row.address, row.person.username) == ("POST /api/v1/keys", HERE, row.actor)


def test_a_refused_key_is_named_and_belongs_to_its_organisation(with_key):
    assert with_key("drones:read").get("/api/v1/sites", REMOTE_ADDR=HERE).status_code == 403
    (row,) = rows("was refused")
    assert (row.actor, row.key.name, row.subject) == ("key test drones:read", "test drones:read", "GET /api/v1/sites")


def test_a_stranger_is_counted_not_copied(db):
    began, paths = AuditEntry.objects.count(), ("/api/v1/sites", "/api/v1/drones")
    for number in range(60):
        assert Client().get(paths[number % 2], REMOTE_ADDR=HERE).status_code == 401
    assert AuditEntry.objects.count() == began
    assert [(row.subject, row.address, row.detail["times"]) for row in rows("was not let in")] == [
        ("GET /api/v1/sites", HERE, 30),
        ("GET /api/v1/drones", HERE, 30),
    ]


def test_made_up_paths_and_addresses_fill_nothing(db):
    for number in range(300):
        Client().get(f"/api/v1/sites/{number}", REMOTE_ADDR=f"2001:db8::{number:x}")
    changes = rows("was not let in")
    assert (len(changes), changes[-1].actor, changes[-1].detail["times"]) == (21, "others", 280)
    assert {row.subject for row in changes[:-1]} == {"GET /api/v1/sites/<slug:key>"}


def test_who_forwards_an_address_without_being_a_proxy_is_written_down_with_their_own(db, settings):
    Client().get("/api/v1/sites", REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert rows("was not let in")[0].address == HERE
    security.forget()
    settings.LOFT_TRUSTED_PROXIES = [ip_network("192.0.2.0/24")]
    Client().get("/api/v1/drones", REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert rows("was not let in")[-1].address == "203.0.113.9"


def post_report(token: str) -> int:
    answers = []

    async def send(message):
        answers.append(message)

    async def receive():
        return {"type": "http.request", "body": b"[]", "more_body": False}

    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/reports", "query_string": b"", "client": (HERE, 1),
        "headers": [(b"authorization", f"Bearer {token}".encode()), (b"content-length", b"2")],
    }  # fmt: skip
    asyncio.run(reports.application(scope, receive, send))
    return answers[0]["status"]


def test_a_refused_report_is_noted_without_touching_the_database(settings):
    ring.trust()
    ring.keep("loft_00000009_x", Key(9, "narrow", "00000009", frozenset({"read"}), None))
    ring.keep("loft_00000008_x", None)
    assert [post_report(f"loft_0000000{number}_x") for number in (9, 8, 8)] == [403, 401, 401]
    ring.distrust()
    changes = {(tally.sort.verb, tally.sort.address): tally.count for tally in security.tallies.due(timezone.now())}
    assert changes == {("was refused", HERE): 1, ("was not let in", HERE): 2}


def test_the_use_of_a_key_is_noted_once_per_place(with_key):
    caller = with_key("network:read")
    for address in (HERE, HERE, THERE, HERE):
        caller.get("/api/v1/sites", REMOTE_ADDR=address)
    assert {row.address for row in rows("used API key")} == {HERE, THERE}
    security.forget()  # as another process, or after a start
    caller.get("/api/v1/sites", REMOTE_ADDR=HERE)
    assert len(rows("used API key")) == 2


def test_a_place_of_ipv6_is_a_site_not_an_address(with_key):
    caller = with_key("network:read")
    for number in range(50):
        caller.get("/api/v1/sites", REMOTE_ADDR=f"2001:db8::{number:x}")
    assert [row.subject for row in rows("used API key")] == ["from 2001:db8::/64"]


@pytest.mark.parametrize("how", ["revoked", "expired", "ended"])
def test_who_shows_a_key_that_is_good_no_more_is_named(with_key, how):
    token = with_key("read")._credentials["HTTP_AUTHORIZATION"].split()[1]
    key = ApiKey.objects.get()
    if how == "revoked":
        revoke_key(SYSTEM, key, NOON)
    elif how == "expired":
        ApiKey.objects.update(expires_at=NOON)
    else:
        type(key.organisation).objects.filter(pk=key.organisation_id).update(is_active=False)
    ring.distrust()
    for _ in range(3):
        assert find_key(token, timezone.now(), HERE) is None
        ring.distrust()
    (row,) = rows("showed API key")
    assert (row.verb, row.key_id, row.address) == (f"showed API key that is {how}", key.pk, HERE)
    assert row.detail["times"] == 3
    assert token.split("_", 2)[2] not in str(row.detail) + row.subject


def test_a_made_up_token_with_the_prefix_of_a_key_is_not_taken_for_it(with_key):
    with_key("read")
    ApiKey.objects.update(revoked_at=NOON)
    assert find_key(f"loft_{ApiKey.objects.get().prefix}_made-up", timezone.now(), HERE) is None
    assert rows("showed API key") == []


def test_signing_out_is_in_the_audit(signed_in):
    caller = signed_in("operator")
    assert caller.post("/logout", REMOTE_ADDR=HERE).status_code == 302
    assert Client().post("/logout").status_code == 302
    (row,) = rows("signed out")
    assert (row.address, row.person.username) == (HERE, row.actor)


def test_failed_sign_ins_are_counted_after_the_first(db):
    now = timezone.now()
    from console.actions.access import sign_in
    from console.actions.access.sign_in import Attempt, Browser

    for _ in range(9):
        sign_in.failed(Attempt("nobody", HERE, Browser("m")), now)
    assert AuditEntry.objects.filter(verb="failed to sign in").count() == 1
    security.write(now + SPAN)
    assert [row.detail.get("times") for row in AuditEntry.objects.order_by("pk")] == [None, 8]


def test_what_is_counted_is_written_when_the_process_ends(db):
    for _ in range(3):
        Client().get("/api/v1/sites", REMOTE_ADDR=HERE)
        security.write(timezone.now())
    security.write_all()
    assert [row.detail.get("times") for row in AuditEntry.objects.order_by("pk")] == [None, 2]


def test_noting_costs_microseconds():
    key = Key(9, "k", "00000009", frozenset(), None)
    with at_most_s(5.0):
        for _ in range(10_000):
            security.note_use(key, HERE)
            security.note_refusal(401, "POST /api/v1/reports", HERE, NOON)


def test_a_use_for_which_there_was_no_room_is_noted_at_the_next_one(with_key, monkeypatch):
    with_key("network:read")
    key = ApiKey.objects.get().as_key()
    monkeypatch.setattr(security, "MOST_WAITING", 1)
    for _ in range(2):
        security.note_use(key, HERE)
        security.note_use(key, THERE)
        rows()
    assert {row.address for row in rows("used API key")} == {HERE, THERE}


def test_a_use_that_could_not_be_looked_up_is_noted_later(with_key):
    with_key("network:read")
    for address in (HERE, THERE):
        security.note_use(ApiKey.objects.get().as_key(), address)

    def fail(*_):
        raise OperationalError

    with connection.execute_wrapper(fail), pytest.raises(OperationalError):
        security.write(timezone.now())
    assert {row.address for row in rows("used API key")} == {HERE, THERE}


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def given(settings, tmp_path, db):
    settings.SECRETS_DIR = tmp_path / "secrets"

    def give(**values: str) -> dict:
        settings.LOFT_GIVEN = values
        note_settings(NOON + timedelta(seconds=AuditEntry.objects.count()))
        last = AuditEntry.objects.filter(verb="changed settings").order_by("pk").last()
        return last.detail["changed"] if last else {}

    return give


def test_a_setting_that_changed_between_two_starts_is_recorded_with_before_and_after(given):
    assert given(LOFT_PORT="8000") == {"LOFT_PORT": [None, "8000"]}
    assert given(LOFT_PORT="8001", LOFT_DEMO="false") == {"LOFT_DEMO": [None, "false"], "LOFT_PORT": ["8000", "8001"]}
    assert given(LOFT_DEMO="false") == {"LOFT_PORT": ["8001", None]}
    count = AuditEntry.objects.count()
    given(LOFT_DEMO="false")
    assert AuditEntry.objects.count() == count


def test_of_a_secret_only_that_it_changed_is_recorded(given, settings):
    given(LOFT_SMTP_PASSWORD="hunter2", DATABASE_URL="postgres://u:hunter2@h/d")
    changes = given(LOFT_SMTP_PASSWORD="hunter3", DATABASE_URL="postgres://u:hunter2@h/d")
    assert changes == {"LOFT_SMTP_PASSWORD": ["changed", "changed"]}
    kept = (settings.SECRETS_DIR / "last-settings").read_text()
    assert "hunter" not in kept + str(list(AuditEntry.objects.values()))
    assert (settings.SECRETS_DIR / "last-settings").stat().st_mode & 0o077 == 0
    assert json.loads(kept)["given"].keys() == {"LOFT_SMTP_PASSWORD", "DATABASE_URL"}


@pytest.mark.parametrize("name", ["LOFT_URL", "LOFT_STATIONS_URL", "LOFT_OIDC_ISSUER"])
def test_name_and_password_within_a_url_are_told_to_nobody_and_their_change_is(given, settings, name):
    given(**{name: "http://u:hunter2@stations.example/a"})
    changes = given(**{name: "http://u:hunter3@stations.example/a"})
    assert changes == {name: ["http://***@stations.example/a"] * 2}
    assert given(**{name: "http://stations.example/a"})[name][1] == "http://stations.example/a"
    kept = (settings.SECRETS_DIR / "last-settings").read_text()
    assert "hunter" not in kept + str(list(AuditEntry.objects.values()))


def test_a_password_that_an_earlier_version_kept_in_the_clear_is_not_repeated(given, settings):
    settings.SECRETS_DIR.mkdir()
    before = {"salt": "s", "given": {"LOFT_URL": "http://u:hunter2@loft.example"}}
    (settings.SECRETS_DIR / "last-settings").write_text(json.dumps(before))
    assert given(LOFT_URL="http://loft.example") == {"LOFT_URL": ["http://***@loft.example", "http://loft.example"]}


@pytest.mark.parametrize(
    ("name", "secret"),
    [("LOFT_SECRET_KEY", True), ("REDIS_URL", True), ("LOFT_OIDC_CLIENT_SECRET", True), ("LOFT_URL", False),
     ("LOFT_NEW_DRONES_PER_KEY_PER_H", False)],
)  # fmt: skip
def test_names_tell_which_settings_are_secret(name, secret):
    assert is_secret(name) is secret
