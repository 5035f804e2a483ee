"""Latency between places of the network, as modelled: shortest paths over the inventory, decomposed."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import dijkstra

from console.errors import Unavailable
from network.actions.topology.graph import LinkRow, Snapshot, snapshot
from network.kernels.geodesy import haversine_m
from network.kernels.topology import circle, latency
from network.kernels.topology.latency import Element, Latency
from network.models import RADIO_KINDS, EdgeNode, Medium, Site, SiteKind

DETOUR_METRO = 1.4
ACCESS_RATE_GBPS = 10.0
ACCESS_LOAD_SHARE = 0.3
TREES_AT_ONCE = 64
_ROUTED = (SiteKind.DATA_CENTRE, SiteKind.CORE)
Terminal = tuple[float, float, bool]  # latitude, longitude [deg], by radio
Tree = tuple[circle.Array, circle.Indices]  # cost from its root [ms], and the next place towards it


@dataclass(frozen=True)
class Graph:
    """The network as the path kernels want it; places are numbered in the order of `site_ids`, as in the snapshot."""

    snapshot: Snapshot
    site_ids: list[int]
    place: dict[int, int]
    kinds: list[str]
    lat_deg: latency.Array
    lon_deg: latency.Array
    links: dict[tuple[int, int], list[Element]]
    costs: circle.Costs


def graph(part: Snapshot | None = None) -> Graph:
    """Return the network, or what is left of it, worked out anew only when a site or link changed."""
    held = part or snapshot()
    return held.derived.get(Graph, lambda: _graph(held))


def site_latency(from_site_id: int, to_site_id: int) -> Latency | None:
    """Return the one-way latency between two sites, modelled; None when no path joins them."""
    network = graph()
    start, end = network.place[from_site_id], network.place[to_site_id]
    return _fold(network, _forest(network, [end])[0], start)


def probe_latency(site_id: int) -> Latency | None:
    """Return the one-way latency between a site and the prober's place, the core of its region, modelled."""
    core = Site.objects.filter(kind=SiteKind.CORE, region__sites=site_id).order_by("pk").values_list("pk", flat=True)
    core_pk = core.first()
    return None if core_pk is None else site_latency(site_id, core_pk)


def path_latency(lat_deg: float, lon_deg: float, edge_node: EdgeNode, *, by_radio: bool = True) -> Latency | None:
    """Return the one-way latency from a terminal to an edge node, modelled.

    Args:
        lat_deg: where the terminal is. [degrees]
        lon_deg: likewise. [degrees]
        edge_node: where the computing is.
        by_radio: through the air interface of the nearest base station; otherwise a fibre to the nearest access point.

    Returns:
        Mean, 99th percentile and parts; None when no path joins them.
    """
    return dict(_latencies(lat_deg, lon_deg, [edge_node], by_radio=by_radio)).get(edge_node)


def nearest_edge_nodes(lat_deg: float, lon_deg: float, *, by_radio: bool = True) -> list[tuple[EdgeNode, Latency]]:
    """Return every edge node that can be reached from a terminal, the lowest mean latency first; as `path_latency`."""
    nodes = list(EdgeNode.objects.select_related("site").order_by("slug"))
    return sorted(_latencies(lat_deg, lon_deg, nodes, by_radio=by_radio), key=lambda pair: pair[1].mean_ms)


