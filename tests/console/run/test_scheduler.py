"""Beat's intervals are kept whatever happens to the clock; real Redis, ticks and time moved by the test."""

from types import SimpleNamespace

import pytest
from celery import Celery
from celery.schedules import schedule
from django.conf import settings
from redbeat.schedulers import acquire_distributed_beat_lock
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import LockNotOwnedError, OutOfMemoryError

from console.redis_clients import client
from console.run.scheduler import SteadyScheduler
from tests.clocks import Hands

pytestmark = pytest.mark.usefixtures("empty_redis")
LOCK = "tests.beat::lock"
PERIODS_S = {"often": 2, "now and then": 60}


class Recording(SteadyScheduler):
    """Notes what it starts instead of sending it."""

    started: list[str]

    def apply_async(self, entry, *_, **__):
        self.started.append(entry.name)
        self.reserve(entry)


def app_of(hands: Hands) -> Celery:
    app = Celery("tests", broker="memory://", set_as_current=False)
    app.conf.update(
        redbeat_redis_url=settings.REDIS_URL, redbeat_key_prefix="tests.beat:", redbeat_lock_timeout=10,
        beat_max_loop_interval=1, timezone="UTC",
        beat_schedule={name: {"task": name, "schedule": schedule(period_s)} for name, period_s in PERIODS_S.items()},
    )  # fmt: skip
    app.now = lambda: hands.at
    return app


@pytest.fixture
def beat(hands):
    """Make a scheduler that has the lock, as `celery beat` does."""

    def make() -> Recording:
        scheduler = Recording(app_of(hands))
        scheduler.started = []
        acquire_distributed_beat_lock(SimpleNamespace(scheduler=scheduler))
        return scheduler

    return make


def run(scheduler: Recording, hands: Hands, seconds: int) -> dict[str, int]:
    """Let time pass, one tick a second; return how often each was started."""
    scheduler.started = []
    for _ in range(seconds):
        hands.pass_s(1)
        scheduler.tick()
    return {name: scheduler.started.count(name) for name in PERIODS_S}


@pytest.mark.parametrize("step_s", [3_600, -3_600, -20, 5])
def test_intervals_go_on_whatever_the_clock_is_set_to(beat, hands, step_s):
    scheduler = beat()
    run(scheduler, hands, 70)
    hands.set_by_s(step_s)
    started = run(scheduler, hands, 60)
    assert 29 <= started["often"] <= 31
    assert started["now and then"] == 1


def test_an_hour_forth_and_back_starts_nothing_twice_and_stops_nothing(beat, hands):
    scheduler = beat()
    run(scheduler, hands, 10)
    hands.set_by_s(3_600)
    assert 4 <= run(scheduler, hands, 10)["often"] <= 6
    hands.set_by_s(-3_600)
    assert 19 <= run(scheduler, hands, 40)["often"] <= 21
    assert scheduler.started.count("now and then") == 1


def test_a_clock_that_was_set_back_while_no_beat_was_there_stops_nothing(beat, hands):
    first = beat()
    run(first, hands, 130)
    first.close()
    hands.set_by_s(-3_600)
    started = run(beat(), hands, 62)
    assert 29 <= started["often"] <= 31
    assert started["now and then"] == 1


def test_a_lock_that_ended_under_a_living_beat_is_taken_again_with_the_schedule(beat, hands):
    scheduler = beat()
    run(scheduler, hands, 4)
    client().flushall()
    assert 4 <= run(scheduler, hands, 10)["often"] <= 6
    assert client().get(LOCK) == scheduler.lock.local.token


@pytest.fixture
def full():
    """Have Redis take nothing, or else something again; at the end it does."""
    yield lambda is_full: client().config_set("maxmemory", 1 if is_full else "1gb")
    client().config_set("maxmemory", "1gb")


def test_at_a_full_redis_beat_waits_and_goes_on_by_itself(beat, hands, full):
    scheduler = beat()
    run(scheduler, hands, 4)
    full(True)
    assert run(scheduler, hands, 10)["often"] > 5, "each tick tries: none is taken as started"
    full(False)
    assert 4 <= run(scheduler, hands, 10)["often"] <= 6


def test_a_beat_that_begins_at_a_full_redis_waits_and_goes_on_by_itself(hands, full):
    full(True)
    scheduler = Recording(app_of(hands))
    with pytest.raises(OutOfMemoryError):  # Celery swallows it
        acquire_distributed_beat_lock(SimpleNamespace(scheduler=scheduler))
    assert run(scheduler, hands, 3) == {"often": 0, "now and then": 0}
    full(False)
    assert 4 <= run(scheduler, hands, 10)["often"] <= 6
    assert client().get(LOCK) == scheduler.lock.local.token


def test_a_redis_emptied_and_full_at_once_is_waited_out(beat, hands, full):
    scheduler = beat()
    run(scheduler, hands, 4)
    client().flushall()
    full(True)
    assert run(scheduler, hands, 3) == {"often": 0, "now and then": 0}
    full(False)
    assert 4 <= run(scheduler, hands, 10)["often"] <= 6


def test_each_start_is_moved_once_though_redis_went_away_in_the_middle(beat, hands, monkeypatch):
    scheduler = beat()
    run(scheduler, hands, 70)
    hands.set_by_s(3_600)
    moved, move = [], SteadyScheduler._move

    def fail_at_the_second(self, key, by):
        if moved and len(moved) < 3:
            moved.append(None)
            raise RedisConnectionError("away")
        moved.append(key)
        move(self, key, by)

    monkeypatch.setattr(SteadyScheduler, "_move", fail_at_the_second)
    started = run(scheduler, hands, 60)
    assert 28 <= started["often"] <= 31
    assert started["now and then"] == 1
    keys = [key for key in moved if key]
    assert len(keys) == len(set(keys)) >= len(PERIODS_S)


def test_a_lock_that_another_has_is_left_to_it(beat):
    scheduler = beat()
    client().set(LOCK, "another's")
    with pytest.raises(LockNotOwnedError):
        scheduler.tick()
    assert client().get(LOCK) == b"another's"


def test_a_lock_that_outlives_its_time_is_shortened(hands):
    client().set(LOCK, "one that died before the clock was set back", px=3_600_000)
    Recording(app_of(hands))
    assert 0 < client().pttl(LOCK) <= 10_000


def test_a_lock_within_its_time_is_left_alone(hands):
    client().set(LOCK, "a living one's", px=4_000)
    Recording(app_of(hands))
    assert 0 < client().pttl(LOCK) <= 4_000


def test_a_beat_that_got_no_lock_at_its_start_waits_tick_by_tick_for_another(hands):
    """In one long tick it would be taken for hung (`console.run.celery_loops`)."""
    scheduler = Recording(app_of(hands))
    scheduler.started = []
    client().set(LOCK, "another's")
    assert scheduler.tick() == 1.0
    assert (scheduler.lock, scheduler.started) == (None, [])
    client().delete(LOCK)
    assert run(scheduler, hands, 3)["often"] >= 1
    assert scheduler.lock.owned()


def test_beat_runs_with_it():
    assert f"{SteadyScheduler.__module__}.{SteadyScheduler.__name__}" == settings.CELERY_BEAT_SCHEDULER
