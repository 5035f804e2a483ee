"""Root causes: which failed link or site explains the sites that fell silent, or became slow, together.

A cause predicts whom it cuts off (or whose way leads over it). It is believed when everybody it predicts, as far as
observed, is affected; the one that explains most is named first. Causes that predict the same cannot be told apart by
probing, so all of them are named. Of two explanations the one with fewer failures holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

PACKETS = 6
"""So many packets in a row must be affected before a cause is named: two rounds of one site, or one round of two."""
MOST_CUTS = 3
"""So many links at most are blamed together for cutting off what no single failure does."""
Element = tuple[str, int]  # "link" or "node", and its number


@dataclass(frozen=True)
class Net:
    """Sites and the links between them, numbered from 0, as seen from the prober's place.

    Raises:
        ValueError: a link ends nowhere, or the prober's place is none of the nodes.
    """

    nodes: int
    links: tuple[tuple[int, int], ...]
    vantage: int

    def __post_init__(self) -> None:
        if not 0 <= self.vantage < self.nodes:
            raise ValueError(f"vantage: {self.vantage} given; expected 0 to {self.nodes - 1}")
        if wrong := [ends for ends in self.links if not all(0 <= end < self.nodes for end in ends)]:
            raise ValueError(f"links: {wrong[0]} given; expected ends from 0 to {self.nodes - 1}")

    @cached_property
    def around(self) -> list[list[tuple[int, int]]]:
        """Neighbour and link of every node."""
        around: list[list[tuple[int, int]]] = [[] for _ in range(self.nodes)]
        for link, (a, b) in enumerate(self.links):
            around[a].append((b, link))
            around[b].append((a, link))
        return around


@dataclass(frozen=True)
class Observed:
    """How a node was last seen. Times are those of rounds, the same for everybody in a round."""

    is_affected: bool
    since_s: float  # when it was first affected; of an unaffected one: when it was last well
    packets: int = 0  # affected since then
    is_unsure: bool = False  # unaffected, but only in part of its last round: something may have begun in its midst


@dataclass(frozen=True)
class Cause:
    """What explains a group. With `is_all` every element failed; otherwise one of them, and none can say which."""

    elements: tuple[Element, ...]
    affected: frozenset[int]  # observed to be affected, and explained by this
    predicted: frozenset[int]  # whoever else it concerns, unobserved ones included
    is_all: bool = False


Prediction = Mapping[Element, frozenset[int]]


def cut_off(net: Net) -> dict[Element, frozenset[int]]:
    """Return whom every link and every node cuts off from the prober's place by failing; nobody is left out.

    Source: Tarjan, SIAM J. Comput. 1 (1972) 146-160 (bridges and articulation points by lowest reachable number).
    """
    number, low, parent_link, below, order = _search(net)
    cut_by_element: dict[Element, set[int]] = {("node", node): {node} for node in order if node != net.vantage}
    for node in order:
        if node == net.vantage:
            continue
        parent = _other(net, parent_link[node], node)
        if low[node] > number[parent]:
            cut_by_element["link", parent_link[node]] = set(below[node])
        if low[node] >= number[parent] and parent != net.vantage:
            cut_by_element["node", parent] |= below[node]
    return {element: frozenset(nodes) for element, nodes in cut_by_element.items()}


def carried(net: Net, towards: Sequence[int]) -> dict[Element, frozenset[int]]:
    """Return whose way to the prober's place leads over every link and node.

    Args:
        net: the network; of parallel links the first is meant.
        towards: the next node of every node's way; negative where there is none.
    """
    link_of = {frozenset(ends): link for link, ends in reversed(list(enumerate(net.links)))}
    carried_by_element: dict[Element, set[int]] = defaultdict(set)
    for start in range(net.nodes):
        node = start
        for _ in range(net.nodes):
            if node == net.vantage or towards[node] < 0:
                break
            carried_by_element["node", node].add(start)
            carried_by_element["link", link_of[frozenset((node, towards[node]))]].add(start)
            node = towards[node]
    return {element: frozenset(nodes) for element, nodes in carried_by_element.items()}


def explain(net: Net, predictions: Prediction, observed: Mapping[int, Observed]) -> list[Cause]:
    """Name the causes of what is affected now.

    Args:
        net: the network.
        predictions: whom each element concerns, from `cut_off` or `carried`.
        observed: how nodes were last seen; who is missing is unknown and speaks neither for nor against a cause.

    Returns:
        The causes that are certain by now, the largest first. What could still grow into a larger one, because somebody
        it predicts was not asked since, or rests on too few packets, is left for the next round.
    """
    affected = {node for node, seen in observed.items() if seen.is_affected}
    singles = _singles(predictions, observed, affected)
    kept, joined = _join_cuts(net, observed, affected, singles)
    ready = [cause for cause, is_ready in kept if is_ready]
    return sorted([*ready, *joined], key=lambda cause: (-len(cause.affected), cause.elements))


def _singles(predictions: Prediction, observed: Mapping[int, Observed], affected: set[int]) -> list[tuple[Cause, bool]]:
    """Return single failures that together explain everything, each with whether it is certain.

    What no element explains, such as a site that is silent but still passes on the packets of others, stands alone.
    """
    possible = [
        (element, nodes, state)
        for element, nodes in predictions.items()
        if not affected.isdisjoint(nodes) and (state := _state_of(nodes, observed, affected)) != "refuted"
    ]
    left, causes = set(affected), []
    while left and possible:
        best = max(len(nodes & left) for _, nodes, _ in possible)
        if best == 0:
            break
        nodes, state = min(
            ((nodes, state) for _, nodes, state in possible if len(nodes & left) == best),
            key=lambda cause: (len(cause[0] - affected), sorted(cause[0])),
        )
        explained = frozenset(nodes & affected)
        alike = [(element, other) for element, other, _ in possible if other & affected == explained]
        elements = tuple(sorted(element for element, _ in alike))
        concerned = frozenset().union(*(other for _, other in alike))
        is_ready = state == "proven" and _packets(explained, observed) >= PACKETS
        is_ready = is_ready and not _may_grow(explained, predictions, observed)
        causes.append((Cause(elements, explained, concerned), is_ready))
        left -= explained
    alone = [Cause((("node", node),), frozenset({node}), frozenset({node})) for node in sorted(left)]
    return causes + [(cause, _packets(cause.affected, observed) >= PACKETS) for cause in alone]


def _state_of(nodes: frozenset[int], observed: Mapping[int, Observed], affected: set[int]) -> str:
    """Return how a cause stands: refuted, open (somebody was not asked since), or proven."""
    since_s = max(observed[node].since_s for node in nodes & affected)
    well_s = [observed[node].since_s for node in nodes if node in observed and node not in affected]
    if any(at_s >= since_s for at_s in well_s):
        return "refuted"
    return "open" if well_s else "proven"


def _may_grow(explained: frozenset[int], predictions: Prediction, observed: Mapping[int, Observed]) -> bool:
    """Whether a larger cause may have begun in the midst of a round: it then concerns somebody affected in part."""
    since_s = max(observed[node].since_s for node in explained)
    unsure = {node for node, seen in observed.items() if seen.is_unsure and seen.since_s == since_s}
    return bool(unsure) and any(explained < nodes and not unsure.isdisjoint(nodes) for nodes in predictions.values())


def _join_cuts(
    net: Net, observed: Mapping[int, Observed], affected: set[int], singles: list[tuple[Cause, bool]]
) -> tuple[list[tuple[Cause, bool]], list[Cause]]:
    """Replace several single failures in one neighbourhood by the fewer cuts that part it from the rest."""
    joined: list[Cause] = []
    for group in _neighbourhoods(net, affected):
        inside = [cause for cause, _ in singles if cause.affected <= group]
        border = [link for link, (a, b) in enumerate(net.links) if (a in group) != (b in group)]
        if not 2 <= len(border) <= MOST_CUTS or len(inside) < 2 or len(border) > len(inside):
            continue
        if sum(len(cause.affected) for cause in inside) < len(group) or _packets(group, observed) < PACKETS:
            continue
        pairs = _one_more(net, observed, group, [single for single in singles if single[0] in inside])
        singles = [single for single in singles if single[0] not in inside] + pairs
        if pairs:
            continue
        joined.append(Cause(tuple(("link", link) for link in border), group, group, is_all=True))
    return singles, joined


def _one_more(
    net: Net, observed: Mapping[int, Observed], group: frozenset[int], inside: list[tuple[Cause, bool]]
) -> list[tuple[Cause, bool]]:
    """Explain a group by a failure that was there before and one more, which cut off what was left of its way."""
    for before, is_ready in sorted(inside, key=lambda candidate: _onset_s(candidate[0].affected, observed)):
        rest = group - before.affected
        if not rest or _onset_s(rest, observed) <= _onset_s(before.affected, observed):
            continue
        others = {node: seen for node, seen in observed.items() if node not in before.affected}
        then = _singles(cut_off(_without(net, before.elements[-1])), others, set(rest))
        if len(then) == 1:
            return [(before, is_ready), *then]
    return []


def _without(net: Net, gone: Element) -> Net:
    """Return the network without a link, or without those of a node; the numbers stay."""
    kind, number = gone
    is_gone = [number in ends if kind == "node" else link == number for link, ends in enumerate(net.links)]
    here = net.vantage, net.vantage  # a link from here to here joins nobody
    return Net(
        net.nodes, tuple(here if out else ends for ends, out in zip(net.links, is_gone, strict=True)), net.vantage
    )


def _onset_s(nodes: Iterable[int], observed: Mapping[int, Observed]) -> float:
    return max(observed[node].since_s for node in nodes)


def _neighbourhoods(net: Net, affected: set[int]) -> Iterable[frozenset[int]]:
    left = set(affected)
    while left:
        group, waiting = set(), [left.pop()]
        while waiting:
            node = waiting.pop()
            group.add(node)
            near = {other for other, _ in net.around[node]} & left
            left -= near
            waiting += near
        yield frozenset(group)


def _packets(nodes: Iterable[int], observed: Mapping[int, Observed]) -> int:
    return sum(observed[node].packets for node in nodes)


def _other(net: Net, link: int, node: int) -> int:
    a, b = net.links[link]
    return b if node == a else a


def _search(net: Net) -> tuple[dict[int, int], dict[int, int], dict[int, int], dict[int, set[int]], list[int]]:
    """Search depth first; return number, lowest number reachable, link to the parent and subtree, and the order."""
    number, low, parent_link = {net.vantage: 0}, {net.vantage: 0}, {net.vantage: -1}
    order, stack = [net.vantage], [(net.vantage, iter(net.around[net.vantage]))]
    while stack:
        node, near = stack[-1]
        for other, link in near:
            if link == parent_link[node]:
                continue
            if other in number:
                low[node] = min(low[node], number[other])
                continue
            number[other] = low[other] = len(order)
            parent_link[other] = link
            order.append(other)
            stack.append((other, iter(net.around[other])))
            break
        else:
            stack.pop()
            if stack:
                low[stack[-1][0]] = min(low[stack[-1][0]], low[node])
    below: dict[int, set[int]] = {node: {node} for node in order}
    for node in reversed(order[1:]):
        below[_other(net, parent_link[node], node)] |= below[node]
    return number, low, parent_link, below, order
