"""Holes that opened: where a region is covered as planned and is not now, and where that is not known."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from network.actions.radio import layers
from network.actions.radio.on_air import OnAir
from network.actions.radio.sector import Air
from network.kernels.radio.raster.coverage import RSRP_GOAL_DBM, SINR_GOAL_DB
from network.kernels.radio.sector import NOWHERE

Flags = NDArray[np.bool_]


class Changes(NamedTuple):
    """Of each cell of a grid, what the live twin says of its coverage; no cell is two of these."""

    covered: Flags  # whether or not what nothing is known of sends
    lost: Flags  # covered as planned, and not even if that sends
    unknown: Flags  # covered only if that sends, or only if it does not and so does not interfere


def changed(
    around: OnAir, height_m: float, rsrp_goal_dbm: float = RSRP_GOAL_DBM, sinr_goal_db: float = SINR_GOAL_DB
) -> Changes:
    """Return in which cells coverage is what it was, in which it is lost, and in which that is not known.

    Args:
        around: the sectors of a region by the live twin.
        height_m: above ground, 1.5 to 300 m. [m]
        rsrp_goal_dbm: least reference signal power. [dBm]
        sinr_goal_db: least signal over interference and noise. [dB]

    Returns:
        Of the shape of the grid. A cell that a neighbour covers better for want of interference is covered.
    """
    planned = _covered(around.planned, height_m, rsrp_goal_dbm, sinr_goal_db)  # first: the others begin with its map
    if around.is_whole:
        return Changes(planned, np.zeros_like(planned), np.zeros_like(planned))
    known = _covered(around.known, height_m, rsrp_goal_dbm, sinr_goal_db)
    possible = _covered(around.possible, height_m, rsrp_goal_dbm, sinr_goal_db) if around.unknown else known
    return Changes(known & possible, planned & ~known & ~possible, known ^ possible)


def _covered(air: Air, height_m: float, rsrp_goal_dbm: float, sinr_goal_db: float) -> Flags:
    signals = layers.layer(air, height_m).signals
    is_good = (signals.rsrp_dbm >= rsrp_goal_dbm) & (signals.sinr_db >= sinr_goal_db)
    return np.asarray(is_good & (signals.server != NOWHERE))
