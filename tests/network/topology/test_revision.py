"""Caches of the inventory read anew after every change, also after one that was committed behind a later one."""

from datetime import timedelta

import pytest

from console.actions.audit.audit import SYSTEM
from network.actions import inventory
from network.actions.radio.sector import air, version_of
from network.actions.topology import path
from network.models import Link, Sector, Site
from tests.conftest import NOON

LATER, EARLIER = NOON + timedelta(minutes=2), NOON + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.fixture
def two(make_site, make_sector):
    """Two stations with a sector each, and the link between them."""
    sites = make_site("bs-000"), make_site("bs-001", lat_deg=29.01)
    for site in sites:
        make_sector(site, f"{site.slug}-1")
    Link.objects.create(a=sites[0], b=sites[1], length_km=1, rate_gbps=100, changed_at=NOON)
    return sites


def change(kind, key, at, **values):
    inventory.change(SYSTEM, kind, key, values, at)


def test_a_sector_changed_by_a_slow_transaction_is_seen_though_a_later_change_came_first(two, region):
    change("sector", "bs-000-1", LATER, power_dbm=40)
    assert {sector.power_dbm for sector in air(region).sectors} == {40, 53}
    change("sector", "bs-001-1", EARLIER, power_dbm=30)  # began earlier, is committed later
    assert {sector.power_dbm for sector in air(region).sectors} == {40, 30}


def test_a_site_and_a_link_changed_by_a_slow_transaction_are_seen(two, region):
    change("site", "bs-000", LATER, height_m=20)
    before = version_of(region), path.graph()
    change("site", "bs-001", EARLIER, lat_deg=29.02)
    assert version_of(region) != before[0]
    moved = path.graph()
    assert moved is not before[1]
    change("link", "bs-000~bs-001", EARLIER, length_km=7)
    assert path.graph() is not moved


def test_a_removal_with_an_addition_of_an_older_row_is_seen(two, region, make_sector):
    change("sector", "bs-000-1", LATER, power_dbm=40)
    before = version_of(region)
    lowest = Sector.objects.get(slug="bs-000-1")
    Sector.objects.filter(slug="bs-001-1").delete()
    lowest.pk, lowest.slug = lowest.pk + 1_000, "bs-001-2"
    lowest.save(force_insert=True)
    assert version_of(region) != before


def test_what_did_not_change_is_not_read_anew(two, region):
    assert air(region) is air(region)
    assert path.graph() is path.graph()


def test_every_change_counts_the_revision_of_its_record_and_of_no_other(two):
    change("site", "bs-000", EARLIER, height_m=20)
    change("site", "bs-000", LATER, height_m=25)
    assert dict(Site.objects.values_list("slug", "revision")) == {"bs-000": 2, "bs-001": 0}
    change("sector", "bs-000-1", LATER, tilt_deg=3)
    assert Sector.objects.get(slug="bs-000-1").revision == 1
    assert Link.objects.get().revision == 0
