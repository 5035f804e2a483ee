"""Control links: judged by the live twin, told to engine, lists and alarms."""

from dataclasses import fields
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from airspace import judged
from airspace.actions import link_alarms
from airspace.actions.link_alarms import BELOW_NEED
from airspace.actions.tracking import control_link
from airspace.actions.tracking import drone as drones
from airspace.kernels.control_link import BELOW
from airspace.models import Drone
from console.access.actor import HOME_PK
from console.models import Organisation
from console.redis_clients import client
from network.actions.radio import control_link as radio_control_link
from network.actions.radio.control_link import links_at
from network.actions.radio.radio_link import modelled_link
from network.actions.topology import live as live_
from network.actions.topology.live import live
from network.demo import demo
from network.kernels.geodesy import from_enu
from network.models import Alarm, EdgeNode, Link, Region, Sector, Severity, Site, SiteHealth
from tests.airspace.tracking.test_drones import row, store
from tests.conftest import NOON

SECOND = timedelta(seconds=1)


@pytest.fixture
def masts(db, monkeypatch, empty_redis):
    """Two masts 6 km apart, on carriers of their own, so that either alone leaves the other's place without."""
    monkeypatch.setattr(live_, "_finders", [])
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    region = Region.objects.create(slug="r", name_en="R", name_zh="R", lat_deg=29, lon_deg=123.5, radius_m=9_000)
    made = []
    for number, lon_deg in enumerate((123.5, 123.5 + 6 / 97.4)):
        site = Site.objects.create(
            region=region, slug=f"bs-{number}", kind="macro", name_en="M", name_zh="M", lat_deg=29, lon_deg=lon_deg,
            probe_host="127.0.0.1", probe_port=9_000 + number, changed_at=NOON,
        )  # fmt: skip
        Sector.objects.create(
            site=site, slug=f"s-{number}", height_m=30, power_dbm=40, carrier_ghz=2.6 + number, bandwidth_mhz=100,
            pattern="omni", changed_at=NOON,
        )  # fmt: skip
        made.append(site)
    return made


def answer(*sites, at=NOON, **more):
    for site in sites:
        given = {"state": "met", "rtt_ms": 1.0, "measured_at": at, "answered_at": at, "silent_packets": 0} | more
        SiteHealth.objects.update_or_create(site=site, defaults=given)


def fall_silent(site, *, at=NOON):
    answer(site, at=at, rtt_ms=None, silent_packets=60, silent_since=at - SECOND)


def at_mast(serial, east_m=300.0, *, now=NOON, height=90.0, status="airborne"):
    """Let a drone report near the first mast, on its way east at 12 m/s."""
    (drone,) = drones.register({serial: "Swift"}, now)
    lat_deg, lon_deg = from_enu(np.array([east_m]), np.array([0.0]), 29.0, 123.5)
    place = float(lat_deg[0]), float(lon_deg[0])
    store([row(drone, round(now.timestamp() * 1e3), *place, height=height, status=status)])
    return drone


def link_of(drone):
    return control_link.Known().get(drone.pk)


def rounds(count, site_states, serial="F-1", *, start=NOON):
    """Judge every four seconds, the drone heard and the sites measured meanwhile; return the last moment."""
    now = start
    for number in range(count):
        now = start + 4 * number * SECOND
        site_states(now)
        at_mast(serial, now=now)
        link_alarms.look(now)
    return now


def test_a_link_is_judged_on_what_is_on_air_and_its_cell_is_named(masts):
    answer(*masts)
    drone = at_mast("F-1")
    control_link.judge(NOON)
    link = link_of(drone)
    assert (link.state, link.site, link.reason, link.judged_at) == ("met", "bs-0", None, NOON)
    assert link.margin_db > 0
    assert (link.twin, link.source) == ("live", "modelled")


