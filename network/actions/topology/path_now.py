"""The latency of a path by either twin: as planned, or over what is known to pass traffic on now."""

from typing import NamedTuple

from network.actions.topology import path
from network.actions.topology.live import Live
from network.kernels.topology.latency import Latency
from network.models import Site


class Found(NamedTuple):
    """Where a path ends and its latency. `is_known` is false where only what nothing is known of leads there."""

    end: str | None
    latency: Latency | None
    is_known: bool = True


def latency_now(
    start: Site | tuple[float, float], to_site: Site | None, live: Live | None, *, by_radio: bool = True
) -> Found:
    """Return where a path ends and its one-way latency, modelled.

    Args:
        start: a site, or the latitude and longitude of a terminal. [degrees]
        to_site: the end; by default the site with computing that has the lowest mean.
        live: the live twin, of which only what passes traffic on carries the path; None: all, as planned.
        by_radio: how a terminal enters; as `path.path_latency`.
    """
    if live is None:
        return Found(*path.latency_between(start, to_site, by_radio=by_radio))
    known = live.carrying(with_unknown=False)
    found = Found(*path.latency_between(start, to_site, by_radio=by_radio, part=known))
    if found.latency is not None:
        return found
    possible = live.carrying(with_unknown=True)
    _, latency = path.latency_between(start, to_site, by_radio=by_radio, part=possible)
    return Found(found.end, None, is_known=latency is None)
