"""The sectors of a region on air now: the planned ones less the silent ones, set as their equipment tells.

Silent sectors keep their place, so that a map follows from the one before at the cost of the sectors that changed.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from network.actions.radio import sector
from network.actions.radio.sector import Air
from network.actions.snapshot import Snapshots
from network.actions.topology import live as live_
from network.actions.topology.live import Live, Twin
from network.kernels.topology.condition import CODE, Condition
from network.models import Region

_SENDS = (CODE[Condition.UP], CODE[Condition.DEGRADED])


@dataclass(frozen=True)
class OnAir:
    """A region in the air as planned, as known now, and as it may be now: what nothing is known of counted as sending.

    Without a live twin all three are the planned one.
    """

    planned: Air
    known: Air
    possible: Air
    off: tuple[str, ...] = ()  # sectors on air as planned that are known to be silent, by slug
    unknown: tuple[str, ...] = ()  # sectors of which nothing is known
    otherwise: tuple[str, ...] = ()  # sectors that send, with another tilt or power than planned as they tell

    @property
    def is_whole(self) -> bool:
        """Whether everything that is planned to be on air is known to be, as it is planned."""
        return not self.off and not self.unknown and not self.otherwise


def on_air(region: Region, live: Live | None) -> OnAir:
    """Return which sectors of a region send, by the live twin; without one, all that are planned to."""
    planned = sector.air(region)
    if live is None:
        return OnAir(planned, planned, planned)
    held: Snapshots[OnAir] = live.derived.get(OnAir, Snapshots)  # of each region one: its sectors change meanwhile
    return held.get(region.pk, lambda: (planned.digest, planned.site_ids), lambda: _on_air(planned, live))


def air_now(region: Region, twin: Twin, now: datetime) -> Air:
    """Return the sectors of a region by either twin; of the live one those that are known to send."""
    return on_air(region, live_.live_of(twin, now)).known


def _on_air(planned: Air, live: Live) -> OnAir:
    codes = live.codes_of(np.array(planned.site_ids, np.int64))
    told_off = np.array([slug in live.sectors for slug in planned.slugs], bool)
    is_unknown = (codes == CODE[Condition.UNKNOWN]) & ~told_off
    is_off = (~np.isin(codes, _SENDS) & ~is_unknown) | told_off
    slugs = np.array(planned.slugs, object)
    is_set_otherwise = np.array([slug in live.settings for slug in planned.slugs], bool) & ~is_off
    told = _as_told(planned, np.flatnonzero(is_set_otherwise).tolist(), live)
    possible = replace(_without(told, np.flatnonzero(is_off).tolist()), counts_unknown=bool(is_unknown.any()))
    known = _without(told, np.flatnonzero(is_off | is_unknown).tolist())
    named = (tuple(slugs[part]) for part in (is_off, is_unknown, is_set_otherwise))
    return OnAir(planned, known, possible, *named)


def _as_told(planned: Air, otherwise: Sequence[int], live: Live) -> Air:
    """Return an air in which some sectors are set as their equipment tells; equal ones have equal digests."""
    if not otherwise:
        return planned
    sectors = list(planned.sectors)
    for index in otherwise:
        tilt_deg, power_dbm = live.settings[planned.slugs[index]]
        antenna = sectors[index]
        sectors[index] = replace(
            antenna,
            downtilt_deg=antenna.downtilt_deg if tilt_deg is None else tilt_deg,
            power_dbm=antenna.power_dbm if power_dbm is None else power_dbm,
        )
    named = [(planned.slugs[index], live.settings[planned.slugs[index]]) for index in otherwise]
    digest = hashlib.sha256(repr((planned.digest, named)).encode()).hexdigest()[:16]
    return replace(planned, sectors=tuple(sectors), digest=digest, twin=Twin.LIVE)


def _without(planned: Air, silent: Iterable[int]) -> Air:
    """Return an air in which some of the sectors are silent; equal ones have equal digests."""
    sectors, names = list(planned.sectors), []
    for index in silent:
        sectors[index] = replace(sectors[index], is_on_air=False)
        names.append(planned.slugs[index])
    digest = planned.digest
    if names:
        digest = hashlib.sha256(repr((planned.digest, names)).encode()).hexdigest()[:16]
    return replace(planned, sectors=tuple(sectors), digest=digest, twin=Twin.LIVE)
