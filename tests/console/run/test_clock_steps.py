"""A clock that somebody sets: durations do not mind, the step is told of once, and what it touched is unknown."""

from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from itertools import chain, repeat

import pytest

from console.health import silent
from console.redis_clients import GONE, client
from console.run import clock_steps, heartbeat, starts
from console.run.clock import Clock, StepMeter
from tests.clocks import Hands
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("empty_redis")
HOUR_S = 3_600.0
STEPS_S = (HOUR_S, -HOUR_S, -20.0, 5.0)


def by_s() -> list[float]:
    return [step.by.total_seconds() for step in clock_steps.steps()]


@pytest.mark.parametrize("step_s", STEPS_S)
def test_an_age_is_not_that_of_the_wall_clock(hands, step_s):
    heartbeat.beat("engine")
    hands.pass_s(3)
    hands.set_by_s(step_s)
    assert heartbeat.age_s("engine") == pytest.approx(3)
    assert silent("engine", 5) is None
    hands.pass_s(3)
    assert silent("engine", 5) == "engine was last heard 6 s ago"  # not an hour later, where the clock went back


def test_between_machines_an_age_is_that_of_redis():
    here, there = Hands(NOON), Hands(NOON + timedelta(days=30), "another machine")
    there.pass_s(1e6)
    heartbeat.beat("engine", there.clock)
    assert 0 <= heartbeat.age_s("engine", here.clock) < 60


@pytest.mark.parametrize("machine", ["", "another start"])
def test_a_beat_of_before_a_restart_or_of_an_earlier_release_has_an_age_too(hands, machine):
    seconds, _ = client().time()
    client().set("loft.heartbeat:engine", seconds - 100)
    assert 100 <= heartbeat.age_s("engine") < 160
    heartbeat.beat("engine", Hands(NOON, machine).clock)
    assert 0 <= heartbeat.age_s("engine", Hands(NOON, machine and "this one").clock) < 60


def test_a_full_redis_takes_signs_of_life():
    before = client().config_get("maxmemory")["maxmemory"]
    try:
        client().config_set("maxmemory", 1)
        heartbeat.beat("engine")
        clock_steps.look()
        assert heartbeat.age_s("engine") is not None
    finally:
        client().config_set("maxmemory", before)


@pytest.mark.parametrize("step_s", STEPS_S)
def test_a_step_is_found_by_one_process_and_told_to_all(hands, step_s):
    assert clock_steps.look() is None
    hands.pass_s(2)
    was = hands.at
    hands.set_by_s(step_s)
    step = clock_steps.look()
    assert (step.before, step.after) == (was, hands.at)
    assert clock_steps.look() is None  # another process, that comes later
    assert by_s() == [step_s]


def test_time_that_passes_and_what_a_service_slews_are_no_step(hands):
    for _ in range(50):
        hands.pass_s(2)
        hands.set_by_s(0.17)
        clock_steps.look()
    assert by_s() == []


def test_a_clock_that_is_set_again_and_again_fills_nothing(hands):
    for number in range(150):
        hands.set_by_s(-1 if number % 2 else 1)
        clock_steps.look()
    assert len(by_s()) == clock_steps.MOST_KEPT
    assert by_s()[:2] == [-1, 1]


def test_a_machine_whose_start_has_no_name_tells_of_no_step(hands):
    nameless = Clock(now=hands.clock.now, elapsed_s=hands.clock.elapsed_s, machine="")
    clock_steps.look(nameless)
    hands.set_by_s(100)
    assert clock_steps.look(nameless) is None


def test_a_process_that_is_held_up_between_two_readings_sees_no_step():
    elapsed_s = chain((0.0, 30.0, 30.0, 30.001), repeat(30.001))  # stopped for 30 s just after the first reading
    wall = iter([NOON + timedelta(seconds=30), NOON + timedelta(seconds=30)])
    clock = Clock(now=lambda: next(wall), elapsed_s=lambda: next(elapsed_s), machine="m")
    assert clock.offset_s() == pytest.approx(NOON.timestamp(), abs=0.01)


def test_a_meter_tells_its_process_of_each_step_once(hands):
    meter = StepMeter()
    hands.pass_s(100)
    assert meter.take_s() == 0
    hands.set_by_s(-20)
    assert (meter.take_s(), meter.take_s()) == (-20, 0)


def test_what_a_step_forward_skips_is_an_absence(hands):
    presence = starts.Presence(NOON)
    presence.look(hands.at)
    was, now = hands.pass_s(2), hands.set_by_s(HOUR_S)
    presence.look(now)
    assert starts.absences(was - timedelta(days=1), now) == [(was, now)]


def test_an_absence_that_whoever_found_the_step_could_not_note_is_noted_by_the_next(hands):
    starts.note_clock()
    was, now = hands.at, hands.set_by_s(3_600)
    with full(), pytest.raises(GONE):
        starts.note_clock()
    assert starts.note_clock() is None  # it was found
    assert starts.absences(was - timedelta(days=1), now) == [(was, now)]
    starts.note_absence(now, now + timedelta(seconds=60))
    starts.note_clock()  # nothing is new
    assert len(starts.absences(was - timedelta(days=1), now + timedelta(seconds=60))) == 2


@contextmanager
def full():
    before = client().config_get("maxmemory")["maxmemory"]
    try:
        client().config_set("maxmemory", 1)
        yield
    finally:
        client().config_set("maxmemory", before)


