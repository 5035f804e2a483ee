"""Two customers and an authority, and of each customer one of everything."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.access.actor import HOME_PK
from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from network.actions.alarms import operator_actions
from network.models import (
    AlarmHold,
    Breach,
    ComplianceStatus,
    Evidence,
    HoldKind,
    Maintenance,
    Notice,
    NoticeChannel,
    SlaReport,
    Slice,
)
from network.models.notices.notice import EscalationRule
from tests.conftest import NOON
from tests.network.owners.rows import BLUE, RED, customer, raised


@pytest.fixture
def red(db):
    return customer(RED)


@pytest.fixture
def blue(db):
    return customer(BLUE)


@pytest.fixture
def watchdog(db):
    return add_organisation(SYSTEM, "watchdog", "Authority", "管理局", ["authority"], NOON)


@pytest.fixture
def world(red, blue, region, make_site, make_agreement):
    """Of each customer and of those who run the network one of everything, told apart by a word in its name."""
    now, site = timezone.now(), make_site("bs-1")
    for word, owner in ((RED, red.pk), (BLUE, blue.pk), ("home", HOME_PK)):
        alarm = raised(owner, f"{word}-drone", now=now)
        operator_actions.comment(SYSTEM, [alarm.pk], f"{word} said", now)
        AlarmHold.objects.create(
            organisation_id=owner, kind=HoldKind.SUPPRESSED, object_key=f"{word}-held", subject=f"{word}-held",
            reason="r", started_at=now, actor="a",
        )  # fmt: skip
        channel = NoticeChannel.objects.create(
            organisation_id=owner, name=f"{word} desk", kind="webhook", target=f"https://{word}.example/x",
            secret_changed_at=now, made_at=now,
        )  # fmt: skip
        Notice.objects.create(channel=channel, kind="raised", body="{}", made_at=now, due_at=now, alarm=alarm)
        EscalationRule.objects.create(organisation_id=owner, severity="major", step=1, after_s=600, channel=channel)
        made = make_agreement(site, organisation_id=owner, name=f"{word} promise")
        Breach.objects.create(agreement=made, started_at=now)
        ComplianceStatus.objects.create(
            agreement=made, began_at=now, period_started_at=now, counted_until=now, judged_at=now, state="breached"
        )
        slice_ = Slice.objects.create(
            organisation_id=owner, slug=f"{word}-slice", name_en=word, name_zh=word, sst=1, changed_at=now
        )
        slice_.sites.set([site])
        Evidence.objects.create(
            organisation_id=owner, region=region, kind="coverage", digest=f"{word}-digest", asked_by=f"{word}.person",
            asked_at=now, expires_at=now + timedelta(days=1),
        )  # fmt: skip
        SlaReport.objects.create(
            organisation_id=owner, region=region, month="2026-06", language="en", since_at=now, until_at=now,
            asked_by=f"{word}.person", asked_at=now, expires_at=now + timedelta(days=1),
        )  # fmt: skip
        Maintenance.objects.create(
            organisation_id=owner, kind="slice", key=f"{word}-slice", starts_at=now, ends_at=now + timedelta(hours=1),
            reason=f"{word} secret", actor="ann", made_at=now,
        )  # fmt: skip
    return site
