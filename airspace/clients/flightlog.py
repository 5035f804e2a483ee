"""PX4 flight logs (ULog) as reports: positions with their own timing, converted to the units of the API."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyulog import ULog

from airspace.clients.poster import Poster

Floats = NDArray[np.float64]
TOPICS = ("vehicle_global_position", "vehicle_gps_position", "sensor_gps")
OTHERS = ("battery_status", "vehicle_attitude", "vehicle_land_detected", "vehicle_local_position")
WINDOW_S = 0.2
MOVING_MPS = 0.5
FIX_3D = 3


class BadLog(Exception):  # noqa: N818  it reads as what it is
    """A file that holds no flight we can report."""


@dataclass(frozen=True)
class Flight:
    """A flight's reports without serial, each with its time since the first. `skipped` had no position fix."""

    topic: str
    after_s: list[float]
    reports: list[dict[str, Any]]
    skipped: int


def read(path: Path) -> Flight:
    """Return the flight of a log.

    Raises:
        BadLog: the file cannot be read, or holds no position.
    """
    log = _open(path)
    topics = {topic: data for topic in (*TOPICS, *OTHERS) if (data := _data(log, topic))}
    topic = next((name for name in TOPICS if name in topics), None)
    if topic is None:
        there = ", ".join(sorted({data.name for data in log.data_list})) or "nothing"
        raise BadLog(f"{path.name}: no position topic; expected one of {', '.join(TOPICS)}; it holds {there}")
    time_us = topics[topic]["timestamp"].astype(np.float64)
    columns = _columns(topics, topic, time_us)
    good = np.isfinite(columns["lat_deg"]) & np.isfinite(columns["lon_deg"]) & np.isfinite(columns["altitude_wgs84_m"])
    good &= topics[topic].get("fix_type", np.full(len(time_us), FIX_3D)) >= FIX_3D
    good[1:] &= np.diff(time_us) > 0
    if not good.any():
        raise BadLog(f"{path.name}: {topic} holds {len(good)} samples, none with a three-dimensional fix")
    kept = np.flatnonzero(good).tolist()
    after_s = ((time_us[kept] - time_us[kept[0]]) / 1e6).tolist()
    return Flight(topic, after_s, [_report(columns, index) for index in kept], int((~good).sum()))


def replay(flight: Flight, serial: str, poster: Poster, speed: float, say: Callable[[str], None]) -> None:
    """Post a flight as if it began now, `speed` times as fast as it was.

    Raises:
        Rejected: the server will not take our reports.
    """
    began, began_ms = time.monotonic(), time.time() * 1000
    for after_s, indices in _windows(flight, speed):
        time.sleep(max(0.0, began + after_s - time.monotonic()))
        poster.put(
            [
                {"serial": serial, "at": int(began_ms + flight.after_s[index] / speed * 1000), **flight.reports[index]}
                for index in indices
            ]
        )
        say(f"{indices.stop} of {len(flight.reports)} reports, {after_s:.0f} of {flight.after_s[-1] / speed:.0f} s")


