"""The emulator's inventory: a plain JSON file of simulated sites and the links between them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from network.emulator.routes import Routes, Span
from network.kernels.radio.radio import Scenario
from network.kernels.radio.sector import Pattern
from network.kernels.topology.latency import gamma_of

MOST_SITES = 10_000


@dataclass(frozen=True)
class Antenna:
    """One sector of a site, as built."""

    slug: str
    scenario: Scenario = "UMa"
    pattern: Pattern = "column"
    elements: int = 10
    omni_dbi: float = 0.0
    height_m: float = 30.0
    azimuth_deg: float = 0.0
    tilt_deg: float = 0.0
    power_dbm: float = 53.0
    carrier_ghz: float = 4.9
    bandwidth_mhz: float = 100.0
    is_asleep: bool = False


@dataclass(frozen=True)
class Place:
    """Where a site answers, and how the network between it and the prober behaves. One-way figures."""

    slug: str
    host: str
    port: int
    fixed_ms: float
    jitter_mean_ms: float
    jitter_sd_ms: float
    loss_share: float
    secret: str = ""  # of authenticated STAMP; empty: packets are not authenticated
    kind: str = "macro"
    east_m: float = 0.0
    north_m: float = 0.0
    people: int | None = None
    antennas: tuple[Antenna, ...] = ()
    edge_cores: int = 0  # of its edge node; 0: it has none
    backhaul_gbps: float = 0.0  # whose queue its traffic fills; 0: nobody waits there

    @property
    def gamma(self) -> tuple[float, float]:
        """Shape and scale [ms] of the varying part."""
        return gamma_of(self.jitter_mean_ms, self.jitter_sd_ms**2)


@dataclass(frozen=True)
class Inventory:
    """All that is simulated."""

    places: list[Place]
    routes: Routes = field(default_factory=Routes)

    @property
    def slugs(self) -> frozenset[str]:
        """What the sites are called."""
        return frozenset(place.slug for place in self.places)


def load_inventory(file: Path, key_of: Callable[[str], str] = str) -> Inventory:
    """Read the inventory.

    Args:
        file: what was exported.
        key_of: returns the key that a name stands for: the file names keys and holds none.

    Raises:
        ValueError: the file is no inventory.
        FileNotFoundError: there is none.
    """
    try:
        return _inventory(json.loads(file.read_text()), key_of)
    except (TypeError, KeyError, AttributeError, json.JSONDecodeError) as reason:
        raise ValueError(f"{file} is no inventory of simulated sites: {reason}") from reason


def _inventory(raw: dict[str, Any], key_of: Callable[[str], str]) -> Inventory:
    places = [_place(entry, key_of) for entry in raw["sites"][:MOST_SITES]]
    spans = tuple(Span(**entry) for entry in raw.get("links", []))
    return Inventory(places, Routes(spans, raw.get("core", "")))


def _place(entry: dict[str, Any], key_of: Callable[[str], str]) -> Place:
    antennas = tuple(Antenna(**antenna) for antenna in entry.get("antennas", []))
    name = str(entry.get("secret", ""))
    return Place(**{**entry, "antennas": antennas, "secret": key_of(name) if name else ""})
