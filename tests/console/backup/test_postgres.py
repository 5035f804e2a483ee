"""On PostgreSQL: copied with its own programs in one snapshot, laid out beside, and put in place whole or not at all."""

import os
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from console.backup import postgres
from console.backup.databases import database
from console.backup.postgres import Postgres
from console.errors import Refused
from console.models import Organisation
from tests.postgres import programs

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not os.environ.get("TEST_DATABASE_URL"), reason="wants PostgreSQL"),
]


@pytest.fixture(autouse=True)
def of_the_server(monkeypatch) -> None:
    """The programs that came with the server that the tests have."""
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def copy(roles, tmp_path) -> Path:
    database().copy(tmp_path / "loft.pgdump")
    return tmp_path / "loft.pgdump"


def test_a_copy_is_of_one_moment_and_counts_what_it_holds(roles, tmp_path):
    source = database()
    assert isinstance(source, Postgres)
    copied = source.copy(tmp_path / "loft.pgdump")
    assert copied.tables["console_organisation"] == Organisation.objects.count()
    assert "0001_initial" in copied.migrations["console"]
    assert 0 < (tmp_path / "loft.pgdump").stat().st_size < source.size_bytes()


def test_it_is_laid_out_beside_the_one_in_use_and_leaves_nothing(copy, settings):
    source = database()
    settings.LOFT_GIVEN = {"DATABASE_URL": os.environ["TEST_DATABASE_URL"]}
    with source.laid_out(copy) as laid_out:
        name = laid_out.environment["DATABASE_URL"].rpartition("/")[2]
        assert name in databases()
        assert laid_out.tables == source.copy(copy.with_name("again")).tables
    assert name not in databases()


def test_what_a_killed_check_left_on_the_server_is_dropped_by_the_next_one(copy, settings):
    source = database()
    settings.LOFT_GIVEN = {"DATABASE_URL": os.environ["TEST_DATABASE_URL"]}
    before = databases()
    killed = source.laid_out(copy)
    killed.__enter__()  # and no more of it
    (left,) = databases() - before
    with psycopg.connect(f"{os.environ['TEST_DATABASE_URL'].rpartition('/')[0]}/{left}") as line:
        line.execute("CREATE TABLE left_by_it ()")
    with source.laid_out(copy) as laid_out:
        assert databases() - before == {left}
        assert "left_by_it" not in laid_out.tables
    assert databases() == before


def test_a_server_that_goes_away_in_the_middle_is_told_in_a_sentence(roles):
    def work(line: psycopg.Connection) -> None:
        with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [line.info.backend_pid])
        line.execute("SELECT 1")

    with pytest.raises(Refused, match="the database does not answer: ") as caught, database()._line() as line:
        work(line)
    assert "\n" not in str(caught.value)


def test_a_dump_that_takes_too_long_is_ended_and_told(monkeypatch, tmp_path, roles):
    slow = tmp_path / "bin" / "pg_dump"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'pg_dump (PostgreSQL) 99.0'\nexec sleep 60\n")
    slow.chmod(0o700)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(postgres, "MOST_S", 0.1)
    with pytest.raises(Refused, match="pg_dump took longer than "):
        database().copy(tmp_path / "it")


def test_a_damaged_copy_is_refused_and_leaves_nothing(copy):
    text = bytearray(copy.read_bytes())
    del text[len(text) // 2 :]
    copy.write_bytes(text)
    before = databases()
    with pytest.raises(Refused, match="pg_restore failed: "), database().laid_out(copy):
        pass
    assert databases() == before


def test_a_database_that_holds_tables_is_not_restored_into():
    with pytest.raises(Refused, match="is not empty: it has the table "):
        database().refuse_used()


def test_without_the_programs_it_says_which_to_install(copy, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match=r"pg_dump is not on PATH: install the client programs of PostgreSQL \d+"):
        database().copy(tmp_path / "again")


def test_programs_that_are_older_than_the_server_are_refused(monkeypatch, tmp_path):
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Refused, match=r"pg_dump is 9, older than the server, which is \d+: install pg_dump"):
        database().copy(tmp_path / "it")


def test_the_password_is_on_no_command_line(monkeypatch, tmp_path, roles):
    source = database()
    seen = tmp_path / "seen"
    spy = tmp_path / "bin" / "pg_dump"
    spy.parent.mkdir()
    spy.write_text(
        f'#!/bin/sh\necho "$*" >>"{seen}"; echo "pg_dump (PostgreSQL) 99.0"; cp "{tmp_path}/passwords" "{seen}.word"\n'
    )
    spy.chmod(0o700)
    monkeypatch.setenv("PATH", f"{spy.parent}{os.pathsep}{os.environ['PATH']}")
    source._words["password"] = r"s3c:re\t"
    source.copy(tmp_path / "it")
    assert "s3c" not in seen.read_text()
    assert "dbname=" in seen.read_text()
    assert Path(f"{seen}.word").read_text() == "*:*:*:*:s3c\\:re\\\\t\n"
    assert not (tmp_path / "passwords").exists()


def databases() -> set[str]:
    with psycopg.connect(os.environ["TEST_DATABASE_URL"]) as line:
        return {row[0] for row in line.execute("SELECT datname FROM pg_database").fetchall()}


def test_a_role_that_may_make_no_database_is_told_how(copy):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
    with psycopg.connect(os.environ["TEST_DATABASE_URL"].replace(f"{role}@", "postgres@"), autocommit=True) as line:
        line.execute(f'ALTER ROLE "{role}" NOCREATEDB')
        try:
            with pytest.raises(Refused, match="CREATEDB"), database().laid_out(copy):
                pass
        finally:
            line.execute(f'ALTER ROLE "{role}" CREATEDB')
