"""Rows of the airspace."""

from airspace.models.drone import Drone
from airspace.models.position import LastPosition, Position

__all__ = ["Drone", "LastPosition", "Position"]
