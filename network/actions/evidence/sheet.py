"""What a piece of evidence shows, before it is drawn: words, figures, legend, and shapes in degrees."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from network.kernels import metropolis
from network.models import Corridor, Region, Site

RAMP = ("#3b2f6b", "#3a5589", "#2c7a8c", "#2f9f7f", "#7cc04f", "#f0dc3c")
SERVERS = ("#7b6fb0", "#3f8fa3", "#b5a35a", "#8a4f7d", "#5f9e72", "#a8714f", "#5877b8", "#b98aa8")
CENTRES = ("#48c8b0", "#c08cff", "#f084c4", "#86b8ff", "#b5c96a")
INK, OUTSIDE, UNKNOWN, CORRIDOR, STATION = "#dce5ee", "#ff5a52", "#93a3b3", "#a9bccf", "#7f93a6"
BASE_KINDS = ("land", "island", "river", "lake", "road")


@dataclass(frozen=True)
class Key:
    """One entry of the legend. Shapes: square, dot, ring, line."""

    colour: str
    word: str
    shape: str = "square"


@dataclass(frozen=True)
class Picture:
    """A raster laid over the map: a class per pixel, 0 unknown, row 0 the northernmost; `colours` from class 1 on."""

    classes: NDArray[np.uint8]
    colours: tuple[str, ...]
    corners: list[list[float]]


@dataclass(frozen=True)
class Line:
    """A line in longitude and latitude. [degrees]."""

    path: list[list[float]]
    colour: str
    width_px: float
    name: str = ""


@dataclass(frozen=True)
class Dot:
    """A place in longitude and latitude. [degrees]. A ring is a dot without a filling."""

    place: tuple[float, float]
    colour: str
    radius_px: float
    name: str = ""
    is_ring: bool = False


@dataclass(frozen=True)
class Sheet:
    """Everything that stands on a piece of evidence. Bounds: west, south, east, north. [degrees]."""

    language: str
    title: str
    lead: str
    paragraphs: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    legend: tuple[Key, ...]
    bounds: tuple[float, float, float, float]
    picture: Picture | None = None
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    base: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    digest: str = ""


def ramp(count: int) -> tuple[str, ...]:
    """Return so many colours, low to high, taken evenly from the ramp."""
    stops = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in RAMP], float)
    at = np.linspace(0, len(RAMP) - 1, count) if count > 1 else np.zeros(1)
    mixed = np.column_stack([np.interp(at, np.arange(len(RAMP)), channel) for channel in stops.T])
    return tuple("#{:02x}{:02x}{:02x}".format(*np.rint(colour).astype(int).tolist()) for colour in mixed)


def percent(share: float | None) -> str:
    """Return a share in words."""
    return _("unknown") if share is None else f"{share * 100:.1f} %"


def quantity(value: float | None, unit: str) -> str:
    """Return a value with its unit in words."""
    return _("unknown") if value is None else f"{value:.2f} {unit}"


def name_of(row: Region | Site | Corridor, language: str) -> str:
    """Return the name of a record in a language, its slug where it has none."""
    return (row.name_zh if language.startswith("zh") else row.name_en) or row.slug


def lead(at: datetime | None) -> str:
    """Return the line that says what the figures are and from when."""
    shown = at.astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y-%m-%d %H:%M:%S %z") if at else _("unknown")
    return _("Modelled, not measured, from the inventory as of %(at)s") % {"at": shown}


def base(region: Region) -> tuple[dict[str, Any], ...]:
    """Return land, water and the larger roads; nothing where no basemap of the region exists."""
    if region.slug != metropolis.SLUG:
        return ()
    features: list[dict[str, Any]] = metropolis.basemap()["features"]
    return tuple(
        feature
        for feature in features
        if feature["properties"]["kind"] in BASE_KINDS and feature["properties"].get("class", 1) < 3
    )
