"""What suffers when a site, a link or a corridor does: the sites behind it, and the services that use them.

Each kind of subject says which of its own are affected (`Subject.affected`), those of other apps as well.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import numpy as np
from django.utils.translation import gettext_noop
from scipy.sparse.csgraph import dijkstra

from console.models import Organisation
from console.words import shown_name
from network.actions.alarms.alarm_condition import explained_by
from network.actions.alarms.managed_object import SITE, page_of
from network.actions.radio import serving
from network.actions.topology import path
from network.actions.topology.live import Stamp, stamp_of
from network.kernels.topology.correlation import Element
from network.kernels.topology.dependence import Dependence
from network.models import Agreement, Alarm, Corridor, Link, Site, Slice, SubjectKind, subject
from network.models.subject import Words

KINDS = ("site", "link", "corridor")
MOST_ROWS = 200
"""Of services of one group, and of sites, named in one answer; how many there are is always told."""
DEFINITION = gettext_noop(
    "Sites behind it: cut off have no other way to any computing over the links of the inventory; of the others the "
    "modelled way (shortest by mean latency) leads over it."
)
ITSELF = gettext_noop("Only the subject itself is affected; nothing else in the network depends on it.")
SOURCE = "modelled"


class How(StrEnum):
    """In which way something is concerned, the worst first."""

    ITSELF = "itself"  # it is what was asked for, or at it
    CUT_OFF = "cut_off"  # no other way
    ON_PATH = "on_path"  # its way leads over it; there is another
    CORRIDOR = "corridor"  # it flies in a corridor that crosses the cell of such a site
    SERVES = "serves"  # a site that serves the corridor asked for


ORDER = {how: place for place, how in enumerate(How)}


@dataclass(frozen=True)
class Scope:
    """What is concerned before services are: sites by primary key, corridors by slug, each with how."""

    kind: str
    key: str
    sites: Mapping[int, How]
    corridors: Mapping[str, How]

    @property
    def suffering(self) -> dict[int, How]:
        """The sites whose users are concerned; those that only serve a corridor are not among them."""
        return {pk: how for pk, how in self.sites.items() if how is not How.SERVES}


@dataclass(frozen=True)
class Affected:
    """A service that is concerned: its natural key, whose it is, how, and at which site.

    `href` is its record over REST, `page` its page, `place` where the map shows it; empty: it has none. `organisation`
    owns it; None: nobody said, so only those see it who see all. `tenant` is its owner in words; where it is empty it
    is the organisation's name. What has no Chinese name is called the same in both languages.
    """

    key: str
    name: str
    tenant: str
    how: How
    via: str = ""  # slug of the site, or of the corridor
    href: str = ""
    organisation: int | None = None
    owner: str = ""  # the organisation's slug; whoever asks for the impact fills it in
    page: str = ""
    place: str = ""  # where it is empty, whoever asks for the impact fills in that of the site it is at
    name_zh: str = ""
    tenant_zh: str = ""

    @property
    def display_name(self) -> str:
        """What it is called, in the language of whoever reads."""
        return shown_name(self.name, self.name_zh)

    @property
    def display_tenant(self) -> str:
        """What its owner is called, in the language of whoever reads."""
        return shown_name(self.tenant, self.tenant_zh)


@dataclass(frozen=True)
class Group:
    """The services of one kind. `hidden` ones are those that the reader may not see: neither rows nor count."""

    count: int | None
    rows: tuple[Affected, ...]


@dataclass(frozen=True)
class Tenant:
    """Whose services are concerned: how many of each kind."""

    name: str
    organisation: str  # its slug; empty: nobody said
    services: Mapping[str, int]
    name_zh: str = ""

    @property
    def display_name(self) -> str:
        """What they are called, in the language of whoever reads."""
        return shown_name(self.name, self.name_zh)


@dataclass(frozen=True)
class Impact:
    """What suffers, as of a time. Modelled: sites, ways and cells are those of `network`, the planned twin."""

    kind: str
    key: str
    at: datetime
    sites: tuple[Affected, ...]
    site_count: int
    services: Mapping[str, Group]
    tenants: tuple[Tenant, ...]
    network: Stamp
    definition: tuple[Words, ...] = (DEFINITION,)  # sentences
    source: str = SOURCE


def groups() -> dict[str, str]:
    """Return the right that each group of services needs."""
    return {this_subject.group: this_subject.right for this_subject in subject.affected()}


def scope_of(kind: str, key: str) -> Scope | None:
    """Return what a site (slug), link (`a~b`) or corridor (slug) concerns; None when there is none of that key."""
    if kind == "corridor":
        row = Corridor.objects.filter(slug=key).first()
        if row is None:
            return None
        return Scope(kind, key, dict.fromkeys(serving.corridor_sites([row])[key], How.SERVES), {key: How.ITSELF})
    hows = _site_scope(key) if kind == "site" else _link_scope(key)
    return None if hows is None else scope_of_sites(kind, key, hows)


def scope_of_sites(kind: str, key: str, sites: Mapping[int, How]) -> Scope:
    """Return the scope of these sites, with the corridors that they serve."""
    corridors = {corridor.slug: How.CORRIDOR for corridor in serving.corridors_of(sites)} if sites else {}
    return Scope(kind, key, sites, corridors)


def scope_of_alarm(alarm: Alarm) -> Scope | None:
    """Return what an alarm concerns: the sites that a root cause silences as measured, else those behind its subject.

    None for an alarm that is of nothing in the network, such as the prober's own.
    """
    if members := explained_by(alarm):
        pks = Site.objects.filter(slug__in=members).values_list("pk", flat=True)
        return scope_of_sites("alarm", str(alarm.pk), dict.fromkeys(pks, How.ITSELF))
    if agreement := Agreement.objects.filter(pk=alarm.detail.get("agreement")).first():
        return scope_of_agreement(agreement)
    return scope_of("site", alarm.site.slug) if alarm.site else None


def scope_of_agreement(agreement: Agreement) -> Scope | None:
    """Return what an agreement concerns; None of a kind that uses the network, which nothing in it is behind."""
    kind, key = agreement.kind, agreement.key
    if kind in KINDS:
        return scope_of(kind, key)
    if kind == SubjectKind.PATH:
        at = Site.objects.filter(slug__in=key.split("~"))
    elif kind == SubjectKind.SLICE:
        at = Site.objects.filter(slices__slug=key)
    else:
        return None
    return scope_of_sites(kind, key, dict.fromkeys(at.values_list("pk", flat=True), How.ITSELF))


@dataclass(frozen=True)
class Reader:
    """Who reads what suffers: groups of services and organisations that they may see; None: all."""

    groups: Collection[str] | None = None
    sees: frozenset[int] | None = None

    def may_see(self, group: str) -> bool:
        """Whether they may see services of a group at all."""
        return self.groups is None or group in self.groups

    def own(self, rows: Iterable[Affected]) -> list[Affected]:
        """Return those of services that they may see; nothing tells of the others, not even their number."""
        return [row for row in rows if self.sees is None or row.organisation in self.sees]


EVERYTHING = Reader()


def impact(scope: Scope, now: datetime, reader: Reader = EVERYTHING) -> Impact:
    """Return what suffers, as far as the reader may see it.

    Args:
        scope: from `scope_of`.
        now: the present: services are those of this moment.
        reader: who asks.
    """
    names = {site.pk: site for site in Site.objects.filter(pk__in=scope.sites)}
    sites = sorted(
        (_affected_site(names[pk], how) for pk, how in scope.sites.items() if pk in names), key=_order,
    )  # fmt: skip
    affected_by_kind = {
        this_subject.group: sorted(reader.own(this_subject.affected(scope, now)), key=_order)
        if reader.may_see(this_subject.group)
        else None
        for this_subject in subject.affected()
    }
    affected_by_kind = _with_places(_with_owners(affected_by_kind), {site.slug for site in names.values()})
    services = {
        group: Group(None if rows is None else len(rows), tuple(rows or ())[:MOST_ROWS])
        for group, rows in affected_by_kind.items()
    }
    seen = {group: rows for group, rows in affected_by_kind.items() if rows is not None}
    shown = tuple(sites[:MOST_ROWS])
    about = stamp_of(None, now)
    return Impact(scope.kind, scope.key, now, shown, len(sites), services, _tenants(seen), about, definition())


def _affected_site(site: Site, how: How) -> Affected:
    page, place = page_of(SITE, site.slug)
    return Affected(
        site.slug, site.name_en, "", how, "", f"/api/v1/sites/{site.slug}", page=page, place=place, name_zh=site.name_zh
    )


def definition() -> tuple[Words, ...]:
    """Return who is affected, as sentences."""
    return (
        DEFINITION,
        *(this_subject.affected_rule for this_subject in subject.affected() if this_subject.affected_rule),
    )


def impact_of_agreement(agreement: Agreement, now: datetime, reader: Reader = EVERYTHING) -> Impact | None:
    """Return what suffers when an agreement is breached; None when what it is on is there no more."""
    scope = scope_of_agreement(agreement)
    if scope is not None:
        return impact(scope, now, reader)
    kind = subject.known(agreement.kind)
    if kind is None or not kind.is_user:
        return None
    group = kind.group
    itself = _affected_itself(kind, agreement)
    rows = _with_owners({group: [itself]})[group] if reader.may_see(group) else None
    groups_by_key = {group: Group(None, ()) if rows is None else Group(1, tuple(rows))}
    return Impact(agreement.kind, agreement.key, now, (), 0, groups_by_key, (), stamp_of(None, now), (ITSELF,))


def _affected_itself(kind: subject.Subject, agreement: Agreement) -> Affected:
    found, (page, place) = kind.find(agreement.key), page_of(kind.code, agreement.key)
    names = (found.name_en, found.name_zh) if found else (agreement.name, "")
    return Affected(
        agreement.key, names[0], "", How.ITSELF, organisation=agreement.organisation_id, page=page, place=place,
        name_zh=names[1],
    )  # fmt: skip


def impact_of_alarm(alarm: Alarm, now: datetime, reader: Reader = EVERYTHING) -> Impact | None:
    """Return what suffers from an active alarm; None when it is over, or of nothing in the network."""
    scope = scope_of_alarm(alarm) if alarm.ended_at is None else None
    return None if scope is None else impact(scope, now, reader)


def slices(scope: Scope, now: datetime) -> Iterator[Affected]:
    """Yield the slices that a site of the scope carries, each with the gravest of its sites."""
    suffering = scope.suffering
    pairs = Slice.sites.through.objects.filter(site__in=suffering).order_by("slice__slug", "site__slug")
    fields = ("slice__slug", "slice__name_en", "slice__name_zh", "slice__organisation", "site_id", "site__slug")
    worst: dict[str, Affected] = {}
    for slug, name, name_zh, owner, site_id, site in pairs.values_list(*fields):
        href, page = f"/api/v1/slices/{slug}", f"/sla?search={slug}"
        affected = Affected(slug, name, "", suffering[site_id], site, href, owner, page=page, name_zh=name_zh)
        worst[slug] = min(worst.get(slug, affected), affected, key=_order)
    yield from worst.values()


def _with_owners(affected: Mapping[str, list[Affected] | None]) -> dict[str, list[Affected] | None]:
    """Return services with slug and name of the organisations that own them."""
    keys = {row.organisation for rows in affected.values() for row in rows or () if row.organisation is not None}
    owners = Organisation.objects.in_bulk(keys)
    return {
        group: None if rows is None else [_with_owner(row, owners.get(row.organisation or 0)) for row in rows]
        for group, rows in affected.items()
    }


def _with_owner(row: Affected, owner: Organisation | None) -> Affected:
    if owner is None:
        return row
    tenant = (row.tenant, row.tenant_zh) if row.tenant else (owner.name_en, owner.name_zh)
    return replace(row, owner=owner.slug, tenant=tenant[0], tenant_zh=tenant[1])


def _with_places(
    affected: Mapping[str, list[Affected] | None], sites: Collection[str]
) -> dict[str, list[Affected] | None]:
    """Return services with the place of the site that they are at, where they have none of their own."""
    return {
        group: None
        if rows is None
        else [
            row if row.place or row.via not in sites else replace(row, place=page_of(SITE, row.via)[1]) for row in rows
        ]
        for group, rows in affected.items()
    }


def _tenants(affected: Mapping[str, list[Affected]]) -> tuple[Tenant, ...]:
    counted: dict[tuple[str, str, str], Counter[str]] = {}
    for group, rows in affected.items():
        for row in rows:
            if row.tenant:
                counted.setdefault((row.tenant, row.owner, row.tenant_zh), Counter())[group] += 1
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return tuple(Tenant(name, owner, dict(services), zh) for (name, owner, zh), services in ranked[:MOST_ROWS])


def _order(affected: Affected) -> tuple[int, str]:
    return ORDER[affected.how], affected.key


def _site_scope(slug: str) -> dict[int, How] | None:
    pk = Site.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if pk is None:
        return None
    site_ids, _, dependence = _dependence()
    return _behind(site_ids, dependence, [("node", site_ids.index(pk))]) | {pk: How.ITSELF}


def _link_scope(key: str) -> dict[int, How] | None:
    a, _, b = key.partition("~")
    ends = Link.objects.filter(a__slug__in=(a, b), b__slug__in=(a, b)) if a and b else Link.objects.none()
    keys = set(ends.values_list("pk", flat=True))
    if not keys:
        return None
    site_ids, numbers, dependence = _dependence()
    elements = [("link", numbers["link", pk]) for pk in keys if ("link", pk) in numbers]
    return _behind(site_ids, dependence, elements)


def _behind(site_ids: list[int], dependence: Dependence, elements: list[Element]) -> dict[int, How]:
    hows: dict[int, How] = {}
    for element in elements:
        concerned = dependence.of(element)
        for node in concerned.carried:
            how = How.CUT_OFF if node in concerned.cut_off else How.ON_PATH
            hows[site_ids[node]] = min(how, hows.get(site_ids[node], how), key=ORDER.__getitem__)
    return hows


def _dependence() -> tuple[list[int], dict[Element, int], Dependence]:
    """Return sites in the order of their nodes, the number of every link by its key, and who depends on what."""
    network = path.graph()
    return network.snapshot.derived.get(Dependence, lambda: _work_out(network))


def _work_out(network: path.Graph) -> tuple[list[int], dict[Element, int], Dependence]:
    rows = sorted(network.snapshot.links, key=lambda link: (link.length_km, link.pk))
    links = [(network.place[link_row.a_id], network.place[link_row.b_id]) for link_row in rows]
    places = list(network.snapshot.centres)
    dependence = Dependence(len(network.site_ids), links, places, _towards(network, places))
    return network.site_ids, {("link", link_row.pk): number for number, link_row in enumerate(rows)}, dependence


def _towards(network: path.Graph, places: list[int]) -> list[int]:
    if not places:
        return [-1] * len(network.site_ids)
    _, before, _ = dijkstra(network.costs, directed=False, indices=places, return_predecessors=True, min_only=True)
    return [int(node) for node in np.asarray(before)]
