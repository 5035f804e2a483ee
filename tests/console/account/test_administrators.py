"""What administrators reset and end for others, and for whom they may."""

import pytest
from rest_framework.test import APIClient

from console.access.actor import HOME_PK
from console.access.authentication import person_actor
from console.actions.access.person import check_charge
from console.errors import Refused
from console.models import AuditEntry, Membership, Person
from tests.console.account.browsers import NEW, browser_of, with_codes

pytestmark = pytest.mark.usefixtures("empty_redis")


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
