"""What is true of a simulated site and told to nobody: shadows, the habits of its people, and slow decay.

All of it is drawn from the site's name and one seed, so that a site is the same after a restart.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from network.emulator.equipment.configuration import Setting, antenna_of
from network.emulator.places import Antenna, Place
from network.kernels.radio import sector
from network.kernels.radio.radio import spectral_efficiency_bps_per_hz

Array = NDArray[np.float64]
SEED = 1
POINTS = 96
REACH_M = {"macro": 800.0, "micro": 300.0}
SHADOW_DB = 6.0
NEIGHBOURS = 3
NEIGHBOUR_LOAD = 0.4
USER_M = 1.5
HARDLY_DB_A_DAY, BADLY_DB_A_DAY, BADLY_SHARE = 0.005, 0.4, 0.04
FAN_C_A_DAY = 0.05
REPAIR_D = (20.0, 45.0)  # a technician comes that often, and all is as new
MOST_LOST_DB, MOST_WARMER_C = 6.0, 8.0  # of more than that the site would have told somebody
LOST_STEP_DB = 0.1
BACKHAUL_AT_PEAK = 0.6
DAY_S = 86_400.0
LOCAL_S = 8 * 3_600.0  # the metropolis lives eight hours ahead of UTC


@dataclass(frozen=True)
class SiteProfile:
    """The hidden truth of one site."""

    east_m: Array  # of where its users are, from the site
    north_m: Array
    shadow_db: Array
    peak_h: float  # hour of the day at which its traffic peaks
    appetite: float  # its people's traffic, as a multiple of the usual
    decay_db_a_day: float  # of its power amplifiers
    fan_c_a_day: float  # by which it gets warmer
    repair_d: float  # from one repair to the next
    repaired_d: float  # when the first one was, in days of the Unix epoch

    def since_repair_d(self, at_s: float) -> float:
        """Return the days since it was last repaired: by the calendar, whenever this process began."""
        return (at_s / DAY_S - self.repaired_d) % self.repair_d

    def lost_db(self, at_s: float) -> float:
        """Return what its power amplifiers have lost since, in steps of a tenth so that it is seldom worked out."""
        lost_db = min(self.decay_db_a_day * self.since_repair_d(at_s), MOST_LOST_DB)
        return round(lost_db / LOST_STEP_DB) * LOST_STEP_DB

    def warmer_c(self, at_s: float) -> float:
        """Return by how much it is warmer than with clean fans."""
        return min(self.fan_c_a_day * self.since_repair_d(at_s), MOST_WARMER_C)


def profile_of(place: Place, seed: int) -> SiteProfile:
    """Draw the hidden truth of a site."""
    rng = np.random.default_rng([seed, zlib.crc32(place.slug.encode())])
    away_m = REACH_M.get(place.kind, 300.0) * np.sqrt(rng.uniform(0.001, 1.0, POINTS))
    angle = rng.uniform(0.0, 2 * np.pi, POINTS)
    decay = BADLY_DB_A_DAY if rng.random() < BADLY_SHARE else HARDLY_DB_A_DAY
    return SiteProfile(  # drawn in this order
        away_m * np.cos(angle), away_m * np.sin(angle), rng.normal(0.0, SHADOW_DB, POINTS),
        float(rng.choice([11.0, 20.0]) + rng.normal(0.0, 1.0)), float(rng.lognormal(0.0, 0.3)),
        float(rng.exponential(decay)), float(rng.exponential(FAN_C_A_DAY)),
        float(rng.uniform(*REPAIR_D)), float(rng.uniform(0.0, REPAIR_D[1])),
    )  # fmt: skip


def busy_share(profile: SiteProfile, at_s: float) -> float:
    """Return how busy its people are at a time of day, 0.15 in the night to 1 at the peak."""
    hour = (at_s + LOCAL_S) % DAY_S / 3_600.0
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * (hour - profile.peak_h) / 24)
    return float(0.15 + 0.85 * wave**1.5)


def backhaul_use_share(profile: SiteProfile, at_s: float) -> float:
    """Return how much of its backhaul a site uses at a time of day."""
    return BACKHAUL_AT_PEAK * busy_share(profile, at_s)


@dataclass(frozen=True)
class Reception:
    """What the users of one cell receive, shadows included."""

    rsrp_dbm: Array
    sinr_db: Array
    rate_bps: float  # mean of its users, were each alone
    built_bps: float  # the same with amplifiers as new: what its operator has planned with


class Air:
    """Computes what users receive, by the kernels of the console and the site's hidden shadows.

    `setting_of` tells what a site is set to now: a neighbour that is tilted, turned down or asleep disturbs less.
    """

    def __init__(self, places: Sequence[Place], seed: int, setting_of: Callable[[str], Setting] | None = None) -> None:
        self._places = [place for place in places if place.antennas]
        self._at_m = np.array([(place.east_m, place.north_m) for place in self._places]).reshape(-1, 2)
        self._profiles = {place.slug: profile_of(place, seed) for place in places}
        self._by_slug = {place.slug: place for place in self._places}
        self._setting_of = setting_of
        self._receptions = lru_cache(maxsize=4_096)(self._work_out)
        self._worn = lru_cache(maxsize=4_096)(self._wear)
        self._near = cache(self._find_near)

    def profile(self, slug: str) -> SiteProfile:
        """Return the hidden truth of a site."""
        return self._profiles[slug]

    def receptions(self, slug: str, setting: Setting, lost_db: float = 0.0) -> dict[str, Reception]:
        """Return what is received in every cell of a site as it is set; nothing in cells that sleep.

        Args:
            slug: of the site.
            setting: what it is set to.
            lost_db: of the power of its amplifiers. [dB]
        """
        if slug not in self._by_slug:
            return {}
        own = _awake(self._by_slug[slug], setting)
        return self._worn(slug, own, self._versions(slug), lost_db)

    def _versions(self, slug: str) -> tuple[int, ...]:
        """Return which versions of their settings the neighbours go by: what each holds never changes."""
        if self._setting_of is None:
            return ()
        return tuple(self._setting_of(other.slug).version for other in self._near(slug))

    def _wear(
        self, slug: str, antennas: tuple[Antenna, ...], versions: tuple[int, ...], lost_db: float
    ) -> dict[str, Reception]:
        """Return what users receive of worn amplifiers; of the others' interference half is left to reckon with."""
        new = self._receptions(slug, antennas, versions)
        if not lost_db:
            return new
        bandwidth_mhz = {antenna.slug: antenna.bandwidth_mhz for antenna in antennas}
        receptions = {}
        for cell, reception in new.items():
            sinr_db = reception.sinr_db - lost_db / 2
            rate_bps = _mean_bps(sinr_db, bandwidth_mhz[cell])
            receptions[cell] = Reception(reception.rsrp_dbm - lost_db, sinr_db, rate_bps, reception.built_bps)
        return receptions

    def _work_out(self, slug: str, antennas: tuple[Antenna, ...], _versions: tuple[int, ...]) -> dict[str, Reception]:
        """Return what users of each cell receive: each is served by the strongest of the site's own cells."""
        if not antennas:
            return {}
        place, profile = self._by_slug[slug], self._profiles[slug]
        east_m, north_m = place.east_m + profile.east_m, place.north_m + profile.north_m
        own = [_sector(place, antenna) for antenna in antennas]
        others = [_sector(other, antenna) for other in self._near(slug) for antenna in self._of_neighbour(other)]
        signals = sector.signals_at(
            [*own, *(replace(other, load_share=NEIGHBOUR_LOAD) for other in others)], east_m, north_m, USER_M
        )
        powers_dbm = np.stack([sector.received_dbm(antenna, east_m, north_m, USER_M) for antenna in own])
        server = powers_dbm.argmax(axis=0)
        best_dbm = powers_dbm.max(axis=0)
        # where a neighbour is stronger, its users are still counted here, at what our own cell gives them
        sinr_db = signals.sinr_db - np.maximum(signals.rsrp_dbm - best_dbm, 0.0)
        receptions = {}
        for number, antenna in enumerate(antennas):
            mine = server == number
            rsrp_dbm, cell_db = (best_dbm + profile.shadow_db)[mine], (sinr_db + profile.shadow_db / 2)[mine]
            rate_bps = _mean_bps(cell_db, antenna.bandwidth_mhz)
            receptions[antenna.slug] = Reception(rsrp_dbm, cell_db, rate_bps, rate_bps)
        return receptions

    def _of_neighbour(self, other: Place) -> tuple[Antenna, ...]:
        if self._setting_of is None:
            return tuple(antenna for antenna in other.antennas if not antenna.is_asleep)
        return _awake(other, self._setting_of(other.slug))

    def _find_near(self, slug: str) -> list[Place]:
        place = self._by_slug[slug]
        away_m = np.hypot(self._at_m[:, 0] - place.east_m, self._at_m[:, 1] - place.north_m)
        order = np.argsort(away_m, kind="stable")
        return [self._places[number] for number in order.tolist() if self._places[number] is not place][:NEIGHBOURS]


def _awake(place: Place, setting: Setting) -> tuple[Antenna, ...]:
    """Return the antennas of a site as they are set, without those that sleep."""
    return tuple(
        antenna_of(antenna, setting.cells[antenna.slug])
        for antenna in place.antennas
        if not setting.cells[antenna.slug].is_asleep
    )


def _mean_bps(sinr_db: Array, bandwidth_mhz: float) -> float:
    if not len(sinr_db):
        return 0.0
    return float(np.mean(spectral_efficiency_bps_per_hz(sinr_db)) * bandwidth_mhz * 1e6)


def _sector(place: Place, antenna: Antenna) -> sector.Sector:
    return sector.Sector(
        place.east_m, place.north_m, antenna.height_m, antenna.azimuth_deg, antenna.tilt_deg, antenna.power_dbm,
        antenna.carrier_ghz, antenna.bandwidth_mhz * 1e6, antenna.scenario, antenna.pattern, antenna.elements,
        omni_dbi=antenna.omni_dbi,
    )  # fmt: skip
