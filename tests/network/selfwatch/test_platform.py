"""What everything stands on: Redis, the database and the disk, watched by a process that needs none of the workers."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from console.redis_clients import client
from console.run import redis_memory
from console.run.disk import Disk, Marks, Room, Stage
from network.actions.selfwatch import platform
from network.actions.selfwatch.platform import (
    DATABASE_WAS_AWAY,
    DISK_FULL,
    REDIS_AWAY,
    REDIS_FULL,
    REDIS_REFUSES,
    Pace,
    Watch,
)
from network.models import Alarm
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


GB, MB = 10**9, 10**6


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def after(seconds: float):
    return NOON + timedelta(seconds=seconds)


def active():
    return set(Alarm.objects.active().values_list("specific_problem", flat=True))


def test_all_is_well_on_this_machine():
    assert Watch(NOON).look(NOON) is False
    assert active() == set()


def test_redis_that_is_away_for_ten_seconds_is_critical_and_clears_when_it_is_back(monkeypatch):
    watch = Watch(NOON)
    monkeypatch.setattr(platform, "redis_answers", lambda: "Redis does not answer")
    watch.look(NOON)
    assert active() == set()
    watch.look(after(10))
    assert active() == {REDIS_AWAY.text}
    assert Alarm.objects.get().severity == "critical"
    monkeypatch.undo()
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    watch.look(after(20))
    assert active() == set()


def test_redis_that_fills_up_says_so_before_it_refuses(empty_redis):
    before = client().config_get("maxmemory")["maxmemory"]
    used = client().info("memory")["used_memory"]
    try:
        client().config_set("maxmemory", int(used / 0.75))
        Watch(NOON).look(NOON)
        assert active() == {REDIS_FULL.text}
        client().config_set("maxmemory", int(used * 1.02))
        Watch(NOON).look(NOON)
        assert active() == {REDIS_REFUSES.text}
    finally:
        client().config_set("maxmemory", before)
    Watch(NOON).look(NOON)
    assert active() == set()


def test_two_web_processes_agree_that_redis_refuses_until_it_has_drained(monkeypatch):
    for percent, expected in [(85, REDIS_REFUSES), (75, REDIS_REFUSES), (69, None), (75, REDIS_FULL)]:
        monkeypatch.setattr(redis_memory, "room", redis_memory.Room())  # that of another process each time
        monkeypatch.setattr(redis_memory, "read", lambda percent=percent: redis_memory.Memory(percent, 100))
        Watch(NOON).look(NOON)
        assert active() == ({expected.text} if expected else set()), percent
    assert Alarm.objects.filter(specific_problem=REDIS_REFUSES.text).count() == 1


def test_of_what_cannot_be_asked_nothing_is_said(monkeypatch, tmp_path):
    answers = [SimpleNamespace(f_bavail=MB, f_frsize=1, f_blocks=GB)]
    disk = Disk([("disk", tmp_path)], Marks(GB, 3, 2, 0), lambda _: answers[0])
    monkeypatch.setattr(platform, "disk", lambda: disk)
    monkeypatch.setattr(redis_memory, "read", lambda: redis_memory.Memory(75, 100))
    Watch(NOON).look(NOON)
    assert active() == {REDIS_FULL.text, DISK_FULL.text}

    def away(*_):
        raise ConnectionError

    monkeypatch.setattr(redis_memory, "read", away)
    monkeypatch.setattr(disk, "_statvfs", away)
    Watch(NOON).look(after(10))
    assert active() == {REDIS_FULL.text, DISK_FULL.text}


@pytest.fixture
def new_disk(monkeypatch, tmp_path):
    """Be another process, with a disk of a terabyte and so many bytes free: `new_disk(told)`, where `told[0]` is it."""

    def make(told):
        marks = Marks(GB, GB // 2, GB // 5, 0)
        told_of = lambda _: SimpleNamespace(f_bavail=told[0], f_frsize=1, f_blocks=10**12)  # noqa: E731
        disk = Disk([("disk", tmp_path)], marks, told_of)
        monkeypatch.setattr(platform, "disk", lambda: disk)

    return make


@pytest.fixture
def free(new_disk):
    """A disk of a terabyte with so many bytes free, in the first place of a list."""
    told = [100 * GB]
    new_disk(told)
    return told


def test_two_web_processes_agree_on_how_short_a_disk_is_until_there_is_room_to_spare(new_disk):
    seen = []
    for step, free_mb in enumerate([990, 1_010, 490, 510, 1_010, 1_240, 1_260, 1_010]):
        new_disk([free_mb * MB])
        Watch(NOON).look(after(step * 10))
        seen.append([alarm.severity for alarm in Alarm.objects.active()])
    assert seen == [["minor"], ["minor"], ["major"], ["major"], ["minor"], ["minor"], [], []]
    assert Alarm.objects.count() == 1


def test_an_alarm_of_a_version_without_grades_says_by_what_it_refuses_how_short_room_is(new_disk):
    new_disk([190 * MB])
    Watch(NOON).look(NOON)
    Alarm.objects.update(grade="")  # as such a version left it
    new_disk([220 * MB])  # more than the mark, and not with room to spare
    Watch(NOON).look(after(10))
    assert [(alarm.severity, alarm.grade) for alarm in Alarm.objects.active()] == [("critical", "closed")]


def test_figures_follow_once_a_minute_however_many_processes_reckon(free):
    watch, written = Watch(NOON), []
    for step in range(60):  # ten minutes, and another figure each time
        free[0] = (900 - step % 2 * 300) * MB
        watch.look(after(step * 10))
        written.append(Alarm.objects.get().changed_at)
    assert len(set(written)) <= 1 + 10


def test_the_disk_warns_then_refuses_and_its_alarm_grows_graver_with_it(free):
    watch, seen = Watch(NOON), []
    for step, free_bytes in enumerate([2 * GB, 900 * MB, 400 * MB, 100 * MB]):
        free[0] = free_bytes
        assert watch.look(after(step * 10)) is (free_bytes < GB)
        seen += [
            (alarm.severity, alarm.detail["refuses"], alarm.detail["free_bytes"]) for alarm in Alarm.objects.active()
        ]
    assert seen == [
        ("minor", "nothing", 900 * MB), ("major", "bulk", 400 * MB), ("critical", "all", 100 * MB),
    ]  # fmt: skip
    assert active() == {DISK_FULL.text}
    free[0] = 2 * GB
    assert watch.look(after(50)) is False
    assert active() == set()
    assert Alarm.objects.count() == 1


def test_the_alarm_says_how_long_the_room_lasts_and_follows(free):
    clock = [0.0]
    watch = Watch(NOON)
    watch._pace = Pace(lambda: clock[0])
    free[0] = 950 * MB
    watch.look(NOON)
    assert Alarm.objects.get().detail == {
        "free_bytes": 950 * MB, "total_bytes": 10**12, "hours_left": None, "refuses": "nothing",
    }  # fmt: skip
    clock[0], free[0] = 600.0, 900 * MB  # 50 MB in ten minutes: 3 hours for 900
    watch.look(after(600))
    assert Alarm.objects.get().detail["hours_left"] == 3.0
    written_at = Alarm.objects.get().changed_at
    clock[0], free[0] = 610.0, 899 * MB
    watch.look(after(610))
    assert Alarm.objects.get().changed_at == written_at  # no news


def test_other_disks_have_alarms_of_their_own(monkeypatch):
    rooms = [
        Room("disk", GB, GB, GB, Stage.WELL),
        Room("database", 1, 1, GB, Stage.CLOSED),
        Room("redis", 2, 2, GB, Stage.WARN),
    ]
    monkeypatch.setattr(platform, "disk", lambda: SimpleNamespace(measure=lambda: rooms, names={"disk"}))
    Watch(NOON).look(NOON)
    stands = Alarm.objects.active().order_by("object_key").values_list("object_key", "severity", "subject_zh")
    assert list(stands) == [
        ("disk of database", "critical", "数据库的磁盘"),
        ("disk of redis", "minor", "Redis 的磁盘"),
    ]


def test_a_disk_of_backups_alone_refuses_nothing_and_is_not_critical(monkeypatch):
    rooms = [Room("disk", GB, GB, GB, Stage.WELL), Room("backups", 1, 1, GB, Stage.CLOSED, is_spare=True)]
    monkeypatch.setattr(platform, "disk", lambda: SimpleNamespace(measure=lambda: rooms, names={"disk", "backups"}))
    Watch(NOON).look(NOON)
    alarm = Alarm.objects.active().get()
    assert (alarm.object_key, alarm.severity, alarm.subject_zh) == ("disk of backups", "major", "备份的磁盘")
    assert alarm.detail["refuses"] == "nothing"


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([(0, 900)], None),
        ([(0, 900), (30, 800)], None),  # too short to tell
        ([(0, 900), (60, 840)], 0.2),  # 1 MB/s
        ([(0, 900), (3_600, 900)], None),
        ([(0, 900), (3_600, 950)], None),
        ([(0, 900), (3_600, 600)], 2.0),
        ([(0, 900), (3_600, 899.9)], None),  # a year away
    ],
)
def test_hours_left_are_told_from_what_was_lost_meanwhile(looks, expected):
    clock = [0.0]
    pace = Pace(lambda: clock[0])
    for at_s, room_mb in looks:
        clock[0] = at_s
        hours = pace.hours_left(Room("disk", 0, int(room_mb * MB), 0, Stage.WARN))
    assert hours == expected


def test_the_pace_is_that_of_the_last_hour():
    clock = [0.0]
    pace = Pace(lambda: clock[0])
    for step in range(1_000):  # it filled fast, and has stood still for an hour and more
        clock[0] = step * 10.0
        hours = pace.hours_left(Room("disk", 0, max(10_000 - step * 100, 500) * MB, 0, Stage.WARN))
    assert hours is None


def test_a_database_that_was_away_leaves_an_alarm_that_is_over_and_that_nobody_has_seen(monkeypatch):
    watch = Watch(NOON)
    monkeypatch.setattr(platform, "database_answers", lambda: "the database does not answer")
    assert [watch.look(after(seconds)) for seconds in (0, 2, 30)] == [True, True, True]
    monkeypatch.undo()
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    watch.look(after(32))
    alarm = Alarm.objects.get()
    assert (alarm.specific_problem, alarm.state) == (DATABASE_WAS_AWAY.text, "returned")
    assert alarm.detail["away_s"] == 32.0
    watch.look(after(50))
    assert Alarm.objects.count() == 1
