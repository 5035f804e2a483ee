"""What the search palette finds of industry: factories, their machines and vehicles."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from console.access.actor import Actor
from console.actions.search import Found, Source, holds
from industry.models import Factory, Machine, Vehicle


def _factories(words: str, most: int, actor: Actor) -> Iterator[Found]:
    seen = Factory.objects.visible_to(actor).filter(holds(words, "slug", "name_en", "name_zh"))
    for row in seen.order_by("slug")[:most]:
        yield Found(row.name_en, row.name_zh, row.slug, f"/industry/factories/{row.slug}")


def _machines(words: str, most: int, actor: Actor) -> Iterator[Found]:
    seen = Machine.objects.visible_to(actor).select_related("factory").filter(holds(words, "name"))
    for row in seen.order_by("factory__slug", "name")[:most]:
        url = f"/industry/factories/{row.factory.slug}?{urlencode({'machine': row.name})}"
        yield Found(row.name, row.name, row.factory.slug, url)


def _vehicles(words: str, most: int, actor: Actor) -> Iterator[Found]:
    seen = Vehicle.objects.visible_to(actor).select_related("factory").filter(holds(words, "serial"))
    for row in seen.order_by("factory__slug", "serial", "pk")[:most]:
        yield Found(row.serial, row.serial, row.factory.slug, f"/map?vehicle={row.pk}")


SOURCES = (
    Source("factories", _("Factories"), "industry.view_factory", _factories, rank=2),
    Source("machines", _("Machines"), "industry.view_factory", _machines, rank=2),
    Source("vehicles", _("Vehicles"), "industry.view_factory", _vehicles, rank=2),
)
