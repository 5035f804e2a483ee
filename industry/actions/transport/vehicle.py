"""Taking the states of a factory's vehicles, and telling browsers of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from console.actions.audit.audit import Actor, record
from console.door import intake
from console.live import hub
from industry.events import VehicleRemoved, VehiclesChanged
from industry.kernels.transport.plan import Ground, heading_deg, places_of
from industry.models import Factory, UnknownMachines, Vehicle

MOST_VEHICLES = 500
MOST_PER_EVENT = 50
MOST_PATH = 200
Key = tuple[str, str]


@dataclass(frozen=True)
class VehicleState:
    """A good state of a batch: its place in it, whose it is, when, and what it says; metres and radians of the plan."""

    index: int
    manufacturer: str
    serial: str
    at: datetime
    position_m: tuple[float, float] | None
    theta_rad: float | None
    is_driving: bool
    operating_mode: str
    battery_pct: float | None
    errors: list[dict[str, str]]
    path_m: list[tuple[float, float]]

    @property
    def key(self) -> Key:
        """Return what the vehicle is known by in its factory."""
        return self.manufacturer, self.serial


@dataclass
class Acceptance:
    """What became of a batch: states that are the newest now, older ones without effect, and what was refused."""

    accepted: int = 0
    older: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def accept_states(actor: Actor, factory: Factory, states: list[VehicleState], now: datetime) -> Acceptance:
    """Keep the newest state of each vehicle; one that is not newer than what is known has no effect.

    A vehicle that nobody has named before is registered, unless the factory refuses unknown machines: it is one.

    Args:
        actor: who sends them.
        factory: whose vehicles they are of.
        states: checked states, each with its place in the batch.
        now: the time of receipt.

    Raises:
        Unavailable: this installation has no room for more.
    """
    intake.admit(intake.Work.STREAM)
    factory = Factory.objects.select_for_update().get(pk=factory.pk)  # batches of a factory are taken one by one
    known = _known(factory, {state.key for state in states})
    outcome = Acceptance()
    new = sorted({state.key for state in states} - known.keys())
    room = _room(factory) if new else 0
    allowed = known.keys() | set(new[:room])
    newest: dict[Key, VehicleState] = {}
    for state in states:
        if state.key not in allowed:
            outcome.refused.append(_no_room(factory, state))
        elif _is_news(state, known.get(state.key), newest.get(state.key)):
            newest[state.key] = state
    taken = [_moved(factory, known.get(key), state, now) for key, state in newest.items()]
    _store(taken)
    outcome.accepted = len(newest)
    outcome.older = len(states) - len(newest) - len(outcome.refused)
    if registered := [key for key in new[:room] if key in newest]:
        names = [" ".join(key) for key in registered]
        record(
            actor, "registered vehicles", f"factory {factory.slug}", now, owner=factory.organisation_id, vehicles=names
        )
    tell_vehicles(factory, taken, now)
    return outcome


def _known(factory: Factory, keys: set[Key]) -> dict[Key, Vehicle]:
    serials = {serial for _, serial in keys}
    rows = factory.vehicles.filter(serial__in=serials)
    return {(row.manufacturer, row.serial): row for row in rows if (row.manufacturer, row.serial) in keys}


def _is_news(state: VehicleState, known: Vehicle | None, before: VehicleState | None) -> bool:
    since = before.at if before else known.at if known else None
    return since is None or state.at > since


def _room(factory: Factory) -> int:
    """Return how many vehicles may still be registered."""
    is_open = factory.unknown_machines == UnknownMachines.REGISTER
    return max(0, MOST_VEHICLES - factory.vehicles.count()) if is_open else 0


def _no_room(factory: Factory, state: VehicleState) -> dict[str, Any]:
    is_open = factory.unknown_machines == UnknownMachines.REGISTER
    expected = f"at most {MOST_VEHICLES} vehicles per factory" if is_open else "a vehicle registered for this factory"
    return {"index": state.index, "field": "serialNumber", "value": state.serial, "expected": expected}


def _moved(factory: Factory, known: Vehicle | None, state: VehicleState, now: datetime) -> Vehicle:
    """Return the vehicle as the state has it; nothing is stored."""
    vehicle = known or Vehicle(factory=factory, manufacturer=state.manufacturer, serial=state.serial, registered_at=now)
    vehicle.factory = factory
    ground = ground_of(factory)
    place = places_of([state.position_m], ground)[0] if state.position_m else (None, None)
    vehicle.at, vehicle.received_at = state.at, now
    vehicle.lon_deg, vehicle.lat_deg = (None if part is None else round(float(part), 7) for part in place)
    vehicle.heading_deg = None if state.theta_rad is None else round(heading_deg(state.theta_rad, ground), 1)
    vehicle.is_driving, vehicle.operating_mode = state.is_driving, state.operating_mode
    vehicle.battery_pct, vehicle.errors = state.battery_pct, state.errors
    vehicle.path_lon_lat_deg = places_of(state.path_m, ground).round(7).tolist() if state.path_m else []
    return vehicle


_CHANGING = [
    "at", "received_at", "lat_deg", "lon_deg", "heading_deg", "is_driving", "operating_mode", "battery_pct", "errors",
    "path_lon_lat_deg",
]  # fmt: skip


def _store(vehicles: list[Vehicle]) -> None:
    Vehicle.objects.bulk_create([vehicle for vehicle in vehicles if vehicle.pk is None])
    Vehicle.objects.bulk_update([vehicle for vehicle in vehicles if vehicle.pk is not None], _CHANGING)


def ground_of(factory: Factory) -> Ground:
    """Return where the plan of a factory lies; one without a plan looks north."""
    bearing_deg = (factory.plan or {}).get("bearing_deg", 0.0)
    return Ground(factory.lat_deg, factory.lon_deg, bearing_deg)


def plan_of(factory: Factory) -> dict[str, Any] | None:
    """Return the plan of a factory as lines of longitude and latitude, or None where there is none."""
    if not factory.plan:
        return None
    ground = ground_of(factory)
    lines = [*factory.plan.get("outline_m", []), *factory.plan.get("aisles_m", [])]
    placed = [places_of(line, ground).round(7).tolist() for line in lines]
    count = len(factory.plan.get("outline_m", []))
    return {"outline_lon_lat_deg": placed[:count], "aisles_lon_lat_deg": placed[count:]}


@transaction.atomic
def delete_vehicle(actor: Actor, vehicle: Vehicle, now: datetime) -> None:
    """Delete a vehicle. If its factory posts a state of it again, it is a new one."""
    factory, pk = vehicle.factory, vehicle.pk
    details = {"last_heard_at": vehicle.received_at.isoformat(), "registered_at": vehicle.registered_at.isoformat()}
    subject = f"vehicle {vehicle} of {factory.slug}"
    record(actor, "deleted vehicle", subject, now, owner=factory.organisation_id, **details)
    vehicle.delete()
    hub.publish(VehicleRemoved(at=now, organisation=factory.organisation_id, factory=factory.slug, vehicle=pk))


def tell_vehicles(factory: Factory, vehicles: Iterable[Vehicle], now: datetime) -> None:
    """Tell browsers how these vehicles are now."""
    plain = [vehicle.as_plain() for vehicle in vehicles]
    for first in range(0, len(plain), MOST_PER_EVENT):
        some = plain[first : first + MOST_PER_EVENT]
        hub.publish(VehiclesChanged(at=now, organisation=factory.organisation_id, factory=factory.slug, vehicles=some))
