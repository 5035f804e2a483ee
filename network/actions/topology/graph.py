"""The inventory as a graph: one snapshot of it, from which everything else is derived, and real backbones beside it."""

import json
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import Count, F, Max, Sum, Value

from console.errors import Refused
from network.actions.snapshot import Derived, Snapshots, Version
from network.kernels.topology import topology
from network.kernels.topology.definition import Definition
from network.kernels.topology.topology import Access, Array, Indices, Topology, Weights
from network.models import RADIO_KINDS, EdgeNode, Link, Medium, Site, SiteKind

_ROUTED = (SiteKind.DATA_CENTRE, SiteKind.CORE)
MOST_SITES = 20_000


class SiteRow(NamedTuple):
    """What the graph knows of a site."""

    pk: int
    slug: str
    kind: str
    region_id: int
    is_key_site: bool
    is_probed: bool
    lon_deg: float
    lat_deg: float
    people: float | None  # who live in its service area; None where not known


class LinkRow(NamedTuple):
    """What the graph knows of a link; both ends are among the sites."""

    pk: int
    a_id: int
    b_id: int
    length_km: float
    rate_gbps: float
    load_share: float
    optical_hops: int
    electrical_hops: int
    medium: str


@dataclass(frozen=True)
class Snapshot:
    """Sites and links as they were at one time, in the order of their keys; sites are the nodes, so numbered.

    `derived` keeps what others work out of it: it goes when a record changes, and the snapshot with it.
    """

    sites: tuple[SiteRow, ...]
    links: tuple[LinkRow, ...]
    place: dict[int, int]  # the node of every site, by primary key
    centres: tuple[int, ...]  # nodes with computing
    closed: frozenset[int] = frozenset()  # nodes at which no terminal enters now; none as planned
    derived: Derived = field(default_factory=Derived, repr=False, compare=False)

    @property
    def site_ids(self) -> list[int]:
        """The primary keys of the sites, by node."""
        return list(self.place)


@dataclass(frozen=True)
class Network:
    """The inventory as a topology. Nodes are numbered as `slugs`, links as `link_names`; nobody changes the arrays."""

    topology: Topology
    site_ids: Indices
    slugs: tuple[str, ...]
    link_names: tuple[str, ...]
    region_ids: Indices
    is_key_site: Array  # 1 or 0
    centres: Indices  # nodes with computing
    lon_lat_deg: Array  # of every node, shape (nodes, 2)
    people: Array  # who live in each site's service area; NaN where not known
    closed: Indices  # nodes at which no terminal enters now; none as planned

    def weights(self, definition: Definition) -> Weights:
        """Return what the network costs under a definition; the end of a closed node is out of reach."""
        costs = topology.weights(self.topology, definition)
        if not len(self.closed):
            return costs
        end_ms = costs.end_ms.copy()
        end_ms[self.closed] = np.inf
        return replace(costs, end_ms=end_ms)


_SITE_FIELDS = ("pk", "slug", "kind", "region_id", "is_key_site", "probe_port", "lon_deg", "lat_deg", "people")
_held: Snapshots[Snapshot] = Snapshots()


def snapshot() -> Snapshot:
    """Return sites, links and computing, read anew only when one of them was added, removed or changed."""
    return _held.get("network", _version, _read)


def read(part: Snapshot | None = None) -> Network:
    """Return the inventory as a topology, or what is left of it.

    Raises:
        Refused: it holds more sites than one answer can wait for.
    """
    held = part or snapshot()
    if len(held.sites) > MOST_SITES:
        raise Refused(f"the inventory holds {len(held.sites)} sites; the circle is computed for at most {MOST_SITES}")
    return held.derived.get(Network, lambda: _network(held))


def _version() -> Version:
    """Return what changes whenever a record does, also when it was committed after a later one."""
    with connection.cursor() as cursor:
        cursor.execute(*_question(connection.vendor))
        return tuple(sorted(cursor.fetchall()))


