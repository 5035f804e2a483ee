"""Counts of paths and corridors: what the model says now, never of a time before the inventory changed."""

from datetime import timedelta

import numpy as np
import pytest

from network.actions.radio import coverage
from network.actions.service_levels.modelled import corridors, minutes, paths
from network.actions.topology import path
from network.kernels.geodesy import from_enu
from network.models import Agreement, Corridor, Link, SampleDigest, subject
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ends(make_site):
    """Two probed sites 50 km of fibre apart."""
    a, b = make_site("a"), make_site("b", lon_deg=123.6)
    Link.objects.create(a=a, b=b, length_km=50, rate_gbps=100, changed_at=NOON)
    return a, b


def promise(kind, key, metric, objective=0.99):
    return Agreement.objects.create(kind=kind, key=key, metric=metric, objective=objective)


def probed(site, start, rounds, answered, untrusted=0):
    SampleDigest.objects.create(
        site=site, span_s=60, started_at=start, rounds=rounds, answered_rounds=answered, untrusted_rounds=untrusted,
        packets=rounds * 3, lost=0, histogram=b"",
    )  # fmt: skip


def figures_of(result):
    return [(minute.good, minute.total, minute.unknown_s) for minute in result]


def test_a_path_s_failures_are_those_of_both_ends_together_and_rounds_that_lack_are_unknown_time(ends):
    a, b = ends  # a minute has 30 rounds, one more or less
    probed(a, LATER, 30, 29)
    probed(b, LATER, 20, 17, untrusted=10)
    promised = promise("path", "a~b", "availability")
    assert figures_of(paths([promised], LATER, LATER + MINUTE)) == [(16, 20, 18.0)]


def test_more_failures_than_rounds_leave_none_good(ends):
    for site in ends:
        probed(site, LATER, 30, 5)
    assert figures_of(paths([promise("path", "a~b", "availability")], LATER, LATER + MINUTE)) == [(0, 30, 0.0)]


@pytest.mark.parametrize("untrusted", [None, 30])
def test_a_minute_in_which_one_end_was_not_measured_is_left_out(ends, untrusted):
    probed(ends[0], LATER, 30, 30)
    if untrusted:
        probed(ends[1], LATER, 0, 0, untrusted)
    assert figures_of(paths([promise("path", "a~b", "availability")], LATER, LATER + MINUTE)) == []


def test_without_a_way_between_its_ends_nothing_of_a_path_is_good(ends):
    for site in ends:
        probed(site, LATER, 30, 30)
    Link.objects.all().delete()
    assert figures_of(paths([promise("path", "a~b", "availability")], LATER, LATER + MINUTE)) == [(0, 30, 0.0)]


def test_an_end_that_nobody_probes_adds_nothing(ends, make_site):
    core = make_site("core", kind="core", probe_port=None)
    Link.objects.create(a=ends[0], b=core, length_km=1, rate_gbps=100, changed_at=NOON)
    probed(ends[0], LATER, 30, 28)
    assert figures_of(paths([promise("path", "a~core", "availability")], LATER, LATER + MINUTE)) == [(28, 30, 0.0)]


@pytest.mark.parametrize(("factor", "good"), [(1.001, 1), (0.999, 0)])
def test_a_round_trip_is_twice_the_modelled_percentile_against_its_objective(ends, factor, good):
    limit_ms = 2 * path.site_latency(ends[0].pk, ends[1].pk).p99_ms
    promised = promise("path", "a~b", "rtt_p99", limit_ms * factor)
    assert figures_of(paths([promised], LATER, LATER + 3 * MINUTE)) == [(good, 1, 0.0)] * 3


def test_what_was_before_the_inventory_changed_is_unknown(ends):
    promised = promise("path", "a~b", "rtt_p99", 60.0)
    Link.objects.update(changed_at=LATER + timedelta(seconds=90))
    counts = list(paths([promised], LATER, LATER + 4 * MINUTE))
    assert [minute.started_at for minute in counts] == [LATER + 2 * MINUTE, LATER + 3 * MINUTE]


def test_only_whole_minutes_are_counted():
    since, until = NOON + timedelta(seconds=1), NOON + timedelta(minutes=3, seconds=59)
    assert list(minutes(since, until)) == [NOON + MINUTE, NOON + 2 * MINUTE]
    assert list(minutes(NOON, NOON + MINUTE)) == [NOON]


def test_a_path_whose_end_was_removed_is_unknown(ends):
    promised = promise("path", "a~gone", "rtt_p99", 60.0)
    assert figures_of(paths([promised], LATER, LATER + MINUTE)) == []


# --- Corridors -------------------------------------------------------------------------------------------------------


@pytest.fixture
def corridor(region, make_site, make_sector):
    """A private corridor over 8 km from above a station outwards: covered near it, not far from it."""
    make_sector(make_site("bs"), pattern="omni", tilt_deg=0, power_dbm=20)
    lat_deg, lon_deg = from_enu(np.array([0.0, 8_000.0]), np.zeros(2), 29.0, 123.5)
    return Corridor.objects.create(
        region=region, slug="c-1", name_en="C", name_zh="C", lowest_m=60, highest_m=120, is_public=False,
        path_lon_lat_deg=np.stack([lon_deg, lat_deg], 1).tolist(), changed_at=NOON,
    )  # fmt: skip


def test_a_corridor_counts_its_covered_metres_as_its_map_shows_them(corridor, region):
    promised = promise("corridor", "c-1", "coverage", 0.9)
    features = [corridor_features["properties"] for corridor_features in coverage.corridor_features(region)]
    covered_m = sum(feature["length_m"] for feature in features if feature["is_covered"])
    (minute,) = corridors([promised], LATER, LATER + MINUTE)
    assert (minute.good, minute.total) == (pytest.approx(covered_m, abs=3), pytest.approx(8_000, abs=20))
    assert 0 < minute.good < minute.total


def test_a_corridor_above_the_model_is_unknown(corridor):
    Corridor.objects.update(lowest_m=500, highest_m=600)
    assert figures_of(corridors([promise("corridor", "c-1", "coverage", 0.9)], LATER, LATER + MINUTE)) == []


def test_a_corridor_is_counted_from_what_was_worked_out_before(corridor, monkeypatch):
    promised = promise("corridor", "c-1", "coverage", 0.9)
    first = figures_of(corridors([promised], LATER, LATER + MINUTE))
    monkeypatch.setattr(coverage.connectivity, "corridor_way", lambda *_: pytest.fail("worked out again"))
    assert figures_of(corridors([promised], LATER, LATER + MINUTE)) == first


def test_another_goal_is_judged_on_what_was_worked_out_before(corridor, region, monkeypatch):
    """One second for each new goal, whatever it was, before: now comparisons only."""
    shares = [coverage.corridor_shares(region, coverage.Goals(-140.0, -20.0))["c-1"].share]
    coverage.kpis(region, LATER)
    monkeypatch.setattr(coverage.connectivity, "corridor_way", lambda *_: pytest.fail("worked out again"))
    monkeypatch.setattr(coverage.coverage, "received", lambda *_: pytest.fail("worked out again"))
    for step in range(1, 40):
        goals = coverage.Goals(-140.0 + 2.37 * step, -20.0)
        shares.append(coverage.corridor_shares(region, goals)["c-1"].share)
        coverage.kpis(region, LATER, goals)
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[-1]


def test_paths_and_corridors_are_among_the_sources():
    assert subject.of("path").is_counted
    assert subject.of("corridor").is_counted
