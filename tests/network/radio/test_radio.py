"""Radio propagation against the printed check values."""

import numpy as np
import pytest

from network.kernels.radio import radio

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
    path_loss_db = radio.path_loss_db(scenario, d2d_m, h_bs_m, 1.5, 5.0, [True, False])
    assert path_loss_db == pytest.approx([los_db, nlos_db], abs=0.05)


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
    path_loss_db = radio.path_loss_db(scenario, 1_000, h_bs_m, h_ut_m, 4.9, [True, False])
    assert path_loss_db == pytest.approx([los_db, nlos_db], abs=0.01)


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
    rates = radio.spectral_efficiency_bps_per_hz([-10.1, 0, 40])
    assert rates == pytest.approx([0, 0.6, 4.4])


@pytest.mark.parametrize(
    ("scenario", "d2d_m", "h_bs_m", "h_ut_m", "fc_ghz", "los_db", "nlos_db"),
    [  # the formulas of Table 7.4.1-1 worked out apart from this code; the break point lies at the distance in brackets
        ("UMa", 200, 30, 11.5, 2.0, 84.684, 103.557),  # (8,126 m)
        ("UMa", 4_000, 30, 11.5, 2.0, 113.266, 154.329),
        ("UMi", 200, 15, 11.5, 2.0, 86.744, 107.041),
        ("UMi", 4_000, 15, 11.5, 2.0, 114.225, 152.965),  # (3,923 m)
        ("RMa", 1_000, 35, 1.5, 5.0, 108.558, 133.522),
        ("RMa", 8_000, 35, 1.5, 5.0, 136.513, 168.403),  # (5,502 m)
        ("RMa", 5_000, 20, 4.0, 0.7, 118.318, 146.095),  # (1,174 m)
        ("RMa", 2_000, 35, 15, 0.7, 101.251, 112.304),  # aerial, TR 36.777 Table B-2
        ("RMa", 2_000, 35, 30, 0.7, 99.462, 107.037),
    ],
)
def test_path_loss_follows_the_table_before_and_beyond_the_break_point(
    scenario, d2d_m, h_bs_m, h_ut_m, fc_ghz, los_db, nlos_db
):
    path_loss_db = radio.path_loss_db(scenario, d2d_m, h_bs_m, h_ut_m, fc_ghz, [True, False])
    assert path_loss_db == pytest.approx([los_db, nlos_db], abs=0.001)


def test_high_over_the_country_the_slope_of_sight_is_that_of_free_space():
    assert radio.path_loss_db("RMa", 2_000, 35, 200, 0.7, True) == pytest.approx(95.394, abs=0.001)  # 20 log10, no less


@pytest.mark.parametrize(
    ("scenario", "d2d_m", "h_ut_m", "expected"),
    [  # Table B-1 of TR 36.777 and 7.4.2-1 of TR 38.901 worked out apart from this code
        ("RMa", [500, 1_000, 4_000], 15, [0.74307, 0.54629, 0.08789]),
        ("RMa", [500, 1_000, 4_000, 9_000], 30, [0.98330, 0.90874, 0.56809, 0.26423]),
        ("UMi", [300, 1_000], 100, [0.77117, 0.25443]),
        ("UMi", [300, 1_000], 200, [0.91969, 0.36134]),
        ("UMa", [50, 200, 1_000], 20, [0.69198, 0.32573, 0.03477]),
        ("RMa", [10, 1_010], 1.5, [1.0, np.exp(-1)]),
        ("UMa", [18], 20, [1.0]),
    ],
)
def test_sight_follows_the_tables_at_every_height(scenario, d2d_m, h_ut_m, expected):
    assert radio.los_probability(scenario, d2d_m, h_ut_m) == pytest.approx(expected, abs=1e-5)


def test_shadow_fading_in_the_air_is_that_of_its_table():
    assert radio.shadow_sigma_db("RMa", 1_000, 35, 30, 0.7, [True, False]) == pytest.approx([3.65861, 6.0], abs=1e-5)
    assert radio.shadow_sigma_db("UMa", 1_000, 25, 50, 4.9, False) == 6.0
    assert radio.shadow_sigma_db("UMi", 1_000, 10, 50, 4.9, [True, False]) == pytest.approx([5 * np.exp(-0.5), 8.0])


def test_shadow_fading_over_the_country_grows_at_the_break_point():
    turn_m = 5_501.593  # 2 pi x 35 m x 1.5 m x 5 GHz / c
    assert radio.shadow_sigma_db("RMa", [turn_m - 0.01, turn_m + 0.01], 35, 1.5, 5.0, True).tolist() == [4, 6]
    assert radio.shadow_sigma_db("RMa", 1_000, 35, 1.5, 5.0, False) == 8.0


