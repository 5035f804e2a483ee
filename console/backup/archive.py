"""The file of a backup: a tar of what it says of itself, the sealed identity, and the encrypted stream.

    about.json           version and time, in the open
    identity.age         the backup's identity, encrypted with the passphrase; not there without one
    backup.tar.gz.age    encrypted to that identity and to the recipients

The stream is a tar again: `manifest.json` first, the members, and `digests.json` last with the SHA-256 of each, so that
it is written and read once, a piece at a time. Without Loft: `tar -xf FILE`, `age -d identity.age >identity`, and
`age -d -i identity backup.tar.gz.age | tar -xz`.
"""

import hashlib
import io
import os
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from console.backup.manifest import About, Manifest, read_about, read_manifest
from console.backup.sealing import Seal, Secret, decrypt
from console.errors import Refused

ABOUT, IDENTITY, STREAM = "about.json", "identity.age", "backup.tar.gz.age"
MANIFEST, DIGESTS = "manifest.json", "digests.json"
PIECE = 1_048_576
MOST_WORDS = 64 * 1_048_576
"""So large what a backup says of itself may be; some hundred bytes a member."""
OTHER_FILES = "it is damaged: it holds other files than its manifest names"
_END = bytes(2 * tarfile.BLOCKSIZE)


@dataclass(frozen=True)
class Member:
    """A file that goes into a backup, under a name with slashes; `size` bytes of it, whatever is added meanwhile."""

    name: str
    path: Path
    size: int


@dataclass(frozen=True)
class Opened:
    """A backup whose outside is whole."""

    path: Path
    about: About
    sealed_identity: bytes


Take = Callable[[str, IO[bytes]], None]


def write(target: BinaryIO, manifest: Manifest, seal: Seal, members: Iterable[Member]) -> None:
    """Write a backup. The target has to be a file that one can seek in: the length of the stream comes last."""
    _put(target, ABOUT, msgspec.json.encode(manifest.about))
    if seal.sealed_identity:
        _put(target, IDENTITY, seal.sealed_identity)
    header_at = target.tell()
    target.write(_header(STREAM, 0))
    begins = target.tell()
    seal.encrypt(_Flow(_zipped(_stream(manifest, members))), target)
    size = target.tell() - begins
    target.write(_padding(size) + _END)
    target.seek(header_at)
    target.write(_header(STREAM, size))
    target.seek(0, os.SEEK_END)


def open_outside(path: Path) -> Opened:
    """Return what a backup says in the open.

    Raises:
        Refused: there is no such file, or it is none, or it was cut short.
    """
    with _outside(path) as outer:
        infos = {info.name: info for info in outer.getmembers()}
        if ABOUT not in infos or STREAM not in infos:
            raise Refused("it is no backup of Loft")
        last = infos[STREAM]
        if path.stat().st_size != last.offset_data + last.size + len(_padding(last.size)) + len(_END):
            raise Refused("it was cut short")
        about = read_about(_words(outer, infos[ABOUT]))
        return Opened(path, about, _words(outer, infos[IDENTITY]) if IDENTITY in infos else b"")


def read(opened: Opened, secret: Secret, begin: Callable[[Manifest], Take]) -> Manifest:
    """Read a backup to its end: hand the manifest to `begin`, and each member to what that returns.

    Raises:
        Refused: wrong secret, damaged, cut short, or what `begin` refuses. What was handed over by then counts nothing.
    """
    with _decrypted(opened, secret) as plain, tarfile.open(fileobj=plain, mode="r|gz") as inner:
        manifest = read_manifest(_next_words(inner, MANIFEST))
        if manifest.about != opened.about:
            raise Refused("it is damaged: within, it says something else of itself than in the open")
        take = begin(manifest)
        digests: dict[str, str] = {}
        while info := inner.next():
            stream = inner.extractfile(info)
            if stream is None:
                raise Refused(f"it is damaged: {info.name} is no file")
            if info.name == DIGESTS:
                _compare(msgspec.json.decode(stream.read(MOST_WORDS), type=dict[str, str]), digests, manifest)
                return manifest
            if info.size != manifest.sizes.get(info.name):  # before it takes room that nobody asked for
                raise Refused(OTHER_FILES)
            hashed = _Hashed(stream)
            take(info.name, hashed)  # type: ignore[arg-type]
            digests[info.name] = hashed.digest.hexdigest()
    raise Refused("it is damaged: its digests are missing")


