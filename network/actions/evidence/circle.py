"""The sheet of a circle: reach on the real graph."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from network.actions.circle import circle, reach
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
from network.kernels.topology.definition import Definition, Failure
from network.models import Region, Site

MOST_NAMED = 12


def circle_sheet(region: Region, inputs: Mapping[str, Any], at: datetime | None, language: str) -> Sheet:
    """Return who in a region is inside the circle by a `layer`, `direction` and `threshold_ms`, and by which links."""
    now = Definition(inputs["layer"], inputs["direction"], inputs["threshold_ms"])
    worst = Definition(now.layer, now.direction, now.threshold_ms, failure=Failure.WORST_SINGLE)
    present, failed = circle.readings(region, [now, worst])
    reached_set = reach.reach(region, now)
    names = {row.slug: name_of(row, language) for row in Site.objects.filter(region=region)}
    colours = {centre.slug: CENTRES[place % len(CENTRES)] for place, centre in enumerate(reached_set.centres)}
    return Sheet(
        language,
        _("%(threshold)s ms circle of %(region)s")
        % {"threshold": f"{now.threshold_ms:g}", "region": name_of(region, language)},
        lead(at),
        (
            _reading_words(now),
            _(
                "A key site is inside when computing is reached within the threshold over the links of "
                "the inventory. Circles of different definitions are not comparable."
            ),
        ),
        tuple(_figures(now, present, failed, names)),
        _legend(reached_set, colours, names),
        _bounds(
            [
                *(site.lon_lat_deg for site in reached_set.sites),
                *(centre.lon_lat_deg for centre in reached_set.centres),
            ],
            region,
        ),
        None,
        tuple(
            Line([list(place) for place in link.path_lon_lat_deg], colours.get(link.centre, UNKNOWN), 1.5)
            for link in reached_set.links
        ),
        tuple(_dots(reached_set, colours, names)),
        base(region),
    )


def _figures(
    now: Definition, present: circle.Reading, failed: circle.Reading, names: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    yield _("Key sites inside"), _share(present)
    yield _("Inside after the worst single failure"), _share(failed)
    for failure in failed.worst[:1]:
        subject = " - ".join(names.get(slug, slug) for slug in failure.subject.split(" - "))
        yield _("Worst single failure"), f"{_kind_word(failure.kind)}: {subject}"
    if present.outside:
        named = [names.get(slug, slug) for slug in present.outside]
        more = f" +{len(named) - MOST_NAMED}" if len(named) > MOST_NAMED else ""
        yield _("Key sites outside"), ", ".join(named[:MOST_NAMED]) + more
    yield _("Definition"), now.key


def _share(reading: circle.Reading) -> str:
    if reading.covered is None or reading.total is None:
        return _("unknown")
    return f"{percent(reading.share)} ({reading.covered:g} / {reading.total:g})"


def _legend(reached_set: reach.Reach, colours: Mapping[str, str], names: Mapping[str, str]) -> tuple[Key, ...]:
    served = [
        Key(colours[centre.slug], _("Served by %(centre)s: %(count)s key sites")
            % {"centre": names.get(centre.slug, centre.slug), "count": centre.key_sites_inside}, "dot")
        for centre in reached_set.centres[:MOST_NAMED]
    ]  # fmt: skip
    return (*served, Key(OUTSIDE, _("Key site outside"), "ring"), Key(UNKNOWN, _("No path known"), "ring"))


def _dots(reached_set: reach.Reach, colours: Mapping[str, str], names: Mapping[str, str]) -> Iterator[Dot]:
    for site in reached_set.sites:
        word = f"{names.get(site.slug, site.slug)}: {quantity(site.ms, 'ms')}"
        colour = colours.get(site.centre or "", UNKNOWN)
        if site.is_key_site and not site.is_inside:
            yield Dot(site.lon_lat_deg, UNKNOWN if site.ms is None else OUTSIDE, 6, word, is_ring=True)
        else:
            yield Dot(site.lon_lat_deg, colour if site.is_inside else UNKNOWN, 4 if site.is_key_site else 2, word)
    for centre in reached_set.centres:
        yield Dot(centre.lon_lat_deg, INK, 9, names.get(centre.slug, centre.slug), is_ring=True)


def _reading_words(definition: Definition) -> str:
    words = {
        "optical": _("Optical layer: fibre and optical nodes"),
        "ip": _("IP layer: routers and queues as well"),
        "end_to_end": _("End to end: the access as well"),
        "one_way": _("one way"),
        "round_trip": _("round trip"),
    }
    return f"{words[definition.layer]}; {words[definition.direction]}; < {definition.threshold_ms:g} ms"


def _kind_word(kind: str) -> str:
    return {"link": _("link"), "site": _("site"), "data_centre": _("data centre")}.get(kind, kind)


def _bounds(places: list[tuple[float, float]], region: Region) -> tuple[float, float, float, float]:
    lon_lat_deg = np.array(places or [(region.lon_deg, region.lat_deg)], float)
    (west, south), (east, north) = lon_lat_deg.min(axis=0), lon_lat_deg.max(axis=0)
    margin = max(0.05 * float(max(east - west, north - south)), 0.01)
    return float(west) - margin, float(south) - margin, float(east) + margin, float(north) + margin
