"""Whether a backup can be restored: it is, into a scratch home, and counted there."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from console.backup.creating import variables_text
from console.backup.databases import database
from console.backup.manifest import Manifest
from console.backup.place import scratch
from console.backup.sealing import Secret
from console.backup.unpacking import known_migrations, unpack
from console.errors import Refused

MOST_S = 3_600


@dataclass(frozen=True)
class Verified:
    """A backup that restores to what it was made of."""

    manifest: Manifest
    rows: int
    audit: str


def verify(path: Path, secret: Secret) -> Verified:
    """Restore a backup into a scratch home; compare digests and rows, check database and audit chain.

    An older one is migrated there, which tells that this program takes it.

    Raises:
        Refused: it is not good, and why.
    """
    source = database()
    with scratch() as folder:
        home = folder / "home"
        home.mkdir(mode=0o700)
        manifest = unpack(path, secret, home, source)
        with source.laid_out(home / source.member) as laid_out:
            _compare(manifest.tables, laid_out.tables)
            environment = {"LOFT_HOME": str(home), "LOFT_RUN_DIR": str(home / "run"), **laid_out.environment}
            if _is_older(manifest):
                _manage(environment, "migrate", "--verbosity=0", "--no-input")
            audit = _manage(environment, "audit", "verify")
    return Verified(manifest, sum(manifest.tables.values()), audit)


def _is_older(manifest: Manifest) -> bool:
    applied = manifest.migrations
    return any(name not in applied.get(app, ()) for app, names in known_migrations().items() for name in names)


def _compare(told: Mapping[str, int], found: Mapping[str, int]) -> None:
    for name in sorted(told.keys() | found.keys()):
        if told.get(name) != found.get(name):
            raise Refused(f"its table {name} has {found.get(name)} rows, and should have {told.get(name)}")


def _manage(environment: Mapping[str, str], *words: str) -> str:
    """Run a command of ours on the scratch home; return the last line of what it says."""
    variables = (
        Path(environment["LOFT_HOME"]) / "variables"
    )  # read by a shell, so that no password is on a command line
    variables.write_text(variables_text(environment))
    program = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    try:
        done = subprocess.run(  # noqa: S603  ourselves
            ["/bin/sh", "-c", 'set -a; . "$0"; set +a; exec "$@"', str(variables), *program, *words],
            capture_output=True, text=True, check=False, timeout=MOST_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Refused(f"`{' '.join(words)}` took longer than {MOST_S // 3_600} h, and was ended") from None
    said = [line for line in (done.stdout if done.returncode == 0 else done.stderr).splitlines() if line.strip()]
    last = said[-1].removeprefix("CommandError: ") if said else ""
    if done.returncode:
        raise Refused(f"`{' '.join(words)}` fails on it: {last[:300]}")
    return last
