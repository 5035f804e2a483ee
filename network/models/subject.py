"""Kinds of subject: what agreements, maintenance, alarms and the impact of failures are about.

An app defines a class per kind and registers one of each when it is ready; nothing else names the kind. What a class
does not say, its kind has not: without `metrics` nothing can be promised for it, without `search` none is looked for.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, NamedTuple
from urllib.parse import quote

from django.apps import apps
from django.utils.functional import Promise

from console.access.actor import HOME_PK, Actor
from console.errors import Invalid
from network.kernels.sla.sla import Metric

if TYPE_CHECKING:
    from network.actions.impact.impact import Affected, Scope
    from network.actions.service_levels.sources import MinuteCount
    from network.models.service_levels.sla import Agreement

CODE = re.compile(r"[a-z][a-z_]{0,23}")
"""What a kind's code looks like: rows of alarms have 24 characters for it."""
MOST_PROMISED = 8
"""Characters of the code of a kind that agreements and maintenance are about."""
MOST = 12
MOST_READ = 5_000
"""So many are looked at for those of one organisation."""
Words = str | Promise
_PLACE_ZOOM = 13


class Name(NamedTuple):
    """What something is called in both languages."""

    en: str
    zh: str

    @property
    def fitted(self) -> "Name":
        """As much of it as a row holds: the name of a link is that of two sites."""
        return Name(self.en[:120], self.zh[:120])


@dataclass(frozen=True)
class FoundSubject:
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


