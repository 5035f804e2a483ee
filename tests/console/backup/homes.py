"""Homes for tests of backups, and what is in them."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyrage
import pytest

from console.backup import creating, restoring, verifying
from console.backup.databases import Sqlite
from console.backup.sealing import Seal, Secret
from console.errors import Refused
from tests import migrated
from tests.stack import ROOT, environment_without_loft

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
KEY = Secret(identities=(str(IDENTITY),))
FOR_US = Seal(recipients=[RECIPIENT])
_BEGIN = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.utils import timezone
from console.actions.audit.audit import SYSTEM, record
from console.actions.audit.audit_chain import note_head
for word in ("first", "second"):
    record(SYSTEM, word, "a row", timezone.now())
note_head(timezone.now())
"""


def make_home(home: Path) -> None:
    """Make one with something of everything: database, secrets, a document, heads of the audit, and a log."""
    migrated.copy_into(home)
    words = [sys.executable, str(ROOT / "manage.py"), "shell", "-v", "0", "-c", _BEGIN]
    environment = {**environment_without_loft(), "LOFT_HOME": str(home)}
    subprocess.run(words, env=environment, check=True, capture_output=True)
    for name, text in {"media/evidence/map.html": "a map", "logs/web.log": "no part of it"}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)


def within(home: Path, settings: Any, monkeypatch: Any) -> None:
    """Let what runs in this process be about a home."""
    settings.LOFT_HOME, settings.SECRETS_DIR = home, home / "secrets"
    settings.MEDIA_ROOT, settings.LOFT_RUN_DIR = home / "media", home / "run"
    for module in (creating, restoring, verifying):
        monkeypatch.setattr(module, "database", lambda: Sqlite(home / "loft.sqlite3"))


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(home: Path) -> list[str]:
    """Return everything that a home's database holds, as SQL."""
    with closing(sqlite3.connect(home / "loft.sqlite3")) as line:
        return list(line.iterdump())


def copy_home(home: Path, to: Path) -> Path:
    """Copy a home."""
    return Path(shutil.copytree(home, to))


def refusal(do: Callable[..., object], *given: object) -> str:
    """Return the sentence in which what is done is refused."""
    with pytest.raises(Refused) as caught:
        do(*given)
    assert "\n" not in str(caught.value)
    return str(caught.value)