@cache
def _question(_: str) -> tuple[str, tuple[Any, ...]]:
    """Return the statement that asks for the version, put together once: it is asked with every use of the graph.

    Computing counts no revisions: of it only the sites matter, whose keys and their squares are summed up instead, so
    that two nodes which move at once are seen too, whatever their time.
    """
    squares = F("site_id") * F("site_id")
    counted = ((Site, "pk", "revision"), (Link, "pk", "revision"), (EdgeNode, "site_id", squares))
    asked = [
        model._default_manager.order_by().annotate(table=Value(number)).values_list("table").annotate(  # noqa: SLF001
            Count("pk"), keys=Sum(keys), newest=Max("changed_at"), changes=Sum(changes)
        )
        for number, (model, keys, changes) in enumerate(counted)
    ]  # fmt: skip
    words, values = asked[0].union(*asked[1:], all=True).query.sql_with_params()
    return words, values


def _read() -> Snapshot:
    rows = Site.objects.order_by("pk").values_list(*_SITE_FIELDS)
    sites = tuple(SiteRow._make((*row[:5], row[5] is not None, *row[6:])) for row in rows)
    place = {site.pk: number for number, site in enumerate(sites)}
    links = map(LinkRow._make, Link.objects.order_by("pk").values_list(*LinkRow._fields))
    inside = tuple(
        link for link in links if link.a_id in place and link.b_id in place
    )  # a site may have come meanwhile
    computing = EdgeNode.objects.order_by().values_list("site_id", flat=True)
    return Snapshot(sites, inside, place, tuple(sorted({place[pk] for pk in computing if pk in place})))


def _network(snapshot: Snapshot) -> Network:
    sites, links = snapshot.sites, snapshot.links
    ends = np.array([(snapshot.place[link.a_id], snapshot.place[link.b_id]) for link in links], np.int64).reshape(-1, 2)
    slugs = tuple(site.slug for site in sites)
    figures = np.array([(site.lon_deg, site.lat_deg, site.people) for site in sites], float).reshape(-1, 3)
    length_km, rate_gbps, load_share, optical, electrical = (
        np.array([link[3:-1] for link in links], float).reshape(-1, 5).T
    )
    built = Topology(
        slugs, ends, length_km * 1_000, rate_gbps, load_share,
        np.ones(len(sites), bool),
        np.array([site.kind in _ROUTED for site in sites], bool),
        np.array([_access(site.kind) for site in sites], np.int64),
        optical.astype(np.int64), electrical.astype(np.int64),
        np.array([link.medium == Medium.MICROWAVE for link in links], bool),
    )  # fmt: skip
    made = Network(
        built,
        np.array(snapshot.site_ids, np.int64),
        slugs,
        tuple(f"{slugs[a]} - {slugs[b]}" for a, b in ends.tolist()),
        np.array([site.region_id for site in sites], np.int64),
        np.array([site.is_key_site for site in sites], float),
        np.array(snapshot.centres, np.int64),
        figures[:, :2],
        figures[:, 2],
        np.array(sorted(snapshot.closed), np.int64),
    )
    for value in (*vars(built).values(), *vars(made).values()):
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    return made


def real_network(name: str, detour: float = 1.8) -> Topology:
    """Return a real backbone of the topohub package, such as `Chinanet` or `Cernet`, its geodesic lengths times detour.

    Raises:
        Refused: there is none of that name.
    """
    path = files("topohub") / "data" / "topozoo" / f"{name}.json"
    if not name.isalnum() or not path.is_file():
        raise Refused(f"no network {name} among the packaged topologies")
    return topology.from_node_link(json.loads(path.read_bytes()), detour)


def _access(kind: str) -> Access:
    if kind in RADIO_KINDS:
        return Access.RADIO
    return Access.PASSIVE_OPTICAL if kind == SiteKind.OPTICAL else Access.DIRECT
