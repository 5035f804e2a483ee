"""What everything stands on: Redis, the database and the disk, watched by a process that needs none of the workers."""

from datetime import timedelta
from typing import NamedTuple

import pytest

from console.redis_clients import client
from network.actions import ground
from network.actions.ground import DATABASE_WAS_AWAY, DISK_FULL, REDIS_AWAY, REDIS_FULL, Watch
from network.models import Alarm
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


class Usage(NamedTuple):
    """What a disk holds."""

    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.hub.publish", lambda _: None)


def after(seconds: float):
    return NOON + timedelta(seconds=seconds)


def standing():
    return set(Alarm.objects.active().values_list("specific_problem", flat=True))


def test_all_is_well_on_this_machine():
    assert Watch(NOON).look(NOON) is False
    assert standing() == set()


def test_redis_that_is_away_for_ten_seconds_is_critical_and_clears_when_it_is_back(monkeypatch):
    watch = Watch(NOON)
    monkeypatch.setattr(ground, "redis_answers", lambda: "Redis does not answer")
    watch.look(NOON)
    assert standing() == set()
    watch.look(after(10))
    assert standing() == {REDIS_AWAY.text}
    assert Alarm.objects.get().severity == "critical"
    monkeypatch.undo()
    monkeypatch.setattr("console.hub.publish", lambda _: None)
    watch.look(after(20))
    assert standing() == set()


def test_redis_that_fills_up_says_so_before_it_refuses(empty_redis):
    before = client().config_get("maxmemory")["maxmemory"]
    used = client().info("memory")["used_memory"]
    try:
        client().config_set("maxmemory", int(used * 1.02))
        Watch(NOON).look(NOON)
        assert standing() == {REDIS_FULL.text}
    finally:
        client().config_set("maxmemory", before)
    Watch(NOON).look(NOON)
    assert standing() == set()


def test_a_disk_with_less_than_a_gigabyte_left_is_an_alarm(monkeypatch):
    monkeypatch.setattr(ground.shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - 10**8, 10**8))
    assert Watch(NOON).look(NOON) is True
    assert standing() == {DISK_FULL.text}


def test_a_database_that_was_away_leaves_an_alarm_that_is_over_and_that_nobody_has_seen(monkeypatch):
    watch = Watch(NOON)
    monkeypatch.setattr(ground, "database_answers", lambda: "the database does not answer")
    assert [watch.look(after(seconds)) for seconds in (0, 2, 30)] == [True, True, True]
    monkeypatch.undo()
    monkeypatch.setattr("console.hub.publish", lambda _: None)
    watch.look(after(32))
    alarm = Alarm.objects.get()
    assert (alarm.specific_problem, alarm.state) == (DATABASE_WAS_AWAY.text, "returned")
    assert alarm.detail["away_s"] == 32.0
    watch.look(after(50))
    assert Alarm.objects.count() == 1
