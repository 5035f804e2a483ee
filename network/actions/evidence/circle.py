"""The sheet of a circle: reach on the real graph."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from network.actions import circle, reach
from network.actions.evidence.sheet import (
    CENTRES,
    INK,
    OUTSIDE,
    UNKNOWN,
    Dot,
    Key,
    Line,
    Sheet,
    base,
    lead,
    name_of,
    percent,
    quantity,
)
from network.kernels.definition import Definition, Failure
from network.models import Region, Site

MOST_NAMED = 12


def circle_sheet(region: Region, inputs: Mapping[str, Any], at: datetime | None, language: str) -> Sheet:
    """Return who in a region is inside the circle by a `layer`, `direction` and `threshold_ms`, and by which links."""
    now = Definition(inputs["layer"], inputs["direction"], inputs["threshold_ms"])
    worst = Definition(now.layer, now.direction, now.threshold_ms, failure=Failure.WORST_SINGLE)
    present, failed = circle.readings(region, [now, worst])
    found = reach.reach(region, now)
    names = {row.slug: name_of(row, language) for row in Site.objects.filter(region=region)}
    colours = {one.slug: CENTRES[place % len(CENTRES)] for place, one in enumerate(found.centres)}
    return Sheet(
        language,
        _("%(threshold)s ms circle of %(region)s")
        % {"threshold": f"{now.threshold_ms:g}", "region": name_of(region, language)},
        lead(at),
        (_reading_words(now), _("A key site is inside when computing is reached within the threshold over the links of "
                               "the inventory. Circles of different definitions are not comparable.")),
        tuple(_figures(now, present, failed, names)),
        _legend(found, colours, names),
        _bounds([*(one.lon_lat_deg for one in found.sites), *(one.lon_lat_deg for one in found.centres)], region),
        None,
        tuple(Line([list(place) for place in one.path_lon_lat_deg], colours.get(one.centre, UNKNOWN), 1.5)
              for one in found.links),
        tuple(_dots(found, colours, names)),
        base(region),
    )  # fmt: skip


def _figures(
    now: Definition, present: circle.Reading, failed: circle.Reading, names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    yield _("Key sites inside"), _share(present)
    yield _("Inside after the worst single failure"), _share(failed)
    for one in failed.worst[:1]:
        subject = " - ".join(names.get(slug, slug) for slug in one.subject.split(" - "))
        yield _("Worst single failure"), f"{_kind_word(one.kind)}: {subject}"
    if present.outside:
        named = [names.get(slug, slug) for slug in present.outside]
        more = f" +{len(named) - MOST_NAMED}" if len(named) > MOST_NAMED else ""
        yield _("Key sites outside"), ", ".join(named[:MOST_NAMED]) + more
    yield _("Definition"), now.key


def _share(found: circle.Reading) -> str:
    if found.covered is None or found.total is None:
        return _("unknown")
    return f"{percent(found.share)} ({found.covered:g} / {found.total:g})"


def _legend(found: reach.Reach, colours: Mapping[str, str], names: Mapping[str, str]) -> tuple[Key, ...]:
    served = [
        Key(colours[one.slug], _("Served by %(centre)s: %(count)s key sites")
            % {"centre": names.get(one.slug, one.slug), "count": one.key_sites_inside}, "dot")
        for one in found.centres[:MOST_NAMED]
    ]  # fmt: skip
    return (*served, Key(OUTSIDE, _("Key site outside"), "ring"), Key(UNKNOWN, _("No path known"), "ring"))


def _dots(found: reach.Reach, colours: Mapping[str, str], names: Mapping[str, str]) -> Iterator[Dot]:
    for one in found.sites:
        word = f"{names.get(one.slug, one.slug)}: {quantity(one.ms, 'ms')}"
        colour = colours.get(one.centre or "", UNKNOWN)
        if one.is_key_site and not one.is_inside:
            yield Dot(one.lon_lat_deg, UNKNOWN if one.ms is None else OUTSIDE, 6, word, is_ring=True)
        else:
            yield Dot(one.lon_lat_deg, colour if one.is_inside else UNKNOWN, 4 if one.is_key_site else 2, word)
    for centre in found.centres:
        yield Dot(centre.lon_lat_deg, INK, 9, names.get(centre.slug, centre.slug), is_ring=True)


def _reading_words(one: Definition) -> str:
    words = {
        "optical": _("Optical layer: fibre and optical nodes"),
        "ip": _("IP layer: routers and queues as well"),
        "end_to_end": _("End to end: the access as well"),
        "one_way": _("one way"),
        "round_trip": _("round trip"),
    }
    return f"{words[one.layer]}; {words[one.direction]}; < {one.threshold_ms:g} ms"


def _kind_word(kind: str) -> str:
    return {"link": _("link"), "site": _("site"), "data_centre": _("data centre")}.get(kind, kind)


def _bounds(places: list[tuple[float, float]], region: Region) -> tuple[float, float, float, float]:
    lon_lat_deg = np.array(places or [(region.lon_deg, region.lat_deg)], float)
    (west, south), (east, north) = lon_lat_deg.min(axis=0), lon_lat_deg.max(axis=0)
    margin = max(0.05 * float(max(east - west, north - south)), 0.01)
    return float(west) - margin, float(south) - margin, float(east) + margin, float(north) + margin
