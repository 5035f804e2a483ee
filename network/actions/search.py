"""What the search palette finds of the network: alarms, places, records and agreements."""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from urllib.parse import urlencode

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from console.access.actor import Actor
from console.actions.search import Found, Source, holds
from network.actions.alarms import problem
from network.actions.subject import CorridorSubject, LinkSubject, SiteSubject
from network.kernels import metropolis
from network.kernels.geodesy import from_enu
from network.models import Agreement, Alarm, EdgeNode, Region, Sector
from network.models.alarms.alarm import GRAVEST_FIRST
from network.models.subject import Subject, place_at

_NAMED = ("slug", "name_en", "name_zh")
MOST_RETURNED = 5_000
"""So many alarms that have returned are looked through, the newest: they are kept for more than a year."""
MOST_ASKED = 80
"""Characters that the list of alarms takes as its filter."""


def _shared(kind: Subject, address: Callable[[str], str]) -> Callable[[str, int, Actor], Iterator[Found]]:
    """Return what finds subjects of a kind that nobody owns, as whoever looks for a subject finds them."""

    def find(words: str, most: int, _actor: Actor) -> Iterator[Found]:
        for row in kind.search(words, most):
            yield Found(row.name_en, row.name_zh, row.key, address(row.key))

    return find


def _alarms(words: str, most: int, actor: Actor) -> Iterator[Found]:
    """Yield alarms, the active ones before what has returned, the gravest first; each in the list of its object's."""
    about = holds(words, "subject", "subject_zh", "object_key", "specific_problem")
    about |= Q(problem__in=problem.holding(words))
    seen = Alarm.objects.visible_to(actor)
    newest = seen.filter(ended_at__isnull=False).order_by("-started_at").values("pk")[:MOST_RETURNED]
    parts = (seen.active().filter(about), seen.filter(about, pk__in=newest))
    rows = chain.from_iterable(part.order_by(*GRAVEST_FIRST)[:most] for part in parts)
    for row in islice(rows, most):
        asked = urlencode({"alarm": row.pk, "is_active": "", "search": row.object_key[:MOST_ASKED]})
        yield Found(row.subject, row.subject_zh or row.subject, row.display_problem, f"/alarms?{asked}")


def _agreements(words: str, most: int, actor: Actor) -> Iterator[Found]:
    """Yield agreements, those in force before those that have ended."""
    seen = Agreement.objects.visible_to(actor).filter(holds(words, "name", "name_zh", "key"))
    for row in seen.order_by(F("ended_at").desc(nulls_first=True), "name", "pk")[:most]:
        yield Found(row.name, row.name_zh or row.name, row.key, f"/sla/{row.pk}")


def _districts(words: str, most: int, _actor: Actor) -> Iterator[Found]:
    """Yield districts of the region that has a map of them, where there is that region."""
    wanted, (lat_deg, lon_deg) = words.casefold(), metropolis.CENTRE_DEG
    named = [row for row in metropolis.districts() if wanted in f"{row.slug} {row.name_en} {row.name_zh}".casefold()]
    if not named or not Region.objects.filter(slug=metropolis.SLUG, lat_deg=lat_deg, lon_deg=lon_deg).exists():
        return
    for row in named[:most]:
        place = from_enu(row.east_m, row.north_m, lat_deg, lon_deg)
        yield Found(row.name_en, row.name_zh, row.slug, place_at(float(place[0]), float(place[1])))


def _regions(words: str, most: int, _actor: Actor) -> Iterator[Found]:
    for row in Region.objects.filter(holds(words, *_NAMED)).order_by("slug")[:most]:
        yield Found(row.name_en, row.name_zh, row.slug, place_at(row.lat_deg, row.lon_deg))


def _edge_nodes(words: str, most: int, _actor: Actor) -> Iterator[Found]:
    for row in EdgeNode.objects.filter(holds(words, *_NAMED)).order_by("slug")[:most]:
        yield Found(row.name_en, row.name_zh, row.slug, f"/inventory/edge-nodes?record={row.slug}")


def _sectors(words: str, most: int, _actor: Actor) -> Iterator[Found]:
    rows = Sector.objects.select_related("site").filter(holds(words, "slug"))
    for row in rows.order_by("slug")[:most]:
        yield Found(row.slug, row.slug, row.site.slug, f"/inventory/sectors?record={row.slug}")


_SITE, _LINK, _CORRIDOR = SiteSubject(), LinkSubject(), CorridorSubject()
SOURCES = (
    Source("sites", _("Sites"), _SITE.right, _shared(_SITE, _SITE.place_of), rank=1),
    Source("alarms", _("Alarms"), "network.view_alarm", _alarms, rank=2),
    Source("agreements", _("Agreements"), "network.view_agreement", _agreements),
    Source("corridors", _("Corridors"), _CORRIDOR.right, _shared(_CORRIDOR, _CORRIDOR.page_of)),
    Source("edge-nodes", _("Edge nodes"), "network.view_edgenode", _edge_nodes),
    Source("sectors", _("Sectors"), "network.view_sector", _sectors),
    Source("links", _("Links"), _LINK.right, _shared(_LINK, _LINK.page_of)),
    Source("districts", _("Districts"), "network.view_region", _districts),
    Source("regions", _("Regions"), "network.view_region", _regions),
)
