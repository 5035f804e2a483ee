"""What the search palette finds of the network: alarms, places, records and agreements."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from console.access.actor import Actor
from console.actions.search import Found, Source, holds
from network.actions.alarms import problem
from network.kernels import metropolis
from network.kernels.geodesy import from_enu
from network.models import Agreement, Alarm, Corridor, EdgeNode, Link, Region, Sector, Site

_NAMED = ("slug", "name_en", "name_zh")
_PLACE_ZOOM = 13


def _sites(words: str, most: int, _actor: Actor) -> Iterator[Found]:
    for row in Site.objects.filter(holds(words, *_NAMED)).order_by("slug")[:most]:
        yield Found(row.name_en, row.name_zh, row.slug, f"/map?site={row.slug}")


def _alarms(words: str, most: int, actor: Actor) -> Iterator[Found]:
    """Yield alarms, what is active before what has returned, then the newest."""
    about = holds(words, "subject", "subject_zh", "object_key", "specific_problem")
    seen = Alarm.objects.visible_to(actor).filter(about | Q(problem__in=problem.holding(words)))
    for row in seen.order_by("ended_at", "-started_at")[:most]:
        url = f"/alarms?alarm={row.pk}&is_active="
        yield Found(row.subject, row.subject_zh or row.subject, row.specific_problem, url)


def _agreements(words: str, most: int, actor: Actor) -> Iterator[Found]:
    seen = Agreement.objects.visible_to(actor).filter(holds(words, "name", "key"))
    for row in seen.order_by("name", "pk")[:most]:
        yield Found(row.name, row.name, row.key, f"/sla/{row.pk}")


def _districts(words: str, most: int, _actor: Actor) -> Iterator[Found]:
    """Yield districts of the region that has a map of them."""
    wanted = words.casefold()
    named = [row for row in metropolis.districts() if wanted in f"{row.slug} {row.name_en} {row.name_zh}".casefold()]
    for row in named[:most]:
        lat_deg, lon_deg = from_enu(row.east_m, row.north_m, *metropolis.CENTRE_DEG)
        yield Found(row.name_en, row.name_zh, row.slug, _place(float(lat_deg), float(lon_deg)))


def _regions(words: str, most: int, _actor: Actor) -> Iterator[Found]:
    for row in Region.objects.filter(holds(words, *_NAMED)).order_by("slug")[:most]:
        yield Found(row.name_en, row.name_zh, row.slug, _place(row.lat_deg, row.lon_deg))


def _links(words: str, most: int, _actor: Actor) -> Iterator[Found]:
    """Yield links, by the names of one end or, with `~` between them, of both."""
    rows: QuerySet[Link] = Link.objects.select_related("a", "b")
    for part in words.split("~", 1):
        ends = [f"{end}__{column}" for end in ("a", "b") for column in _NAMED]
        rows = rows.filter(holds(part.strip(), *ends))
    for row in rows.order_by("a__slug", "b__slug")[:most]:
        key = "~".join(sorted((row.a.slug, row.b.slug)))
        names = (f"{row.a.name_en} - {row.b.name_en}", f"{row.a.name_zh} - {row.b.name_zh}")
        yield Found(*names, key, f"/inventory/links?record={quote(key, safe='')}")


def _records(rows: QuerySet[Any], page: str) -> Callable[[str, int, Actor], Iterator[Found]]:
    """Return what finds records that have a key and names."""

    def find(words: str, most: int, _actor: Actor) -> Iterator[Found]:
        for row in rows.filter(holds(words, *_NAMED)).order_by("slug").values(*_NAMED)[:most]:
            url = f"/inventory/{page}?record={row['slug']}"
            yield Found(row["name_en"], row["name_zh"], row["slug"], url)

    return find


def _sectors(words: str, most: int, _actor: Actor) -> Iterator[Found]:
    rows = Sector.objects.select_related("site").filter(holds(words, "slug"))
    for row in rows.order_by("slug")[:most]:
        yield Found(row.slug, row.slug, row.site.slug, f"/inventory/sectors?record={row.slug}")


def _place(lat_deg: float, lon_deg: float) -> str:
    return f"/map?at={lat_deg:.5f},{lon_deg:.5f},{_PLACE_ZOOM}"


SOURCES = (
    Source("sites", _("Sites"), "network.view_site", _sites, rank=1),
    Source("alarms", _("Alarms"), "network.view_alarm", _alarms, rank=2),
    Source("agreements", _("Agreements"), "network.view_agreement", _agreements),
    Source("corridors", _("Corridors"), "network.view_corridor", _records(Corridor.objects.all(), "corridors")),
    Source("edge-nodes", _("Edge nodes"), "network.view_edgenode", _records(EdgeNode.objects.all(), "edge-nodes")),
    Source("sectors", _("Sectors"), "network.view_sector", _sectors),
    Source("links", _("Links"), "network.view_link", _links),
    Source("districts", _("Districts"), "network.view_region", _districts),
    Source("regions", _("Regions"), "network.view_region", _regions),
)
