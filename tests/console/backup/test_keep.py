"""Which backups stay: a grandfather rule, checked by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from console.backup import keep
from console.backup.keep import Rule

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def every(step: timedelta, count: int) -> list[datetime]:
    return [NOON - step * number for number in range(count)]


def kept(times: list[datetime], rule: Rule) -> list[datetime]:
    return sorted(set(times) - keep.over(times, rule), reverse=True)


def test_an_hourly_backup_is_kept_for_a_day_the_last_of_a_day_for_thirty_and_the_last_of_a_month_for_a_year():
    times = every(HOUR, 24 * 500)
    stay = kept(times, Rule(24, 30, 12))
    assert stay[:24] == times[:24]
    days = [at for at in stay if at.hour == 23]
    assert days[:28] == [datetime(2026, 5, 31, 23, tzinfo=UTC) - DAY * number for number in range(28)]
    months = [at for at in stay if at < NOON - 30 * DAY]
    assert [(at.year, at.month, at.day) for at in months][:3] == [(2026, 4, 30), (2026, 3, 31), (2026, 2, 28)]
    assert stay[-1] == datetime(2025, 7, 31, 23, tzinfo=UTC)


def test_of_two_backups_in_one_hour_the_newer_stays():
    times = [NOON + timedelta(minutes=50), NOON + timedelta(minutes=5)]
    assert kept(times, Rule(24, 30, 12)) == times[:1]


def test_nothing_goes_while_nothing_is_made():
    assert kept(every(90 * DAY, 4), Rule(24, 30, 12)) == every(90 * DAY, 4)


@pytest.mark.parametrize("rule", [Rule(1, 0, 0), Rule(0, 0, 0)])
def test_the_newest_always_stays(rule):
    assert kept(every(HOUR, 5), rule) == [NOON]


def test_no_backup_is_nothing_to_delete():
    assert keep.over([], Rule(24, 30, 12)) == set()


def test_a_backup_is_found_by_the_time_in_its_name_and_nothing_else_is(tmp_path):
    names = [keep.name_of(at) for at in every(HOUR, 3)]
    for name in [*names, "before-the-move.loft-backup", "loft-20260601T120000Z.loft-backup.draft", "notes.txt"]:
        (tmp_path / name).write_bytes(b"12345")
    found = keep.backups(tmp_path)
    assert [kept.created_at for kept in found] == every(HOUR, 3)
    assert {kept.size_bytes for kept in found} == {5}
    assert keep.newest(tmp_path).path == tmp_path / "loft-20260601T120000Z.loft-backup"


def test_what_a_clock_that_was_ahead_has_left_is_not_the_newest_of_the_present(tmp_path):
    for at in (NOON - HOUR, NOON + DAY):
        (tmp_path / keep.name_of(at)).touch()
    assert keep.newest(tmp_path).created_at == NOON + DAY
    assert keep.newest(tmp_path, NOON).created_at == NOON - HOUR
    assert keep.newest(tmp_path, NOON - DAY) is None


def test_one_that_is_deleted_while_the_folder_is_read_hides_no_other(tmp_path):
    (tmp_path / keep.name_of(NOON)).touch()
    (tmp_path / keep.name_of(NOON - HOUR)).symlink_to(tmp_path / "deleted")  # listed, and gone when it is looked at
    assert [kept.created_at for kept in keep.backups(tmp_path)] == [NOON]
    assert keep.newest(tmp_path).created_at == NOON


def test_where_there_is_no_folder_there_is_no_newest(tmp_path):
    assert keep.newest(tmp_path / "none") is None


def test_pruning_deletes_what_is_over_and_leaves_what_somebody_named_otherwise(tmp_path):
    for at in every(HOUR, 5):
        (tmp_path / keep.name_of(at)).touch()
    (tmp_path / "before-the-move.loft-backup").touch()
    gone = keep.prune(tmp_path, Rule(2, 1, 1))
    assert sorted(path.name for path in gone) == sorted(keep.name_of(at) for at in every(HOUR, 5)[2:])
    assert {path.name for path in tmp_path.iterdir()} == {
        *(keep.name_of(at) for at in every(HOUR, 2)), "before-the-move.loft-backup"
    }  # fmt: skip
