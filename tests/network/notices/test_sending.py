"""Notices are sent at least once under one id, in order, given up and sent again."""

import json
from uuid import uuid4

import pytest

from console.actions.audit.audit import SYSTEM
from console.models import AuditEntry
from network.actions.alarms import notice_delivery, object_names
from network.actions.notices import notice, notice_channel, notice_send
from network.models import Alarm, Notice, NoticeChannel
from tests.network.notices.conftest import after, raised, send
from tests.retention import deleted

pytestmark = pytest.mark.django_db


def test_what_failed_comes_again_with_the_same_id_and_body_until_it_is_taken(receiver, channel):
    receiver.says(503)
    raised()
    assert send(10) == 0
    row = Notice.objects.get()
    assert (row.state, row.attempts, row.problem) == ("waiting", 1, "answered with 503")
    assert 5 <= (row.due_at - after(10)).total_seconds() <= 10
    channel.refresh_from_db()
    assert (channel.failures, channel.paused_until > after(14), channel.claim) == (1, True, None)
    assert send(12) == 0
    assert len(receiver.calls) == 1
    receiver.says(200)
    assert send(30) == 1
    assert len(set(receiver.ids())) == 1
    assert receiver.calls[0].body == receiver.calls[1].body
    assert receiver.calls[0].headers["webhook-signature"] != receiver.calls[1].headers["webhook-signature"]
    channel.refresh_from_db()
    assert (channel.failures, channel.paused_until) == (0, None)


def test_a_channel_that_is_away_is_left_alone_and_keeps_the_order(receiver, channel):
    receiver.says(500)
    raised("BS-000")
    raised("BS-001", after(1))
    send(10)
    assert len(receiver.calls) == 1
    receiver.says(200)
    send(60)
    assert [json.loads(call.body)["alarm"]["subject"] for call in receiver.calls] == ["BS-000", "BS-000", "BS-001"]


def test_a_notice_that_is_refused_does_not_hold_up_the_others(receiver, channel):
    bad = raised("BS-000")
    raised("BS-001")
    receiver.answer = lambda call: (400 if f'"id": {bad.pk}' in call.body.decode() else 200, {})
    assert send(10) == 1
    assert Notice.objects.get(alarm=bad).state == "waiting"


def test_a_worker_that_is_killed_after_sending_sends_the_same_id_again(receiver, channel, monkeypatch):
    class Killed(BaseException):
        """As SIGKILL: nothing of ours runs after it."""

    def die(*_):
        raise Killed

    raised()
    with monkeypatch.context() as patch:
        patch.setattr(notice_send, "_settle", die)
        with pytest.raises(Killed):
            send(10)
    NoticeChannel.objects.update(claim=uuid4(), look_again_at=after(70))  # what the killed worker never took back
    assert (Notice.objects.get().state, len(receiver.calls)) == ("waiting", 1)
    assert send(60) == 0
    assert send(71) == 1
    assert (len(receiver.calls), len(set(receiver.ids()))) == (2, 1)
    assert Notice.objects.get().attempts == 2


def test_two_workers_do_not_send_for_one_channel_at_once(receiver, channel):
    raised()
    receiver.says(200)
    NoticeChannel.objects.update(claim=uuid4(), look_again_at=after(30))
    assert send(10) == 0
    assert receiver.calls == []
    assert send(31) == 1


@pytest.mark.parametrize(("status", "count", "state"), [(200, 1, "sent"), (500, 0, "waiting")])
def test_a_worker_that_lost_its_channel_says_what_arrived_and_nothing_else(
    receiver, channel, monkeypatch, status, count, state
):
    raised()
    receiver.says(status)
    carry = notice_send._carry

    def slowly(*args):
        NoticeChannel.objects.update(claim=uuid4(), look_again_at=after(200))  # meanwhile another took the channel
        carry(*args)

    monkeypatch.setattr(notice_send, "_carry", slowly)
    assert send(10) == count
    notice, channel = Notice.objects.get(), NoticeChannel.objects.get()
    assert (len(receiver.calls), notice.state, notice.problem, bool(notice.sent_at)) == (1, state, "", bool(count))
    assert (channel.look_again_at, channel.claim is None, channel.failures) == (after(200), False, 0)


def test_what_cannot_be_delivered_is_given_up_an_alarm_says_so_and_it_can_be_sent_again(receiver, channel, settings):
    settings.LOFT_NOTICE_ATTEMPTS = 3
    receiver.says(500)
    raised()
    for seconds in (10, 100, 1000):
        send(seconds)
    dead = Notice.objects.get(state="dead")
    assert (dead.attempts, dead.problem, len(receiver.calls)) == (3, "answered with 500", 3)
    alarm = Alarm.objects.active().get(specific_problem=notice_delivery.UNDELIVERED.text)
    assert (alarm.subject, alarm.severity, alarm.detail["reason"]) == ("umbrella", "minor", "answered with 500")
    receiver.says(200)
    notice.send_again(SYSTEM, dead, after(5000))
    send(5000)
    assert Notice.objects.get(pk=dead.pk).state == "sent"
    assert set(receiver.ids()) >= {str(dead.pk)}
    assert not Alarm.objects.active().filter(specific_problem=notice_delivery.UNDELIVERED.text).exists()
    assert AuditEntry.objects.filter(verb="sent notice again").count() == 1


@pytest.mark.parametrize("change", ["rename", "remove"])
def test_a_channel_that_is_renamed_keeps_its_alarm_and_one_that_is_removed_leaves_none(
    receiver, channel, settings, change
):
    settings.LOFT_NOTICE_ATTEMPTS = 1
    receiver.says(500)
    raised()
    send(10)
    assert Alarm.objects.active().filter(specific_problem=notice_delivery.UNDELIVERED.text).count() == 1
    if change == "rename":
        notice_channel.change_channel(SYSTEM, channel, {"name": "other"}, after(20))
        assert object_names.follow_names(after(21)) == 1
        assert Alarm.objects.active().get(problem="notices_undelivered").subject == "other"
        receiver.says(200)
        raised("BS-002")
        send(100)
    else:
        notice_channel.remove_channel(SYSTEM, channel, after(20))
    assert not Alarm.objects.active().filter(specific_problem=notice_delivery.UNDELIVERED.text).exists()


def test_a_notice_whose_workers_are_lost_again_and_again_is_given_up(receiver, channel, settings):
    raised()
    Notice.objects.update(attempts=settings.LOFT_NOTICE_ATTEMPTS)
    send(10)
    assert receiver.calls == []
    assert Notice.objects.get(alarm__subject="BS-000").problem == "every worker that tried was lost"


def test_a_channel_has_room_for_so_many_and_the_rest_is_kept_as_given_up(channel, monkeypatch):
    monkeypatch.setattr(notice, "MOST_WAITING", 3)
    for number in range(5):
        raised(f"BS-00{number}")
    assert Notice.objects.filter(state="waiting").count() == 3
    assert Notice.objects.filter(state="dead").count() == 2


def test_retention_spares_what_waits(channel, settings):
    raised("BS-000")
    raised("BS-001")
    Notice.objects.filter(alarm__subject="BS-000").update(state="sent")
    assert deleted("notices", after(86_400 * settings.LOFT_NOTICE_RETENTION_D)) == 0
    assert deleted("notices", after(86_400 * settings.LOFT_NOTICE_RETENTION_D + 1)) == 1
    assert Notice.objects.get().alarm.subject == "BS-001"
