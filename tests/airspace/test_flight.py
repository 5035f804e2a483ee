"""Flight of the demo fleet: within the bounds a multirotor has."""

import numpy as np

from airspace.kernels import flight
from airspace.kernels.flight import ACCELERATION_MPS2, CLIMB_MPS, CRUISING, DESCENT_MPS, TURN_RATE_DPS, WAITING

PORTS_M = np.array([[0.0, 0.0], [3000.0, 0.0], [0.0, 5000.0], [-4000.0, -2000.0]])


def flown(minutes, count=60, seed=1):
    rng = np.random.default_rng(seed)
    swarm = flight.launch(PORTS_M, count, rng)
    for _ in range(minutes * 60):
        before = {name: value.copy() for name, value in vars(swarm).items()}
        flight.advance(swarm, PORTS_M, 1.0, rng)
        yield before, swarm


def test_nobody_turns_climbs_or_accelerates_faster_than_a_multirotor_can():
    for before, swarm in flown(20):
        turn = (swarm.track_deg - before["track_deg"] + 180) % 360 - 180
        assert np.abs(turn).max() <= TURN_RATE_DPS + 1e-9
        assert swarm.climb_mps.max() <= CLIMB_MPS + 1e-9
        assert swarm.climb_mps.min() >= -DESCENT_MPS - 1e-9
        in_air = swarm.phase != WAITING
        assert np.abs(swarm.speed_mps - before["speed_mps"])[in_air].max(initial=0) <= ACCELERATION_MPS2 + 1e-9


def test_everyone_flies_between_60_and_120_m_and_at_most_at_18_mps():
    for _, swarm in flown(15):
        cruising = swarm.phase == CRUISING
        assert np.all((swarm.height_m[cruising] >= 60) & (swarm.height_m[cruising] <= 120))
        assert swarm.speed_mps.max() <= 18


def test_positions_move_as_far_as_speed_says():
    for before, swarm in flown(5):
        moved = np.hypot(swarm.east_m - before["east_m"], swarm.north_m - before["north_m"])
        assert np.all(moved <= np.maximum(swarm.speed_mps, before["speed_mps"]) + 1e-6)


def test_drones_land_near_a_vertiport_and_never_run_empty():
    landings = 0
    for before, swarm in flown(40):
        landed = (before["phase"] != WAITING) & (swarm.phase == WAITING)
        landings += landed.sum()
        off = np.hypot(swarm.east_m - PORTS_M[swarm.goal, 0], swarm.north_m - PORTS_M[swarm.goal, 1])
        assert np.all(off[landed] < 120)
        assert swarm.battery_pct.min() > 8
    assert landings > 60


def test_the_same_seed_flies_the_same_way():
    *_, (_, row) = flown(3, seed=7)
    *_, (_, two) = flown(3, seed=7)
    assert np.array_equal(row.east_m, two.east_m)
