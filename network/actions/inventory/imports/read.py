"""A file in any of the formats as rows."""

from network.actions.inventory.imports import csv_file, geojson, graphml, node_link
from network.actions.inventory.imports.rows import FORMATS, MOST_BYTES, Contents, Unreadable
from network.actions.inventory.kinds import KINDS


def read_file(data: bytes, file_format: str, kind: str | None = None, region: str | None = None) -> Contents:
    """Return the rows of a file.

    Args:
        data: the file, whole.
        file_format: one of `FORMATS`.
        kind: of records; CSV needs it, GeoJSON where its features do not say it.
        region: of nodes in GraphML and node-link JSON that name none.

    Raises:
        Unreadable: naming what was given and what was expected.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable("file", f"{len(data)} bytes", f"at most {MOST_BYTES}")
    if kind is not None and kind not in KINDS:
        raise Unreadable("kind", kind, f"one of {', '.join(KINDS)}")
    if file_format == "csv":
        if kind is None:
            raise Unreadable("kind", None, f"one of {', '.join(KINDS)}: a CSV file holds one kind")
        return csv_file.read(data, kind)
    if file_format == "geojson":
        return geojson.read(data, kind)
    if file_format == "graphml":
        return graphml.read(data, region)
    if file_format == "node-link":
        return node_link.read(data, region)
    raise Unreadable("format", file_format, f"one of {', '.join(FORMATS)}")
