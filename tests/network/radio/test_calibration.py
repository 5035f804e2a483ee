"""The whole radio model against the distributions that 3GPP's companies published (medians of R1-165974)."""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from network.kernels.radio.raster import calibration

pytestmark = pytest.mark.slow
SHARES = ["5", "20", "50", "80", "95"]
COUPLING_GATE_DB = 2.0
SIR_GATE_DB = 0.75
PUBLISHED = [
    ("UMa", 6, [-150.10, -136.62, -119.90, -102.50, -85.99], [-0.99, 2.02, 8.61, 18.56, 25.58]),
    ("UMa", 30, [-172.0, -157.9, -140.1, -119.5, -102.0], [-1.0, 2.0, 8.6, 18.6, 25.6]),
    ("UMa", 70, [-191.4, -176.8, -156.6, -130.4, -110.7], [-0.9, 2.0, 8.5, 18.6, 25.6]),
    ("UMi", 6, [-142.3, -128.9, -112.2, -92.2, -74.8], [-1.7, 1.2, 7.3, 17.0, 24.9]),
    ("UMi", 30, [-164.6, -150.3, -132.4, -108.9, -89.3], [-1.6, 1.3, 7.5, 17.2, 24.9]),
    ("UMi", 70, [-184.2, -169.2, -149.1, -119.8, -96.8], [-1.6, 1.3, 7.5, 17.3, 25.0]),
]
ISAC_DB = [-183.69, -181.48, -177.57, -171.10, -164.82]


def picked(figures):
    return [figures[share] for share in SHARES]


@pytest.mark.parametrize(("scenario", "fc_ghz", "coupling_db", "sir_db"), PUBLISHED)
def test_the_calibration_meets_the_published_distributions(scenario, fc_ghz, coupling_db, sir_db):
    outcome = calibration.calibrate(calibration.deployment(scenario, fc_ghz), seed=3, drops=12)
    percentiles = calibration.percentiles(outcome.coupling_loss_db)
    assert picked(percentiles) == pytest.approx(coupling_db, abs=COUPLING_GATE_DB)
    assert picked(calibration.percentiles(outcome.sir_db)) == pytest.approx(sir_db, abs=SIR_GATE_DB)


def test_geometry_with_noise_meets_the_published_distribution():
    outcome = calibration.calibrate(calibration.deployment("UMa", 6.0), seed=4, drops=20)
    chosen = picked(calibration.percentiles(outcome.geometry_sinr_db))
    assert chosen == pytest.approx([-9.22, -0.55, 5.85, 16.23, 24.74], abs=SIR_GATE_DB)


def test_sensing_meets_the_published_distribution():
    loss_db = calibration.isac_coupling_loss_db(6.0, seed=1)
    assert picked(calibration.percentiles(loss_db)) == pytest.approx(ISAC_DB, abs=1.0)


def test_the_same_seed_gives_the_same_figures_and_another_seed_others():
    plan = calibration.deployment("UMi", 6.0)
    first, again, other = (calibration.calibrate(plan, seed, drops=1).sir_db for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_nineteen_sites_stand_at_the_inter_site_distance():
    sites = calibration.sites_m(500.0)
    away_m = np.hypot(*(sites[:, None] - sites[None]).transpose(2, 0, 1))
    assert len(sites) == 19
    assert np.sort(away_m, axis=1)[:, 1] == pytest.approx(500.0)


def test_each_sector_looks_straight_at_a_neighbouring_site():
    neighbours = [site for site in calibration.sites_m(1.0) if 0.5 < np.hypot(*site) < 1.5]
    bearings = {round(float(np.degrees(np.arctan2(east, north)) % 360)) for east, north in neighbours}
    assert set(calibration.SECTOR_BEARINGS_DEG) <= bearings


def test_the_cluster_wraps_around_without_gap_or_overlap():
    every = (calibration.images_m(500.0)[:, None] + calibration.sites_m(500.0)[None]).reshape(-1, 2)
    away_m = np.hypot(*(every[:, None] - every[None]).transpose(2, 0, 1)) + 1e9 * np.eye(len(every))
    assert away_m.min() == pytest.approx(500.0)
    inner = np.hypot(*every.T) < 1_600
    assert np.all((np.abs(away_m[inner] - 500.0) < 1.0).sum(axis=1) == 6)


def test_users_are_dropped_as_the_table_says():
    plan = calibration.deployment("UMa", 6.0)
    users = calibration.dropped(plan, 50_000, np.random.default_rng(5))
    to_site_m = np.hypot(*(users.place_m[:, None] - calibration.sites_m(500.0)[None]).transpose(2, 0, 1)).min(axis=1)
    assert users.is_indoor.mean() == pytest.approx(0.8, abs=0.01)
    assert to_site_m.min() >= 35.0
    assert to_site_m.max() <= 500.0 / np.sqrt(3) + 1e-6
    assert np.all(users.height_m[~users.is_indoor] == 1.5)
    assert set(np.unique(users.height_m)) == {1.5 + 3 * floor for floor in range(8)}
    assert users.depth_m.max() <= 25.0
    assert not users.depth_m[~users.is_indoor].any()


def test_the_command_prints_one_json_line_of_percentiles(capsys):
    call_command("calibrate", "--scenario", "UMi", "--fc-ghz", "30", "--seed", "7")
    out, err = capsys.readouterr()
    figures = json.loads(out)
    assert out.count("\n") == 1
    assert list(figures) == ["coupling_loss_db", "geometry_sinr_db", "sir_db"]
    assert [list(figure) for figure in figures.values()] == [[str(share) for share in range(5, 100, 5)]] * 3
    assert f"drop {calibration.DROPS} of {calibration.DROPS}" in err


def test_the_command_prints_the_sensing_calibration_likewise(capsys):
    call_command("calibrate", "--isac", "--seed", "2")
    figures = json.loads(capsys.readouterr().out)
    assert picked(figures["coupling_loss_db"]) == pytest.approx(ISAC_DB, abs=1.0)


@pytest.mark.parametrize(
    "arguments",
    [["--fc-ghz", "0.1"], ["--fc-ghz", "200"], ["--seed", "-1"], ["--scenario", "InH"], ["--isac", "--fc-ghz", "nan"]],
)
def test_the_command_refuses_what_is_out_of_range(arguments):
    with pytest.raises(CommandError):
        call_command("calibrate", *arguments)
