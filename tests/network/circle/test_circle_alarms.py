"""A key site that left its circle is an alarm: connected still, and by a way that is too long."""

from datetime import timedelta
from itertools import pairwise

import pytest

from network.actions.circle import circle_alarms
from network.actions.topology import graph, ports
from network.actions.topology import live as live_
from network.models import Alarm, EdgeNode, Link, PmCounters, SiteHealth, counters_stale_after
from tests.conftest import NOON
from tests.network.topology.test_ports import answers, tells

pytestmark = pytest.mark.django_db
LATER = timedelta(seconds=2)
SHORT_KM, LONG_KM = 20, 250  # 4.9 us a kilometre, one way: 250 km are more than a millisecond


@pytest.fixture(autouse=True)
def only_ports(monkeypatch):
    monkeypatch.setattr(live_, "_finders", [ports.links_found])
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.fixture
def ring(make_site):
    """A data centre and two key sites in a ring whose last fibre goes a long way round."""
    sites = [make_site("dc", kind="data_centre", is_key_site=True)]
    sites += [make_site(f"oa-{n}", kind="optical_access", is_key_site=True, lat_deg=29 + n / 100) for n in (1, 2)]
    for (a, b), km in zip([*pairwise(sites), (sites[2], sites[0])], (SHORT_KM, SHORT_KM, LONG_KM), strict=True):
        Link.objects.create(a=a, b=b, length_km=km, rate_gbps=100, changed_at=NOON)
    EdgeNode.objects.create(
        slug="node", site=sites[0], name_en="N", name_zh="N", cores=4, memory_gb=8, power_kw=1, changed_at=NOON
    )
    for site in sites:
        answers(site, NOON)
    return {site.slug: site for site in sites}


def look(ring, at=NOON):
    for site in ring.values():
        answers(site, at)
    circle_alarms.look(at)
    return {alarm.object_key: alarm for alarm in Alarm.objects.active().filter(problem="circle_left")}


def test_whoever_is_inside_by_another_way_has_left_nothing(ring):
    assert look(ring) == {}
    tells(ring["oa-2"], dc=("loss_of_signal", 5), **{"oa-1": "up"})
    assert look(ring, NOON + LATER) == {}


def test_a_key_site_that_takes_the_long_way_is_a_major_alarm_with_both_figures_modelled(ring):
    tells(ring["dc"], **{"oa-1": ("loss_of_signal", 5), "oa-2": "up"})
    alarms = look(ring)
    assert set(alarms) == {"oa-1", "oa-2"}
    assert {alarm.severity for alarm in alarms.values()} == {"major"}
    far = alarms["oa-1"].detail
    assert far["limit_ms"] == 1.0
    assert far["planned_ms"] < 1.0 < alarms["oa-2"].detail["modelled_ms"] < far["modelled_ms"]
    PmCounters.objects.all().delete()
    assert look(ring, NOON + LATER) == {}


def test_a_silent_key_site_has_alarms_of_that_and_this_one_stays_while_nothing_is_known(ring):
    tells(ring["dc"], **{"oa-1": ("loss_of_signal", 5), "oa-2": "up"})
    assert set(look(ring)) == {"oa-1", "oa-2"}
    silence = {"rtt_ms": None, "silent_packets": 9, "silent_since": NOON}
    SiteHealth.objects.filter(site=ring["oa-1"]).update(**silence)
    circle_alarms.look(NOON + LATER)
    assert set(Alarm.objects.active().values_list("object_key", flat=True)) == {"oa-2"}
    late = NOON + counters_stale_after() + LATER
    assert set(look(ring, late)) == {"oa-2"}  # what the port told is too old: the fibre is unknown


def test_a_site_that_is_no_key_site_or_was_never_inside_raises_nothing(ring):
    type(ring["dc"]).objects.exclude(slug="oa-2").update(is_key_site=False)
    Link.objects.filter(length_km=SHORT_KM, a=ring["oa-1"]).update(length_km=LONG_KM)
    tells(ring["dc"], **{"oa-1": ("loss_of_signal", 5), "oa-2": "up"})
    assert look(ring, NOON + LATER) == {}


def test_a_key_station_that_sleeps_has_left_nothing_while_the_way_to_it_is_whole(ring, make_sector):
    make_sector(ring["oa-1"], is_active=False)
    assert live_.live(NOON).is_asleep.any()
    assert look(ring, NOON + LATER) == {}
    tells(ring["dc"], **{"oa-1": ("loss_of_signal", 5), "oa-2": "up"})
    assert "oa-1" in look(ring, NOON + 2 * LATER)


def test_of_an_inventory_too_large_to_compute_nothing_is_said(ring, monkeypatch):
    monkeypatch.setattr(graph, "MOST_SITES", 2)
    tells(ring["dc"], **{"oa-1": ("loss_of_signal", 5), "oa-2": "up"})
    assert look(ring) == {}
