"""What the search palette finds of the airspace: drones."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from airspace.models import Drone
from console.access.actor import Actor
from console.actions.search import Found, Source, holds


def _drones(words: str, most: int, actor: Actor) -> Iterator[Found]:
    """Yield drones in service: retired ones are hidden from whoever does not ask for them."""
    seen = Drone.objects.in_service().visible_to(actor).filter(holds(words, "serial", "name", "operator"))
    for row in seen.order_by("serial")[:most]:
        name = row.name or row.serial
        yield Found(name, name, row.serial if row.name else "", f"/map?drone={row.pk}")


SOURCES = (Source("drones", _("Drones"), "airspace.view_drone", _drones, rank=1),)
