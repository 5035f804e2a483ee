"""The control link of a flight over REST: each segment, the weak ones with their reasons, and the handovers."""

from datetime import timedelta

import numpy as np
import pytest

from network.actions.radio import connectivity
from network.actions.radio.connectivity import Point
from network.actions.topology import path
from network.kernels.geodesy import from_enu
from network.kernels.topology.latency import HOPS
from network.models import EdgeNode, Link, Sector
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
ROUTE = "/api/v1/connectivity/route"


@pytest.fixture
def stations(region, make_site, make_sector):
    """Two omnidirectional masts 4 km apart on carriers of their own, and a data centre behind the first."""
    first, second = make_site("bs-0"), make_site("bs-1", lon_deg=123.5 + 4 / 97.4)
    for number, site in enumerate((first, second)):
        make_sector(site, pattern="omni", tilt_deg=0, carrier_ghz=2.6 + number)
    centre = make_site("dc", kind="data_centre")
    for site in (first, second):
        Link.objects.create(a=centre, b=site, length_km=10, rate_gbps=100, load_share=0.3, changed_at=NOON)
    EdgeNode.objects.create(slug="dc", site=centre, name_en="x", name_zh="x", cores=4, memory_gb=8, changed_at=NOON)
    return region


def flight(*easts_m, height_m=100, seconds=60):
    """Points eastwards through the middle of the region, as a caller writes them."""
    lat_deg, lon_deg = from_enu(np.array(easts_m, float), np.zeros(len(easts_m)), 29.0, 123.5)
    return [
        {"lat_deg": float(lat), "lon_deg": float(lon), "height_m": height_m,
         "at": (NOON + timedelta(seconds=seconds * number)).isoformat()}
        for number, (lat, lon) in enumerate(zip(lat_deg, lon_deg, strict=True))
    ]  # fmt: skip


@pytest.fixture
def ask(signed_in):
    viewer = signed_in("viewer")
    return lambda points, **more: viewer.post(ROUTE, {"points": points} | more, "json")


def test_between_two_masts_the_link_holds_and_is_handed_over_once(stations, ask):
    body = ask(flight(0, 1_000, 3_000, 4_000)).json()
    assert body["is_feasible"] is True
    assert [part["is_feasible"] for part in body["segments"]] == [True, True, True]
    assert body["weak"] == []
    assert (body["servers"], body["handovers"]) == (["bs-0-1", "bs-1-1"], 1)
    assert body["segments"][1]["servers"] == ["bs-0-1", "bs-1-1"]
    assert body["source"] == "modelled"
    assert "99th percentile" in body["definition"]


def test_the_latency_is_that_of_the_air_and_of_the_transport_to_computing(stations, ask):
    body = ask(flight(0, 500)).json()
    site = Sector.objects.get(slug="bs-0-1").site_id
    transport_ms = path.latencies_to_computing([site])[site].p99_ms
    assert transport_ms == path.latencies_from(EdgeNode.objects.get().site_id)[site].p99_ms
    assert body["segments"][0]["latency_ms"] == pytest.approx(HOPS.radio_uplink_p99_ms + transport_ms)


def test_computing_is_looked_for_where_it_is_nearest(stations, make_site):
    near = make_site("dc-2", kind="data_centre")
    EdgeNode.objects.create(slug="dc-2", site=near, name_en="x", name_zh="x", cores=4, memory_gb=8, changed_at=NOON)
    second = Sector.objects.get(slug="bs-1-1").site
    before = path.latencies_to_computing([second.pk])[second.pk]
    Link.objects.create(a=near, b=second, length_km=0.1, rate_gbps=100, load_share=0.3, changed_at=NOON)
    assert path.latencies_to_computing([second.pk])[second.pk].mean_ms < before.mean_ms


def test_without_computing_the_latency_is_unknown_and_so_is_the_flight(stations, ask):
    EdgeNode.objects.all().delete()
    body = ask(flight(0, 500)).json()
    assert body["is_feasible"] is None
    assert body["segments"][0]["latency_ms"] is None
    assert [(part["index"], part["reasons"]) for part in body["weak"]] == [(0, ["latency_unknown"])]


def test_a_segment_out_of_reach_is_named_with_its_reason(stations, ask):
    body = ask(flight(0, 1_000, 20_000, 21_000)).json()
    assert body["is_feasible"] is False
    assert [(part["index"], part["reasons"]) for part in body["weak"]] == [(1, ["out_of_reach"]), (2, ["out_of_reach"])]
    assert body["segments"][2]["rsrp_dbm"] is None
    assert body["segments"][2]["servers"] == []
    assert body["segments"][0]["is_feasible"] is True


def test_a_harder_need_makes_the_same_flight_weak(stations, ask):
    body = ask(flight(0, 1_000), need={"latency_ms": 1, "rate_kbps": 500_000}).json()
    assert body["weak"][0]["reasons"] == ["downlink_rate", "uplink_rate", "latency"]
    assert (body["need"]["latency_ms"], body["need"]["rate_kbps"], body["need"]["rsrp_dbm"]) == (1, 500_000, -110)


def test_a_flight_beyond_every_region_names_its_first_point(stations, ask):
    points = [point | {"lat_deg": point["lat_deg"] + 10} for point in flight(0, 1_000)]
    answer = ask(points)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == ("points[0].lat_deg", points[0]["lat_deg"])


@pytest.mark.parametrize(
    ("index", "wrong", "field"),
    [(0, {"lat_deg": 91}, "points[0].lat_deg"), (1, {"lon_deg": "east"}, "points[1].lon_deg"),
     (2, {"height_m": 301}, "points[2].height_m"), (2, {"height_m": -1}, "points[2].height_m"),
     (1, {"at": "noon"}, "points[1].at"), (2, {"at": NOON.isoformat()}, "points[2].at")],
)  # fmt: skip
def test_a_wrong_point_is_named_with_its_value(stations, ask, index, wrong, field):
    points = flight(0, 1_000, 2_000)
    points[index] |= wrong
    answer = ask(points)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == (field, *wrong.values())
    assert error["expected"]


@pytest.mark.parametrize(
    ("points", "need"),
    [([], {}), (flight(0), {}), (flight(*range(501)), {}), (flight(0, 200_000, -150_000), {}), ("a line", {}),
     (flight(0, 1_000), {"latency_ms": 0}), (flight(0, 1_000), {"rate_kbps": -1}), (flight(0, 1_000), 7)],
)  # fmt: skip
def test_a_flight_past_the_limits_is_refused(stations, ask, points, need):
    answer = ask(points, need=need)
    assert answer.status_code == 400
    assert all(error["field"].startswith(("points", "need")) for error in answer.json()["errors"])


def test_the_route_may_be_asked_with_a_key_that_reads(stations, with_key, client):
    body = {"points": flight(0, 500)}
    assert with_key("read").post(ROUTE, body, "json").status_code == 200
    assert with_key("reports:write").post(ROUTE, body, "json").status_code == 403
    assert client.post(ROUTE, body, "application/json").status_code == 401


def test_where_it_is_weakest_lies_within_the_segment(stations):
    points = [
        Point(point["lat_deg"], point["lon_deg"], 100, NOON + timedelta(seconds=60 * number))
        for number, point in enumerate(flight(0, 1_900))
    ]
    (part,) = connectivity.route(points).segments
    assert part.start_at == NOON
    assert part.end_at == part.weakest_at == NOON + timedelta(seconds=60)  # furthest from the mast
