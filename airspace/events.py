"""What the airspace tells browsers. Positions go as frames, see `airspace.kernels.wire`."""

from dataclasses import dataclass
from typing import Any, ClassVar

from console.live.hub import Event


@dataclass(frozen=True, kw_only=True)
class DroneChanged(Event):
    """A drone's registration changed. `drone` is the registration as a whole."""

    topic: ClassVar[str] = "drones"
    right: ClassVar[str] = "airspace.view_drone"
    drone: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class DronesRemoved(Event):
    """Drones were retired or deleted: nothing is shown of them any more. `drones` holds their keys."""

    topic: ClassVar[str] = "drones"
    right: ClassVar[str] = "airspace.view_drone"
    drones: list[int]


@dataclass(frozen=True, kw_only=True)
class DronesRegistered(Event):
    """Drones reported for the first time. `drones` holds the first hundred registrations, `count` counts all."""

    topic: ClassVar[str] = "drones"
    right: ClassVar[str] = "airspace.view_drone"
    count: int
    drones: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class DroneLeft(Event):
    """A drone is another organisation's now; told to the one it was of. `drone` is its number."""

    topic: ClassVar[str] = "drones"
    right: ClassVar[str] = "airspace.view_drone"
    drone: int
