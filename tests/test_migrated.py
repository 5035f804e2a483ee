"""A test database begins with a copy of what migrations made before: the same as one made anew, and never an old one."""

import sqlite3
import threading
from contextlib import closing

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from console.access.actor import HOME_PK, SYSTEM
from console.actions.audit.audit import record
from console.audit.audit_guard import missing
from console.models import AuditEntry, Membership, Organisation, Person
from tests import migrated
from tests.audit_guard import empty, is_emptied, lower
from tests.conftest import NOON


def tree(folder):
    for name in (
        "network/migrations/0001_first.py",
        "network/models/site.py",
        "console/audit/audit_guard.py",
        "network/views/site.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x = 1\n")
    return folder


@pytest.mark.parametrize(
    ("name", "is_another"),
    [
        ("network/migrations/0001_first.py", True),
        ("network/migrations/0002_second.py", True),
        ("network/models/site.py", True),
        ("console/audit/audit_guard.py", True),
        ("network/views/site.py", False),
    ],
)
def test_another_database_is_made_when_what_makes_it_changed(tmp_path, name, is_another):
    before = migrated.kept_file(tree(tmp_path), tmp_path)
    (tmp_path / name).write_text("x = 2\n")
    assert (migrated.kept_file(tmp_path, tmp_path) != before) == is_another


class Fake:
    """A connection to a database in memory, as far as its copy is concerned."""

    vendor = "sqlite"

    def __init__(self, name: str) -> None:
        self.creation, self.name = self, f"file:{name}?mode=memory&cache=shared"
        self.connection = None

    def _create_test_db(self) -> str:
        return self.name

    def ensure_connection(self) -> None:
        self.connection = sqlite3.connect(self.name, uri=True)


def test_the_first_makes_it_and_the_next_begins_with_its_rows(tmp_path):
    kept = tmp_path / "some.sqlite3"
    (tmp_path / "older.sqlite3").touch()
    first, second = Fake("first"), Fake("second")
    copied = migrated.File(first, kept)
    waits = threading.Thread(target=lambda: migrated.File(Fake("third"), kept).keep())
    waits.start()
    first.creation._create_test_db()
    first.ensure_connection()
    first.connection.execute("CREATE TABLE made (at TEXT)")
    first.connection.commit()
    assert not kept.exists()
    assert waits.is_alive(), "two make it at once"
    line = first.connection
    first.ensure_connection = lambda: None
    copied.keep()
    waits.join(10)
    assert sorted(path.name for path in tmp_path.glob("*.sqlite3")) == ["some.sqlite3"]
    later = migrated.File(second, kept)
    with closing(sqlite3.connect(second.name, uri=True)) as own:
        second.creation._create_test_db()
        assert own.execute("SELECT name FROM sqlite_master").fetchall() == [("made",)]
    later.keep()
    line.close()


@pytest.mark.django_db
def test_this_very_database_has_every_migration_the_home_organisation_and_the_guard():
    wanted = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    assert wanted <= set(MigrationRecorder(connection).applied_migrations())
    assert Organisation.objects.count() == 1
    assert missing() == []


@pytest.mark.django_db(transaction=True)
def test_a_flush_leaves_what_migrations_leave_and_no_other_row():
    person = Person.objects.create_user("somebody", password="x")
    Membership.objects.create(person=person, organisation_id=Organisation.objects.get().pk, role="viewer")
    Organisation.objects.create(slug="o", name_en="O", name_zh="O", kinds=[], made_at=NOON)
    record(SYSTEM, "test.made", "something", NOON)
    call_command("flush", verbosity=0, interactive=False)
    assert list(Organisation.objects.values_list("pk", flat=True)) == [HOME_PK]
    assert not Person.objects.exists()
    assert not AuditEntry.objects.exists()
    assert missing() == []
    assert ContentType.objects.get_for_model(Person) in ContentType.objects.all()
    lower()  # who deletes an organisation has to look at the trail
    assert empty() == ['"console_organisation"']


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a database in memory is SQLite's")
@pytest.mark.django_db(transaction=True)
def test_a_flush_waits_for_a_thread_that_the_test_left_in_the_middle_of_reading():
    reads, may_end = threading.Event(), threading.Event()
    name = connection.settings_dict["NAME"]

    def read():
        with closing(sqlite3.connect(name, uri=True)) as line:
            rows = line.execute("SELECT * FROM sqlite_master")
            rows.fetchone()
            reads.set()
            may_end.wait(60)

    Person.objects.create_user("somebody", password="x")
    reader = threading.Thread(target=read)
    reader.start()
    assert reads.wait(60)
    assert not is_emptied()
    may_end.set()
    call_command("flush", verbosity=0, interactive=False)
    reader.join()
    assert not Person.objects.exists()
    assert missing() == []


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_what_an_earlier_release_had_is_made_once_and_copied_and_today_comes_back(monkeypatch):
    """Of the newest migration, which is quick to take back."""
    targets = [("console", "0009_quotas")]
    try:
        migrated.at(connection, targets)
        Organisation.objects.filter(pk=HOME_PK).update(name_en="changed by a test")
        monkeypatch.setattr(MigrationExecutor, "migrate", lambda *_: pytest.fail("it was made before"))
        old = migrated.at(connection, targets)
        assert old.get_model("console", "Organisation").objects.get(pk=HOME_PK).name_en != "changed by a test"
        applied = set(MigrationRecorder(connection).applied_migrations())
        assert ("console", "0009_quotas") in applied
        assert applied < set(MigrationLoader(connection).graph.nodes)
    finally:
        migrated.newest(connection)
    assert not MigrationExecutor(connection).migration_plan(MigrationLoader(connection).graph.leaf_nodes())
    assert missing() == []
