"""The links that terminals have now, modelled on what the live twin knows to be on air, and how far they suffice."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from network.actions.radio.on_air import OnAir, on_air
from network.actions.radio.sector import Air
from network.actions.radio.serving import NOBODY, Array, Keys, by_region
from network.actions.topology.live import Live
from network.kernels.radio.sector import NOWHERE, Signals
from network.kernels.radio.terminals import Flags, Place, Received, received

NEED_RSRP_DBM, NEED_SINR_DB = -120.0, -8.0
"""What a control link of some 100 kbit/s needs (TS 22.125): power above the noise of a terminal in one subcarrier, and
quality above that at which it is out of synchronisation (TS 38.133, Q_out)."""


@dataclass(frozen=True)
class Links:
    """What terminals have, all of shape (n,).

    `site_id`: who serves it; where nothing suffices and its cell by plan is silent, that one's; 0: nobody.
    `margin_db`: above both needs of a control link, the smaller of the two; -inf where nothing on air reaches it; NaN:
    not known, beyond the model or because it hangs on something of which nothing is known.
    """

    site_id: Keys
    rsrp_dbm: Array
    sinr_db: Array
    margin_db: Array
    is_cell_silent: Flags  # it would suffice by plan, and who would serve it is known to be silent
    in_reach: Keys  # so many sectors are planned within reach of it: what it costs to work it out


def links_at(lat_deg: Array, lon_deg: Array, height_m: Array, live: Live) -> Links:
    """Return the modelled links of terminals by the live twin; arguments otherwise as for `serving.servers_at`."""
    count = len(lat_deg)
    rsrp_dbm, sinr_db, margin_db = np.full((3, count), np.nan)
    nobody, nothing = np.full(count, NOBODY, np.int64), np.zeros(count, np.int64)
    links = Links(nobody, rsrp_dbm, sinr_db, margin_db, np.zeros(count, bool), nothing)
    for here, planned, place in by_region(lat_deg, lon_deg, height_m):
        around, begin = on_air(planned.region, live), 0
        for by_plan, now in _received(around, place):
            part = here[begin : begin + now.count]
            begin += now.count
            found = _found(around, by_plan, now)
            for name in vars(links):
                getattr(links, name)[part] = getattr(found, name)
    return links


def _received(around: OnAir, place: Place) -> Iterator[tuple[Received, Received]]:
    """Yield what sectors send as planned and as they are set now: the same pairs, as none of them moved."""
    if not around.otherwise:
        return ((piece, piece) for piece in received(around.planned.senders, place))
    return zip(received(around.planned.senders, place), received(around.known.senders, place), strict=True)


def _found(around: OnAir, by_plan: Received, now: Received) -> Links:
    known = now.signals(around.known.is_on_air)
    margin_db, site_id = _margin_db(known), _sites(around.known, known)
    planned = known if around.is_whole else by_plan.signals(around.planned.is_on_air)
    is_silent = np.zeros(len(site_id), bool)
    if not around.is_whole:
        wanted = _sites(around.planned, planned)
        off = np.isin(np.array([*around.planned.slugs, ""]), np.array(around.off or [None], str))
        is_silent = (margin_db < 0) & (_margin_db(planned) >= 0) & off[planned.server]  # NOWHERE: the last
        site_id = np.where(is_silent, wanted, site_id)
    margin_db[planned.server == NOWHERE] = np.nan  # beyond the model
    if around.unknown:
        possible = now.signals(around.possible.is_on_air)
        margin_db[(margin_db < 0) != (_margin_db(possible) < 0)] = (
            np.nan
        )  # it might serve, and it might disturb; mixes are not tried
    rsrp_dbm, sinr_db = np.asarray(known.rsrp_dbm, float), np.asarray(known.sinr_db, float)
    in_reach = np.bincount(now.place, minlength=now.count)
    return Links(site_id, rsrp_dbm, sinr_db, margin_db, is_silent & ~np.isnan(margin_db), in_reach)


def _margin_db(signals: Signals) -> Array:
    margin_db = np.minimum(signals.rsrp_dbm - NEED_RSRP_DBM, signals.sinr_db - NEED_SINR_DB)
    return np.where(signals.server == NOWHERE, -np.inf, margin_db)


def _sites(air: Air, signals: Signals) -> Keys:
    return np.array([*air.site_ids, NOBODY], np.int64)[signals.server]  # NOWHERE: the last
