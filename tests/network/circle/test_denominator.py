"""Shares of people and of covered ground, beside those of key sites."""

import numpy as np
import pytest

from network.actions.circle import circle, denominator
from network.actions.radio import sector
from network.actions.topology import graph
from network.demo import demo
from network.kernels.topology.definition import STANDARD, Definition, Denominator
from network.models import EdgeNode, Link, Region, Site
from tests.conftest import NOON
from tests.yardstick import at_most_s

OF_PEOPLE = Definition("optical", "one_way", denominator="population")
OF_AREA = Definition("optical", "one_way", denominator="area")


@pytest.fixture
def chain(make_site):
    """A data centre, a station near it and one too far: 1,200 km of fibre are 5.9 ms."""
    sites = [
        make_site("dc", kind="data_centre"),
        make_site("near", people=3_000),
        make_site("far", people=1_000, lat_deg=29.1),
    ]
    EdgeNode.objects.create(slug="dc", site=sites[0], name_en="x", name_zh="x", cores=4, memory_gb=8, changed_at=NOON)
    for a, b, length_km in zip(sites, sites[1:], (20, 1_200), strict=False):
        Link.objects.create(a=a, b=b, length_km=length_km, rate_gbps=100, load_share=0.3, changed_at=NOON)
    return sites


def by_definition(region, *definitions):
    return circle.readings(region, definitions)


def test_people_count_where_they_are_known(chain, region):
    (reading,) = by_definition(region, OF_PEOPLE)
    assert (reading.share, reading.covered, reading.total, reading.unit) == (0.75, 3_000, 4_000, "people")
    assert reading.outside == ("far",)
    Site.objects.filter(slug="far").update(people=None, revision=1)
    assert by_definition(region, OF_PEOPLE)[0].share == 1.0


def test_the_worst_failure_is_the_one_that_costs_most_people(chain, region):
    (reading,) = by_definition(
        region, Definition("optical", "one_way", denominator="population", failure="worst_single")
    )
    assert (reading.share, reading.covered) == (0.0, 0.0)
    assert {row.kind for row in reading.worst} == {"link", "site", "data_centre"}


def test_people_of_no_site_and_ground_without_radio_are_unknown(chain, region):
    Site.objects.update(people=None)
    for reading in by_definition(region, OF_PEOPLE, OF_AREA):
        assert (reading.share, reading.covered, reading.total, reading.outside, reading.worst) == (
            None,
            None,
            None,
            (),
            (),
        )
    assert [reading.unit for reading in by_definition(region, OF_PEOPLE, OF_AREA)] == ["people", "km2"]


def test_people_of_another_region_do_not_count(chain, region):
    there = Region.objects.create(slug="there", name_en="x", name_zh="x", lat_deg=30, lon_deg=120, radius_m=9_000)
    Site.objects.filter(slug="far").update(region=there)
    assert by_definition(region, OF_PEOPLE)[0].total == 3_000


def test_ground_belongs_to_the_station_that_serves_it_best(chain, region, make_sector):
    near, far = (Site.objects.get(slug=slug) for slug in ("near", "far"))
    for site in (near, far):
        for azimuth_deg in (0, 120, 240):
            make_sector(site, azimuth_deg=azimuth_deg)
    (reading,) = by_definition(region, OF_AREA)
    served_km2 = denominator.area_km2(region)
    assert set(served_km2) == {near.pk, far.pk}
    assert reading.total == pytest.approx(sum(served_km2.values()))
    assert reading.share == pytest.approx(served_km2[near.pk] / reading.total)
    assert 0.3 < reading.share < 0.7  # twins, one of them at the centre of the region
    assert 1 < reading.total < np.pi * 30**2


def test_ground_that_no_signal_reaches_well_enough_does_not_count(chain, region, make_sector):
    near = Site.objects.get(slug="near")
    antenna = make_sector(near)
    strong_km2 = denominator.area_km2(region)[near.pk]
    antenna.power_dbm = 23
    antenna.changed_at = NOON.replace(hour=13)
    antenna.save()
    assert 0 < denominator.area_km2(region)[near.pk] < strong_km2 / 4


def test_a_sector_that_sleeps_covers_no_ground(chain, region, make_sector):
    make_sector(Site.objects.get(slug="near"), is_active=False)
    assert denominator.area_km2(region) == {}
    assert by_definition(region, OF_AREA)[0].share is None


@pytest.mark.parametrize("is_active", [False, True])
def test_no_test_sees_the_air_of_the_one_before_it_whose_keys_are_the_same(chain, region, make_sector, is_active):
    make_sector(Site.objects.get(slug="near"), is_active=is_active)
    assert bool(denominator.area_km2(region)) is is_active


def test_the_demo_metropolis_knows_its_people_and_answers_every_definition(db):
    demo.build(NOON)
    region = Region.objects.get(slug=demo.SLUG)
    people = dict(region.sites.exclude(people=None).values_list("slug", "people"))
    assert len(people) == demo.STATIONS
    assert 1_000_000 < sum(people.values()) < 8_000_000
    assert max(people.values()) > 5 * min(people.values())
    reading = {reading.definition.key: reading for reading in circle.readings(region)}
    assert all(reading.share is not None for reading in reading.values())
    assert reading[OF_PEOPLE.key].total == sum(people.values())
    land_km2 = denominator.layers.ground(region).counted.sum() * 0.175**2
    assert 0 < reading[OF_AREA.key].total < land_km2
    sector.air(region)
    with at_most_s(0.2):  # the ground was looked at before
        circle.readings(region, [definition for definition in STANDARD if definition.denominator is Denominator.AREA])


def test_a_region_made_anew_has_its_own_ground(chain, region, make_sector):
    near = Site.objects.get(slug="near")
    make_sector(near)
    served_km2 = denominator.area_km2(region)[near.pk]
    fields = {field.name: getattr(near, field.name) for field in Site._meta.concrete_fields if field.name != "id"}
    near.delete()
    again = Site.objects.create(**fields)
    make_sector(again)
    assert denominator.area_km2(region) == {again.pk: served_km2}


def test_a_region_that_exists_keeps_people_unknown(db):
    demo.build(NOON)
    Site.objects.update(people=None)
    demo.build(NOON)
    assert not Site.objects.exclude(people=None).exists()


def test_the_weights_of_no_denominator_reach_beyond_the_region(chain, region):
    network = graph.read()
    assert denominator.weights(network, region, Denominator.POPULATION).tolist() == [0.0, 3_000.0, 1_000.0]
    assert denominator.weights(network, region, Denominator.KEY_SITES).sum() == 0
