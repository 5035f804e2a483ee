"""A cut ring that leaves everybody connected is an alarm that says what would fall next, and ends by itself."""

from datetime import timedelta
from itertools import pairwise

import pytest

from network.actions.alarms import redundancy_alarms
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta
from network.actions.alarms.alarm_fold import fold
from network.actions.alarms.managed_object import of_site
from network.actions.sla.sla_breaches import PROBLEMS
from network.actions.topology import live as live_
from network.actions.topology import ports, redundancy
from network.kernels.sla.sla import Metric
from network.models import Alarm, EdgeNode, Link, PmCounters, SiteHealth, counters_stale_after
from tests.conftest import NOON
from tests.network.topology.test_ports import answers, tells

pytestmark = pytest.mark.django_db
LATER = timedelta(seconds=2)  # a process looks at the network once a second


@pytest.fixture(autouse=True)
def only_ports(monkeypatch):
    monkeypatch.setattr(live_, "_finders", [ports.links_found])
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.fixture
def ring(make_site):
    """A data centre, a ring of three access points, the second a key site, and a station behind the third."""
    sites = [make_site("dc", kind="data_centre")]
    sites += [make_site(f"oa-{n}", kind="optical_access", is_key_site=n == 2, lat_deg=29 + n / 100) for n in (1, 2, 3)]
    sites.append(make_site("bs-1", lat_deg=29.05))
    for a, b in [*pairwise(sites[:4]), (sites[3], sites[0]), (sites[3], sites[4])]:
        Link.objects.create(a=a, b=b, length_km=5, rate_gbps=100, changed_at=NOON)
    EdgeNode.objects.create(
        slug="node", site=sites[0], name_en="N", name_zh="N", cores=4, memory_gb=8, power_kw=1, changed_at=NOON
    )
    for site in sites:
        answers(site, NOON)
    return {site.slug: site for site in sites}


def look(ring, at=NOON, silent=()):
    for slug, site in ring.items():
        answers(site, at)
        if slug in silent:
            silence = {"rtt_ms": None, "silent_packets": 9, "silent_since": at}
            SiteHealth.objects.filter(site=site).update(**silence)
    redundancy_alarms.look(at)
    return list(Alarm.objects.active().filter(problem="redundancy_lost"))


def test_a_whole_ring_has_lost_nothing(ring):
    assert look(ring) == []


def test_a_cut_ring_is_an_alarm_of_the_link_that_says_what_falls_next(ring):
    tells(ring["dc"], **{"oa-1": ("loss_of_signal", 10)})
    (alarm,) = look(ring)
    assert (alarm.object_kind, alarm.object_key, alarm.subject) == ("link", "dc~oa-1", "DC – OA-1")
    assert (alarm.grade, alarm.severity, alarm.probable_cause) == ("key_site", "major", "lossOfRedundancy")
    detail = alarm.detail
    assert (detail["sites"], detail["key_sites"]) == (4, 1)
    assert detail["exposed"] == ["bs-1", "oa-1", "oa-2", "oa-3"]
    steps = [(step["link"], step["sites"], step["key_sites"]) for step in detail["next"]]
    assert steps == [("dc~oa-3", 4, 1), ("oa-2~oa-3", 2, 1), ("oa-1~oa-2", 1, 0)]
    assert detail["next"][0]["name_en"] == "DC – OA-3"


def test_it_is_milder_where_no_key_site_is_exposed_and_ends_with_the_repair(ring):
    type(ring["oa-2"]).objects.update(is_key_site=False)
    tells(ring["dc"], **{"oa-1": ("loss_of_signal", 10)})
    assert [alarm.severity for alarm in look(ring, NOON + LATER)] == ["minor"]
    PmCounters.objects.all().delete()
    assert look(ring, NOON + 2 * LATER) == []


def test_what_ports_tell_no_more_stands_until_somebody_knows(ring):
    tells(ring["dc"], **{"oa-1": ("loss_of_signal", 10)})
    assert len(look(ring)) == 1
    late = NOON + counters_stale_after() + LATER
    assert len(look(ring, late)) == 1
    tells(ring["oa-1"], late, dc="up", **{"oa-2": "up"})
    assert look(ring, late + LATER) == []


def test_a_site_that_failed_in_a_ring_is_what_it_is_about_and_it_comes_below_the_outage(ring):
    available = AlarmCondition(of_site(ring["oa-1"]), PROBLEMS[Metric.AVAILABILITY])
    outage = apply(Delta([available]), NOON).raised[0]
    (alarm,) = look(ring, silent=("oa-1",))
    assert (alarm.object_kind, alarm.object_key, alarm.site) == ("site", "oa-1", ring["oa-1"])
    assert alarm.detail["exposed"] == ["bs-1", "oa-2", "oa-3"]
    fold(NOON)
    alarm.refresh_from_db()
    assert alarm.root == outage


def test_two_cuts_in_one_ring_are_one_loss_and_a_fibre_to_a_spur_is_none(ring):
    tells(ring["oa-3"], **{"bs-1": ("loss_of_signal", 10)})
    assert look(ring) == []
    tells(ring["dc"], **{"oa-1": ("loss_of_signal", 30)})
    tells(ring["oa-1"], NOON, **{"oa-2": ("loss_of_signal", 10)})
    losses = look(ring, NOON + LATER)
    assert [alarm.object_key for alarm in losses] == ["dc~oa-1"]
    assert losses[0].detail["exposed"] == ["oa-2", "oa-3"]


def test_a_site_that_is_removed_while_it_is_looked_at_costs_that_alarm_one_look_and_nothing_else(ring, monkeypatch):
    lost = redundancy.lost

    def removed_meanwhile(live):
        losses = lost(live)
        type(ring["bs-1"]).objects.filter(slug="bs-1").delete()
        return losses

    tells(ring["dc"], **{"oa-1": ("loss_of_signal", 10)})
    monkeypatch.setattr(redundancy, "lost", removed_meanwhile)
    assert look(ring) == []
    monkeypatch.undo()
    monkeypatch.setattr(live_, "_finders", [ports.links_found])
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    (alarm,) = look({slug: site for slug, site in ring.items() if slug != "bs-1"}, NOON + LATER)
    assert alarm.detail["exposed"] == ["oa-1", "oa-2", "oa-3"]


def test_before_anything_is_measured_nothing_is_said(ring):
    SiteHealth.objects.all().delete()
    redundancy_alarms.look(NOON)
    assert not Alarm.objects.exists()
