"""The inventory's records: added, changed and removed by their natural keys, now or from a time to come."""

from network.actions.inventory.fields import Problem
from network.actions.inventory.kinds import KINDS
from network.actions.inventory.records import Missing, apply_due, change, create, remove, withdraw

__all__ = ["KINDS", "Missing", "Problem", "apply_due", "change", "create", "remove", "withdraw"]
