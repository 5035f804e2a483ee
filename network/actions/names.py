"""What regions and edge nodes are called, for pages."""

from collections.abc import Iterable

from console.access.actor import Actor
from console.names import Named, register
from network.models import EdgeNode, Region


def _regions(_actor: Actor, most: int) -> Iterable[Named]:
    return map(Named._make, Region.objects.order_by("slug").values_list("slug", "name_en", "name_zh")[:most])


def _edge_nodes(_actor: Actor, most: int) -> Iterable[Named]:
    return map(Named._make, EdgeNode.objects.order_by("slug").values_list("slug", "name_en", "name_zh")[:most])


register("region", _regions)  # nobody owns any: everybody may know them
register("edge_node", _edge_nodes)
