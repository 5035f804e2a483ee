"""New work is refused before Redis is full, and taken again once it has drained; asking costs no request a wait."""

import threading

import pytest

from console.door.intake import Intake, Level, Reason, Work, intake
from console.errors import Unavailable
from console.redis_clients import client
from console.run import redis_memory
from console.run.redis_memory import Memory, Room
from tests.waiting import wait_until

pytestmark = pytest.mark.once


def of(percent: int) -> Memory:
    return Memory(percent, 100)


def states(*percents: int) -> list[bool]:
    room, closed = Room(), []
    for percent in percents:
        room.learn(of(percent))
        closed.append(room.is_closed)
    return closed


def test_it_closes_at_80_percent_and_opens_below_70():
    assert states(79, 80, 95, 75, 70, 69, 75, 79, 80) == [False, True, True, True, True, False, False, False, True]


def test_a_server_without_a_limit_is_never_full():
    room = Room()
    room.learn(Memory(10**12, 0))
    assert not room.is_closed


def test_what_counts_is_read_from_the_server():
    memory = redis_memory.read()
    assert memory.most_bytes == 2**30
    assert 100_000 < memory.used_bytes < 2**29


def test_closed_it_refuses_reports_readings_and_jobs_with_a_time_to_come_again():
    room, clock = Room(lambda: of(10)), [0.0]
    door = Intake(lambda: clock[0])
    door.register("redis", room.reason)
    door.admit(Work.STREAM)
    wait_until(lambda: not room._measuring.locked(), "it was measured")
    room.learn(of(90))
    clock[0] += 1.0
    with pytest.raises(Unavailable, match="nearly full") as refused:
        door.admit(Work.STREAM)
    assert refused.value.retry_after_s == redis_memory.RETRY_AFTER_S
    wait_until(lambda: not room._measuring.locked(), "it was measured again")
    room.learn(of(90))
    assert room.reason().level == Level.CLOSED


def test_who_asks_never_waits_for_redis_and_one_question_is_under_way_at_a_time():
    asked, go_on = [], threading.Event()

    def slow():
        asked.append(1)
        go_on.wait(30)
        return of(90)

    room = Room(slow)
    assert [room.reason() for _ in range(100)] == [None] * 100
    go_on.set()
    wait_until(lambda: room.is_closed, "it was measured")
    assert len(asked) == 1


def test_a_thread_that_could_not_be_started_is_tried_again(monkeypatch):
    def start(_):
        raise RuntimeError("can't start new thread")

    room = Room(lambda: of(90))
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        assert room.reason() is None
    room.reason()
    wait_until(lambda: room.is_closed, "it was measured")


def test_a_disk_and_a_redis_that_run_short_are_told_by_the_graver_and_each_ends_by_itself():
    clock, disk = [0.0], [Reason(Level.NO_BULK, "the disk is nearly full")]
    room, door = Room(lambda: of(90)), Intake(lambda: clock[0])
    door.register("disk", lambda: disk[0])
    door.register("redis", room.reason)
    room.learn(of(90))
    assert "Redis" in door.reason().text
    assert not door.takes(Work.BULK)
    assert not door.takes(Work.STREAM)
    wait_until(lambda: not room._measuring.locked(), "it was measured")
    room.learn(of(10))
    clock[0] += 1.0
    assert (door.takes(Work.BULK), door.takes(Work.STREAM)) == (False, True)
    wait_until(lambda: not room._measuring.locked(), "it was measured")
    room.learn(of(10))
    disk[0] = Reason(Level.CLOSED, "the disk is full")
    clock[0] += 1.0
    assert "disk" in door.reason().text


def test_a_server_that_is_away_changes_nothing(caplog):
    answers = [of(90)]

    def read():
        if not answers:
            raise ConnectionError
        return answers.pop()

    room = Room(read)
    room.reason()
    wait_until(lambda: room.is_closed, "it was measured")
    room.reason()
    wait_until(lambda: not room._measuring.locked(), "it was tried")
    assert room.is_closed


def test_every_process_asks_about_its_own_redis(empty_redis):
    assert "redis" in intake._sources
    used = redis_memory.read().used_bytes
    client().config_set("maxmemory", int(used * 1.1))
    try:
        redis_memory.room.learn(redis_memory.read())
        assert redis_memory.room.is_closed
    finally:
        client().config_set("maxmemory", "1gb")
    redis_memory.room.learn(redis_memory.read())
    assert not redis_memory.room.is_closed
