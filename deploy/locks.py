"""Check that the locks hold what requirements*.txt ask for: `python -m deploy.locks`, part of `make lint`."""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Held = dict[str, list[tuple[Requirement, int]]]
ROOT = Path(__file__).resolve().parent.parent
MAIN, TESTS, EVIDENCE = "requirements.lock", "requirements-dev.lock", "requirements-evidence.lock"
APART = "locked apart"
"""Said in the comment of a line: it and what only it needs are in `EVIDENCE` and in no other lock."""
LOCKS = {MAIN: "requirements.txt", TESTS: "requirements-dev.txt", EVIDENCE: "requirements.txt"}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
ENTRY = re.compile(r"^(?=\S)(?!#)", re.MULTILINE)


def wanted(name: str, root: Path = ROOT, *, is_apart: bool = False) -> Iterator[Requirement]:
    """Yield what a readable list asks for, those it includes among it: either what is locked apart or the rest."""
    for line in (root / name).read_text().splitlines():
        text, _, why = line.partition("#")
        if text.startswith("-r "):
            yield from wanted(text.removeprefix("-r ").strip(), root, is_apart=is_apart)
        elif text.strip() and (APART in why) == is_apart:
            yield Requirement(text.strip())


def locked(name: str, root: Path = ROOT) -> Held:
    """Return the entries of a lock by package: each with how many files it allows."""
    held: Held = {}
    for entry in ENTRY.split((root / "deploy" / name).read_text()):
        if "==" in entry and not entry.startswith("#"):
            requirement = Requirement(entry.split("\\\n")[0].strip())
            held.setdefault(canonicalize_name(requirement.name), []).append((requirement, len(HASH.findall(entry))))
    return held


def problems(root: Path = ROOT) -> Iterator[str]:
    """Yield what is wrong with the locks, in words."""
    held = {lock: locked(lock, root) for lock in LOCKS}
    for lock, name in LOCKS.items():
        asked = wanted(name, root, is_apart=lock == EVIDENCE)
        yield from (f"{lock}: {text}" for text in _unmet(name, asked, held[lock]))
        yield from (
            f"{lock}: {requirement} has no hash"
            for rows in held[lock].values()
            for requirement, hashes in rows
            if not hashes
        )
        if "://" in (root / "deploy" / lock).read_text():
            yield f"{lock}: names a host"
    for package in held[MAIN]:
        if not _versions(held[MAIN], package) <= _versions(held[TESTS], package):
            yield f"{TESTS}: has another {package} than {MAIN}"
    yield from _not_apart(held)


def _not_apart(held: dict[str, Held]) -> Iterator[str]:
    """Yield what the lock of evidence maps shares with Loft's, or has in another version than the tests' lock."""
    for package in held[EVIDENCE]:
        tests = _versions(held[TESTS], package)
        if package in held[MAIN]:
            yield f"{EVIDENCE}: has {package}, as {MAIN} does"
        elif tests and tests != _versions(held[EVIDENCE], package):
            yield f"{EVIDENCE}: has another {package} than {TESTS}"


def _versions(held: Held, package: str) -> set[str]:
    return {str(requirement.specifier).removeprefix("==") for requirement, _ in held.get(package, [])}


def _unmet(name: str, asked: Iterable[Requirement], held: Held) -> Iterator[str]:
    for requirement in asked:
        versions = _versions(held, canonicalize_name(requirement.name))
        if not versions or not all(requirement.specifier.contains(version, prereleases=True) for version in versions):
            yield f"{name} asks for {requirement}; it holds {', '.join(sorted(versions)) or 'none'}"


if __name__ == "__main__":
    problems_found = list(problems())
    sys.exit("\n".join([*problems_found, "run: make lock"]) if problems_found else 0)
