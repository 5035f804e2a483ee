"""One answer on its way from a thread of the pool to the event loop."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from io import UnsupportedOperation
from time import monotonic
from typing import Any
from wsgiref.util import FileWrapper

BUFFER_BYTES = 262_144
"""So much waits for the peer before the thread does; a single chunk may be longer, for it is in memory already."""
FILE_PIECE_BYTES = 65_536
_LENGTHLESS = frozenset({204, 304})


class PeerGone(Exception):  # noqa: N818  it reads as what it is
    """Nobody reads this answer, or not fast enough."""


class Answer:
    """Status, headers and a bounded buffer of the body. The thread puts, the loop takes."""

    work: Future[None]

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout_s: float) -> None:
        self.status, self.headers = 0, list[tuple[bytes, bytes]]()
        self.size = 0  # bytes put and not yet sent
        self.error: BaseException | None = None
        self.is_ended = self.is_gone = self.is_sent = False
        self._loop = loop
        self._timeout_s = timeout_s  # in all: what the thread may still wait
        self._room = threading.Condition()
        self._chunks: list[bytes] = []
        self._news = asyncio.Event()
        self._is_hurried = False
        self._file: int | None = None

    # --- the thread's side -------------------------------------------------------------------------------------------
    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        """Take status and headers, as WSGI has it."""
        if exc_info and self.is_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return self.put

    def put(self, chunk: bytes) -> None:
        """Take a part of the body, once there is room for it.

        Raises:
            PeerGone: there is nobody to send it to, or the peer did not take enough of it in time.
        """
        with self._room:
            if self.size >= BUFFER_BYTES:
                self._await_room()
            if self.is_gone:
                raise PeerGone
            self._chunks.append(chunk)
            self.size += len(chunk)
            if self._is_hurried:
                self._tell()

    def take_file(self, made: object) -> bool:
        """Take a file, to be sent without the thread; False when it is none of the disk's.

        Raises:
            PeerGone: there is nobody to send it to.
        """
        if not isinstance(made, FileWrapper):
            return False
        try:
            number, at = made.filelike.fileno(), made.filelike.tell()
        except (AttributeError, UnsupportedOperation):
            return False
        with self._room:
            if self.is_gone:  # nobody would close it
                raise PeerGone
            self._file = os.dup(number)  # ours, for the thread closes what it opened
            os.lseek(self._file, at, os.SEEK_SET)
        return True

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more comes."""
        self.error, self.is_ended = error, True
        with suppress(RuntimeError):  # the loop ended before
            self._tell()

    def _await_room(self) -> None:
        self._tell()
        began_s = monotonic()
        self._room.wait_for(lambda: self.size < BUFFER_BYTES or self.is_gone, max(0.0, self._timeout_s))
        self._timeout_s -= monotonic() - began_s
        if self.size >= BUFFER_BYTES:
            self.is_gone = True

    def _tell(self) -> None:
        self._loop.call_soon_threadsafe(self._news.set)

    # --- the loop's side ---------------------------------------------------------------------------------------------
    async def ready(self) -> None:
        """Wait until there is something to send, or nobody to send it to."""
        while not (self.is_ended or self.is_gone or self.size >= BUFFER_BYTES or (self._is_hurried and self.size)):
            await self._news.wait()
            self._news.clear()

    def whole(self) -> bytes | None:
        """Return the body if it is complete and nothing of it was sent yet; None while more may come."""
        if not self.is_ended or self._file is not None or self.is_sent:
            return None
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def headers_with_length(self) -> list[tuple[bytes, bytes]]:
        """Return the headers, with the length where it is known and the application did not say it."""
        self.is_sent = True
        has_length = any(name in (b"content-length", b"transfer-encoding") for name, _ in self.headers)
        if has_length or not self.is_ended or self._file is not None or self.status in _LENGTHLESS:
            return self.headers
        return [*self.headers, (b"content-length", str(self.size).encode())]

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, until its end or the peer's."""
        while not self.is_gone:
            with self._room:
                chunks, self._chunks = self._chunks, []
            for chunk in chunks:
                yield chunk
            if self.is_ended and not self._chunks:
                break
            if not self._chunks:
                await self._news.wait()
                self._news.clear()
        while self._file is not None and not self.is_gone:
            piece = os.read(self._file, FILE_PIECE_BYTES)
            if not piece:
                break
            yield piece

    def note_sent(self, size: int) -> None:
        """Make room: so many bytes are on their way."""
        if self.is_ended:
            return
        with self._room:
            self.size -= size
            self._room.notify()

    def hurry(self) -> None:
        """Send what comes as it comes: it has taken long already."""
        with self._room:
            self._is_hurried = True
        self._news.set()

    def leave(self) -> None:
        """Nobody waits for this any more: the thread ends at its next chunk, and does not begin if it has not."""
        with self._room:
            if self._file is not None:
                os.close(self._file)
                self._file = None
            if self.is_ended:
                return
            self.is_gone = True
            self._room.notify()
        self.work.cancel()
        self._news.set()
