"""What a simulated site is set to: pushed from outside, checked, versioned, applied a moment later, acknowledged."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from network.emulator.places import Antenna, Place
from network.emulator.routes import Routes

log = logging.getLogger(__name__)

APPLY_AFTER_S = 1.0
KEPT_VERSIONS = 100
LIMITS = {"tilt_deg": (-10.0, 30.0), "power_dbm": (0.0, 60.0)}
MOST_ROUTE_SITES = 64


class Conflict(Exception):  # noqa: N818  it reads as what happened
    """The version that a push counts on is not the newest."""


@dataclass(frozen=True)
class Cell:
    """What one sector is set to."""

    tilt_deg: float
    power_dbm: float
    is_asleep: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON can carry it."""
        return {"tilt_deg": self.tilt_deg, "power_dbm": self.power_dbm, "is_asleep": self.is_asleep}


@dataclass(frozen=True)
class Setting:
    """One version of what a site is set to."""

    version: int
    cells: dict[str, Cell]
    route: tuple[str, ...] | None  # sites from the core on; None: the shortest way, protected
    request: str
    pushed_s: float

    def as_json(self, now_s: float) -> dict[str, Any]:
        """Return it as JSON can carry it, with whether it is in force."""
        return {
            "version": self.version,
            "state": "applied" if self.is_applied(now_s) else "accepted",
            "request": self.request,
            "age_s": round(now_s - self.pushed_s, 3) if isfinite(self.pushed_s) else None,
            "cells": {slug: cell.as_json() for slug, cell in self.cells.items()},
            "route": list(self.route) if self.route else None,
        }

    def kept(self) -> dict[str, Any]:
        """Return it as the site's memory holds it."""
        return {
            "version": self.version,
            "request": self.request,
            "route": list(self.route) if self.route else None,
            "pushed_s": self.pushed_s if isfinite(self.pushed_s) else None,
            "cells": {slug: cell.as_json() for slug, cell in self.cells.items()},
        }

    def is_applied(self, now_s: float) -> bool:
        """Whether it is in force."""
        return self.version == 0 or now_s - self.pushed_s >= APPLY_AFTER_S


def forget(_told: dict[str, Any]) -> None:
    """Remember nothing."""


@dataclass
class Settings:
    """The settings of one site, and those before."""

    place: Place
    routes: Routes
    rerouted: Callable[[], None]
    keep: Callable[[dict[str, Any]], None] = forget  # or remembers it, or raises OSError
    versions: deque[Setting] = field(default_factory=lambda: deque(maxlen=KEPT_VERSIONS))

    def __post_init__(self) -> None:
        self.versions.append(
            Setting(0, {antenna.slug: _as_built(antenna) for antenna in self.place.antennas}, None, "", float("-inf"))
        )

    def newest(self) -> Setting:
        """Return what was pushed last, in force or not yet."""
        return self.versions[-1]

    def applied(self, now_s: float) -> Setting:
        """Return what is in force; the route of a version that has come into force is taken."""
        version = next((push for push in reversed(self.versions) if push.is_applied(now_s)), self.versions[0])
        pinned = self.routes.pins.get(self.place.slug)
        if pinned != version.route:
            self.routes.pins.pop(self.place.slug, None)
            if version.route:
                self.routes.pins[self.place.slug] = version.route
            self.rerouted()
        return version

    def push(self, body: Any, now_s: float) -> Setting:
        """Take a push in; the same request again answers what it answered.

        Raises:
            ValueError: a field is wrong; the message names it.
            Conflict: it counts on another version than the newest.
            OSError: it could not be remembered; then it is not taken.
        """
        if not isinstance(body, dict):
            raise ValueError("the body is no JSON object; expected request, version, cells, route")  # noqa: TRY004  as all others
        request = body.get("request")
        if not isinstance(request, str) or not 0 < len(request) <= 80:
            raise ValueError(f"request is {request!r}; expected a text of 1 to 80 characters of your choice")
        for before in self.versions:
            if before.request == request:
                return before
        newest = self.newest()
        if body.get("version") != newest.version:
            raise Conflict(f"version is {body.get('version')!r}; expected {newest.version}, the newest")
        cells = _cells(body.get("cells", {}), newest.cells)
        route = _route(body["route"], self) if "route" in body else newest.route
        taken = Setting(newest.version + 1, cells, route, request, now_s)
        kept = [*self.versions, taken][-KEPT_VERSIONS:]
        self.keep({"versions": [push.kept() for push in kept]})
        self.versions.append(taken)
        return taken

    def recall(self, kept: Any, now_s: float) -> None:
        """Go on with what was kept before a restart; sectors that came meanwhile are as built, others are dropped.

        Raises:
            ValueError: it is not what was kept; then nothing is changed.
        """
        try:
            settings = [self._recalled(push, now_s) for push in kept["versions"]]
        except (KeyError, TypeError, AttributeError) as reason:
            raise ValueError(f"it holds no versions: {reason!r}") from reason
        numbers = [setting.version for setting in settings]
        if not settings or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise ValueError(f"its versions are {numbers[:5]}; expected each one more than the one before")
        self.versions = deque(settings, maxlen=KEPT_VERSIONS)

    def _recalled(self, kept: dict[str, Any], now_s: float) -> Setting:
        cells = {
            antenna.slug: _recalled_cell(kept["cells"].get(antenna.slug), antenna) for antenna in self.place.antennas
        }
        pushed_s = float("-inf") if kept["pushed_s"] is None else min(float(kept["pushed_s"]), now_s)
        version, request, route = kept["version"], kept["request"], kept["route"]
        if type(version) is not int or version < 0 or not isinstance(request, str):
            raise ValueError(f"version is {version!r} of request {request!r}; expected a number and a text")
        return Setting(version, cells, self._way(route), request, pushed_s)

    def _way(self, route: Any) -> tuple[str, ...] | None:
        """Return a route that was kept, None where its links are there no more."""
        try:
            return _route(route, self)
        except ValueError as reason:
            log.warning("%s goes the shortest way: %s", self.place.slug, reason)
            return None


