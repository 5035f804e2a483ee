"""Databases of one's own: a SQLite file that migrations made, and a PostgreSQL that may be stopped."""

import shutil
from collections.abc import Iterator

import pytest

from tests import migrated
from tests.console.database.web import Web
from tests.postgres import Server, running


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def home(tmp_path) -> Web:
    """An installation that has run once, with a migrated SQLite database."""
    web = Web(tmp_path / "home")
    web.home.mkdir()
    if not migrated.kept_file().exists():
        web.manage("migrate")
    else:
        shutil.copy(migrated.kept_file(), web.home / "loft.sqlite3")
    return web
