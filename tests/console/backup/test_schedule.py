"""Backups by themselves: made when due, for whom the settings say, and kept by the rule."""

import logging
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from django.db import connection

from console import tasks
from console.access.secret import kept
from console.backup import archive, creating, keep, place, schedule
from console.backup.databases import Sqlite
from console.backup.sealing import Secret
from console.door.intake import Intake, Level, Reason
from console.errors import Refused
from console.run.disk import Marks, Stage
from tests.conftest import NOON

HOUR = timedelta(hours=1)
IDENTITY = pyrage.x25519.Identity.generate()


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.LOFT_BACKUP_DIR = tmp_path / "backups"
    settings.LOFT_BACKUP_EVERY_H = 1.0
    settings.LOFT_BACKUP_RECIPIENTS = [str(IDENTITY.to_public())]
    settings.LOFT_BACKUP_PASSPHRASE_FILE = ""
    settings.SECRETS_DIR = tmp_path / "secrets"
    return settings.LOFT_BACKUP_DIR


def made_at(folder: Path, *times) -> None:
    folder.mkdir(exist_ok=True)
    for at in times:
        (folder / keep.name_of(at)).touch()


@pytest.mark.parametrize(("age", "due"), [
    (HOUR - timedelta(seconds=1), False), (HOUR, True), (timedelta(), False), (30 * HOUR, True),
])  # fmt: skip
def test_one_is_due_when_the_newest_is_as_old_as_the_period(folder, age, due):
    made_at(folder, NOON - age, NOON - 90 * HOUR)
    assert schedule.is_due(NOON) is due


def test_after_a_clock_was_set_back_one_is_due_at_once_and_then_once_a_period(folder):
    made_at(folder, NOON + 9 * HOUR)
    assert schedule.is_due(NOON)
    made_at(folder, NOON)
    assert not schedule.is_due(NOON + timedelta(minutes=5)), "the turns until that future do not make one each"
    assert schedule.is_due(NOON + HOUR)


def test_the_first_is_due_at_once_and_without_a_period_none_is(settings):
    assert schedule.is_due(NOON)
    settings.LOFT_BACKUP_EVERY_H = 0.0
    assert schedule.period() is None
    assert not schedule.is_due(NOON)


@pytest.mark.django_db
def test_one_that_is_due_is_made_and_older_ones_go_by_the_rule(folder, settings, a_database):
    settings.LOFT_BACKUP_HOURS, settings.LOFT_BACKUP_DAYS, settings.LOFT_BACKUP_MONTHS = 2, 1, 1
    made_at(folder, *(NOON - HOUR * number for number in range(1, 6)))
    created = schedule.make_due(NOON)
    assert created.path == folder / "loft-20260601T120000Z.loft-backup"
    assert [kept.created_at for kept in keep.backups(folder)] == [NOON, NOON - HOUR]
    assert archive.open_outside(created.path).about.created_at == NOON
    assert schedule.make_due(NOON + timedelta(minutes=59)) is None


@pytest.fixture
def a_database(monkeypatch, tmp_path) -> None:
    """The test database of SQLite is in memory: a file stands for it. On PostgreSQL it is the one of the tests."""
    if connection.vendor == "sqlite":
        path = tmp_path / "database.sqlite3"
        with closing(sqlite3.connect(path)) as line:
            line.execute("CREATE TABLE django_migrations (app, name)")
        monkeypatch.setattr(creating, "database", lambda: Sqlite(path))


def test_one_that_cannot_be_made_deletes_nothing_and_is_told_in_a_line(folder, monkeypatch, caplog):
    made_at(folder, *(NOON - HOUR * number for number in range(1, 60)))

    def full(*_):
        raise Refused("the disk of /x has 1 MB free and 2 MB are needed")

    monkeypatch.setattr(schedule, "create", full)
    before = keep.backups(folder)
    with caplog.at_level(logging.ERROR):
        tasks.make_due_backup()
    assert keep.backups(folder) == before
    assert [record.getMessage() for record in caplog.records] == [
        "no backup was made: the disk of /x has 1 MB free and 2 MB are needed"
    ]


@pytest.mark.parametrize("level", [Level.NO_BULK, Level.CLOSED])
def test_while_no_bulk_work_is_taken_none_is_made_and_that_is_told_in_a_line(folder, monkeypatch, caplog, level):
    gate = Intake()
    gate.register("disk", lambda: Reason(level, "the disk of this installation is nearly full"))
    monkeypatch.setattr(schedule.intake, "admit", gate.admit)
    with caplog.at_level(logging.ERROR):
        tasks.make_due_backup()
    assert keep.backups(folder) == []
    assert [record.getMessage() for record in caplog.records] == [
        "no backup was made: the disk of this installation is nearly full"
    ]


@pytest.mark.parametrize("warn_mb", [100, 1_000, 50_000])
def test_what_is_made_by_itself_never_fills_the_disk_up_to_its_alarm_nor_keeps_the_alarm_up(settings, warn_mb):
    settings.LOFT_DISK_WARN_MB, settings.LOFT_DISK_BALLAST_MB = warn_mb, 300
    marks = Marks(warn_mb * 1_000_000, 0, 0, 300_000_000)
    room_bytes = schedule.left_bytes() - marks.ballast_bytes  # the ballast may not be held yet
    assert marks.stage(room_bytes, before=Stage.WARN) == Stage.WELL


def test_what_runs_it_waits_behind_nothing_that_is_judged_by_the_second(settings):
    assert settings.CELERY_TASK_ROUTES["console.tasks.make_due_backup"] == {"queue": "heavy"}
    assert tasks.make_due_backup.time_limit > tasks.make_due_backup.soft_time_limit >= 3_600


def test_a_passphrase_is_made_once_where_the_settings_name_nobody(settings):
    settings.LOFT_BACKUP_RECIPIENTS = []
    with pytest.raises(Refused, match="no secret given"):
        schedule.secret_of_settings()
    assert schedule.seal().sealed_identity
    made = kept(settings.SECRETS_DIR, schedule.PASSPHRASE)
    assert len(made) == 64
    assert schedule.secret_of_settings() == Secret(made)
    assert (settings.SECRETS_DIR / schedule.PASSPHRASE).stat().st_mode & 0o777 == 0o600


def test_recipients_need_no_passphrase_and_none_is_made(settings):
    assert schedule.seal().sealed_identity == b""
    assert not (settings.SECRETS_DIR / schedule.PASSPHRASE).exists()


def test_a_passphrase_file_that_is_missing_is_told_and_nothing_else_stands_in_for_it(settings, tmp_path):
    settings.LOFT_BACKUP_PASSPHRASE_FILE = str(tmp_path / "none")
    for asked in (schedule.seal, schedule.secret_of_settings):
        with pytest.raises(Refused, match="cannot be read: No such file"):
            asked()


def test_a_folder_that_cannot_be_made_is_told(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.LOFT_BACKUP_DIR = tmp_path / "file" / "backups"
    with pytest.raises(Refused, match=r"LOFT_BACKUP_DIR, .* cannot be made: Not a directory"):
        schedule.folder()


def test_room_is_asked_for_beforehand_and_some_is_left(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    place.refuse_without_room(tmp_path, free // 2)
    with pytest.raises(Refused, match=r"MB free and .* MB are needed"):
        place.refuse_without_room(tmp_path, free - place.ROOM_LEFT_BYTES // 2)
