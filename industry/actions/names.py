"""What models are called, for pages."""

from collections.abc import Iterable

from console.access.actor import Actor
from console.names import Named, register
from industry.models import Model


def _models(_actor: Actor, most: int) -> Iterable[Named]:
    return map(Named._make, Model.objects.order_by("name").values_list("name", "title_en", "title_zh")[:most])


register("model", _models)  # the catalogue is everybody's
