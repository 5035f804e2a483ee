"""Reports asked for, made by workers that may be killed, kept and let go of."""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from console.actions.audit.audit import SYSTEM
from console.errors import Refused
from console.models import AuditEntry
from console.quota.counters import OverQuota
from network.actions.documents import store
from network.actions.service_levels.report import orders
from network.models import (
    Agreement,
    ComplianceStatus,
    OrderState,
    SlaReport,
)
from network.models.order import LEASE, QUEUED_FOR
from tests.conftest import NOON
from tests.network.service_levels.report.conftest import HOUR, SINCE, ask, count


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_for_is_sent_made_and_lies_there_with_its_digests(counted, media, sent):
    asked = ask(counted, sent)
    assert sent == [str(asked.uuid)]
    orders.make(asked.uuid, lambda: NOON)
    sla_report = SlaReport.objects.get()
    assert (sla_report.state, sla_report.problem, sla_report.agreements, sla_report.until_at) == (
        "ready",
        "",
        4,
        SINCE + HOUR,
    )
    for name, digest_, size in (
        ("report.html", sla_report.html_sha256, sla_report.html_bytes),
        ("report.csv", sla_report.csv_sha256, sla_report.csv_bytes),
    ):
        content = (media / sla_report.claim.hex / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (digest_, size)
    assert AuditEntry.objects.get(verb="asked for report").subject == "2026-06 of here"


def test_what_is_under_way_is_not_asked_for_twice_and_what_is_ready_is_made_anew(counted, sent):
    first = ask(counted, sent)
    assert ask(counted, sent).uuid == first.uuid
    assert ask(counted, sent, language="zh-hans").uuid != first.uuid
    SlaReport.objects.update(state=OrderState.READY)
    assert ask(counted, sent).uuid != first.uuid


def test_a_person_may_ask_for_so_many_reports_an_hour(counted, sent, settings):
    settings.LOFT_EVIDENCE_PER_PERSON_PER_H = 1
    ask(counted, sent)
    with pytest.raises(Refused, match="1 reports were asked for"):
        ask(counted, sent, language="zh-hans")
    ask(counted, sent, language="zh-hans", actor=SYSTEM)


def test_who_stores_as_much_as_they_may_gets_no_further_report_nor_map(counted, sent, settings):
    settings.LOFT_QUOTA_STORAGE_BYTES = 1_000
    ask(counted, sent)
    SlaReport.objects.update(state=OrderState.READY, html_bytes=900, csv_bytes=200)
    with pytest.raises(OverQuota, match="bytes stored: this organisation has used 1000 of 1000"):
        ask(counted, sent, language="zh-hans")
    ask(counted, sent, language="zh-hans", actor=SYSTEM)


def test_a_report_that_cannot_be_made_has_failed_and_says_why(counted, media, sent, monkeypatch):
    asked = ask(counted, sent)
    monkeypatch.setattr(orders, "MOST_BYTES", 10)
    orders.make(asked.uuid, lambda: NOON)
    sla_report = SlaReport.objects.get()
    assert (sla_report.state, sla_report.problem.startswith("the report would take")) == ("failed", True)
    assert not list(media.glob("*"))


def test_what_a_failure_holds_of_the_installation_is_logged_and_not_told(counted, media, sent, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device", "/srv/loft/media/reports")

    asked = ask(counted, sent)
    monkeypatch.setattr(orders, "made_of", full)
    orders.make(asked.uuid, lambda: NOON)
    assert SlaReport.objects.get().problem == "OSError: the log of this installation says more"
    assert f"report {asked.uuid} failed" in caplog.text
    assert "/srv/loft/media/reports" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_s_report_is_taken_up_again_once_and_then_has_failed(counted, media, sent):
    asked = ask(counted, sent)
    SlaReport.objects.take(asked.uuid, NOON)  # and dies
    assert orders.requeue_lost(NOON + LEASE, sent.append) == 0
    later = NOON + LEASE + timedelta(seconds=1)
    assert orders.requeue_lost(later, sent.append) == 1
    orders.make(asked.uuid, lambda: later)
    assert SlaReport.objects.get().state == "ready"
    SlaReport.objects.update(state="drawing", attempts=2, look_again_at=later)
    assert orders.requeue_lost(later + LEASE + timedelta(seconds=1), sent.append) == 1
    assert (SlaReport.objects.get().problem, len(sent)) == ("its worker was lost 2 times", 2)


@pytest.mark.django_db(transaction=True)
def test_a_message_that_the_broker_lost_is_sent_again(counted, sent):
    ask(counted, sent)
    assert orders.requeue_lost(NOON + QUEUED_FOR + timedelta(seconds=1), sent.append) == 1
    assert len(sent) == 2


def test_a_worker_that_lost_its_claim_ends_nothing_and_leaves_no_file(counted, media, sent, monkeypatch):
    asked, other = ask(counted, sent), uuid4()

    def stolen(_):
        SlaReport.objects.update(claim=other)
        return orders.Made("d", 0, {"report.html": b"h", "report.csv": b"c"})

    monkeypatch.setattr(orders, "made_of", stolen)
    orders.make(asked.uuid, lambda: NOON)
    assert (SlaReport.objects.get().state, SlaReport.objects.get().claim) == ("drawing", other)
    assert not list(media.glob("*"))


def test_old_reports_go_with_their_files_and_so_does_what_a_killed_worker_left(counted, media, sent, settings):
    settings.LOFT_SLA_REPORT_RETENTION_D = 10
    claim, left, strange = uuid4(), uuid4(), media.parent / "evidence" / uuid4().hex
    row = ask(counted, sent)
    SlaReport.objects.update(claim=claim, state="ready")
    for folder in (claim, left):
        store.keep(folder, {"report.html": b"h"}, "reports")
    strange.mkdir(parents=True)
    os.utime(media / left.hex, (0, 0))
    assert orders.delete_old(NOON + timedelta(days=9)) == 0
    assert [path.name for path in media.iterdir()] == [claim.hex]
    assert orders.delete_old(row.expires_at) == 1
    assert (list(media.iterdir()), strange.is_dir()) == ([], True)


def test_the_month_that_is_over_is_asked_for_by_itself_once_in_every_language(counted, sent):
    july = datetime(2026, 7, 1, 3, tzinfo=UTC)
    assert orders.ask_due(july, sent.append) == 0  # not all of June is counted yet
    count(Agreement.objects.first(), datetime(2026, 6, 30, 15, 59, tzinfo=UTC), 1, 1, span_s=60)
    assert orders.ask_due(july, sent.append) == 2
    assert orders.ask_due(july + HOUR, sent.append) == 0
    reports = SlaReport.objects.order_by("language").values_list("month", "language", "asked_by")
    assert list(reports) == [("2026-06", "en", SYSTEM.name), ("2026-06", "zh-hans", SYSTEM.name)]


def test_a_month_in_which_nothing_was_in_force_yet_is_not_reported_by_itself(counted, sent):
    count(Agreement.objects.first(), datetime(2026, 6, 30, 15, 59, tzinfo=UTC), 1, 1, span_s=60)
    ComplianceStatus.objects.update(began_at=datetime(2026, 6, 30, 16, tzinfo=UTC))
    assert orders.ask_due(datetime(2026, 7, 1, 3, tzinfo=UTC), sent.append) == 0
