"""What a simulated site sees at its ports: whether light comes in over each fibre, and whether it comes in whole.

A site that loses its power says so with its last light (dying gasp: IEEE 802.3 clause 57, ITU-T G.984.3), so that a
failed neighbour and a cut fibre can be told apart.
"""

from typing import Any

from network.emulator.faults.faults import Fault, Faults
from network.emulator.routes import Routes, link_name

DEGRADED_SHARE = 0.001
"""From so many frames on that come in broken a port tells of a degraded signal."""
Json = dict[str, Any]


def ports(slug: str, routes: Routes, faults: Faults) -> list[Json]:
    """Return what a site tells of each of its ports, in the order of its neighbours."""
    return [_port(slug, other, faults) for other in routes.neighbours.get(slug, ())]


def _port(slug: str, other: str, faults: Faults) -> Json:
    fibre = faults.of(link_name(slug, other))
    errored_share = max((fault.amount for fault in fibre if fault.kind == "loss"), default=0.0)
    if cut := [fault for fault in fibre if faults.is_gone(fault)]:
        return _told(other, "loss_of_signal", faults, cut)
    if failed := [fault for fault in faults.of(other) if faults.is_gone(fault)]:
        return _told(other, "remote_off", faults, failed)
    if errored_share >= DEGRADED_SHARE:
        return _told(other, "degraded", faults, fibre, errored_share)
    return _told(other, "up", faults, [])


def _told(other: str, state: str, faults: Faults, why: list[Fault], errored_share: float = 0.0) -> Json:
    since_s = max((faults.age_s(fault) for fault in why), default=None)
    return {"to": other, "state": state, "errored_share": errored_share, "for_s": since_s}
