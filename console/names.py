"""What things are called, in the language of whoever reads.

Rows and events tell other things by their keys, which outlive renaming and are the same in every language. For what
there are few of (organisations, regions, models, ...) an app registers how they are called, and a page hands the kinds
that its scripts ask for (`static/console/names.js`) over to them: `Page.names`.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from console.access.actor import Actor
from console.models import Organisation
from console.words import shown_name

MOST = 500
"""So many of one kind are named on a page; of more the others are shown by their key."""


class Named(NamedTuple):
    """The key of a thing, and its names."""

    key: str
    name_en: str
    name_zh: str


_registered: dict[str, Callable[[Actor, int], Iterable[Named]]] = {}


def register(kind: str, find: Callable[[Actor, int], Iterable[Named]]) -> None:
    """Let pages know what things of a kind are called: `find` yields at most so many, of those the actor may see."""
    _registered[kind] = find


def kinds() -> frozenset[str]:
    """Return the kinds that are named."""
    return frozenset(_registered)


def names_for(actor: Actor, wanted: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return by kind and key what things are called in the present language, as far as the actor may see them.

    One query per kind, so a page asks for those that it shows.
    """
    return {
        kind: {row.key: shown_name(row.name_en, row.name_zh) for row in _registered[kind](actor, MOST)}
        for kind in wanted
    }


def _organisations(actor: Actor, most: int) -> Iterable[Named]:
    rows = Organisation.objects.visible_to(actor).order_by("slug").values_list("slug", "name_en", "name_zh")
    return map(Named._make, rows[:most])


register("organisation", _organisations)