def latency_between(
    start: Site | tuple[float, float],
    to_site: Site | None = None,
    *,
    by_radio: bool = True,
    part: Snapshot | None = None,
) -> tuple[str | None, Latency | None]:
    """Return where a path ends and its one-way latency, modelled.

    Args:
        start: a site, or the latitude and longitude of a terminal. [degrees]
        to_site: the end; by default the site with computing that has the lowest mean.
        by_radio: how a terminal enters; as `path_latency`.
        part: what is left of the network, by the live twin; by default all of it.

    Returns:
        Slug of the end and the latency; the latency is None when no path leads there.
    """
    network = graph(part)
    if part is not None and not _may_enter(network, start, by_radio=by_radio):
        return (to_site.slug if to_site else None), None
    place, access = _start(network, start, by_radio=by_radio)
    ends = [to_site] if to_site else list(Site.objects.filter(edge_nodes__isnull=False).distinct().order_by("slug"))
    trees = _forest(network, [network.place[end.pk] for end in ends])
    folded = [(end.slug, _fold(network, tree, place, access)) for end, tree in zip(ends, trees, strict=True)]
    reached = [(slug, delay) for slug, delay in folded if delay is not None]
    if not reached:
        return (to_site.slug if to_site else None), None
    return min(reached, key=lambda end: end[1].mean_ms)


def routes(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], list[int]]:
    """Return the sites on the modelled way of each (from, to), both ends included: that of `site_latency`.

    Pairs that no way joins are left out.
    """
    network, routes = graph(), {}
    starts: dict[int, list[int]] = defaultdict(list)
    for start, end in pairs:
        if start in network.place and end in network.place:
            starts[end].append(start)
    ends = sorted(starts)
    for first in range(0, len(ends), TREES_AT_ONCE):
        group = ends[first : first + TREES_AT_ONCE]
        for end, tree in zip(group, _forest(network, [network.place[pk] for pk in group]), strict=True):
            for start in starts[end]:
                if np.isfinite(tree[0][network.place[start]]):
                    routes[start, end] = [network.site_ids[place] for place in _way(tree, network.place[start])]
    return routes


def latencies_from(site_id: int) -> dict[int, Latency]:
    """Return the one-way latency from one site to every site it reaches, by primary key, modelled."""
    network = graph()
    tree = _forest(network, [network.place[site_id]])[0]
    folded = ((pk, _fold(network, tree, place)) for place, pk in enumerate(network.site_ids))
    return {pk: delay for pk, delay in folded if delay is not None}


def latencies_to_computing(site_ids: Collection[int]) -> dict[int, Latency]:
    """Return the one-way latency from sites to the computing nearest to each, by primary key, modelled.

    Sites from which no computing can be reached are left out.
    """
    network = graph()
    ends = network.snapshot.centres
    if not ends:
        return {}
    cost_ms, before, _ = dijkstra(network.costs, directed=False, indices=ends, return_predecessors=True, min_only=True)
    folded = ((pk, _fold(network, (cost_ms, before), network.place[pk])) for pk in site_ids if pk in network.place)
    return {pk: delay for pk, delay in folded if delay is not None}


def _latencies(
    lat_deg: float, lon_deg: float, nodes: list[EdgeNode], *, by_radio: bool
) -> list[tuple[EdgeNode, Latency]]:
    network = graph()
    start, access = _access(network, lat_deg, lon_deg, by_radio=by_radio)
    known = [node for node in nodes if node.site_id in network.place]
    trees = _forest(network, [network.place[node.site_id] for node in known])
    folded = [(node, _fold(network, tree, start, access)) for node, tree in zip(known, trees, strict=True)]
    return [(node, delay) for node, delay in folded if delay is not None]


def _start(network: Graph, start: Site | tuple[float, float], *, by_radio: bool) -> tuple[int, list[Element]]:
    if isinstance(start, Site):
        return network.place[start.pk], []
    return _access(network, *start, by_radio=by_radio)


def _may_enter(network: Graph, start: Site | tuple[float, float], *, by_radio: bool) -> bool:
    if isinstance(start, Site):
        return start.pk in network.place
    wanted, closed = RADIO_KINDS if by_radio else (SiteKind.OPTICAL,), network.snapshot.closed
    return any(kind in wanted and place not in closed for place, kind in enumerate(network.kinds))


def access_sites(terminals: Sequence[Terminal]) -> list[int | None]:
    """Return the site at which each terminal enters, by primary key; None where the network has none of its sort."""
    network = graph()
    return [_access_site(network, terminal) for terminal in terminals]


