"""Coverage maps as pictures: which values there are, the bytes of one, and what they would be if a sector changed."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from django.utils.translation import gettext
from numpy.typing import NDArray

from console.once import once
from network.actions.radio import layers
from network.actions.radio.sector import Air
from network.kernels.radio import antenna, radio, sensing
from network.kernels.radio import sector as sector_
from network.kernels.radio.raster import coverage, picture, raster_loops
from network.kernels.radio.raster.coverage import RSRP_GOAL_DBM, SINR_GOAL_DB, Cover, Echoes
from network.kernels.radio.sector import NOWHERE, Sector, Signals

SOURCE = "modelled"
PACKED_LEVEL = 1  # of compression: 2 ms, and within a tenth of the size at the highest level
DEFINITION = (
    "Median of a place by 3GPP TR 38.901 and TR 36.777, line of sight weighted by its probability; antenna patterns "
    "included, no shadow fading, flat ground. Unknown where no sector lies within the range of the formulas."
)
DEFINITIONS = {
    "rsrp": "Power of one 30 kHz subcarrier of the strongest sector",
    "sinr": "The strongest sector over all others on its carrier, each at its load, and noise (figure 9 dB)",
    "rate": "Attenuated Shannon (TR 36.942) over the strongest sector's whole bandwidth: 0.6 log2(1 + SINR), "
    "at most 4.4 bit/s/Hz, none below -10 dB",
    "sensing": "Probability that at least one sector detects a small drone in one look, each on its own carrier "
    "with beams of {gain} dBi and {power} dBm: Swerling 1, {target} dBsm, false alarms 1e-6, sight weighted in, "
    "system margin {margin} dB",
    "server": "The strongest sector: byte 1 + its place in `servers` modulo 255",
}


@dataclass(frozen=True)
class Value:
    """A value that maps show: byte 1 stands for `low`, 255 for `high`, even steps between, 0 for unknown."""

    key: str
    unit: str
    low: float
    high: float
    classes: tuple[float, ...]  # edges between the colours of a legend

    @property
    def definition(self) -> str:
        """What the value is, in words of the present language."""
        radar = layers.RADAR
        return gettext(DEFINITIONS[self.key]).format(
            margin=f"{radar.system_margin_db:g}",
            target=f"{radar.target_dbsm:g}",
            gain=f"{radar.gain_dbi:g}",
            power=f"{radar.power_dbm:g}",
        )


@dataclass(frozen=True)
class Raster:
    """A picture of a value, packed by gzip; see `Value` for its bytes and `kernels.picture` for its place."""

    rows: int
    columns: int
    packed: bytes


@dataclass(frozen=True)
class Trial:
    """A map as it would be, and how much is covered before and after."""

    raster: Raster
    before: Cover
    after: Cover


def values(air: Air) -> dict[str, Value]:
    """Return the values that maps of this air show; the fastest rate is that of its widest carrier."""
    widest_hz = max((sector.bandwidth_hz for sector in air.sectors), default=100e6)
    most_mbps = round(float(radio.spectral_efficiency_bps_per_hz(60.0)) * widest_hz / 1e6, 3)
    shown = (
        Value("rsrp", "dBm", -140.0, -40.0, (-110.0, -95.0, -85.0, -75.0, -65.0)),
        Value("sinr", "dB", -20.0, 40.0, (-6.0, -3.0, 0.0, 5.0, 10.0, 20.0)),
        Value("rate", "Mbit/s", 0.0, most_mbps, tuple(share * most_mbps for share in (0.05, 0.1, 0.2, 0.4, 0.7))),
        Value("sensing", "probability", 0.0, 1.0, (0.1, 0.5, 0.7, 0.9)),
        Value("server", "", 0.0, 254.0, ()),
    )
    return {value.key: value for value in shown}


def version(air: Air) -> str:
    """Return what changes whenever a map of this air does, after an update of the console too."""
    return f"{air.digest}-{_procedure()}"


def raster(air: Air, height_m: float, key: str) -> Raster:
    """Return a map as a picture.

    Args:
        air: the sectors of a region.
        height_m: above ground, 1.5 to 300 m. [m]
        key: which of `values`.
    """
    layer = layers.layer(air, height_m)
    echoes = layers.sensing(air, height_m).echoes if key == "sensing" else None
    return _drawn(layer.ground, values(air)[key], layer.signals, echoes)


def what_if(air: Air, height_m: float, key: str, index: int, changed: Sector) -> Trial:
    """Return a map as it would be with one sector changed. Nothing is stored, in no cache either.

    Args:
        air: the sectors of a region.
        height_m: above ground, 1.5 to 300 m. [m]
        key: which of `values`.
        index: which sector of the air.
        changed: what it would be; its carrier stays.
    """
    layer = layers.layer(air, height_m)
    signals = layer.stack.what_if(index, changed)
    echoes = layers.sensing(air, height_m).echoes.changed(index, changed) if key == "sensing" else None
    drawn = _drawn(layer.ground, values(air)[key], signals, echoes)
    counted = layer.ground.counted
    return Trial(drawn, coverage.cover(layer.signals, counted), coverage.cover(signals, counted))


def tried(sector: Sector, wanted: Mapping[str, float]) -> Sector:
    """Return a sector as it would be with another `tilt_deg`, `azimuth_deg` [degrees] or `power_dbm` [dBm].

    Raises:
        ValueError: a value is out of range; the message names it.
    """
    return replace(
        sector,
        downtilt_deg=wanted.get("tilt_deg", sector.downtilt_deg),
        bearing_deg=wanted.get("azimuth_deg", sector.bearing_deg),
        power_dbm=wanted.get("power_dbm", sector.power_dbm),
    )


def _drawn(ground: layers.Ground, value: Value, signals: Signals, echoes: Echoes | None) -> Raster:
    cells = ground.picture.drawn(_bytes(value, signals, echoes))
    rows, columns = cells.shape
    return Raster(rows, columns, gzip.compress(cells.tobytes(), PACKED_LEVEL, mtime=0))


def _bytes(value: Value, signals: Signals, echoes: Echoes | None) -> NDArray[np.uint8]:
    if value.key == "server":
        return np.where(signals.server == NOWHERE, picture.UNKNOWN, 1 + signals.server % 255).astype(np.uint8)
    shown: dict[str, Callable[[], NDArray[np.floating]]] = {
        "rsrp": lambda: signals.rsrp_dbm,
        "sinr": lambda: signals.sinr_db,
        "rate": lambda: signals.rate_bps / np.float32(1e6),
        "sensing": lambda: _detection(signals, echoes),
    }
    return picture.quantised(shown[value.key](), value.low, value.high)


def _detection(signals: Signals, echoes: Echoes | None) -> NDArray[np.floating]:
    """Return the probability of detection, NaN where no sector reaches."""
    assert echoes is not None
    return np.where(signals.server == NOWHERE, np.float32(np.nan), echoes.probability())


@once
def _procedure() -> str:
    """Return what changes whenever the formulas behind a map do."""
    modules = (antenna, coverage, picture, radio, raster_loops, sector_, sensing, layers)
    sources = b"".join(Path(str(module.__file__)).read_bytes() for module in modules)
    goals = repr((RSRP_GOAL_DBM, SINR_GOAL_DB)).encode()
    return hashlib.sha256(sources + goals + Path(__file__).read_bytes()).hexdigest()[:8]
