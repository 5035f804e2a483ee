"""What a base station draws from the mains. Watts.

Source: EARTH project, deliverable D2.3 (2012), the linear model P = N (P0 + dp P_out), asleep N P_sleep.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["macro", "remote_radio_head", "micro"]


@dataclass(frozen=True)
class Station:
    """One row of the model's table: transceivers, the power each sends at most, and what it costs. [W]."""

    transceivers: int
    most_out_w: float
    idle_w: float
    slope: float
    asleep_w: float


STATIONS: dict[str, Station] = {
    "macro": Station(6, 20.0, 130.0, 4.7, 75.0),
    "remote_radio_head": Station(6, 20.0, 84.0, 2.8, 56.0),
    "micro": Station(2, 6.3, 56.0, 2.6, 39.0),
}


def power_w(kind: Kind, load_share: float, *, out_share: float = 1.0, is_asleep: bool = False) -> float:
    """Return what a whole station draws.

    Args:
        kind: row of the table.
        load_share: share of its radio resources in use, 0 to 1.
        out_share: of the power it may send at most, above 0; above 1 where it is set higher than the table has it.
        is_asleep: whether it sends nothing and only waits to be woken.

    Raises:
        ValueError: an argument is out of range.
    """
    if not 0 <= load_share <= 1:
        raise ValueError(f"load_share is {load_share}; expected 0 to 1")
    if not out_share > 0:
        raise ValueError(f"out_share is {out_share}; expected more than 0")
    station = STATIONS[kind]
    if is_asleep:
        return station.transceivers * station.asleep_w
    return station.transceivers * (station.idle_w + station.slope * station.most_out_w * out_share * load_share)
