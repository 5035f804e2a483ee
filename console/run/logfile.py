"""The file that a process's output goes to: full ones are kept, compressed, the oldest go; nothing here raises.

Whoever writes has one thread and other processes to look after, so a full file is compressed piece by piece, one with
each write. What the disk has no room for is dropped, counted, and told of once there is room.
"""

import contextlib
import os
import zlib
from collections.abc import Callable
from pathlib import Path

PIECE_BYTES = 131_072  # compressed with each write, about 3 ms; twice what is written at most, so it is never behind
GZIP = 31  # zlib's word for gzip's format
_MODE = 0o600


class LogFile:
    """An append-only file of bounded size, and the `keep` full ones before it, as NAME.000001.gz and so on."""

    def __init__(self, path: Path, most_bytes: int = 32_000_000, keep: int = 10) -> None:
        self._path, self._most_bytes, self._keep = path, most_bytes, keep
        self._file: int | None = None
        self._size = 0
        self._dropped_lines, self._is_mid_line = 0, False
        self.note: Callable[[int], str] = "--- {} lines were dropped: they could not be written".format
        self._packing: _Packing | None = None
        self._open()
        for draft in path.parent.glob(f"{path.name}.*.draft"):
            _remove(draft)
        old = self._old()
        self._waiting = [path for path in old if path.suffix != ".gz"]  # to be compressed
        self._number = _number(old[-1]) if old else 0

    def tell(self) -> int:
        """Return how long the present file is. [bytes]."""
        return self._size

    def write(self, text: bytes) -> None:
        """Append to the file; when it is full, begin a new one first."""
        if self._size + len(text) > self._most_bytes and self._size:
            self._turn_over()
        if self._dropped_lines:
            note = f"{chr(10) * self._is_mid_line}{self.note(self._dropped_lines)}\n".encode()
            if self._append(note) == len(note):
                self._dropped_lines = 0
        done = self._append(text) if not self._dropped_lines else 0
        if left := text[done:]:
            self._dropped_lines += max(left.count(b"\n"), 1)
        self._pack()

    def close(self) -> None:
        """Close the file. What is not compressed yet is when it is opened again."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._packing is not None:
            self._packing.give_up()

    def _open(self) -> None:
        with contextlib.suppress(OSError):
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)
            os.fchmod(self._file, _MODE)
            self._size = os.fstat(self._file).st_size

    def _append(self, text: bytes) -> int:
        """Write what there is room for; return how much."""
        if self._file is None:
            self._open()
        done = 0
        with contextlib.suppress(OSError):
            while self._file is not None and done < len(text):
                done += os.write(self._file, text[done:])
        self._size += done
        if done:
            self._is_mid_line = not text[:done].endswith(b"\n")
        return done

    def _turn_over(self) -> None:
        with contextlib.suppress(OSError):
            full = self._path.with_name(f"{self._path.name}.{self._number + 1:06d}")
            self._path.rename(full)
            self._number += 1
            self._waiting.append(full)
            if self._file is not None:
                os.close(self._file)
            self._file, self._size = None, 0
            self._open()
            self._forget()

    def _forget(self) -> None:
        """Remove the oldest of the full files."""
        for path in self._old()[: -self._keep]:
            _remove(path)

    def _pack(self) -> None:
        if self._packing is None and self._waiting:
            self._packing = _Packing(self._waiting.pop(0))
        if self._packing is not None and self._packing.go_on(PIECE_BYTES):
            self._packing = None

    def _old(self) -> list[Path]:
        """Return the full files, the oldest first."""
        paths = self._path.parent.glob(f"{self._path.name}.*")
        return sorted((path for path in paths if _number(path)), key=_number)


class _Packing:
    """A full file on its way to a compressed one, which takes its name once it is whole."""

    def __init__(self, full: Path) -> None:
        self._full, self._draft = full, full.with_name(f"{full.name}.draft")
        self._done = 0
        self._zip = zlib.compressobj(6, zlib.DEFLATED, GZIP)

    def go_on(self, most_bytes: int) -> bool:
        """Compress a piece; return whether there is nothing more to do, also because it cannot be done."""
        try:
            with self._full.open("rb") as source:
                source.seek(self._done)
                piece = source.read(most_bytes)
            self._done += len(piece)
            self._append(self._zip.compress(piece) if piece else self._zip.flush())
            if not piece:
                self._draft.rename(self._full.with_name(f"{self._full.name}.gz"))
                self._full.unlink()
        except OSError:
            self.give_up()
            return True
        return not piece

    def give_up(self) -> None:
        """Leave the file as it is."""
        _remove(self._draft)

    def _append(self, packed: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(self._draft, flags, _MODE), "ab") as draft:
            draft.write(packed)


def _number(path: Path) -> int:
    """Return the number in a full file's name, 0 where it has none."""
    last = path.name.removesuffix(".gz").rpartition(".")[2]
    return int(last) if len(last) >= 6 and last.isascii() and last.isdigit() else 0


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
