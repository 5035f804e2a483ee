"""Believable flight of multirotors between vertiports, all drones at once. Pure numpy; metres east, north and up.

A drone waits and charges at its vertiport, climbs, cruises with a bounded turn rate, descends, and lands at the next.
Source of the bounds: figures published for delivery multirotors of 10 to 25 kg (cruise 8-18 m/s, climb 3-4 m/s).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WAITING, CLIMBING, CRUISING, DESCENDING = range(4)
CLIMB_MPS = 3.5
DESCENT_MPS = 2.5
ACCELERATION_MPS2 = 1.5
TURN_RATE_DPS = 20.0
ENDURANCE_S = 25 * 60.0
CHARGE_S = 8 * 60.0
RESERVE_PCT = 30.0
ARRIVAL_M = 30.0


@dataclass
class Swarm:
    """The state of every drone; arrays of equal length. Track is clockwise from north."""

    phase: Ints
    east_m: Floats
    north_m: Floats
    height_m: Floats
    speed_mps: Floats
    track_deg: Floats
    climb_mps: Floats
    battery_pct: Floats
    goal: Ints
    cruise_mps: Floats
    cruise_m: Floats
    wait_s: Floats


def launch(ports_m: Floats, count: int, rng: np.random.Generator) -> Swarm:
    """Put drones at random vertiports, most of them charged, their departures spread over two minutes.

    Args:
        ports_m: vertiports east and north, shape (p, 2). [m]
        count: number of drones.
        rng: the only source of chance.
    """
    at = rng.integers(0, len(ports_m), count)
    zero = np.zeros(count)
    return Swarm(
        phase=np.full(count, WAITING),
        east_m=ports_m[at, 0].copy(),
        north_m=ports_m[at, 1].copy(),
        height_m=zero.copy(),
        speed_mps=zero.copy(),
        track_deg=rng.uniform(0, 360, count),
        climb_mps=zero.copy(),
        battery_pct=rng.uniform(45, 100, count),
        goal=at,
        cruise_mps=rng.uniform(8, 18, count),
        cruise_m=rng.uniform(60, 120, count),
        wait_s=rng.uniform(0, 120, count),
    )


def advance(swarm: Swarm, ports_m: Floats, step_s: float, rng: np.random.Generator) -> None:
    """Fly everyone on by one step.

    Args:
        swarm: changed in place.
        ports_m: vertiports east and north, shape (p, 2). [m]
        step_s: length of the step, at most a few seconds. [s]
        rng: chooses goals and waits.
    """
    _wait(swarm, ports_m, step_s, rng)
    _rise_and_sink(swarm, step_s, rng)
    _cruise(swarm, ports_m, step_s)
    in_air = swarm.phase != WAITING
    swarm.battery_pct[in_air] -= 100.0 / ENDURANCE_S * step_s
    swarm.battery_pct[~in_air] += 100.0 / CHARGE_S * step_s
    np.clip(swarm.battery_pct, 0.0, 100.0, out=swarm.battery_pct)


def _wait(swarm: Swarm, ports_m: Floats, step_s: float, rng: np.random.Generator) -> None:
    waiting = swarm.phase == WAITING
    swarm.wait_s[waiting] -= step_s
    ready = np.flatnonzero(waiting & (swarm.wait_s <= 0))
    goals = _goals(swarm, ports_m, ready, rng)
    need_pct = RESERVE_PCT + _flight_s(swarm, ports_m, ready, goals) * 100.0 / ENDURANCE_S
    charged = swarm.battery_pct[ready] >= np.minimum(need_pct, 95.0)
    leaving = ready[charged]
    swarm.goal[leaving] = goals[charged]
    swarm.phase[leaving] = CLIMBING


def _goals(swarm: Swarm, ports_m: Floats, who: Ints, rng: np.random.Generator) -> Ints:
    """Return another vertiport for each, the nearer the likelier: of three drawn, the nearest."""
    drawn = rng.integers(0, len(ports_m), (len(who), 3))
    drawn = np.where(drawn == swarm.goal[who, None], (drawn + 1) % len(ports_m), drawn)
    away_m = np.hypot(ports_m[drawn, 0] - swarm.east_m[who, None], ports_m[drawn, 1] - swarm.north_m[who, None])
    return np.asarray(drawn[np.arange(len(who)), np.argmin(away_m, axis=1)], np.int64)


def _flight_s(swarm: Swarm, ports_m: Floats, who: Ints, goals: Ints) -> Floats:
    way_m = np.hypot(ports_m[goals, 0] - swarm.east_m[who], ports_m[goals, 1] - swarm.north_m[who])
    return np.asarray(
        way_m / swarm.cruise_mps[who] + swarm.cruise_m[who] * (1 / CLIMB_MPS + 1 / DESCENT_MPS), np.float64
    )


def _rise_and_sink(swarm: Swarm, step_s: float, rng: np.random.Generator) -> None:
    before = swarm.height_m.copy()
    rising, sinking = swarm.phase == CLIMBING, swarm.phase == DESCENDING
    swarm.height_m[rising] = np.minimum(before[rising] + CLIMB_MPS * step_s, swarm.cruise_m[rising])
    swarm.height_m[sinking] = np.maximum(before[sinking] - DESCENT_MPS * step_s, 0.0)
    swarm.climb_mps = (swarm.height_m - before) / step_s
    swarm.phase[rising & (swarm.height_m >= swarm.cruise_m)] = CRUISING
    landed = sinking & (swarm.height_m <= 0.0)
    swarm.phase[landed] = WAITING
    swarm.speed_mps[landed] = 0.0
    swarm.wait_s[landed] = rng.uniform(20, 90, int(landed.sum()))


def _cruise(swarm: Swarm, ports_m: Floats, step_s: float) -> None:
    who = np.flatnonzero((swarm.phase == CRUISING) | (swarm.phase == DESCENDING))
    east, north = ports_m[swarm.goal[who], 0] - swarm.east_m[who], ports_m[swarm.goal[who], 1] - swarm.north_m[who]
    away_m = np.hypot(east, north)
    bearing = np.degrees(np.arctan2(east, north))
    turn = (bearing - swarm.track_deg[who] + 180.0) % 360.0 - 180.0
    at_most = TURN_RATE_DPS * step_s
    swarm.track_deg[who] = (swarm.track_deg[who] + np.clip(turn, -at_most, at_most)) % 360.0
    wanted = np.minimum(swarm.cruise_mps[who], np.sqrt(2 * ACCELERATION_MPS2 * np.maximum(away_m - ARRIVAL_M / 3, 0)))
    wanted = np.where(np.abs(turn) > 60.0, np.minimum(wanted, 3.0), wanted)
    wanted = np.where(swarm.phase[who] == DESCENDING, 0.0, wanted)
    change = ACCELERATION_MPS2 * step_s
    swarm.speed_mps[who] += np.clip(wanted - swarm.speed_mps[who], -change, change)
    heading = np.radians(swarm.track_deg[who])
    swarm.east_m[who] += swarm.speed_mps[who] * np.sin(heading) * step_s
    swarm.north_m[who] += swarm.speed_mps[who] * np.cos(heading) * step_s
    swarm.phase[who[(swarm.phase[who] == CRUISING) & (away_m < ARRIVAL_M)]] = DESCENDING


def serial_of(number: int) -> str:
    """Return the serial of the demo fleet's n-th drone, counted from 0."""
    return f"LANWAN-{number + 1:05}"
