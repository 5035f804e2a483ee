"""What is received of a sector, against sums done by hand and the physics of interference."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels import radio, sector
from network.kernels.sector import NOWHERE, Sector

OMNI = Sector(0.0, 0.0, 25.0, 0.0, 0.0, 53.0, 4.9, 100e6, pattern="omni", omni_dbi=10.0)
MAST = Sector(0.0, 0.0, 25.0, 90.0, 6.0, 53.0, 4.9, 100e6)


def moved(changed, **values):
    return dataclasses.replace(changed, **values)


def test_power_spreads_evenly_over_the_subcarriers():
    # 100 MHz hold 3,333 subcarriers of 30 kHz: 35.23 dB
    assert OMNI.subcarrier_dbm == pytest.approx(53 - 35.23, abs=0.01)


def test_reference_signal_power_in_certain_sight_is_power_and_gain_less_the_loss():
    # slant range 1,015.2 m: 28 + 22 x 3.0066 + 20 log10(4.9) = 107.95 dB
    found = sector.received_dbm(OMNI, 0.0, 1_000.0, 200.0)
    assert found == pytest.approx(53 - 35.23 + 10 - 107.95, abs=0.01)


@pytest.mark.parametrize(
    ("scenario", "h_bs_m", "h_ut_m"), [("UMa", 25, 1.5), ("UMa", 25, 60), ("UMi", 10, 120), ("RMa", 35, 30)]
)
def test_the_expected_loss_is_weighted_in_decibels_by_the_probability_of_sight(scenario, h_bs_m, h_ut_m):
    sight = float(radio.los_probability(scenario, 800.0, h_ut_m))
    seen_db, hidden_db = radio.path_loss_db(scenario, 800.0, h_bs_m, h_ut_m, 4.9, [True, False])
    found = sector.expected_loss_db(scenario, 800.0, h_bs_m, h_ut_m, 4.9)
    assert found == pytest.approx(sight * seen_db + (1 - sight) * hidden_db)
    assert 0 < sight < 1


def test_where_sight_is_certain_the_expected_loss_is_that_of_sight():
    found = sector.expected_loss_db("UMa", [100.0, 4_000.0], 25.0, 200.0, 4.9)
    assert found == pytest.approx(radio.path_loss_db("UMa", [100.0, 4_000.0], 25.0, 200.0, 4.9, True))


def test_the_boresight_receives_most_and_the_back_thirty_decibels_less():
    front_dbm, back_dbm = sector.received_dbm(MAST, [500.0, -500.0], 0.0, 1.5)
    assert front_dbm - back_dbm == pytest.approx(30.0, abs=0.2)


def test_a_lone_sector_has_only_noise_beside_its_signal():
    found = sector.signals_at([OMNI], 0.0, 300.0, 200.0)
    noise_dbm = radio.noise_dbm(30e3, 9.0)
    assert found.sinr_db == pytest.approx(found.rsrp_dbm - noise_dbm)
    assert found.rate_bps == pytest.approx(4.4 * 100e6)


def test_midway_between_two_like_sectors_signal_and_interference_are_equal():
    pair = [moved(OMNI, east_m=-200.0), moved(OMNI, east_m=200.0)]
    assert sector.signals_at(pair, 0.0, 0.0, 120.0).sinr_db == pytest.approx(0.0, abs=0.01)


def test_a_neighbour_at_half_load_interferes_three_decibels_less():
    pair = [moved(OMNI, east_m=-200.0, load_share=0.5), moved(OMNI, east_m=200.0, load_share=0.5)]
    assert sector.signals_at(pair, 0.0, 0.0, 120.0).sinr_db == pytest.approx(3.01, abs=0.01)


def test_a_neighbour_on_another_carrier_does_not_interfere():
    other = moved(OMNI, east_m=300.0, fc_ghz=2.6, power_dbm=40.0)
    alone, beside = (sector.signals_at(found, 0.0, 100.0, 120.0) for found in ([OMNI], [OMNI, other]))
    assert beside.server == 0
    assert beside.sinr_db == pytest.approx(alone.sinr_db)


def test_beyond_the_reach_of_the_formulas_nothing_is_known():
    found = sector.signals_at([OMNI], [0.0, 0.0], [3_999.0, 4_001.0], 120.0)
    assert list(found.server) == [0, NOWHERE]
    assert np.isfinite(found.rsrp_dbm[0])
    assert np.isnan([found.rsrp_dbm[1], found.sinr_db[1], found.rate_bps[1]]).all()


def test_without_sectors_nothing_is_known():
    found = sector.signals_at([], [0.0, 1.0], 0.0, 1.5)
    assert list(found.server) == [NOWHERE, NOWHERE]
    assert np.isnan(found.rsrp_dbm).all()


@given(st.floats(-3_000, 3_000), st.floats(-2_000, 2_000), st.floats(1.5, 300))
def test_one_more_sector_never_weakens_the_strongest_signal(east_m, north_m, height_m):
    fewer, more = [MAST], [MAST, moved(MAST, east_m=500.0, bearing_deg=210.0)]
    weak, strong = (sector.signals_at(found, east_m, north_m, height_m).rsrp_dbm for found in (fewer, more))
    assert strong >= weak


@given(st.floats(20, 3_900), st.floats(0, 360), st.floats(1.5, 300))
def test_turning_antenna_and_user_together_changes_nothing(away_m, turn_deg, height_m):
    east_m, north_m = away_m * np.sin(np.radians(turn_deg + 40)), away_m * np.cos(np.radians(turn_deg + 40))
    there = sector.received_dbm(moved(MAST, bearing_deg=turn_deg), east_m, north_m, height_m)
    here = sector.received_dbm(
        moved(MAST, bearing_deg=0.0), away_m * np.sin(np.radians(40)), away_m * np.cos(np.radians(40)), height_m
    )
    assert there == pytest.approx(here, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "value"),
    [("height_m", 0.0), ("power_dbm", 90.0), ("power_dbm", float("nan")), ("fc_ghz", 0.1), ("bandwidth_hz", 0.0), ("load_share", 1.1),
     ("elements", 0), ("downtilt_deg", 91.0), ("east_m", float("inf")), ("scenario", "InH"), ("pattern", "dish")],
)  # fmt: skip
def test_an_impossible_sector_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        moved(MAST, **{name: value})
