"""Writing the inventory to files that the imports read again: CSV, GeoJSON, GraphML and node-link JSON."""

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.db.models import Q

from console.errors import Refused
from network.actions.inventory.fields import Field, Flag, Number, Values, Whole
from network.actions.inventory.imports.rows import FORMATS
from network.actions.inventory.kinds import KINDS, LINK, SITE, Kind, in_order

MOST_RECORDS = 50_000
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
Records = dict[str, Values]


def export(file_format: str, kind: str | None = None, region: str | None = None, hidden: Collection[str] = ()) -> bytes:
    """Return the inventory as a file.

    Args:
        file_format: one of `FORMATS`.
        kind: of records; all by default. CSV holds one kind; the graphs hold sites and the links between them.
        region: whose records; all by default. Of a link either end counts, in graphs both.
        hidden: names of fields that are not for who asks, see `kinds.hidden_from`.

    Raises:
        Refused: the format cannot carry what is asked, or there is too much of it.
    """
    if file_format in ("graphml", "node-link"):
        if kind not in (None, "site", "link"):
            raise Refused(f"kind: {kind} given; expected none, site or link: {file_format} holds sites and links")
        return (_graphml if file_format == "graphml" else _node_link)(*_graph(region, hidden))
    if file_format == "csv":
        if kind is None:
            raise Refused(f"kind: none given; expected one of {', '.join(KINDS)}: a CSV file holds one kind")
        return _csv(KINDS[kind], _records(KINDS[kind], region, hidden), hidden)
    if file_format == "geojson":
        return _geojson([(kind, _records(kind, region, hidden)) for kind in in_order([kind] if kind else KINDS)])
    raise Refused(f"format: {file_format} given; expected one of {', '.join(FORMATS)}")


def _records(kind: Kind, region: str | None, hidden: Collection[str], condition: Q | None = None) -> Records:
    meant = condition if condition is not None else _in_region(kind, region)
    rows = kind.model._default_manager.filter(meant)  # noqa: SLF001  Django's public name
    if (count := rows.count()) > MOST_RECORDS:
        raise Refused(f"there are {count} {kind.word}s; at most {MOST_RECORDS} go into one file: export by region")
    current = sorted(kind.current(meant).items())
    return {key: {name: value for name, value in values.items() if name not in hidden} for key, (values, _) in current}


def _in_region(kind: Kind, region: str | None) -> Q:
    if region is None:
        return Q()
    if kind is LINK:
        return Q(a__region__slug=region) | Q(b__region__slug=region)
    if kind.name == "region":
        return Q(slug=region)
    return Q(region__slug=region) if kind.field("region") else Q(site__region__slug=region)


def _graph(region: str | None, hidden: Collection[str]) -> tuple[Records, Records]:
    both = Q() if region is None else Q(a__region__slug=region, b__region__slug=region)
    return _records(SITE, region, hidden), _records(LINK, region, hidden, both)


def _csv(kind: Kind, records: Records, hidden: Collection[str]) -> bytes:
    out = io.StringIO()
    names = [field.name for field in kind.fields if field.name not in hidden]
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in values.items()} for values in records.values())
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: Any) -> Any:
    """Return a value as a cell that no spreadsheet takes for a formula; the import takes the mark off again."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return json.dumps(value)
    if isinstance(value, str) and _FORMULA.match(value):
        return "'" + value
    return value


def _geojson(groups: Iterable[tuple[Kind, Records]]) -> bytes:
    sites = {**SITE.current()} if any(kind.field("site") or kind is LINK for kind, _ in groups) else {}
    places = {slug: [values["lon_deg"], values["lat_deg"]] for slug, (values, _) in sites.items()}
    features = [_feature(kind, values, places) for kind, records in groups for values in records.values()]
    return _json({"type": "FeatureCollection", "features": features})


def _feature(kind: Kind, values: Values, places: dict[str, list[float]]) -> dict[str, Any]:
    shown = {name: value for name, value in values.items() if name not in ("lat_deg", "lon_deg", "path_lon_lat_deg")}
    return {
        "type": "Feature",
        "geometry": _GEOMETRIES.get(kind.name.value, _at_site)(values, places),
        "properties": {"record": kind.name.value, **shown},
    }


def _at_site(values: Values, places: dict[str, list[float]]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": places[values["site"]]}


def _itself(values: Values, _: dict[str, list[float]]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [values["lon_deg"], values["lat_deg"]]}


def _between(values: Values, places: dict[str, list[float]]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [places[values["a"]], places[values["b"]]]}


def _along(values: Values, _: dict[str, list[float]]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": values["path_lon_lat_deg"]}


_GEOMETRIES: dict[str, Callable[[Values, dict[str, list[float]]], dict[str, Any]]] = {
    "region": _itself,
    "site": _itself,
    "link": _between,
    "corridor": _along,
}


def _node_link(sites: Records, links: Records) -> bytes:
    return _json(
        {
            "directed": False,
            "multigraph": False,
            "graph": {},
            "nodes": [
                {"id": key, "pos": [record["lon_deg"], record["lat_deg"]], **record} for key, record in sites.items()
            ],
            "edges": [{"source": record["a"], "target": record["b"], **_of_edge(record)} for record in links.values()],
        }
    )


def _graphml(sites: Records, links: Records) -> bytes:
    return "\n".join(_graphml_lines(sites, links)).encode()


def _graphml_lines(sites: Records, links: Records) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<graphml xmlns="{_NAMESPACE}">'
    for domain, kind in (("node", SITE), ("edge", LINK)):
        for field in kind.fields:
            named = f'id="{domain}-{field.name}" for="{domain}" attr.name="{field.name}"'
            yield f'<key {named} attr.type="{_graphml_type(field)}"/>'
    yield '<graph edgedefault="undirected">'
    for key, values in sites.items():
        yield f"<node id={quoteattr(key)}>{_data('node', values)}</node>"
    for values in links.values():
        ends = f"source={quoteattr(values['a'])} target={quoteattr(values['b'])}"
        yield f"<edge {ends}>{_data('edge', _of_edge(values))}</edge>"
    yield "</graph></graphml>"


def _graphml_type(field: Field) -> str:
    if isinstance(field, Flag):
        return "boolean"
    return "int" if isinstance(field, Whole) else "double" if isinstance(field, Number) else "string"


def _data(domain: str, values: Values) -> str:
    present = ((name, value) for name, value in values.items() if value is not None)
    return "".join(f'<data key="{domain}-{name}">{escape(str(_plain(value)))}</data>' for name, value in present)


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _of_edge(link: Values) -> Values:
    return {name: value for name, value in link.items() if name not in LINK.key_names}


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
