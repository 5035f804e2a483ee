"""What industry tells browsers."""

from dataclasses import dataclass
from typing import Any, ClassVar

from console.live.hub import Event


@dataclass(frozen=True, kw_only=True)
class JobChanged(Event):
    """A job was queued or ended. `job` is the whole of it as `GET /api/v1/jobs` lists it."""

    topic: ClassVar[str] = "jobs"
    right: ClassVar[str] = "industry.view_job"
    factory: str | None
    job: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class MachinesChanged(Event):
    """Machines of a factory reported, or a model judged them. Each is whole, as the factory's detail lists it."""

    topic: ClassVar[str] = "factories"
    right: ClassVar[str] = "industry.view_factory"
    factory: str
    machines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class MachineRemoved(Event):
    """A machine was deleted with its readings. `machine` is its name."""

    topic: ClassVar[str] = "factories"
    right: ClassVar[str] = "industry.view_factory"
    factory: str
    machine: str


@dataclass(frozen=True, kw_only=True)
class WorkloadChanged(Event):
    """Somebody changed what a factory runs."""

    topic: ClassVar[str] = "factories"
    right: ClassVar[str] = "industry.view_factory"
    factory: str
    workload: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class VehiclesChanged(Event):
    """Vehicles of a factory reported their states. Each is whole, as `GET /api/v1/vehicles` lists it."""

    topic: ClassVar[str] = "vehicles"
    right: ClassVar[str] = "industry.view_factory"
    factory: str
    vehicles: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class VehicleRemoved(Event):
    """A vehicle was deleted. `vehicle` is its key."""

    topic: ClassVar[str] = "vehicles"
    right: ClassVar[str] = "industry.view_factory"
    factory: str
    vehicle: int
