"""What has ended goes once it is past its retention; what is open, unseen or still needed stays."""

from datetime import timedelta

import pytest

from console import retention
from console.actions.audit.audit import SYSTEM
from console.models import TimeMark
from network.actions.alarms import operator_actions
from network.models import Alarm, AlarmEntry, AlarmHold, AlarmType, Breach, Maintenance, Severity
from tests.conftest import NOON
from tests.network.alarms.conditions import cleared, condition
from tests.network.alarms.conditions import raised as raise_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]
DAY = timedelta(days=1)
YEARS = timedelta(days=3 * 365 + 40)


@pytest.fixture(autouse=True)
def ten_days(settings):
    settings.LOFT_ALARM_RETENTION_D = 10


def raised(subject: str, *, ended: bool = True, seen: bool = True) -> Alarm:
    """Raise an alarm at noon, which ends and is acknowledged at once."""
    [alarm] = raise_all([condition(subject, "Silent", Severity.MAJOR, AlarmType.COMMUNICATIONS, "x")], NOON)
    if seen:
        operator_actions.acknowledge(SYSTEM, [alarm.pk], "seen", NOON)
    if ended:
        cleared([(subject, "Silent")], NOON)
    return alarm


def delete_ended(now) -> int:
    """Do what is done once a day, as if it had been yesterday too; return how many rows went."""
    TimeMark.objects.all().delete()
    return sum(node.deleted for node in retention.walk(now, is_daily=True))


def left() -> set[str]:
    return set(Alarm.objects.values_list("subject", flat=True))


def test_what_has_ended_and_was_seen_goes_with_its_history_and_what_was_not_seen_stays_twice_as_long():
    raised("seen")
    raised("unseen", seen=False)
    raised("open", ended=False)
    assert delete_ended(NOON + 10 * DAY) == 0
    assert (delete_ended(NOON + 11 * DAY), left()) == (1, {"unseen", "open"})
    assert set(AlarmEntry.objects.values_list("alarm__subject", flat=True)) == {"unseen", "open"}
    assert (delete_ended(NOON + 21 * DAY), left()) == (1, {"open"})


def test_a_consequence_goes_with_its_root_cause_and_not_before_nor_without_it():
    root, first, second = raised("root"), raised("first"), raised("second", ended=False)
    Alarm.objects.filter(pk__in=[first.pk, second.pk]).update(root=root)
    assert (delete_ended(NOON + 30 * DAY), Alarm.objects.filter(root=root).count()) == (0, 2)
    cleared([("second", "Silent")], NOON + 30 * DAY)
    assert (delete_ended(NOON + 39 * DAY), delete_ended(NOON + 41 * DAY), left()) == (0, 3, set())


def test_many_go_in_pieces(monkeypatch):
    monkeypatch.setattr("network.actions.retention.ROOTS_AT_ONCE", 2)
    for number in range(5):
        raised(f"BS-{number}")
    assert (delete_ended(NOON + 11 * DAY), Alarm.objects.count()) == (5, 0)


def test_a_hold_stays_while_it_is_in_force_or_an_alarm_refers_to_it():
    times = {"kind": "suppressed", "reason": "r", "actor": "a", "started_at": NOON}
    over = AlarmHold.objects.create(object_key="over", subject="over", ended_at=NOON, **times)
    used = AlarmHold.objects.create(object_key="used", subject="used", ended_at=NOON, **times)
    AlarmHold.objects.create(object_key="open", subject="open", **times)
    Alarm.objects.filter(pk=raised("alarm", ended=False).pk).update(hold=used)
    assert delete_ended(NOON + 11 * DAY) == 1
    assert not AlarmHold.objects.filter(pk=over.pk).exists()


def test_breaches_and_maintenance_stay_while_the_ledger_has_days_that_they_explain(make_site, make_agreement):
    agreement = make_agreement(make_site())
    Breach.objects.create(agreement=agreement, started_at=NOON, ended_at=NOON + DAY)
    Breach.objects.create(agreement=agreement, started_at=NOON + DAY)
    Maintenance.objects.create(
        kind="region", starts_at=NOON, ends_at=NOON + DAY, reason="r", actor="a", made_at=NOON - DAY
    )
    assert delete_ended(NOON + 3 * 365 * DAY) == 0
    assert (delete_ended(NOON + YEARS), Maintenance.objects.count()) == (2, 0)
    assert Breach.objects.get().ended_at is None
