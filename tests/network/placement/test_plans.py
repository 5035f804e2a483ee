"""Where to put computing in the inventory."""

import json

import pytest
from django.core.management import CommandError, call_command

from console.errors import Refused
from network.actions.placement import placement
from network.actions.placement.placement import PlacementRequest
from network.demo import demo
from network.kernels.placement.placement import Goal
from network.kernels.topology import failures
from network.kernels.topology.definition import Definition
from network.models import EdgeNode, Link, Region, Site
from tests.conftest import NOON


@pytest.fixture
def ring(make_site):
    """Six access points on a ring of 150 km links, all key sites: each reaches its neighbours within a millisecond."""
    sites = [make_site(f"oa-{n}", kind="optical_access", is_key_site=True) for n in range(6)]
    for a, b in zip(sites, [*sites[1:], sites[0]], strict=True):
        Link.objects.create(a=a, b=b, length_km=150, rate_gbps=100, changed_at=NOON)
    return sites


def edge(site):
    EdgeNode.objects.create(slug=site.slug, site=site, name_en="x", name_zh="x", cores=4, memory_gb=8, changed_at=NOON)


def test_two_sites_put_everybody_inside(ring, region):
    plan = placement.prove(region, PlacementRequest(Goal(least_share=1.0)))
    assert (plan.cost, plan.share, plan.is_proven, len(plan.new_sites)) == (2, 1.0, True, 2)


def test_computing_that_stands_is_kept_and_costs_nothing(ring, region):
    edge(ring[0])
    plan = placement.prove(region, PlacementRequest(Goal(least_share=1.0)))
    assert (plan.cost, plan.new_sites) == (1, ("oa-3",))
    assert set(plan.sites) == {"oa-0", "oa-3"}
    again = placement.prove(region, PlacementRequest(Goal(least_share=1.0), from_scratch=True))
    assert again.cost == 2


def test_a_plan_for_the_worst_failure_needs_more_and_keeps_its_promise(ring, region):
    survived = Definition("optical", "one_way", failure="worst_single")
    plan = placement.prove(region, PlacementRequest(Goal(least_share=5 / 6), survived))
    assert plan.is_proven
    assert plan.cost > 2
    assert plan.share == plan.share_after_worst >= 5 / 6 - 1e-9
    first = placement.preview(region, PlacementRequest(Goal(least_share=5 / 6), survived))
    assert first.bound <= plan.cost <= first.cost
    assert first.share_after_worst >= 5 / 6 - 1e-9


def test_covered_twice_survives_the_loss_of_any_data_centre(ring, region):
    plan = placement.prove(region, PlacementRequest(Goal(least_share=1.0), times=2))
    assert plan.cost == 4  # each node needs two of itself and its neighbours: six nodes, three reached by each
    assert plan.is_proven


def test_the_preview_says_what_it_may_miss(ring, region):
    proposal = placement.preview(region, PlacementRequest(Goal(most_sites=1)))
    assert (proposal.share, proposal.bound, proposal.gap) == (0.5, 0.5, 0.0)


def test_the_demo_metropolis_is_planned_for_the_worst_failure(db):
    demo.build(NOON)
    region = Region.objects.get(slug=demo.SLUG)
    survived = Definition("optical", "one_way", failure="worst_single")
    plan = placement.prove(region, PlacementRequest(Goal(least_share=0.75), survived, from_scratch=True))
    assert plan.is_proven
    assert plan.share_after_worst >= 0.75 - failures.TOLERANCE_MS


def test_what_cannot_be_planned_is_refused(ring, region):
    Link.objects.all().delete()
    edge(ring[0])
    assert placement.preview(region, PlacementRequest(Goal(most_sites=1))).share == pytest.approx(2 / 6)
    survived = Definition("optical", "one_way", failure="worst_single")
    with pytest.raises(Refused, match="all candidates together reach"):
        placement.prove(region, PlacementRequest(Goal(least_share=1.0), survived))
    with pytest.raises(Refused, match="denominator: area"):
        placement.preview(
            region, PlacementRequest(Goal(most_sites=1), Definition("optical", "one_way", denominator="area"))
        )


def test_a_plan_may_be_for_people_instead_of_key_sites(ring, region):
    Site.objects.filter(slug__in=("oa-0", "oa-1")).update(people=500)
    Site.objects.filter(slug="oa-4").update(people=3_000)
    of_people = Definition("optical", "one_way", denominator="population")
    plan = placement.prove(region, PlacementRequest(Goal(most_sites=1), of_people))
    assert plan.share == pytest.approx(3_500 / 4_000)
    assert plan.new_sites == ("oa-5",)  # between oa-4 and oa-0
    assert placement.prove(region, PlacementRequest(Goal(least_share=1.0), of_people)).cost == 2


def test_a_region_without_key_sites_has_no_plan(region, make_site):
    make_site()
    with pytest.raises(Refused, match="0 sites to count"):
        placement.preview(region, PlacementRequest(Goal(most_sites=1)))


def ask(client, **fields):
    return client.post("/api/v1/placement/preview", {"region": "here", **fields}, format="json")


def test_a_plan_is_previewed_over_rest_and_nothing_is_changed(ring, signed_in):
    answer = ask(signed_in("viewer"), least_share=1.0)
    body = answer.json()
    assert (answer.status_code, body["cost"], body["share"], body["source"]) == (200, 2, 1.0, "modelled")
    assert body["definition"]["key"] == Definition("optical", "one_way").key
    survived = ask(signed_in("viewer"), least_share=0.75, failure="worst_single").json()
    assert survived["share_after_worst"] >= 0.75
    assert not EdgeNode.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, 400), ({"most_sites": 1, "least_share": 0.5}, 400), ({"least_share": 2}, 400),
     ({"most_sites": 1, "layer": "copper"}, 400), ({"most_sites": 1, "denominator": "area"}, 409),
     ({"most_sites": 1, "region": "nowhere"}, 404)],
)  # fmt: skip
def test_a_wrong_request_is_refused(ring, signed_in, fields, status):
    assert ask(signed_in("viewer"), **fields).status_code == status


def test_a_share_out_of_reach_is_refused_with_what_is_in_reach(ring, signed_in):
    answer = ask(signed_in("viewer"), least_share=1.0, failure="worst_single")
    assert (answer.status_code, "all candidates together reach 0.8333" in answer.json()["detail"]) == (409, True)


def test_a_stranger_gets_no_plan(ring, client):
    assert client.post("/api/v1/placement/preview", {}).status_code == 401


def test_the_command_proves_a_plan_of_a_region(ring, region, capsys):
    call_command("placement", region="here", least_share=1.0)
    data = json.loads(capsys.readouterr().out)
    assert (data["cost"], data["is_proven"], data["definition"]["layer"]) == (2, True, "optical")
    for wrong in ({"region": "nowhere"}, {"region": "here", "least_share": 3.0}):
        with pytest.raises(CommandError, match="expected"):
            call_command("placement", **wrong)
