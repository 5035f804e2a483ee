"""A backup is made of a home as it is, whatever else goes on in it, or refused in a sentence."""

import shutil
import subprocess

import pytest
from django.utils import timezone

from console.backup import carried, creating
from console.backup.creating import create
from console.backup.place import SCRATCH
from console.backup.restoring import restore
from console.backup.sealing import Seal
from tests.console.backup.homes import FOR_US, KEY, RECIPIENT, refusal, within
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.once]


def test_a_backup_replaces_no_file_and_goes_into_no_missing_folder(old, tmp_path):
    (tmp_path / "b").write_text("of somebody")
    assert refusal(create, tmp_path / "b", FOR_US, timezone.now()) == f"{tmp_path / 'b'} is there already"
    assert (tmp_path / "b").read_text() == "of somebody"
    assert refusal(create, tmp_path / "n" / "b", FOR_US, timezone.now()) == f"there is no folder {tmp_path / 'n'}"


def test_where_there_is_no_database_there_is_no_backup(new, tmp_path):
    assert refusal(create, tmp_path / "b", FOR_US, timezone.now()).startswith("there is no database to copy: ")
    assert not (tmp_path / "b").exists()


def test_two_at_once_do_not_get_in_each_others_way(old, tmp_path):
    (old / SCRATCH).mkdir()
    held = subprocess.Popen(["flock", old / SCRATCH, "sh", "-c", "echo held; cat"], stdin=-1, stdout=-1)
    try:
        assert held.stdout.readline() == b"held\n"
        words = refusal(create, tmp_path / "b", FOR_US, timezone.now())
        assert words == "another backup, check or restore is under way"
    finally:
        held.communicate()
    create(tmp_path / "b", FOR_US, timezone.now())


def test_a_document_that_is_deleted_while_a_backup_is_made_is_in_it_or_not_and_the_backup_is_whole(
    old, new, tmp_path, settings, monkeypatch
):
    document = old / "media" / "passing"
    document.write_bytes(b"x" * 100_000)

    class Slow(Seal):
        """By the time the stream is written it is gone."""

        def encrypt(self, source, target):
            document.unlink()
            super().encrypt(source, target)

    within(old, settings, monkeypatch)
    create(tmp_path / "b", Slow(recipients=[RECIPIENT]), timezone.now())
    within(new, settings, monkeypatch)
    restore(tmp_path / "b", KEY)
    assert (new / "media" / "passing").read_bytes() == b"x" * 100_000


@pytest.fixture
def own_redis(settings, old):
    """A Redis of the settings that does not answer."""
    settings.REDIS_URL = f"unix://{old}/none.sock"
    settings.REDIS_EMBEDDED = True
    carried.client.forget()
    yield
    carried.client.forget()


def test_of_an_embedded_redis_that_is_stopped_its_files_are_taken_as_they_are(
    own_redis, old, new, tmp_path, settings, monkeypatch
):
    files = old / "redis" / "appendonlydir"
    files.mkdir(parents=True)
    (files / "appendonly.aof.1.incr.aof").write_bytes(b"what waits")
    within(old, settings, monkeypatch)
    try:
        create(tmp_path / "b", FOR_US, timezone.now())
    finally:
        shutil.rmtree(old / "redis")
    within(new, settings, monkeypatch)
    restore(tmp_path / "b", KEY)
    assert (new / "redis" / "appendonlydir" / "appendonly.aof.1.incr.aof").read_bytes() == b"what waits"


def test_a_redis_that_hangs_is_no_reason_to_leave_out_what_waits(own_redis, old, tmp_path, settings, monkeypatch):
    """It has a process and does not answer: what it holds cannot be read, and its files may be written just now."""
    within(old, settings, monkeypatch)
    hung = subprocess.Popen(["sh", "-c", "read line # redis"], stdin=-1)
    (old / "run").mkdir(exist_ok=True)
    (old / "run" / "redis.pid").write_text(f"{hung.pid}\n")
    try:
        wait_until(creating.redis_runs, "the kernel shows its command line, some time after it was begun")
        words = refusal(create, tmp_path / "b", FOR_US, timezone.now())
    finally:
        hung.communicate()
        shutil.rmtree(old / "run")
    assert words.startswith("Redis does not answer, which holds reports that are not stored yet")
    assert not (tmp_path / "b").exists()
