"""A start on a damaged file, or on a newer program's schema, is refused in one sentence that says what to do."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext

from console.actions.audit.audit_chain import heads_file
from console.backup import advice
from console.run import fitness
from console.run.fitness import Unfit, require_whole, unknown_migrations
from tests.console.database.web import Web

NEWER = "9999_from_the_future"
ADD_NEWER = "INSERT INTO django_migrations (app, name, applied) VALUES ('network', ?, '2030-01-01')"
WORKERS = (
    ["manage.py", "up"],
    ["manage.py", "migrate"],
    ["manage.py", "track"],
    ["-m", "console.run.web"],
    ["-m", "celery", "-A", "console", "worker", "-Q", "default", "--pool=solo"],
)


def migrate_beyond_us(web: Web) -> None:
    with closing(sqlite3.connect(web.home / "loft.sqlite3")) as line, line:
        line.execute(ADD_NEWER, [NEWER])


def large(path: Path, rows: int = 2_000) -> Path:
    """Make a database of some hundred pages."""
    with closing(sqlite3.connect(path)) as line, line:
        line.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
        line.execute("CREATE INDEX texts ON rows (text)")
        line.executemany("INSERT INTO rows (text) VALUES (?)", ((f"{number:0200}",) for number in range(rows)))
    return path


def overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


@pytest.mark.slow
@pytest.mark.once
def test_a_newer_programs_schema_is_refused_by_whatever_works_on_it(home):
    migrate_beyond_us(home)
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda words: home.run(*words), WORKERS))
    for words, done in zip(WORKERS, ended, strict=True):
        assert done.returncode not in (0, None), words
        told = [line for line in done.stderr.splitlines() if f"network.{NEWER}" in line]
        assert len(told) == 1, (words, done.stderr)
        assert "Traceback" not in done.stderr, words


@pytest.mark.django_db
def test_a_database_of_ours_holds_nothing_unknown_and_is_not_asked_over_the_connection_of_the_pool():
    """A worker forks afterwards, and Celery closes what is open in one that does not by the descriptor's number."""
    with CaptureQueriesContext(connection) as asked:
        assert unknown_migrations() == []
    assert not [query for query in asked.captured_queries if "django_migrations" in query["sql"]]


@pytest.mark.django_db(transaction=True)
def test_a_migration_of_a_newer_program_is_found_on_this_database():
    recorder = MigrationRecorder(connection)
    recorder.record_applied("network", NEWER)
    recorder.record_applied("an_app_that_is_not_installed", "0001_initial")  # which disturbs nobody
    try:
        assert unknown_migrations() == [("network", NEWER)]
        with pytest.raises(Unfit, match=f"newer Loft: this one does not know network.{NEWER}"):
            fitness.require_fit()
    finally:
        recorder.record_unapplied("network", NEWER)
        recorder.record_unapplied("an_app_that_is_not_installed", "0001_initial")


def test_at_most_five_are_named():
    sentence = fitness.newer([("network", f"{number:04}") for number in range(7)])
    assert "network.0004 and 2 more" in sentence


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("words", [["up"], ["apikey", "list"]], ids=" ".join)
def test_a_damaged_file_is_told_with_the_newest_backup_and_how_to_restore_it(home, words):
    backups = home.home / "backups"
    backups.mkdir()
    older, newest = (backups / f"loft-2026060{day}T120000Z.loft-backup" for day in (1, 2))
    for path in (newest, older):  # copied back later, it is no newer
        path.write_text("a backup")
    (backups / "before-the-move.loft-backup").touch()
    overwrite(home.home / "loft.sqlite3", 0, b"this is no database" * 300)
    done = home.run("manage.py", *words)
    assert done.returncode not in (0, None)
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert f"{home.home / 'loft.sqlite3'} is damaged (file is not a database)" in done.stderr
    assert f"the newest backup is {newest}: " in done.stderr
    aside = home.home.with_name(f"{home.home.name}.damaged")
    words = f"{aside / 'backups' / newest.name} --passphrase-file {aside / 'secrets' / 'backup-passphrase'}`"
    assert f"`mv -T {home.home} {aside}`, then `python manage.py backup restore {words}" in done.stderr


