"""Where the engine shows the live picture."""

from collections.abc import Iterable, Sequence

import redis

from console.live.frames import FRAMES_CHANNEL, pack
from console.live.live import SNAPSHOT_INDEX_KEY, SNAPSHOT_KEY
from console.redis_clients import client

SNAPSHOT_TTL_S = 60


class Stage:
    """Where the live picture is shown: frames to every viewer, and whole tiles for those who come later."""

    def __init__(self) -> None:
        self._client: redis.Redis = client()

    def clear(self) -> None:
        """Forget which tiles are live; snapshots of an earlier engine expire."""
        self._client.delete(SNAPSHOT_INDEX_KEY)

    def show(self, frames: Iterable[tuple[int, bytes]]) -> None:
        """Send one message with these tile frames to every web process."""
        self._client.publish(FRAMES_CHANNEL, pack(frames))

    def keep(self, snapshots: Sequence[tuple[int, bytes]], emptied: Iterable[int]) -> bool:
        """Keep whole tiles for SNAPSHOT_TTL_S; those emptied are no longer listed.

        Return whether Redis had room for them: reports go before pictures, so these are not written past its limit.
        """
        line = self._client.pipeline(transaction=False)
        for tile, frame in snapshots:
            line.set(SNAPSHOT_KEY % tile, frame, ex=SNAPSHOT_TTL_S)
        if live := [tile for tile, _ in snapshots]:
            line.sadd(SNAPSHOT_INDEX_KEY, *live)
        if gone := list(emptied):
            line.srem(SNAPSHOT_INDEX_KEY, *gone)
        return not any(isinstance(reply, Exception) for reply in line.execute(raise_on_error=False))
