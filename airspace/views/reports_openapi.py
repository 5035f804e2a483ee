"""How `POST /api/v1/reports` describes itself; `console.schema` puts it beside what the REST views say."""

from typing import Any

from airspace.kernels.tracking import STATUSES


def _number(low: float, high: float, unit: str) -> dict[str, Any]:
    return {"type": "number", "nullable": True, "minimum": low, "maximum": high, "description": unit}


_NEEDED = ["serial", "at", "lat_deg", "lon_deg", "altitude_wgs84_m"]
_PROPERTIES: dict[str, Any] = {
    "serial": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"},
    "at": {
        "description": "time at the source: RFC 3339 with offset, or epoch milliseconds; at most 1 s ahead",
        "oneOf": [{"type": "string", "format": "date-time"}, {"type": "integer", "minimum": 946_684_800_000}],
    },
    "operator": {"type": "string", "nullable": True, "maxLength": 80},
    "lat_deg": {"type": "number", "minimum": -90, "maximum": 90},
    "lon_deg": {"type": "number", "minimum": -180, "maximum": 180},
    "altitude_wgs84_m": {"type": "number", "minimum": -500, "maximum": 10_000, "description": "above the ellipsoid, m"},
    "speed_mps": _number(0, 350, "over ground, m/s"),
    "track_deg": _number(0, 360, "over ground, clockwise from north"),
    "vertical_speed_mps": _number(-150, 150, "upwards, m/s"),
    "height_agl_m": _number(-500, 10_000, "above ground, m"),
    "battery_pct": _number(0, 100, "charge left, %"),
    "status": {"type": "string", "nullable": True, "enum": [*STATUSES, None]},
    "accuracy_h_m": _number(0, 10_000, "horizontal, m"),
    "accuracy_v_m": _number(0, 10_000, "vertical, m"),
}
_REPORT = {"type": "object", "required": _NEEDED, "additionalProperties": False, "properties": _PROPERTIES}
_EXAMPLE = {
    "serial": "1581F5FJD228400B",
    "at": "2026-01-01T08:00:00.250+08:00",
    "lat_deg": 29.0123,
    "lon_deg": 123.5021,
    "altitude_wgs84_m": 118.4,
    "speed_mps": 12.5,
    "track_deg": 87.0,
    "battery_pct": 74.0,
}
_REFUSED = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["index", "field", "value", "expected"],
        "properties": {
            "index": {"type": "integer", "description": "place of the report in the body, from 0"},
            "field": {"type": "string"},
            "value": {"nullable": True, "description": "what was given"},
            "expected": {"type": "string"},
        },
    },
}
_TAKEN = {
    "type": "object",
    "required": ["accepted", "refused"],
    "properties": {"accepted": {"type": "integer"}, "refused": _REFUSED},
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "accepted": {"type": "integer"},
        "refused": _REFUSED,
    },
}
_RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds to wait before trying again"}}


def _taken(description: str) -> dict[str, Any]:
    example = {"accepted": 1, "refused": []}
    return {"description": description, "content": {"application/json": {"schema": _TAKEN, "example": example}}}


def _problem(description: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": description,
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    }
    return {**answer, "headers": headers} if headers else answer


OPENAPI: dict[str, Any] = {
    "post": {
        "operationId": "reports_create",
        "tags": ["reports"],
        "summary": "Report where drones are",
        "description": (
            "A JSON array of reports, a single report, or one report per line (NDJSON); at most 256,000 bytes and "
            "10,000 reports. Each report is judged on its own: what is right is taken, what is not is listed with its "
            "index, field, value and what was expected. A report of a drone and time already stored has no effect."
        ),
        "security": [{"apiKey": []}],
        "parameters": [
            {
                "name": "durable",
                "in": "query",
                "description": "answer 200 after the database has committed, instead of 202 from the durable stream",
                "schema": {"type": "string", "enum": ["0", "1"], "default": "0"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "oneOf": [{"type": "array", "minItems": 1, "maxItems": 10_000, "items": _REPORT}, _REPORT]
                    },
                    "example": [_EXAMPLE],
                },
                "application/x-ndjson": {"schema": {"type": "string"}},
            },
        },
        "responses": {
            "200": _taken("committed to the database"),
            "202": _taken("durable in the stream; the database follows within a second"),
            "400": _problem("not readable, or no report was right"),
            "401": _problem("no good API key"),
            "403": _problem("the key lacks the scope reports:write"),
            "405": _problem("another method than POST"),
            "413": _problem("over 256,000 bytes or 10,000 reports"),
            "415": _problem("another media type or a content encoding"),
            "429": _problem("this key sends too fast", _RETRY_AFTER),
            "503": _problem("too much waits to be stored, or Redis is away", _RETRY_AFTER),
        },
    }
}
