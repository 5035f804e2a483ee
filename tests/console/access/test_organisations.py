"""Organisations: who belongs to which, whose rows a caller sees, and what a role gives in which kind of organisation."""

from typing import Any, ClassVar

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.http import Http404
from django.test import RequestFactory
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.test import force_authenticate

from console.access.actor import HOME_PK
from console.access.authentication import actor_of, person_actor
from console.access.roles import ROLES, Role
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM, Actor
from console.errors import Refused
from console.live.fanout import Fanout, Outbox
from console.models import ApiKey, AuditEntry, Membership, Organisation, OrganisationKind, Person
from console.rest.permissions import find, visible
from tests.conftest import NOON

HAS_NO_OWNER_YET: set[str] = set()


def request_of(caller: Person, method: str = "GET") -> Request:
    request = RequestFactory().generic(method, "/")
    force_authenticate(request, user=caller)
    return Request(request)


class ChangeKeys:
    rights: ClassVar[dict[str, str]] = {"POST": "console.change_apikey", "GET": "console.view_apikey"}


def test_the_organisation_that_runs_the_installation_is_there_from_the_start(db):
    home = Organisation.objects.get(pk=HOME_PK)
    assert home.kinds == [OrganisationKind.NETWORK_OPERATOR]


@pytest.mark.django_db(transaction=True)
def test_it_is_there_again_after_the_database_was_emptied_and_the_next_one_gets_another_key():
    made = Organisation.objects.create(slug="next", name_en="Next", name_zh="下一个", kinds=["authority"], made_at=NOON)
    assert Organisation.objects.filter(pk=HOME_PK).exists()
    assert made.pk != HOME_PK


def test_what_names_no_owner_belongs_to_those_who_run_the_installation(db):
    key = ApiKey.objects.create(name="k", prefix="p", secret_hash="h", created_at=NOON)
    assert key.organisation_id == HOME_PK


@pytest.mark.parametrize(
    ("kinds", "right", "roles"),
    [
        (["network_operator"], "network.change_site", {"planner", "administrator"}),
        (["drone_operator"], "network.change_site", set()),
        (["drone_operator"], "airspace.change_drone", {"operator", "planner", "administrator"}),
        (["drone_operator"], "airspace.view_drone", set(ROLES)),
        (["drone_operator"], "network.view_site", set(ROLES)),
        (["drone_operator"], "network.view_configurationjob", set()),
        (["authority"], "network.view_configurationjob", set(ROLES)),
        (["authority"], "network.change_site", set()),
        (["manufacturer"], "console.manage_people", {"administrator"}),
        (["manufacturer"], "network.add_noticechannel", {"administrator"}),
        (["manufacturer"], "network.add_noticechannels", set()),
    ],
)
def test_a_right_comes_from_role_and_kind_of_organisation(kinds, right, roles):
    assert {role for role in ROLES if Role(role, frozenset(kinds)).holds(right)} == roles


def test_a_person_sees_the_rows_of_their_own_organisation_only(person, courier):
    ours = ApiKey.objects.create(name="ours", prefix="a", secret_hash="h", created_at=NOON, organisation=courier)
    theirs = ApiKey.objects.create(name="theirs", prefix="b", secret_hash="h", created_at=NOON)
    caller = person("administrator", courier.pk)
    assert list(visible(ApiKey.objects.all(), request_of(caller))) == [ours]
    with pytest.raises(Http404):
        find(ApiKey.objects.all(), request_of(caller), ChangeKeys(), pk=theirs.pk)
    assert find(ApiKey.objects.all(), request_of(caller, "POST"), ChangeKeys(), pk=ours.pk) == ours


