"""Check that the locks hold what requirements*.txt ask for: `python -m deploy.locks`, part of `make lint`."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"requirements.txt": "requirements.lock", "requirements-dev.txt": "requirements-dev.lock"}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
ENTRY = re.compile(r"^(?=\S)(?!#)", re.MULTILINE)


def wanted(name: str, root: Path = ROOT) -> Iterator[Requirement]:
    """Yield what a readable list asks for, those it includes among it."""
    for line in (root / name).read_text().splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            yield from wanted(text.removeprefix("-r "), root)
        elif text:
            yield Requirement(text)


def locked(name: str, root: Path = ROOT) -> dict[str, list[tuple[Requirement, int]]]:
    """Return the entries of a lock by package: each with how many files it allows."""
    found: dict[str, list[tuple[Requirement, int]]] = {}
    for entry in ENTRY.split((root / "deploy" / name).read_text()):
        if "==" in entry and not entry.startswith("#"):
            one = Requirement(entry.split("\\\n")[0].strip())
            found.setdefault(canonicalize_name(one.name), []).append((one, len(HASH.findall(entry))))
    return found


def problems(root: Path = ROOT) -> Iterator[str]:
    """Yield what is wrong with the locks, in words."""
    held = {name: locked(lock, root) for name, lock in LOCKS.items()}
    for name, lock in LOCKS.items():
        yield from (f"{lock}: {text}" for text in _unmet(name, held[name], root))
        yield from (f"{lock}: {one} has no hash" for rows in held[name].values() for one, hashes in rows if not hashes)
        if "://" in (root / "deploy" / lock).read_text():
            yield f"{lock}: names a host"
    for package, rows in held["requirements.txt"].items():
        tests = {str(one.specifier) for one, _ in held["requirements-dev.txt"].get(package, [])}
        if not {str(one.specifier) for one, _ in rows} <= tests:
            yield f"requirements-dev.lock: has another {package} than requirements.lock"


def _unmet(name: str, held: dict[str, list[tuple[Requirement, int]]], root: Path) -> Iterator[str]:
    for one in wanted(name, root):
        versions = [str(row.specifier).removeprefix("==") for row, _ in held.get(canonicalize_name(one.name), [])]
        if not versions or not all(one.specifier.contains(version, prereleases=True) for version in versions):
            yield f"{name} asks for {one}; it holds {', '.join(versions) or 'none'}"


if __name__ == "__main__":
    found = list(problems())
    sys.exit("\n".join([*found, "run: make lock"]) if found else 0)
