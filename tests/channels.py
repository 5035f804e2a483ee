"""What is published on Redis while a test looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from console.redis_clients import client
from tests.waiting import PATIENCE_S


class Line:
    """A subscription that Redis has confirmed: whatever is published from now on is heard."""

    def __init__(self, channel: str) -> None:
        self._pubsub = client().pubsub()
        self._pubsub.subscribe(channel)
        confirmation = self._pubsub.get_message(timeout=PATIENCE_S)
        assert confirmation["type"] == "subscribe", confirmation

    def hear(self) -> bytes:
        """Return the next message."""
        message = self._pubsub.get_message(timeout=PATIENCE_S)
        assert message, "nothing was published"
        data: bytes = message["data"]
        return data

    def rest(self) -> list[bytes]:
        """Return everything that has been published: what is published last is heard last."""
        end = b"the end of what a test listens to"
        (channel,) = self._pubsub.channels
        client().publish(channel, end)
        return list(iter(self.hear, end))

    def close(self) -> None:
        self._pubsub.close()


@contextmanager
def listening(channel: str) -> Iterator[Line]:
    """Listen to a channel."""
    line: Any = Line(channel)
    try:
        yield line
    finally:
        line.close()