def _open(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return ULog(file, [*TOPICS, *OTHERS])
    except FileNotFoundError as missing:
        raise BadLog(f"{path}: no such file") from missing
    except Exception as reason:  # the parser raises whatever the bytes make it stumble over
        raise BadLog(f"{path.name}: not a readable PX4 ULog file ({reason})") from reason


def _windows(flight: Flight, speed: float) -> Iterator[tuple[float, range]]:
    """Yield runs of samples that fall into one window, with the time at which the last of them is due."""
    start = 0
    due_s = [after_s / speed for after_s in flight.after_s]
    for index in range(1, len(due_s) + 1):
        if index == len(due_s) or due_s[index] - due_s[start] > WINDOW_S or index - start >= 200:
            yield due_s[index - 1], range(start, index)
            start = index


def _data(log: Any, topic: str) -> dict[str, Any]:
    topics = [data for data in log.data_list if data.name == topic and len(data.data["timestamp"])]
    return dict(min(topics, key=lambda data: data.multi_id).data) if topics else {}


def _columns(topics: dict[str, dict[str, Any]], topic: str, time_us: Floats) -> dict[str, Floats]:
    position = topics[topic]
    gps = position if topic != TOPICS[0] else {}
    north, east = gps.get("vel_n_m_s"), gps.get("vel_e_m_s")
    local = topics.get("vehicle_local_position", {})
    if north is None and "vx" in local:
        north, east = _at(local, "vx", time_us), _at(local, "vy", time_us)
    unknown = np.full(len(time_us), np.nan)
    speed = np.hypot(north, east) if north is not None and east is not None else unknown
    course = np.degrees(np.arctan2(east, north)) % 360 if north is not None and east is not None else unknown
    down = gps["vel_d_m_s"] if "vel_d_m_s" in gps else _at(local, "vz", time_us)
    return {
        **_place(position),
        "speed_mps": speed,
        "track_deg": np.where(speed >= MOVING_MPS, course, _yaw_deg(topics.get("vehicle_attitude", {}), time_us)),
        "vertical_speed_mps": -np.asarray(down, np.float64),
        "height_agl_m": _height(local, time_us),
        "battery_pct": _percent(topics.get("battery_status", {}), time_us),
        "accuracy_h_m": np.asarray(position.get("eph", unknown), np.float64),
        "accuracy_v_m": np.asarray(position.get("epv", unknown), np.float64),
        "landed": _at(topics.get("vehicle_land_detected", {}), "landed", time_us),
    }


def _place(position: dict[str, Any]) -> dict[str, Floats]:
    """Return latitude, longitude and height in degrees and metres; logs hold three generations of field names."""
    for names in (("latitude_deg", "longitude_deg", "altitude_ellipsoid_m"), ("lat", "lon", "alt_ellipsoid")):
        if all(name in position for name in names):
            lat, lon, height = (np.asarray(position[name]) for name in names)
            if np.issubdtype(lat.dtype, np.integer):  # 1e-7 degrees and millimetres; else degrees and metres
                lat, lon, height = lat * 1e-7, lon * 1e-7, height * 1e-3
            places = {"lat_deg": lat, "lon_deg": lon, "altitude_wgs84_m": height}
            return {name: np.asarray(values, np.float64) for name, values in places.items()}
    raise BadLog("the position topic has no height above the WGS-84 ellipsoid")


def _at(data: dict[str, Any], name: str, time_us: Floats) -> Floats:
    """Return the newest value of another topic at each time; NaN before its first sample."""
    if name not in data:
        return np.full(len(time_us), np.nan)
    index = np.searchsorted(data["timestamp"].astype(np.float64), time_us, side="right") - 1
    return np.where(index >= 0, np.asarray(data[name], np.float64)[np.maximum(index, 0)], np.nan)


def _yaw_deg(attitude: dict[str, Any], time_us: Floats) -> Floats:
    w, x, y, z = (_at(attitude, f"q[{number}]", time_us) for number in range(4))
    return np.asarray(np.degrees(np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))) % 360, np.float64)


def _height(local: dict[str, Any], time_us: Floats) -> Floats:
    return np.where(_at(local, "dist_bottom_valid", time_us) == 1, _at(local, "dist_bottom", time_us), np.nan)


def _percent(battery: dict[str, Any], time_us: Floats) -> Floats:
    share = _at(battery, "remaining", time_us)
    return np.where((share >= 0) & (share <= 1), share * 100, np.nan)


def _report(columns: dict[str, Floats], index: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: round(float(values[index]), 7 if name in ("lat_deg", "lon_deg") else 2)
        for name, values in columns.items()
        if np.isfinite(values[index]) and name != "landed"
    }
    landed = columns["landed"][index]
    if np.isfinite(landed):
        row["status"] = "ground" if landed else "airborne"
    return row