def test_those_who_run_the_network_and_an_authority_see_all_but_only_the_former_change_all(person, courier, watchdog):
    key = ApiKey.objects.create(name="k", prefix="a", secret_hash="h", created_at=NOON, organisation=courier)
    for organisation in (None, watchdog.pk):
        assert key in visible(ApiKey.objects.all(), request_of(person("administrator", organisation)))
    assert find(ApiKey.objects.all(), request_of(person("administrator"), "POST"), ChangeKeys(), pk=key.pk) == key
    with pytest.raises(PermissionDenied, match="another organisation"):
        find(ApiKey.objects.all(), request_of(person("administrator", watchdog.pk), "POST"), ChangeKeys(), pk=key.pk)


def test_a_role_counts_in_its_own_organisation_only(person, courier):
    other = add_organisation(SYSTEM, "other", "Other", "另一家", [OrganisationKind.DRONE_OPERATOR], NOON)
    both = person("administrator", courier.pk)
    Membership.objects.create(person=both, organisation=other, role="viewer")
    actor = person_actor(both)
    assert actor.sees == {courier.pk, other.pk}
    assert actor.may_change(courier.pk, "airspace.change_drone")
    assert not actor.may_change(other.pk, "airspace.change_drone")


def test_a_person_without_an_organisation_sees_nothing_and_may_nothing(db):
    nobody = Person.objects.create_user("nobody", password="x")
    assert person_actor(nobody).sees == frozenset()
    assert not nobody.has_perm("airspace.view_drone")


def test_an_organisation_that_was_ended_takes_its_people_and_keys_along(person, courier, with_key):
    member, caller = person("viewer", courier.pk), with_key("read", organisation=courier.pk)
    Organisation.objects.filter(pk=courier.pk).update(is_active=False)
    assert not Person.objects.get(pk=member.pk).has_perm("airspace.view_drone")
    assert caller.get("/api/v1/sites").status_code == 401


def test_a_foreign_key_can_be_neither_listed_nor_revoked(signed_in, courier):
    foreign = ApiKey.objects.create(name="foreign", prefix="zzzz", secret_hash="h", created_at=NOON)
    caller = signed_in("administrator", courier.pk)
    assert caller.get("/api/v1/keys").data["count"] == 0
    assert caller.post(f"/api/v1/keys/{foreign.pk}/revoke").status_code == 404


def test_people_and_audit_of_others_do_not_exist_for_an_administrator(signed_in, person, courier):
    stranger = person("operator")
    caller = signed_in("administrator", courier.pk)
    caller.post("/api/v1/keys", {"name": "mine", "scopes": ["read"]}, format="json")
    AuditEntry.objects.create(at=NOON, actor="somebody", verb="did", subject="a secret thing")
    assert [row["username"] for row in caller.get("/api/v1/people").data["results"]] != []
    assert stranger.username not in caller.get("/api/v1/people").content.decode()
    assert caller.patch(f"/api/v1/people/{stranger.pk}", {"role": "viewer"}, format="json").status_code == 404
    assert "a secret thing" not in caller.get("/api/v1/audit").content.decode()
    assert caller.get("/api/v1/audit").data["count"] == 1


def test_whoever_is_added_joins_the_organisation_of_who_adds_them(signed_in, courier):
    made = signed_in("administrator", courier.pk).post(
        "/api/v1/people", {"username": "li.na", "role": "operator"}, format="json"
    )
    assert made.status_code == 201
    assert Person.objects.get(username="li.na").roles == {courier.pk: courier.role("operator")}


def test_only_those_who_run_the_network_add_organisations(courier, person):
    with pytest.raises(Refused, match="only those who run"):
        add_organisation(person_actor(person("administrator", courier.pk)), "x", "X", "X", ["authority"], NOON)
    with pytest.raises(Refused, match="expected some of"):
        add_organisation(SYSTEM, "x", "X", "X", ["king"], NOON)


