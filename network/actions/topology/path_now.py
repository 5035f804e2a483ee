"""The latency of a path by either twin: as planned, or over what is known to pass traffic on now."""

from typing import NamedTuple

from network.actions.topology import path
from network.actions.topology.live import Live
from network.kernels.topology.condition import CARRIES, Condition
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
    known = _latency((start, to_site), live, by_radio=by_radio, with_unknown=False)
    if known.latency is not None:
        return known
    possible = _latency((start, to_site), live, by_radio=by_radio, with_unknown=True)
    return Found(known.end, None, is_known=possible.latency is None)


def _latency(
    ends: tuple[Site | tuple[float, float], Site | None], live: Live, *, by_radio: bool, with_unknown: bool
) -> Found:
    """Return where a path ends; none begins or ends at a site that does not pass traffic on, not even at itself."""
    passing = {*CARRIES, Condition.UNKNOWN} if with_unknown else CARRIES
    if any(isinstance(end, Site) and live.of_site(end.pk).condition not in passing for end in ends):
        return Found(ends[1].slug if ends[1] else None, None)
    part = live.carrying(with_unknown=with_unknown)
    return Found(*path.latency_between(*ends, by_radio=by_radio, part=part))
