"""What is received of a sector, against sums done by hand and the physics of interference."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels.radio import radio, sector
from network.kernels.radio.sector import NOWHERE, Sector

OMNI = Sector(0.0, 0.0, 25.0, 0.0, 0.0, 53.0, 4.9, 100e6, pattern="omni", omni_dbi=10.0)
MAST = Sector(0.0, 0.0, 25.0, 90.0, 6.0, 53.0, 4.9, 100e6)


def moved(changed, **values):
    return dataclasses.replace(changed, **values)


def test_power_spreads_evenly_over_the_subcarriers():
    # 100 MHz hold 3,333 subcarriers of 30 kHz: 35.23 dB
    assert OMNI.subcarrier_dbm == pytest.approx(53 - 35.23, abs=0.01)


def test_reference_signal_power_in_certain_sight_is_power_and_gain_less_the_loss():
    # slant range 1,015.2 m: 28 + 22 x 3.0066 + 20 log10(4.9) = 107.95 dB
    antennas = sector.received_dbm(OMNI, 0.0, 1_000.0, 200.0)
    assert antennas == pytest.approx(53 - 35.23 + 10 - 107.95, abs=0.01)


@pytest.mark.parametrize(
    ("scenario", "h_bs_m", "h_ut_m"), [("UMa", 25, 1.5), ("UMa", 25, 60), ("UMi", 10, 120), ("RMa", 35, 30)]
)
def test_the_expected_loss_is_weighted_in_decibels_by_the_probability_of_sight(scenario, h_bs_m, h_ut_m):
    sight = float(radio.los_probability(scenario, 800.0, h_ut_m))
    seen_db, hidden_db = radio.path_loss_db(scenario, 800.0, h_bs_m, h_ut_m, 4.9, [True, False])
    antennas = sector.expected_loss_db(scenario, 800.0, h_bs_m, h_ut_m, 4.9)
    assert antennas == pytest.approx(sight * seen_db + (1 - sight) * hidden_db)
    assert 0 < sight < 1


def test_where_sight_is_certain_the_expected_loss_is_that_of_sight():
    antennas = sector.expected_loss_db("UMa", [100.0, 4_000.0], 25.0, 200.0, 4.9)
    assert antennas == pytest.approx(radio.path_loss_db("UMa", [100.0, 4_000.0], 25.0, 200.0, 4.9, True))


def test_the_boresight_receives_most_and_the_back_thirty_decibels_less():
    front_dbm, back_dbm = sector.received_dbm(MAST, [500.0, -500.0], 0.0, 1.5)
    assert front_dbm - back_dbm == pytest.approx(30.0, abs=0.2)


def test_a_lone_sector_has_only_noise_beside_its_signal():
    antennas = sector.signals_at([OMNI], 0.0, 300.0, 200.0)
    noise_dbm = radio.noise_dbm(30e3, 9.0)
    assert antennas.sinr_db == pytest.approx(antennas.rsrp_dbm - noise_dbm)
    assert antennas.rate_bps == pytest.approx(4.4 * 100e6)


def test_midway_between_two_like_sectors_signal_and_interference_are_equal():
    pair = [moved(OMNI, east_m=-200.0), moved(OMNI, east_m=200.0)]
    assert sector.signals_at(pair, 0.0, 0.0, 120.0).sinr_db == pytest.approx(0.0, abs=0.01)


def test_a_neighbour_at_half_load_interferes_three_decibels_less():
    pair = [moved(OMNI, east_m=-200.0, load_share=0.5), moved(OMNI, east_m=200.0, load_share=0.5)]
    assert sector.signals_at(pair, 0.0, 0.0, 120.0).sinr_db == pytest.approx(3.01, abs=0.01)


def test_a_neighbour_on_another_carrier_does_not_interfere():
    other = moved(OMNI, east_m=300.0, fc_ghz=2.6, power_dbm=40.0)
    alone, beside = (sector.signals_at(antennas, 0.0, 100.0, 120.0) for antennas in ([OMNI], [OMNI, other]))
    assert beside.server == 0
    assert beside.sinr_db == pytest.approx(alone.sinr_db)


def test_beyond_the_reach_of_the_formulas_nothing_is_known():
    antennas = sector.signals_at([OMNI], [0.0, 0.0], [3_999.0, 4_001.0], 120.0)
    assert list(antennas.server) == [0, NOWHERE]
    assert np.isfinite(antennas.rsrp_dbm[0])
    assert np.isnan([antennas.rsrp_dbm[1], antennas.sinr_db[1], antennas.rate_bps[1]]).all()


def test_without_sectors_nothing_is_known():
    antennas = sector.signals_at([], [0.0, 1.0], 0.0, 1.5)
    assert list(antennas.server) == [NOWHERE, NOWHERE]
    assert np.isnan(antennas.rsrp_dbm).all()


@given(st.floats(-3_000, 3_000), st.floats(-2_000, 2_000), st.floats(1.5, 300))
def test_one_more_sector_never_weakens_the_strongest_signal(east_m, north_m, height_m):
    fewer, more = [MAST], [MAST, moved(MAST, east_m=500.0, bearing_deg=210.0)]
    weak, strong = (sector.signals_at(antennas, east_m, north_m, height_m).rsrp_dbm for antennas in (fewer, more))
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


@pytest.mark.parametrize(
    ("name", "low", "high", "beyond"),
    [("height_m", 1.0, 150.0, 0.01), ("bearing_deg", -360.0, 360.0, 0.1), ("downtilt_deg", -90.0, 90.0, 0.1),
     ("power_dbm", -30.0, 80.0, 0.1), ("fc_ghz", 0.5, 100.0, 0.01), ("bandwidth_hz", 30e3, 10e9, 1.0),
     ("omni_dbi", -30.0, 50.0, 0.1), ("load_share", 0.0, 1.0, 0.01), ("elements", 1, 64, 1)],
)  # fmt: skip
def test_both_ends_of_a_range_are_within_it_and_what_lies_beyond_is_refused(name, low, high, beyond):
    assert [getattr(moved(MAST, **{name: end}), name) for end in (low, high)] == [low, high]
    for value in (low - beyond, high + beyond):
        with pytest.raises(ValueError, match=f"^{name} is .*; expected {low:g} to {high:g}".replace("+", r"\+")):
            moved(MAST, **{name: value})


def test_a_sector_has_the_gain_of_its_pattern_and_its_own_tilt():
    assert moved(MAST, pattern="sector").gain_dbi(96.0, 35.0) == pytest.approx(11.0)  # half the width off: 14 - 3
    # four elements in the direction of the tilt: 6.021 dB, and an element 6 degrees below its boresight 8 - 0.102 dBi
    column = moved(MAST, elements=4, spacing_wavelengths=0.8)
    assert column.gain_dbi(96.0, 0.0) == pytest.approx(13.918, abs=1e-3)
    # cos 80 - cos 96 = 0.27818; sin(4 x 0.8 pi x 0.27818) / sin(0.8 pi x 0.27818) = 0.33825 / 0.64356; squared, over 4
    assert column.gain_dbi(80.0, 0.0) == pytest.approx(8 - 12 * (10 / 65) ** 2 + 10 * np.log10(0.0690625), abs=1e-3)
    assert OMNI.gain_dbi([10.0, 20.0], 3.0).tolist() == [10.0, 10.0]


def test_the_formulas_reach_four_kilometres_in_the_air_and_five_on_the_ground():
    assert sector.reach_m("UMa", [22.5, 22.6]).tolist() == [5_000, 4_000]
    assert sector.reach_m("RMa", 1.5) == 10_000


def test_the_least_distance_is_ten_metres_on_the_ground_and_in_the_air_one_along_the_slant():
    assert sector.nearest_m("UMa", [0.6, 0.6, 0.0, 5.0], [22.5, 30, 30, 30]) == pytest.approx([10.0, 0.8, 1.0, 0.0])
    under, beside = sector.received_dbm(OMNI, [0.0, 0.0], [0.0, 10.0], 1.5)
    assert under == pytest.approx(beside)


def test_sight_is_told_for_any_distance_as_of_the_nearest_within_reach():
    shares = sector.sight_probability("UMa", [0.0, 10.0, 500.0, 5_000.0, 9_000.0], 1.5)
    near, middle, far = radio.los_probability("UMa", [10.0, 500.0, 5_000.0], 1.5)
    assert shares == pytest.approx([near, near, middle, far, far])


def test_noise_in_a_subcarrier_is_minus_120_dbm():
    assert sector.noise_mw() == pytest.approx(9.4868e-13, rel=1e-4)  # -174 + 44.771 + 9 = -120.229 dBm


def test_signals_are_those_of_a_sum_over_sectors_place_by_place():
    rng = np.random.default_rng(5)
    few = [
        moved(MAST, east_m=float(east), north_m=float(north), bearing_deg=float(turn), load_share=float(load),
              fc_ghz=carrier, bandwidth_hz=width, power_dbm=40.0)
        for east, north, turn, load, carrier, width in zip(
            *rng.uniform(-900, 900, (2, 5)), rng.uniform(0, 360, 5), rng.uniform(0.1, 1, 5),
            [4.9, 4.9, 2.6, 2.6, 4.9], [100e6, 40e6, 20e6, 60e6, 80e6], strict=True)
    ]  # fmt: skip
    places = [(float(east), float(north), float(height)) for east, north, height in zip(
        *rng.uniform(-1_500, 1_500, (2, 30)), rng.uniform(1.5, 200, 30), strict=True)]  # fmt: skip
    signals = sector.signals_at(few, *(np.array(column).reshape(5, 6) for column in zip(*places, strict=True)))
    assert len(set(signals.server.ravel().tolist())) > 2
    for place, where in zip(places, np.ndindex(5, 6), strict=True):
        powers = [10 ** (float(sector.received_dbm(antenna, *place)) / 10) for antenna in few]
        best = max(range(5), key=powers.__getitem__)
        others = sum(
            power * antenna.load_share for number, (power, antenna) in enumerate(zip(powers, few, strict=True))
            if number != best and antenna.fc_ghz == few[best].fc_ghz
        )  # fmt: skip
        sinr_db = 10 * np.log10(powers[best] / (others + 9.4868e-13))
        assert signals.server[where] == best
        assert signals.rsrp_dbm[where] == pytest.approx(10 * np.log10(powers[best]))
        assert signals.sinr_db[where] == pytest.approx(sinr_db, abs=1e-3)
        rate_bps = few[best].bandwidth_hz * radio.spectral_efficiency_bps_per_hz(sinr_db)
        assert signals.rate_bps[where] == pytest.approx(rate_bps, rel=1e-3)