@pytest.mark.parametrize(("scenario", "h_ut_m", "far_m"), [("UMa", 1.5, 5_000), ("UMa", 30, 4_000), ("RMa", 1.0, 10_000), ("RMa", 10.0, 10_000),
                                                           ("UMi", 22.5, 5_000), ("UMi", 300, 4_000)])  # fmt: skip
def test_the_ends_of_the_ranges_are_within_them(scenario, h_ut_m, far_m):
    assert np.isfinite(radio.path_loss_db(scenario, far_m, 25, h_ut_m, [0.5, 100][h_ut_m > 20], True))
    assert np.isfinite(radio.los_probability(scenario, 10, h_ut_m))
    with pytest.raises(ValueError, match="d2d_m is out of range"):
        radio.los_probability(scenario, far_m + 1, h_ut_m)


def test_over_a_station_a_drone_may_stand_and_on_the_ground_nobody_within_ten_metres():
    assert radio.los_probability("UMa", 0, 60) == 1
    with pytest.raises(ValueError, match="d2d_m"):
        radio.los_probability("UMa", -1, 60)
    with pytest.raises(ValueError, match="at least 10 m on the ground"):
        radio.los_probability("UMa", 9.9, 22.5)


@pytest.mark.parametrize(("scenario", "ceiling_m"), [("UMa", 100), ("UMi", 300), ("RMa", 40)])
def test_without_sight_a_loss_is_defined_up_to_a_height(scenario, ceiling_m):
    assert np.isfinite(radio.path_loss_db(scenario, 500, 25, ceiling_m, 4.9, False))
    if ceiling_m < radio.CEILING_M:
        with pytest.raises(ValueError, match=f"up to {ceiling_m} m"):
            radio.path_loss_db(scenario, 500, 25, ceiling_m + 0.1, 4.9, False)


def test_the_rate_follows_the_attenuated_shannon_bound_from_minus_ten_decibels_on():
    rates = radio.spectral_efficiency_bps_per_hz([-10, -5, 10, 22])
    assert rates == pytest.approx([0.082502, 0.237845, 2.075659, 4.390389], abs=1e-5)


def test_low_carriers_have_their_break_point_near_the_mast_where_its_height_counts():
    # break points at 80.1 and 30.0 m, below antennas 23.5 and 8.5 m above the user
    assert radio.path_loss_db("UMa", 1_000, 25, 1.5, 0.5, True) == pytest.approx(107.4001, abs=1e-3)
    assert radio.path_loss_db("UMi", 1_000, 10, 1.5, 0.5, True) == pytest.approx(117.9909, abs=1e-3)


@pytest.mark.parametrize(
    ("scenario", "d2d_m", "h_ut_m", "expected"),
    [("UMi", 100, 30, 0.793493), ("UMa", 100, 25, 0.963741), ("RMa", 500, 12, 0.620696), ("UMa", 18.5, 22.5, 0.999556)],
)
def test_sight_is_sure_to_eighteen_metres_at_least_and_fades_over_a_kilometre_at_least(
    scenario, d2d_m, h_ut_m, expected
):
    assert radio.los_probability(scenario, d2d_m, h_ut_m) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("scenario", "sure_above_m"), [("UMa", 100), ("RMa", 40)])
def test_sight_is_sure_above_the_height_of_the_table_and_not_at_it(scenario, sure_above_m):
    at, above = radio.los_probability(scenario, 3_900, [sure_above_m, sure_above_m + 0.5])
    assert at < above == 1


def test_at_the_threshold_the_formulas_of_the_ground_hold():
    at, below = radio.path_loss_db("UMa", 500, 25, [22.5, 22.4999], 4.9, False)
    assert at == pytest.approx(below, abs=1e-3)
    assert radio.shadow_sigma_db("RMa", 500, 35, 10.0, 0.7, [True, False]).tolist() == [4, 8]  # in the air 4.011 and 6
    assert radio.shadow_sigma_db("UMi", 500, 10, 22.5, 4.9, [True, False]).tolist() == [4, 7.82]  # in the air 3.993, 8
    assert radio.shadow_sigma_db("UMa", 500, 25, 22.5, 4.9, True) == 4


def test_a_carrier_beyond_a_hundred_gigahertz_is_refused():
    with pytest.raises(ValueError, match=r"fc_ghz is 100\.5"):
        radio.path_loss_db("UMa", 500, 25, 1.5, 100.5, True)
