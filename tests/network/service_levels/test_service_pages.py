"""Pages of service levels: who may open them, what they are told, and how the search finds them."""

import json

import pytest
from django.contrib.auth.models import Permission

from console.models import Person
from network.views.service_levels.service_pages import rotation_s
from tests.conftest import NOON

PAGES = ["/network", "/network/compare", "/sla", "/maintenance", "/wallboard"]
ADDED = ["/sla", "/maintenance", "/network/compare", "/wallboard"]


@pytest.fixture
def agreement(make_site, make_agreement):
    return make_agreement(make_site("bs-007"))


@pytest.mark.parametrize("path", PAGES)
def test_a_viewer_sees_the_page_and_a_stranger_the_login(path, region, signed_in, client):
    page = signed_in("viewer").get(path)
    assert (page.status_code, page.context["place"]) == (200, "network")
    assert client.get(path)["Location"] == f"/login?next={path}"


@pytest.mark.parametrize("path", PAGES)
def test_a_person_without_the_right_is_told_which_one_is_missing(path, roles, client):
    client.force_login(Person.objects.create_user("nobody", password="a long test password"))
    answer = client.get(path)
    assert answer.status_code == 403
    assert "You lack the right to see" in answer.content.decode()


@pytest.mark.parametrize("path", ADDED)
def test_the_search_finds_the_page(path, region, signed_in):
    assert f'class="found-place" href="{path}"' in signed_in("viewer").get("/network").content.decode()


def test_the_page_of_an_agreement_names_it(agreement, signed_in):
    answer = signed_in("viewer").get(f"/sla/{agreement.pk}")
    assert "BS-007 availability" in answer.content.decode()
    assert signed_in("viewer").get("/sla/99999").status_code == 404


def test_the_form_offers_each_kind_what_can_be_promised_and_says_what_counts_as_good(region, signed_in):
    choices = json.loads(signed_in("planner").get("/sla").context["choices"])
    assert (set(choices["link"]), set(choices["corridor"])) == ({"availability"}, {"coverage"})
    assert choices["workload"]["deadline"]["word"] == "Answers in time"
    assert all(metric["good"] for of_kind in choices.values() for metric in of_kind.values())


def test_an_agreement_is_named_as_text_never_as_markup(make_site, make_agreement, signed_in):
    made = make_agreement(make_site(), name="<script>alert(1)</script>")
    page = signed_in("viewer").get(f"/sla/{made.pk}").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_only_who_may_announce_maintenance_is_offered_the_form(region, signed_in):
    announcing = 'id="new"'
    assert announcing in signed_in("planner").get("/maintenance").content.decode()
    page = signed_in("viewer").get("/maintenance").content.decode()
    assert announcing not in page
    assert "the right to add maintenance" in page


def test_the_wallboard_shows_every_view_of_all_regions_or_of_the_one_of_the_address(region, signed_in):
    viewer = signed_in("viewer")
    views = json.loads(viewer.get("/wallboard").context["views"])
    assert [view["name"] for view in views] == ["network", "alarms", "levels", "airspace", "industry"]
    assert {view["region"] for view in views} == {""}
    of_one = json.loads(viewer.get("/wallboard?region=here").context["views"])
    assert [view["region"] for view in of_one] == ["here", "", "here", "here", ""]  # alarms and factories are of all
    assert json.loads(viewer.get("/wallboard").context["regions"])[0]["radius_m"] > 0


def test_the_address_names_the_views_of_a_wallboard_and_what_is_none_is_said(region, signed_in):
    page = signed_in("viewer").get("/wallboard?views=levels,network@here,bogus,network@nowhere&every_s=45")
    shown = [(view["name"], view["region"]) for view in json.loads(page.context["views"])]
    assert (shown, page.context["every_s"]) == ([("levels", ""), ("network", "here")], 45)
    assert "Not shown: views: bogus, views: network@nowhere. Expected views of network" in page.content.decode()


def test_a_wallboard_leaves_out_what_a_person_may_not_see_unless_the_address_names_it(roles, region, client):
    person = Person.objects.create_user("guard", password="a long test password")
    person.user_permissions.add(Permission.objects.get(codename="view_site"))
    client.force_login(person)
    assert [view["name"] for view in json.loads(client.get("/wallboard").context["views"])] == ["network"]
    [alarms] = json.loads(client.get("/wallboard?views=alarms").context["views"])
    assert alarms["missing"] == "network.view_alarm"


def test_the_wallboard_drops_rail_drawer_and_inspector_and_keeps_the_alarm_strip(region, signed_in):
    page = signed_in("viewer").get("/wallboard").content.decode()
    assert 'id="alarm-strip"' in page
    assert all(part not in page for part in ('class="rail"', 'id="drawer"', 'id="inspector"'))


@pytest.mark.parametrize(("words", "seconds"), [
    ("", 20), ("30", 30), ("1", 5), ("999999999999", 600), ("fast", 20), ("-3", 20), ("²", 20), ("1e3", 20),
])  # fmt: skip
def test_a_rotation_is_brought_into_its_range(words, seconds):
    assert rotation_s(words) == seconds


def test_the_page_of_a_site_has_a_place_for_percentiles_and_probe_session(make_site, signed_in):
    make_site("bs-007", changed_at=NOON)
    page = signed_in("viewer").get("/network/sites/bs-007").content.decode()
    assert 'id="percentiles"' in page
    assert 'id="session"' in page
