"""Antenna patterns against hand-computed values and the physics of arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels.radio import antenna

zeniths = st.floats(0, 180)
azimuths = st.floats(-180, 180)


@pytest.mark.parametrize(
    ("zenith_deg", "azimuth_deg", "gain_dbi"),
    [
        (90, 0, 8.0),
        (90, 32.5, 5.0),  # half the width off: 3 dB
        (122.5, 0, 5.0),
        (122.5, 32.5, 2.0),
        (90, 65, -4.0),
        (90, 180, -22.0),
        (0, 180, -22.0),
    ],
)
def test_an_element_has_the_gain_of_the_table(zenith_deg, azimuth_deg, gain_dbi):
    assert antenna.element_gain_dbi(zenith_deg, azimuth_deg) == pytest.approx(gain_dbi)


@given(zeniths, azimuths)
def test_an_element_looks_the_same_to_both_sides_and_stays_within_its_bounds(zenith_deg, azimuth_deg):
    gain_dbi = antenna.element_gain_dbi(zenith_deg, azimuth_deg)
    assert gain_dbi == pytest.approx(antenna.element_gain_dbi(180 - zenith_deg, -azimuth_deg))
    assert -22.0 <= gain_dbi <= 8.0


@pytest.mark.parametrize("downtilt_deg", [0, 4, 12, 30])
def test_a_column_of_ten_gains_ten_decibels_where_it_is_tilted_to(downtilt_deg):
    assert antenna.column_gain_db(90 + downtilt_deg, 10, downtilt_deg) == pytest.approx(10.0)


@given(zeniths, st.integers(1, 16), st.floats(-45, 45), st.floats(0.3, 1.5))
def test_a_column_is_the_sum_of_its_elements_phasors(zenith_deg, count, downtilt_deg, spacing):
    steered = np.cos(np.radians(zenith_deg)) - np.cos(np.radians(90 + downtilt_deg))
    summed = abs(np.exp(2j * np.pi * spacing * steered * np.arange(count)).sum()) ** 2 / count
    values = 10 ** (antenna.column_gain_db(zenith_deg, count, downtilt_deg, spacing) / 10)
    assert values == pytest.approx(max(summed, 1e-3), abs=1e-6)


@pytest.mark.parametrize(("count", "downtilt_deg"), [(1, 0), (4, 6), (10, 12), (16, 3)])
def test_a_column_at_half_a_wavelength_radiates_no_more_power_than_it_is_fed(count, downtilt_deg):
    cosine = np.linspace(-1, 1, 200_001)  # even steps of the cosine are even steps of solid angle
    zenith_deg = np.degrees(np.arccos(cosine))
    power = 10 ** (antenna.column_gain_db(zenith_deg, count, downtilt_deg) / 10)
    assert power.mean() == pytest.approx(1.0, rel=2e-3)


def test_a_single_element_is_a_column_of_no_gain():
    assert antenna.column_gain_db(np.arange(0, 181), 1, 12) == pytest.approx(0.0)


def test_the_nulls_of_a_column_lie_where_the_phasors_cancel():
    first_null_deg = np.degrees(np.arccos(np.cos(np.radians(102)) + 2 / 10))
    assert antenna.column_gain_db(first_null_deg, 10, 12) == antenna.NULL_DB


def test_the_ten_element_column_peaks_near_eighteen_dbi_below_the_horizon():
    zenith_deg = np.arange(85.0, 115.0, 0.1)
    gain_dbi = antenna.column_sector_gain_dbi(zenith_deg, 0.0, 10, 12)
    assert gain_dbi.max() == pytest.approx(17.6, abs=0.05)
    assert zenith_deg[gain_dbi.argmax()] == pytest.approx(102, abs=0.5)


@pytest.mark.parametrize(
    ("zenith_deg", "azimuth_deg", "gain_dbi"),
    [
        (102, 0, 14.0),
        (107, 0, 11.0),
        (102, 35, 11.0),
        (107, 35, 8.0),
        (90, 0, 14 - 17.28),
        (60, 0, -6.0),
        (60, 180, -11.0),
    ],
)
def test_the_simple_sector_has_the_gain_of_its_table(zenith_deg, azimuth_deg, gain_dbi):
    assert antenna.sector_gain_dbi(zenith_deg, azimuth_deg, 12) == pytest.approx(gain_dbi)


@pytest.mark.parametrize(
    ("bearing_deg", "boresight_deg", "off_deg"),
    [(10, 350, 20), (350, 10, -20), (180, 0, -180), (90, 90, 0), (0, 359, 1)],
)
def test_the_way_off_the_boresight_is_the_short_one_round(bearing_deg, boresight_deg, off_deg):
    assert antenna.off_boresight_deg(bearing_deg, boresight_deg) == pytest.approx(off_deg)


def test_bearings_count_clockwise_from_north():
    assert antenna.bearing_deg([0, 1, 0, -1], [1, 0, -1, 0]) == pytest.approx([0, 90, 180, 270])


def test_a_user_below_the_antenna_is_seen_under_the_horizon_and_a_drone_above_it():
    assert antenna.zenith_deg([100, 100, 0, 0], [-100, 100, 10, -10]) == pytest.approx([135, 45, 0, 180])


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((0, 12, 0.5), "count"), ((10, 91, 0.5), "downtilt_deg"), ((10, 12, 0.0), "spacing_wavelengths")],
)
def test_an_impossible_column_is_refused_by_name(arguments, named):
    with pytest.raises(ValueError, match=named):
        antenna.column_gain_db(90, *arguments)


@pytest.mark.parametrize(
    ("zenith_deg", "count", "spacing", "amplitude"),
    [
        (60, 2, 0.5, 1.0),  # a quarter of pi between the two: 2 cos / sqrt 2
        (0, 3, 0.5, -1 / np.sqrt(3)),  # sin(3 pi / 2) / sin(pi / 2)
        (90, 3, 0.5, np.sqrt(3)),
        (0, 2, 1.0, -np.sqrt(2)),  # the image of the main lobe, a wavelength away: the sign turns with even counts
        (0, 3, 1.0, np.sqrt(3)),
        (180, 4, 1.0, -2.0),
    ],
)
def test_the_amplitude_of_a_column_has_its_sign(zenith_deg, count, spacing, amplitude):
    assert antenna.column_amplitude(zenith_deg, count, 0.0, spacing) == pytest.approx(amplitude)


@pytest.mark.parametrize("arguments", [(1, 90, 0.5), (1, -90, 2.0), (3, 0, 1e-3)])
def test_the_ends_of_the_ranges_of_a_column_are_within_them(arguments):
    assert np.isfinite(antenna.column_gain_db(90, *arguments))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [((10, -90.1, 0.5), "downtilt_deg"), ((10, 90.1, 0.5), "downtilt_deg"), ((10, 0, 2.01), "spacing_wavelengths")],
)
def test_a_column_beyond_the_ends_of_its_ranges_is_refused(arguments, named):
    with pytest.raises(ValueError, match=f"^{named} is .*; expected"):
        antenna.column_sector_gain_dbi(90, 0, *arguments)


def test_a_column_of_a_sector_takes_its_spacing():
    # three elements two thirds of a wavelength apart, 30 degrees up: phases of 120 degrees cancel
    assert antenna.column_sector_gain_dbi(60, 0, 3, 0, 2 / 3) == pytest.approx(8 - 12 * (30 / 65) ** 2 - 30)