def test_those_who_run_the_network_add_change_and_end_organisations_over_rest(
    signed_in, with_key, django_capture_on_commit_callbacks
):
    admin = signed_in("administrator")
    given = {"slug": "swift", "name_en": "Swift", "name_zh": "迅捷", "kinds": ["drone_operator"]}
    assert admin.post("/api/v1/organisations", given, format="json").status_code == 201
    assert admin.post("/api/v1/organisations", given, format="json").status_code == 400
    swift = Organisation.objects.get(slug="swift")
    caller = with_key("read", organisation=swift.pk)
    assert caller.get("/api/v1/sites").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        ended = admin.patch("/api/v1/organisations/swift", {"is_active": False}, format="json")
    assert (ended.status_code, ended.data["is_active"]) == (200, False)
    assert caller.get("/api/v1/sites").status_code == 401
    assert AuditEntry.objects.get(verb="changed organisation").detail["after"] == {"is_active": False}


def test_who_runs_the_installation_can_be_neither_ended_nor_made_less(signed_in):
    admin = signed_in("administrator")
    for change in ({"is_active": False}, {"kinds": ["authority"]}):
        assert admin.patch("/api/v1/organisations/operator", change, format="json").status_code == 409


def test_a_customer_sees_its_own_organisation_and_changes_no_kinds(signed_in, courier, watchdog):
    admin = signed_in("administrator", courier.pk)
    assert [row["slug"] for row in admin.get("/api/v1/organisations").data["results"]] == ["courier"]
    assert admin.get("/api/v1/organisations/watchdog").status_code == 404
    assert (
        admin.patch("/api/v1/organisations/courier", {"kinds": ["network_operator"]}, format="json").status_code == 403
    )
    assert admin.post("/api/v1/organisations", {"slug": "x"}, format="json").status_code == 403


def test_an_administrator_gives_and_takes_roles_in_their_own_organisation_only(signed_in, person, courier, watchdog):
    admin, colleague, stranger = signed_in("administrator", courier.pk), person("viewer", courier.pk), person("viewer")
    path = f"/api/v1/organisations/courier/members/{colleague.username}"
    assert admin.put(path, {"role": "planner"}, format="json").data["role"] == "planner"
    assert admin.put(path.replace("courier", "watchdog"), {"role": "planner"}, format="json").status_code == 404
    foreign = f"/api/v1/organisations/courier/members/{stranger.username}"
    assert admin.put(foreign, {"role": "viewer"}, format="json").status_code == 404
    assert admin.delete(path).status_code == 204
    assert Person.objects.get(pk=colleague.pk).roles == {}


def test_the_last_administrator_stays(signed_in, person, courier):
    only = person("administrator", courier.pk)
    answer = signed_in("administrator").delete(f"/api/v1/organisations/courier/members/{only.username}")
    assert (answer.status_code, "last administrator" in answer.data["detail"]) == (409, True)


def test_who_belongs_to_two_organisations_is_kept_out_by_none_of_them_alone(signed_in, person, courier):
    shared = person("viewer", courier.pk)
    Membership.objects.create(person=shared, organisation_id=HOME_PK, role="viewer")
    path = f"/api/v1/people/{shared.pk}"
    answer = signed_in("administrator", courier.pk).patch(path, {"is_active": False}, format="json")
    assert (answer.status_code, "another organisation" in answer.data["detail"]) == (409, True)
    assert signed_in("administrator").patch(path, {"is_active": False}, format="json").status_code == 200


def test_memberships_of_other_organisations_are_not_told(signed_in, person, courier):
    shared = person("viewer", courier.pk)
    Membership.objects.create(person=shared, organisation_id=HOME_PK, role="planner")
    admin = signed_in("administrator", courier.pk)
    (row,) = admin.get("/api/v1/people", {"username__icontains": shared.username}).data["results"]
    assert (row["organisations"], row["roles"]) == (["courier"], ["viewer"])
    changed = admin.patch(f"/api/v1/people/{shared.pk}", {"role": "operator"}, format="json").data
    assert (changed["organisations"], changed["roles"]) == (["courier"], ["operator"])


