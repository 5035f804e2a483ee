"""Sensing against worked values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels.radio import sensing

WORKED = sensing.Radar(target_dbsm=-20.0, system_margin_db=0.0)


def test_the_worked_radar_sees_a_small_drone_at_a_kilometre_by_39_7_decibels():
    assert sensing.snr_db(WORKED, 1_000.0) == pytest.approx(39.7, abs=0.05)


def test_the_system_margin_is_taken_off_as_it_is():
    honest = sensing.Radar(target_dbsm=-20.0)
    assert sensing.snr_db(WORKED, 1_000.0) - sensing.snr_db(honest, 1_000.0) == pytest.approx(18.0)


def test_ten_times_the_range_costs_forty_decibels_and_the_antenna_counts_twice():
    near_db, far_db = sensing.snr_db(WORKED, [100.0, 1_000.0])
    assert near_db - far_db == pytest.approx(40.0)
    assert far_db - sensing.snr_db(WORKED, 1_000.0, off_axis_db=3.0) == pytest.approx(6.0)


def test_albersheim_asks_for_13_11_decibels():
    assert sensing.required_snr_db(0.9, 1e-6, 1) == pytest.approx(13.11, abs=0.01)


def test_more_pulses_need_less_each():
    needed_db = [float(sensing.required_snr_db(0.9, 1e-6, pulses)) for pulses in (1, 2, 10, 100)]
    assert needed_db == sorted(needed_db, reverse=True)
    assert needed_db[0] - needed_db[2] < 10.0  # without phase ten pulses gain less than tenfold


def test_a_fluctuating_target_is_found_in_half_of_the_scans_at_12_77_decibels():
    needed_db = 10 * np.log10(np.log(1e-6) / np.log(0.5) - 1)
    assert sensing.detection_probability(needed_db, 1e-6) == pytest.approx(0.5)
    assert needed_db == pytest.approx(12.77, abs=0.01)


@given(st.floats(-60, 60), st.floats(0, 10), st.floats(1e-9, 0.1))
def test_more_signal_is_never_found_less_often(snr_db, more_db, false_alarm):
    low, high = sensing.detection_probability([snr_db, snr_db + more_db], false_alarm)
    assert false_alarm * 0.999 <= low <= high <= 1


def test_a_hundred_megahertz_tells_targets_1_5_metres_apart():
    assert sensing.range_resolution_m(100e6) == pytest.approx(1.499, abs=1e-3)


def test_speeds_are_told_apart_by_half_a_wavelength_per_second_of_integration():
    assert sensing.velocity_resolution_mps(4.9, 0.01) == pytest.approx(3.059, abs=1e-3)


def test_a_targets_coupling_loss_is_both_ways_less_its_cross_section():
    # by hand: 6 GHz, wavelength 0.04997 m: 10 log10(lambda^2 / 4 pi) = -37.02 dB
    loss_db = sensing.target_coupling_loss_db(100.0, 101.0, 6.0, -12.81)
    assert loss_db == pytest.approx(100 + 101 - 37.02 + 12.81, abs=0.01)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: sensing.snr_db(WORKED, 0.0), "range_m"),
        (lambda: sensing.detection_probability(10.0, 0.0), "false_alarm"),
        (lambda: sensing.required_snr_db(0.99), "detection"),
        (lambda: sensing.required_snr_db(0.9, 1e-2), "false_alarm"),
        (lambda: sensing.required_snr_db(0.9, 1e-6, 0), "pulses"),
        (lambda: sensing.range_resolution_m(0.0), "bandwidth_hz"),
        (lambda: sensing.velocity_resolution_mps(4.9, 0.0), "integration_s"),
        (lambda: sensing.velocity_resolution_mps(0.0, 1.0), "fc_ghz"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()
