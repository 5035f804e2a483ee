"""Losses into buildings against hand-computed values."""

import numpy as np
import pytest

from network.kernels.radio import o2i


@pytest.mark.parametrize(
    ("building", "fc_ghz", "loss_db"),
    # by hand: 6 GHz: glass 3.2, coated glass 24.8, concrete 29 dB; 30 GHz: 8, 32, 125 dB
    [("low", 6, 13.40), ("high", 6, 30.69), ("low", 30, 18.23), ("high", 30, 38.55)],
)
def test_a_wall_takes_what_its_materials_let_through(building, fc_ghz, loss_db):
    assert o2i.wall_loss_db(building, fc_ghz) == pytest.approx(loss_db, abs=0.05)


def test_coated_glass_takes_more_than_plain_glass_and_higher_carriers_lose_more():
    fc_ghz = np.linspace(0.5, 100, 200)
    low_db, high_db = o2i.wall_loss_db("low", fc_ghz), o2i.wall_loss_db("high", fc_ghz)
    assert np.all(np.diff(low_db) > 0)
    assert np.all(np.diff(high_db) > 0)
    assert np.all(high_db[fc_ghz >= 3] > low_db[fc_ghz >= 3])


def test_every_metre_inside_takes_half_a_decibel():
    assert o2i.inside_loss_db([0, 1, 25]) == pytest.approx([0, 0.5, 12.5])


def test_depths_are_the_lesser_of_two_even_draws():
    depth_m = o2i.drawn_depth_m(200_000, np.random.default_rng(1))
    assert depth_m.mean() == pytest.approx(25 / 3, abs=0.05)
    assert np.median(depth_m) == pytest.approx(25 * (1 - np.sqrt(0.5)), abs=0.06)


@pytest.mark.parametrize(("is_high", "building", "sigma_db"), [(False, "low", 4.4), (True, "high", 6.5)])
def test_buildings_spread_by_the_published_sigma(is_high, building, sigma_db):
    drawn_db = o2i.drawn_loss_db(np.full(100_000, is_high), 10.0, 6.0, np.random.default_rng(2))
    assert drawn_db.mean() == pytest.approx(float(o2i.wall_loss_db(building, 6.0)) + 5.0, abs=0.1)
    assert drawn_db.std() == pytest.approx(sigma_db, abs=0.05)


def test_what_is_out_of_range_is_refused_by_name():
    with pytest.raises(ValueError, match="fc_ghz"):
        o2i.wall_loss_db("low", 0.1)
    with pytest.raises(ValueError, match="building"):
        o2i.wall_loss_db("tent", 6)
    with pytest.raises(ValueError, match="depth_m"):
        o2i.inside_loss_db(-1)
