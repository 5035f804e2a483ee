"""The wire shape of a report, validated by msgspec: `POST /api/v1/reports` decodes a batch of hundred in 80 us."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from console.door import strict_json
from console.rest.problem import shown

MAX_AHEAD_MS = 1_000
OLDEST_MS = 946_684_800_000  # the year 2000: what is older was sent in seconds by mistake
MAX_ITEMS = 10_000
Metres = Annotated[float, Meta(ge=-500, le=10_000)]
Accuracy = Annotated[float, Meta(ge=0, le=10_000)]
Status = Literal["undeclared", "ground", "airborne", "emergency", "remote_id_failure"]


class Report(Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Where a drone was. The order is that of `Position.COLUMNS` from `lat_deg` on."""

    serial: Annotated[str, Meta(min_length=1, max_length=64)]
    at: Annotated[int, Meta(ge=OLDEST_MS)] | Annotated[datetime, Meta(tz=True)]
    operator: Annotated[str, Meta(max_length=80)] | None = None
    lat_deg: Annotated[float, Meta(ge=-90, le=90)]
    lon_deg: Annotated[float, Meta(ge=-180, le=180)]
    altitude_wgs84_m: Metres
    speed_mps: Annotated[float, Meta(ge=0, le=350)] | None = None
    track_deg: Annotated[float, Meta(ge=0, le=360)] | None = None
    vertical_speed_mps: Annotated[float, Meta(ge=-150, le=150)] | None = None
    height_agl_m: Metres | None = None
    battery_pct: Annotated[float, Meta(ge=0, le=100)] | None = None
    status: Status | None = None
    accuracy_h_m: Accuracy | None = None
    accuracy_v_m: Accuracy | None = None


_VALUES = [attrgetter(name) for name in Report.__struct_fields__[3:]]
_array = msgspec.json.Decoder(list[Report])
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_one = msgspec.json.Decoder(Report)
_MISSING = re.compile(r"missing required field `(\w+)`")
_UNKNOWN = re.compile(r"unknown field `(.*)`", re.DOTALL)
_PLACE = re.compile(r"^(.*) - at `\$\.?(.*)`$", re.DOTALL)
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True)
class Batch:
    """What a body held: the form and text to append, how many reports that is, and what was refused and why."""

    body: bytes
    form: str
    reports: list[Report]
    refused: list[dict[str, Any]]


def form_of(body: bytes, content_type: str) -> str:
    """Return how a body is to be read: `lines` by its content type, else `array` or `object` by its first letter."""
    if content_type == "application/x-ndjson":
        return "lines"
    return "object" if body.lstrip(b" \t\r\n")[:1] == b"{" else "array"


def decode(body: bytes, form: str) -> list[Report]:
    """Return the reports of a body in which everything is right.

    Raises:
        msgspec.DecodeError: something is not.
    """
    if form == "lines":
        return _one.decode_lines(body)
    return [_one.decode(body)] if form == "object" else _array.decode(body)


def at_ms(at: int | datetime) -> int:
    """Return a report's time in epoch milliseconds."""
    return at if type(at) is int else round(at.timestamp() * 1000)  # type: ignore[union-attr]


def times_of(reports: Iterable[Report]) -> list[int]:
    """Return the reports' times in epoch milliseconds."""
    return [at if type(at := report.at) is int else at_ms(at) for report in reports]


def values_of(reports: Sequence[Report]) -> list[list[Any]]:
    """Return what the reports say as columns, in the order of `Position.COLUMNS` from `lat_deg` on."""
    return [list(map(value, reports)) for value in _VALUES]


class Unreadable(ValueError):  # noqa: N818  it reads as what it is
    """A body that is not JSON of its form. `byte` is where it stops being so."""

    def __init__(self, byte: int, reason: str) -> None:
        super().__init__(reason)
        self.byte = byte


class Overfull(ValueError):  # noqa: N818
    """More reports than a body may hold."""


