"""API keys: what is stored, what is believed for how long, and that a revoked one is refused at once."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from rest_framework.test import APIClient

from console.access.keys import Key, KeyRing, hash_of, new_token, prefix_of, ring
from console.actions.access.apikey import create_key, find_key, revoke_key
from console.actions.audit.audit import SYSTEM
from console.errors import Refused
from console.models import ApiKey, AuditEntry
from tests.conftest import NOON


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


KEY = Key(1, "k", "abcd1234", frozenset({"read"}), None)


def test_a_token_carries_its_prefix_and_is_stored_only_as_a_hash():
    token, prefix, stored = new_token()
    assert prefix_of(token) == prefix
    assert stored == hash_of(token)
    assert token not in stored


def test_two_tokens_differ():
    assert new_token()[0] != new_token()[0]


def test_what_is_not_a_token_has_no_prefix():
    assert prefix_of("Bearer x") == ""


@pytest.mark.parametrize("odd", ["loft_\x00_x", "loft_ABCDEFGH_x", "loft_123_x", "loft__x", "loft_1234567８_x"])
def test_what_no_token_can_be_is_refused_without_asking_the_database(db, django_assert_num_queries, odd):
    with django_assert_num_queries(0):
        assert find_key(odd, NOON) is None


def test_a_ring_with_its_line_open_believes_a_key_for_half_a_minute():
    clock = Clock()
    keys = KeyRing(clock)
    keys.trust()
    keys.keep("t", KEY)
    clock.seconds += 29
    assert keys.cached("t", NOON) == (True, KEY)
    clock.seconds += 2
    assert keys.cached("t", NOON) == (False, None)


def test_a_ring_that_cannot_hear_revocations_believes_a_key_for_a_second():
    clock = Clock()
    keys = KeyRing(clock)
    keys.keep("t", KEY)
    clock.seconds += 1.1
    assert keys.cached("t", NOON) == (False, None)


def test_a_forgotten_key_is_asked_for_again():
    keys = KeyRing(Clock())
    keys.keep("t", KEY)
    keys.forget("abcd1234")
    assert keys.cached("t", NOON) == (False, None)


def test_a_cached_key_still_expires():
    keys = KeyRing(Clock())
    keys.keep("t", Key(1, "k", "abcd1234", frozenset(), NOON))
    assert keys.cached("t", NOON - timedelta(seconds=1))[1] is not None
    assert keys.cached("t", NOON) == (True, None)


def test_a_key_is_found_by_its_token_until_it_is_revoked(db):
    ring.distrust()
    key, token = create_key(SYSTEM, "fleet", ["reports:write"], NOON)
    assert find_key(token, NOON).pk == key.pk
    revoke_key(SYSTEM, key, NOON)
    ring.distrust()
    assert find_key(token, NOON) is None


def test_a_revocation_reaches_the_ring_of_this_process_on_commit(db, django_capture_on_commit_callbacks):
    key, token = create_key(SYSTEM, "fleet", ["reports:write"], NOON)
    ring.trust()
    assert find_key(token, NOON)
    with django_capture_on_commit_callbacks(execute=True):
        revoke_key(SYSTEM, key, NOON)
    assert find_key(token, NOON) is None
    ring.distrust()


def test_a_key_that_is_revoked_while_it_is_looked_up_is_not_believed_afterwards(db):
    key, token = create_key(SYSTEM, "fleet", ["reports:write"], NOON)
    ring.trust()
    revoked = []

    def revoke_after(execute, sql, *words):
        revoke_after = execute(sql, *words)
        if sql.startswith("UPDATE") and not revoked:  # the row was read, its use is being noted
            revoked.append(key)
            revoke_key(SYSTEM, key, NOON)
            ring.forget(key.prefix)
        return revoke_after

    with connection.execute_wrapper(revoke_after):
        find_key(token, NOON)
    assert revoked
    assert find_key(token, NOON) is None
    ring.distrust()


@pytest.mark.parametrize("forget", [lambda keys: keys.forget("other"), KeyRing.trust, KeyRing.distrust])
def test_what_was_read_before_something_was_forgotten_is_not_kept(forget):
    keys = KeyRing(Clock())
    turn = keys.turn
    forget(keys)
    keys.keep("t", KEY, turn)
    assert keys.cached("t", NOON) == (False, None)
    keys.keep("t", KEY, keys.turn)
    assert keys.cached("t", NOON) == (True, KEY)


def test_use_is_noted_at_most_once_a_minute(db):
    ring.distrust()
    key, token = create_key(SYSTEM, "fleet", ["reports:write"], NOON)
    find_key(token, NOON)
    ring.distrust()
    find_key(token, NOON + timedelta(seconds=30))
    key.refresh_from_db()
    assert key.last_used_at == NOON


def test_an_unknown_scope_is_named(db):
    with pytest.raises(Refused, match="reports:eat"):
        create_key(SYSTEM, "fleet", ["reports:eat"], NOON)


def test_an_expiry_in_the_past_is_refused(db):
    with pytest.raises(Refused, match="in the future"):
        create_key(SYSTEM, "fleet", ["read"], NOON, expires_at=NOON)


def test_a_name_is_free_again_after_revocation(db):
    key, _ = create_key(SYSTEM, "fleet", ["read"], NOON)
    with pytest.raises(Refused, match="exists already"):
        create_key(SYSTEM, "fleet", ["read"], NOON)
    revoke_key(SYSTEM, key, NOON)
    create_key(SYSTEM, "fleet", ["read"], NOON)


def test_making_and_revoking_leave_audit_rows_without_the_secret(db):
    key, token = create_key(SYSTEM, "fleet", ["read"], NOON)
    revoke_key(SYSTEM, key, NOON)
    rows = list(AuditEntry.objects.order_by("pk"))
    assert [row.verb for row in rows] == ["created API key", "revoked API key"]
    assert token.split("_", 2)[2] not in str([row.detail for row in rows])


def test_an_administrator_makes_a_key_that_then_works_and_ends_it(signed_in, with_key):
    admin = signed_in("administrator")
    made = admin.post("/api/v1/keys", {"name": "press line", "scopes": ["read"]}, format="json")
    assert made.status_code == 201
    caller = APIClient()
    caller.credentials(HTTP_AUTHORIZATION=f"Bearer {made.data['token']}")
    assert caller.get("/metrics").status_code == 200
    assert admin.post(f"/api/v1/keys/{made.data['id']}/revoke").data["revoked_at"]
    ring.distrust()
    assert caller.get("/metrics").status_code == 401
    assert "token" not in admin.get("/api/v1/keys").data["results"][0]


@pytest.mark.parametrize("role", ["viewer", "operator", "planner"])
def test_only_an_administrator_sees_keys(signed_in, role):
    assert signed_in(role).get("/api/v1/keys").status_code == 403


def test_a_key_cannot_make_keys(with_key):
    answer = with_key("read").post("/api/v1/keys", {"name": "x", "scopes": ["read"]}, format="json")
    assert answer.status_code == 403
    assert "may not" in answer.data["detail"]


def test_the_command_makes_lists_and_revokes(db):
    out, err = StringIO(), StringIO()
    call_command("apikey", "create", "press", "--scope", "read", "--days", "3", stdout=out, stderr=err)
    token = out.getvalue().strip()
    assert find_key(token, ApiKey.objects.get().created_at)
    listed = StringIO()
    call_command("apikey", "list", stdout=listed)
    assert "press" in listed.getvalue()
    assert token.split("_", 2)[2] not in listed.getvalue()
    call_command("apikey", "revoke", prefix_of(token), stdout=StringIO())
    assert ApiKey.objects.get().revoked_at


def test_the_command_names_an_unknown_prefix(db):
    with pytest.raises(CommandError, match="no key begins with"):
        call_command("apikey", "revoke", "zzzz", stdout=StringIO())
