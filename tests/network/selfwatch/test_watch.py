"""A schedule that does not run is an alarm, raised by somebody who needs no schedule."""

import asyncio
from datetime import timedelta

import pytest

from console.redis_clients import client
from console.run import heartbeat, watch
from console.run.process_states import ENDED, UP
from network.actions.selfwatch.watch import HEALTH_CHECKS, OVERDUE, SCHEDULE, Watch, limit
from network.models import Alarm, AlarmEntry
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def go_to(monkeypatch, empty_redis, hands):
    """Let time pass until so many seconds after noon; return what the clock shows."""
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)

    def go_to(seconds: float):
        hands.go_to(after(seconds))
        return hands.at

    return go_to


@pytest.fixture
def beat_at(go_to):
    """Let the health checks be heard so many seconds after noon."""

    def beat_at(seconds: float):
        go_to(seconds)
        heartbeat.beat(HEALTH_CHECKS)

    return beat_at


def after(seconds: float):
    return NOON + timedelta(seconds=seconds)


def open_ones():
    return Alarm.objects.active().filter(object_key=SCHEDULE.key, problem=OVERDUE.code)


def test_late_is_more_than_five_missed_rounds_and_at_least_fifteen_seconds(settings):
    settings.LOFT_PROBE_PERIOD_S = 10.0
    assert limit() == timedelta(seconds=60)
    settings.LOFT_PROBE_PERIOD_S = 1.0
    assert limit() == timedelta(seconds=15)


def test_an_overdue_schedule_is_one_alarm_that_clears_with_the_next_round(go_to, beat_at):
    looking = Watch(NOON)
    beat_at(1)
    assert [looking.look(go_to(seconds)) for seconds in (2, 16, 16.1, 18, 20)] == [False, False, True, True, True]
    alarm = open_ones().get()
    assert (alarm.severity, alarm.detail) == ("critical", {"late_s": 15.1, "is_scheduler_alive": False})
    beat_at(21)
    assert looking.look(go_to(22)) is False
    assert not open_ones().exists()
    assert list(AlarmEntry.objects.values_list("kind", flat=True)) == ["raised", "cleared"]


def test_workers_who_are_late_are_told_from_a_scheduler_that_is_gone(go_to):
    client().set("loft.beat::lock", "somebody")
    looking = Watch(NOON)
    assert looking.look(go_to(91)) is True
    assert open_ones().get().detail["is_scheduler_alive"] is True


def test_whoever_begins_to_look_gives_the_rest_time_to_start_and_clears_what_stands_from_before(go_to, beat_at):
    first = Watch(NOON)
    assert [first.look(go_to(seconds)) for seconds in (16, 90, 91)] == [False, False, True]
    beat_at(100)  # of before the second began to look
    later = Watch(go_to(200))
    assert later.look(go_to(210)) is False
    assert open_ones().exists()  # nothing has been heard yet
    beat_at(211)
    assert later.look(go_to(212)) is False
    assert not open_ones().exists()


def test_without_redis_nothing_is_heard_and_that_is_late(monkeypatch, go_to, beat_at):
    looking = Watch(NOON)
    beat_at(1)
    assert looking.look(go_to(2)) is False
    monkeypatch.setattr("network.actions.selfwatch.watch.heartbeat.age_s", _gone)
    monkeypatch.setattr("network.actions.selfwatch.watch.client", _gone)
    assert looking.look(go_to(10)) is False
    assert looking.look(go_to(17)) is True
    assert open_ones().get().detail["is_scheduler_alive"] is None


def test_an_alarm_cleared_by_hand_comes_back_while_the_schedule_is_silent(go_to):
    looking = Watch(NOON)
    looking.look(go_to(91))
    open_ones().update(ended_at=after(92))
    looking.look(go_to(93))
    assert open_ones().count() == 1


def test_while_it_is_late_steps_are_taken_and_notices_sent_all_the_same(monkeypatch, go_to):
    done = []
    monkeypatch.setattr("network.actions.selfwatch.watch.escalation.escalate", lambda _: done.append("escalated"))
    monkeypatch.setattr("network.actions.selfwatch.watch.notice_send.send_due", lambda _: done.append("sent"))
    looking = Watch(NOON)
    looking.look(go_to(1))
    assert done == []
    looking.look(go_to(91))
    assert done == ["escalated", "sent"]


def test_the_scheduled_task_is_what_is_heard():
    from network.tasks import run_health_checks

    run_health_checks()
    assert heartbeat.age_s(HEALTH_CHECKS) < 60


async def test_a_look_that_fails_does_not_end_the_looking(monkeypatch, settings):
    seen = asyncio.Event()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(_Failing, "seen", staticmethod(lambda: loop.call_soon_threadsafe(seen.set)))
    settings.LOFT_WATCHES = ["tests.network.selfwatch.test_watch._Failing"]
    task = asyncio.create_task(watch.watch(every_s=0.001))
    await asyncio.wait_for(seen.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class _Failing:
    """Fails with its first look and is seen with its second."""

    count = 0
    seen = staticmethod(lambda: None)

    def __init__(self, now) -> None:
        type(self).count = 0

    def look(self, now) -> None:
        type(self).count += 1
        if self.count == 1:
            raise ConnectionError("away")
        self.seen()


def _gone(*_):
    raise ConnectionError("away")


@pytest.mark.parametrize("name", ["beat", "worker-checks"])
def test_while_who_begins_them_does_not_run_that_is_the_alarm_and_the_rest_is_done_all_the_same(
    go_to, beat_at, runs, monkeypatch, name
):
    sent = []
    monkeypatch.setattr("network.actions.notices.notice_send.send_due", sent.append)
    looking = Watch(NOON)
    beat_at(1)
    runs(name, ENDED)
    assert looking.look(go_to(20)) is True
    assert not open_ones().exists()
    assert len(sent) == 1
    runs(name, UP)
    assert looking.look(go_to(22)) is True
    assert open_ones().exists()
    beat_at(23)
    assert looking.look(go_to(24)) is False
    assert not open_ones().exists()
