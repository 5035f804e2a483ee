"""A clock that was set is one alarm, which says by how much; and nobody hears of what only seemed late."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from console import retention
from console.models import TimeMark
from console.run import heartbeat, starts
from network.actions.selfwatch import platform
from network.actions.selfwatch.clock import HELD, STEPPED, TOLD_FOR, Watch
from network.actions.selfwatch.watch import HEALTH_CHECKS
from network.actions.selfwatch.watch import Watch as ScheduleWatch
from network.models import Alarm, AlarmEntry
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
STEPS_S = [3_600, -3_600, -20, 5]


@pytest.fixture(autouse=True)
def quiet(monkeypatch, empty_redis):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def sums_marked() -> dict[str, int]:
    """Return which sums are to be made again, and how often that was said."""
    return dict(TimeMark.objects.filter(name__startswith="roll-up").values_list("name", "revision"))


class Web:
    """The looks of a web process that have to do with clocks, in their order."""

    def __init__(self, hands):
        self.hands = hands
        self.watches = [kind(hands.at) for kind in (starts.Presence, ScheduleWatch, platform.Watch, Watch)]

    def turn(self, seconds=2.0):
        """Let two seconds pass in which the schedule runs, and look."""
        heartbeat.beat(HEALTH_CHECKS)
        self.hands.pass_s(seconds)
        for watch in self.watches:
            watch.look(self.hands.at)


@pytest.mark.parametrize("step_s", STEPS_S)
def test_a_step_is_one_alarm_that_says_by_how_much_and_it_is_the_only_one(hands, step_s):
    web = Web(hands)
    web.turn()
    was = hands.at
    hands.set_by_s(step_s)
    for _ in range(30):
        web.turn()
    alarm = Alarm.objects.get()  # health checks are not overdue, nothing is away
    assert (alarm.problem, alarm.severity, alarm.ended_at) == (STEPPED.code, "warning", None)
    after = was + timedelta(seconds=2 + step_s)
    assert alarm.detail == {
        "by_s": step_s, "before": (was + timedelta(seconds=2)).isoformat(), "after": after.isoformat(), "times": 1
    }  # fmt: skip
    hands.pass_s(TOLD_FOR.total_seconds())
    web.turn()
    assert Alarm.objects.get().ended_at is not None


def test_a_clock_set_again_and_again_is_one_alarm(hands):
    web = Web(hands)
    web.turn()
    for number in range(20):
        hands.set_by_s(-7 if number % 2 else 7)
        web.turn()
    assert Alarm.objects.get().problem == STEPPED.code
    assert AlarmEntry.objects.filter(kind="raised").count() == 1


def test_an_alarm_of_before_this_process_is_ended_by_it(hands):
    first = Web(hands)
    first.turn()
    hands.set_by_s(-20)
    first.turn()
    hands.pass_s(TOLD_FOR.total_seconds())
    Watch(hands.at).look(hands.at)
    assert Alarm.objects.get().ended_at is not None


@pytest.mark.parametrize("step_s", STEPS_S)
def test_a_schedule_that_stands_still_is_told_of_after_a_step_as_well(hands, step_s):
    web = Web(hands)
    web.turn()
    hands.set_by_s(step_s)
    for seconds in (2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2):
        hands.pass_s(seconds)
        for watch in web.watches:
            watch.look(hands.at)
    assert "health_checks_overdue" in set(Alarm.objects.active().values_list("problem", flat=True))


def test_without_a_step_nothing_is_told(hands):
    web = Web(hands)
    for _ in range(5):
        web.turn()
    assert not Alarm.objects.exists()
    assert hands.at == NOON + timedelta(seconds=10)


def test_while_nothing_is_deleted_for_the_clock_may_be_ahead_that_is_an_alarm(hands):
    web = Web(hands)
    retention.walk(hands.at)
    web.turn()
    hands.set_by_s(365 * 86_400)
    web.turn()
    retention.walk(hands.at)
    web.turn()
    active = Alarm.objects.active()
    assert set(active.values_list("problem", flat=True)) == {STEPPED.code, HELD.code}
    hands.set_by_s(-365 * 86_400)
    web.turn()
    assert set(active.values_list("problem", flat=True)) == {STEPPED.code}


def test_an_hour_forth_and_back_is_over_when_its_times_come_again(hands):
    web = Web(hands)
    web.turn()
    hands.set_by_s(3_600)
    web.turn()
    hands.set_by_s(-3_600)
    web.turn()
    Session.objects.create(session_key="a", session_data="", expire_date=hands.at + timedelta(hours=3))
    ends_at, marks = Session.objects.get().expire_date, sums_marked()
    hands.pass_s(3_570)  # a minute about the time to which the clock was set forth
    for _ in range(30):
        web.turn()
    assert Session.objects.get().expire_date == ends_at
    assert sums_marked() == marks
    assert not Alarm.objects.active().filter(problem=STEPPED.code).exists()


def test_a_step_found_while_the_database_was_away_for_long_is_followed_when_it_is_back(hands):
    web = Web(hands)
    web.turn()
    Session.objects.create(session_key="a", session_data="", expire_date=hands.at + timedelta(hours=3))
    ends_at = Session.objects.get().expire_date
    hands.set_by_s(3_600)
    starts.note_clock()
    hands.pass_s(TOLD_FOR.total_seconds() + 60)
    web.watches[-1].look(hands.at)
    assert Session.objects.get().expire_date == ends_at + timedelta(hours=1)


@pytest.mark.parametrize("step_s", STEPS_S)
def test_a_step_back_has_minutes_and_hours_made_again_once_and_one_forth_does_not(hands, step_s):
    web = Web(hands)
    web.turn()
    hands.set_by_s(step_s)
    web.turn()
    marks = sums_marked()
    web.turn()
    assert sums_marked() == marks
    assert {name.partition(": ")[2] for name in marks} == (
        {
            "minutes of samples", "hours of samples", "hours of counters",
            "minutes of the ledger", "hours of the ledger", "days of the ledger",
        } if step_s < 0 else set()
    )  # fmt: skip
