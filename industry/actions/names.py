"""What models are called, for pages: those that one may see."""

from collections.abc import Iterable

from console.access.actor import Actor
from console.names import Named, register
from industry.models import Model


def _models(actor: Actor, most: int) -> Iterable[Named]:
    rows = Model.objects.visible_to(actor).order_by("name").values_list("name", "title_en", "title_zh")
    return map(Named._make, rows[:most])


register("model", _models)
