"""Generated secrets: made once, kept in LOFT_HOME with mode 0600, never in the repository."""

import os
import secrets
from pathlib import Path


def secret(folder: Path, name: str, letters: int = 64) -> str:
    """Return the secret of this name, making it on first use, of so many letters (at least 16, at most 64).

    Two processes that start together agree: the file is linked into place whole, and the first one wins.
    """
    path = folder / name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path, secrets.token_urlsafe(48)[:letters])
    return path.read_text().strip()


def kept(folder: Path, name: str) -> str | None:
    """Return a secret that somebody put there or that was made before; None when there is none."""
    try:
        return (folder / name).read_text().strip() or None
    except (OSError, ValueError):  # no such file, one that may not be read, or no text
        return None


def kept_at(file: str) -> str | None:
    """Return a secret that the installation keeps in a file of its own choice; None when there is none."""
    path = Path(file)
    return kept(path.parent, path.name) if file else None


def rewrite(folder: Path, name: str, value: str) -> None:
    """Put another value in the place of a secret, whole: whoever reads finds the one or the other."""
    path = folder / name
    _draft(path, value).replace(path)


def _write_once(path: Path, value: str) -> None:
    draft = _draft(path, value)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first; its value counts
    finally:
        draft.unlink()


def _draft(path: Path, value: str) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value + "\n")
    return draft
