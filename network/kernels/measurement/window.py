"""Rounds of the last while by column, and what they come to for each site. Pure functions; times in us and ms."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_NONE = -1


@dataclass(frozen=True)
class Rounds:
    """Rounds, a place in each column for every one; `times_ms` holds those of all packets, one round after another."""

    ids: Ints
    site_ids: Ints
    sent_us: Ints  # since 1970
    methods: Ints  # a number for each way of asking
    is_trusted: Flags
    is_answered: Flags
    packets: Ints
    lost: Ints
    sizes: Ints  # how many of `times_ms` each has
    times_ms: Floats  # NaN: lost

    def __len__(self) -> int:
        """Return how many rounds."""
        return len(self.ids)

    def chosen(self, is_in: Flags) -> "Rounds":
        """Return those rounds for which it says so."""
        is_time_in = np.repeat(is_in, self.sizes)
        columns = {field.name: getattr(self, field.name)[is_in] for field in fields(self) if field.name != "times_ms"}
        return Rounds(**columns, times_ms=self.times_ms[is_time_in])

    def with_these(self, others: "Rounds") -> "Rounds":
        """Return these rounds and the others after them."""
        return Rounds(
            **{
                field.name: np.concatenate([getattr(self, field.name), getattr(others, field.name)])
                for field in fields(self)
            }
        )


@dataclass(frozen=True)
class Counts:
    """What rounds came to, by site: in the order in which the sites were given."""

    rounds: Ints
    answered: Ints
    packets: Ints
    lost: Ints

    def of_sites(self) -> list[tuple[int, int, int, int]]:
        """Return (rounds, answered, packets, lost) of each site."""
        columns = self.rounds, self.answered, self.packets, self.lost
        return list(zip(*(column.tolist() for column in columns), strict=True))


def window(rounds: Rounds, since_us: int, until_us: int) -> Flags:
    """Return which trusted rounds were sent in (since, until]."""
    flags: Flags = (rounds.sent_us > since_us) & (rounds.sent_us <= until_us) & rounds.is_trusted
    return flags


def places(rounds: Rounds, site_ids: Sequence[int], methods: Sequence[int]) -> Ints:
    """Return each round's place among these sites; -1 of another site, and of one asked otherwise than its site is.

    Args:
        rounds: the rounds.
        site_ids: the sites, each once.
        methods: how each of them is asked.
    """
    if not len(rounds) or not len(site_ids):
        return np.full(len(rounds), _NONE)
    known = np.array(site_ids, np.int64)
    order = np.argsort(known, kind="stable")
    indices = order[np.minimum(np.searchsorted(known[order], rounds.site_ids), len(known) - 1)]
    is_right = (known[indices] == rounds.site_ids) & (np.array(methods, np.int64)[indices] == rounds.methods)
    return np.where(is_right, indices, _NONE)


def counts(rounds: Rounds, place: Ints, is_in: Flags, sites: int) -> Counts:
    """Count rounds and packets by site."""
    chosen = is_in & (place != _NONE)
    where = place[chosen]
    return Counts(
        np.bincount(where, minlength=sites),
        np.bincount(place[chosen & rounds.is_answered], minlength=sites),
        _sums(where, rounds.packets[chosen], sites),
        _sums(where, rounds.lost[chosen], sites),
    )


def quantiles_ms(rounds: Rounds, place: Ints, is_in: Flags, sites: int, share: float) -> tuple[Floats, Ints]:
    """Return a quantile of the answered packets by site, NaN where there is none, and how many they are.

    It is numpy's own of each site's packets, to the last bit: sites of which as many answered are taken together.
    """
    packet_place = np.repeat(np.where(is_in, place, _NONE), rounds.sizes)
    is_told = (packet_place != _NONE) & np.isfinite(rounds.times_ms)
    where = packet_place[is_told]
    times_ms = rounds.times_ms[is_told][np.argsort(where, kind="stable")]
    answered = np.bincount(where, minlength=sites)
    starts = np.cumsum(answered) - answered
    quantiles = np.full(sites, np.nan)
    for count in np.unique(answered[answered > 0]).tolist():
        alike = np.flatnonzero(answered == count)
        quantiles[alike] = np.quantile(times_ms[starts[alike][:, None] + np.arange(count)], share, axis=1)
    return quantiles, answered


def as_rounds(columns: Sequence[ArrayLike], times_ms: ArrayLike) -> Rounds:
    """Return rounds from their columns, in the order of `Rounds`, without `times_ms`."""
    kinds = (np.int64, np.int64, np.int64, np.int64, np.bool_, np.bool_, np.int64, np.int64, np.int64)
    made: list[Any] = [np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    return Rounds(*[*made, np.array(times_ms, np.float64)])


def _sums(where: Ints, values: Ints, sites: int) -> Ints:
    return np.rint(np.bincount(where, weights=values, minlength=sites)).astype(np.int64)
