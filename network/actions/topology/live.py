"""The live twin: what of the inventory is measured to be up, degraded, down or asleep now, and what is not known.

It stands beside the planned twin, which is the inventory alone (`graph`, `sector.air`). Each process looks for itself,
once a second at most, and only at what is not up: a verdict is in the twin within two seconds, and what is derived of
the twin lasts until a condition changes. Who finds out what only a subject above this one can know registers here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from console.access.narrowing import unnarrowed
from network.actions.snapshot import Derived, alone
from network.actions.topology import live_look
from network.actions.topology.graph import Snapshot, snapshot
from network.actions.topology.live_look import Looked, Standing
from network.kernels.topology.condition import CARRIES, CODE, Condition, gravest
from network.models import Setting

LOOK_AGAIN = timedelta(seconds=1)
"""For so long a process does not look again."""
UP = Standing(Condition.UP, None)
NEVER_HEARD = Standing(Condition.UNKNOWN, None)
Codes = NDArray[np.int8]


class Twin(StrEnum):
    """Which of the two networks a modelled figure is about."""

    PLANNED = "planned"  # the inventory: everything that is meant to be on air is
    LIVE = (
        "live"  # less what is measured down, asleep or cut, set as equipment tells; what is unknown counts as neither
    )


@dataclass(frozen=True)
class Live:
    """The network as it is known to be at a time. Nobody changes it; equal conditions share one `derived`.

    Sites and links are told by primary key, sectors by slug; whatever is not named is up.
    """

    snapshot: Snapshot = field(repr=False)
    at: datetime  # when it was looked at
    measured_at: datetime | None  # the newest measurement that it rests on; None: there is none
    is_starting: bool  # Loft has just begun to measure: that nothing is known says nothing of the network
    sites: Mapping[int, Standing]
    links: Mapping[int, Standing]
    sectors: Mapping[str, Standing]  # on air by the inventory, and off it as their equipment tells
    settings: Mapping[str, Setting]  # how sectors are set as their equipment tells, of those set otherwise than planned
    digest: str  # differs whenever a condition or a setting does
    derived: Derived = field(default_factory=Derived, repr=False, compare=False)
    listed: Derived = field(default_factory=Derived, repr=False, compare=False)  # of this look: with since when

    def of_site(self, pk: int) -> Standing:
        """Return what is known of a site by primary key; of one that the inventory does not hold, nothing."""
        return self.sites.get(pk, UP if pk in self.snapshot.place else NEVER_HEARD)

    def of_link(self, pk: int) -> Standing:
        """Return what is known of a link by primary key; of one that the inventory does not hold, nothing."""
        held = self.snapshot.derived.get("links", lambda: frozenset(link.pk for link in self.snapshot.links))
        return self.links.get(pk, UP if pk in held else NEVER_HEARD)

    @property
    def codes(self) -> Codes:
        """The condition of every site by node, numbered as `condition.CODE`, shape (sites,)."""
        return self.derived.get("codes", lambda: _codes(self.snapshot.site_ids, self.sites))

    @property
    def is_asleep(self) -> NDArray[np.bool_]:
        """Which stations answer and send nothing, by node, shape (sites,)."""
        return np.asarray(self.codes == CODE[Condition.ASLEEP])

    @property
    def link_codes(self) -> Codes:
        """The condition of every link in the order of the snapshot, shape (links,)."""
        return self.derived.get("link codes", lambda: _codes([link.pk for link in self.snapshot.links], self.links))

    def codes_of(self, site_ids: NDArray[np.int64]) -> Codes:
        """Return the conditions of sites by primary key, of any shape; unknown where there is no such site."""
        known = np.array(self.snapshot.site_ids, np.int64)  # ascending
        place = np.minimum(np.searchsorted(known, site_ids), max(len(known) - 1, 0))
        codes = np.full(np.shape(site_ids), CODE[Condition.UNKNOWN], np.int8)
        if len(known):
            is_there = known[place] == site_ids
            codes[is_there] = self.codes[place[is_there]]
        return codes

    def carrying(self, *, with_unknown: bool) -> Snapshot:
        """Return what is left of the network: its links that pass traffic on, between sites that do.

        Sites keep their numbers. At those that do not pass traffic on, and at stations that sleep, no terminal enters.

        Args:
            with_unknown: count also what is not known as passing traffic on; what only then can be reached is unknown.
        """
        return self.derived.get(("carrying", with_unknown), lambda: _carrying(self, with_unknown=with_unknown))

    def counts(self) -> dict[Condition, int]:
        """Return how many sites are in each condition."""
        numbers = np.bincount(self.codes, minlength=len(CODE)).tolist()
        return dict(zip(CODE, numbers, strict=True))


@dataclass(frozen=True)
class Stamp:
    """Which twin an answer is about, and as of when; with the live one, how many sites are in each condition."""

    twin: Twin
    as_of: datetime
    measured_at: datetime | None = None  # the newest measurement behind it; None: it rests on none
    is_starting: bool = False
    sites: Mapping[str, int] | None = None


class Found(NamedTuple):
    """What a subject above this one found out about a link, told by the slugs of its two ends."""

    ends: frozenset[str]
    condition: Condition
    since: datetime | None


Finder = Callable[[datetime], Iterable[Found]]
_finders: list[Finder] = []


def register(finder: Finder) -> Finder:
    """Let somebody tell of links what no probe of a single site can: that they are cut, or slow. Return it."""
    _finders.append(finder)
    return finder


def live(now: datetime) -> Live:
    """Return the network as it is known to be, as old as `LOOK_AGAIN` at most.

    Args:
        now: the present. [aware]
    """
    network = snapshot()
    return network.derived.get(_Watch, lambda: _Watch(network)).at(now)


def live_of(twin: Twin, now: datetime) -> Live | None:
    """Return the live twin where it is asked for; None stands for the planned one."""
    return live(now) if twin is Twin.LIVE else None


def stamp_of(live: Live | None, now: datetime) -> Stamp:
    """Return what an answer says of the twin it is about."""
    if live is None:
        return Stamp(Twin.PLANNED, now)
    counts = {condition.value: count for condition, count in live.counts().items()}
    return Stamp(Twin.LIVE, live.at, live.measured_at, live.is_starting, counts)


class _Watch:
    """What a process saw last of one snapshot of the inventory; it goes with the snapshot."""

    def __init__(self, network: Snapshot) -> None:
        self._network, self._lock = network, Lock()
        self._seen: Live | None = None

    def at(self, now: datetime) -> Live:
        """Return what was seen a moment ago, or look; while one thread looks the others wait for it."""
        seen = self._seen
        if seen is None or not _is_recent(seen, now):
            with alone(self._lock):
                seen = self._seen
                if seen is None or not _is_recent(seen, now):
                    seen = self._seen = self._revised(seen, now)
        return seen

    @unnarrowed()  # what all stand on, and shared by all who ask
    def _revised(self, before: Live | None, now: datetime) -> Live:
        looked = live_look.look(self._network, _told(now), now)
        if before is not None and before.digest == looked.digest:
            return replace(
                before, at=now, measured_at=looked.measured_at, is_starting=looked.is_starting,
                sites=looked.sites, links=looked.links, sectors=looked.sectors, settings=looked.settings,
                listed=Derived(),
            )  # fmt: skip
        return _made(self._network, looked, now)


def _told(now: datetime) -> dict[frozenset[str], Standing]:
    """Return what was found out about links; of several findings about one the gravest counts."""
    told: dict[frozenset[str], Standing] = {}
    for finder in _finders:
        for ends, condition, since in finder(now):
            known = told.get(ends)
            if known is None or gravest((condition, known.condition)) is not known.condition:
                told[ends] = Standing(condition, since)
    return told


def _is_recent(seen: Live, now: datetime) -> bool:
    """Whether it need not be looked again. Who waited for another thread's look read the clock before that thread."""
    return abs(now - seen.at) < LOOK_AGAIN


