"""Which flights suffer: served at a site that is concerned, or in a corridor that crosses its cell."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from airspace.actions.impact import flights
from airspace.actions.tracking import drone as drones
from airspace.actions.tracking import history
from airspace.models import Drone
from network.actions.impact import impact
from network.actions.impact.impact import How, Scope
from network.kernels.geodesy import from_enu
from network.models import Corridor, Region, Sector, Site
from tests.airspace.tracking.test_drones import row, store
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def masts(db):
    """Two omnidirectional masts 4 km apart."""
    region = Region.objects.create(slug="r", name_en="R", name_zh="R", lat_deg=29, lon_deg=123.5, radius_m=9_000)
    made = []
    for number, lon_deg in enumerate((123.5, 123.5 + 4 / 97.4)):
        site = Site.objects.create(
            region=region, slug=f"bs-{number}", kind="macro", name_en="M", name_zh="M", lat_deg=29, lon_deg=lon_deg,
            changed_at=NOON,
        )  # fmt: skip
        Sector.objects.create(
            site=site, slug=f"s-{number}", height_m=30, power_dbm=53, carrier_ghz=2.6 + number, bandwidth_mhz=100,
            pattern="omni", changed_at=NOON,
        )  # fmt: skip
        made.append(site)
    return made


@pytest.fixture
def corridor(masts):
    lat_deg, lon_deg = from_enu(np.array([0.0, 4_000.0]), np.full(2, 300.0), 29.0, 123.5)
    return Corridor.objects.create(
        region=masts[0].region, slug="c-1", name_en="C", name_zh="C", lowest_m=60, highest_m=120, half_width_m=60,
        path_lon_lat_deg=np.stack([lon_deg, lat_deg], 1).tolist(), changed_at=NOON,
    )  # fmt: skip


def fly(*places, seconds_ago=0.0, height=90.0):
    """Put a drone at each place, east and north of the first mast; return their serials."""
    now = timezone.now()
    made = drones.register({f"F-{number}": "Swift" for number in range(len(places))}, now)
    at_ms = int((now - timedelta(seconds=seconds_ago)).timestamp() * 1e3)
    for drone, place in zip(sorted(made, key=lambda drone: drone.serial), places, strict=True):
        lat_deg, lon_deg = from_enu(*(np.array([float(metres)]) for metres in place), 29.0, 123.5)
        store([row(drone, at_ms, float(lat_deg[0]), float(lon_deg[0]), height=height)])
    return now


def affected_by_key(scope, now):
    return {flight.key: (str(flight.how), flight.via) for flight in flights(scope, now)}


def of(site, corridors=()):
    return Scope("site", site.slug, {site.pk: How.ITSELF}, dict.fromkeys(corridors, How.CORRIDOR))


def test_a_flight_suffers_with_the_mast_that_serves_it(masts):
    now = fly((100, 0), (3_900, 0))
    assert affected_by_key(of(masts[0]), now) == {"F-0": ("itself", "bs-0")}
    assert affected_by_key(of(masts[1]), now) == {"F-1": ("itself", "bs-1")}


def test_a_flight_in_a_corridor_that_crosses_the_cell_is_named_even_where_another_mast_serves_it(masts, corridor):
    now = fly((3_900, 300), (3_900, 900))
    assert affected_by_key(of(masts[0], ["c-1"]), now) == {"F-0": ("corridor", "c-1")}


def test_being_served_there_is_graver_than_flying_towards_it(masts, corridor):
    now = fly((100, 300))
    assert affected_by_key(of(masts[0], ["c-1"]), now) == {"F-0": ("itself", "bs-0")}


def test_who_was_last_heard_over_fifteen_seconds_ago_does_not_fly_as_far_as_we_know(masts):
    now = fly((100, 0), seconds_ago=16)
    assert affected_by_key(of(masts[0]), now) == {}


def test_of_unknown_height_nobody_is_said_to_serve(masts):
    now = fly((100, 0), height=None)
    assert affected_by_key(of(masts[0]), now) == {}


def test_a_flight_names_its_operator_as_tenant_and_where_to_read_on(masts):
    now = fly((100, 0))
    (affected,) = flights(of(masts[0]), now)
    assert (affected.tenant, affected.name) == ("Swift", "F-0")
    assert affected.href.startswith("/api/v1/drones/")
    assert affected.page == "/airspace?search=F-0"
    assert affected.place.startswith("/map?drone=")


def test_the_network_asks_the_airspace(masts, corridor):
    now = fly((100, 0), (2_000, 300))
    affected = impact.impact(impact.scope_of("corridor", "c-1"), now)
    assert [(affected.key, str(affected.how)) for affected in affected.services["flights"].rows] == [("F-1", "itself")]
    assert impact.groups()["flights"] == "airspace.view_drone"


def test_thousands_of_flights_cost_four_queries(masts, django_assert_max_num_queries):
    now = fly(*((number % 50 * 80, number // 50 * 20) for number in range(1_000)))
    history.reconcile()
    scope = of(masts[0])
    with django_assert_max_num_queries(6):
        assert len(list(flights(scope, now))) > 100


def test_a_flight_heard_for_a_former_owner_only_is_not_told_to_the_new_one(masts):
    now = fly((100, 0), (200, 0))
    assert len(affected_by_key(of(masts[0]), now)) == 2
    Drone.objects.filter(serial="F-0").update(owned_since=now + timedelta(seconds=1))
    assert set(affected_by_key(of(masts[0]), now)) == {"F-1"}
