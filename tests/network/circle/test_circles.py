"""The circle over the inventory, and modelled latencies over REST."""

from datetime import timedelta

import pytest

from console.errors import Refused
from network.actions.circle import circle, denominator
from network.actions.topology import graph, path
from network.demo import demo
from network.kernels.topology import failures, topology
from network.kernels.topology.definition import OFFICIAL, STANDARD, Definition, Layer
from network.models import EdgeNode, Link, Region, Site
from tests.conftest import NOON
from tests.yardstick import at_most_s


@pytest.fixture
def chain(make_site):
    """A data centre, two optical access points in a row behind it, and a station behind the last."""
    sites = [
        make_site("dc", kind="data_centre"),
        make_site("oa-1", kind="optical_access", is_key_site=True),
        make_site("oa-2", kind="optical_access", is_key_site=True),
        make_site("bs-1", is_key_site=True),
    ]
    EdgeNode.objects.create(slug="dc", site=sites[0], name_en="x", name_zh="x", cores=4, memory_gb=8, changed_at=NOON)
    for a, b, length_km in zip(sites, sites[1:], (20, 30, 150), strict=False):
        Link.objects.create(a=a, b=b, length_km=length_km, rate_gbps=100, load_share=0.3, changed_at=NOON)
    return sites


def by_definition(region, *definitions):
    return circle.readings(region, definitions)


def test_the_official_reading_counts_key_sites_at_the_optical_layer(chain, region):
    (reading,) = by_definition(region, OFFICIAL)
    assert (reading.covered, reading.total, reading.share) == (
        2,
        3,
        pytest.approx(2 / 3),
    )  # 200 km and its hops are too far
    assert reading.outside == ("bs-1",)
    assert reading.source == "modelled"


def test_after_the_worst_failure_it_says_what_failed_and_who_is_lost(chain, region):
    (reading,) = by_definition(region, Definition("optical", "one_way", failure="worst_single"))
    assert (reading.share, reading.covered) == (0.0, 0)
    assert {(row.kind, row.subject) for row in reading.worst} == {
        ("link", "dc - oa-1"),
        ("site", "dc"),
        ("data_centre", "dc"),
    }
    assert all(set(row.lost) == {"oa-1", "oa-2"} and row.lost_count == 2 for row in reading.worst)


def test_radio_keeps_a_station_outside_end_to_end(chain, region):
    Link.objects.update(length_km=1)
    optical, whole = by_definition(region, OFFICIAL, Definition("end_to_end", "one_way"))
    assert (optical.covered, whole.outside) == (3, ("bs-1",))


def test_a_denominator_that_is_not_in_the_inventory_is_unknown(chain, region):
    (reading,) = by_definition(region, Definition("optical", "one_way", denominator="population"))
    assert (reading.share, reading.covered, reading.total) == (None, None, None)


def test_a_region_without_key_sites_has_no_share_and_one_without_computing_covers_nobody(region, make_site):
    assert by_definition(region, OFFICIAL)[0].share is None
    make_site("oa-1", kind="optical_access", is_key_site=True)
    assert by_definition(region, OFFICIAL)[0].share == 0.0


def test_the_circle_and_the_folded_path_agree(chain, region):
    network = graph.read()
    weights = topology.weights(network.topology, Definition("ip", "one_way"))
    cost_ms = failures.nearest(weights, network.centres).cost_ms + weights.end_ms
    slug, reading = path.latency_between(chain[2], None)
    assert slug == "dc"
    assert cost_ms[network.slugs.index("oa-2")] == pytest.approx(reading.mean_ms)


def test_both_models_take_a_microwave_link_through_air(chain, region):
    before = path.site_latency(chain[2].pk, chain[0].pk).mean_ms, graph.read().topology.is_microwave.sum()
    Link.objects.filter(length_km=30).update(medium="microwave", changed_at=NOON + timedelta(seconds=1))
    reading, built = path.site_latency(chain[2].pk, chain[0].pk), graph.read()
    assert (before[1], built.topology.is_microwave.tolist()) == (0, [False, True, False])
    assert before[0] - reading.mean_ms == pytest.approx(30 * (4.8967e-3 - 3.3366e-3), rel=1e-3)
    assert reading.parts_ms["microwave"] == pytest.approx(0.1001, rel=1e-3)
    cost_ms = failures.nearest(topology.weights(built.topology, Definition("ip", "one_way")), built.centres).cost_ms
    node_ms = topology.node_ms(built.topology, Layer.IP)
    end = built.slugs.index("oa-2")
    assert cost_ms[end] + node_ms[end] == pytest.approx(reading.mean_ms)


