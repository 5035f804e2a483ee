"""The network as seen from the prober's place: whom every link and site cuts off, and whose way leads over it."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from scipy.sparse.csgraph import dijkstra

from network.actions.topology import path
from network.actions.topology.graph import Snapshot
from network.kernels.topology.correlation import Net, Prediction, carried, cut_off
from network.models import Site, SiteKind


@dataclass(frozen=True)
class View:
    """The network as the correlation wants it; nodes are numbered as in `path.graph`."""

    net: Net
    site_ids: list[int]
    cut_off: Prediction
    carried: Prediction

    @cached_property
    def place(self) -> dict[int, int]:
        """The node of every site, by primary key."""
        return {pk: node for node, pk in enumerate(self.site_ids)}

    @cached_property
    def numbers(self) -> dict[frozenset[int], int]:
        """The number of every link, by its two nodes."""
        return {frozenset(ends): number for number, ends in enumerate(self.net.links)}

    def behind_site(self, site_id: int) -> frozenset[int]:
        """Return the sites that the prober reaches only through a site, itself included unless it is the prober's."""
        return self._behind("node", self.place.get(site_id))

    def behind_link(self, a_id: int, b_id: int) -> frozenset[int]:
        """Return the sites that the prober reaches only through a link; none of a ring, or where there is no link."""
        return self._behind("link", self.numbers.get(frozenset((self.place.get(a_id, -1), self.place.get(b_id, -1)))))

    def _behind(self, kind: str, number: int | None) -> frozenset[int]:
        nodes = self.cut_off.get((kind, number), frozenset()) if number is not None else frozenset()
        return frozenset(self.site_ids[node] for node in nodes)


def view(held: Snapshot | None = None) -> View | None:
    """Return the network as the prober sees it; None where there is no place that it could see it from.

    Args:
        held: the inventory as the caller numbers it; by default as it is.
    """
    network = path.graph(held)
    return network.snapshot.derived.get(View, lambda: _view(network))


def _view(network: path.Graph) -> View | None:
    sites = network.snapshot.sites
    probed = {site.region_id for site in sites if site.is_probed}
    core = next(
        (node for node, site in enumerate(sites) if site.kind == SiteKind.CORE and site.region_id in probed), None
    )
    if core is None:
        return None
    net = Net(len(sites), tuple(network.links), core)
    _, towards = dijkstra(network.costs, directed=False, indices=core, return_predecessors=True)
    return View(net, network.site_ids, cut_off(net), carried(net, towards.tolist()))


def behind_links(keys: Collection[str]) -> dict[str, list[int]]:
    """Return which sites the prober reaches only through each of these links `a~b`; links of a ring are left out."""
    seen = view()
    if seen is None:
        return {}
    slugs = {slug for key in keys for slug in key.split("~")}
    sites = dict(Site.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    behind_links = {}
    for key in keys:
        a, _, b = key.partition("~")
        if behind := seen.behind_link(sites.get(a, 0), sites.get(b, 0)):
            behind_links[key] = sorted(behind)
    return behind_links
