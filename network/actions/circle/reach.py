"""How far each data centre reaches on the real graph: sites with the centre that serves them, and the links between."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from network.actions.circle import circle
from network.actions.topology import graph
from network.actions.topology.graph import Network
from network.actions.topology.live import Live
from network.kernels.topology import failures
from network.kernels.topology.circle import NOWHERE, Forest
from network.kernels.topology.definition import Definition
from network.kernels.topology.topology import Flags, Weights
from network.models import EdgeNode, Region


class Inside(StrEnum):
    """Whether a site is inside the circle."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    LOST = "lost"  # inside as planned, surely outside now
    ASLEEP = "asleep"  # inside as planned; it sends nothing now, as it was told to
    UNKNOWN = "unknown"  # reached only over what nothing is known of


@dataclass(frozen=True)
class ReachedSite:
    """A site with its nearest computing; both unknown where no path leads to any."""

    slug: str
    lon_lat_deg: tuple[float, float]
    centre: str | None
    ms: float | None
    is_inside: bool
    is_key_site: bool
    state: Inside


@dataclass(frozen=True)
class ReachedLink:
    """A link by which somebody inside is reached, from the end nearer to computing to the farther."""

    a: str
    b: str
    path_lon_lat_deg: tuple[tuple[float, float], tuple[float, float]]
    centre: str
    ms: float  # from the centre to the farther end, without what a terminal there adds


@dataclass(frozen=True)
class Centre:
    """A site with computing, and how many sites and key sites of the region are inside its circle."""

    slug: str
    lon_lat_deg: tuple[float, float]
    edge_nodes: tuple[str, ...]
    sites_inside: int
    key_sites_inside: int


@dataclass(frozen=True)
class Reach:
    """The circles of a region by one definition, as planned or as the network is known to be now."""

    definition: Definition
    centres: tuple[Centre, ...]
    sites: tuple[ReachedSite, ...]
    links: tuple[ReachedLink, ...]
    source: str = "modelled"


def reach(region: Region, definition: Definition, live: Live | None = None) -> Reach:
    """Return who in a region is reached from where within the threshold, and by which links.

    Args:
        region: whose sites are shown; computing anywhere in the network serves.
        definition: layer, direction and threshold; denominator and failure do not matter here.
        live: the live twin, where the reach is to be that of now; without it, as planned.

    Raises:
        Refused: the inventory holds more sites than one answer can wait for.
    """
    network = graph.read(live.carrying(with_unknown=False) if live else None)
    weights = network.weights(definition)
    forest = failures.nearest(weights, network.centres)
    is_here = network.region_ids == region.pk
    cost_ms = forest.cost_ms + weights.end_ms
    inside = is_here & (cost_ms <= definition.threshold_ms + failures.TOLERANCE_MS)
    states = _states(inside, definition, live)
    sites = tuple(
        ReachedSite(
            network.slugs[node],
            _place(network, node),
            _centre(network, forest, node),
            float(cost_ms[node]) if np.isfinite(cost_ms[node]) else None,
            bool(inside[node]),
            bool(network.is_key_site[node]),
            states[node],
        )
        for node in np.flatnonzero(is_here).tolist()
    )
    return Reach(definition, _centres(network, region, forest, inside), sites, _links(network, weights, forest, inside))


def _states(inside: Flags, definition: Definition, live: Live | None) -> list[Inside]:
    """Return of each site whether it is inside, by what is known to be reached, what may be, and what was planned."""
    states = np.where(inside, Inside.INSIDE, Inside.OUTSIDE)
    if live is not None:
        planned, possible = (
            circle.inside(graph.read(part), definition) for part in (live.snapshot, live.carrying(with_unknown=True))
        )
        gone = planned & ~possible & ~inside
        states[gone] = np.where(live.is_asleep, Inside.ASLEEP, Inside.LOST)[gone]
        states[possible & ~inside] = Inside.UNKNOWN
    return [Inside(state) for state in states.tolist()]


def _centres(network: Network, region: Region, forest: Forest, inside: Flags) -> tuple[Centre, ...]:
    """Return the centres that stand in the region or serve somebody there."""
    nodes: dict[str, list[str]] = {}
    for slug, site in EdgeNode.objects.order_by("slug").values_list("slug", "site__slug"):
        nodes.setdefault(site, []).append(slug)
    centres = []
    for node in network.centres.tolist():
        served = inside & (forest.source == node)
        if served.any() or network.region_ids[node] == region.pk:
            keys = int((served & (network.is_key_site > 0)).sum())
            slug = network.slugs[node]
            centres.append(Centre(slug, _place(network, node), tuple(nodes.get(slug, ())), int(served.sum()), keys))
    return tuple(centres)


def _links(network: Network, weights: Weights, forest: Forest, inside: Flags) -> tuple[ReachedLink, ...]:
    """Return the links of the forest that lead to somebody inside."""
    used = np.zeros(weights.nodes, bool)
    for node in np.flatnonzero(inside).tolist():
        while node != NOWHERE and not used[node]:
            used[node] = True
            node = int(forest.next_node[node])  # noqa: PLW2901  walks up to the root
    return tuple(
        ReachedLink(
            network.slugs[before],
            network.slugs[node],
            (_place(network, before), _place(network, node)),
            network.slugs[forest.source[node]],
            float(forest.cost_ms[node]),
        )
        for node in np.flatnonzero(used).tolist()
        if (before := int(forest.next_node[node])) != NOWHERE
    )


def _centre(network: Network, forest: Forest, node: int) -> str | None:
    source = int(forest.source[node])
    return None if source == NOWHERE else network.slugs[source]


def _place(network: Network, node: int) -> tuple[float, float]:
    lon_deg, lat_deg = network.lon_lat_deg[node].tolist()
    return lon_deg, lat_deg