def test_all_readings_and_failures_of_the_demo_metropolis_take_less_than_a_second(db):
    demo.build(NOON)
    region = Region.objects.get(slug=demo.SLUG)
    denominator.area_km2(region)  # looked at once for as long as no sector changes
    with at_most_s(1.0):
        reading = circle.readings(region)
    assert [reading.definition for reading in reading] == list(STANDARD)
    shares = [reading.share for reading in reading]
    assert shares[0] == 1.0  # pure light makes the official reading easy within one city
    assert shares[1] < shares[0]
    assert shares[8] < shares[0]


def test_real_backbones_are_at_hand_by_name():
    assert len(graph.real_network("Chinanet").names) == 38
    for name in ("Nowhere", "../Chinanet"):
        with pytest.raises(Refused, match="no network"):
            graph.real_network(name)


def test_circles_are_answered_side_by_side_the_official_first(chain, signed_in):
    answer = signed_in("viewer").get("/api/v1/circles?region=here")
    assert answer.status_code == 200
    readings = answer.json()["readings"]
    assert [reading["definition"]["key"] for reading in readings] == [definition.key for definition in STANDARD]
    assert readings[1]["worst"][0]["lost"] == ["oa-1", "oa-2"]
    looser = signed_in("viewer").get("/api/v1/circles?region=here&threshold_ms=2").json()["readings"][0]
    assert (looser["share"], looser["definition"]["threshold_ms"]) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?region=nowhere", 404), ("?region=here&threshold_ms=-1", 400)]
)
def test_a_wrong_question_about_circles_is_refused(chain, signed_in, query, status):
    assert signed_in("viewer").get(f"/api/v1/circles{query}").status_code == status


def test_a_path_is_decomposed_and_says_that_it_is_modelled(chain, signed_in):
    answer = signed_in("viewer").post("/api/v1/latency/path", {"from_site": "bs-1"}, format="json")
    reading = answer.json()
    assert (answer.status_code, reading["to_site"], reading["is_reachable"]) == (200, "dc", True)
    assert sum(part["mean_ms"] for part in reading["parts"]) == pytest.approx(reading["mean_ms"])
    assert {part["part"]: part["source"] for part in reading["parts"]}["fibre"] == "modelled"
    assert reading["mean_ms"] <= reading["p99_ms"] <= sum(part["p99_ms"] for part in reading["parts"]) + 1e-9
    fibre = next(part for part in reading["parts"] if part["part"] == "fibre")
    assert fibre["mean_ms"] == pytest.approx(200 * 4.8967e-3, rel=1e-4)


def test_a_terminal_enters_by_air_or_by_fibre(chain, signed_in):
    at = {"lat_deg": 29.0, "lon_deg": 123.5}
    by_air, by_fibre = (
        signed_in("viewer").post("/api/v1/latency/path", {**at, "by_radio": by_radio}, format="json").json()
        for by_radio in (True, False)
    )
    assert "radio" in {part["part"] for part in by_air["parts"]}
    assert "radio" not in {part["part"] for part in by_fibre["parts"]}
    assert by_fibre["mean_ms"] < by_air["mean_ms"]


def test_no_path_has_no_figures(chain, make_site, signed_in):
    make_site("island")
    reading = signed_in("viewer").post("/api/v1/latency/path", {"from_site": "island", "to_site": "dc"}, format="json")
    assert (reading.status_code, reading.json()["is_reachable"], reading.json()["mean_ms"]) == (200, False, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "from_site"),
        ({"from_site": "nowhere"}, "from_site"),
        ({"from_site": "dc", "lat_deg": 1, "lon_deg": 2}, "from_site"),
        ({"lat_deg": 29}, "lat_deg"),
        ({"lat_deg": 99, "lon_deg": 0}, "lat_deg"),
        ({"from_site": "dc", "to_site": "nowhere"}, "to_site"),
    ],
)
def test_a_wrong_path_is_refused_by_field(chain, signed_in, body, field):
    answer = signed_in("viewer").post("/api/v1/latency/path", body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_strangers_and_keys_without_the_scope_are_refused(chain, client, with_key):
    assert client.get("/api/v1/circles?region=here").status_code == 401
    assert client.post("/api/v1/latency/path", {}).status_code == 401
    assert with_key("read").get("/api/v1/circles?region=here").status_code == 200
    assert with_key("reports:write").post("/api/v1/latency/path", {"from_site": "dc"}, format="json").status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_network(chain, region, django_assert_num_queries):
    circle.readings(region)  # reads the region's sectors
    with django_assert_num_queries(2):  # whether the network and whether a sector changed
        circle.readings(region)
    Site.objects.update(revision=1)
    with django_assert_num_queries(5):  # and sites, links and computing anew
        circle.readings(region)
    assert Site.objects.count() == 4
