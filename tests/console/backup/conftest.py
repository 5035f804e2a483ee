"""A home, and a backup of it, for all tests: each takes seconds to make."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from console.backup.creating import create
from console.backup.sealing import Seal
from tests.console.backup.homes import IDENTITY, RECIPIENT, make_home, within


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with something of everything."""
    home = tmp_path_factory.mktemp("home") / "loft"
    make_home(home)
    return home


@pytest.fixture(scope="session")
def backup(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it, for `IDENTITY`."""
    path = tmp_path_factory.mktemp("backups") / "it.loft-backup"
    with pytest.MonkeyPatch.context() as patch:
        within(home, Patched(patch), patch)
        create(path, Seal(recipients=[RECIPIENT]), timezone.now())
    return path


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with its identity."""
    file = tmp_path_factory.mktemp("key") / "identity"
    file.write_text(f"# a comment\n{IDENTITY}\n")
    return file


class Patched:
    """Settings for as long as a patch holds."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        object.__setattr__(self, "_patch", patch)

    def __setattr__(self, name: str, value: object) -> None:
        self._patch.setattr(settings, name, value)


@pytest.fixture
def new(tmp_path, settings, monkeypatch) -> Path:
    """An empty home, with the secrets that any command makes in it."""
    home = tmp_path / "new"
    (home / "secrets").mkdir(parents=True)
    for name in ("django", "redis"):
        (home / "secrets" / name).write_text("of no use yet")
    within(home, settings, monkeypatch)
    return home


@pytest.fixture
def old(home, settings, monkeypatch) -> Path:
    """The home that has something of everything, as the one in use."""
    within(home, settings, monkeypatch)
    return home
