"""Latency of a path: a fold over its nodes and links, each of which knows only itself. Metres in, milliseconds out.

Means add. 99th percentiles do not: variances are added, and the percentile is that of a gamma distribution with the
path's mean and variance above its fixed part. Hop figures are engineering defaults, arguments of the model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv

Array = NDArray[np.float64]

C_MPS = 299_792_458.0
GROUP_INDEX = 1.468  # of fibre
AIR_INDEX = 1.000_3  # of air at sea level, at radio frequencies (ITU-R P.453: some 315 N-units)
PACKET_BITS = 1_500 * 8
MOST_UTILISED = 0.99


@dataclass(frozen=True)
class HopDefaults:
    """What one passage costs, one way. [ms].

    Source: vendors' and operators' usual figures, not a standard; every model may bring its own.
    """

    optical_ms: float = 0.000_5  # ROADM or OXC
    electrical_ms: float = 0.020  # OTN cross-connect
    transponder_ms: float = 0.010  # coherent pair with FEC
    regeneration_ms: float = 0.100  # electrical regeneration of a link on its way
    router_ms: float = 0.025  # IP, lightly loaded
    station_ms: float = 0.150  # baseband and transport board of a base station
    radio_uplink_ms: float = 2.14  # 30 kHz, DDDSU, configured grant, first transmission
    radio_uplink_p99_ms: float = 3.37


HOPS = HopDefaults()


@dataclass(frozen=True)
class Element:
    """What one element of a path adds: a part that never varies, and one that does."""

    part: str  # "radio", "station", "fibre", "microwave", "optical", "ip", "queueing", "compute"
    fixed_ms: float = 0.0
    mean_ms: float = 0.0  # of the varying part
    variance_ms2: float = 0.0

    def with_another(self, other: "Element") -> "Element":
        """Return one element that stands for both."""
        return Element(
            self.part,
            self.fixed_ms + other.fixed_ms,
            self.mean_ms + other.mean_ms,
            self.variance_ms2 + other.variance_ms2,
        )


@dataclass(frozen=True)
class Latency:
    """One-way latency of a path, with what it is made of (mean of each part)."""

    fixed_ms: float = 0.0
    varying_ms: float = 0.0
    variance_ms2: float = 0.0
    parts_ms: Mapping[str, float] = field(default_factory=dict)
    parts: Mapping[str, Element] = field(default_factory=dict)  # the sum of each part's elements

    @property
    def mean_ms(self) -> float:
        """Mean."""
        return self.fixed_ms + self.varying_ms

    @property
    def p99_ms(self) -> float:
        """99th percentile."""
        return self.quantile_ms(0.99)

    @property
    def parts_p99_ms(self) -> dict[str, float]:
        """99th percentile of each part alone; these do not add up to that of the path."""
        return {part: self.part_p99_ms(part) for part in self.parts}

    def quantile_ms(self, share: float) -> float:
        """Return the latency that this share of packets does not exceed. [ms]."""
        if self.varying_ms <= 0 or self.variance_ms2 <= 0:
            return self.mean_ms
        shape, scale_ms = gamma_of(self.varying_ms, self.variance_ms2)
        return self.fixed_ms + scale_ms * float(gammaincinv(shape, share))

    def __add__(self, element: Element) -> "Latency":
        added_ms = element.fixed_ms + element.mean_ms
        return Latency(
            self.fixed_ms + element.fixed_ms,
            self.varying_ms + element.mean_ms,
            self.variance_ms2 + element.variance_ms2,
            {**self.parts_ms, element.part: self.parts_ms.get(element.part, 0.0) + added_ms},
            {**self.parts, element.part: self.parts.get(element.part, Element(element.part)).with_another(element)},
        )

    def part_p99_ms(self, part: str) -> float:
        """Return the 99th percentile of one part alone; in ms; these do not add up to that of the path."""
        return path_latency([self.parts[part]]).p99_ms


def path_latency(elements: Iterable[Element]) -> Latency:
    """Fold the elements of a path into its latency."""
    return reduce(Latency.__add__, elements, Latency())


def propagation_ms(length_m: ArrayLike) -> Array:
    """Return the time light takes through fibre: 4.8967 us/km at group index 1.468. [ms]."""
    return np.asarray(np.asarray(length_m, float) * (GROUP_INDEX / C_MPS * 1e3))


def propagation_air_ms(length_m: ArrayLike) -> Array:
    """Return the time a microwave takes through air: 3.3366 us/km. [ms]."""
    return np.asarray(np.asarray(length_m, float) * (AIR_INDEX / C_MPS * 1e3))


def serialisation_ms(rate_gbps: ArrayLike, bits: float = PACKET_BITS) -> Array:
    """Return the time to put a packet on the line. [ms]."""
    return np.asarray(bits / (np.asarray(rate_gbps, float) * 1e9) * 1e3)


def mm1_ms(service_ms: ArrayLike, utilisation: ArrayLike) -> Array:
    """Return the mean time in an M/M/1 system, waiting and service. [ms].

    Raises:
        ValueError: utilisation is outside [0, 1).
    """
    rho = _below_one(utilisation)
    return np.asarray(np.asarray(service_ms, float) / (1 - rho))


def md1_ms(service_ms: ArrayLike, utilisation: ArrayLike) -> Array:
    """Return the mean time in an M/D/1 system, waiting and service. [ms].

    Raises:
        ValueError: utilisation is outside [0, 1).
    """
    rho = _below_one(utilisation)
    return np.asarray(np.asarray(service_ms, float) * (1 + rho / (2 * (1 - rho))))


def md1_waiting_variance_ms2(service_ms: float, utilisation: float) -> float:
    """Return the variance of the waiting time of an M/D/1 queue (Pollaczek and Khinchine, second moment). [ms^2]."""
    rho = float(_below_one(utilisation))
    waiting_ms = rho * service_ms / (2 * (1 - rho))
    return waiting_ms**2 + rho * service_ms**2 / (3 * (1 - rho))


def fibre_link(length_m: float, rate_gbps: float, utilisation: float) -> list[Element]:
    """Return what a fibre link adds: propagation, and an M/D/1 queue with serialisation in front of it; as `_link`."""
    return _link(Element("fibre", fixed_ms=float(propagation_ms(length_m))), rate_gbps, utilisation)


def microwave_link(length_m: float, rate_gbps: float, utilisation: float) -> list[Element]:
    """Return what a microwave link adds: propagation through air, and a queue as of fibre; as `_link`."""
    return _link(Element("microwave", fixed_ms=float(propagation_air_ms(length_m))), rate_gbps, utilisation)


def _link(propagation: Element, rate_gbps: float, utilisation: float) -> list[Element]:
    """Return a link's propagation and the queue in front of it.

    Args:
        propagation: of the link's length; of fibre that is not the great circle.
        rate_gbps: line rate. [Gbit/s]
        utilisation: share of the rate in use, 0 to 1; taken as 0.99 above that.
    """
    service_ms, rho = float(serialisation_ms(rate_gbps)), min(utilisation, MOST_UTILISED)
    waiting_ms = float(md1_ms(service_ms, rho)) - service_ms
    return [
        propagation,
        Element("queueing", service_ms, waiting_ms, md1_waiting_variance_ms2(service_ms, rho)),
    ]


def link_hops(optical: int, electrical: int, hops: HopDefaults = HOPS) -> list[Element]:
    """Return what stands on the way of a link: optical cross-connects, and electrical regenerations; nothing for none.

    Args:
        optical: how many optical cross-connects.
        electrical: how many regenerations.
        hops: what one passage costs.
    """
    fixed_ms = float(hops_ms(optical, electrical, hops))
    return [Element("optical", fixed_ms=fixed_ms)] if fixed_ms > 0 else []


def hops_ms(optical: ArrayLike, electrical: ArrayLike, hops: HopDefaults = HOPS) -> Array:
    """Return the time that optical cross-connects and regenerations on the way of links take. [ms]."""
    passed = np.asarray(optical, float) * hops.optical_ms + np.asarray(electrical, float) * hops.regeneration_ms
    return np.asarray(passed)


def optical_node(hops: HopDefaults = HOPS) -> Element:
    """Return what an optical node with an electrical cross-connect and its transponders adds."""
    return Element("optical", fixed_ms=hops.optical_ms + hops.electrical_ms + hops.transponder_ms)


def ip_node(hops: HopDefaults = HOPS) -> Element:
    """Return what a lightly loaded IP router adds; its spread is taken as half its mean."""
    return Element("ip", hops.router_ms / 2, hops.router_ms / 2, (hops.router_ms / 4) ** 2)


def station(hops: HopDefaults = HOPS) -> Element:
    """Return what a base station's baseband adds between radio and transport; spread as of an IP node."""
    return Element("station", hops.station_ms / 2, hops.station_ms / 2, (hops.station_ms / 4) ** 2)


def radio_uplink(hops: HopDefaults = HOPS) -> Element:
    """Return what the air interface adds in the uplink, first transmission.

    The spread is chosen so that the gamma distribution of the element alone has the 99th percentile of `hops`: at its
    skewness that percentile lies 2.65 standard deviations above the mean.
    """
    spread_ms = (hops.radio_uplink_p99_ms - hops.radio_uplink_ms) / 2.65
    return Element("radio", 0.0, hops.radio_uplink_ms, spread_ms**2)


def gamma_of(mean_ms: float, variance_ms2: float) -> tuple[float, float]:
    """Return shape and scale [ms] of the gamma distribution with this mean and variance, both above nil."""
    return mean_ms**2 / variance_ms2, variance_ms2 / mean_ms


def _below_one(utilisation: ArrayLike) -> Array:
    rho = np.asarray(utilisation, float)
    if not np.all((rho >= 0) & (rho < 1)):
        raise ValueError("utilisation is out of range; expected 0 to below 1")
    return rho
