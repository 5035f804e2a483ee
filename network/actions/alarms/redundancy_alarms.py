"""Alarms of lost redundancy: everybody is connected, and the next failure would cut some of them off."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.alarm_root import of_link
from network.actions.alarms.alarm_source import AlarmSource, Look, active_of, follow, run
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import LINK, SITE, ManagedObject, ObjectId, of_site
from network.actions.alarms.problem import Grade, Problem, register
from network.actions.topology import live as live_
from network.actions.topology import redundancy
from network.actions.topology.live import Live
from network.actions.topology.redundancy import Lost, Next
from network.kernels.topology.condition import Condition
from network.models import AlarmType, Severity, Site

KEY_SITE = "key_site"
LOST = register(Problem(
    "redundancy_lost", "Redundancy lost: the next failure cuts sites off", AlarmType.COMMUNICATIONS,
    "lossOfRedundancy", Severity.MINOR, is_symptom=True,
    grades=(Grade(KEY_SITE, "Key sites hang on a single link", Severity.MAJOR),),
))  # fmt: skip
MOST_NEXT, MOST_NAMED = 5, 200
Sites = Mapping[int, Site]


@dataclass(frozen=True)
class NextFailure:
    """A link on which sites hang alone now: its key, its name, and how many of them it would cut off."""

    link: str
    name_en: str
    name_zh: str
    sites: int
    key_sites: int


@dataclass(frozen=True)
class Exposed:
    """The figures of lost redundancy: who hangs on a single link now, and what would fall next, the worst first."""

    sites: int
    key_sites: int
    exposed: Sequence[str]  # slugs, as many as are named
    next: Sequence[NextFailure]


def look(now: datetime) -> None:
    """Look for lost redundancy, and make alarms of the difference."""
    run([SOURCE], now)


def find(now: datetime) -> Look | None:
    """Return what lost its second way. While nothing is known of the network yet, nothing can be said."""
    live = live_.live(now)
    if live.is_starting:
        return None
    losses = redundancy.lost(live)
    sites = _sites(live, losses)
    conditions = [_condition(live, loss, sites) for loss in losses if _named(live, loss) <= sites.keys()]
    follow(conditions, now)
    return Look((LOST,), conditions, _unsure(live))


def _sites(live: Live, losses: Sequence[Lost]) -> Sites:
    """Return the rows of all sites that the alarms name."""
    return Site.objects.in_bulk(set[int]().union(*(_named(live, loss) for loss in losses)))


def _named(live: Live, loss: Lost) -> frozenset[int]:
    """Return the sites that an alarm names; one of them may have been removed a moment ago."""
    ends = _ends(live)
    at_next = {pk for step in loss.next for pk in ends[step.link]}
    return loss.sites | at_next | set(ends[loss.broken.pk] if loss.broken.kind == LINK else (loss.broken.pk,))


def _ends(live: Live) -> Mapping[int, tuple[int, int]]:
    """Return both ends of every link, all by primary key."""
    whole = live.snapshot
    return whole.derived.get("ends of links", lambda: {link.pk: (link.a_id, link.b_id) for link in whole.links})


def _condition(live: Live, loss: Lost, sites: Sites) -> AlarmCondition:
    links = _ends(live)
    own = sites[loss.broken.pk] if loss.broken.kind == SITE else None
    about = of_site(own) if own else _link(links[loss.broken.pk], sites)
    key_sites = _key_sites(loss.sites, sites)
    steps = [_next(step, _link(links[step.link], sites), sites) for step in loss.next[:MOST_NEXT]]
    named = sorted(sites[pk].slug for pk in loss.sites)[:MOST_NAMED]
    detail = Exposed(len(loss.sites), key_sites, named, steps)
    return AlarmCondition(about, LOST, detail, KEY_SITE if key_sites else "")


def _next(step: Next, about: ManagedObject, sites: Sites) -> NextFailure:
    return NextFailure(about.key, about.name.en, about.name.zh, len(step.sites), _key_sites(step.sites, sites))


def _key_sites(pks: Iterable[int], sites: Sites) -> int:
    return sum(sites[pk].is_key_site for pk in pks)


def _link(ends: tuple[int, int], sites: Sites) -> ManagedObject:
    return of_link([sites[pk] for pk in ends])


def _unsure(live: Live) -> set[ObjectId]:
    """Return what stands under an alarm and is not known any more to have failed, nor to be whole."""
    standing = {(identity.object_kind, identity.object_key) for identity in active_of([LOST])}
    if not standing:
        return set()
    slugs = {site.pk: site.slug for site in live.snapshot.sites}
    unknown = {(SITE, slug) for pk, slug in slugs.items() if live.of_site(pk).condition is Condition.UNKNOWN}
    for link in live.snapshot.links:
        if live.of_link(link.pk).condition is Condition.UNKNOWN:
            unknown.add((LINK, "~".join(sorted((slugs[link.a_id], slugs[link.b_id])))))
    return {ObjectId(kind, key) for kind, key in standing & unknown}


SOURCE = register_source(AlarmSource((LOST,), find))