def test_when_its_cell_is_silent_for_eight_seconds_the_link_is_below_its_need_and_that_is_an_alarm(masts):
    answer(*masts)
    drone = at_mast("F-1")
    link_alarms.look(NOON)
    assert not Alarm.objects.active().exists()

    def down(now):
        answer(masts[1], at=now)
        fall_silent(masts[0], at=now)

    now = rounds(3, down, start=NOON + 4 * SECOND)
    link = link_of(drone)
    assert (link.state, link.site, link.reason) == ("below", "bs-0", "cell_silent")
    assert link.below_since == NOON + 4 * SECOND
    alarm = Alarm.objects.active().get()
    assert (alarm.problem, alarm.object_key, alarm.severity) == (BELOW_NEED.code, "F-1", Severity.MAJOR)
    assert (alarm.detail["reason"], alarm.detail["cell"], alarm.detail["below_s"]) == ("cell_silent", "bs-0", 8)

    now = rounds(1, lambda at: answer(*masts, at=at), start=now + 4 * SECOND)
    assert Alarm.objects.active().exists(), "not well for long enough"
    rounds(4, lambda at: answer(*masts, at=at), start=now + 4 * SECOND)
    assert not Alarm.objects.active().exists()
    assert link_of(drone).state == "met"


def test_of_a_site_of_which_nothing_is_known_nothing_is_concluded_and_an_alarm_stays(masts):
    answer(masts[1])
    drone = at_mast("F-1")
    control_link.judge(NOON)
    assert (link_of(drone).state, link_of(drone).margin_db) == ("unknown", None)

    now = rounds(3, lambda at: (answer(masts[1], at=at), fall_silent(masts[0], at=at)), start=NOON + 4 * SECOND)
    assert Alarm.objects.active().count() == 1
    SiteHealth.objects.filter(site=masts[0]).delete()
    now = rounds(2, lambda at: answer(masts[1], at=at), start=now + 4 * SECOND)
    assert link_of(drone).state == "unknown"
    assert Alarm.objects.active().count() == 1
    link_alarms.look(now + 20 * SECOND)  # silent in flight: it did not get well by that
    assert Alarm.objects.active().count() == 1


def test_who_is_on_the_ground_is_not_judged_and_of_who_is_too_high_or_silent_nothing_is_known(masts):
    answer(*masts)
    grounded, high = at_mast("F-1", status="ground"), at_mast("F-2", height=400.0)
    silent, landed = at_mast("F-3", now=NOON - 16 * SECOND), at_mast("F-4", now=NOON - 601 * SECOND)
    rows = control_link.judge(NOON)
    assert rows["drone"].tolist() == [high.pk, silent.pk]
    assert [link_of(drone).state for drone in (grounded, high, silent, landed)] == ["unknown"] * 4


def below_at(masts, serial="F-1"):
    """Let a drone's link be below its need for long enough; return when that is so."""
    return rounds(3, lambda at: (answer(masts[1], at=at), fall_silent(masts[0], at=at)), serial)


def test_an_alarm_outlasts_the_silence_of_its_drone_and_what_follows(masts):
    now = below_at(masts)
    alarm = Alarm.objects.active().get()
    for seconds in (8, 16, 24):
        fall_silent(masts[0], at=now + seconds * SECOND)
        link_alarms.look(now + seconds * SECOND)
    link = link_of(Drone.objects.get())
    assert (link.state, link.below_since, link.reason) == ("unknown", None, None)
    rounds(1, lambda at: (answer(masts[1], at=at), fall_silent(masts[0], at=at)), start=now + 28 * SECOND)
    assert Alarm.objects.active().get() == alarm
    assert link_of(Drone.objects.get()).state == "below"


def test_an_alarm_outlasts_a_start_of_loft_that_forgot_what_was_judged(masts):
    now = below_at(masts)
    alarm = Alarm.objects.active().get()
    client().flushall()
    rounds(1, lambda at: (answer(masts[1], at=at), fall_silent(masts[0], at=at)), start=now + 4 * SECOND)
    assert link_of(Drone.objects.get()).state == "gap_ahead", "it is low, and for how long is forgotten"
    assert Alarm.objects.active().get() == alarm


