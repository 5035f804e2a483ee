"""For which organisation a person of several acts."""

import pytest
from rest_framework.test import APIClient

from console.access.sessions import ACTING_FOR
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from console.live import lines
from console.models import ApiKey, Membership, Organisation, OrganisationKind, Person
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("empty_redis")


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


def test_what_was_answered_for_another_organisation_is_not_given_again(of_two, monkeypatch):
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(lines, "listeners", [lambda kind, value: heard.append((kind, value))])
    session = of_two.session.session_key
    of_two.post("/api/v1/me/acting", {"organisation": "other"}, format="json")
    assert heard == [("session", lines.digest_of(session))]
    assert of_two.session[ACTING_FOR] == Organisation.objects.get(slug="other").pk
