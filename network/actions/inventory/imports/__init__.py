"""Reading the inventory from files: a dry run first, an answer for every row, the same file twice changes nothing."""

from network.actions.inventory.imports.load import Outcome, Report, Result, load
from network.actions.inventory.imports.read import read_file
from network.actions.inventory.imports.rows import FORMATS, MOST_BYTES, Unreadable

__all__ = ["FORMATS", "MOST_BYTES", "Outcome", "Report", "Result", "Unreadable", "load", "read_file"]
