"""Rows of the airspace."""

from airspace.models.drone import Claim, Drone
from airspace.models.position import LastPosition, Position

__all__ = ["Claim", "Drone", "LastPosition", "Position"]