def test_an_alarm_for_many_outlasts_a_start_of_loft(masts):
    for number in range(12):
        at_mast(f"F-{number}")
    for number in range(3):
        fall_silent(masts[0], at=NOON + 4 * number * SECOND)
        link_alarms.look(NOON + 4 * number * SECOND)
    alarm = Alarm.objects.active().get()
    assert alarm.detail["count"] == 12
    client().flushall()
    fall_silent(masts[0], at=NOON + 12 * SECOND)
    link_alarms.look(NOON + 12 * SECOND)
    assert Alarm.objects.active().get() == alarm


def test_an_alarm_ends_when_its_drone_is_retired(masts):
    now = below_at(masts)
    Drone.objects.update(retired_at=now)
    link_alarms.look(now + 4 * SECOND)
    assert not Alarm.objects.active().exists()


def test_what_a_drone_sent_for_a_former_owner_is_no_alarm_of_the_new_one(masts):
    now = below_at(masts)
    assert Alarm.objects.active().get().organisation_id == HOME_PK
    buyer = Organisation.objects.create(slug="buyer", name_en="Buyer", name_zh="Buyer", made_at=NOON)
    Drone.objects.update(organisation=buyer, owned_since=now + SECOND)
    fall_silent(masts[0], at=now + 4 * SECOND)
    link_alarms.look(now + 4 * SECOND)
    assert Alarm.objects.active().get().organisation_id == HOME_PK
    rounds(1, lambda at: fall_silent(masts[0], at=at), start=now + 8 * SECOND)
    assert Alarm.objects.active().get().organisation_id == buyer.pk


def test_the_way_ahead_is_looked_at_as_far_as_there_is_time_least_margin_first(masts, monkeypatch):
    answer(*masts)
    Sector.objects.filter(site=masts[1]).delete()
    near, far = at_mast("F-1", 500.0), at_mast("F-2", 3_240.0)  # the latter is about to fall below its need
    assert gaps_of(near, far) == [None, 10.0]
    monkeypatch.setattr(control_link, "MOST_LINKS", 6)  # two pairs where they are, three ahead of one drone
    assert gaps_of(near, far) == [None, 10.0]
    monkeypatch.setattr(control_link, "MOST_LINKS", 4)
    assert gaps_of(near, far) == [None, None]
    assert link_of(far).state == "met"


def gaps_of(*drones_):
    control_link.judge(NOON)
    return [link_of(drone).gap_in_s for drone in drones_]


@pytest.mark.parametrize(("is_silent", "is_known"), [(True, True), (False, False)], ids=["silent", "unknown"])
def test_a_link_that_a_cell_may_disturb_of_which_nothing_is_known_is_unknown(masts, monkeypatch, is_silent, is_known):
    monkeypatch.setattr(radio_control_link, "NEED_SINR_DB", 1.0)  # one mast gives 2 dB there, and less beside another
    Sector.objects.update(carrier_ghz=2.6)
    answer(masts[0])
    if is_silent:
        fall_silent(masts[1])
    lat_deg, lon_deg = from_enu(np.array([3_000.0]), np.zeros(1), 29.0, 123.5)
    links = links_at(lat_deg, lon_deg, np.full(1, 90.0), live(NOON))
    assert bool(links.margin_db[0] > 0) == is_known
    assert bool(np.isnan(links.margin_db[0])) != is_known


def test_links_of_many_places_are_those_of_each_alone(masts):
    answer(*masts)
    fall_silent(masts[1])
    twin = live(NOON)
    east_m = np.array([-20_000.0, 0.0, 2_000.0, 5_900.0, 200_000.0])
    lat_deg, lon_deg = from_enu(east_m, np.zeros(5), 29.0, 123.5)
    height_m = np.full(5, 90.0)
    together = links_at(lat_deg, lon_deg, height_m, twin)
    for place in range(5):
        one = slice(place, place + 1)
        alone = links_at(lat_deg[one], lon_deg[one], height_m[one], twin)
        for field in fields(together):
            expected = getattr(together, field.name)[one].astype(float)
            assert getattr(alone, field.name).astype(float) == pytest.approx(expected, nan_ok=True)
    assert np.isnan(together.margin_db[4]), "beyond every region"
    assert together.is_cell_silent.tolist()[3]
    assert together.site_id[3] == masts[1].pk


