# ruff: noqa: N815  the standard names its fields so
"""States of vehicles on the wire: a JSON array of VDA 5050 `state` messages, checked item by item, and their lists.

Of a state is read what the map shows; the rest may be there and is left alone. Source: VDA 5050 2.1.0, `state.schema`,
and 3.0, which has `mobileRobotPosition` with `localized`, `powerSupply` and TEACH_IN in other words.
"""

from collections.abc import Iterator
from datetime import datetime
from math import isfinite, tau
from typing import Any, TypeGuard

from rest_framework import serializers

from console.rest.problem import shown
from industry.actions.transport.vehicle import MOST_PATH, VehicleState
from industry.models import Vehicle
from industry.serializers.reading import (
    EARLIEST,
    FUTURE_ALLOWED,
    MOST_NAME,
    Refusal,
    RefusedItemSerializer,
    items_of,
    parse_time,
)

MODES = ("AUTOMATIC", "SEMIAUTOMATIC", "MANUAL", "SERVICE", "TEACHIN", "STARTUP", "INTERVENED")
RENAMED = {"TEACH_IN": "TEACHIN"}
"""Modes that 3.0 writes otherwise."""
LEVELS = ("WARNING", "URGENT", "CRITICAL", "FATAL")
MOST_M = 10_000.0
MOST_ERRORS = 20


class PositionSerializer(serializers.Serializer[Any]):
    """Where a vehicle is on the plan of its factory, in metres; `theta` in radians from x, counter-clockwise."""

    positionInitialized = serializers.BooleanField()
    x = serializers.FloatField(min_value=-MOST_M, max_value=MOST_M)
    y = serializers.FloatField(min_value=-MOST_M, max_value=MOST_M)
    theta = serializers.FloatField(min_value=-tau, max_value=tau)


class VehicleStateSerializer(serializers.Serializer[Any]):
    """A state as the OpenAPI description shows it; `decode` does the checking, item by item."""

    manufacturer = serializers.CharField(max_length=MOST_NAME)
    serialNumber = serializers.CharField(max_length=MOST_NAME)
    timestamp = serializers.CharField(help_text="Time at the vehicle: RFC 3339 with a zone.")
    driving = serializers.BooleanField()
    operatingMode = serializers.ChoiceField(choices=[*MODES, *RENAMED])
    agvPosition = PositionSerializer(required=False, allow_null=True)
    batteryState = serializers.JSONField(required=False, help_text="{batteryCharge} [%]")
    nodeStates = serializers.JSONField(help_text="Nodes still to be passed, with their nodePosition {x, y} [m].")
    errors = serializers.JSONField(help_text="{errorType, errorLevel} each")  # type: ignore[assignment]


class VehicleAcceptanceSerializer(serializers.Serializer[Any]):
    """What became of a batch of states."""

    accepted = serializers.IntegerField()
    older = serializers.IntegerField(help_text="States that are not newer than what is known; no effect.")
    refused = RefusedItemSerializer(many=True)


class VehicleErrorSerializer(serializers.Serializer[Any]):
    """An error that a vehicle reports, in its own words."""

    type = serializers.CharField()
    level = serializers.ChoiceField(choices=LEVELS)


class VehicleSerializer(serializers.Serializer[Vehicle]):
    """A vehicle with the newest state it reported; place and heading are null while it does not know them."""

    id = serializers.IntegerField()
    factory = serializers.CharField()
    manufacturer = serializers.CharField()
    serial = serializers.CharField()
    at = serializers.DateTimeField(help_text="Time at the vehicle.")
    received_at = serializers.DateTimeField()
    lat_deg = serializers.FloatField(allow_null=True)
    lon_deg = serializers.FloatField(allow_null=True)
    heading_deg = serializers.FloatField(allow_null=True, help_text="Clockwise from north.")
    is_driving = serializers.BooleanField()
    operating_mode = serializers.ChoiceField(choices=MODES)
    battery_pct = serializers.FloatField(allow_null=True)
    errors = VehicleErrorSerializer(many=True)  # type: ignore[assignment]
    path_lon_lat_deg = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), help_text="Nodes of its order still to be passed."
    )
    stale_after_s = serializers.FloatField(help_text="From which age of its state on it is stale.")
    source = serializers.CharField()  # type: ignore[assignment]

    def to_representation(self, instance: Vehicle) -> dict[str, Any]:
        """Return the plain form that events carry, too."""
        return instance.as_plain()


def decode(body: bytes, now: datetime) -> tuple[list[VehicleState], list[Refusal]]:
    """Return the good states of a batch and why the others are refused.

    Raises:
        ValidationError: the body as a whole is not a batch.
    """
    good: list[VehicleState] = []
    refused: list[Refusal] = []
    for index, value in enumerate(items_of(body, is_ndjson=False)):
        wrong = next(problems(value, now), None)
        if wrong:
            refused.append({"index": index, **wrong})
        else:
            good.append(_state(index, value))
    return good, refused


