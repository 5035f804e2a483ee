"""Workers that are killed, come second or come too late: the same holds of every row that workers take."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.forms.models import model_to_dict

from console.models import Leased, LeasedOrder, LeasedQuerySet
from network.actions.evidence import orders as maps
from network.models import Evidence
from tests.conftest import NOON
from tests.console.leased.conftest import CIRCLE, ORDERS, PLANNER, USERS, nobody

pytestmark = pytest.mark.django_db
every_user = pytest.mark.parametrize("user", list(USERS), indirect=True)
every_order = pytest.mark.parametrize("user", ORDERS, indirect=True)
SECOND = timedelta(seconds=1)


def test_every_model_whose_rows_are_taken_is_tried_here():
    users = {model for model in apps.get_models() if issubclass(model, Leased)}
    assert set(USERS.values()) == users
    assert {model for model in users if not isinstance(model._default_manager.all(), LeasedQuerySet)} == set()


@every_user
def test_what_a_killed_worker_had_is_taken_again_and_done_exactly_once(user):
    killed = user.model.objects.take(user.pk, user.start)
    assert killed is not None
    user.work(user.start + SECOND)  # its message comes again while the lease still runs
    assert user.times_done() == 0
    if user.look_after:
        assert user.look_after(user.start + SECOND) == []
        assert user.look_after(user.lease_over) == [str(user.pk)]
    user.work(user.lease_over)
    assert user.times_done() == 1
    user.work(user.lease_over)  # as a broker delivers what it thinks was lost
    if user.look_after:
        assert user.look_after(user.lease_over + timedelta(days=1)) == []
    assert user.times_done() == 1
    assert user.row.claim != killed.claim


@every_user
def test_a_message_that_comes_again_when_the_lease_is_over_takes_the_row_before_anybody_looks(user):
    user.model.objects.take(user.pk, user.start)
    user.work(user.lease_over)
    assert user.times_done() == 1


@every_user
def test_of_two_who_saw_the_row_free_one_takes_it(user):
    first, second = (user.model.objects.free(user.start).get(pk=user.pk) for _ in range(2))
    assert (first.seize(user.start), second.seize(user.start)) == (True, False)
    assert (user.row.claim, second.claim is None) == (first.claim, True)
    assert user.model.objects.take(user.pk, user.start) is None
    assert user.model.objects.filter(pk=user.pk).take_next(user.start) is None


@pytest.mark.django_db(transaction=True)
@every_user
def test_of_eight_who_take_at_the_same_time_one_wins(user):
    if connection.vendor != "postgresql":
        pytest.skip("a database in memory has one line, so that nobody comes at the same time")

    def take(_):
        try:
            return user.model.objects.take(user.pk, user.start)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        winners = [row for row in pool.map(take, range(8)) if row is not None]
    assert [row.claim for row in winners] == [user.row.claim]


@every_user
def test_who_lost_the_claim_changes_nothing_however_late(user):
    late = user.model.objects.take(user.pk, user.start)
    holder = user.model.objects.take(user.pk, user.lease_over)
    before = model_to_dict(user.row)
    assert not late.renew(user.lease_over)
    assert not late.let_go()
    if isinstance(late, LeasedOrder):
        assert not late.end(late.given_up, user.lease_over)
        assert not late.requeue(user.lease_over)
        assert not late.give_up(user.lease_over, "lost")
    assert model_to_dict(user.row) == before
    assert holder.renew(user.lease_over)


@every_user
def test_of_two_who_saw_the_row_free_the_second_does_not_take_what_may_not_be_taken_by_then(user):
    first, second = (user.model.objects.free(user.start).get(pk=user.pk) for _ in range(2))
    assert first.seize(user.start)
    assert first.let_go(second.look_again_at, **({} if isinstance(first, LeasedOrder) else paused(user)))
    assert not second.seize(user.start)


def paused(user):
    return {"paused_until": user.start + timedelta(minutes=5)}


@every_user
def test_a_lease_that_is_renewed_is_not_over(user):
    holder = user.model.objects.take(user.pk, user.start)
    assert holder.renew(user.start + user.model.lease)
    assert user.model.objects.take(user.pk, user.lease_over) is None
    assert user.row.look_again_at == user.start + 2 * user.model.lease
    assert holder.let_go()
    assert not holder.let_go()
    assert user.model.objects.free(user.lease_over).filter(pk=user.pk).exists()


@every_order
def test_what_has_ended_is_not_taken_nor_ended_again(user):
    holder = user.model.objects.take(user.pk, user.start)
    assert holder.end(holder.given_up, user.start)
    assert not holder.end(holder.under_way, user.start)
    assert not holder.requeue(user.start)
    assert user.model.objects.take(user.pk, user.start + timedelta(days=1)) is None
    assert user.look_after(user.start + timedelta(days=1)) == []
    assert user.row.state == holder.given_up


@every_order
def test_what_loses_its_worker_too_often_is_given_up_and_says_so(user):
    now, most = user.start, user.model.most_attempts
    for attempt in range(1, (most or 20) + 1):
        assert user.model.objects.take(user.pk, now).attempts == attempt
        now += user.model.lease + SECOND
        assert user.look_after(now) == ([] if attempt == most else [str(user.pk)])
    row = user.row
    if most is None:
        assert row.state == row.waiting
        return
    assert (row.state, getattr(row, row.problem_field)) == (row.given_up, f"its worker was lost {most} times")
    assert user.model.objects.take(user.pk, now) is None


@every_order
def test_a_message_that_the_broker_lost_is_sent_again(user):
    due = user.row.look_again_at or user.start
    assert user.look_after(due + SECOND) == [str(user.pk)]
    assert user.row.attempts == 0
    user.work(due + SECOND)
    assert user.times_done() == 1


@every_order
def test_of_two_who_look_after_what_was_lost_one_sends_it(user):
    user.model.objects.take(user.pk, user.start)
    first, second = (user.model.objects.lost(user.lease_over).get(pk=user.pk) for _ in range(2))
    assert (first.requeue(user.lease_over), second.requeue(user.lease_over)) == (True, False)
    assert not second.give_up(user.lease_over, "lost")


@every_order
def test_who_went_on_in_time_is_not_lost(user):
    holder = user.model.objects.take(user.pk, user.start)
    seen = user.model.objects.lost(user.lease_over).get(pk=user.pk)
    assert holder.renew(user.lease_over)
    assert not seen.requeue(user.lease_over)
    assert user.row.claim == holder.claim


def test_the_next_is_the_first_that_nobody_is_quicker_to_take(town, monkeypatch):
    first, second = (maps.ask(PLANNER, town, CIRCLE | {"threshold_ms": ms}, NOON, nobody) for ms in (1.0, 2.0))
    seize = Evidence.seize

    def seize_after_a_rival(row, now):
        Evidence.objects.filter(pk=first.pk).update(claim=uuid4(), look_again_at=now + timedelta(minutes=1))
        return seize(row, now)

    monkeypatch.setattr(Evidence, "seize", seize_after_a_rival)
    waiting = (
        Evidence.objects.order_by("digest") if first.digest < second.digest else Evidence.objects.order_by("-digest")
    )
    assert waiting.take_next(NOON).pk == second.pk
    assert waiting.take_next(NOON) is None
