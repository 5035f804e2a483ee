"""The emulator's inventory: a plain JSON file, one entry per simulated site."""

import json
from dataclasses import dataclass
from pathlib import Path

from network.kernels.latency import gamma_of


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

    @property
    def gamma(self) -> tuple[float, float]:
        """Shape and scale [ms] of the varying part."""
        return gamma_of(self.jitter_mean_ms, self.jitter_sd_ms**2)


def load_places(file: Path) -> list[Place]:
    """Read the inventory.

    Raises:
        ValueError: the file is no inventory.
        FileNotFoundError: there is none.
    """
    try:
        return [Place(**entry) for entry in json.loads(file.read_text())]
    except (TypeError, json.JSONDecodeError) as reason:
        raise ValueError(f"{file} is no inventory of simulated sites: {reason}") from reason