def _made(network: Snapshot, looked: Looked, now: datetime) -> Live:
    return Live(
        network, now, looked.measured_at, looked.is_starting, looked.sites, looked.links, looked.sectors,
        looked.settings, looked.digest,
    )  # fmt: skip


def _carrying(live: Live, *, with_unknown: bool) -> Snapshot:
    whole = live.snapshot
    passes = carries(live.codes, with_unknown=with_unknown).tolist()
    are_whole = carries(live.link_codes, with_unknown=with_unknown).tolist()
    links = tuple(
        link
        for link, is_whole in zip(whole.links, are_whole, strict=True)
        if is_whole and passes[whole.place[link.a_id]] and passes[whole.place[link.b_id]]
    )
    is_asleep = live.is_asleep.tolist()
    closed = frozenset(node for node, is_open in enumerate(passes) if not is_open or is_asleep[node])
    return Snapshot(whole.sites, links, whole.place, tuple(node for node in whole.centres if passes[node]), closed)


def _codes(keys: Iterable[int], named: Mapping[int, Standing]) -> Codes:
    return np.array([CODE[named[key].condition] if key in named else CODE[Condition.UP] for key in keys], np.int8)


def carries(codes: Codes, *, with_unknown: bool) -> NDArray[np.bool_]:
    """Return who passes traffic on, by condition; on request also those of whom nothing is known."""
    passing = [CODE[condition] for condition in CARRIES]
    return np.isin(codes, [*passing, CODE[Condition.UNKNOWN]] if with_unknown else passing)
