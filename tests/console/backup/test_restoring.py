"""A backup is put back as it was, or refused in a sentence with nothing touched."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis
from django.utils import timezone

from airspace import feeds
from console.backup import carried, creating, keep, restoring
from console.backup.copies import Copied
from console.backup.creating import create
from console.backup.databases import Sqlite
from console.backup.place import SCRATCH
from console.backup.restoring import restore
from console.backup.sealing import Secret
from console.backup.verifying import verify
from console.errors import Refused
from console.redis_clients import client
from console.run import fitness
from tests.console.backup.homes import FOR_US, KEY, RECIPIENT, contents, copy_home, refusal, rows, within
from tests.stack import ROOT, environment_without_loft

pytestmark = [pytest.mark.slow, pytest.mark.once]


def test_a_backup_is_its_owners_only_and_leaves_nothing_beside_it(home, backup):
    assert backup.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]
    assert not (home / SCRATCH).exists()


def test_a_lost_home_is_put_back_as_it_was(home, backup, new):
    before = contents(home)
    manifest = restore(backup, KEY)
    after = contents(new)
    kept = {name for name in before if name.startswith(("secrets/", "media/")) or name == "audit-heads"}
    assert {"secrets/django", "media/evidence/map.html", "audit-heads"} <= kept
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    made = {name for name in after if name.startswith("redis/")}
    assert set(after) - made == kept | {"loft.sqlite3", "settings-of-backup.env"}
    assert {path.stat().st_mode & 0o077 for path in new.rglob("*") if path.is_file() and "redis" not in path.parts} == {
        0
    }
    assert rows(new) == rows(home)
    assert manifest.tables["console_auditentry"] == 2


def cut(text: bytes) -> bytes:
    return text[:-20_000]


def flipped(text: bytes) -> bytes:
    return text[: len(text) // 2] + bytes([text[len(text) // 2] ^ 16]) + text[len(text) // 2 + 1 :]


def of_a_later_format(text: bytes) -> bytes:
    return text.replace(b'"format":1', b'"format":9', 1)


def something_else(text: bytes) -> bytes:
    return b"something else\n" * 10_000


def empty(text: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("do", [verify, restore])
@pytest.mark.parametrize(("spoil", "words"), [
    (cut, "it is no backup of Loft, or is damaged or was cut short"),
    (flipped, "it is damaged or was cut short"),
    (of_a_later_format, "it has the format 9, and this Loft reads formats up to 1: use a newer Loft"),
    (something_else, "it is no backup of Loft, or is damaged or was cut short"),
    (empty, "it is no backup of Loft, or is damaged or was cut short"),
    (None, "there is no such file"),
])  # fmt: skip
def test_a_bad_backup_is_refused_and_nothing_is_touched(backup, new, tmp_path, do, spoil, words):
    bad, before = tmp_path / "bad.loft-backup", contents(new)
    if spoil:
        bad.write_bytes(spoil(backup.read_bytes()))
    assert refusal(do, bad, KEY) == words
    assert contents(new) == before


@pytest.mark.parametrize("do", [verify, restore])
@pytest.mark.parametrize(("secret", "words"), [
    (Secret("no passphrase was given to it"), "it was made for recipients: name their identity"),
    (Secret(identities=("AGE-SECRET-KEY-1",)), "the identity is none of age (AGE-SECRET-KEY-1...)"),
])  # fmt: skip
def test_a_wrong_secret_is_refused_and_the_home_stays_fit_for_the_right_one(backup, new, do, secret, words):
    assert refusal(do, backup, secret) == words
    restore(backup, KEY)


def test_one_of_a_newer_program_is_refused_and_the_migration_named(home, new, tmp_path, monkeypatch, settings):
    later, path = copy_home(home, tmp_path / "later"), tmp_path / "it.loft-backup"
    change(later, "INSERT INTO django_migrations (app, name, applied) VALUES ('console', '9999_later', '2030-01-01')")
    within(later, settings, monkeypatch)
    create(path, FOR_US, timezone.now())
    within(new, settings, monkeypatch)
    words = "it was made by Loft 1.0.0 with the migration console.9999_later, newer than this Loft 1.0.0: use that one"
    assert refusal(restore, path, KEY) == refusal(verify, path, KEY) == words
    assert not (new / "loft.sqlite3").exists()


def test_one_of_an_older_program_is_put_back_and_verified_by_migrating_it(home, new, tmp_path, monkeypatch, settings):
    """Its database lacks the newest migration of the console, which is one that a migration makes up for."""
    older, path = copy_home(home, tmp_path / "older"), tmp_path / "it.loft-backup"
    change(older, "DELETE FROM django_migrations WHERE app = 'sessions'", "DROP TABLE django_session")
    within(older, settings, monkeypatch)
    create(path, FOR_US, timezone.now())
    within(new, settings, monkeypatch)
    assert "rows hold" in verify(path, KEY).audit
    assert "django_session" not in restore(path, KEY).tables


def test_a_home_that_is_not_empty_is_refused(old, backup):
    before = contents(old)
    words = f"{old} is not empty, it holds audit-heads, loft.sqlite3, logs, media: restore into an empty home"
    assert refusal(restore, backup, KEY) == words
    assert contents(old) == before


def test_a_home_in_use_is_refused_with_the_process_that_uses_it(backup, new):
    (new / "run").mkdir()
    (new / "run" / "web.pid").write_text(f"{os.getpid()}\n")
    assert refusal(restore, backup, KEY) == f"{new} is in use: web runs as process {os.getpid()}; stop Loft first"


def test_a_backup_that_lies_in_the_home_itself_does_not_fill_it(backup, new):
    (new / "backups").mkdir()
    shutil.copy(backup, new / "backups" / "it.loft-backup")
    restore(new / "backups" / "it.loft-backup", KEY)
    assert (new / "loft.sqlite3").exists()
    assert (new / "backups" / "it.loft-backup").exists()


@pytest.mark.parametrize("name", ["media", "redis"])
def test_a_backup_that_lies_where_it_would_be_replaced_is_refused_and_stays(backup, new, name):
    (new / name).mkdir()
    shutil.copy(backup, new / name / "it.loft-backup")
    (new / name / "of somebody").touch()
    before = contents(new)
    assert refusal(restore, new / name / "it.loft-backup", KEY).startswith(f"{new} is not empty, it holds {name}")
    assert contents(new) == before


@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_a_log_that_another_database_left_is_not_played_into_the_restored_one(backup, new, tmp_path, monkeypatch, end):
    """The database may be outside of the home, where it does not count as what the home holds."""
    elsewhere = Sqlite(tmp_path / "elsewhere.sqlite3")
    left = tmp_path / f"elsewhere.sqlite3{end}"
    left.write_bytes(b"of another")
    monkeypatch.setattr(restoring, "database", lambda: elsewhere)
    assert refusal(restore, backup, KEY) == f"there is a database already: {left}"
    assert left.read_bytes() == b"of another"


def test_a_database_that_is_made_in_the_home_meanwhile_is_not_replaced(backup, new, monkeypatch):
    """Somebody starts Loft while the backup is unpacked."""
    move = restoring._move

    def meanwhile(*given):
        (new / "loft.sqlite3").write_bytes(b"of somebody")
        move(*given)

    monkeypatch.setattr(restoring, "_move", meanwhile)
    assert refusal(restore, backup, KEY) == f"there is a database already: {new / 'loft.sqlite3'}"
    assert (new / "loft.sqlite3").read_bytes() == b"of somebody"


def test_what_the_sentence_of_a_damaged_database_says_can_be_typed(home, backup, key, tmp_path, settings):
    """The backups are in the home, as they are by default, and move with it."""
    bad = copy_home(home, tmp_path / "a home")
    (bad / "backups").mkdir()
    name = keep.name_of(timezone.now())
    shutil.copy(backup, bad / "backups" / name)
    settings.LOFT_HOME, settings.LOFT_BACKUP_DIR, settings.SECRETS_DIR = bad, bad / "backups", bad / "secrets"
    settings.LOFT_BACKUP_RECIPIENTS = [RECIPIENT]
    told = fitness.damage("malformed", bad / "loft.sqlite3")
    assert f"the newest backup is {bad / 'backups' / name}: " in told
    move, put_back = re.findall("`([^`]+)`", told)
    words = put_back.replace("python manage.py", f"{sys.executable} {ROOT / 'manage.py'}").replace("FILE", str(key))
    environment = {**environment_without_loft(), "LOFT_HOME": str(bad), "LOFT_BACKUP_RECIPIENTS": RECIPIENT}
    subprocess.run(["sh", "-ec", f"{move}; {words}"], env=environment, check=True, capture_output=True)
    assert rows(bad) == rows(home)


def test_one_of_another_kind_of_database_is_refused(backup, new, monkeypatch):
    class Other(Sqlite):
        engine = "postgresql"

    monkeypatch.setattr(restoring, "database", lambda: Other(new / "loft.sqlite3"))
    words = "it holds a database of sqlite, and the settings name one of postgresql (DATABASE_URL)"
    assert refusal(restore, backup, KEY) == words


def test_a_damaged_database_is_no_backup_and_one_made_of_it_all_the_same_is_refused(
    old, new, tmp_path, monkeypatch, settings
):
    """As by a bad disk: the digests are right, and SQLite knows better."""
    bad, path = copy_home(old, tmp_path / "bad"), tmp_path / "it.loft-backup"
    with (bad / "loft.sqlite3").open("r+b") as file:
        for page in range(100, 130):
            file.seek(page * 4_096)
            file.write(b"\x13" * 64)
    within(bad, settings, monkeypatch)
    assert refusal(create, path, FOR_US, timezone.now()).startswith(
        ("the database is damaged", "the database cannot be copied")
    )
    assert not path.exists()

    class Unchecked(Sqlite):
        def copy(self, target):
            shutil.copy(self.path, target)
            return Copied({}, {})

    monkeypatch.setattr(creating, "database", lambda: Unchecked(bad / "loft.sqlite3"))
    create(path, FOR_US, timezone.now())
    within(new, settings, monkeypatch)
    before = contents(new)
    assert refusal(restore, path, KEY).startswith("its database is damaged: ")
    assert refusal(verify, path, KEY).startswith("its database is damaged: ")
    assert contents(new) == before


def test_rows_are_counted_against_the_manifest(old, tmp_path, monkeypatch):
    path = tmp_path / "it.loft-backup"

    class Miscounting(Sqlite):
        def copy(self, target):
            copied = super().copy(target)
            copied.tables["console_person"] += 1
            return copied

    monkeypatch.setattr(creating, "database", lambda: Miscounting(old / "loft.sqlite3"))
    create(path, FOR_US, timezone.now())
    assert refusal(verify, path, KEY) == "its table console_person has 0 rows, and should have 1"


def test_an_altered_audit_trail_is_found_by_verify(old, tmp_path, monkeypatch, settings):
    altered, path = copy_home(old, tmp_path / "altered"), tmp_path / "it.loft-backup"
    with closing(sqlite3.connect(altered / "loft.sqlite3")) as line:
        triggers = [name for (name,) in line.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    change(altered, *(f'DROP TRIGGER "{name}"' for name in triggers), "UPDATE console_auditentry SET verb = 'other'")
    within(altered, settings, monkeypatch)
    create(path, FOR_US, timezone.now())
    assert refusal(verify, path, KEY).startswith("`audit verify` fails on it: row 1 was altered")


def change(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / "loft.sqlite3")) as line:
        for statement in statements:
            line.execute(statement)
        line.commit()


@pytest.fixture
def with_reports(empty_redis, old, tmp_path, settings) -> Path:
    """A backup with two reports that waited; the Redis of the settings, which is the tests' own, is empty again."""
    for number in range(2):
        client().xadd(feeds.STREAM, {"body": f"report {number}"})
    create(tmp_path / "b", FOR_US, timezone.now())
    client().flushall()
    settings.REDIS_EMBEDDED = False
    return tmp_path / "b"


