"""The live twin over REST: what is not known to be up, and circles and paths by either twin."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from network.actions.topology import live as live_
from network.actions.topology import live_overview
from network.actions.topology.live_overview import overview
from network.models import EdgeNode, Link, PmCounters, Region, SiteHealth
from network.models.measurement import measure
from tests.conftest import NOON


@pytest.fixture(autouse=True)
def no_finders(monkeypatch):
    monkeypatch.setattr(live_, "_finders", [])
    monkeypatch.setattr(measure, "LEAST_STALE_S", 3_600)  # however long the machine takes, nothing grows old


@pytest.fixture
def chain(make_site):
    """A data centre, two access points in a row behind it and a station behind the last; all are key sites but one."""
    sites = [
        make_site("dc", kind="data_centre"),
        make_site("oa-1", kind="optical_access", lat_deg=29.01, is_key_site=True),
        make_site("oa-2", kind="optical_access", lat_deg=29.02, is_key_site=True),
        make_site("bs-1", lat_deg=29.03, is_key_site=True),
    ]
    EdgeNode.objects.create(slug="dc", site=sites[0], name_en="x", name_zh="x", cores=4, memory_gb=8, changed_at=NOON)
    for a, b in zip(sites, sites[1:], strict=False):  # noqa: RUF007  as the test of circles
        Link.objects.create(a=a, b=b, length_km=10, rate_gbps=100, load_share=0.3, changed_at=NOON)
    return sites


def answer_now(*sites, **fields):
    now = timezone.now()
    for site in sites:
        given = {"state": "met", "rtt_ms": 1.0, "measured_at": now, "answered_at": now} | fields
        SiteHealth.objects.update_or_create(site=site, defaults=given)


def silent_now(*sites):
    since = timezone.now() - timedelta(seconds=30)
    answer_now(*sites, rtt_ms=None, state="breached", silent_packets=60, silent_since=since)


def asked(client, path, **query):
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def now(**named):
    """Return what a reading says of now, all whose sites are named."""
    of = {name: named.get(name, []) for name in ("lost", "asleep", "unknown")}
    return {name: len(sites) for name, sites in of.items()} | {f"{name}_sites": sites for name, sites in of.items()}


def official(client, **query):
    body = asked(client, "/api/v1/circles", region="here", **query)
    return body["network"], body["readings"][0]


def test_what_is_not_up_is_listed_the_worst_first_with_since_when(chain, signed_in):
    answer_now(*chain[:3])
    silent_now(chain[3])
    SiteHealth.objects.filter(site=chain[2]).update(state="breached")
    body = asked(signed_in("viewer"), "/api/v1/network/live", region="here")
    assert [(row["key"], row["condition"]) for row in body["site_rows"]] == [("bs-1", "down"), ("oa-2", "degraded")]
    assert body["site_rows"][0]["since"] is not None
    assert body["sites"] == {"up": 2, "degraded": 1, "down": 1, "asleep": 0, "unknown": 0}
    assert [(row["key"], row["condition"]) for row in body["link_rows"]] == [("oa-2~bs-1", "unknown")]
    assert (body["twin"], body["is_starting"], body["links"]["up"]) == ("live", False, 2)
    assert body["measured_at"] <= body["as_of"]
    assert "six packets" in body["definition"]


def test_a_region_is_told_its_own_and_all_is_told_without_one(chain, signed_in, make_site, make_sector):
    elsewhere = Region.objects.create(slug="there", name_en="T", name_zh="T", lat_deg=30, lon_deg=120, radius_m=9_000)
    other = make_site("far-1")
    other.region = elsewhere
    other.save()
    sector = make_sector(other)
    told = {"cells": [{"sector": sector.slug, "is_active": False}]}
    PmCounters.objects.create(
        site=other, told=told, off_air=1, to_at=timezone.now(), asked_at=timezone.now(), received_at=timezone.now()
    )
    client = signed_in("viewer")
    here, all_ = (asked(client, "/api/v1/network/live", **query) for query in ({"region": "here"}, {}))
    assert (sum(here["sites"].values()), sum(all_["sites"].values())) == (4, 5)
    assert (here["sector_rows"], [row["key"] for row in all_["sector_rows"]]) == ([], [sector.slug])


def test_sectors_set_otherwise_than_planned_are_told_with_what_was_planned(chain, signed_in, make_sector):
    answer_now(*chain)
    sectors = [make_sector(chain[3], tilt_deg=8.0, power_dbm=49.0) for _ in range(3)]
    settings = [{"tilt_deg": 3.0, "power_dbm": 49.0}, {"tilt_deg": 8.0, "power_dbm": 49.01}, {}]
    told = {
        "cells": [
            {"sector": sector.slug, "is_active": True} | has for sector, has in zip(sectors, settings, strict=True)
        ]
    }
    now = timezone.now()
    PmCounters.objects.create(site=chain[3], told=told, otherwise=1, to_at=now, asked_at=now, received_at=now)
    body = asked(signed_in("viewer"), "/api/v1/network/live", region="here")
    [row] = body["setting_rows"]
    assert datetime.fromisoformat(row.pop("told_at")) == now
    assert (body["sectors_otherwise"], row) == (1, {
        "key": sectors[0].slug, "site": "bs-1", "tilt_deg": 3.0, "power_dbm": 49.0, "planned_tilt_deg": 8.0,
        "planned_power_dbm": 49.0,
    })  # fmt: skip


def test_equipment_tells_of_the_sectors_of_its_own_site_alone(chain, signed_in, make_site, make_sector):
    other = make_site("bs-2")
    [mine, its] = (make_sector(site, tilt_deg=8.0, power_dbm=49.0) for site in (chain[3], other))
    now = timezone.now()
    for site, told in ((chain[3], {mine.slug: 3.0}), (other, {its.slug: 8.5, mine.slug: 20.0})):
        cells = [{"sector": slug, "is_active": True, "tilt_deg": tilt_deg} for slug, tilt_deg in told.items()]
        PmCounters.objects.create(site=site, told={"cells": cells}, otherwise=1, to_at=now, asked_at=now)
    rows = asked(signed_in("viewer"), "/api/v1/network/live", region="here")["setting_rows"]
    assert [(row["key"], row["tilt_deg"]) for row in rows] == sorted([(mine.slug, 3.0), (its.slug, 8.5)])


def test_rows_are_as_many_as_are_asked_for_and_counts_are_of_all(chain, signed_in):
    silent_now(*chain)
    client = signed_in("viewer")
    for limit in (0, 2):
        body = asked(client, "/api/v1/network/live", limit=limit)
        assert (len(body["site_rows"]), len(body["link_rows"]), body["sites"]["down"]) == (limit, limit, 4)
    assert client.get("/api/v1/network/live?limit=2001").status_code == 400


def test_it_is_listed_once_of_each_look_however_many_ask(chain, region, monkeypatch):
    twin, made = live_.live(NOON), []
    real = live_overview._overview
    monkeypatch.setattr(live_overview, "_overview", lambda *given: made.append(given) or real(*given))
    assert overview(twin, region, 1).site_rows == overview(twin, region).site_rows[:1]
    assert len(made) == 1
    later = live_.live(NOON + 2 * live_.LOOK_AGAIN)
    assert later.derived is twin.derived
    assert overview(later, region).as_of == later.at


def test_it_is_for_those_who_may_see_sites_and_of_regions_that_there_are(chain, signed_in, client):
    assert client.get("/api/v1/network/live").status_code in (401, 403)
    assert signed_in("viewer").get("/api/v1/network/live?region=nowhere").status_code == 404


def test_the_circle_is_as_planned_unless_asked_and_says_so(chain, signed_in):
    silent_now(*chain)
    network, reading = official(signed_in("viewer"))
    assert (network["twin"], network["sites"], reading["covered"], reading["now"]) == ("planned", None, 3, None)


def test_a_silent_hub_takes_the_key_sites_behind_it_out_of_the_live_circle(chain, signed_in):
    answer_now(*chain[:2])
    silent_now(*chain[2:])
    network, reading = official(signed_in("viewer"), twin="live")
    assert (reading["covered"], reading["total"]) == (1, 3)
    assert reading["now"] == now(lost=["oa-2", "bs-1"])
    assert (network["twin"], network["sites"]["down"]) == ("live", 2)


def test_what_is_not_measured_is_neither_inside_nor_lost(chain, signed_in):
    answer_now(*chain[:3])
    _, reading = official(signed_in("viewer"), twin="live")
    assert (reading["covered"], reading["outside"]) == (2, ["bs-1"])
    assert reading["now"] == now(unknown=["bs-1"])


def test_a_station_that_sleeps_is_not_inside_the_live_circle_though_it_answers(chain, signed_in, make_sector):
    answer_now(*chain)
    make_sector(chain[3], is_active=False)
    _, reading = official(signed_in("viewer"), twin="live")
    assert (reading["covered"], reading["outside"]) == (2, ["bs-1"])
    assert reading["now"] == now(asleep=["bs-1"])
    query = {"region": "here", "layer": "optical", "direction": "one_way", "threshold_ms": 1, "twin": "live"}
    sites = asked(signed_in("viewer"), "/api/v1/circles/reach", **query)["sites"]
    assert [(site["state"], site["is_inside"], site["ms"]) for site in sites if site["slug"] == "bs-1"] == [
        ("asleep", False, None)
    ]


def test_what_stands_behind_a_station_that_sleeps_is_reached_through_it(chain, signed_in, make_sector):
    answer_now(*chain)
    make_sector(chain[2], is_active=False)
    _, reading = official(signed_in("viewer"), twin="live")
    assert (reading["covered"], reading["now"]) == (2, now(asleep=["oa-2"]))


def test_before_the_first_round_all_of_the_circle_is_unknown(chain, signed_in):
    _, reading = official(signed_in("viewer"), twin="live")
    assert (reading["covered"], reading["now"]["lost"], reading["now"]["unknown"]) == (0, 0, 3)


def test_a_cut_link_takes_out_who_has_no_other_way(chain, signed_in, monkeypatch):
    answer_now(*chain)
    found = live_.Found(frozenset({"dc", "oa-1"}), live_.Condition.DOWN, timezone.now())
    monkeypatch.setattr(live_, "_finders", [lambda _: [found]])
    _, reading = official(signed_in("viewer"), twin="live")
    assert reading["now"]["lost_sites"] == ["oa-1", "oa-2", "bs-1"]
    body = asked(signed_in("viewer"), "/api/v1/network/live")
    assert [(row["key"], row["condition"]) for row in body["link_rows"]] == [("dc~oa-1", "down")]


def test_reach_tells_of_each_site_whether_it_is_inside_lost_or_unknown(chain, signed_in):
    answer_now(*chain[:2])
    silent_now(chain[2])
    client = signed_in("viewer")
    states = {}
    for twin in ("planned", "live"):
        body = asked(client, "/api/v1/circles/reach", region="here", twin=twin)
        assert body["network"]["twin"] == twin
        states[twin] = {site["slug"]: site["state"] for site in body["sites"]}
    assert states["planned"] == dict.fromkeys(("dc", "oa-1", "oa-2", "bs-1"), "inside")
    assert states["live"] == {"dc": "inside", "oa-1": "inside", "oa-2": "lost", "bs-1": "lost"}


def test_the_key_sites_of_a_centre_are_those_it_serves_now(chain, signed_in):
    answer_now(*chain[:3])
    body = asked(signed_in("viewer"), "/api/v1/circles/reach", region="here", twin="live")
    assert {site["slug"]: site["state"] for site in body["sites"]}["bs-1"] == "unknown"
    assert [centre["key_sites_inside"] for centre in body["centres"]] == [2]


@pytest.mark.parametrize(
    ("heard", "expected"), [(answer_now, True), (silent_now, False), (lambda *_: None, None)]
)  # fmt: skip
def test_a_path_over_a_hub_is_reachable_cut_or_not_known(chain, signed_in, heard, expected):
    answer_now(chain[0], *chain[2:])
    heard(chain[1])
    body = signed_in("viewer").post(
        "/api/v1/latency/path", {"from_site": "bs-1", "to_site": "dc", "twin": "live"}, format="json"
    )
    assert (body.status_code, body.json()["is_reachable"]) == (200, expected)
    assert (body.json()["mean_ms"] is not None) == (expected is True)
    assert body.json()["network"]["twin"] == "live"


def test_a_terminal_enters_at_the_nearest_station_that_answers(chain, make_site, signed_in):
    near = make_site("bs-near", lat_deg=29.031)
    Link.objects.create(a=near, b=chain[2], length_km=90, rate_gbps=100, load_share=0.3, changed_at=NOON)
    answer_now(*chain)
    silent_now(near)
    asked_for = {"lat_deg": 29.031, "lon_deg": 123.5, "to_site": "dc"}
    planned, live = (
        signed_in("viewer").post("/api/v1/latency/path", asked_for | {"twin": twin}, format="json").json()
        for twin in ("planned", "live")
    )
    assert live["mean_ms"] < planned["mean_ms"]  # 90 km of fibre less
    silent_now(chain[3])
    body = signed_in("viewer").post("/api/v1/latency/path", asked_for | {"twin": "live"}, format="json")
    assert body.json()["is_reachable"] in (True, False)


def test_another_twin_than_these_two_is_refused_by_name(chain, signed_in):
    answer = signed_in("viewer").get("/api/v1/circles?region=here&twin=digital")
    assert answer.status_code == 400
    assert "digital" in str(answer.json())


@pytest.mark.parametrize(("heard", "expected"), [(answer_now, True), (silent_now, False), (lambda *_: None, None)])
def test_no_path_leads_from_a_data_centre_that_is_down_to_itself(chain, signed_in, heard, expected):
    answer_now(*chain[1:])
    heard(chain[0])
    for asked_for in ({"from_site": "dc"}, {"from_site": "dc", "to_site": "dc"}):
        body = signed_in("viewer").post("/api/v1/latency/path", asked_for | {"twin": "live"}, format="json").json()
        assert body["is_reachable"] is expected, asked_for
