"""Whom a maintenance concerns besides its own subject, by the stated rule. Modelled, over the inventory of now.

The same inventory always gives the same answer, so a minute that is written again comes out as before.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from django.db.models import Q
from django.utils.translation import gettext_noop

from network.actions.topology import path, vantage
from network.actions.topology.vantage import View
from network.models import Agreement, Maintenance, Region, Site, Slice, SubjectKind

REGION = "region"
RULE = gettext_noop(
    "Left out with a maintenance: agreements on its subject. Of a site or link also: sites that the probes reach only "
    "through it over the links of the inventory; links that end at the site or at a site so cut off; paths whose "
    "modelled route (shortest by mean latency) passes it, or one of whose ends is cut off. A slice leaves out the "
    "share of its sites that are under maintenance or cut off, and all of the minute only when all of them are. Of a "
    "region: the agreements in it, and of a slice its sites in it. All else is left out only when it, its region or "
    "everything is named: a corridor is counted from the model, which no maintenance makes worse, and who serves what "
    "uses the network changes from one moment to the next. Each maintenance counts by itself: what only two of them "
    "together cut off has to be named."
)
Subject = tuple[str, str]  # kind, natural key; ("region", "") is everything


class Why(StrEnum):
    """In which way something is concerned."""

    ITSELF = "itself"  # it is what was named
    REGION = "region"  # it lies in the region named, or everything was named
    ENDS_THERE = "ends_there"  # a link that ends at the site
    CUT_OFF = "cut_off"  # the probes reach it only through what was named
    ON_PATH = "on_path"  # its modelled route leads over it
    POOLED = "pooled"  # a slice: the share of its sites that are concerned


@dataclass(frozen=True)
class AffectedBy:
    """How, and how much of it: less than 1 only of a slice."""

    why: Why
    share: float = 1.0


Sites = Mapping[int, Mapping[Subject, Why]]


@dataclass(frozen=True)
class AffectedSubjects:
    """Whom some maintenances concern, read once however many agreements are asked about."""

    subjects: frozenset[Subject]
    sites: Sites  # by primary key, with what concerns each
    members: Mapping[str, Sequence[int]]  # sites of slices, by slug
    keys: Mapping[str, int]  # of sites, by slug
    regions: Mapping[int, str]  # slugs of regions
    routes: Mapping[str, Sequence[int]]  # sites on the modelled way of paths, by key

    def of(self, agreement: Agreement) -> dict[Subject, AffectedBy]:
        """Return what concerns an agreement, and how."""
        affected_by: dict[Subject, AffectedBy] = {}
        if agreement.kind == SubjectKind.SITE:
            affected_by = {
                subject: AffectedBy(why) for subject, why in self.sites.get(agreement.site_id or 0, {}).items()
            }
        elif agreement.kind == SubjectKind.LINK:
            affected_by = self._at_ends(agreement.key, Why.ENDS_THERE)
        elif agreement.kind == SubjectKind.PATH:
            affected_by = self._at_ends(agreement.key, Why.ON_PATH) | self._on_the_way(agreement.key)
        elif agreement.kind == SubjectKind.SLICE:
            affected_by = self._pooled(self.members.get(agreement.key, ()))
        return affected_by | self._named(agreement)

    def _named(self, agreement: Agreement) -> dict[Subject, AffectedBy]:
        reasons = {(REGION, ""): Why.REGION, (agreement.kind, agreement.key): Why.ITSELF}
        if agreement.kind != SubjectKind.SLICE and agreement.region_id is not None:
            reasons[REGION, self.regions.get(agreement.region_id, "")] = Why.REGION
        return {subject: AffectedBy(why) for subject, why in reasons.items() if subject in self.subjects}

    def _at_ends(self, key: str, why_itself: Why) -> dict[Subject, AffectedBy]:
        words = {Why.ITSELF: why_itself, Why.CUT_OFF: Why.CUT_OFF}
        ends = [self.sites.get(self.keys.get(slug, 0), {}) for slug in key.split("~")]
        pairs = [(subject, why) for end in ends for subject, why in end.items() if why in words]
        pairs.sort(key=lambda pair: pair[1] is Why.ITSELF)  # last, so that it wins
        return {subject: AffectedBy(words[why]) for subject, why in pairs}

    def _on_the_way(self, key: str) -> dict[Subject, AffectedBy]:
        names = [self._slugs[pk] for pk in self.routes.get(key, ()) if pk in self._slugs]
        passed = {(SubjectKind.SITE.value, name) for name in names}
        passed |= {(SubjectKind.LINK.value, "~".join(sorted(pair))) for pair in pairwise(names)}
        return {subject: AffectedBy(Why.ON_PATH) for subject in passed & self.subjects}

    @cached_property
    def _slugs(self) -> dict[int, str]:
        return {pk: slug for slug, pk in self.keys.items()}

    def _pooled(self, members: Sequence[int]) -> dict[Subject, AffectedBy]:
        counted: dict[Subject, int] = defaultdict(int)
        for pk in members:
            for subject in self.sites.get(pk, ()):
                counted[subject] += 1
        return {subject: AffectedBy(Why.POOLED, count / len(members)) for subject, count in counted.items()}


def read(subjects: Collection[Subject], agreements: Sequence[Agreement]) -> AffectedSubjects:
    """Return whom these maintenances concern. How much is read does not grow with the number of agreements."""
    keys = _keys()
    is_modelled = any(kind in (SubjectKind.SITE, SubjectKind.LINK) for kind, _ in subjects)
    ways = [agreement.key for agreement in agreements if agreement.kind == SubjectKind.PATH] if is_modelled else []
    return AffectedSubjects(
        frozenset(subjects),
        _sites(subjects, keys),
        _members(agreements),
        {slug: pk for slug, (pk, _) in keys.items()},
        dict(Region.objects.values_list("pk", "slug")),
        _routes(ways, keys),
    )


def sites_of(subjects: Collection[Subject]) -> Sites:
    """Return the sites that are under maintenance of these subjects, by primary key, with what concerns each."""
    is_of_sites = any(kind in (SubjectKind.SITE, SubjectKind.LINK, REGION) for kind, _ in subjects)
    return _sites(subjects, _keys()) if is_of_sites else {}


def in_force(now: datetime) -> list[Maintenance]:
    """Return the maintenances that leave time out now."""
    rows = Maintenance.objects.filter(starts_at__lte=now, made_at__lte=now, ends_at__gt=now)
    return list(rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=now)).order_by("pk"))


_Keys = Mapping[str, tuple[int, str]]  # of sites by slug: primary key, and slug of the region


def _keys() -> _Keys:
    return {slug: (pk, region) for slug, pk, region in Site.objects.values_list("slug", "pk", "region__slug")}


def _sites(subjects: Collection[Subject], keys: _Keys) -> Sites:
    seen = vantage.view() if any(kind in (SubjectKind.SITE, SubjectKind.LINK) for kind, _ in subjects) else None
    sites: dict[int, dict[Subject, Why]] = defaultdict(dict)
    for subject in subjects:
        for pk, why in _reach(subject, keys, seen).items():
            sites[pk][subject] = why
    return sites


def _reach(subject: Subject, keys: _Keys, seen: View | None) -> dict[int, Why]:
    kind, key = subject
    if kind == REGION:
        return {pk: Why.REGION for pk, region in keys.values() if key in ("", region)}
    if kind == SubjectKind.SITE and key in keys:
        pk = keys[key][0]
        return dict.fromkeys(seen.behind_site(pk) if seen else (), Why.CUT_OFF) | {pk: Why.ITSELF}
    if kind == SubjectKind.LINK and seen:
        a, _, b = key.partition("~")
        return dict.fromkeys(seen.behind_link(keys.get(a, (0,))[0], keys.get(b, (0,))[0]), Why.CUT_OFF)
    return {}


def _members(agreements: Sequence[Agreement]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = defaultdict(list)
    if any(agreement.kind == SubjectKind.SLICE for agreement in agreements):
        pairs = Slice.sites.through.objects.order_by("slice__slug", "site_id").values_list("slice__slug", "site_id")
        for slug, site_id in pairs:
            members[slug].append(site_id)
    return members


def _routes(paths: Collection[str], keys: _Keys) -> dict[str, Sequence[int]]:
    pairs = {}
    for key in paths:
        start, _, end = key.partition("~")
        if start in keys and end in keys:
            pairs[key] = keys[start][0], keys[end][0]
    ways = path.routes(set(pairs.values())) if pairs else {}
    return {key: ways[pair] for key, pair in pairs.items() if pair in ways}
