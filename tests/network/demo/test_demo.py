"""The demo metropolis, the paths through it, and the radio links over it."""

import json
from collections import Counter

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.errors import Unavailable
from network.actions.radio import radio_link
from network.actions.topology import path
from network.demo import demo
from network.demo.emulation import export_sites
from network.kernels import metropolis
from network.kernels.geodesy import to_enu
from network.models import Agreement, EdgeNode, Link, Sector, Site
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    demo.build(NOON)


def test_the_city_has_its_sites_links_and_promises(city):
    kinds = Counter(Site.objects.filter(region__slug="lanwan").values_list("kind", flat=True))
    assert kinds["macro"] + kinds["micro"] == 54
    assert (kinds["optical_access"], kinds["data_centre"], kinds["core"]) == (16, 3, 1)
    assert set(EdgeNode.objects.values_list("slug", flat=True)) == {"dc-central", "dc-east", "dc-west"}
    assert Agreement.objects.filter(kind="site").count() == 3 * 73
    assert Site.objects.filter(region__slug="chinanet").count() == 38


def test_building_it_again_changes_nothing_and_is_quick(city):
    before = list(Site.objects.values_list("slug", "lat_deg", "lon_deg", "probe_port", "changed_at"))
    with CaptureQueriesContext(connection) as asked:
        demo.build(NOON.replace(hour=13))
    assert len(asked) < 100
    assert list(Site.objects.values_list("slug", "lat_deg", "lon_deg", "probe_port", "changed_at")) == before


def test_every_station_stands_on_land_and_no_two_share_a_port(city):
    sites = Site.objects.probed().exclude(kind="data_centre")
    east_m, north_m = to_enu([s.lat_deg for s in sites], [s.lon_deg for s in sites], 29.0, 123.5)
    assert metropolis.is_land(east_m, north_m).all()
    ports = list(Site.objects.probed().values_list("probe_port", flat=True))
    assert len(set(ports)) == len(ports) == 73


def test_stations_thin_out_with_the_distance_from_the_centre(city):
    stations = Site.objects.filter(kind__in=["macro", "micro"])
    away_m = np.hypot(*to_enu([s.lat_deg for s in stations], [s.lon_deg for s in stations], 29.0, 123.5))
    inner, outer = (away_m < 12_000).sum() / 12**2, (away_m >= 12_000).sum() / (31.5**2 - 12**2)
    assert inner > 2 * outer


def test_every_site_reaches_every_edge_node_and_the_parts_add_up(city):
    core = Site.objects.get(slug="co-00")
    reached = path.latencies_from(core.pk)
    assert len(reached) == Site.objects.count()
    for latency in reached.values():
        assert sum(latency.parts_ms.values()) == pytest.approx(latency.mean_ms)
        assert latency.p99_ms >= latency.mean_ms


def test_a_terminal_finds_the_edge_nodes_best_first(city):
    pairs = path.nearest_edge_nodes(29.0, 123.65)
    assert [latency.mean_ms for _, latency in pairs] == sorted(latency.mean_ms for _, latency in pairs)
    assert len(pairs) == 3
    assert pairs[0][0].slug == "dc-east"
    assert path.path_latency(29.0, 123.65, pairs[0][0]) == pairs[0][1]


def test_over_fibre_there_is_no_radio_in_the_sum(city):
    by_radio = path.nearest_edge_nodes(29.0, 123.5)[0][1]
    by_fibre = path.nearest_edge_nodes(29.0, 123.5, by_radio=False)[0][1]
    assert "radio" in by_radio.parts_ms
    assert "radio" not in by_fibre.parts_ms
    assert by_fibre.mean_ms < 1 < by_radio.mean_ms


def test_an_edge_node_behind_a_cut_link_is_left_out(city):
    Link.objects.filter(a__slug="dc-west").delete()
    Link.objects.filter(b__slug="dc-west").delete()
    assert {node.slug for node, _ in path.nearest_edge_nodes(29.0, 123.5)} == {"dc-central", "dc-east"}


def test_without_a_way_in_the_network_is_unavailable(db):
    with pytest.raises(Unavailable):
        path.nearest_edge_nodes(29.0, 123.5)


def test_the_modelled_link_names_its_station_and_its_definition(city):
    modelled_link = radio_link.modelled_link(29.01, 123.52, 60.0)
    assert modelled_link.source == "modelled"
    assert Sector.objects.get(slug=modelled_link.sector).site.slug == modelled_link.site
    assert -120 < modelled_link.rsrp_dbm < -50
    assert modelled_link.one_way_latency_ms > 1
    assert "38.901" in modelled_link.definition


@pytest.mark.parametrize(("lat_deg", "lon_deg", "height_m"), [(27.0, 123.5, 60.0), (29.0, 123.5, 301.0)])
def test_outside_the_models_range_there_is_no_link(city, lat_deg, lon_deg, height_m):
    assert radio_link.modelled_link(lat_deg, lon_deg, height_m) is None


def test_nearer_to_a_station_the_signal_is_stronger(city):
    station = Site.objects.filter(kind="macro").first()
    near, far = (radio_link.modelled_link(station.lat_deg + d, station.lon_deg, 1.5) for d in (0.002, 0.02))
    assert near.site == station.slug
    assert near.rsrp_dbm > far.rsrp_dbm


def test_a_changed_station_is_noticed(city):
    station = Sector.objects.get(slug=radio_link.modelled_link(29.01, 123.52, 60.0).sector)
    before = radio_link.modelled_link(29.01, 123.52, 60.0).rsrp_dbm
    station.power_dbm += 2
    station.changed_at = NOON.replace(hour=14)
    station.save()
    assert radio_link.modelled_link(29.01, 123.52, 60.0).rsrp_dbm == pytest.approx(before + 2)


def test_the_emulator_is_told_where_each_site_answers_and_how_far_it_is(city, tmp_path):
    file = tmp_path / "run" / "sites.json"
    assert export_sites(file) == 73
    data = json.loads(file.read_text())
    site = data["sites"][0]
    assert site["port"] == Site.objects.get(slug=site["slug"]).probe_port
    assert 0 < site["fixed_ms"] < 2
    assert site["jitter_sd_ms"] > 0
    stations = [site for site in data["sites"] if site["slug"].startswith("bs-")]
    assert len(stations) == 54
    assert all(len(station["antennas"]) == 3 for station in stations)
    assert data["core"] == "co-00"
    assert {"a", "b", "ms"} == data["links"][0].keys()
