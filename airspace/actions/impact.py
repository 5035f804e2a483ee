"""Which flights suffer when sites do: those served there, and those in a corridor that crosses such a cell."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from airspace.kernels.tracking import LOST_AFTER_S
from airspace.models import LastPosition
from network.actions.impact.impact import Affected, How, Scope
from network.actions.radio import serving
from network.models import Corridor, Site

GROUP, RIGHT = "flights", "airspace.view_drone"
MOST_FLIGHTS = 5_000
"""So many of the flights heard last are looked at."""
_FIELDS = (
    "drone_id", "drone__serial", "drone__name", "drone__operator", "lat_deg", "lon_deg", "height_agl_m",
    "drone__organisation",
)  # fmt: skip


def flights(scope: Scope, now: datetime) -> Iterator[Affected]:
    """Yield the flights heard within 15 s that a scope concerns, each once, with the graver reason.

    Who serves a flight is modelled from where it was last heard; of unknown height it is served by nobody known.
    """
    since_ms = (now - timedelta(seconds=LOST_AFTER_S)).timestamp() * 1e3
    heard = (
        LastPosition.objects.of_owners()
        .filter(at_ms__gte=since_ms, drone__retired_at=None)
        .order_by("-at_ms")
        .values_list(*_FIELDS)
    )
    rows = list(heard[:MOST_FLIGHTS])
    if not rows:
        return
    lat_deg, lon_deg, height_m = np.array([row[4:7] for row in rows], float).T
    served = _served(scope.suffering, lat_deg, lon_deg, height_m)
    flying = _flying(scope.corridors, lat_deg, lon_deg, height_m)
    for place, row in enumerate(rows):
        if cause := served.get(place) or flying.get(place):
            how, via = cause
            href, page = f"/api/v1/drones/{row[0]}", f"/airspace?{urlencode({'search': row[1]})}"
            name, on_map = row[2] or row[1], f"/map?drone={row[0]}"
            yield Affected(row[1], name, row[3], how, via, href, organisation=row[7], page=page, place=on_map)


def _served(sites: Mapping[int, How], *where: NDArray[np.float64]) -> dict[int, tuple[How, str]]:
    if not sites:
        return {}
    slugs = dict(Site.objects.filter(pk__in=sites).values_list("pk", "slug"))
    servers = enumerate(serving.servers_at(*where).tolist())
    return {place: (sites[pk], slugs[pk]) for place, pk in servers if pk in slugs}


def _flying(corridors: Mapping[str, How], *where: NDArray[np.float64]) -> dict[int, tuple[How, str]]:
    hows: dict[int, tuple[How, str]] = {}
    for row in Corridor.objects.filter(slug__in=corridors).order_by("slug"):
        inside = np.flatnonzero(serving.is_inside(row, *where)).tolist()
        hows = dict.fromkeys(inside, (corridors[row.slug], row.slug)) | hows
    return hows
