"""The demo fleet: drones between vertiports of the metropolis, reporting once a second over the public API."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from airspace.clients.poster import Poster, Posters
from airspace.kernels import flight
from airspace.kernels.flight import Floats, Swarm, serial_of
from network.kernels.geodesy import from_enu
from network.kernels.metropolis import CENTRE_DEG, is_land

PORTS = 48
RADIUS_M = 20_000.0
GROUND_WGS84_M = 15.0
BATCH = 200
ACCURACY_M = 1.5
SAY_EVERY_S = 10.0


def vertiports(rng: np.random.Generator) -> Floats:
    """Return the vertiports: seeded points on land within 20 km of the centre, denser in the middle; metres."""
    radius_m, angle = RADIUS_M * rng.uniform(0, 1, 20 * PORTS) ** 0.75, rng.uniform(0, 2 * np.pi, 20 * PORTS)
    points_m = np.column_stack([radius_m * np.sin(angle), radius_m * np.cos(angle)])
    return points_m[is_land(points_m[:, 0], points_m[:, 1])][:PORTS]


class Fleet:
    """N drones and the reports they send."""

    def __init__(self, drones: int, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self.ports_m = vertiports(self._rng)
        self.swarm: Swarm = flight.launch(self.ports_m, drones, self._rng)
        self._batches = [range(start, min(start + BATCH, drones)) for start in range(0, drones, BATCH)]

    def warm_up(self, minutes: int) -> None:
        """Fly for a while before the first report, so that the city is busy from the start."""
        for _ in range(minutes * 60):
            self.advance(1.0)

    def advance(self, step_s: float) -> None:
        """Fly everyone on."""
        flight.advance(self.swarm, self.ports_m, step_s, self._rng)

    def moments(self, period_s: float) -> Iterator[tuple[float, range]]:
        """Yield the batches of one period and when in it each is due, spread evenly, in seconds."""
        for number, who in enumerate(self._batches):
            yield number * period_s / len(self._batches), who

    def reports(self, who: range, later_s: float, at_ms: int) -> list[dict[str, Any]]:
        """Return the reports of some drones, flown straight on by `later_s` since the last step."""
        swarm, index = self.swarm, np.arange(who.start, who.stop)
        heading = np.radians(swarm.track_deg[index])
        east_m = swarm.east_m[index] + swarm.speed_mps[index] * np.sin(heading) * later_s
        north_m = swarm.north_m[index] + swarm.speed_mps[index] * np.cos(heading) * later_s
        lat_deg, lon_deg = from_enu(east_m, north_m, *CENTRE_DEG)
        height_m = np.maximum(swarm.height_m[index] + swarm.climb_mps[index] * later_s, 0.0)
        columns = {
            "lat_deg": lat_deg.round(7),
            "lon_deg": lon_deg.round(7),
            "altitude_wgs84_m": (height_m + GROUND_WGS84_M).round(1),
            "speed_mps": swarm.speed_mps[index].round(2),
            "track_deg": swarm.track_deg[index].round(2) % 360,
            "vertical_speed_mps": swarm.climb_mps[index].round(2),
            "height_agl_m": height_m.round(1),
            "battery_pct": swarm.battery_pct[index].round(1),
        }
        on_ground = swarm.phase[index] == flight.WAITING
        fixed = {"at": at_ms, "accuracy_h_m": ACCURACY_M, "accuracy_v_m": 2 * ACCURACY_M}
        rows = zip(who, on_ground.tolist(), *(column.tolist() for column in columns.values()), strict=True)
        return [
            {
                "serial": serial_of(number),
                "status": "ground" if is_down else "airborne",
                **dict(zip(columns, values, strict=True)),
                **fixed,
            }
            for number, is_down, *values in rows
        ]


def fly(
    fleet: Fleet, poster: Poster | Posters, rate_hz: float, say: Callable[[str], None], is_over: Callable[[], bool]
) -> None:
    """Fly and report until `is_over`. A late turn is not made up for: the fleet flies in real time or slower.

    Raises:
        Rejected: the server will not take our reports.
    """
    period_s = 1.0 / rate_hz
    begins = time.monotonic()
    say_at = begins
    while not is_over():
        for due_s, who in fleet.moments(period_s):
            time.sleep(max(0.0, begins + due_s - time.monotonic()))
            poster.put(fleet.reports(who, due_s, int(time.time() * 1000)))
        fleet.advance(period_s)
        begins = max(begins + period_s, time.monotonic() - period_s)
        time.sleep(max(0.0, begins - time.monotonic()))
        if time.monotonic() >= say_at:
            say_at = time.monotonic() + SAY_EVERY_S
            say(_summary(fleet.swarm, poster))


def _summary(swarm: Swarm, poster: Poster | Posters) -> str:
    in_air = int((swarm.phase != flight.WAITING).sum())
    text = f"{in_air} of {len(swarm.phase)} in the air, {poster.accepted} reports accepted, {poster.waiting} waiting"
    if poster.refused:
        text += f", {poster.refused} refused (the last: {poster.last_refusal})"
    return text + (f", {poster.given_up} given up" if poster.given_up else "")
