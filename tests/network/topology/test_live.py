"""The live twin: what is measured of the network, and what is not known, as each process sees it within a second."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from network.actions import snapshot as snapshot_
from network.actions.topology import graph, live_look
from network.actions.topology import live as live_
from network.actions.topology.live import Found, Twin, carries, live
from network.actions.topology.live_overview import overview
from network.kernels.topology.condition import CODE, Condition
from network.models import Breach, Link, PmCounters, SiteHealth
from tests.conftest import NOON

SECOND = timedelta(seconds=1)


@pytest.fixture
def row(make_site):
    """A core that nobody probes, a ring point and two stations in a row behind it."""
    sites = [
        make_site("core", kind="core", probe_port=None),
        make_site("ring", kind="optical_access", lat_deg=29.01),
        make_site("bs-1", lat_deg=29.02, is_key_site=True),
        make_site("bs-2", lat_deg=29.03, is_key_site=True),
    ]
    for a, b in pairwise(sites):
        Link.objects.create(a=a, b=b, length_km=5, rate_gbps=100, changed_at=NOON)
    return sites


@pytest.fixture
def no_finders(monkeypatch):
    """Nobody else finds anything out but whom the test registers."""
    monkeypatch.setattr(live_, "_finders", found := [])
    return found


def answers(site, now=NOON, **fields):
    given = {"state": "met", "rtt_ms": 1.0, "measured_at": now, "answered_at": now} | fields
    SiteHealth.objects.update_or_create(site=site, defaults=given)


def falls_silent(site, now=NOON, packets=6, **fields):
    answers(site, now, rtt_ms=None, silent_packets=packets, silent_since=now - SECOND, **fields)


def conditions(twin):
    """Return the condition of every site, by slug."""
    return {site.slug: str(twin.of_site(site.pk).condition) for site in twin.snapshot.sites}


def links(twin):
    return {(link.a_id, link.b_id): str(twin.of_link(link.pk).condition) for link in twin.snapshot.links}


def test_before_the_first_round_nothing_is_known_and_nothing_is_called_up(row, no_finders):
    twin = live(NOON)
    assert set(conditions(twin).values()) == {"unknown"}
    assert set(links(twin).values()) == {"unknown"}
    assert (twin.measured_at, twin.of_site(row[1].pk).since) == (None, None)
    assert twin.counts() == {**dict.fromkeys(Condition, 0), Condition.UNKNOWN: 4}


def test_who_answers_is_up_and_so_is_what_they_answer_through(row, no_finders):
    for site in row[1:]:
        answers(site)
    twin = live(NOON)
    assert set(conditions(twin).values()) == {"up"}
    assert set(links(twin).values()) == {"up"}
    assert twin.measured_at == NOON


def test_who_is_silent_is_down_since_then_and_the_link_to_it_is_unknown(row, no_finders):
    for site in row[1:3]:
        answers(site)
    falls_silent(row[3])
    twin = live(NOON)
    assert conditions(twin) == {"core": "up", "ring": "up", "bs-1": "up", "bs-2": "down"}
    assert twin.of_site(row[3].pk) == (Condition.DOWN, NOON - SECOND)
    assert list(links(twin).values()) == ["up", "up", "unknown"]


def test_a_silence_too_short_to_be_believed_degrades(row, no_finders):
    falls_silent(row[1], packets=5)
    assert conditions(live(NOON))["ring"] == "degraded"


def test_who_breaks_a_promise_of_those_who_run_the_network_is_degraded_since_then(row, no_finders, make_agreement):
    answers(row[1], state="breached")
    Breach.objects.create(agreement=make_agreement(row[1]), started_at=NOON - 5 * SECOND, worst_value=1.0)
    assert live(NOON).of_site(row[1].pk) == (Condition.DEGRADED, NOON - 5 * SECOND)


def test_old_measurements_are_unknown_since_what_was_heard_last(row, no_finders):
    answers(row[1])
    later = NOON + timedelta(minutes=5)
    assert live(later).of_site(row[1].pk) == (Condition.UNKNOWN, NOON)


def test_a_place_of_which_nobody_has_heard_is_unknown(row, no_finders):
    assert live(NOON).of_site(987_654).condition is Condition.UNKNOWN


def test_a_station_all_of_whose_sectors_sleep_is_asleep_and_one_that_does_not_answer_is_down(
    row, no_finders, make_sector
):
    for site in row[2:]:
        make_sector(site, is_active=False)
    make_sector(row[1])
    for site in row[1:3]:
        answers(site)
    falls_silent(row[3])
    assert conditions(live(NOON)) == {"core": "up", "ring": "up", "bs-1": "asleep", "bs-2": "down"}


def test_equipment_tells_that_a_sector_is_off_air_though_the_inventory_says_otherwise(row, no_finders, make_sector):
    one, _ = make_sector(row[2]), make_sector(row[2])
    answers(row[2])
    told = {"cells": [{"sector": one.slug, "is_active": False}]}
    counters = PmCounters.objects.create(site=row[2], told=told, off_air=1, to_at=NOON, asked_at=NOON)
    twin = live(NOON)
    assert twin.sectors == {one.slug: (Condition.ASLEEP, None)}  # in the last period; of those before nothing is said
    assert conditions(twin)["bs-1"] == "up"  # the other one sends
    PmCounters.objects.filter(pk=counters.pk).update(to_at=NOON - timedelta(hours=1))
    assert live(NOON + SECOND).sectors == {}  # what is old is not said any more


def test_a_station_whose_every_sector_is_told_to_be_off_air_is_asleep(row, no_finders, make_sector):
    sector = make_sector(row[2])
    answers(row[2])
    told = {"cells": [{"sector": sector.slug, "is_active": False}]}
    PmCounters.objects.create(site=row[2], told=told, off_air=1, to_at=NOON, asked_at=NOON)
    assert live(NOON).of_site(row[2].pk) == (Condition.ASLEEP, None)


def test_equipment_is_believed_of_its_own_sectors_and_those_that_sleep_by_the_inventory_are_not_listed(
    row, no_finders, make_sector
):
    own, asleep, other = make_sector(row[2]), make_sector(row[2], is_active=False), make_sector(row[3])
    for site in row[2:]:
        answers(site)
    told = {"cells": [{"sector": sector.slug, "is_active": False} for sector in (own, asleep, other)]}
    PmCounters.objects.create(site=row[2], told=told, off_air=3, to_at=NOON, asked_at=NOON)
    twin = live(NOON)
    assert set(twin.sectors) == {own.slug}
    assert [conditions(twin)[slug] for slug in ("bs-1", "bs-2")] == ["asleep", "up"]


def test_no_question_grows_with_the_sectors_that_sleep(row, no_finders, make_sector, django_assert_max_num_queries):
    made = [make_sector(row[2]) for _ in range(200)]
    answers(row[2])
    told = {"cells": [{"sector": sector.slug, "is_active": False} for sector in made]}
    PmCounters.objects.create(site=row[2], told=told, off_air=200, to_at=NOON, asked_at=NOON)
    with django_assert_max_num_queries(14) as asked:
        twin = live(NOON)
        assert len(overview(twin, row[2].region).sector_rows) == 200
    assert max(len(query["sql"]) for query in asked.captured_queries) < 3_000


def test_who_finds_out_that_a_link_is_cut_registers_it(row, no_finders):
    for site in row[1:]:
        answers(site)
    live_.register(lambda now: [Found(frozenset({"ring", "bs-1"}), Condition.DOWN, now)])
    twin = live(NOON)
    assert list(links(twin).values()) == ["up", "down", "up"]
    link = Link.objects.get(a=row[1])
    assert twin.of_link(link.pk) == (Condition.DOWN, NOON)
    assert twin.link_codes.tolist() == [CODE[Condition.UP], CODE[Condition.DOWN], CODE[Condition.UP]]


def test_of_several_findings_about_a_link_the_gravest_counts_whoever_came_last(row, no_finders):
    for site in row[1:]:
        answers(site)
    ends = frozenset({"ring", "bs-1"})
    live_.register(lambda now: [Found(ends, Condition.DOWN, now), Found(ends, Condition.DEGRADED, None)])
    live_.register(lambda _: [Found(ends, Condition.UNKNOWN, None)])
    assert live(NOON).of_link(Link.objects.get(a=row[1]).pk) == (Condition.DOWN, NOON)


def test_what_was_found_out_before_the_probes_fell_silent_is_not_known_any_more(row, no_finders):
    for site in row[1:]:
        answers(site)
    live_.register(lambda _: [Found(frozenset({"ring", "bs-1"}), Condition.DOWN, NOON)])
    assert list(links(live(NOON)).values()) == ["up", "down", "up"]
    assert set(links(live(NOON + timedelta(hours=1))).values()) == {"unknown"}


def test_a_link_that_the_inventory_does_not_hold_is_unknown(row, no_finders):
    assert live(NOON).of_link(987_654).condition is Condition.UNKNOWN


def test_a_look_at_an_inventory_that_changes_meanwhile_numbers_places_as_that_one_did(make_site, no_finders):
    first, core, station = make_site("first"), make_site("core", kind="core", probe_port=None), make_site("bs-1")
    Link.objects.create(a=core, b=station, length_km=5, rate_gbps=100, changed_at=NOON)
    answers(station)
    held = graph.snapshot()
    first.delete()
    assert live_look.look(held, {}, NOON).sites == {}


def test_a_verdict_is_in_the_twin_after_a_second_and_a_look_before_that_costs_the_version_only(
    row, no_finders, django_assert_num_queries
):
    for site in row[1:]:
        answers(site)
    first = live(NOON)
    falls_silent(row[3])
    with django_assert_num_queries(1):  # whether the inventory is still the same
        assert live(NOON + SECOND / 2) is first
    assert conditions(live(NOON + SECOND))["bs-2"] == "down"


def test_what_is_derived_lasts_until_a_condition_changes(row, no_finders):
    for site in row[1:]:
        answers(site)
    first, made = live(NOON), []
    first.derived.get("figure", lambda: made.append("figure"))
    for site in row[1:]:
        answers(site, NOON + SECOND)
    second = live(NOON + SECOND)
    assert (second.at, second.measured_at) == (NOON + SECOND, NOON + SECOND)
    assert (second.digest, second.derived) == (first.digest, first.derived)
    falls_silent(row[3], NOON + SECOND)
    third = live(NOON + 2 * SECOND)
    assert third.digest != first.digest
    assert third.derived is not first.derived


def test_a_changed_inventory_is_looked_at_anew(row, no_finders, make_site):
    before = live(NOON)
    made = make_site("bs-3")
    after = live(NOON)
    assert made.pk not in before.snapshot.place
    assert after.of_site(made.pk).condition is Condition.UNKNOWN


def test_a_look_at_a_calm_city_asks_the_same_few_questions_however_many_sites_there_are(
    row, no_finders, make_site, django_assert_max_num_queries
):
    for site in row[1:]:
        answers(site)
    live(NOON)
    for number in range(20):
        answers(make_site(f"more-{number}"))
    with django_assert_max_num_queries(12):
        assert live(NOON + SECOND).counts()[Condition.UP] == 24


def test_conditions_come_as_an_array_for_many_sites_at_once(row, no_finders):
    answers(row[1])
    twin = live(NOON)
    asked = np.array([[row[1].pk, row[3].pk], [0, 987_654]], np.int64)
    up, unknown = CODE[Condition.UP], CODE[Condition.UNKNOWN]
    assert twin.codes_of(asked).tolist() == [[up, unknown], [unknown, unknown]]
    assert carries(twin.codes_of(asked), with_unknown=False).tolist() == [[True, False], [False, False]]
    assert carries(twin.codes_of(asked), with_unknown=True).all()


def test_an_empty_inventory_has_a_twin(db, no_finders):
    twin = live(NOON)
    assert twin.codes_of(np.array([1])).tolist() == [CODE[Condition.UNKNOWN]]
    assert sum(twin.counts().values()) == 0


def test_it_starts_calmly_and_a_console_that_has_long_been_up_does_not_start(row, no_finders, make_site, monkeypatch):
    row.append(make_site("bs-3"))
    monkeypatch.setattr(live_.live_look.starts, "has_listened_for", lambda *_: False)
    assert live(NOON).is_starting
    answers(row[1], NOON + SECOND)
    assert live(NOON + SECOND).is_starting  # of ring and core it is known, of the stations not
    for site in row[2:]:
        answers(site, NOON + 2 * SECOND)
    assert not live(NOON + 2 * SECOND).is_starting
    monkeypatch.setattr(live_.live_look.starts, "has_listened_for", lambda *_: True)
    assert not live(NOON + timedelta(hours=1)).is_starting


def test_there_are_two_twins():
    assert [str(twin) for twin in Twin] == ["planned", "live"]


def test_who_waited_for_another_threads_look_does_not_look_again(row, no_finders, django_assert_num_queries):
    newest = live(NOON)
    with django_assert_num_queries(1):  # whether the inventory is still the same
        assert live(NOON - SECOND / 10) is newest  # read the clock before the other one, and asked after it
    assert live(NOON - 2 * SECOND) is not newest  # the clock was set back


def test_nobody_waits_for_ever_for_a_look_that_does_not_end(row, no_finders, monkeypatch):
    live(NOON)
    monkeypatch.setattr(snapshot_, "WAIT_S", 0.05)
    network = graph.snapshot()
    watch = network.derived.get(live_._Watch, lambda: None)
    with watch._lock:
        assert live(NOON + SECOND).at == NOON + SECOND
