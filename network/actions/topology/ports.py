"""Links as the ports at their ends see them: cut where no light comes in, degraded where what comes in is errored.

No probe of a single site can tell that a ring is cut while everybody has another way; the equipment at both ends can.
What it told last and tells no more leaves a link unknown, until somebody sees it again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from network.actions.topology import live
from network.kernels.topology.condition import Condition, gravest
from network.models import PmCounters, counters_stale_after

CONDITIONS = {"loss_of_signal": Condition.DOWN, "degraded": Condition.DEGRADED}
"""What the state of a port says of its link; that the other end has no power says nothing of the link."""
REMOTE_OFF = "remote_off"
Ends = frozenset[str]


@dataclass(frozen=True)
class Seen:
    """What a port sees of its link: `site` told it, `to` is the other end; `since`: None where it does not say."""

    site: str
    to: str
    state: str
    since: datetime | None
    to_at: datetime
    is_fresh: bool

    @property
    def ends(self) -> Ends:
        """The slugs of both ends of the link."""
        return frozenset((self.site, self.to))


def seen(now: datetime) -> list[Seen]:
    """Return every port that was not up when its site told last of it."""
    rows = PmCounters.objects.filter(bad_ports__gt=0, to_at__isnull=False).order_by("pk")
    told = rows.values_list("site__slug", "told__ports", "to_at")
    return [
        _seen(slug, port, to_at, now)
        for slug, ports, to_at in told
        if to_at
        for port in ports or ()
        if port["state"] != "up"
    ]


def links_found(now: datetime) -> Iterator[live.Found]:
    """Yield the links that a port sees cut or degraded; those of which that is not known any more are unknown."""
    by_link: dict[Ends, list[Seen]] = defaultdict(list)
    for port in seen(now):
        if port.state in CONDITIONS:
            by_link[port.ends].append(port)
    doubtful = {ends for ends, ports in by_link.items() if not any(port.is_fresh for port in ports)}
    known = _told_since(by_link, doubtful, now)
    for ends, ports in by_link.items():
        fresh = [port for port in ports if port.is_fresh]
        if fresh:
            yield live.Found(ends, gravest(CONDITIONS[port.state] for port in fresh), _earliest(fresh))
        elif ends not in known:
            yield live.Found(ends, Condition.UNKNOWN, max(port.to_at for port in ports))


def cut_links(now: datetime) -> frozenset[Ends]:
    """Return the links over which a port gets no light now, though nobody said that the other end has no power."""
    return frozenset(port.ends for port in seen(now) if port.is_fresh and port.state == "loss_of_signal")


def sites_off(now: datetime) -> frozenset[str]:
    """Return the sites that told a neighbour with their last light that they lose their power."""
    return frozenset(port.to for port in seen(now) if port.is_fresh and port.state == REMOTE_OFF)


def _seen(slug: str, port: Mapping[str, Any], to_at: datetime, now: datetime) -> Seen:
    for_s = port.get("for_s")
    since = None if for_s is None else to_at - timedelta(seconds=for_s)
    return Seen(slug, port["to"], port["state"], since, to_at, now - to_at <= counters_stale_after())


def _told_since(by_link: Mapping[Ends, list[Seen]], doubtful: set[Ends], now: datetime) -> set[Ends]:
    """Return the doubtful links of which the other end tells by now that they are up."""
    others = {port.to for ends in doubtful for port in by_link[ends]}
    if not others:
        return set()
    rows = PmCounters.objects.filter(site__slug__in=others, to_at__gte=now - counters_stale_after()).order_by()
    told = {slug: {port["to"] for port in ports or ()} for slug, ports in rows.values_list("site__slug", "told__ports")}
    return {ends for ends in doubtful if any(port.site in told.get(port.to, ()) for port in by_link[ends])}


def _earliest(ports: list[Seen]) -> datetime | None:
    return min((port.since for port in ports if port.since is not None), default=None)


live.register(links_found)