def problems(value: Any, now: datetime) -> Iterator[Refusal]:
    """Yield {field, value, expected} for everything wrong with a state."""
    if not isinstance(value, dict):
        yield _wrong("", value, "an object")
        return
    for field in ("manufacturer", "serialNumber"):
        text = value.get(field)
        if not (isinstance(text, str) and 0 < len(text) <= MOST_NAME and text.isprintable()):
            yield _wrong(field, text, f"a name of 1 to {MOST_NAME} printable characters")
    yield from _time_problems(value.get("timestamp"), now)
    if not isinstance(value.get("driving"), bool):
        yield _wrong("driving", value.get("driving"), "true or false")
    if value.get("operatingMode") not in (*MODES, *RENAMED):
        yield _wrong("operatingMode", value.get("operatingMode"), f"one of {', '.join(MODES)}")
    yield from _place_problems(value)
    yield from _error_problems(value.get("errors", []))


def _time_problems(value: Any, now: datetime) -> Iterator[Refusal]:
    try:
        at = parse_time(value)
    except (ValueError, OverflowError, OSError):
        yield _wrong("timestamp", value, "RFC 3339 with a zone")
    else:
        if not EARLIEST <= at <= now + FUTURE_ALLOWED:
            yield _wrong("timestamp", value, "a time since 2000 and at most 1 s in the future")


def _place_problems(value: dict[str, Any]) -> Iterator[Refusal]:
    name, position = _position(value)
    expected = f"x and y from -{MOST_M:g} to {MOST_M:g} [m], theta from -2 pi to 2 pi [rad]"
    if position is not None and not (_is_point(position) and _is_angle(position.get("theta", 0.0))):
        yield _wrong(name, position, expected)
    nodes = value.get("nodeStates", [])
    if not isinstance(nodes, list) or len(nodes) > MOST_PATH:
        yield _wrong("nodeStates", None, f"at most {MOST_PATH} nodes")
    elif not all(isinstance(node, dict) and _is_point(node.get("nodePosition") or {"x": 0, "y": 0}) for node in nodes):
        yield _wrong("nodeStates", None, f"nodes whose nodePosition has {expected}")
    battery = _battery(value)
    if battery is not None and not (_is_number(battery) and 0 <= battery <= 100):
        yield _wrong("batteryState", battery, "batteryCharge from 0 to 100 [%]")


def _error_problems(errors: Any) -> Iterator[Refusal]:
    if not isinstance(errors, list) or len(errors) > MOST_ERRORS:
        yield _wrong("errors", None, f"at most {MOST_ERRORS} errors")
    elif not all(
        isinstance(error, dict) and _is_word(error.get("errorType")) and error.get("errorLevel") in LEVELS
        for error in errors
    ):
        yield _wrong("errors", None, f"a printable errorType, and errorLevel, one of {', '.join(LEVELS)}, of each")


def _state(index: int, value: dict[str, Any]) -> VehicleState:
    _, place = _position(value)
    position = place or {}
    is_known = bool(position) and all(position.get(name, True) is True for name in ("positionInitialized", "localized"))
    nodes = (node.get("nodePosition") for node in value.get("nodeStates", []))
    return VehicleState(
        index=index,
        manufacturer=value["manufacturer"],
        serial=value["serialNumber"],
        at=parse_time(value["timestamp"]),
        position_m=(position["x"], position["y"]) if is_known else None,
        theta_rad=position.get("theta") if is_known else None,
        is_driving=value["driving"],
        operating_mode=RENAMED.get(value["operatingMode"], value["operatingMode"]),
        battery_pct=_battery(value),
        errors=[_error(error) for error in value.get("errors", [])],
        path_m=[(node["x"], node["y"]) for node in nodes if node],
    )


def _error(error: dict[str, str]) -> dict[str, str]:
    return {"type": error["errorType"][:MOST_NAME], "level": error["errorLevel"]}


def _position(value: dict[str, Any]) -> tuple[str, Any]:
    """Return the name of the part that says where the vehicle is, and that part, None where there is none."""
    name = "mobileRobotPosition" if value.get("mobileRobotPosition") is not None else "agvPosition"
    return name, value.get(name)


def _battery(value: dict[str, Any]) -> Any:
    for name, part in (("batteryState", "batteryCharge"), ("powerSupply", "stateOfCharge")):
        if isinstance(value.get(name), dict):
            return value[name].get(part)
    return None


def _is_point(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and all(
        _is_number(value.get(axis)) and abs(value[axis]) <= MOST_M for axis in ("x", "y")
    )


def _is_angle(value: Any) -> TypeGuard[float]:
    return _is_number(value) and abs(value) <= tau


def _is_word(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value.isprintable()


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _wrong(field: str, value: Any, expected: str) -> Refusal:
    return {"field": field, "value": shown(value), "expected": expected}
