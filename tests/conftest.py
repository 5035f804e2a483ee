"""Fixtures that every test may ask for. Redis, PostgreSQL, workers and browsers are the real ones."""

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone, translation
from rest_framework.test import APIClient
from xdist.scheduler import LoadScopeScheduling

from console.access.actor import HOME_PK
from console.access.keys import ring
from console.actions.access import security
from console.actions.access.apikey import create_key
from console.actions.audit.audit import Actor
from console.health import redis_answers
from console.models import Membership, Person
from console.redis_clients import client
from console.run import process_states, serve_redis
from console.run.clock import MACHINE
from console.run.preparation import compile_messages
from console.run.process_states import ProcessState
from network.actions.sla import sla_window
from network.actions.snapshot import Snapshots
from tests import migrated
from tests.audit_guard import let_tests_flush
from tests.clocks import Hands
from tests.waiting import wait_until

# a busy machine draws examples slowly, which says nothing of the code
hypothesis.settings.register_profile("loft", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("loft")
let_tests_flush()
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
INSTALLATIONS = {"stack", "own_stack", "browser"}
NEEDS_A_DATABASE = {"db", "transactional_db", "stack", "own_stack"}


LONGEST_FIRST = ("tests/browser", "tests/flows")
THEIR_OWN = ("backup", "chaos", "faults", "full_disk", "web_processes")
START_THEIR_OWN = {f"tests/flows/test_{name}.py" for name in THEIR_OWN} | {
    f"tests/browser/test_{name}.py" for name in ("database_away", "live_twin")
}
"""Files that share no installation with the others of their folder, so that another process may run them meanwhile."""


class Pieces(LoadScopeScheduling):
    """Hands out browser tests as one piece, flows as another, and every other file by itself."""

    def _split_scope(self, nodeid: str) -> str:
        return piece_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Take our pieces when tests run on several cores; a second try runs on one, without the plugin."""
    return Pieces(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest; on PostgreSQL run what touches the database only: the rest has run on SQLite.

    What wants a whole installation or a browser is marked, so that a quick run leaves it out.
    """
    for item in items:
        if item.nodeid.startswith(LONGEST_FIRST) or INSTALLATIONS & set(item.fixturenames):  # type: ignore[attr-defined]
            item.add_marker("stack")
    items.sort(key=lambda item: (piece_of(item.nodeid) not in LONGEST_FIRST, piece_of(item.nodeid) == "tests/flows"))
    if not os.environ.get("TEST_DATABASE_URL"):
        return
    by_need: dict[bool, list[pytest.Item]] = {True: [], False: []}
    for item in items:
        by_need[_needs_postgresql(item)].append(item)
    config.hook.pytest_deselected(items=by_need[False])
    items[:] = by_need[True]


def _needs_postgresql(item: pytest.Item) -> bool:
    """Whether a test touches a database and says of itself nothing else."""
    touches = item.get_closest_marker("django_db") or NEEDS_A_DATABASE & set(item.fixturenames)  # type: ignore[attr-defined]
    return bool(touches) and not item.get_closest_marker("once")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave no template of the run's test databases behind."""
    if not hasattr(session.config, "workerinput"):
        migrated.drop_template()


def piece_of(nodeid: str) -> str:
    """Return what a test is run together with: its folder where an installation is shared, else its file."""
    file = nodeid.split("::", maxsplit=1)[0]
    shares = file.startswith(LONGEST_FIRST) and file not in START_THEIR_OWN
    return next((folder for folder in LONGEST_FIRST if shares and file.startswith(folder)), file)


@pytest.fixture(scope="session", autouse=True)
def redis_server() -> Iterator[None]:
    """A real Redis on a Unix socket in the test home."""
    home = Path(settings.LOFT_HOME)
    words = serve_redis.command(settings.REDIS_SOCKET, home / "redis", settings.SECRETS_DIR / "redis")
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as server:
        wait_until(lambda: redis_answers() is None, "Redis answers")
        yield
        server.terminate()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> migrated.Copied:
    """The test database begins with a copy of what migrations made before."""
    return migrated.begin(connection)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_modify_db_settings: migrated.Copied, django_db_setup: None, django_db_blocker: Any
) -> Iterator[None]:
    """The test database, left by everyone before it is dropped: a pool may still lend a line to an ended thread."""
    with django_db_blocker.unblock():
        django_db_modify_db_settings.keep()
    yield
    if url := os.environ.get("TEST_DATABASE_URL"):
        with psycopg.connect(url, autocommit=True) as line:
            left = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            line.execute(left, [connection.settings_dict["NAME"]])


@pytest.fixture(scope="session", autouse=True)
def messages() -> None:
    """Compiled message catalogues, as an installation has them."""
    compile_messages()


@pytest.fixture(autouse=True)
def quick_settings(settings: Any) -> None:
    """Pages rendered in a test need no gathered static files, and its passwords no slow hash."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def nothing_held() -> None:
    """Let go of what an earlier test measured or laid out, for keys of a rolled back database come again."""
    translation.deactivate()  # a request in another language leaves it to the thread
    sla_window.forget()
    security.forget()
    Snapshots.forget()


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The clocks of this machine, at noon and moved by the test alone."""
    hands = Hands(NOON)
    for name in ("now", "elapsed_s", "machine"):
        monkeypatch.setattr(MACHINE, name, getattr(hands.clock, name))
    return hands


@pytest.fixture
def empty_redis() -> Iterator[None]:
    """Redis without a key, before and after."""
    client().flushall()
    yield
    client().flushall()


@pytest.fixture
def runs(settings: Any, tmp_path: Path) -> Callable[[str, str], None]:
    """Let a process of Loft run, or not, as a supervisor writes it down: `runs("engine", UP)`."""
    settings.LOFT_RUN_DIR = tmp_path
    return lambda name, state: process_states.write(tmp_path, [ProcessState(name, state, 2, 0, is_needed=True)])


@pytest.fixture
def roles(db: None) -> None:
    """A database with roles, and no key believed from an earlier test."""
    ring.distrust()


@pytest.fixture
def heard_keys(roles: None) -> Iterator[None]:
    """Keys believed for as long as where revocations are heard: a slow test asks the database no more often."""
    ring.trust()
    yield
    ring.distrust()


@pytest.fixture
def person(roles: None) -> Callable[..., Person]:
    """Make a person with a role, in the organisation that runs the network or another: `person("operator")`."""

    def make(role: str, organisation: int | None = None) -> Person:
        made = Person.objects.create_user(f"{role}-{Person.objects.count()}", password="a long test password")
        Membership.objects.create(person=made, organisation_id=organisation or HOME_PK, role=role)
        return made

    return make


@pytest.fixture
def signed_in(person: Callable[..., Person]) -> Callable[..., APIClient]:
    """Make a client signed in with a role; it fetches pages as well as REST: `signed_in("viewer").get("/map")`."""

    def make(role: str, organisation: int | None = None) -> APIClient:
        browser = APIClient()
        browser.force_login(person(role, organisation))
        return browser

    return make


@pytest.fixture
def with_key(roles: None) -> Callable[..., APIClient]:
    """Make a client that calls with an API key: `with_key("reports:write")`."""

    def make(*scopes: str, organisation: int = HOME_PK) -> APIClient:
        owner = Actor("system", organisation=organisation)
        _, token = create_key(owner, f"test {'+'.join(scopes)}"[:80], scopes, timezone.now())
        caller = APIClient()
        caller.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return caller

    return make
