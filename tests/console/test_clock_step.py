"""What lasts for so long does so however the clock is set: leases, pauses, sessions; a date that was chosen stays."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session

from console.access import session_rules
from console.access.sessions import ORIGIN
from console.actions import clock_step
from console.actions.access.apikey import create_key
from console.actions.audit.audit import SYSTEM
from console.models import ApiKey, SignedIn, TimeMark
from console.run import clock_steps
from console.run.clock_steps import Step
from network.models import NoticeChannel
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
STEPS_S = [3_600, -3_600, -20, 5]


def step_of(seconds: float) -> Step:
    return Step(NOON, NOON + timedelta(seconds=seconds))


def channel(name: str, ends_s: float, **fields) -> NoticeChannel:
    """Return a channel of which a worker has taken hold, whose lease ends so many seconds after noon."""
    return NoticeChannel.objects.create(
        name=name, kind="webhook", target="https://example.org/", made_at=NOON, secret_changed_at=NOON, claim=uuid4(),
        look_again_at=NOON + timedelta(seconds=ends_s), **fields,
    )  # fmt: skip


def session(key: str, **times) -> None:
    Session.objects.create(session_key=key, session_data="", expire_date=times["expires"])


@pytest.mark.parametrize("step_s", STEPS_S)
def test_a_session_lasts_as_long_as_it_would_have(step_s):
    session("a", expires=NOON + timedelta(hours=2))
    session("ended", expires=NOON - timedelta(minutes=30))
    step = step_of(step_s)
    assert clock_step.follow([step]) == 1
    left = Session.objects.get(session_key="a").expire_date - step.after
    assert left == timedelta(hours=2)
    assert Session.objects.get(session_key="ended").expire_date <= step.after


@pytest.mark.parametrize("step_s", STEPS_S)
def test_a_session_is_idle_after_as_long_as_it_would_have_been(step_s, person, settings, monkeypatch):
    monkeypatch.setattr(session_rules, "_active_at", {})
    settings.LOFT_IDLE_MIN = 10
    used = NOON - timedelta(minutes=4)
    SignedIn.objects.create(session_key="a", person=person("viewer"), started_at=used, active_at=used)
    session_rules._keep("a", used)
    step = step_of(step_s)
    clock_step.follow([step])

    class Held(dict):
        session_key = "a"

    held = Held({ORIGIN: {"at_s": used.timestamp()}})
    left_s = session_rules.idle_left_s(held, step.after)
    assert left_s == pytest.approx(360, abs=abs(step_s) if abs(step_s) < 60 else 0.1)
    assert session_rules.is_idle(held, step.after + timedelta(minutes=6, seconds=21))


@pytest.mark.parametrize("step_s", STEPS_S)
def test_a_lease_and_a_pause_end_when_they_would_have(step_s):
    held, over = channel("held", 50, paused_until=NOON + timedelta(seconds=300)), channel("over", -1)
    step = step_of(step_s)
    clock_step.follow([step])
    held.refresh_from_db()
    assert held.look_again_at == step.after + timedelta(seconds=50)
    assert held.paused_until == step.after + timedelta(seconds=300)
    assert list(NoticeChannel.objects.lost(step.after + timedelta(seconds=0.001))) == [over]
    assert held.renew(step.after + timedelta(seconds=10))  # whoever has it keeps it


def test_one_process_moves_them_and_every_step_once():
    session("a", expires=NOON + timedelta(hours=2))
    forth, back = step_of(3_600), Step(NOON + timedelta(hours=1), NOON)
    assert [clock_step.follow(found) for found in ([], [forth], [forth], [back, forth], [back, forth])] == [
        0,
        1,
        0,
        1,
        0,
    ]
    assert Session.objects.get().expire_date == NOON + timedelta(hours=2)


def test_two_steps_found_together_are_followed_in_their_order():
    session("a", expires=NOON + timedelta(hours=2))
    forth = step_of(3_600)
    assert clock_step.follow([Step(forth.after, forth.after - timedelta(seconds=20)), forth]) == 2
    assert Session.objects.get().expire_date == NOON + timedelta(hours=3) - timedelta(seconds=20)


def test_a_year_ahead_signs_nobody_out_and_gives_nobody_a_year():
    session("a", expires=NOON + timedelta(hours=2))
    session("made after the step", expires=NOON + timedelta(days=365, hours=12))
    step = step_of(365 * 86_400)
    clock_step.follow([step])
    ends = dict(Session.objects.values_list("session_key", "expire_date"))
    assert ends == {"a": step.after + timedelta(hours=2), "made after the step": step.after + timedelta(hours=12)}


@pytest.mark.usefixtures("roles")
def test_the_end_of_a_key_is_a_date_and_stays():
    key, _ = create_key(SYSTEM, "fleet", ["reports:write"], NOON, expires_at=NOON + timedelta(hours=1))
    clock_step.follow([step_of(-3_600)])
    assert ApiKey.objects.get(pk=key.pk).expires_at == NOON + timedelta(hours=1)


def test_what_was_slewed_moves_nothing():
    session("a", expires=NOON + timedelta(hours=2))
    clock_step.follow([step_of(0.4)])
    assert Session.objects.get().expire_date == NOON + timedelta(hours=2)
    assert TimeMark.objects.count() == 1


@pytest.mark.usefixtures("empty_redis")
def test_the_steps_that_are_found_are_what_is_followed(hands):
    session("a", expires=NOON + timedelta(hours=2))
    clock_steps.look()
    hands.set_by_s(-20)
    clock_steps.look()
    assert clock_step.follow(clock_steps.steps()) == 1
    assert Session.objects.get().expire_date == NOON + timedelta(hours=2) - timedelta(seconds=20)