class _Flow(io.RawIOBase):
    """Pieces that come one by one, read as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces, self._rest = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        while not self._rest:
            try:
                self._rest = memoryview(next(self._pieces))
            except StopIteration:
                return b""
        piece, self._rest = self._rest[:count], self._rest[count:]
        return bytes(piece)


class _Hashed(io.RawIOBase):
    """A file whose digest is taken as it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream, self.digest = stream, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        piece = self._stream.read(count)
        self.digest.update(piece)
        return piece


def _stream(manifest: Manifest, members: Iterable[Member]) -> Iterator[bytes]:
    digests: dict[str, str] = {}
    yield from _whole(MANIFEST, msgspec.json.encode(manifest))
    for member in members:
        yield _header(member.name, member.size)
        digest = hashlib.sha256()
        for piece in _content(member):
            digest.update(piece)
            yield piece
        digests[member.name] = digest.hexdigest()
        yield _padding(member.size)
    yield from _whole(DIGESTS, msgspec.json.encode(digests))
    yield _END


def _content(member: Member) -> Iterator[bytes]:
    left = member.size
    with member.path.open("rb") as file:
        while left:
            piece = file.read(min(PIECE, left))
            if not piece:
                raise Refused(f"{member.name} became shorter while it was read")
            left -= len(piece)
            yield piece


def _zipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(level=1, wbits=31)  # gzip; higher levels take four times as long for a tenth less
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


def _whole(name: str, text: bytes) -> Iterator[bytes]:
    yield _header(name, len(text)) + text + _padding(len(text))


def _put(target: BinaryIO, name: str, text: bytes) -> None:
    target.writelines(_whole(name, text))


@contextmanager
def _outside(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as outer:
            yield outer
    except FileNotFoundError:
        raise Refused("there is no such file") from None
    except tarfile.TarError:
        raise Refused("it is no backup of Loft, or is damaged or was cut short") from None
    except OSError as reason:
        raise Refused(f"it cannot be read: {reason.strerror or reason}") from None


def _words(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(info)
    if stream is None or info.size > MOST_WORDS:
        raise Refused("it is damaged: what it says of itself cannot be read")
    return stream.read()


def _next_words(archive: tarfile.TarFile, name: str) -> bytes:
    info = archive.next()
    if info is None or info.name != name:
        raise Refused(f"it is damaged: {name} is missing")
    return _words(archive, info)


@contextmanager
def _decrypted(opened: Opened, secret: Secret) -> Iterator[BinaryIO]:
    """Yield the plain stream: a thread decrypts into a pipe. What it met counts more than what the reader met."""
    reading, writing = os.pipe()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(writing, "wb", PIECE) as plain, _outside(opened.path) as outer:
                stream = outer.extractfile(STREAM)
                decrypt(stream, plain, opened.sealed_identity, secret)  # type: ignore[arg-type]
        except BrokenPipeError:
            pass  # whoever reads has seen enough
        except BaseException as reason:  # noqa: BLE001  raised again by the thread that waits
            errors.append(reason)

    thread = threading.Thread(target=work, name="decrypting", daemon=True)
    thread.start()
    try:
        with os.fdopen(reading, "rb", PIECE) as plain:
            yield plain
            while plain.read(PIECE):
                pass  # whether the rest is whole, the end of the encryption included
    except (tarfile.TarError, EOFError, zlib.error, ValueError, Refused, OSError) as reason:
        thread.join()
        raise _told(errors, reason) from None
    thread.join()
    if errors:
        raise errors[0]


def _told(errors: list[BaseException], reason: Exception) -> BaseException:
    if errors:
        return errors[0]
    if isinstance(reason, Refused) or (isinstance(reason, OSError) and reason.errno is not None):
        return reason
    return Refused("it is damaged or was cut short")


def _compare(told: dict[str, str], seen: dict[str, str], manifest: Manifest) -> None:
    with suppress(StopIteration):
        name = next(name for name in sorted(told.keys() | seen.keys()) if told.get(name) != seen.get(name))
        raise Refused(f"it is damaged: the digest of {name} is another")
    if seen.keys() != manifest.sizes.keys():
        raise Refused(OTHER_FILES)