class Subject:
    """A kind of subject. Texts are lazy: in the language of whoever reads them."""

    code: ClassVar[str]
    label: ClassVar[Words]
    many: ClassVar[Name]
    """What all of the kind together are called, within a sentence."""
    right: ClassVar[str] = ""
    """What a person needs to see any; empty: who sees what is about them."""
    is_shared: ClassVar[bool] = False
    """Nobody owns any: everybody may know what they are called, and what is announced for them."""
    page: ClassVar[str] = ""
    """The address of the page of one, with `{key}`; empty: there is none."""
    place: ClassVar[str] = ""
    """The address of the map that shows where one is, with `{key}`; empty: it is nowhere by itself."""

    metrics: ClassVar[tuple[Metric, ...]] = ()
    """What can be promised for one."""
    good: ClassVar[Mapping[str, Words]] = {}
    """Which events are good, by metric, where that is another definition than that of probes."""
    is_modelled: ClassVar[bool] = False
    """What is counted of it is modelled, whatever the metric."""
    is_judged_by_round: ClassVar[bool] = False
    """Each probe round judges its agreements over their short window."""
    ends: ClassVar[str] = ""
    """The kind of both ends of one, which is named `a~b` and looked for by its ends; empty: it is one thing."""
    key_word: ClassVar[Words] = ""
    """What the field of a form asks for, where `key or name` is not enough."""
    key_hint: ClassVar[Words] = ""
    """What a key looks like."""

    group: ClassVar[str] = ""
    """What those affected by a failure are called on the wire; empty: none can be."""
    group_label: ClassVar[Words] = ""
    affected_rule: ClassVar[Words] = ""
    """By which rule one is affected, as a sentence."""
    is_user: ClassVar[bool] = False
    """It uses the network and is no part of it: when its agreement is breached, it alone suffers."""

    @property
    def is_maintained(self) -> bool:
        """Whether maintenance can be announced for one."""
        return bool(self.metrics)

    @property
    def is_searched(self) -> bool:
        """Whether they can be looked for."""
        return self._says("search")

    @property
    def is_named(self) -> bool:
        """Whether they can be renamed, so that names are looked up by key."""
        return self._says("names")

    @property
    def is_counted(self) -> bool:
        """Whether the ledger has a source for them."""
        return self._says("counts")

    def find(self, key: str) -> FoundSubject | None:
        """Return the one with a key, None when there is none."""
        return None

    def search(self, words: str, most: int) -> Iterator[FoundSubject]:
        """Yield those whose key or name holds the words, the first by key; at most `most`."""
        yield from ()

    def names(self, keys: Collection[str]) -> Mapping[str, Name]:
        """Return what they are called now; what is gone is left out."""
        return {}

    def counts(self, agreements: Sequence["Agreement"], since: datetime, until: datetime) -> Iterable["MinuteCount"]:
        """Return the whole minutes in [since, until) of these agreements. What it leaves out is unknown.

        It is told the same minutes again after a failure, and then returns the same.
        """
        return ()

    def affected(self, scope: "Scope", now: datetime) -> Iterable["Affected"]:
        """Return those that a failure concerns now. Somebody waits: it must be quick and bounded."""
        return ()

    def page_of(self, key: str) -> str:
        """Return the address of the page of one; empty: there is none."""
        return self.page.replace("{key}", quote(key, safe=""))

    def place_of(self, key: str) -> str:
        """Return the address of the map where one is; empty: it is nowhere by itself."""
        return self.place.replace("{key}", quote(key, safe=""))

    def _says(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(Subject, method)


@dataclass(frozen=True)
class UnknownKind:
    """A kind that nobody registered, or that cannot be what it is asked for."""

    field: str
    value: str
    expected: str


_registered: dict[str, Subject] = {}


def register(*given: Subject) -> None:
    """Add kinds of subject; again the same is no fault.

    Raises:
        ValueError: a code has another form, another class has it or its group, or no right is named for what is looked
            for or affected; the message names field, value and expected.
    """
    for subject in given:
        _check(subject)
        other = _registered.setdefault(subject.code, subject)
        if type(other) is not type(subject):
            raise ValueError(f"code: {subject.code!r} given; expected a code that {type(other).__name__} has not")


def _check(subject: Subject) -> None:
    most = MOST_PROMISED if subject.is_maintained else 24
    if not CODE.fullmatch(subject.code) or len(subject.code) > most:
        raise ValueError(f"code: {subject.code!r} given; expected a to z and _, at most {most} characters")
    if not subject.right and (subject.is_searched or subject.group):
        raise ValueError(f"right: '' given; expected what a person needs to see a {subject.code} when it is listed")
    if subject.group and any(
        subject.group == other.group and subject.code != other.code for other in _registered.values()
    ):
        raise ValueError(f"group: {subject.group!r} given; expected a group that no other kind has")


def registered() -> list[Subject]:
    """Return every kind, those of lower apps first.

    Raises:
        RuntimeError: it is asked before every app has registered its own.
    """
    if not apps.ready:
        raise RuntimeError("kinds of subject are asked for before every app is ready")
    return list(_registered.values())


def known(code: str) -> Subject | None:
    """Return a kind, None when nobody registered it."""
    return _registered.get(code)


def of(code: str, among: Callable[[Subject], bool] = bool) -> Subject:
    """Return a kind.

    Raises:
        Invalid: there is none of that code among those that the test lets through.
    """
    subject = known(code)
    if subject is None or not among(subject):
        codes = ", ".join(subject.code for subject in registered() if among(subject))
        raise Invalid([UnknownKind("kind", code, f"one of {codes}")])
    return subject


def is_promised(subject: Subject) -> bool:
    """Whether something can be promised for a kind."""
    return bool(subject.metrics)


def is_maintained(subject: Subject) -> bool:
    """Whether maintenance can be announced for a kind."""
    return subject.is_maintained


def place_at(lat_deg: float, lon_deg: float) -> str:
    """Return the address of the map around a point of WGS 84."""
    return f"/map?at={lat_deg:.5f},{lon_deg:.5f},{_PLACE_ZOOM}"


def choices() -> list[tuple[str, Words]]:
    """Return the kinds that something can be promised for, with their words."""
    return [(subject.code, subject.label) for subject in registered() if is_promised(subject)]


def maintained() -> list[str]:
    """Return the codes of kinds that maintenance can be announced for."""
    return [subject.code for subject in registered() if subject.is_maintained]


def searched() -> list[str]:
    """Return the codes of kinds that can be looked for."""
    return [subject.code for subject in registered() if subject.is_searched]


def open_to_all() -> tuple[str, ...]:
    """Return the codes of kinds that nobody owns: what is announced for them concerns everyone."""
    return tuple(subject.code for subject in registered() if subject.is_shared and subject.is_maintained)


def affected() -> list[Subject]:
    """Return the kinds whose subjects a failure can affect."""
    return sorted((subject for subject in registered() if subject.group), key=lambda subject: subject.group)


def label_of(code: str) -> str:
    """Return the word of a kind in the present language; its code when nobody registered it."""
    subject = known(code)
    return str(subject.label) if subject else code


def find(code: str, key: str) -> FoundSubject | None:
    """Return a subject by its kind and key; None when there is none, or nobody knows of the kind."""
    subject = known(code)
    return subject.find(key) if subject else None


def search(code: str, words: str, actor: Actor) -> list[FoundSubject]:
    """Return subjects of a kind whose key or name holds the words, the first by key; all without words.

    Of the subjects that organisations own, those that the actor may see.
    """
    most = MOST if actor.sees is None else MOST_READ
    match = of(code).search(words.strip(), most)
    return list(
        islice(
            (
                found_subject
                for found_subject in match
                if found_subject.organisation is None or actor.may_see(found_subject.organisation)
            ),
            MOST,
        )
    )
