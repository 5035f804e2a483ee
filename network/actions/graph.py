"""The inventory as a graph, and real backbones beside it."""

import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from console.errors import Refused
from network.kernels import topology
from network.kernels.topology import Access, Array, Indices, Topology
from network.models import RADIO_KINDS, EdgeNode, Link, Medium, Site, SiteKind

_SITE_FIELDS = ("pk", "slug", "kind", "region_id", "is_key_site", "lon_deg", "lat_deg", "people")
_LINK_FIELDS = ("a_id", "b_id", "length_km", "rate_gbps", "load_share", "optical_hops", "electrical_hops", "medium")
_ROUTED = (SiteKind.DATA_CENTRE, SiteKind.CORE)
MOST_SITES = 20_000


@dataclass(frozen=True)
class Network:
    """The inventory as a topology. Nodes are numbered as `slugs`, links as `link_names`."""

    topology: Topology
    site_ids: Indices
    slugs: tuple[str, ...]
    link_names: tuple[str, ...]
    region_ids: Indices
    is_key_site: Array  # 1 or 0
    centres: Indices  # nodes with computing
    lon_lat_deg: Array  # of every node, shape (nodes, 2)
    people: Array  # who live in each site's service area; NaN where not known


def read() -> Network:
    """Return the inventory as a topology.

    Raises:
        Refused: it holds more sites than one answer can wait for.
    """
    rows = list(Site.objects.order_by("pk").values_list(*_SITE_FIELDS).iterator())
    if len(rows) > MOST_SITES:
        raise Refused(f"the inventory holds {len(rows)} sites; the circle is computed for at most {MOST_SITES}")
    place = {row[0]: number for number, row in enumerate(rows)}
    found = Link.objects.order_by("pk").values_list(*_LINK_FIELDS).iterator()
    links = [link for link in found if link[0] in place and link[1] in place]  # a site may have come meanwhile
    kinds = [row[2] for row in rows]
    ends = np.array([(place[a], place[b]) for a, b, *_ in links], np.int64).reshape(-1, 2)
    slugs = tuple(row[1] for row in rows)
    figures = np.array([row[5:] for row in rows], float).reshape(-1, 3)
    length_km, rate_gbps, load_share, optical, electrical = (
        np.array([link[2:-1] for link in links], float).reshape(-1, 5).T
    )
    built = Topology(
        slugs, ends, length_km * 1_000, rate_gbps, load_share,
        np.ones(len(rows), bool),
        np.array([kind in _ROUTED for kind in kinds], bool),
        np.array([_access(kind) for kind in kinds], np.int64),
        optical.astype(np.int64), electrical.astype(np.int64),
        np.array([link[-1] == Medium.MICROWAVE for link in links], bool),
    )  # fmt: skip
    centres = sorted({place[pk] for pk in EdgeNode.objects.values_list("site_id", flat=True) if pk in place})
    return Network(
        built, np.array(list(place), np.int64), slugs, tuple(f"{slugs[a]} - {slugs[b]}" for a, b in ends.tolist()),
        np.array([row[3] for row in rows], np.int64), np.array([row[4] for row in rows], float),
        np.array(centres, np.int64), figures[:, :2], figures[:, 2],
    )  # fmt: skip


def real_network(name: str, detour: float = 1.8) -> Topology:
    """Return a real backbone of the topohub package, such as `Chinanet` or `Cernet`, its geodesic lengths times detour.

    Raises:
        Refused: there is none of that name.
    """
    found = files("topohub") / "data" / "topozoo" / f"{name}.json"
    if not name.isalnum() or not found.is_file():
        raise Refused(f"no network {name} among the packaged topologies")
    return topology.from_node_link(json.loads(found.read_bytes()), detour)


def _access(kind: str) -> Access:
    if kind in RADIO_KINDS:
        return Access.RADIO
    return Access.PASSIVE_OPTICAL if kind == SiteKind.OPTICAL else Access.DIRECT
