"""The sheet of a coverage map."""

import gzip
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from network.actions.evidence.sheet import (
    CORRIDOR,
    SERVERS,
    STATION,
    Dot,
    Key,
    Line,
    Picture,
    Sheet,
    base,
    lead,
    name_of,
    percent,
    quantity,
    ramp,
)
from network.actions.radio import layers, raster
from network.actions.radio.sector import air
from network.kernels.radio.raster import coverage
from network.kernels.radio.raster.coverage import Cover
from network.models import Corridor, Region, Site


def coverage_sheet(region: Region, inputs: Mapping[str, Any], at: datetime | None, language: str) -> Sheet:
    """Return the coverage of a region at `height_m`, a map of `value`."""
    around, height_m, key = air(region), float(inputs["height_m"]), str(inputs["value"])
    value = raster.values(around)[key]
    layer = layers.layer(around, height_m)
    cover = coverage.cover(layer.signals, layer.ground.counted)
    drawn = _picture(raster.raster(around, height_m, key), value, layer.ground.picture.corners)
    of = layer.ground.picture
    names = {"region": name_of(region, language), "height": f"{height_m:g}", "value": _value_word(key)}
    return Sheet(
        language,
        _("%(value)s of %(region)s at %(height)s m") % names,
        lead(at),
        (_value_definition(value), _(raster.DEFINITION)),
        _figures(cover, layer.ground, len(around.slugs)),
        (*_legend(value, drawn), Key(CORRIDOR, _("Public route"), "line"), Key(STATION, _("Base station"), "dot")),
        (of.west_deg, of.south_deg, of.east_deg, of.north_deg),
        drawn,
        tuple(_corridors(region, language)),
        tuple(_stations(region, language)),
        base(region),
    )


def _picture(picture: raster.Raster, value: raster.Value, corners: list[list[float]]) -> Picture:
    octets = np.frombuffer(gzip.decompress(picture.packed), np.uint8).reshape(picture.rows, picture.columns)
    if value.key == "server":
        inks = 1 + ((octets.astype(int) - 1) * 3 + (octets.astype(int) - 1) // 8) % 8
        return Picture(np.where(octets == 0, 0, inks).astype(np.uint8), SERVERS, corners)
    figures = value.low + (octets.astype(float) - 1) / 254 * (value.high - value.low)
    classes = 1 + np.searchsorted(np.array(value.classes), figures, side="right")
    return Picture(np.where(octets == 0, 0, classes).astype(np.uint8), ramp(len(value.classes) + 1), corners)


def _figures(cover: Cover, ground: layers.Ground, sectors: int) -> tuple[tuple[str, str], ...]:
    goal = _("Covered: RSRP at least %(rsrp)s dBm and SINR at least %(sinr)s dB") % {
        "rsrp": f"{cover.rsrp_goal_dbm:g}",
        "sinr": f"{cover.sinr_goal_db:g}",
    }
    size = {"count": f"{cover.cells:,}", "size": f"{ground.grid.cell_m:g}"}
    on_land = _("%(count)s land cells of %(size)s m within the region's radius") % size
    anywhere = _("%(count)s cells of %(size)s m within the region's radius") % size
    return (
        (goal, percent(cover.share)),
        (_("Reached by at least one sector"), percent(cover.reached_share)),
        (_("5th percentile of SINR where reached"), quantity(cover.p5_sinr_db, "dB")),
        (_("Counted"), on_land if ground.area == layers.ON_LAND else anywhere),
        (_("Active sectors"), f"{sectors:,}"),
    )


def _legend(value: raster.Value, drawn: Picture) -> tuple[Key, ...]:
    none = Key("#00000000", _("unknown: no sector within range"))
    if value.key == "server":
        return (Key(drawn.colours[0], _("colours tell neighbouring sectors apart")), none)
    scale = 100 if value.key == "sensing" else 1
    unit = "%" if value.key == "sensing" else value.unit
    edges = [f"{edge * scale:g}" for edge in value.classes]
    words = [f"< {edges[0]} {unit}", *(f"{low} … {high} {unit}" for low, high in pairwise(edges))]
    return (*(Key(*entry) for entry in zip(drawn.colours, [*words, f">= {edges[-1]} {unit}"], strict=True)), none)


def _corridors(region: Region, language: str) -> Iterator[Line]:
    for row in Corridor.objects.filter(region=region, is_public=True).order_by("slug"):
        word = f"{name_of(row, language)}, {row.lowest_m:g}-{row.highest_m:g} m"
        yield Line(row.path_lon_lat_deg, CORRIDOR, 1.5, word)


def _stations(region: Region, language: str) -> Iterator[Dot]:
    for row in Site.objects.filter(region=region).with_radio().order_by("slug"):
        yield Dot((row.lon_deg, row.lat_deg), STATION, 3, name_of(row, language))


def _value_word(key: str) -> str:
    return {
        "rsrp": _("Signal strength (RSRP)"),
        "sinr": _("Signal quality (SINR)"),
        "rate": _("Data rate"),
        "sensing": _("Chance of detection (sensing)"),
        "server": _("Strongest sector"),
    }[key]


def _value_definition(value: raster.Value) -> str:
    words, radar = _(raster.DEFINITIONS[value.key]), layers.RADAR
    if value.key == "server":
        return words.partition(":")[0]  # what follows concerns octets
    return words.format(
        margin=f"{radar.system_margin_db:g}",
        target=f"{radar.target_dbsm:g}",
        gain=f"{radar.gain_dbi:g}",
        power=f"{radar.power_dbm:g}",
    )