def test_a_whole_file_passes(tmp_path):
    require_whole(large(tmp_path / "whole.sqlite3"))
    require_whole(tmp_path / "not-there-yet.sqlite3")


@pytest.mark.parametrize(
    ("harm", "detail"),
    [
        (lambda path: overwrite(path, 0, b"\0" * 100), "file is not a database"),
        (lambda path: overwrite(path, 16, b"\xff\xff"), "not a database"),
        (lambda path: path.write_bytes(path.read_bytes()[:50_000]), "malformed|Page"),
        (lambda path: overwrite(path, 40_960, b"\xa5" * 4_096 * 30), "malformed|Page"),
        (lambda path: path.write_text("a letter"), "not a database"),
    ],
    ids=["header", "page size", "cut short", "thirty pages", "another file"],
)
def test_a_file_that_is_none_or_not_whole_is_found(tmp_path, harm, detail):
    path = large(tmp_path / "harmed.sqlite3")
    harm(path)
    with pytest.raises(Unfit, match=detail):
        require_whole(path)


def test_an_empty_file_is_a_beginning_unless_this_home_has_worked_before(tmp_path, settings):
    settings.LOFT_HOME = tmp_path
    empty = tmp_path / "empty.sqlite3"
    empty.touch()
    require_whole(empty)
    settings.LOFT_BACKUP_DIR = tmp_path / "backups"
    heads_file().write_text("1 2026-06-01T12:00:00+00:00 head\n")
    with pytest.raises(Unfit, match="it is empty"):
        require_whole(empty)


def test_the_check_ends_when_its_time_is_over(tmp_path):
    path = large(tmp_path / "large.sqlite3", 20_000)
    overwrite(path, path.stat().st_size - 8_192, b"\xa5" * 8_192)
    with pytest.raises(Unfit):
        require_whole(path)
    looks: list[int] = []

    def clock() -> float:
        looks.append(1)
        return float(len(looks))

    require_whole(path, within_s=1.0, clock=clock)  # its time is over at the second look
    assert len(looks) >= 2


def test_a_file_that_another_holds_is_not_taken_for_damaged(tmp_path):
    path = large(tmp_path / "held.sqlite3")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        require_whole(path, within_s=0.1)


def test_without_a_backup_that_is_said(tmp_path, settings):
    settings.LOFT_BACKUP_DIR = tmp_path / "backups"
    assert f"there is no backup in {tmp_path / 'backups'}" in fitness.damage("malformed")


@pytest.mark.parametrize(("url", "words"), [
    (None, "stop Loft, `mv -T /srv/loft /srv/loft.damaged`, name an empty database in DATABASE_URL, then `"),
    (Path("/data/db.sqlite3"), "loft.damaged`, move /data/db.sqlite3 and what has its name with -wal or -shm away, then"),
    (Path("/srv/loft/loft.sqlite3"), "`mv -T /srv/loft /srv/loft.damaged`, then `"),
])  # fmt: skip
def test_the_sentence_says_what_else_is_in_the_way_of_a_restore(tmp_path, settings, url, words):
    settings.LOFT_HOME, settings.LOFT_BACKUP_DIR = Path("/srv/loft"), tmp_path
    settings.LOFT_BACKUP_PASSPHRASE_FILE = "/root/passphrase of backups"
    (tmp_path / "loft-20260601T120000Z.loft-backup").touch()
    told = advice.after_damage(url)
    assert words in told
    assert told.endswith(
        f"restore {tmp_path}/loft-20260601T120000Z.loft-backup --passphrase-file '/root/passphrase of backups'`"
    )
