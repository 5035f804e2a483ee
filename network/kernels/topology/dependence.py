"""Who depends on an element of a network to reach what serves it: any one of several anchors, such as data centres."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from network.kernels.topology.correlation import Element, Net, Prediction, carried, cut_off


@dataclass(frozen=True)
class Dependants:
    """Nodes that an element concerns, itself included where it is a node and reaches an anchor at all.

    `cut_off` have no other way to any anchor. The way of the `carried` leads over the element; those of them that are
    not cut off have another one.
    """

    cut_off: frozenset[int]
    carried: frozenset[int]


class Dependence:
    """For every link and node of a network, whom it concerns. Whoever has no way to an anchor depends on nothing."""

    def __init__(
        self, nodes: int, links: Sequence[tuple[int, int]], anchors: Collection[int], towards: Sequence[int]
    ) -> None:
        """Work out everybody's dependence at once.

        Args:
            nodes: how many there are, numbered from 0.
            links: both ends of each; of parallel ones the first carries.
            anchors: nodes any of which serves.
            towards: the next node on every node's way to its anchor; negative at an anchor, and where there is no way.

        Raises:
            ValueError: a link or an anchor is none of the nodes.
        """
        served = frozenset(anchors)
        net = Net(nodes + 1, (*links, *((anchor, nodes) for anchor in sorted(served))), nodes)
        ways = [nodes if node in served else towards[node] for node in range(nodes)]
        self._cut_off: Prediction = cut_off(net)
        self._carried: Prediction = carried(net, [*ways, -1])

    def of(self, element: Element) -> Dependants:
        """Return whom an element, ("link" or "node", its number), concerns."""
        lost = self._cut_off.get(element, frozenset())
        return Dependants(lost, self._carried.get(element, frozenset()) | lost)
