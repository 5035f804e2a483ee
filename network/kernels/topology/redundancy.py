"""Who hangs on a single link: whom each link alone holds to what serves them, such as data centres. Pure."""

from collections.abc import Collection, Mapping, Sequence

from network.kernels.topology.correlation import Net, cut_off

Hanging = Mapping[int, frozenset[int]]
"""By the number of a link the nodes that lose every anchor when it fails; links that hold nobody alone are left out."""


def hanging(nodes: int, links: Sequence[tuple[int, int]], anchors: Collection[int]) -> Hanging:
    """Return whom every link alone holds. Who reaches no anchor at all hangs on nothing.

    Args:
        nodes: how many there are, numbered from 0.
        links: both ends of each; parallel ones stand in for each other.
        anchors: nodes any of which serves.

    Raises:
        ValueError: a link or an anchor is none of the nodes.
    """
    everywhere = tuple((anchor, nodes) for anchor in sorted(set(anchors)))
    cut = cut_off(Net(nodes + 1, (*links, *everywhere), nodes))
    return {number: held for (kind, number), held in cut.items() if kind == "link" and number < len(links)}


def newly(now: Hanging, before: Hanging) -> dict[int, frozenset[int]]:
    """Return who hangs on each link now and did not before; links are numbered alike in both."""
    exposed = {link: nodes - before.get(link, frozenset()) for link, nodes in now.items()}
    return {link: nodes for link, nodes in exposed.items() if nodes}
