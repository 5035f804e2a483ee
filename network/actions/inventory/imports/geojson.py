"""GeoJSON (RFC 7946): a collection of features, each a record with its fields as properties."""

from typing import Any

from network.actions.inventory.imports.rows import Contents, Row, Unreadable, json_of, rows_of
from network.actions.inventory.kinds import KINDS

PLACES = ("region", "site")  # kinds whose own place a point is


def read(data: bytes, kind_name: str | None) -> Contents:
    """Return the rows of a feature collection.

    Args:
        data: the file.
        kind_name: of features without a property `record` that names their kind.

    Raises:
        Unreadable: it is no feature collection, or a feature says not what it is.
    """
    document = json_of(data)
    if document.get("type") != "FeatureCollection":
        raise Unreadable("type", document.get("type"), "FeatureCollection")
    features = rows_of(document, "features")
    return Contents([_row(number, feature, kind_name) for number, feature in enumerate(features, 1)])


def _row(number: int, feature: dict[str, Any], kind_name: str | None) -> Row:
    properties, geometry = feature.get("properties"), feature.get("geometry")
    if not isinstance(properties, dict):
        raise Unreadable(f"features[{number - 1}].properties", type(properties).__name__, "an object")
    if geometry is not None and not isinstance(geometry, dict):
        raise Unreadable(f"features[{number - 1}].geometry", type(geometry).__name__, "an object or null")
    record = properties.get("record", kind_name)
    if not isinstance(record, str) or record not in KINDS:
        raise Unreadable(f"features[{number - 1}].properties.record", record, f"one of {', '.join(KINDS)}")
    given = {name: value for name, value in properties.items() if name != "record"}
    return Row(number, record, {**given, **_place(record, geometry or {})})


def _place(record: str, geometry: dict[str, Any]) -> dict[str, Any]:
    """Return what the geometry says of a record: where it lies, or where it leads. Others lie where their sites do."""
    places = geometry.get("coordinates")
    if record == "corridor" and geometry.get("type") == "LineString":
        return {"path_lon_lat_deg": places}
    if record in PLACES and geometry.get("type") == "Point" and isinstance(places, list) and len(places) in (2, 3):
        return {"lon_deg": places[0], "lat_deg": places[1]}
    return {}
