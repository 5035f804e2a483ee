"""The kinds of subject that the network has: what agreements, maintenance, alarms and impact here are about."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.actions.search import holds
from network.actions.alarms import managed_object
from network.actions.impact import impact
from network.actions.impact.impact import Affected, Scope
from network.actions.maintenance.affected import REGION
from network.actions.service_levels import modelled, probed
from network.actions.service_levels.sources import MinuteCount
from network.kernels.sla.sla import Metric
from network.models import (
    Agreement,
    Corridor,
    EdgeNode,
    Link,
    NoticeChannel,
    Region,
    Site,
    Slice,
    SubjectKind,
    subject,
)
from network.models.subject import FoundSubject, Name, Subject

_PROBED = (Metric.RTT_P99, Metric.LOSS_SHARE, Metric.AVAILABILITY, Metric.JITTER)


class SiteSubject(Subject):
    """A site."""

    code = SubjectKind.SITE.value
    label = _("Site")
    many = Name("base stations", "基站")
    right = "network.view_site"
    is_shared = True
    page = "/network/sites/{key}"
    place = "/map?site={key}"
    metrics = _PROBED
    is_judged_by_round = True
    key_hint = _("The key of a site.")

    def find(self, key: str) -> FoundSubject | None:
        site = Site.objects.filter(slug=key).first()
        return _found_site(site) if site else None

    def search(self, words: str, most: int) -> Iterator[FoundSubject]:
        yield from map(_found_site, Site.objects.filter(_named(words)).order_by("slug")[:most])

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        return _names_in(Site, keys)

    def counts(self, agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterable[MinuteCount]:
        return probed.count_sites(agreements, since, until)


class LinkSubject(Subject):
    """A link `a~b`, by the slugs of its ends in the order of the alphabet."""

    code = SubjectKind.LINK.value
    label = _("Link")
    many = Name("links", "链路")
    right = "network.view_link"
    is_shared = True
    page = "/inventory/links?record={key}"
    metrics = (Metric.AVAILABILITY,)
    good = {
        Metric.AVAILABILITY: _(
            "Rounds answered by the sites reached only through the link: at least so long it was up. A link that no "
            "probed site depends on is unknown."
        )
    }
    key_hint = _("Both ends, as a~b.")

    def find(self, key: str) -> FoundSubject | None:
        ends = key.split("~")
        if len(ends) != 2:
            return None
        link = Link.objects.select_related("a", "b").filter(a__slug__in=ends, b__slug__in=ends).first()
        return _found_link(link) if link else None

    def search(self, words: str, most: int) -> Iterator[FoundSubject]:
        """Yield those with an end that holds the words; of `one~other`, those that join two such ends.

        The ends are looked for among sites, each of which has many links.
        """
        first, is_pair, second = words.partition("~")
        one, other = (Site.objects.filter(_named(part.strip())).order_by().values("pk") for part in (first, second))
        joined = Q(a__in=one, b__in=other) | Q(a__in=other, b__in=one) if is_pair else Q(a__in=one) | Q(b__in=one)
        rows = Link.objects.filter(joined).select_related("a", "b").order_by("a__slug", "b__slug")
        yield from map(_found_link, rows[:most])

    def place_of(self, key: str) -> str:
        """Return the map at its first end."""
        return SiteSubject().place_of(key.partition("~")[0])

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        """Return the names of their ends, in the order of the alphabet."""
        sites = _names_in(Site, {slug for key in keys for slug in key.split("~")})
        ends = {key: [sites[slug] for slug in key.split("~") if slug in sites] for key in keys}
        return {
            key: Name(" – ".join(sorted(row.en for row in pair)), " – ".join(sorted(row.zh for row in pair)))
            for key, pair in ends.items()
            if len(pair) == 2
        }

    def counts(self, agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterable[MinuteCount]:
        return probed.count_links(agreements, since, until)


class PathSubject(Subject):
    """A path `from~to`: it has a direction, so its ends keep their order. It has no search: it is two sites."""

    code = SubjectKind.PATH.value
    label = _("Path")
    many = Name("paths", "路径")
    is_shared = True
    metrics = (Metric.RTT_P99, Metric.AVAILABILITY)
    good = {
        Metric.AVAILABILITY: _(
            "Rounds in which neither end failed, taken as if their failures never fell together, while the inventory "
            "holds a way between them."
        ),
        Metric.RTT_P99: _(
            "Minutes in which twice the modelled one-way 99th percentile is within the limit. Nobody measures from one "
            "end to the other."
        ),
    }
    is_modelled = True
    ends = SubjectKind.SITE.value
    key_word = _("From: key or name of a site")
    key_hint = _("Both ends, as from~to.")

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        """Return the names of their ends, in their direction."""
        sites = _names_in(Site, {slug for key in keys for slug in key.split("~")})
        ends = {key: [sites[slug] for slug in key.split("~") if slug in sites] for key in keys}
        return {
            key: Name(f"{pair[0].en} to {pair[1].en}", f"{pair[0].zh}至{pair[1].zh}")
            for key, pair in ends.items()
            if len(pair) == 2
        }

    def find(self, key: str) -> FoundSubject | None:
        slugs = key.split("~")
        if len(slugs) != 2 or slugs[0] == slugs[1]:
            return None
        sites = Site.objects.in_bulk(slugs, field_name="slug")
        if len(sites) != 2:
            return None
        a, b = sites[slugs[0]], sites[slugs[1]]
        names = (f"{a.name_en} to {b.name_en}", f"{a.name_zh}至{b.name_zh}")
        return FoundSubject(key, *names, a.region_id, organisation=None)

    def counts(self, agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterable[MinuteCount]:
        return modelled.paths(agreements, since, until)


class SliceSubject(Subject):
    """A slice."""

    code = SubjectKind.SLICE.value
    label = _("Slice")
    many = Name("slices", "切片")
    page = "/sla?search={key}"
    right = "network.view_slice"
    metrics = _PROBED
    key_hint = _("The key of a slice.")
    group = "slices"
    group_label = _("Slices")

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        return _names_in(Slice, keys)

    def find(self, key: str) -> FoundSubject | None:
        slice_ = Slice.objects.filter(slug=key).first()
        if slice_ is None:
            return None
        site = slice_.sites.first()
        region_id = site.region_id if site else None
        return FoundSubject(slice_.slug, slice_.name_en, slice_.name_zh, region_id, organisation=slice_.organisation_id)

    def search(self, words: str, most: int) -> Iterator[FoundSubject]:
        about = _named(words) | Q(organisation__name_en__icontains=words) | Q(organisation__name_zh__icontains=words)
        for slice_ in Slice.objects.filter(about).order_by("slug")[:most]:
            yield FoundSubject(slice_.slug, slice_.name_en, slice_.name_zh, organisation=slice_.organisation_id)

    def counts(self, agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterable[MinuteCount]:
        return probed.count_slices(agreements, since, until)

    def affected(self, scope: Scope, now: datetime) -> Iterable[Affected]:
        return impact.slices(scope, now)


class CorridorSubject(Subject):
    """A corridor."""

    code = SubjectKind.CORRIDOR.value
    label = _("Corridor")
    many = Name("corridors", "航路")
    right = "network.view_corridor"
    is_shared = True
    page = "/inventory/corridors?record={key}"
    metrics = (Metric.COVERAGE,)
    good = {
        Metric.COVERAGE: _(
            "Metres of the corridor modelled to be covered, once a minute; what is unknown counts as not covered."
        )
    }
    key_hint = _("The key of a corridor.")

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        return _names_in(Corridor, keys)

    def find(self, key: str) -> FoundSubject | None:
        corridor = Corridor.objects.filter(slug=key).first()
        return _found_corridor(corridor) if corridor else None

    def search(self, words: str, most: int) -> Iterator[FoundSubject]:
        yield from map(_found_corridor, Corridor.objects.filter(_named(words)).order_by("slug")[:most])

    def counts(self, agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterable[MinuteCount]:
        return modelled.corridors(agreements, since, until)


class RegionSubject(Subject):
    """A region: of maintenance alone. Without a key it is everything."""

    code = REGION
    label = _("Region")
    many = Name("regions", "区域")
    right = "network.view_region"
    is_shared = True
    is_maintained = True
    page = "/inventory/regions?record={key}"
    key_hint = _("The key of a region; empty: everywhere.")

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        return _names_in(Region, keys)

    def find(self, key: str) -> FoundSubject | None:
        region = Region.objects.filter(slug=key).first()
        return _found_region(region) if region else None

    def search(self, words: str, most: int) -> Iterator[FoundSubject]:
        yield from map(_found_region, Region.objects.filter(_named(words)).order_by("slug")[:most])


class EdgeNodeSubject(Subject):
    """An edge node."""

    code = managed_object.EDGE_NODE
    label = _("Edge node")
    many = Name("edge nodes", "边缘节点")
    is_shared = True

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        return _names_in(EdgeNode, keys)


class ChannelSubject(Subject):
    """A channel of notices, by its uuid."""

    code = managed_object.CHANNEL
    label = _("Notice channel")
    many = Name("notice channels", "通知渠道")
    page = "/alarms/notifications"

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        rows = NoticeChannel.objects.filter(uuid__in=keys).values_list("uuid", "name")
        return {str(uuid): Name(name, name) for uuid, name in rows}


class GroupSubject(Subject):
    """The sites and links that one failure silences."""

    code = managed_object.GROUP
    label = _("Sites and links")
    many = Name("sites and links", "站点和链路")


class PlatformSubject(Subject):
    """A part of Loft itself, such as its database."""

    code = managed_object.PLATFORM
    label = _("Part of Loft")
    many = Name("parts of Loft", "Loft 的组成部分")
    page = "/alarms/parts?part={key}"


class ReportSubject(Subject):
    """A monthly report that was ordered."""

    code = managed_object.REPORT
    label = _("Monthly report")
    many = Name("monthly reports", "月度报告")
    page = "/reports"


class EvidenceSubject(Subject):
    """An evidence map that was ordered."""

    code = managed_object.EVIDENCE
    label = _("Evidence map")
    many = Name("evidence maps", "佐证地图")
    page = "/evidence"


class PlanSubject(Subject):
    """A plan of where computing is placed."""

    code = managed_object.PLAN
    label = _("Plan")
    many = Name("plans", "规划方案")
    page = "/plans"


SUBJECTS = (
    SiteSubject(), LinkSubject(), PathSubject(), SliceSubject(), CorridorSubject(), RegionSubject(), EdgeNodeSubject(),
    ChannelSubject(), GroupSubject(), PlatformSubject(), ReportSubject(), EvidenceSubject(), PlanSubject(),
)  # fmt: skip


def _named(words: str) -> Q:
    return holds(words, "slug", "name_en", "name_zh")


def _names_in(rows_of: Any, keys: Collection[str]) -> dict[str, Name]:
    rows = rows_of.objects.filter(slug__in=keys).order_by().values_list("slug", "name_en", "name_zh")
    return {slug: Name(en, zh) for slug, en, zh in rows}


def _found_site(site: Site) -> FoundSubject:
    return FoundSubject(site.slug, site.name_en, site.name_zh, site.region_id, site.pk, organisation=None)


def _found_link(link: Link) -> FoundSubject:
    a, b = sorted((link.a, link.b), key=lambda site: site.slug)
    names = (f"{a.name_en} - {b.name_en}", f"{a.name_zh} - {b.name_zh}")
    return FoundSubject(f"{a.slug}~{b.slug}", *names, link.a.region_id, organisation=None)


def _found_corridor(corridor: Corridor) -> FoundSubject:
    return FoundSubject(corridor.slug, corridor.name_en, corridor.name_zh, corridor.region_id, organisation=None)


def _found_region(region: Region) -> FoundSubject:
    return FoundSubject(region.slug, region.name_en, region.name_zh, region.pk, organisation=None)


def subjects() -> dict[str, dict[str, dict[str, Any]]]:
    """Return what scripts know of the kinds of subject and of the groups of affected ones, in the present language."""
    kinds = {
        this_subject.code: {
            "label": str(this_subject.label),
            "page": this_subject.page,
            "is_searched": this_subject.is_searched,
            "ends": this_subject.ends,
            "key_word": str(this_subject.key_word),
            "key_hint": str(this_subject.key_hint),
            "has_window": this_subject.is_judged_by_round,
            "is_everything_without_key": this_subject.code == REGION,
        }
        for this_subject in subject.registered()
    }
    return {
        "kinds": kinds,
        "groups": {this_subject.group: {"label": str(this_subject.group_label)} for this_subject in subject.affected()},
    }
