"""Scopes of API keys: each grants one thing, views name only those there are, and old keys may what they could."""

import importlib
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.utils import translation

from airspace.views import reports
from console.access.roles import Role
from console.access.scopes import GROUPS, SCOPES, SENSITIVE, grants
from console.actions.access.apikey import create_key
from console.actions.audit.audit import SYSTEM, Actor
from console.errors import Refused
from console.models import ApiKey, AuditEntry
from tests.conftest import NOON
from tests.endpoints import endpoints

OUTSIDE_OF_VIEWS = {reports.SCOPE, "metrics:read", "jobs:read", "read"}
"""Named by raw routes, by functions, or implied."""
NAMED = {
    (action.view, method): scope
    for action in endpoints()
    for method, scope in getattr(action.view, "scopes", {}).items()
}


def test_views_name_scopes_that_there_are_and_every_scope_is_named():
    assert set(NAMED.values()) | OUTSIDE_OF_VIEWS == set(SCOPES)


def test_no_view_asks_for_the_scope_that_old_keys_have_or_for_one_that_writes_where_it_only_reads():
    wrong = {
        (view.__name__, method, scope)
        for (view, method), scope in NAMED.items()
        if scope == "read" or (method == "GET" and ":read" not in scope)
    }
    assert wrong == set()


def test_read_implies_what_it_allowed_and_nothing_else():
    implied = {scope for scope in SCOPES if grants({"read"}, scope)}
    assert implied == {scope for scope in SCOPES if "read" in scope.split(":")} - SENSITIVE
    assert not grants({"read"}, "nothing:read")


@pytest.mark.parametrize("held", sorted(SCOPES))
def test_every_other_scope_grants_itself_and_at_most_its_own_part(held):
    if held != "read":
        assert {wanted for wanted in SCOPES if grants({held}, wanted)} - {f"{held}:own"} == {held}


@pytest.mark.parametrize("scope", ["alarms:write"])
def test_a_key_that_works_on_alarms_may_no_more_than_an_operator(scope):
    operator = Role("operator", frozenset({"network_operator"}))
    more = [
        (view.__name__, view.rights[method])
        for (view, method), named in NAMED.items()
        if named == scope and not operator.holds(view.rights[method])
    ]
    assert more == []


def test_a_key_for_the_inventory_pushes_no_settings(with_key):
    answer = with_key("inventory:write", "read").post("/api/v1/sites/bs/configuration", {}, format="json")
    assert (answer.status_code, "equipment:push" in answer.json()["detail"]) == (403, True)
    assert with_key("equipment:push").post("/api/v1/sites/bs/configuration", {}, format="json").status_code == 404


def test_a_narrow_key_reads_one_thing(with_key):
    caller = with_key("drones:read")
    paths = ("drones", "sites", "alarms", "agreements", "factories", "jobs", "evidence", "audit")
    assert {path: caller.get(f"/api/v1/{path}").status_code for path in paths} == {"drones": 200} | dict.fromkeys(
        paths[1:], 403
    )


def test_the_audit_trail_is_read_with_its_own_scope_only(with_key):
    assert with_key("read").get("/api/v1/audit").status_code == 403
    assert with_key("audit:read").get("/api/v1/audit").status_code == 200


def test_metrics_need_their_scope(with_key):
    assert with_key("drones:read").get("/metrics").status_code == 403
    assert with_key("metrics:read").get("/metrics").status_code == 200
    assert with_key("read").get("/metrics").status_code == 200


def test_alarms_are_suppressed_with_another_scope_than_they_are_acknowledged_with(with_key):
    caller = with_key("alarms:write")
    for action in ("suppress", "out-of-service"):
        answer = caller.post(f"/api/v1/alarms/{action}", {}, format="json")
        assert (answer.status_code, "alarms:hold" in answer.json()["detail"]) == (403, True)


def test_scopes_that_change_what_all_share_are_for_those_who_run_the_network(db):
    from console.actions.access.organisation import add_organisation

    courier = add_organisation(SYSTEM, "courier", "Courier", "快递", ["drone_operator"], NOON)
    with pytest.raises(Refused, match="equipment:push"):
        create_key(Actor("x", organisation=courier.pk), "k", ["equipment:push"], NOON)


def test_the_migration_keeps_old_keys_working_and_says_of_each_what_changed(db):
    old = ApiKey.objects.create(
        name="old", prefix="aaaa", secret_hash="h", created_at=NOON, scopes=["inventory:write", "read"]
    )
    gone = ApiKey.objects.create(
        name="gone", prefix="cccc", secret_hash="h", created_at=NOON, revoked_at=NOON, scopes=["inventory:write"]
    )
    plain = ApiKey.objects.create(name="plain", prefix="bbbb", secret_hash="h", created_at=NOON, scopes=["read"])
    migration = importlib.import_module("console.migrations.0006_narrow_scopes")
    with connection.schema_editor() if connection.vendor != "sqlite" else _Editor() as editor:
        migration.narrow(apps, editor)
    for key in (old, gone, plain):
        key.refresh_from_db()
    assert (plain.scopes, gone.scopes) == (["read"], ["inventory:write"])
    assert old.scopes == ["equipment:push", "inventory:write", "read"]
    row = AuditEntry.objects.get(verb="split scopes of API key")
    assert row.detail == {"before": ["inventory:write", "read"], "after": old.scopes}


class _Editor:
    connection = connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_offers_every_scope_in_words(signed_in, language):
    caller = signed_in("administrator")
    with translation.override(language):
        words = [str(word) for group in GROUPS.values() for word in group.values()]
    page = caller.get("/administration/keys", headers={"accept-language": language}).content.decode()
    assert set(re.findall(r'name="scopes" value="([^"]+)"', page)) == set(SCOPES)
    assert [word for word in words if word not in page] == []
    assert language == "en" or not any(word.isascii() for word in words)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_openapi_description_says_of_every_scope_what_it_grants(client, db, language):
    body = client.get("/api/schema", {"lang": language, "format": "json"}).json()
    schemas = body["components"]["schemas"]
    named = schemas["NewApiKeyRequest"]["properties"]["scopes"]["items"]
    named = schemas[named["$ref"].rpartition("/")[2]] if "$ref" in named else named
    with translation.override(language):
        wanted = [f"* `{scope}` - {words}" for scope, words in SCOPES.items()]
    assert [line for line in wanted if line not in named["description"]] == []


def test_the_guide_lists_every_scope_with_its_words():
    guide = (Path(__file__).parents[3] / "docs" / "integrators.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z:]+)` \| (.*) \|$", guide, re.MULTILINE))
    with translation.override("en"):
        wanted = {scope: str(words) for scope, words in SCOPES.items()}
    assert {scope: rows.get(scope) for scope in wanted} == wanted
