"""Readings on the wire: a JSON array or NDJSON, checked item by item."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

import msgspec
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from console.door import strict_json
from console.rest.problem import shown
from industry.actions.telemetry.reading import Item
from industry.kernels.catalogue.features import INPUTS, TYPES

MOST_ITEMS = 1_000
MOST_NAME = 80
FUTURE_ALLOWED = timedelta(seconds=1)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

Refusal = dict[str, Any]


def _number(name: str) -> serializers.FloatField:
    input_ = next(input_ for input_ in INPUTS if input_.name == name)
    return serializers.FloatField(min_value=input_.low, max_value=input_.high, help_text=f"[{input_.unit}]")


class InputsSerializer(serializers.Serializer[Any]):
    """One state of a machine, as the machine-failure model takes it."""

    type = serializers.ChoiceField(choices=list(TYPES), help_text="Quality variant of the product: low, medium, high.")
    air_temperature_k = _number("air_temperature_k")
    process_temperature_k = _number("process_temperature_k")
    rotational_speed_rpm = _number("rotational_speed_rpm")
    torque_nm = _number("torque_nm")
    tool_wear_min = _number("tool_wear_min")


class ReadingSerializer(InputsSerializer):
    """One reading, as the OpenAPI description shows it; `decode` does the checking, item by item."""

    machine = serializers.CharField(max_length=MOST_NAME)
    at = serializers.CharField(help_text="Time at the machine: RFC 3339 with a zone, or epoch milliseconds.")


class RefusedItemSerializer(serializers.Serializer[Any]):
    """Why one item was not taken."""

    index = serializers.IntegerField()
    field = serializers.CharField()
    value = serializers.JSONField()
    expected = serializers.CharField()


class JobLinkSerializer(serializers.Serializer[Any]):
    """A job that the batch caused."""

    id = serializers.UUIDField()
    node = serializers.CharField(allow_null=True)


class AcceptanceSerializer(serializers.Serializer[Any]):
    """What became of a batch."""

    accepted = serializers.IntegerField()
    repeated = serializers.IntegerField(help_text="Items whose machine and time were known already; no effect.")
    refused = RefusedItemSerializer(many=True)
    jobs = JobLinkSerializer(many=True)


def decode(body: bytes, now: datetime, *, is_ndjson: bool) -> tuple[list[Item], list[Refusal]]:
    """Return the good items of a batch and why the others are refused.

    Raises:
        ValidationError: the body as a whole is not a batch.
    """
    good: list[Item] = []
    refused: list[Refusal] = []
    for index, value in enumerate(items_of(body, is_ndjson=is_ndjson)):
        wrong = [{"index": index, **problem} for problem in problems(value, now)]
        if wrong:
            refused += wrong[:1]
        else:
            good.append(Item(index, value["machine"], parse_time(value["at"]), _values(value)))
    return good, refused


def problems(value: Any, now: datetime) -> Iterator[Refusal]:
    """Yield {field, value, expected} for everything wrong with an item."""
    if not isinstance(value, dict):
        yield _wrong("", value, "an object")
        return
    machine = value.get("machine")
    if not (isinstance(machine, str) and 0 < len(machine) <= MOST_NAME and machine.isprintable()):
        yield _wrong("machine", machine, f"a name of 1 to {MOST_NAME} printable characters")
    try:
        at = parse_time(value.get("at"))
    except (ValueError, OverflowError, OSError):
        yield _wrong("at", value.get("at"), "RFC 3339 with a zone, or epoch milliseconds")
    else:
        if not EARLIEST <= at <= now + FUTURE_ALLOWED:
            yield _wrong("at", value.get("at"), "a time since 2000 and at most 1 s in the future")
    yield from input_problems(value)


def input_problems(value: dict[str, Any]) -> Iterator[Refusal]:
    """Yield what is wrong with the numbers of a reading."""
    kind = value.get("type")
    if not (isinstance(kind, str) and len(kind) == 1 and kind in TYPES):
        yield _wrong("type", kind, f"one of {', '.join(TYPES)}")
    for input_ in INPUTS:
        number = value.get(input_.name)
        if not _is_number(number) or not input_.low <= number <= input_.high:
            yield _wrong(input_.name, number, f"a number from {input_.low:g} to {input_.high:g} [{input_.unit}]")


def parse_time(value: Any) -> datetime:
    """Return an aware time from RFC 3339 or epoch milliseconds.

    Raises:
        ValueError: it is neither.
    """
    if _is_number(value):
        return datetime.fromtimestamp(value / 1e3, UTC)
    if not isinstance(value, str):
        raise ValueError("neither text nor number")  # noqa: TRY004  one kind of error for one kind of mistake
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at.astimezone(UTC)


def items_of(body: bytes, *, is_ndjson: bool) -> list[Any]:
    """Return what a batch holds, not yet checked.

    Raises:
        ValidationError: it is not a batch.
    """
    try:
        strict_json.check_shape(body)
        items = msgspec.json.Decoder().decode_lines(body) if is_ndjson else strict_json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, strict_json.NotJson) as reason:
        raise ValidationError({"body": [f"a JSON array, or NDJSON as application/x-ndjson; {reason}"]}) from reason
    if not isinstance(items, list):
        raise ValidationError({"body": ["a JSON array"]})
    if len(items) > MOST_ITEMS:
        raise ValidationError({"body": [f"at most {MOST_ITEMS} items; {len(items)} given"]})
    return items


def _values(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": value["type"], **{input_.name: value[input_.name] for input_ in INPUTS}}


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong(field: str, value: Any, expected: str) -> Refusal:
    return {"field": field, "value": shown(value), "expected": expected}
