"""What a right held in one organisation does in another, whose trail tells of it, and who reads what."""

import pytest
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from console.access.actor import HOME_PK
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM, Actor, record
from console.models import ApiKey, AuditEntry, Membership, OrganisationKind, Person
from tests.conftest import NOON
from tests.console.account.browsers import acting


def trail(signed_in, organisation):
    rows = signed_in("administrator", organisation).get("/api/v1/audit").data["results"]
    return {(row["verb"], row["subject"]) for row in rows}


def test_what_one_does_in_one_organisation_does_not_stand_in_the_trail_of_the_other(person, signed_in, courier, swift):
    both = person("administrator", courier.pk)
    Membership.objects.create(person=both, organisation=swift, role="administrator")
    key = ApiKey.objects.create(name="theirs", prefix="sw1", secret_hash="h", created_at=NOON, organisation=swift)
    theirs = person("viewer", swift.pk)
    browser = acting(both, courier)
    assert browser.post(f"/api/v1/keys/{key.pk}/revoke").status_code == 200
    assert browser.post(f"/api/v1/people/{theirs.pk}/password").status_code == 200
    assert browser.delete(f"/api/v1/people/{theirs.pk}/sessions").status_code == 200
    role = f"/api/v1/organisations/swift/members/{theirs.username}"
    assert browser.put(role, {"role": "operator"}, format="json").status_code == 200
    assert not {item for item in trail(signed_in, courier.pk) if "theirs" in item[1] or theirs.username in item[1]}
    assert {("revoked API key", str(key)), ("reset password", f"person {theirs.username}")} <= trail(
        signed_in, swift.pk
    )


def test_what_one_does_by_running_the_network_stands_in_its_trail_whomever_one_acts_for(
    person, signed_in, courier, swift
):
    of_home = person("administrator")
    Membership.objects.create(person=of_home, organisation=courier, role="viewer")
    key = ApiKey.objects.create(name="theirs", prefix="sw1", secret_hash="h", created_at=NOON, organisation=swift)
    browser = acting(of_home, courier)
    assert browser.post(f"/api/v1/keys/{key.pk}/revoke").status_code == 200
    body = {"slug": "next", "name_en": "Next", "name_zh": "下一个", "kinds": ["manufacturer"]}
    assert browser.post("/api/v1/organisations", body, format="json").status_code == 201
    made = browser.post("/api/v1/keys", {"name": "k", "scopes": ["read"]}, format="json")
    assert made.data["organisation"] == "courier"
    seen = trail(signed_in, courier.pk)
    assert {verb for verb, _ in seen} == {"created API key"}  # made for the courier, who shall know
    home = AuditEntry.objects.filter(organisation=HOME_PK).values_list("verb", flat=True)
    assert {"revoked API key", "added organisation"} <= set(home)


def test_a_changed_role_makes_nobody_a_member(signed_in, person, courier, watchdog):
    theirs = person("viewer", courier.pk)
    for admin in (signed_in("administrator"), signed_in("administrator", watchdog.pk)):
        answer = admin.patch(f"/api/v1/people/{theirs.pk}", {"role": "operator"}, format="json")
        assert (answer.status_code, "has no role where you act" in answer.data["detail"]) == (409, True)
    assert Person.objects.get(pk=theirs.pk).roles == {courier.pk: courier.role("viewer")}


def test_an_authority_that_sees_everybody_makes_nobody_a_member_who_is_not_its_own(
    signed_in, person, courier, watchdog
):
    theirs, admin = person("viewer", courier.pk), signed_in("administrator", watchdog.pk)
    path = f"/api/v1/organisations/watchdog/members/{theirs.username}"
    answer = admin.put(path, {"role": "viewer"}, format="json")
    assert (answer.status_code, "none of your organisations" in answer.data["detail"]) == (409, True)
    assert signed_in("administrator").put(path, {"role": "viewer"}, format="json").status_code == 200
    assert admin.put(path, {"role": "operator"}, format="json").status_code == 200


ADMINISTRATORS_READ = [
    "/api/v1/keys", "/api/v1/people", "/api/v1/audit", "/api/v1/organisations", "/api/v1/members", "/api/v1/quotas",
]  # fmt: skip


@pytest.mark.parametrize("path", ADMINISTRATORS_READ)
@pytest.mark.parametrize("kind", [OrganisationKind.NETWORK_OPERATOR, OrganisationKind.AUTHORITY, "drone_operator"])
def test_what_administrators_read_is_read_where_one_administers_not_where_one_looks_on(person, courier, kind, path):
    other = add_organisation(SYSTEM, "elsewhere", "Elsewhere", "别处", [kind], NOON)
    ApiKey.objects.create(name="hidden", prefix="hid", secret_hash="h", created_at=NOON, organisation=other)
    record(Actor("hidden", organisation=other.pk), "hidden", "hidden", NOON)
    hidden = Person.objects.create_user("hidden")
    Membership.objects.create(person=hidden, organisation=other, role="viewer")
    both = person("administrator", courier.pk)
    own = caller_of(both).get(path)
    Membership.objects.create(person=both, organisation=other, role="viewer")
    answer = caller_of(both).get(path)
    assert (answer.status_code, answer.data["count"]) == (200, own.data["count"])
    assert b"hidden" not in answer.content
    assert b"elsewhere" not in answer.content


def caller_of(somebody):
    browser = APIClient()
    browser.force_login(Person.objects.get(pk=somebody.pk))
    return browser


def test_a_right_given_to_a_person_directly_reads_all_that_they_see(person, courier):
    theirs = person("viewer", courier.pk)
    assert theirs.sees_by("console.view_audit") == frozenset()
    assert theirs.sees_by("network.view_site") == {courier.pk}
    theirs.user_permissions.add(Permission.objects.get(codename="view_audit"))
    assert Person.objects.get(pk=theirs.pk).sees_by("console.view_audit") == {courier.pk}
    assert Person.objects.create_superuser("root").sees_by("console.view_audit") is None


@pytest.mark.parametrize("kind", [OrganisationKind.NETWORK_OPERATOR, OrganisationKind.AUTHORITY])
def test_nobody_gets_the_password_of_who_belongs_nowhere_but_those_who_administer_the_installation(
    person, signed_in, courier, kind
):
    root, lost = Person.objects.create_superuser("root"), Person.objects.create_user("lost")
    other = add_organisation(SYSTEM, "elsewhere", "Elsewhere", "别处", [kind], NOON)
    both = person("administrator", courier.pk)
    Membership.objects.create(person=both, organisation=other, role="viewer")
    callers = [caller_of(both)]
    if kind == OrganisationKind.AUTHORITY:
        callers.append(signed_in("administrator", other.pk))
    for caller in callers:
        for somebody in (root, lost):
            path = f"/api/v1/people/{somebody.pk}"
            assert caller.post(f"{path}/password").status_code == 409
            assert caller.delete(f"{path}/totp").status_code == 409
            assert caller.patch(path, {"is_active": False}, format="json").status_code == 409
            assert caller.patch(path, {"role": "viewer"}, format="json").status_code == 409
    assert signed_in("administrator").post(f"/api/v1/people/{lost.pk}/password").status_code == 200
