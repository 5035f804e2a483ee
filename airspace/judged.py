"""Where what was judged of control links is kept for the engine, lists and alarms: for a moment, in Redis."""

from typing import Any, NamedTuple

import numpy as np

from airspace.kernels.control_link import HELD, NOBODY, Rows
from console.redis_clients import client

KEPT_S = 20
"""What nobody judges any more is unknown."""
_KEY = "loft.airspace.control_links"
_TIME = np.dtype("<i8")


class Judged(NamedTuple):
    """What is held of each drone, in the order of their keys, and when it was judged. [epoch ms]."""

    rows: Rows
    at_ms: int


def keep(rows: Rows, at_ms: int) -> None:
    """Keep what was judged; a full Redis has no room for it, and it is unknown soon."""
    line = client().pipeline(transaction=False)
    line.set(_KEY, np.int64(at_ms).astype(_TIME).tobytes() + rows.tobytes(), ex=KEPT_S)
    line.execute(raise_on_error=False)


def read() -> Judged | None:
    """Return what was judged last; None where that is too long ago, or was written by another release."""
    text: Any = client().get(_KEY)
    if text is None or (len(text) - _TIME.itemsize) % HELD.itemsize:
        return None
    rows = np.frombuffer(text, HELD, offset=_TIME.itemsize) if len(text) > _TIME.itemsize else NOBODY
    return Judged(rows, int(np.frombuffer(text, _TIME, 1)[0]))
