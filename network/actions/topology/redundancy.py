"""What of the network lost its second way though everybody is connected, by whom it was lost, and what falls next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from network.actions.topology.graph import Snapshot
from network.actions.topology.live import Live
from network.kernels.topology import redundancy
from network.kernels.topology.condition import Condition
from network.kernels.topology.redundancy import Hanging

MOST_BREAKS = 20
"""So many failures are looked at one by one; what more of them took is laid to the newest."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
Links = frozenset[int]


@dataclass(frozen=True)
class Break:
    """A link that is cut or a site that is down, by primary key; `links` are all that it takes away."""

    kind: str  # "link" or "site"
    pk: int
    since: datetime | None
    links: Links


@dataclass(frozen=True)
class Next:
    """A link that now holds these sites alone, all by primary key."""

    link: int
    sites: frozenset[int]


@dataclass(frozen=True)
class Lost:
    """What one failure took: `sites` had a second way and have one; `next`: on what they hang, the worst first."""

    broken: Break
    sites: frozenset[int]
    next: tuple[Next, ...]


def lost(live: Live) -> list[Lost]:
    """Return what lost its redundancy, by failure; made once of each state of the network.

    Only what is known to have failed counts as gone, and only sites that pass traffic on can lose anything. Links and
    sites that hang on a single way as planned have no second one to lose.
    """
    made: list[Lost] = live.derived.get("redundancy", lambda: list(_lost(live)))
    return made


def _lost(live: Live) -> Iterator[Lost]:
    breaks = _breaks(live)
    if not breaks:
        return
    whole = live.snapshot
    planned = whole.derived.get("hanging", lambda: _hanging(whole))
    gone = frozenset[int]().union(*(broken.links for broken in breaks))
    alive = frozenset(link.pk for link in live.carrying(with_unknown=True).links)
    exposed = redundancy.newly(_hanging(whole, gone | (_all_links(whole) - alive)), planned)
    left = frozenset[int]().union(*exposed.values())
    for broken in reversed(breaks[1:MOST_BREAKS]):  # what the oldest took, a later one cannot take again
        if not left:
            return
        alone = redundancy.newly(_hanging(whole, broken.links), planned)
        if took := frozenset[int]().union(*alone.values()) & left:
            yield _of(whole, broken, took, exposed)
            left -= took
    if left:
        yield _of(whole, breaks[0], left, exposed)


def _breaks(live: Live) -> list[Break]:
    """Return the failures that are known, the newest first."""
    around: dict[int, set[int]] = {}
    for link in live.snapshot.links:
        around.setdefault(link.a_id, set()).add(link.pk)
        around.setdefault(link.b_id, set()).add(link.pk)
    sites = [
        Break("site", pk, standing.since, frozenset(around.get(pk, ())))
        for pk, standing in live.sites.items()
        if standing.condition is Condition.DOWN
    ]
    links = [
        Break("link", pk, standing.since, frozenset((pk,)))
        for pk, standing in live.links.items()
        if standing.condition is Condition.DOWN
    ]
    return sorted(
        [*links, *sites], key=lambda broken: (broken.since or _LONG_AGO, broken.kind, broken.pk), reverse=True
    )


def _all_links(whole: Snapshot) -> Links:
    return frozenset(link.pk for link in whole.links)


def _hanging(whole: Snapshot, gone: Links = frozenset()) -> Hanging:
    """Return whom every link of the network alone holds, by node and by place of the link, when some are gone."""
    ends: Sequence[tuple[int, int]] = [
        (whole.place[link.a_id], whole.place[link.b_id]) if link.pk not in gone else (whole.place[link.a_id],) * 2
        for link in whole.links  # a link from here to here joins nobody, and the numbers stay
    ]
    return redundancy.hanging(len(whole.sites), ends, whole.centres)


def _of(whole: Snapshot, broken: Break, took: frozenset[int], exposed: Hanging) -> Lost:
    keys = whole.site_ids
    hangs = [
        Next(whole.links[number].pk, frozenset(keys[node] for node in nodes & took))
        for number, nodes in exposed.items()
        if nodes & took
    ]
    hangs.sort(key=lambda step: (-len(step.sites), step.link))
    return Lost(broken, frozenset(keys[node] for node in took), tuple(hangs))
