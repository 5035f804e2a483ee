"""Open sockets of this process: how many each sign-in may have, and whom to look at again when something ended.

A sign-out, a withdrawn right or a disabled person is told to every web process over Redis, as a revoked key is; the
sockets concerned then ask the database at once. What was told while Redis was away is made up for by asking for all.
"""

import asyncio
import hashlib
import logging
from contextlib import suppress

from django.conf import settings

from console.redis_clients import GONE, client

log = logging.getLogger(__name__)
LINES_CHANNEL = "loft.lines"
TOO_MANY = 4429
TRY_LATER = 1013


class Full(Exception):  # noqa: N818
    """One line more would be too many. `code` closes it, the text says why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Line:
    """One open socket: of which sign-in, of which person, and whether it is in doubt."""

    def __init__(self, session_key: str, person: int) -> None:
        self.session, self.person = digest_of(session_key), person
        self._doubted = asyncio.Event()

    def doubt(self) -> None:
        """Ask for it to be looked at again."""
        self._doubted.set()

    async def doubted(self, within_s: float) -> None:
        """Wait until somebody doubts it, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._doubted.wait()
        self._doubted.clear()


class Lines:
    """All open sockets of one web process. Only its event loop touches them."""

    def __init__(self) -> None:
        self._open: set[Line] = set()

    def join(self, line: Line) -> None:
        """Count a line in.

        Raises:
            Full: its sign-in, its person or the process has as many as it may.
        """
        if len(self._open) >= settings.LOFT_SOCKETS_PER_PROCESS:
            raise Full(TRY_LATER, f"this server holds {settings.LOFT_SOCKETS_PER_PROCESS} lines, which is all it may")
        if sum(other.session == line.session for other in self._open) >= settings.LOFT_SOCKETS_PER_SESSION:
            raise Full(TOO_MANY, f"at most {settings.LOFT_SOCKETS_PER_SESSION} lines per sign-in")
        if sum(other.person == line.person for other in self._open) >= settings.LOFT_SOCKETS_PER_PERSON:
            raise Full(TOO_MANY, f"at most {settings.LOFT_SOCKETS_PER_PERSON} lines per person")
        self._open.add(line)

    def leave(self, line: Line) -> None:
        """Count a line out."""
        self._open.discard(line)

    def doubt(self, kind: str, value: str) -> None:
        """Doubt the lines of one session (by its digest) or of one person (by their key)."""
        for line in self._open:
            if value == (line.session if kind == "session" else str(line.person)):
                line.doubt()

    def doubt_all(self) -> None:
        """Doubt every line: something may have gone unheard."""
        for line in self._open:
            line.doubt()

    def __len__(self) -> int:
        return len(self._open)


lines = Lines()


def take(message: bytes) -> None:
    """Take what another process told."""
    kind, _, value = message.decode().partition(" ")
    lines.doubt(kind, value)


def tell_session(session_key: str) -> None:
    """A session has ended: tell every process. Call it after the commit."""
    _tell(f"session {digest_of(session_key)}")


def tell_person(person: int) -> None:
    """A person was disabled or lost a right: tell every process. Call it after the commit."""
    _tell(f"person {person}")


def digest_of(session_key: str) -> str:
    """Return what stands for a session: its key opens doors and is told to nobody."""
    return hashlib.sha256(session_key.encode(errors="replace")).hexdigest()


def _tell(message: str) -> None:
    try:
        client().publish(LINES_CHANNEL, message)
    except GONE as reason:  # once Redis is back every process looks at all its lines
        log.warning("could not tell the sockets: %s", reason)
