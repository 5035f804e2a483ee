"""Tile frames of a few drones, whose altitude tells which row is the newest."""

import numpy as np

from airspace.kernels import wire


def frame(tile, drones, at_ms=1_000.0, *, owner=1, is_whole=False, left=()):
    """Return a frame as the engine makes it; `drones` are altitudes by number, those in `left` flew out of the tile."""
    rows = np.zeros(len(drones), wire.ROW)
    rows["drone"], rows["altitude"] = list(drones), list(drones.values())
    rows["state"] = [wire.LEFT_BIT if drone in left else 0 for drone in drones]
    return wire.frame(tile, rows, at_ms, np.full(len(drones), owner), is_snapshot=is_whole)


def rows_of(message):
    """Return the altitudes by drone of a message that a browser gets."""
    altitudes, offset = {}, 0
    while offset < len(message):
        _, _, _, _, count, _ = wire.HEADER.unpack_from(message, offset)
        rows = np.frombuffer(message, wire.ROW, count, offset + wire.HEADER.size)
        altitudes |= {int(row["drone"]): int(row["altitude"]) for row in rows}
        offset += wire.HEADER.size + count * wire.ROW.itemsize
    return altitudes
