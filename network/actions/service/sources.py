"""Where the ledger's counts come from: one source per kind of subject, asked once a minute for whole minutes.

Higher apps register theirs when they are ready. A source yields what it knows; a minute of an agreement that it does
not yield is unknown. It is told the same minutes again after a failure, and then yields the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.actor import HOME_PK
from network.models import Agreement, Corridor, Link, Region, Site, Slice, SubjectKind

MINUTE_S = 60.0


@dataclass(frozen=True)
class MinuteCount:
    """What came of one agreement in one minute: events that were good, of all; and for how long nobody knows. [s]."""

    agreement_id: int
    started_at: datetime
    good: int
    total: int
    unknown_s: float = 0.0
    excluded_s: float = 0.0  # of a part of the subject under maintenance; what is wholly under it the ledger leaves out

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        if not 0 <= self.good <= self.total:
            raise ValueError(f"good: {self.good} given; expected 0 to total, which is {self.total}")
        if not 0 <= self.unknown_s <= MINUTE_S:
            raise ValueError(f"unknown_s: {self.unknown_s} given; expected 0 to {MINUTE_S:g} s")
        if not 0 <= self.excluded_s <= MINUTE_S - self.unknown_s + 1e-6:
            raise ValueError(f"excluded_s: {self.excluded_s} given; expected at most what is not unknown")


@dataclass(frozen=True)
class Subject:
    """What an agreement or a maintenance is about: its key as everybody writes it, its names, where it is, and whose.

    `organisation` owns it; None: nobody, as of sites and links. Whoever does not say leaves it to those who run the
    network, so that no customer sees it.
    """

    key: str
    name_en: str
    name_zh: str
    region_id: int | None = None
    site_id: int | None = None
    organisation: int | None = HOME_PK


Source = Callable[[Sequence[Agreement], datetime, datetime], Iterable[MinuteCount]]
"""`counts(agreements, since, until)`: the whole minutes in [since, until) of these agreements, all of one kind."""
Find = Callable[[str], Subject | None]
"""Return the subject with a key, None when there is none."""
_sources: dict[str, Source] = {}
_finders: dict[str, Find] = {}


def register(kind: str, source: Source, find: Find | None = None) -> None:
    """Say who counts for a kind of subject, and who finds its subjects; a later word replaces an earlier one."""
    _sources[SubjectKind(kind).value] = source
    if find is not None:
        _finders[SubjectKind(kind).value] = find


def source_of(kind: str) -> Source | None:
    """Return who counts for a kind of subject; None: nobody, so all its time is unknown."""
    return _sources.get(kind)


def find(kind: str, key: str) -> Subject | None:
    """Return a subject by its kind and key; None when there is none, or nobody knows of the kind."""
    finder = _finders.get(kind)
    return finder(key) if finder else None


def find_region(key: str) -> Subject | None:
    """Return a region as what a maintenance is about."""
    region = Region.objects.filter(slug=key).first()
    return Subject(region.slug, region.name_en, region.name_zh, region.pk, organisation=None) if region else None


def _find_site(key: str) -> Subject | None:
    site = Site.objects.filter(slug=key).first()
    return Subject(site.slug, site.name_en, site.name_zh, site.region_id, site.pk, None) if site else None


def _find_link(key: str) -> Subject | None:
    ends = sorted(key.split("~"))
    if len(ends) != 2:
        return None
    both = {ends[0], ends[1]}
    links = Link.objects.select_related("a", "b").filter(a__slug__in=both, b__slug__in=both)
    link = links.first()
    if link is None:
        return None
    a, b = sorted((link.a, link.b), key=lambda site: site.slug)
    names = (f"{a.name_en} - {b.name_en}", f"{a.name_zh} - {b.name_zh}")
    return Subject(f"{a.slug}~{b.slug}", *names, link.a.region_id, organisation=None)


def _find_path(key: str) -> Subject | None:
    """Find `from~to`; a path has a direction, so its ends keep their order."""
    slugs = key.split("~")
    if len(slugs) != 2 or slugs[0] == slugs[1]:
        return None
    found = Site.objects.in_bulk(slugs, field_name="slug")
    if len(found) != 2:
        return None
    a, b = found[slugs[0]], found[slugs[1]]
    return Subject(key, f"{a.name_en} to {b.name_en}", f"{a.name_zh}至{b.name_zh}", a.region_id, organisation=None)


def _find_slice(key: str) -> Subject | None:
    one = Slice.objects.filter(slug=key).first()
    if one is None:
        return None
    site = one.sites.first()
    region_id = site.region_id if site else None
    return Subject(one.slug, one.name_en, one.name_zh, region_id, organisation=one.organisation_id)


def _find_corridor(key: str) -> Subject | None:
    one = Corridor.objects.filter(slug=key).first()
    return Subject(one.slug, one.name_en, one.name_zh, one.region_id, organisation=None) if one else None


_finders |= {
    SubjectKind.SITE.value: _find_site,
    SubjectKind.LINK.value: _find_link,
    SubjectKind.PATH.value: _find_path,
    SubjectKind.SLICE.value: _find_slice,
    SubjectKind.CORRIDOR.value: _find_corridor,
}
