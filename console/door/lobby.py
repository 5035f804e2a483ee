"""Where those wait who ask for a line: first come, first served, before they cost more than their connection.

After an outage thousands ask at once. They are let in a few per turn of the loop, and only while the entrance
(`console.live.entrance`) has few to look at, so that whoever asks for something else has a turn in between. Nobody is
sent away while there is room to wait. Beyond it each is told after how long to come again: one after the other, at the
pace at which lines open, so that nobody is sent away twice.
"""

import base64
import hashlib
import struct
from collections.abc import Callable
from time import monotonic

from console.live.entrance import entrance
from console.live.lines import TRY_LATER
from console.live.turns import Turns

MOST_WAITING = 1_024
"""Each holds one of `LOFT_CONNECTIONS`, of which others need some."""
LEAST_PER_S, NEWEST = 100.0, 0.02
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_OPENED = (
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    b"sec-websocket-accept: %b\r\n\r\n%b"
)
_CLOSE = 0x88


class Lobby:
    """Who waits to be let in. For the event loops of one process, one after another.

    Args:
        has_room: whether the entrance takes one more.
        clock: a monotonic one. [s]
    """

    def __init__(self, has_room: Callable[[], bool], clock: Callable[[], float] = monotonic) -> None:
        self._has_room, self._clock, self._turns = has_room, clock, Turns()
        self._waiting: dict[object, Callable[[], None]] = {}
        self._apart_s, self._let_in_at_s, self._next_at_s = 1.0 / LEAST_PER_S, clock(), 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, who: object, let_in: Callable[[], None]) -> float:
        """Call `let_in` when it is their turn; or return after how long to come again, where too many wait. [s]."""
        if len(self._waiting) >= MOST_WAITING:
            return self._later_s()
        self._waiting[who] = let_in
        self._turns.ask(self._let_one_in)
        return 0.0

    def leave(self, who: object) -> None:
        """Somebody has gone."""
        self._waiting.pop(who, None)

    def wake(self) -> None:
        """There may be room again."""
        if self._waiting:
            self._turns.ask(self._let_one_in)

    def _let_one_in(self) -> None:
        if not self._waiting or not self._has_room():
            return
        now_s = self._clock()
        apart_s = min(now_s - self._let_in_at_s, 1.0 / LEAST_PER_S)
        self._apart_s += NEWEST * (apart_s - self._apart_s)
        self._let_in_at_s = now_s
        self._waiting.pop(next(iter(self._waiting)))()

    def _later_s(self) -> float:
        """Return after how long those who wait, and those who were told to come again, are likely to be in."""
        now_s = self._clock()
        self._next_at_s = max(self._next_at_s, now_s + len(self._waiting) * self._apart_s) + self._apart_s
        return self._next_at_s - now_s


def come_again(key: bytes, after_s: float) -> bytes:
    """Return an answer that opens a line and closes it: of one that never opened a browser tells its page no reason.

    Args:
        key: the header `Sec-WebSocket-Key`.
        after_s: after how long there will be room. [s]
    """
    reason = struct.pack("!H", TRY_LATER) + b"again in %d ms" % round(after_s * 1e3)
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())  # RFC 6455, 4.2.2
    return _OPENED % (accept, bytes([_CLOSE, len(reason)]) + reason)


lobby = Lobby(lambda: entrance.has_room)
entrance.on_room = lobby.wake