def test_over_the_healthy_demonstration_every_link_meets_its_need(db, monkeypatch):
    monkeypatch.setattr(live_, "_finders", [])
    demo.build(NOON)
    answer(*Site.objects.all())
    rng = np.random.default_rng(11)
    lat_deg, lon_deg = from_enu(*rng.uniform(-12_000.0, 12_000.0, (2, 600)), demo.LAT_DEG, demo.LON_DEG)
    links = links_at(lat_deg, lon_deg, rng.uniform(10.0, 120.0, 600), live(NOON))
    assert np.nanmin(links.margin_db) > 0
    assert np.isnan(links.margin_db).mean() < 0.01


def test_of_more_drones_than_there_is_time_for_those_heard_last_are_judged(masts, monkeypatch):
    answer(*masts)
    older = at_mast("F-1", now=NOON - SECOND)
    newest = at_mast("F-2")
    monkeypatch.setattr(control_link, "MOST_DRONES", 1)
    control_link.judge(NOON)
    assert [link_of(drone).state for drone in (older, newest)] == ["unknown", "met"]


def test_what_was_judged_is_told_until_it_is_old_and_not_without_redis(masts, monkeypatch):
    answer(*masts)
    drone = at_mast("F-1")
    control_link.judge(NOON)
    assert 0 < client().ttl("loft.airspace.control_links") <= judged.KEPT_S
    assert control_link.Known().in_state("met") == [drone.pk]
    client().set("loft.airspace.control_links", b"another release")
    assert judged.read() is None
    assert link_of(drone) == control_link.NOTHING

    def away():
        raise ConnectionError

    monkeypatch.setattr(control_link.judged, "read", away)
    assert control_link.Known().in_state("met") == []


def test_the_latency_of_a_live_link_is_that_of_what_is_left_of_the_network(masts):
    near, far = masts
    Link.objects.create(a=near, b=far, length_km=6, rate_gbps=10, changed_at=NOON)
    EdgeNode.objects.create(slug="dc", site=far, name_en="D", name_zh="D", cores=8, memory_gb=32, changed_at=NOON)
    answer(*masts)
    place = 29.0, 123.503, 90.0
    whole = modelled_link(*place, live(NOON)).one_way_latency_ms
    assert whole == pytest.approx(modelled_link(*place).one_way_latency_ms)
    fall_silent(far, at=NOON + 2 * SECOND)
    answer(near, at=NOON + 2 * SECOND)
    left = modelled_link(*place, live(NOON + 2 * SECOND))
    assert (left.site, left.one_way_latency_ms) == ("bs-0", None)
    assert modelled_link(*place).one_way_latency_ms == pytest.approx(whole), "as planned"


def test_lists_and_details_say_how_links_are_and_can_be_narrowed_to_the_bad_ones(
    masts, signed_in, django_assert_max_num_queries
):
    operator, now = signed_in("operator"), timezone.now()
    answer(*masts, at=now)
    good, bad = at_mast("F-1", now=now), at_mast("F-2", now=now)
    control_link.judge(now)
    held = judged.read()
    rows = held.rows.copy()
    rows["state"][rows["drone"] == bad.pk] = BELOW
    rows["below_ms"][rows["drone"] == bad.pk] = held.at_ms - 9_000
    judged.keep(rows, held.at_ms)
    with django_assert_max_num_queries(12):
        listed = {row["serial"]: row for row in operator.get("/api/v1/drones").json()["results"]}
    assert listed["F-1"]["link"]["control"]["state"] == "met"
    assert listed["F-1"]["link"]["control"]["site"] == "bs-0"
    assert listed["F-2"]["link"]["control"]["below_since"] is not None
    narrowed = operator.get("/api/v1/drones?control=bad").json()
    assert [row["serial"] for row in narrowed["results"]] == ["F-2"]
    assert operator.get("/api/v1/drones?control=gap_ahead").json()["count"] == 0
    assert operator.get("/api/v1/drones?control=splendid").status_code == 400
    fall_silent(masts[0], at=now)
    detail = operator.get(f"/api/v1/drones/{good.pk}").json()
    assert detail["link"]["control"]["source"] == "modelled"
    assert Drone.objects.count() == 2