def antenna_of(antenna: Antenna, cell: Cell) -> Antenna:
    """Return an antenna as it is set."""
    return replace(antenna, tilt_deg=cell.tilt_deg, power_dbm=cell.power_dbm)


def _recalled_cell(kept: dict[str, Any] | None, antenna: Antenna) -> Cell:
    if kept is None:
        return _as_built(antenna)
    cell = Cell(float(kept["tilt_deg"]), float(kept["power_dbm"]), kept["is_asleep"])
    if not (isfinite(cell.tilt_deg) and isfinite(cell.power_dbm) and isinstance(cell.is_asleep, bool)):
        raise ValueError(f"cells.{antenna.slug} is {kept!r}; expected tilt_deg, power_dbm and is_asleep")
    return cell


def _as_built(antenna: Antenna) -> Cell:
    return Cell(antenna.tilt_deg, antenna.power_dbm, antenna.is_asleep)


def _cells(changes: Any, before: dict[str, Cell]) -> dict[str, Cell]:
    if not isinstance(changes, dict):
        raise ValueError(f"cells is {changes!r}; expected an object with a sector's slug for each change")  # noqa: TRY004
    cells = dict(before)
    for slug, change in changes.items():
        if slug not in cells or not isinstance(change, dict):
            raise ValueError(f"cells.{slug} is {change!r}; expected changes of one of {', '.join(before) or 'none'}")
        if strange := change.keys() - {"tilt_deg", "power_dbm", "is_asleep"}:
            raise ValueError(f"cells.{slug}.{min(strange)} is no setting; expected tilt_deg, power_dbm, is_asleep")
        for name, value in change.items():
            _check(f"cells.{slug}.{name}", name, value)
        cells[slug] = replace(cells[slug], **change)
    return cells


def _check(path: str, name: str, value: Any) -> None:
    if name == "is_asleep":
        if not isinstance(value, bool):
            raise ValueError(f"{path} is {value!r}; expected true or false")
        return
    low, high = LIMITS[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{path} is {value!r}; expected a number, {low:g} to {high:g}")


def _route(value: Any, settings: Settings) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST_ROUTE_SITES or value[-1:] != [settings.place.slug]:
        raise ValueError(f"route is {value!r}; expected null, or sites from the core to {settings.place.slug!r}")
    if not all(isinstance(site, str) for site in value):
        raise ValueError(f"route is {value!r}; expected slugs of sites")
    settings.routes.along(value)
    return tuple(value)