def test_what_waited_goes_into_the_redis_that_the_settings_name(with_reports, new, settings, monkeypatch):
    assert restore(with_reports, KEY).carried == 2
    assert [fields for _, fields in client().xrange(feeds.STREAM)] == [{b"body": b"report 0"}, {b"body": b"report 1"}]
    assert not (new / "redis").exists()


def test_a_redis_that_holds_reports_already_is_refused(with_reports, new):
    client().xadd(feeds.STREAM, {"body": "of another"})
    assert refusal(restore, with_reports, KEY) == "Redis is not empty: it holds loft.reports"
    assert client().xlen(feeds.STREAM) == 1


def test_when_redis_goes_away_as_well_the_reason_is_still_told(with_reports, new, monkeypatch, caplog):
    """What it may hold cannot be taken back: that is in the log, with the keys."""

    def failing(*_):
        monkeypatch.setattr(carried, "client", gone)
        raise OSError(28, "No space left on device")

    def gone():
        raise redis.ConnectionError("refused")

    monkeypatch.setattr(restoring, "_move", failing)
    assert refusal(restore, with_reports, KEY) == f"it could not be put into {new}: No space left on device"
    assert "Redis may hold what was to be restored, delete loft.reports " in caplog.text


def test_what_redis_took_before_its_answer_was_lost_is_taken_back(with_reports, new, monkeypatch):
    send = carried.send

    def lost(commands):
        send(commands)
        raise Refused("Redis does not take what waited to be stored: Timeout reading from socket")

    monkeypatch.setattr(carried, "send", lost)
    assert refusal(restore, with_reports, KEY).startswith("Redis does not take what waited")
    assert not client().exists(feeds.STREAM)


def test_when_the_last_step_fails_nothing_was_touched(with_reports, new, monkeypatch):
    class Elsewhere(Sqlite):
        """On another disk, which is full."""

        @contextmanager
        def placing(self, copy):
            raise OSError(28, "No space left on device")
            yield

    monkeypatch.setattr(restoring, "database", lambda: Elsewhere(new / "loft.sqlite3"))
    before = contents(new)
    assert refusal(restore, with_reports, KEY) == f"it could not be put into {new}: No space left on device"
    assert contents(new) == before
    assert not client().exists(feeds.STREAM)