def test_keys_and_people_are_made_for_another_organisation_by_those_who_run_the_network(signed_in, courier):
    admin, own = signed_in("administrator"), signed_in("administrator", courier.pk)
    made = admin.post("/api/v1/keys", {"name": "k", "scopes": ["read"], "organisation": "courier"}, format="json")
    assert (made.status_code, made.data["organisation"]) == (201, "courier")
    added = admin.post("/api/v1/people", {"username": "wu", "role": "viewer", "organisation": "courier"}, format="json")
    assert added.data["organisations"] == ["courier"]
    for path, body in (("keys", {"name": "x", "scopes": ["read"]}), ("people", {"username": "x", "role": "viewer"})):
        answer = own.post(f"/api/v1/{path}", {**body, "organisation": "operator"}, format="json")
        assert (answer.status_code, "expected one that you belong to" in answer.data["detail"]) == (409, True)


def test_a_customers_key_cannot_change_what_all_share(signed_in, courier):
    answer = signed_in("administrator", courier.pk).post(
        "/api/v1/keys", {"name": "x", "scopes": ["inventory:write"]}, format="json"
    )
    assert (answer.status_code, "inventory:write" in answer.data["detail"]) == (409, True)


def test_organisations_people_and_keys_are_made_from_the_command_line(db, capsys):
    call_command("organisation", "add", "swift", "--name", "Swift", "--kind", "drone_operator")
    call_command("person", "add", "wu", "--role", "viewer", "--organisation", "swift")
    call_command("apikey", "create", "k", "--scope", "reports:write", "--organisation", "swift")
    call_command("organisation", "list")
    assert "swift" in capsys.readouterr().out
    swift = Organisation.objects.get(slug="swift")
    assert ApiKey.objects.get(name="k").organisation == swift
    assert set(Person.objects.get(username="wu").roles) == {swift.pk}
    with pytest.raises(CommandError, match="expected one"):
        call_command("apikey", "create", "k", "--scope", "read", "--organisation", "nowhere")


def test_who_can_be_assigned_holds_the_right_in_some_organisation(person, courier):
    able, unable = person("operator", courier.pk), person("viewer", courier.pk)
    holding = set(Person.objects.holding("network.acknowledge_alarm"))
    assert able in holding
    assert unable not in holding


def test_an_event_of_an_organisation_reaches_only_those_who_may_see_its_rows():
    fanout = Fanout()
    lines = {
        name: Outbox(frozenset({"alarms"}), sees_frames=False, sees=sees)
        for name, sees in {"ours": frozenset({2}), "theirs": frozenset({3}), "all": None}.items()
    }
    fanout.outboxes = set(lines.values())
    fanout.tell("alarms", "of two", 2)
    fanout.tell("alarms", "for everyone")
    heard = {name: line._parcel.events for name, line in lines.items()}
    assert heard == {
        "ours": ["of two", "for everyone"],
        "theirs": ["for everyone"],
        "all": ["of two", "for everyone"],
    }


def test_a_stranger_sees_and_may_nothing():
    stranger = actor_of(Request(RequestFactory().get("/")))
    assert not stranger.may_see(HOME_PK)
    assert not stranger.may_change(HOME_PK, "network.view_site")
    assert not stranger.runs_the_network


def test_the_system_and_commands_see_everything():
    assert Actor("a command").sees is None
    assert Actor("a command").may_change(7, "airspace.change_drone")


def every_model() -> list[Any]:
    own = {"console", "network", "airspace", "industry"} - HAS_NO_OWNER_YET
    return [model for model in apps.get_models() if model._meta.app_label in own]


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model._meta.label)
def test_every_table_says_who_owns_its_rows_or_why_nobody_does(model):
    owner, shared = getattr(model, "owner_path", None), getattr(model, "shared_because", None)
    assert bool(owner) != bool(shared), "say owner_path, or shared_because with the reason"
    if owner:
        assert hasattr(model.objects.all(), "visible_to")
