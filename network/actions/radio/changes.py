"""Holes that opened: where a region is covered as planned and is not now, and where that is not known."""

import numpy as np
from numpy.typing import NDArray

from network.actions.radio import layers
from network.actions.radio.on_air import OnAir
from network.actions.radio.sector import Air
from network.kernels.radio.raster.coverage import RSRP_GOAL_DBM, SINR_GOAL_DB
from network.kernels.radio.sector import NOWHERE

Flags = NDArray[np.bool_]


def changed(
    around: OnAir, height_m: float, rsrp_goal_dbm: float = RSRP_GOAL_DBM, sinr_goal_db: float = SINR_GOAL_DB
) -> tuple[Flags, Flags]:
    """Return in which cells coverage is lost, and in which it is not known.

    Args:
        around: the sectors of a region by the live twin.
        height_m: above ground, 1.5 to 300 m. [m]
        rsrp_goal_dbm: least reference signal power. [dBm]
        sinr_goal_db: least signal over interference and noise. [dB]

    Returns:
        Covered as planned and not even if what nothing is known of sends; covered only if that sends. Each of the
        shape of the grid. A cell that a neighbour covers better for want of interference is neither.
    """
    known = _covered(around.known, height_m, rsrp_goal_dbm, sinr_goal_db)
    planned = _covered(around.planned, height_m, rsrp_goal_dbm, sinr_goal_db)
    if not around.unknown:
        return planned & ~known, np.zeros_like(known)
    possible = _covered(around.possible, height_m, rsrp_goal_dbm, sinr_goal_db)
    return planned & ~known & ~possible, possible & ~known


def _covered(air: Air, height_m: float, rsrp_goal_dbm: float, sinr_goal_db: float) -> Flags:
    signals = layers.layer(air, height_m).signals
    is_good = (signals.rsrp_dbm >= rsrp_goal_dbm) & (signals.sinr_db >= sinr_goal_db)
    return np.asarray(is_good & (signals.server != NOWHERE))
