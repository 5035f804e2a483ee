"""Corridors and flights: what is covered along a way, by hand-made networks with known answers."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels.radio import connectivity, sector
from network.kernels.radio.connectivity import Corridor, Need, Path, Reason, RouteCover
from network.kernels.radio.sector import Sector

OMNI = Sector(0.0, 0.0, 25.0, 0.0, 0.0, 53.0, 4.9, 100e6, pattern="omni", omni_dbi=10.0)
EAST = dataclasses.replace(OMNI, east_m=1_000.0)


def corridor(*east_m, north_m=0.0, lowest_m=110.0, highest_m=200.0):
    return Corridor(tuple(east_m), (north_m,) * len(east_m), lowest_m, highest_m)


def flight(east_m, height_m=120.0, speed_mps=10.0):
    east_m = np.array(east_m, float)
    at_s = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(east_m)) / speed_mps)])
    return Path(at_s, east_m, np.zeros_like(east_m), np.full_like(east_m, height_m))


def test_a_corridor_within_reach_of_a_strong_station_is_covered_whole():
    cover = connectivity.corridor_cover(corridor(-2_000.0, 2_000.0), [OMNI])
    assert cover == RouteCover(pytest.approx(4_000.0), pytest.approx(4_000.0))
    assert cover.share == 1.0


def test_a_corridor_is_covered_by_length_up_to_where_the_reach_ends():
    # reach ends 4 km away: of 8 km the first half is covered
    cover = connectivity.corridor_cover(corridor(0.0, 8_000.0), [OMNI])
    assert cover.length_m == pytest.approx(8_000.0)
    assert cover.share == pytest.approx(0.5)


def test_a_corridor_is_not_covered_where_one_height_of_its_band_is_not():
    downward = dataclasses.replace(OMNI, pattern="column", downtilt_deg=30.0, power_dbm=30.0)
    low, high, band = (
        connectivity.corridor_cover(
            corridor(100.0, 1_500.0, lowest_m=lowest_m, highest_m=highest_m), [downward], step_m=10.0
        )
        for lowest_m, highest_m in [(120.0, 120.0), (200.0, 200.0), (120.0, 200.0)]
    )
    assert band.covered_m <= min(low.covered_m, high.covered_m)


def test_a_corridor_between_two_equal_stations_is_lost_where_they_drown_each_other():
    pair = [dataclasses.replace(OMNI, east_m=-500.0), dataclasses.replace(OMNI, east_m=500.0)]
    cover = connectivity.corridor_cover(corridor(-1_000.0, 1_000.0), pair, sinr_goal_db=1.0)
    signals = sector.signals_at(pair, np.linspace(-999, 999, 999), 0.0, [[110.0], [155.0], [200.0]])
    assert cover.share == pytest.approx((signals.sinr_db >= 1.0).all(axis=0).mean(), abs=0.05)
    assert 0 < cover.share < 1


@given(st.floats(5, 400))
def test_the_length_of_a_corridor_does_not_depend_on_the_step(step_m):
    bent = Corridor((0.0, 300.0, 300.0), (0.0, 400.0, 900.0), 30.0, 60.0)
    assert connectivity.corridor_cover(bent, [OMNI], step_m=step_m).length_m == pytest.approx(1_000.0)


def test_corridors_count_together_by_their_length():
    whole = connectivity.routes_cover([RouteCover(1_000.0, 1_000.0), RouteCover(3_000.0, 600.0)])
    assert whole.share == pytest.approx(0.4)
    assert connectivity.routes_cover([]).share is None


@pytest.mark.parametrize(
    "values",
    [
        ((0.0,), (0.0,), 60.0, 120.0),
        ((0.0, 1.0), (0.0,), 60.0, 120.0),
        ((0.0, float("nan")), (0.0, 0.0), 60.0, 120.0),
        ((0.0, 1.0), (0.0, 0.0), 120.0, 60.0),
        ((0.0, 1.0), (0.0, 0.0), 60.0, 400.0),
    ],
)
def test_an_impossible_corridor_is_refused(values):
    with pytest.raises(ValueError, match="expected"):
        Corridor(*values)


def test_a_flight_near_a_station_keeps_its_control_link():
    (segment,) = connectivity.control_link(flight([0.0, 500.0]), [OMNI], [2.0])
    assert segment.is_feasible is True
    assert segment.reasons == ()
    assert segment.servers == (0,)
    assert segment.latency_ms == pytest.approx(2.0 + 3.37)
    assert segment.weakest_at_s == pytest.approx(50.0)


def test_rates_follow_from_the_worst_sample_and_the_margin():
    (segment,) = connectivity.control_link(flight([100.0, 3_000.0]), [OMNI], [2.0])
    worst = sector.signals_at([OMNI], 3_000.0, 0.0, 120.0)
    # up: 23 dBm less the same coupling, noise of 1.44 MHz at 5 dB and 3 dB of interference: -104.4 dBm
    coupling_db = OMNI.subcarrier_dbm - worst.rsrp_dbm
    snr_db = 23.0 - coupling_db - (-174 + 61.58 + 5 + 3) - 7.4
    assert segment.rsrp_dbm == pytest.approx(float(worst.rsrp_dbm))
    assert segment.uplink_bps == pytest.approx(min(0.6 * np.log2(1 + 10 ** (snr_db / 10)), 4.4) * 1.44e6, rel=1e-3)
    assert segment.uplink_bps <= segment.downlink_bps


def test_the_segment_that_leaves_the_reach_is_named_and_the_others_stay_feasible():
    near, leaving, away = connectivity.control_link(flight([0.0, 3_000.0, 5_000.0, 6_000.0]), [OMNI], [2.0])
    assert (near.is_feasible, leaving.is_feasible, away.is_feasible) == (True, False, False)
    assert leaving.reasons == away.reasons == (Reason.OUT_OF_REACH,)
    assert (away.rsrp_dbm, away.latency_ms, away.servers, away.uplink_bps) == (None, None, (), 0.0)
    assert leaving.servers == (0,)


def test_an_unknown_latency_is_no_verdict_but_a_weak_signal_still_is():
    (unknown,) = connectivity.control_link(flight([0.0, 500.0]), [OMNI], [np.nan])
    assert (unknown.is_feasible, unknown.reasons, unknown.latency_ms) == (None, (Reason.LATENCY_UNKNOWN,), None)
    (weak,) = connectivity.control_link(flight([0.0, 500.0]), [OMNI], [np.nan], Need(rsrp_dbm=-10.0))
    assert (weak.is_feasible, weak.reasons) == (False, (Reason.RSRP,))


@pytest.mark.parametrize(
    ("need", "reason"),
    [
        (Need(rsrp_dbm=-10.0), Reason.RSRP),
        (Need(sinr_db=90.0), Reason.SINR),
        (Need(latency_ms=5.0), Reason.LATENCY),
        (Need(terminal_dbm=-60.0), Reason.UPLINK_RATE),
    ],
)
def test_each_need_that_is_not_met_is_named(need, reason):
    (segment,) = connectivity.control_link(flight([0.0, 500.0]), [OMNI], [2.0], need)
    assert segment.is_feasible is False
    assert segment.reasons == (reason,)


def test_a_rate_beyond_the_granted_band_is_named_both_ways():
    (segment,) = connectivity.control_link(flight([0.0, 500.0]), [OMNI], [2.0], Need(rate_bps=10e6))
    assert segment.reasons == (Reason.DOWNLINK_RATE, Reason.UPLINK_RATE)


def test_handovers_show_in_the_order_of_flight():
    (segment,) = connectivity.control_link(flight([-200.0, 1_200.0]), [OMNI, EAST], [2.0, 2.0])
    assert segment.servers == (0, 1)
    assert segment.weakest_at_s == pytest.approx(70.0, abs=5.0)


def test_a_start_from_the_ground_is_judged_at_a_metre_and_a_half():
    climb = Path(np.array([0.0, 30.0]), np.array([50.0, 50.0]), np.zeros(2), np.array([0.0, 60.0]))
    (segment,) = connectivity.control_link(climb, [OMNI], [2.0])
    assert segment.is_feasible is True


def test_without_sectors_nothing_is_reached():
    (segment,) = connectivity.control_link(flight([0.0, 100.0]), [], [])
    assert segment.reasons == (Reason.OUT_OF_REACH,)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"at_s": [0.0, 0.0]}, "at_s"),
        ({"at_s": [0.0]}, "shape"),
        ({"east_m": [0.0, float("inf")]}, "finite"),
        ({"height_m": [10.0, 301.0]}, "height_m"),
    ],
)
def test_an_impossible_path_is_refused_by_name(changes, named):
    values = {"at_s": [0.0, 1.0], "east_m": [0.0, 1.0], "north_m": [0.0, 1.0], "height_m": [10.0, 10.0]} | changes
    with pytest.raises(ValueError, match=named):
        Path(**{name: np.array(value, float) for name, value in values.items()})


def test_too_many_samples_and_a_misfit_of_latencies_are_refused():
    with pytest.raises(ValueError, match="samples"):
        connectivity.control_link(flight([0.0, 1e9]), [OMNI], [2.0])
    with pytest.raises(ValueError, match="step_m"):
        connectivity.control_link(flight([0.0, 1e3]), [OMNI], [2.0], step_m=0.0)
    with pytest.raises(ValueError, match="transport_ms"):
        connectivity.control_link(flight([0.0, 1e3]), [OMNI], [2.0, 3.0])


def test_the_pieces_of_a_corridor_join_end_to_end_and_say_what_is_not_known():
    pieces = connectivity.corridor_pieces(corridor(0.0, 8_000.0), [OMNI])
    assert pieces.east_m[1:, 0] == pytest.approx(pieces.east_m[:-1, 1])
    assert pieces.length_m.sum() == pytest.approx(8_000)
    middle_m = pieces.east_m.mean(axis=1)
    assert (pieces.is_known == (middle_m <= 4_000)).all()  # nothing reaches beyond 4 km: neither good nor bad
    assert (np.isnan(pieces.sinr_db) == ~pieces.is_known).all()
    assert pieces.cover.covered_m == pytest.approx(pieces.length_m[pieces.is_covered].sum())


def test_a_piece_that_misses_a_goal_at_one_height_is_known_to_be_bad_though_another_is_out_of_reach():
    tall = connectivity.Corridor((4_500.0, 4_900.0), (0.0, 0.0), 1.5, 120.0)  # 5 km of reach on the ground, 4 km above
    pieces = connectivity.corridor_pieces(tall, [OMNI], rsrp_goal_dbm=-60.0)
    assert pieces.is_known.all()
    assert not pieces.is_covered.any()
