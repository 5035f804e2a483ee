"""People: roles, what they may do, sign-in and its throttle, the audit of every change."""

from itertools import pairwise

import pytest
from django.test import Client

from console.access.roles import ROLES, patterns_of
from console.models import AuditEntry, Person


def test_each_role_holds_everything_of_the_one_before_it():
    for lower, higher in pairwise(ROLES):
        assert set(patterns_of(lower)) < set(patterns_of(higher))


def test_an_administrator_adds_a_person_who_can_then_sign_in(signed_in):
    admin = signed_in("administrator")
    made = admin.post("/api/v1/people", {"username": "li.na", "role": "operator"}, format="json")
    assert made.status_code == 201
    assert made.data["roles"] == ["operator"]
    answer = Client().post("/login", {"username": "li.na", "password": made.data["password"]})
    assert answer.status_code == 302
    assert AuditEntry.objects.filter(verb="added person", subject="person li.na").exists()


def test_a_taken_name_is_refused(signed_in):
    admin = signed_in("administrator")
    admin.post("/api/v1/people", {"username": "li.na", "role": "operator"}, format="json")
    answer = admin.post("/api/v1/people", {"username": "LI.NA", "role": "viewer"}, format="json")
    assert answer.status_code == 409


def test_an_unknown_role_names_field_value_and_what_was_expected(signed_in):
    answer = signed_in("administrator").post("/api/v1/people", {"username": "x", "role": "king"}, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.data["errors"] == [{"field": "role", "value": "king", "expected": '"king" is not a valid choice.'}]


def test_a_disabled_person_is_out_at_once(signed_in, person):
    admin, someone = signed_in("administrator"), person("operator")
    theirs = Client()
    theirs.force_login(someone)
    admin.patch(f"/api/v1/people/{someone.pk}", {"is_active": False}, format="json")
    assert theirs.get("/api/v1/keys").status_code in (401, 403)
    assert not Person.objects.get(pk=someone.pk).is_active


def test_an_administrator_cannot_lock_themselves_out(signed_in):
    admin = signed_in("administrator")
    me = Person.objects.get(username__startswith="administrator")
    answer = admin.patch(f"/api/v1/people/{me.pk}", {"is_active": False}, format="json")
    assert answer.status_code == 409
    assert "another administrator" in answer.data["detail"]


@pytest.mark.parametrize("path", ["/api/v1/people", "/api/v1/audit", "/api/v1/keys"])
def test_a_stranger_is_asked_to_authenticate(db, path):
    answer = Client().get(path)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_after_five_wrong_passwords_even_the_right_one_waits(roles, person):
    someone = person("operator")
    browser = Client()
    for _ in range(5):
        browser.post("/login", {"username": someone.username, "password": "wrong"})
    answer = browser.post("/login", {"username": someone.username, "password": "a long test password"})
    assert answer.status_code == 429


def test_the_audit_trail_can_be_filtered_and_exported(signed_in):
    admin = signed_in("administrator")
    admin.post("/api/v1/people", {"username": "li.na", "role": "operator"}, format="json")
    answer = admin.get("/api/v1/audit", {"subject__icontains": "li.na"})
    assert answer.data["count"] == 1
    exported = admin.get("/api/v1/audit", {"format": "csv"})
    assert exported["Content-Type"].startswith("text/csv")
    assert b"added person" in exported.content


def test_nobody_but_an_administrator_reads_the_audit_trail(signed_in):
    assert signed_in("planner").get("/api/v1/audit").status_code == 403
