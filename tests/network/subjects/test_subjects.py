"""Subjects found by words: what an agreement or a maintenance can be about."""

import pytest

from console.models import Person
from network.models import Link, Slice
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
URL = "/api/v1/agreements/subjects"


def keys_of(api, **query) -> list[str]:
    answer = api.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["key"] for row in answer.json()]


def test_sites_are_found_by_key_and_by_name_the_first_by_key(signed_in, make_site):
    make_site("bs-021"), make_site("bs-020"), make_site("oa-020")
    viewer = signed_in("viewer")
    assert keys_of(viewer, kind="site", search="-02") == ["bs-020", "bs-021", "oa-020"]
    assert keys_of(viewer, kind="site", search="BS-021") == ["bs-021"]
    assert keys_of(viewer, kind="site", search="nothing so") == []


def test_a_link_is_found_by_either_end_or_by_both(signed_in, make_site):
    a, b, c = make_site("oa-2"), make_site("bs-1"), make_site("bs-3")
    for other in (b, c):
        Link.objects.create(a=a, b=other, length_km=1, rate_gbps=10, changed_at=NOON)
    viewer = signed_in("viewer")
    assert keys_of(viewer, kind="link", search="oa-2") == ["bs-1~oa-2", "bs-3~oa-2"]
    assert keys_of(viewer, kind="link", search="bs-3~oa") == ["bs-3~oa-2"]


def test_what_is_found_can_be_promised_something(signed_in, make_site):
    site = make_site("bs-1")
    made = Slice.objects.create(slug="cameras", name_en="Cameras", name_zh="摄像机", sst=1, changed_at=NOON)
    made.sites.add(site)
    planner = signed_in("planner")
    for kind, metric in (("site", "jitter"), ("slice", "rtt_p99")):
        [key] = keys_of(planner, kind=kind, search="")
        body = {"kind": kind, "key": key, "metric": metric, "objective": 2.0}
        assert planner.post("/api/v1/agreements", body, format="json").status_code == 201


def test_higher_apps_add_their_kinds_and_a_path_is_two_sites(signed_in):
    viewer = signed_in("viewer")
    assert keys_of(viewer, kind="workload", search="x") == keys_of(viewer, kind="flight", search="x") == []
    refused = viewer.get(URL, {"kind": "path"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "kind")


def test_whoever_may_not_see_drones_finds_no_flights(roles, client):
    from django.contrib.auth.models import Permission

    person = Person.objects.create_user("clerk", password="a long test password")
    person.user_permissions.add(Permission.objects.get(codename="view_agreement"))
    client.force_login(person)
    refused = client.get(URL, {"kind": "flight"})
    assert (refused.status_code, refused.json()["detail"]) == (403, "You lack the right airspace.view_drone.")
