"""What ports tell of links: cut, degraded, or told last and no more."""

from datetime import timedelta

import pytest

from network.actions.topology import live as live_
from network.actions.topology import ports
from network.actions.topology.live import live
from network.models import Link, PmCounters, SiteHealth, counters_stale_after
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
LONG = counters_stale_after() + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def only_ports(monkeypatch):
    monkeypatch.setattr(live_, "_finders", [ports.links_found])


@pytest.fixture
def ring(make_site):
    """Three sites, each with a link to both others; all answer."""
    sites = [make_site(slug, lat_deg=29 + number / 100) for number, slug in enumerate(("a", "b", "c"))]
    for a, b in ((0, 1), (1, 2), (2, 0)):
        Link.objects.create(a=sites[a], b=sites[b], length_km=5, rate_gbps=100, changed_at=NOON)
    for site in sites:
        answers(site, NOON)
    return {site.slug: site for site in sites}


def answers(site, at):
    told = {"state": "met", "rtt_ms": 1.0, "measured_at": at, "answered_at": at}
    SiteHealth.objects.update_or_create(site=site, defaults=told)


def tells(site, at=NOON, **states):
    """Let a site tell of its ports: `b="up"`, or `b=("loss_of_signal", 30)`, for so many seconds."""
    pairs = {to: told if isinstance(told, tuple) else (told, None) for to, told in states.items()}
    rows = [{"to": to, "state": state, "errored_share": 0.0, "for_s": for_s} for to, (state, for_s) in pairs.items()]
    bad = sum(row["state"] != "up" for row in rows)
    fields = {"told": {"ports": rows}, "to_at": at, "asked_at": at, "bad_ports": bad}
    PmCounters.objects.update_or_create(site=site, defaults=fields)


def links(at=NOON):
    """Return condition and since of every link, by the slugs of its ends."""
    twin = live(at)
    slugs = {site.pk: site.slug for site in twin.snapshot.sites}
    standings = {link.pk: twin.of_link(link.pk) for link in twin.snapshot.links}
    return {
        slugs[link.a_id] + slugs[link.b_id]: (str(standings[link.pk].condition), standings[link.pk].since)
        for link in twin.snapshot.links
    }


def test_a_port_without_light_says_that_its_link_is_down_though_both_ends_answer(ring):
    tells(ring["a"], b=("loss_of_signal", 30), c="up")
    assert links() == {"ab": ("down", NOON - timedelta(seconds=30)), "bc": ("up", None), "ca": ("up", None)}
    assert ports.cut_links(NOON) == {frozenset("ab")}


def test_of_two_ends_the_graver_counts_and_errors_degrade(ring):
    tells(ring["a"], b="degraded", c="degraded")
    tells(ring["b"], a=("loss_of_signal", 5), c="up")
    assert {key: state for key, (state, _) in links().items()} == {"ab": "down", "bc": "up", "ca": "degraded"}


def test_a_neighbour_without_power_says_nothing_of_the_link(ring):
    tells(ring["a"], b=("remote_off", 5), c="up")
    assert {state for state, _ in links().values()} == {"up"}
    assert (ports.sites_off(NOON), ports.cut_links(NOON)) == ({"b"}, frozenset())


def test_what_was_told_long_ago_leaves_the_link_unknown_until_somebody_sees_it_again(ring):
    tells(ring["a"], b=("loss_of_signal", 5), c="up")
    later = NOON + LONG
    for site in ring.values():
        answers(site, later)
    assert links(later)["ab"] == ("unknown", NOON)
    assert ports.cut_links(later) == frozenset()
    tells(ring["b"], later, a="up", c="up")
    assert links(later + timedelta(seconds=2))["ab"] == ("up", None)


def test_a_look_at_a_network_whose_ports_are_well_costs_one_query(ring, django_assert_num_queries):
    tells(ring["a"], b="up", c="up")
    with django_assert_num_queries(1):
        assert list(ports.links_found(NOON)) == []
