"""Where documents lie: a folder per claim in `MEDIA_ROOT/evidence` or another, written whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

EVIDENCE = "evidence"


@dataclass(frozen=True)
class Kept:
    """A file that was written."""

    size_bytes: int
    sha256: str


def folder(under: str = EVIDENCE) -> Path:
    """Return where all documents of a sort lie."""
    return Path(settings.MEDIA_ROOT) / under


def path_of(claim: UUID, name: str, under: str = EVIDENCE) -> Path:
    """Return where a file of a document lies."""
    return folder(under) / claim.hex / name


def keep(claim: UUID, files: Mapping[str, bytes], under: str = EVIDENCE) -> dict[str, Kept]:
    """Write files; a reader sees all of a file or nothing."""
    files_kept = {}
    for name, content in files.items():
        path = path_of(claim, name, under)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
        files_kept[name] = Kept(len(content), hashlib.sha256(content).hexdigest())
    return files_kept


def lies(claim: UUID, names: Iterable[str], under: str = EVIDENCE) -> bool:
    """Whether all these files of a document are there."""
    return all(path_of(claim, name, under).is_file() for name in names)


def discard(claim: UUID | None, under: str = EVIDENCE) -> None:
    """Delete the files of a claim, if there are any."""
    if claim is not None:
        shutil.rmtree(folder(under) / claim.hex, ignore_errors=True)


def sweep(kept: Container[str], before: datetime, under: str = EVIDENCE) -> int:
    """Delete folders of nobody that were left before a time, as a killed worker leaves them; return how many."""
    count = 0
    for path in sorted(folder(under).glob("*")) if folder(under).is_dir() else []:
        with suppress(FileNotFoundError):  # a worker that gave up deletes its own
            if path.name not in kept and path.stat().st_mtime < before.timestamp():
                shutil.rmtree(path, ignore_errors=True)
                count += 1
    return count
