"""What the search palette finds. Each app registers its sources when it is ready; this room names no kind of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.access.actor import Actor
from console.models import Organisation

MOST = 6
"""Of one source: a palette is read at a glance, and more words find less."""


@dataclass(frozen=True)
class Found:
    """Something found: its names, what tells it from others of that name, and the address of its page or place."""

    name_en: str
    name_zh: str
    detail: str
    url: str


@dataclass(frozen=True)
class Source:
    """A kind of thing that is looked for. `find` yields at most so many that hold the words and the actor may see.

    The lower its rank, the earlier it is shown.
    """

    code: str
    label: Any
    right: str
    find: Callable[[str, int, Actor], Iterable[Found]]
    rank: int = 9


_registered: dict[str, Source] = {}


def register(*sources: Source) -> None:
    """Add sources; of the same rank they are answered in the order of their registration."""
    _registered.update({source.code: source for source in sources})


def registered() -> list[Source]:
    """Return every source, in the order in which they are shown."""
    return sorted(_registered.values(), key=lambda source: source.rank)


def search(words: str, actor_by: Callable[[str], Actor | None]) -> Iterator[tuple[Source, list[Found]]]:
    """Yield each source that has something, with what it has.

    Args:
        words: a part of a name or key.
        actor_by: who asks, as they see by a right; None: they lack it.
    """
    for source in registered():
        actor = actor_by(source.right)
        found = list(source.find(words, MOST, actor)) if actor else []
        if found:
            yield source, found


def holds(words: str, *columns: str) -> Q:
    """Return the condition that one of the columns holds the words."""
    condition = Q()
    for column in columns:
        condition |= Q(**{f"{column}__icontains": words})
    return condition


def _organisations(words: str, most: int, actor: Actor) -> Iterator[Found]:
    seen = Organisation.objects.visible_to(actor).filter(holds(words, "slug", "name_en", "name_zh"))
    for row in seen.order_by("slug")[:most]:
        yield Found(row.name_en, row.name_zh, row.slug, f"/administration/organisations?slug__icontains={row.slug}")


ORGANISATIONS = Source("organisations", _("Organisations"), "console.view_organisation", _organisations)
register(ORGANISATIONS)