def _access_site(network: Graph, terminal: Terminal) -> int | None:
    lat_deg, lon_deg, by_radio = terminal
    try:
        place, _ = _access(network, lat_deg, lon_deg, by_radio=by_radio)
    except Unavailable:
        return None
    return network.site_ids[place]


def _access(network: Graph, lat_deg: float, lon_deg: float, *, by_radio: bool) -> tuple[int, list[Element]]:
    """Return the place at which a terminal enters, and what its access adds."""
    wanted = RADIO_KINDS if by_radio else (SiteKind.OPTICAL,)
    closed = network.snapshot.closed
    places = [place for place, kind in enumerate(network.kinds) if kind in wanted and place not in closed]
    if not places:
        raise Unavailable("the network has no site at which a terminal could enter")
    away_m = haversine_m(lat_deg, lon_deg, network.lat_deg[places], network.lon_deg[places])
    nearest = int(np.argmin(away_m))
    if by_radio:
        return places[nearest], [latency.radio_uplink()]
    fibre = latency.fibre_link(float(away_m[nearest]) * DETOUR_METRO, ACCESS_RATE_GBPS, ACCESS_LOAD_SHARE)
    return places[nearest], fibre


def _forest(network: Graph, ends: list[int]) -> list[Tree]:
    """Return one shortest-path tree per end."""
    if not ends:
        return []
    cost_ms, before = dijkstra(network.costs, directed=False, indices=ends, return_predecessors=True)
    return list(zip(cost_ms, before, strict=True))


def _fold(network: Graph, tree: Tree, start: int, access: list[Element] | None = None) -> Latency | None:
    """Walk from `start` to the root of the tree, adding up what lies on the way; None when no path leads there."""
    cost_ms, before = tree
    if not np.isfinite(cost_ms[start]):
        return None
    elements, place = [*(access or []), *_node(network.kinds[start], is_end=True)], start
    while (following := int(before[place])) >= 0:
        elements += network.links[min(place, following), max(place, following)]
        place = following
        elements += _node(network.kinds[place], is_end=before[place] < 0)
    return latency.path_latency(elements)


def _way(tree: Tree, start: int) -> Iterator[int]:
    """Yield the places from `start` to the root of the tree, both included."""
    place = start
    while place >= 0:
        yield place
        place = int(tree[1][place])


def _node(kind: str, *, is_end: bool) -> list[Element]:
    if kind in _ROUTED:
        return [latency.optical_node(), latency.ip_node()]
    if kind in RADIO_KINDS and is_end:
        return [latency.station()]
    return [latency.optical_node()]


def _graph(held: Snapshot) -> Graph:
    place, kinds = held.place, [site.kind for site in held.sites]
    links: dict[tuple[int, int], list[Element]] = {}
    for link in sorted(held.links, key=lambda link: -link.length_km):  # of parallel ones the shortest counts
        a, b = sorted((place[link.a_id], place[link.b_id]))
        links[a, b] = _elements(link)
    node_ms = [latency.path_latency(_node(kind, is_end=False)).mean_ms for kind in kinds]
    weight_ms = [
        latency.path_latency(elements).mean_ms + (node_ms[a] + node_ms[b]) / 2 for (a, b), elements in links.items()
    ]
    costs = circle.adjacency(len(kinds), list(links), weight_ms)
    lat_deg, lon_deg = (np.array([getattr(site, name) for site in held.sites]) for name in ("lat_deg", "lon_deg"))
    return Graph(held, held.site_ids, place, kinds, lat_deg, lon_deg, links, costs)


def _elements(link: LinkRow) -> list[Element]:
    line = latency.microwave_link if link.medium == Medium.MICROWAVE else latency.fibre_link
    own = line(link.length_km * 1_000, link.rate_gbps, link.load_share)
    return [*own, *latency.link_hops(link.optical_hops, link.electrical_hops)]
