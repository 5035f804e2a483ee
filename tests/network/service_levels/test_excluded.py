"""Maintenance in the ledger: what was announced in time is left out, the rest counts."""

from datetime import timedelta

import pytest

from network.actions.maintenance import maintenance
from network.models import (
    Maintenance,
)
from tests.conftest import NOON
from tests.network.service_levels.conftest import MINUTE, begin, counted, drawn, record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]


def test_maintenance_announced_before_leaves_its_whole_minutes_out(make_site, make_agreement):
    site = make_site()
    agreement = make_agreement(site)
    for minute in range(4):
        drawn(site, minute, answered=0)
    Maintenance.objects.create(
        kind="site", key="bs-000", starts_at=NOON + timedelta(seconds=30), ends_at=NOON + 3 * MINUTE, reason="swap",
        actor="ann", made_at=NOON - MINUTE,
    )  # fmt: skip
    begin(agreement)
    record(4)
    assert counted(agreement) == [(0, 30, 0, 0), (0, 0, 0, 60), (0, 0, 0, 60), (0, 30, 0, 0)]


def test_what_is_announced_late_counts_until_it_was(make_site, make_agreement):
    site = make_site()
    agreement = make_agreement(site)
    for minute in range(4):
        drawn(site, minute, answered=0)
    Maintenance.objects.create(
        kind="region", key="here", starts_at=NOON, ends_at=NOON + 4 * MINUTE, reason="swap", actor="ann",
        made_at=NOON + 2 * MINUTE,
    )  # fmt: skip
    begin(agreement)
    record(4)
    assert [row[3] for row in counted(agreement)] == [0, 0, 60, 60]


def test_withdrawn_maintenance_leaves_nothing_out_from_then_on(make_site, make_agreement):
    site = make_site()
    agreement = make_agreement(site)
    Maintenance.objects.create(
        kind="region", key="", starts_at=NOON, ends_at=NOON + 4 * MINUTE, reason="swap", actor="ann",
        made_at=NOON - MINUTE, withdrawn_at=NOON + 2 * MINUTE,
    )  # fmt: skip
    begin(agreement)
    record(4)
    assert [row[3] for row in counted(agreement)] == [60, 60, 0, 0]


def test_times_together_may_cover_a_minute_and_a_gap_does_not():
    second = timedelta(seconds=1)
    halves = [(NOON - second, NOON + 30 * second), (NOON + 30 * second, NOON + MINUTE)]
    assert maintenance.covers(halves, NOON, NOON + MINUTE)
    assert not maintenance.covers([halves[0], (NOON + 31 * second, NOON + MINUTE)], NOON, NOON + MINUTE)
    assert not maintenance.covers([], NOON, NOON + MINUTE)
