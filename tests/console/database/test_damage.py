"""Damage met while Loft runs is told once in the log with what to do, and raises an alarm, whichever process met it."""

import logging
from datetime import timedelta

import pytest
from django.db import DatabaseError

from console.database import absence_of, absences
from console.run import damage
from network.actions.selfwatch.damage import DATABASE_DAMAGED, Watch
from network.models import Alarm
from tests.conftest import NOON
from tests.console.database.test_condition import of_sqlite, raised


@pytest.fixture
def malformed(tmp_path):
    """An error of a query over a file whose pages are damaged."""
    import sqlite3
    from contextlib import closing

    path = tmp_path / "own.sqlite3"
    path.write_bytes(b"nothing of ours" * 1_000)
    with closing(sqlite3.connect(path)) as line:
        yield raised(DatabaseError, of_sqlite(lambda: line.execute("SELECT * FROM rows")))
    absences.answered()


@pytest.mark.django_db
def test_damage_is_told_once_and_is_an_alarm_until_nobody_meets_it_any_more(empty_redis, malformed, caplog, settings):
    watch = Watch(NOON)
    assert watch.look(NOON) is False
    with caplog.at_level(logging.CRITICAL):
        absences_met = {absence_of(malformed).since for _ in range(5)}
    assert len(absences_met) == 1
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.CRITICAL]
    assert len(told) == 1
    assert "is damaged (file is not a database)" in told[0]
    assert f"no backup in {settings.LOFT_BACKUP_DIR}" in told[0]
    assert watch.look(NOON + timedelta(seconds=10)) is True
    alarm = Alarm.objects.get()
    assert (alarm.specific_problem, alarm.severity) == (DATABASE_DAMAGED.text, "critical")
    from console.redis_clients import client

    client().delete(damage.KEY)
    assert watch.look(NOON + timedelta(seconds=20)) is False
    assert damage.met() is None
