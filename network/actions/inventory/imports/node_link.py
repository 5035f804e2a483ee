"""Node-link JSON, as networkx and the packaged backbones (topohub) write it: nodes are sites, edges are links.

Sites need a slug, a kind and names; a foreign file has ids, names and positions. Its slugs are made of the region's and
the node's id, so that the same file names the same sites every time.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from network.actions.inventory.imports.rows import Contents, Row, Unreadable, json_of, rows_of
from network.actions.inventory.kinds import LINK, SITE

NEW_SITE = {"kind": "core"}
NEW_LINK = {"rate_gbps": 100.0}
_NOT_IN_SLUGS = re.compile(r"[^a-zA-Z0-9_]+")
_NAMES = ("name_en", "name", "label")
_ALSO_KNOWN = {"lat_deg": ("lat_deg", "Latitude", "lat"), "lon_deg": ("lon_deg", "Longitude", "lon")}
_STRUCTURE = {"id", "source", "target", "key", "pos", *_NAMES, *_ALSO_KNOWN["lat_deg"], *_ALSO_KNOWN["lon_deg"]}


def read(data: bytes, region: str | None) -> Contents:
    """Return the rows of a document with `nodes` and `edges` (or `links`).

    Args:
        data: the file.
        region: of nodes that name none.

    Raises:
        Unreadable: it is no such document, an id comes twice, or an edge ends at no node.
    """
    document = json_of(data)
    return rows_of_graph(
        rows_of(document, "nodes"), rows_of(document, "edges" if "edges" in document else "links"), region
    )


def rows_of_graph(nodes: list[dict[str, Any]], edges: list[dict[str, Any]], region: str | None) -> Contents:
    """Return nodes as sites and edges as links, whichever way they were written; as `read`."""
    slugs: dict[str, str] = {}
    named: set[str] = set()
    rows = []
    for number, node in enumerate(nodes, 1):
        given = _site(node, region)
        if node.get("id") is None or str(node["id"]) in slugs:
            raise Unreadable(f"nodes[{number - 1}].id", node.get("id"), "one id per node")
        if given["name_en"] in named and "name_en" not in node:  # towns with several nodes
            given["name_en"] = f"{given['name_en']} ({node['id']})"
        named.add(given["name_en"])
        slugs[str(node["id"])] = given["slug"]
        rows.append(Row(number, SITE.name.value, given, NEW_SITE))
    for number, edge in enumerate(edges, len(nodes) + 1):
        rows.append(Row(number, LINK.name.value, _link(number - len(nodes) - 1, edge, slugs), NEW_LINK))
    return Contents(rows, tuple(sorted(_strange(nodes, SITE.fields) | _strange(edges, LINK.fields)))[:50])


def _site(node: Mapping[str, Any], region: str | None) -> dict[str, Any]:
    given = {field.name: node[field.name] for field in SITE.fields if field.name in node}
    given.setdefault("region", region)
    given.setdefault("slug", _NOT_IN_SLUGS.sub("-", f"{given['region']}-{node.get('id')}")[:40].lower())
    given["name_en"] = next((str(node[name]).strip() for name in _NAMES if node.get(name)), given["slug"])
    position = node.get("pos")
    if isinstance(position, list | tuple) and len(position) == 2:
        given.setdefault("lon_deg", position[0])
        given.setdefault("lat_deg", position[1])
    for name, others in _ALSO_KNOWN.items():
        end = next((node[other] for other in others if other in node), None)
        if end is not None:
            given.setdefault(name, end)
    return given


def _link(number: int, edge: Mapping[str, Any], slugs: Mapping[str, str]) -> dict[str, Any]:
    """Return what an edge gives. A geodesic `dist` is left out: a length that is absent is made of the positions."""
    for end in ("source", "target"):
        if str(edge.get(end)) not in slugs:
            raise Unreadable(f"edges[{number}].{end}", edge.get(end), "the id of a node")
    given = {
        field.name: edge[field.name] for field in LINK.fields if field.name in edge and field.name not in ("a", "b")
    }
    if given.get("length_km") == "":
        given["length_km"] = None
    return {**given, "a": slugs[str(edge["source"])], "b": slugs[str(edge["target"])]}


def _strange(entries: Iterable[Mapping[str, Any]], fields: Iterable[Any]) -> set[str]:
    known = {field.name for field in fields} | _STRUCTURE
    return {str(name)[:80] for entry in entries for name in entry if name not in known}
