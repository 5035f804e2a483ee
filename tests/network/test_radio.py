"""Radio propagation against the printed check values."""

import numpy as np
import pytest

from network.kernels import radio

DISTANCES_M = [500, 1_000, 2_000, 4_000]


@pytest.mark.parametrize(
    ("scenario", "h_bs_m", "d2d_m", "los_db", "nlos_db"),
    [
        ("UMa", 25, 10, 72.9380, 82.5131),
        ("UMi", 10, 10, 69.8591, 76.7563),
        ("RMa", 35, 10, 77.3784, 77.3784),
        ("UMa", 25, 1_000, 109.7252, 144.7641),
        ("UMi", 10, 1_000, 119.3114, 143.1886),
    ],
)
def test_path_loss_on_the_ground_has_the_published_values(scenario, h_bs_m, d2d_m, los_db, nlos_db):
    found = radio.path_loss_db(scenario, d2d_m, h_bs_m, 1.5, 5.0, [True, False])
    assert found == pytest.approx([los_db, nlos_db], abs=0.05)


@pytest.mark.parametrize(
    ("scenario", "d2d_m", "h_ut_m", "expected"),
    [("UMa", 50, 1.5, 0.6494), ("UMa", 100, 15, 0.3676), ("UMi", 50, 1.5, 0.5196), ("RMa", 100, 1.5, 0.9139)],
)
def test_sight_on_the_ground_has_the_published_probability(scenario, d2d_m, h_ut_m, expected):
    assert radio.los_probability(scenario, d2d_m, h_ut_m) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("scenario", "h_ut_m", "expected"),
    [
        ("UMa", 50, [0.8887, 0.7721, 0.5830, 0.3334]),
        ("UMa", 100, [0.9446, 0.8533, 0.6967, 0.4657]),
        ("UMi", 50, [0.3789, 0.1416, 0.0396, 0.0167]),
    ],
)
def test_sight_in_the_air_has_the_published_probability(scenario, h_ut_m, expected):
    assert radio.los_probability(scenario, DISTANCES_M, h_ut_m) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("scenario", "h_bs_m", "h_ut_m", "los_db", "nlos_db"),
    [("UMa", 25, 30, 107.80, 135.73), ("UMi", 10, 100, 108.49, 130.25)],
)
def test_path_loss_in_the_air_has_the_published_values(scenario, h_bs_m, h_ut_m, los_db, nlos_db):
    found = radio.path_loss_db(scenario, 1_000, h_bs_m, h_ut_m, 4.9, [True, False])
    assert found == pytest.approx([los_db, nlos_db], abs=0.01)


def test_free_space_loss_at_a_kilometre_has_the_published_value():
    assert radio.free_space_db(1_000, 4.9) == pytest.approx(106.25, abs=0.01)


def test_sight_jumps_at_the_threshold_of_the_aerial_formulas():
    below, above = radio.los_probability("UMa", 500, [22.5, 22.51])
    assert below == pytest.approx(0.22, abs=0.01)
    assert above == pytest.approx(0.79, abs=0.01)


def test_high_above_the_city_everything_is_in_sight():
    assert radio.los_probability("UMa", 3_900, 150) == 1
    assert radio.los_probability("RMa", 9_000, 60) == 1


@pytest.mark.parametrize("scenario", ["UMa", "UMi", "RMa"])
@pytest.mark.parametrize("h_ut_m", [1.5, 9.0, 35.0])
def test_farther_never_loses_less_and_sight_never_loses_more(scenario, h_ut_m):
    d2d_m = np.linspace(20, 3_900, 400)
    seen, hidden = (radio.path_loss_db(scenario, d2d_m, 25, h_ut_m, 3.5, los) for los in (True, False))
    assert np.all(np.diff(seen) > 0)
    assert np.all(np.diff(hidden) > 0)
    assert np.all(hidden >= seen - 1e-9)


def test_mixed_heights_take_each_its_own_formulas():
    mixed = radio.path_loss_db("UMa", [500, 500], 25, [1.5, 60.0], 4.9, True)
    alone = [float(radio.path_loss_db("UMa", 500, 25, h, 4.9, True)) for h in (1.5, 60.0)]
    assert mixed == pytest.approx(alone)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scenario": "InH"}, "expected one of UMa, UMi, RMa"),
        ({"h_ut_m": 0.5}, "1.5 to 300 m"),
        ({"h_ut_m": 301}, "1.5 to 300 m"),
        ({"d2d_m": 5}, "at least 10 m"),
        ({"d2d_m": 5_001}, "up to 5000 m"),
        ({"fc_ghz": 0.1}, "0.5 to 100 GHz"),
        ({"d2d_m": float("nan")}, "d2d_m"),
        ({"h_ut_m": 120, "los": False}, "up to 100 m"),
    ],
)
def test_what_the_formulas_do_not_cover_is_refused_by_range(changes, words):
    asked = {"scenario": "UMa", "d2d_m": 100, "h_bs_m": 25, "h_ut_m": 1.5, "fc_ghz": 4.9, "los": True} | changes
    with pytest.raises(ValueError, match=words):
        radio.path_loss_db(**asked)


def test_shadow_fading_is_that_of_the_table_and_calms_with_height():
    assert radio.shadow_sigma_db("UMa", 100, 25, 1.5, 4.9, [True, False]).tolist() == [4, 6]
    assert radio.shadow_sigma_db("UMi", 100, 10, 1.5, 4.9, [True, False]).tolist() == [4, 7.82]
    assert radio.shadow_sigma_db("RMa", [100, 9_000], 35, 1.5, 4.9, True).tolist() == [4, 6]
    assert radio.shadow_sigma_db("UMa", 100, 25, 100, 4.9, True) == pytest.approx(4.64 * np.exp(-0.66))
    assert radio.shadow_sigma_db("UMi", 100, 10, 300, 4.9, True) == 2


def test_noise_in_a_hundred_megahertz_is_minus_85_dbm():
    assert radio.noise_dbm(100e6, 9) == pytest.approx(-85.0, abs=0.01)


def test_rate_is_nil_in_noise_and_capped_in_the_clear():
    found = radio.spectral_efficiency_bps_per_hz([-10.1, 0, 40])
    assert found == pytest.approx([0, 0.6, 4.4])
