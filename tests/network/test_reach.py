"""Reach on the real graph: who is served from where, and by which links."""

import pytest

from network.actions import demo, reach
from network.kernels.definition import OFFICIAL, Definition
from network.models import EdgeNode, Link, Region
from tests.conftest import NOON

KM_MS = 4.8967e-3  # light in a kilometre of fibre


@pytest.fixture
def chain(make_site):
    """A data centre, two access points in a row behind it, a station behind the last, and an island."""
    sites = [
        make_site("dc", kind="data_centre"), make_site("oa-1", kind="optical_access", is_key_site=True, lon_deg=123.6),
        make_site("oa-2", kind="optical_access", is_key_site=True), make_site("bs-1", is_key_site=True),
    ]  # fmt: skip
    make_site("island")
    EdgeNode.objects.create(slug="rack", site=sites[0], name_en="x", name_zh="x", cores=4, memory_gb=8, changed_at=NOON)
    for a, b, length_km in zip(sites[1:], sites, (20, 30, 150), strict=False):  # the far end comes first
        Link.objects.create(a=a, b=b, length_km=length_km, rate_gbps=100, load_share=0.3, changed_at=NOON)
    return sites


def by_slug(rows):
    return {row.slug: row for row in rows}


def test_every_site_names_the_centre_that_serves_it_and_how_long_that_takes(chain, region):
    sites = by_slug(reach.reach(region, OFFICIAL).sites)
    near, far, island = sites["oa-1"], sites["bs-1"], sites["island"]
    assert (near.centre, near.is_inside, near.is_key_site) == ("dc", True, True)
    assert near.ms > 20 * KM_MS
    assert sites["oa-2"].ms - near.ms > 30 * KM_MS
    assert (far.centre, far.is_inside) == ("dc", False)
    assert far.ms > 1.0
    assert (island.centre, island.ms, island.is_inside) == (None, None, False)


def test_links_lead_from_computing_to_who_is_inside_and_no_further(chain, region):
    found = reach.reach(region, OFFICIAL)
    assert [(one.a, one.b, one.centre) for one in found.links] == [("dc", "oa-1", "dc"), ("oa-1", "oa-2", "dc")]
    assert found.links[0].path_lon_lat_deg == ((123.5, 29.0), (123.6, 29.0))
    assert found.links[0].ms < found.links[1].ms < 1.0


def test_a_centre_counts_who_is_inside_its_circle(chain, region):
    (centre,) = reach.reach(region, OFFICIAL).centres
    assert (centre.slug, centre.edge_nodes, centre.sites_inside, centre.key_sites_inside) == ("dc", ("rack",), 3, 2)


def test_a_wider_threshold_reaches_further(chain, region):
    found = reach.reach(region, Definition("optical", "one_way", threshold_ms=2.0))
    assert [one.b for one in found.links] == ["oa-1", "oa-2", "bs-1"]
    assert found.centres[0].key_sites_inside == 3


def test_without_computing_nobody_is_reached(region, make_site):
    make_site("oa-1", kind="optical_access", is_key_site=True)
    found = reach.reach(region, OFFICIAL)
    assert (found.centres, found.links, found.sites[0].centre) == ((), (), None)


def test_the_demo_metropolis_is_reached_from_its_three_centres(db):
    demo.build(NOON)
    found = reach.reach(Region.objects.get(slug=demo.SLUG), OFFICIAL)
    assert [one.slug for one in found.centres] == ["dc-central", "dc-east", "dc-west"]
    inside = {one.slug for one in found.sites if one.is_inside}
    assert {one.b for one in found.links} | {"dc-central", "dc-east", "dc-west"} == inside
    assert sum(one.key_sites_inside for one in found.centres) == sum(one.is_key_site for one in found.sites)


def test_reach_is_answered_over_rest(chain, signed_in):
    answer = signed_in("viewer").get("/api/v1/circles/reach?region=here&layer=ip&direction=round_trip&threshold_ms=3")
    found = answer.json()
    assert (answer.status_code, found["source"], found["region"]) == (200, "modelled", "here")
    assert found["definition"]["key"] == "v1:ip:round_trip:3ms:key_sites:none"
    assert set(found["links"][0]) == {"a", "b", "path_lon_lat_deg", "centre", "ms"}
    assert found["centres"][0]["edge_nodes"] == ["rack"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?region=nowhere", 404), ("?region=here&layer=copper", 400), ("?region=here&threshold_ms=0", 400)],
)
def test_a_wrong_question_about_reach_is_refused(chain, signed_in, query, status):
    assert signed_in("viewer").get(f"/api/v1/circles/reach{query}").status_code == status


def test_a_stranger_and_a_key_without_the_scope_are_refused(chain, client, with_key):
    assert client.get("/api/v1/circles/reach?region=here").status_code == 401
    assert with_key("reports:write").get("/api/v1/circles/reach?region=here").status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_network(chain, region, django_assert_num_queries):
    with django_assert_num_queries(4):
        reach.reach(region, OFFICIAL)
