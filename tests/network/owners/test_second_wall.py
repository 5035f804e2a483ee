"""What customers do to their alarms reaches past the wall that PostgreSQL puts around their rows, where it has to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.actor import HOME_PK
from network.actions.alarm import Trouble, raise_alarms
from network.models import Alarm, AlarmHold, AlarmType, Maintenance, Notice, NoticeChannel, Severity
from tests.network.owners.rows import raised

pytestmark = pytest.mark.django_db


def test_what_a_customer_does_to_an_alarm_is_told_on_the_channels_of_those_who_run_the_network(red, blue, signed_in):
    now = timezone.now()
    for owner in (HOME_PK, red.pk, blue.pk):
        NoticeChannel.objects.create(
            organisation_id=owner, name="desk", kind="webhook", target="https://x.example", secret_changed_at=now,
            made_at=now,
        )  # fmt: skip
    alarm = raised(red.pk)
    told = signed_in("operator", red.pk).post("/api/v1/alarms/acknowledge", {"ids": [alarm.pk]}, format="json")
    assert told.status_code == 200
    notices = set(Notice.objects.values_list("channel__organisation", "kind"))
    assert notices == {(owner, kind) for owner in (HOME_PK, red.pk) for kind in ("raised", "acknowledged")}


def test_what_a_customer_lets_back_falls_under_the_maintenance_of_those_who_run_the_network(red, make_site, signed_in):
    site, now, planner = make_site("bs-1"), timezone.now(), signed_in("planner", red.pk)
    lost = Trouble("bs-1", "Lost", Severity.MAJOR, AlarmType.EQUIPMENT, "x", site=site, organisation=red.pk)
    (alarm,) = raise_alarms([lost], now)
    assert planner.post("/api/v1/alarms/suppress", {"ids": [alarm.pk], "reason": "r"}, format="json").status_code == 200
    Maintenance.objects.create(
        kind="site", key="bs-1", starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(hours=1),
        reason="rotten mast", actor="ann", made_at=now - timedelta(minutes=2),
    )  # fmt: skip
    told = planner.post("/api/v1/alarms/release", {"ids": [alarm.pk]}, format="json")
    assert (told.status_code, told.json()[0]["state"]) == (200, "suppressed")
    assert "rotten" not in told.content.decode()
    hold = AlarmHold.objects.get(ended_at=None)
    assert (hold.organisation_id, Alarm.objects.get().hold) == (HOME_PK, hold)
