"""A backup that does not come is an alarm, and the next one clears it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from console.backup import keep
from network.actions.selfwatch.backups import GRACE, OVERDUE, Watch
from network.models import Alarm
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch) -> Path:
    settings.LOFT_BACKUP_DIR = tmp_path
    settings.LOFT_BACKUP_EVERY_H = 1.0
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    return tmp_path


def made_at(folder: Path, at: datetime) -> None:
    (folder / keep.name_of(at)).touch()


def active() -> list[Alarm]:
    return list(Alarm.objects.active().filter(problem=OVERDUE.code))


def test_a_backup_older_than_its_period_is_an_alarm_until_there_is_a_newer_one(folder):
    made_at(folder, NOON)
    watch, late = Watch(NOON), NOON + HOUR + GRACE
    assert watch.look(late) is False
    assert watch.look(late + 60 * SECOND) is True
    (alarm,) = active()
    assert (alarm.object_key, alarm.severity) == ("backups", "major")
    assert alarm.detail == {"newest_at": "2026-06-01T12:00:00+00:00", "period_h": 1.0}
    made_at(folder, late + 90 * SECOND)
    assert watch.look(late + 120 * SECOND) is False
    assert active() == []


def test_it_looks_once_a_minute(folder):
    made_at(folder, NOON - 9 * HOUR)
    watch = Watch(NOON)
    assert watch.look(NOON) is True
    assert watch.look(NOON + 59 * SECOND) is False, "not its turn"
    assert len(active()) == 1


def test_the_first_is_awaited_for_one_period_from_the_start_on():
    watch = Watch(NOON)
    assert watch.look(NOON + HOUR + GRACE) is False
    assert watch.look(NOON + HOUR + GRACE + 60 * SECOND) is True
    assert active()[0].detail == {"newest_at": None, "period_h": 1.0}


def test_where_none_are_made_none_is_missed(folder, settings):
    made_at(folder, NOON - 90 * HOUR)
    assert Watch(NOON).look(NOON) is True
    settings.LOFT_BACKUP_EVERY_H = 0.0
    assert Watch(NOON).look(NOON) is False
    assert active() == [], "whoever turns them off is not told any more"


def test_after_a_clock_was_set_back_the_first_is_awaited_for_one_period_and_then_missed(folder):
    made_at(folder, NOON + 90 * HOUR)
    watch = Watch(NOON)
    assert watch.look(NOON) is False
    assert watch.look(NOON + HOUR + GRACE + 60 * SECOND) is True, "that one of the future hides nothing"
