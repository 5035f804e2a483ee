"""Which edge node a job goes to."""

from dataclasses import dataclass
from typing import Any

from console.errors import Unavailable
from industry.models import Factory
from network.actions.topology.path import nearest_edge_nodes
from network.models import EdgeNode


@dataclass(frozen=True)
class Placement:
    """The chosen edge node, None when there is none, and every node that was considered, best first.

    `network_ms` is modelled, both directions; None is "unknown".
    """

    node_slug: str | None
    network_ms: float | None
    candidates: list[dict[str, Any]]


def place(factory: Factory | None) -> Placement:
    """Choose the edge node with the lowest modelled path latency from the factory.

    A request without a factory comes from nowhere in particular: it goes to the first node, its latency unknown.
    """
    if factory is None:
        slug = EdgeNode.objects.order_by("slug").values_list("slug", flat=True).first()
        return Placement(slug, None, [])
    try:
        nearest = nearest_edge_nodes(factory.lat_deg, factory.lon_deg, by_radio=factory.by_radio)
    except Unavailable:  # the network has no way in, hence no node that could be reached
        nearest = []
    candidates: list[dict[str, Any]] = [
        {
            "node": node.slug,
            "round_trip_ms": round(2 * latency.mean_ms, 4),
            "round_trip_p99_ms": round(2 * latency.p99_ms, 4),
            "parts_ms": {part: round(2 * ms, 4) for part, ms in latency.parts_ms.items()},
            "source": "modelled",
        }
        for node, latency in nearest
    ]
    if not candidates:
        return Placement(None, None, [])
    return Placement(candidates[0]["node"], candidates[0]["round_trip_ms"], candidates)