def read(body: bytes, form: str, now_ms: int) -> Batch:
    """Judge a body: all of it at once where everything is right, report by report where something is not.

    Raises:
        Unreadable: the body is not JSON of this form.
        Overfull: it holds too many reports; none was judged.
    """
    try:
        reports = decode(body, form)
    except UNREADABLE:
        return _one_by_one(body, form, now_ms)
    limit_ms = now_ms + MAX_AHEAD_MS
    if _are_sound(reports, limit_ms):
        return Batch(body, form, reports, [])
    return _one_by_one(body, form, now_ms)


def _are_sound(reports: Sequence[Report], limit_ms: int) -> bool:
    """Judge a batch as a whole, what `_unsound` judges one by one."""
    times_ms = times_of(reports)
    serials = "".join([report.serial for report in reports])
    operators = "".join({report.operator or "" for report in reports})
    return (
        min(times_ms, default=OLDEST_MS) >= OLDEST_MS
        and max(times_ms, default=OLDEST_MS) <= limit_ms
        and serials.isprintable()
        and " " not in serials
        and operators.isprintable()
    )


def _one_by_one(body: bytes, form: str, now_ms: int) -> Batch:
    reports: list[Report] = []
    refused: list[dict[str, Any]] = []
    items = _items(body, form)
    if len(items) > MAX_ITEMS:  # before any is judged: a refusal costs far more than the two bytes that ask for it
        raise Overfull
    for index, raw in enumerate(items):
        try:
            report = _one.decode(raw)
        except msgspec.ValidationError as reason:
            refused.append({"index": index, **_problem(raw, str(reason))})
            continue
        if unsound := _unsound(report, now_ms):
            refused.append({"index": index, **unsound})
        else:
            reports.append(report)
    return Batch(msgspec.json.encode(reports), "array", reports, refused)


def _items(body: bytes, form: str) -> list[Any]:
    """Return the reports of a body as raw JSON, each of which reads as JSON."""
    if form == "lines":
        return list(_lines(body))
    _check_json(body, 0)
    if form == "object":
        return [body]
    try:
        return _raws.decode(body)
    except msgspec.ValidationError as reason:
        raise Unreadable(0, str(reason)) from reason


def _lines(body: bytes) -> Iterator[bytes]:
    offset = 0
    for line in body.split(b"\n"):
        if line.strip():
            _check_json(line, offset)
            yield line
        offset += len(line) + 1


def _check_json(text: bytes, offset: int) -> None:
    try:
        strict_json.decode(text)
    except strict_json.NotJson as reason:
        raise Unreadable(offset + reason.byte, reason.reason) from reason


def _unsound(report: Report, now_ms: int) -> dict[str, Any] | None:
    at = at_ms(report.at)
    if at > now_ms + MAX_AHEAD_MS:
        return _refusal("at", _plain(report.at), f"a time at most 1 s after receipt, which was at {now_ms} (epoch ms)")
    if at < OLDEST_MS:
        return _refusal("at", _plain(report.at), "RFC 3339 with offset, or epoch milliseconds, after the year 2000")
    if not report.serial.isprintable() or " " in report.serial:
        return _refusal("serial", report.serial, "printable characters without a space")
    if report.operator and not report.operator.isprintable():
        return _refusal("operator", report.operator, "printable characters")
    return None


def _problem(raw: Any, text: str) -> dict[str, Any]:
    value = msgspec.json.decode(raw)
    if match := _MISSING.search(text):
        return _refusal(match[1], None, "a value; the field is required")
    if match := _UNKNOWN.search(text):
        return _refusal(match[1], value.get(match[1]), f"one of {', '.join(Report.__struct_fields__)}")
    match = _PLACE.match(text)
    if match is None:
        return _refusal("", value, text)
    return _refusal(match[2], value.get(match[2]) if isinstance(value, dict) else value, _expected(match[2], match[1]))


def _expected(field: str, text: str) -> str:
    return f"RFC 3339 with offset, or epoch milliseconds ({text})" if field == "at" else text


def _refusal(field: str, value: Any, expected: str) -> dict[str, Any]:
    return {"field": field, "value": shown(value), "expected": expected}


def _plain(at: int | datetime) -> int | str:
    return at if isinstance(at, int) else at.isoformat()
