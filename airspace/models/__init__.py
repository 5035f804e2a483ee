"""Rows of the airspace."""

from airspace.models.dead_letter import DeadLetter
from airspace.models.drone import HEARD_FOR_ANOTHER, HEARD_FOR_OWNER, Claim, Drone
from airspace.models.position import SENT_FOR_OWNER, LastPosition, Position

__all__ = [
    "HEARD_FOR_ANOTHER",
    "HEARD_FOR_OWNER",
    "SENT_FOR_OWNER",
    "Claim",
    "DeadLetter",
    "Drone",
    "LastPosition",
    "Position",
]