def test_of_all_steps_found_while_redis_is_full_the_absences_are_noted_once_there_is_room(hands):
    starts.note_clock()
    skipped = []
    with full():
        for step_s in (HOUR_S, 600.0, 60.0):
            skipped.append((hands.at, hands.set_by_s(step_s)))
            with pytest.raises(GONE):
                starts.note_clock()
            hands.pass_s(100)
    assert starts.note_clock() is None  # all were found
    assert starts.absences(NOON - timedelta(days=1), hands.at) == skipped


def test_they_are_those_that_would_have_been_noted_at_once(hands):
    def noted(room):
        client().flushall()
        hands.set_by_s((NOON - hands.at).total_seconds())
        starts.note_clock()
        with room:
            for step_s in (HOUR_S, -HOUR_S, -20.0, 7.0, -3.0):
                hands.set_by_s(step_s)
                with suppress(GONE):
                    starts.note_clock()
                hands.pass_s(5)
        starts.note_clock()
        return starts.absences(NOON - timedelta(days=1), NOON + timedelta(days=1))

    at_once = noted(nullcontext())
    assert len(at_once) > 2
    assert noted(full()) == at_once


def test_a_step_found_while_the_others_are_noted_is_noted_as_well(hands, monkeypatch):
    starts.note_clock()
    first = hands.at, hands.set_by_s(HOUR_S)
    note, second = starts.note_absence, []

    def meanwhile(*times):
        note(*times)
        if not second:
            hands.pass_s(5)
            second.append((hands.at, hands.set_by_s(60)))
            assert clock_steps.look()  # another process, which ends before it notes anything

    monkeypatch.setattr(starts, "note_absence", meanwhile)
    starts.note_clock()
    starts.note_clock()
    assert starts.absences(NOON - timedelta(days=1), hands.at) == [first, *second]
    assert clock_steps.undone() == 0


def test_steps_without_end_on_a_full_redis_are_bounded(hands):
    starts.note_clock()
    with full():
        for _ in range(clock_steps.MOST_KEPT + 20):
            hands.set_by_s(10.0)
            with pytest.raises(GONE):
                starts.note_clock()
    starts.note_clock()
    assert len(starts.absences(NOON - timedelta(days=1), hands.at)) == clock_steps.MOST_KEPT
    assert clock_steps.undone() == 0


def test_what_a_step_back_lives_through_twice_is_an_absence_and_a_false_future_is_forgotten(hands):
    presence = starts.Presence(NOON)
    presence.look(hands.at)
    hands.set_by_s(-20)
    presence.look(hands.at)
    assert starts.absences(hands.at, NOON + timedelta(days=1)) == [(hands.at, NOON)]


def test_an_hour_forth_and_back_leaves_what_was_measured_under_the_false_time_unknown(hands):
    presence = starts.Presence(NOON)
    presence.look(hands.at)
    presence.look(hands.set_by_s(HOUR_S))
    ahead = [hands.at, hands.pass_s(5)]
    presence.look(ahead[1])
    presence.look(hands.set_by_s(-HOUR_S))
    back = hands.at
    absences = starts.absences(NOON - timedelta(days=1), NOON + timedelta(days=1))
    assert absences == [(NOON, back), (ahead[0], ahead[1])]  # the hour in between will be measured yet


def test_a_year_ahead_and_back_does_not_make_the_year_an_absence(hands):
    presence, year_s = starts.Presence(NOON), 365 * 86_400
    starts.note_absence(NOON - timedelta(days=1), NOON - timedelta(hours=23))
    for step_s in (0, year_s, -year_s):
        presence.look(hands.set_by_s(step_s))
        presence.look(hands.pass_s(1))
    later = starts.absences(hands.at, NOON + timedelta(days=300))
    assert later == []


@pytest.mark.parametrize("step_s", STEPS_S)
def test_after_a_step_silences_count_anew(hands, step_s, settings, tmp_path):
    settings.LOFT_RUN_DIR = tmp_path
    limit = timedelta(seconds=30)
    starts.note_console_start(hands.at)
    assert not starts.has_listened_for(limit, hands.pass_s(10))
    assert starts.has_listened_for(limit, hands.pass_s(2 * HOUR_S))
    hands.set_by_s(step_s)
    assert not starts.has_listened_for(limit, hands.at)  # without waiting for who looks every two seconds
    assert not starts.has_listened_for(limit, hands.pass_s(29))
    assert starts.has_listened_for(limit, hands.pass_s(1))


def test_a_step_back_to_before_the_start_does_not_excuse_for_its_length(hands, settings, tmp_path):
    settings.LOFT_RUN_DIR = tmp_path
    starts.note_console_start(hands.at)
    clock_steps.look()
    hands.pass_s(60)
    hands.set_by_s(-HOUR_S)
    assert not starts.has_listened_for(timedelta(seconds=30), hands.at)
    assert starts.has_listened_for(timedelta(seconds=30), hands.pass_s(30))


def test_absences_of_web_processes_are_not_those_of_their_wall_clock(hands):
    presence = starts.Presence(NOON)
    presence.look(hands.at)
    hands.pass_s(2)
    for step_s in STEPS_S:
        client().delete("loft.absences")
        presence.look(hands.set_by_s(step_s))
        absent_s = [(end - start).total_seconds() for start, end in starts.absences(NOON - timedelta(days=9), NOON)]
        assert all(second in (abs(step_s), 7.0) or second <= HOUR_S for second in absent_s)
