"""How the simulated sites hang together: who is reached over which links, and what is left when some are gone."""

import heapq
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise


@dataclass(frozen=True)
class Span:
    """A link and how long its passage takes, one way."""

    a: str
    b: str
    ms: float

    @property
    def name(self) -> str:
        """What it is called: its ends in alphabetical order."""
        return link_name(self.a, self.b)


@dataclass(frozen=True)
class Route:
    """How a site is reached from the prober's place."""

    ms: float
    links: tuple[str, ...]


Routing = Mapping[str, Route]


def link_name(a: str, b: str) -> str:
    """Return the name of the link between two sites, the same from either end."""
    return "~".join(sorted((a, b)))


@dataclass(frozen=True)
class Routes:
    """The links of the simulated network, as seen from one place."""

    spans: tuple[Span, ...] = ()
    root: str = ""
    pins: dict[str, tuple[str, ...]] = field(default_factory=dict)  # sites whose route was pushed, root first

    @cached_property
    def names(self) -> frozenset[str]:
        """What the links are called."""
        return frozenset(span.name for span in self.spans)

    @cached_property
    def usual(self) -> Routing:
        """Every site's shortest way when nothing is broken."""
        return self._search(frozenset())

    def without(self, gone: AbstractSet[str]) -> Routing:
        """Return the ways left when these links and sites are gone; who is not in it cannot be reached.

        A site with a pushed route has that one or none: it is not protected.
        """
        routes = dict(self._search(gone) if gone else self.usual)
        for site, nodes in self.pins.items():
            route = self.along(nodes)
            if gone.isdisjoint(route.links) and gone.isdisjoint(nodes):
                routes[site] = route
            else:
                routes.pop(site, None)
        return routes

    def along(self, nodes: Iterable[str]) -> Route:
        """Return the route over these sites.

        Raises:
            ValueError: two neighbours in it have no link, or it does not start at the prober's place.
        """
        passed = list(nodes)
        if len(passed) < 2 or passed[0] != self.root:
            raise ValueError(f"route is {passed!r}; expected sites from {self.root!r} on")
        names = [link_name(a, b) for a, b in pairwise(passed)]
        lacking = [name for name in names if name not in self._ms]
        if lacking:
            raise ValueError(f"route goes over {lacking[0]!r}; expected links of the inventory")
        return Route(sum(self._ms[name] for name in names), tuple(names))

    @cached_property
    def _ms(self) -> dict[str, float]:
        return {span.name: span.ms for span in self.spans}

    @cached_property
    def neighbours(self) -> dict[str, tuple[str, ...]]:
        """The sites to which each has a link, in alphabetical order."""
        return {site: tuple(sorted({other for other, _ in around})) for site, around in self._around.items()}

    @cached_property
    def _around(self) -> dict[str, list[tuple[str, Span]]]:
        around: dict[str, list[tuple[str, Span]]] = {}
        for span in self.spans:
            around.setdefault(span.a, []).append((span.b, span))
            around.setdefault(span.b, []).append((span.a, span))
        return around

    def _search(self, gone: AbstractSet[str]) -> dict[str, Route]:
        """Return Dijkstra's shortest ways from the root."""
        routes: dict[str, Route] = {}
        waiting: list[tuple[float, str, tuple[str, ...]]] = [(0.0, self.root, ())]
        while waiting:
            ms, site, links = heapq.heappop(waiting)
            if site in routes or site in gone:
                continue
            routes[site] = Route(ms, links)
            for other, span in self._around.get(site, []):
                if other not in routes and span.name not in gone:
                    heapq.heappush(waiting, (ms + span.ms, other, (*links, span.name)))
        return routes
