"""Coverage rasters: the fast way must say what the direct formulas say, cell by cell."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.kernels.radio import antenna, o2i, sector, sensing
from network.kernels.radio.raster import coverage, raster_loops
from network.kernels.radio.raster.coverage import LAYERS_M, Grid
from network.kernels.radio.sector import NOWHERE, Sector

MOST_OFF_DB = 0.01
HEIGHTS_M = {"UMa": 25.0, "UMi": 10.0, "RMa": 35.0}
GRID = Grid(-1_003.0, -907.0, 19.0, 100, 110)
WIDE = Grid(-12_001.0, -12_007.0, 151.0, 160, 160)
NUMPY = raster_loops.Loops(raster_loops.receive, raster_loops.detect, raster_loops.reduce, is_compiled=False)


def mast(**values):
    return Sector(**{"east_m": 13.0, "north_m": -29.0, "height_m": 25.0, "bearing_deg": 70.0, "downtilt_deg": 6.0,
                     "power_dbm": 53.0, "fc_ghz": 4.9, "bandwidth_hz": 100e6} | values)  # fmt: skip


def three_sites():
    places = [(-400.0, -300.0), (350.0, -150.0), (0.0, 500.0)]
    return [
        mast(
            east_m=east_m,
            north_m=north_m,
            bearing_deg=bearing_deg,
            downtilt_deg=4.0 + site,
            load_share=0.4 + 0.2 * site,
        )
        for site, (east_m, north_m) in enumerate(places)
        for bearing_deg in (30.0, 150.0, 270.0)
    ]


def direct(grid, sectors, height_m):
    return sector.signals_at(sectors, *grid.centres_m(), height_m)


def assert_same(actual, expected, most_off_db=MOST_OFF_DB):
    assert np.array_equal(np.isnan(actual.rsrp_dbm), np.isnan(expected.rsrp_dbm))
    assert actual.rsrp_dbm == pytest.approx(expected.rsrp_dbm, abs=most_off_db, nan_ok=True)
    same = actual.server == expected.server
    assert same.mean() > 0.999  # cells where two are equally strong may fall to either
    assert actual.sinr_db[same] == pytest.approx(expected.sinr_db[same], abs=2 * most_off_db, nan_ok=True)
    alike = same & (np.abs(expected.sinr_db + 10) > 0.02)  # the rate jumps at -10 dB
    assert actual.rate_bps[alike] == pytest.approx(expected.rate_bps[alike], rel=0.01, nan_ok=True)


@pytest.mark.parametrize("height_m", LAYERS_M)
@pytest.mark.parametrize("scenario", ["UMa", "UMi", "RMa"])
@pytest.mark.parametrize(("pattern", "grid"), [("column", GRID), ("column", WIDE), ("sector", GRID), ("omni", WIDE)])
def test_the_tables_say_what_the_formulas_say_within_a_hundredth_of_a_decibel(scenario, pattern, height_m, grid):
    only = mast(scenario=scenario, pattern=pattern, height_m=HEIGHTS_M[scenario])
    rsrp_dbm = coverage.received(grid, height_m, [only]).signals().rsrp_dbm
    expected = sector.received_dbm(only, *grid.centres_m(), height_m)
    assert np.array_equal(np.isnan(rsrp_dbm), np.isinf(expected))
    assert rsrp_dbm[~np.isnan(rsrp_dbm)] == pytest.approx(expected[np.isfinite(expected)], abs=MOST_OFF_DB)


@pytest.mark.parametrize("height_m", [25.0, 25.3, 22.5, 22.6, 100.0])
def test_heights_at_the_edges_of_the_formulas_hold_too(height_m):
    only = mast(elements=32, spacing_wavelengths=0.7)
    rsrp_dbm = coverage.received(GRID, height_m, [only]).signals().rsrp_dbm
    assert rsrp_dbm == pytest.approx(sector.received_dbm(only, *GRID.centres_m(), height_m), abs=MOST_OFF_DB)


def test_a_drone_right_above_the_mast_is_no_exception():
    only, above = mast(), Grid(9.0, -33.0, 0.5, 16, 16)
    rsrp_dbm = coverage.received(above, 300.0, [only]).signals().rsrp_dbm
    assert rsrp_dbm == pytest.approx(sector.received_dbm(only, *above.centres_m(), 300.0), abs=MOST_OFF_DB)


@pytest.mark.parametrize("height_m", LAYERS_M)
def test_best_server_interference_and_rate_are_those_of_the_brute_force(height_m):
    signals = coverage.received(GRID, height_m, three_sites()).signals()
    assert_same(signals, direct(GRID, three_sites(), height_m))


def test_sectors_on_several_carriers_interfere_only_on_their_own():
    sectors = [
        dataclasses.replace(three_site, fc_ghz=2.6 if index % 2 else 4.9)
        for index, three_site in enumerate(three_sites())
    ]
    assert_same(coverage.received(GRID, 60.0, sectors).signals(), direct(GRID, sectors, 60.0))


def test_a_sector_reaches_only_its_window_and_beyond_all_windows_nothing_is_known():
    sectors = [mast(east_m=-6_000.0), mast(east_m=5_000.0, north_m=4_000.0, scenario="UMi", height_m=10.0)]
    stack = coverage.received(WIDE, 120.0, sectors)
    assert stack.flat_mw.size < 0.4 * WIDE.rows * WIDE.columns
    signals = stack.signals()
    assert (signals.server == NOWHERE).any()
    assert_same(signals, direct(WIDE, sectors, 120.0))


def test_a_sector_far_off_the_grid_changes_nothing():
    near, far = mast(), mast(east_m=90_000.0)
    assert_same(coverage.received(GRID, 60.0, [near, far]).signals(), direct(GRID, [near], 60.0))
    assert (coverage.received(GRID, 60.0, [far]).signals().server == NOWHERE).all()


def test_without_sectors_nothing_is_known():
    signals = coverage.received(GRID, 60.0, []).signals()
    assert (signals.server == NOWHERE).all()
    assert np.isnan(signals.rsrp_dbm).all()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.builds(
            mast,
            east_m=st.floats(-3_000, 3_000),
            north_m=st.floats(-3_000, 3_000),
            height_m=st.floats(5, 60),
            bearing_deg=st.floats(0, 359),
            downtilt_deg=st.floats(-5, 20),
            fc_ghz=st.sampled_from([2.6, 4.9]),
            pattern=st.sampled_from(["column", "sector", "omni"]),
            load_share=st.floats(0, 1),
        ),
        min_size=1,
        max_size=6,
    ),
    st.floats(1.5, 300),
)
def test_any_sectors_at_any_height_match_the_brute_force(sectors, height_m):
    grid = Grid(-2_000.0, -2_000.0, 203.0, 20, 20)
    signals, expected = coverage.received(grid, height_m, sectors).signals(), direct(grid, sectors, height_m)
    assert signals.rsrp_dbm == pytest.approx(expected.rsrp_dbm, abs=MOST_OFF_DB, nan_ok=True)
    clear = signals.server == expected.server
    assert signals.sinr_db[clear] == pytest.approx(expected.sinr_db[clear], abs=2 * MOST_OFF_DB, nan_ok=True)


@pytest.mark.parametrize(
    "changes",
    [{"downtilt_deg": 11.0}, {"bearing_deg": 200.0, "power_dbm": 46.0}, {"east_m": 2_500.0}, {"load_share": 0.0}],
)
def test_a_what_if_says_what_a_fresh_map_says_and_leaves_the_stack_alone(changes):
    sectors = three_sites()
    stack = coverage.received(GRID, 60.0, sectors)
    before = stack.signals()
    changed = dataclasses.replace(sectors[4], **changes)
    fresh = coverage.received(GRID, 60.0, [*sectors[:4], changed, *sectors[5:]]).signals()
    assert_same(stack.what_if(4, changed), fresh, most_off_db=1e-4)
    assert np.array_equal(stack.signals().rsrp_dbm, before.rsrp_dbm)
    assert_same(stack.changed(4, changed).signals(), fresh, most_off_db=1e-4)


def test_a_building_takes_its_loss_from_signal_and_interference_but_not_from_noise():
    stack = coverage.received(GRID, 1.5, three_sites())
    out, inside = stack.signals(), stack.signals(coverage.Indoors("low", 10.0))
    taken_db = float(o2i.wall_loss_db("low", 4.9)) + 5.0
    assert out.rsrp_dbm - inside.rsrp_dbm == pytest.approx(taken_db, abs=1e-3)
    assert np.array_equal(out.server, inside.server)
    assert np.all(inside.sinr_db <= out.sinr_db + 1e-4)
    noise_dbm = 10 * np.log10(sector.noise_mw())
    assert np.all(inside.sinr_db <= inside.rsrp_dbm - noise_dbm + 1e-4)


def test_a_stack_too_large_for_memory_is_refused(monkeypatch):
    monkeypatch.setattr(coverage, "MOST_LINKS", 10_000)
    with pytest.raises(ValueError, match="links"):
        coverage.received(GRID, 60.0, [mast()])


def test_more_power_in_one_sector_raises_it_and_its_neighbours_interference():
    sectors = three_sites()
    stack = coverage.received(GRID, 1.5, sectors)
    before, after = stack.signals(), stack.what_if(0, dataclasses.replace(sectors[0], power_dbm=56.0))
    own = (before.server == 0) & (after.server == 0)
    others = (before.server != 0) & (after.server == before.server)
    assert after.rsrp_dbm[own] - before.rsrp_dbm[own] == pytest.approx(3.0, abs=1e-3)
    assert np.all(after.sinr_db[others] <= before.sinr_db[others] + 1e-4)


def test_the_loops_of_numpy_say_the_same(monkeypatch):
    sectors = [
        dataclasses.replace(three_site, fc_ghz=2.6 if index > 5 else 4.9)
        for index, three_site in enumerate(three_sites())
    ]
    changed = dataclasses.replace(sectors[2], downtilt_deg=1.0)
    radar = sensing.Radar()

    def everything():
        stack = coverage.received(GRID, 120.0, sectors)
        return stack.signals(), stack.what_if(2, changed), coverage.echoes(GRID, 120.0, sectors, radar).probability()

    assert raster_loops.loops().is_compiled
    compiled = everything()
    monkeypatch.setattr(coverage, "loops", lambda: NUMPY)
    plain = everything()
    assert_same(plain[0], compiled[0], most_off_db=1e-3)
    assert_same(plain[1], compiled[1], most_off_db=1e-3)
    assert plain[2] == pytest.approx(compiled[2], abs=1e-4)


def found_directly(sectors, height_m, radar):
    """Return the probability of detection by the formulas, sector by sector."""
    missed = 1.0
    east_m, north_m = GRID.centres_m()
    for this_sector in sectors:
        east, north = np.broadcast_arrays(east_m - this_sector.east_m, north_m - this_sector.north_m)
        away_m = np.hypot(east, north)
        zenith = antenna.zenith_deg(away_m, height_m - this_sector.height_m)
        azimuth = antenna.off_boresight_deg(antenna.bearing_deg(east, north), this_sector.bearing_deg)
        off_db = antenna.ELEMENT_DBI - antenna.element_gain_dbi(zenith, azimuth)
        snr_db = sensing.snr_db(radar, np.hypot(away_m, height_m - this_sector.height_m), off_db)
        sight = sector.sight_probability(this_sector.scenario, away_m, height_m)
        missed = missed * (1 - sight * sensing.detection_probability(snr_db, radar.false_alarm))
    return 1 - missed


@pytest.mark.parametrize("height_m", [60.0, 120.0])
def test_detection_is_that_of_the_radar_equation_by_any_sector_in_sight(height_m):
    radar = sensing.Radar(system_margin_db=30.0)
    probability = coverage.echoes(GRID, height_m, three_sites(), radar).probability()
    assert probability == pytest.approx(found_directly(three_sites(), height_m, radar), abs=1e-3)
    assert 0.05 < probability.mean() < 0.95


def test_detection_with_one_sector_changed_is_that_of_a_fresh_map():
    sectors, radar = three_sites(), sensing.Radar(system_margin_db=30.0)
    before = coverage.echoes(GRID, 120.0, sectors, radar)
    turned = dataclasses.replace(sectors[3], bearing_deg=200.0, east_m=900.0)
    fresh = coverage.echoes(GRID, 120.0, [*sectors[:3], turned, *sectors[4:]], radar).probability()
    kept = before.probability()
    assert before.changed(3, turned).probability() == pytest.approx(fresh, abs=1e-6)
    assert np.array_equal(before.probability(), kept)
    with pytest.raises(ValueError, match="index"):
        before.changed(9, turned)


def test_out_of_reach_nothing_is_detected():
    assert not coverage.echoes(WIDE, 120.0, [mast(east_m=90_000.0)], sensing.Radar()).probability().any()


def test_what_numba_keeps_fits_the_tables():
    compiled = pytest.importorskip("network.kernels.radio.raster.raster_compiled")
    kept = (compiled._STEP_BITS, compiled._AZIMUTH_STEPS, compiled._NONE)
    assert kept == (raster_loops.STEP_BITS, raster_loops.AZIMUTH_STEPS, raster_loops.NONE)


def test_a_larger_margin_finds_less():
    shares = [
        coverage.echoes(GRID, 120.0, three_sites(), sensing.Radar(system_margin_db=margin)).probability().mean()
        for margin in (10, 25, 40)
    ]
    assert shares == sorted(shares, reverse=True)


def test_cells_count_as_covered_only_where_both_goals_are_met():
    signals = sector.Signals(
        np.array([0, 0, 0, NOWHERE], np.int32),
        np.array([-100.0, -111.0, -100.0, np.nan]),
        np.array([-3.0, 5.0, -3.1, np.nan]),
        np.zeros(4),
    )
    cover = coverage.cover(signals)
    assert (cover.share, cover.reached_share, cover.cells) == (0.25, 0.75, 4)
    assert (cover.rsrp_goal_dbm, cover.sinr_goal_db) == (-110.0, -3.0)
    assert coverage.cover(signals, counted=[True, False, False, True]).share == 0.5
    assert coverage.cover(signals, rsrp_goal_dbm=-120.0, sinr_goal_db=-5.0).share == 0.75


def test_of_no_cells_and_of_unreached_cells_no_figure_is_made_up():
    signals = sector.Signals(np.array([NOWHERE], np.int32), *(np.array([np.nan]) for _ in range(3)))
    assert coverage.cover(signals, counted=[False]) == coverage.Cover(None, None, None, 0, -110.0, -3.0)
    assert coverage.cover(signals).p5_sinr_db is None
    assert coverage.cover(signals).share == 0.0


@pytest.mark.parametrize("values", [(0, 0, 1.0, 0, 5), (0, 0, 1.0, 5_000, 5_000), (0, 0, 0.0, 5, 5)])
def test_an_impossible_grid_is_refused(values):
    with pytest.raises(ValueError, match="expected"):
        Grid(*values)


def test_what_is_out_of_range_is_refused_by_name():
    stack = coverage.received(GRID, 60.0, [mast()])
    with pytest.raises(ValueError, match="height_m"):
        coverage.received(GRID, 301.0, [mast()])
    with pytest.raises(ValueError, match="index"):
        stack.what_if(1, mast())
    with pytest.raises(ValueError, match="index"):
        stack.changed(-1, mast())
    with pytest.raises(ValueError, match="fc_ghz"):
        stack.what_if(0, mast(fc_ghz=2.6))


def test_the_loops_are_compiled_ahead_where_numba_is_installed():
    assert coverage.compile_loops() is True
