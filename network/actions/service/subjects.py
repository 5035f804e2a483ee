"""Subjects found by words, so that whoever makes an agreement or announces maintenance can choose one.

Higher apps add their kinds when they are ready. A path has no search: it is two sites.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from django.db.models import Q, QuerySet

from console.actor import Actor
from network.actions.service.sources import Subject
from network.models import Corridor, Link, Region, Site, Slice, SubjectKind

REGION = "region"
MOST = 12
MOST_READ = 5_000
"""So many are looked at for those of one organisation."""
Search = Callable[[str, int], Iterator[Subject]]
"""`search(words, most)`: the subjects of a kind whose key or name holds the words."""
_searches: dict[str, tuple[str, Search]] = {}


def register(kind: str, right: str, search: Search) -> None:
    """Say who searches a kind of subject, and which right a person needs to see what is found."""
    _searches[kind] = (right, search)


def kinds() -> list[str]:
    """Return the kinds that can be searched."""
    return list(_searches)


def right_for(kind: str) -> str:
    """Return the right that seeing subjects of a kind needs."""
    return _searches[kind][0]


def search(kind: str, words: str, actor: Actor) -> list[Subject]:
    """Return subjects of a kind whose key or name holds the words, the first by key; all without words.

    Of the subjects that organisations own, those that the actor may see.
    """
    most = MOST if actor.sees is None else MOST_READ
    found = _searches[kind][1](words.strip(), most)
    return list(islice((one for one in found if one.organisation is None or actor.may_see(one.organisation)), MOST))


def _named(words: str, *before: str) -> Q:
    found = Q()
    for prefix in before or ("",):
        for column in ("slug", "name_en", "name_zh"):
            found |= Q(**{f"{prefix}{column}__icontains": words})
    return found


def _sites(words: str, most: int) -> Iterator[Subject]:
    for one in Site.objects.filter(_named(words)).order_by("slug")[:most]:
        yield Subject(one.slug, one.name_en, one.name_zh, one.region_id, one.pk, None)


def _links(words: str, most: int) -> Iterator[Subject]:
    rows: QuerySet[Link] = Link.objects.select_related("a", "b")
    for part in words.split("~"):
        rows = rows.filter(_named(part.strip(), "a__", "b__"))
    for one in rows.order_by("a__slug", "b__slug")[:most]:
        a, b = sorted((one.a, one.b), key=lambda site: site.slug)
        names = (f"{a.name_en} - {b.name_en}", f"{a.name_zh} - {b.name_zh}")
        yield Subject(f"{a.slug}~{b.slug}", *names, one.a.region_id, organisation=None)


def _slices(words: str, most: int) -> Iterator[Subject]:
    about = _named(words) | Q(organisation__name_en__icontains=words) | Q(organisation__name_zh__icontains=words)
    for one in Slice.objects.filter(about).order_by("slug")[:most]:
        yield Subject(one.slug, one.name_en, one.name_zh, organisation=one.organisation_id)


def _corridors(words: str, most: int) -> Iterator[Subject]:
    for one in Corridor.objects.filter(_named(words)).order_by("slug")[:most]:
        yield Subject(one.slug, one.name_en, one.name_zh, one.region_id, organisation=None)


def _regions(words: str, most: int) -> Iterator[Subject]:
    for one in Region.objects.filter(_named(words)).order_by("slug")[:most]:
        yield Subject(one.slug, one.name_en, one.name_zh, one.pk, organisation=None)


register(SubjectKind.SITE.value, "network.view_site", _sites)
register(SubjectKind.LINK.value, "network.view_link", _links)
register(SubjectKind.SLICE.value, "network.view_slice", _slices)
register(SubjectKind.CORRIDOR.value, "network.view_corridor", _corridors)
register(REGION, "network.view_region", _regions)
