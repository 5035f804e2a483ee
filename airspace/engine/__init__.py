"""The engine: reports from the stream into the live picture, frames out of it, and every report into the database.

One thread reads, judges and shows; another writes, so that a slow database never holds the picture up. An entry leaves
the stream only after its rows are committed: whatever dies in between is read again, and a row stored twice is one row.
The list of last positions follows the history by at most a second; an engine that starts brings it up to date.
"""

from airspace.engine.loop import Engine

__all__ = ["Engine"]
