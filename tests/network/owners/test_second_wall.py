"""What customers do to their alarms reaches past the wall that PostgreSQL puts around their rows, where it has to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.access.actor import HOME_PK
from network.models import Alarm, AlarmHold, Maintenance, Notice, NoticeChannel
from tests.network.alarms.conditions import condition
from tests.network.alarms.conditions import raised as raise_all
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
    answer = signed_in("operator", red.pk).post("/api/v1/alarms/acknowledge", {"ids": [alarm.pk]}, format="json")
    assert answer.status_code == 200
    notices = set(Notice.objects.values_list("channel__organisation", "kind"))
    assert notices == {(owner, kind) for owner in (HOME_PK, red.pk) for kind in ("raised", "acknowledged")}


def test_what_a_customer_lets_back_falls_under_the_maintenance_of_those_who_run_the_network(red, make_site, signed_in):
    site, now, planner = make_site("bs-1"), timezone.now(), signed_in("planner", red.pk)
    (alarm,) = raise_all([condition("bs-1", "Lost", site=site, organisation=red.pk)], now)
    assert planner.post("/api/v1/alarms/suppress", {"ids": [alarm.pk], "reason": "r"}, format="json").status_code == 200
    Maintenance.objects.create(
        kind="site", key="bs-1", starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(hours=1),
        reason="rotten mast", actor="ann", made_at=now - timedelta(minutes=2),
    )  # fmt: skip
    answer = planner.post("/api/v1/alarms/release", {"ids": [alarm.pk]}, format="json")
    assert (answer.status_code, answer.json()[0]["state"]) == (200, "suppressed")
    assert "rotten" not in answer.content.decode()
    hold = AlarmHold.objects.get(ended_at=None)
    assert (hold.organisation_id, Alarm.objects.get().hold) == (HOME_PK, hold)
