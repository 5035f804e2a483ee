"""The ledger of service levels: minutes counted once, summed to hours and days, let go of."""

from datetime import timedelta

import pytest

from network.actions.service_levels import ledger, sources
from network.kernels.sla.sla import Metric
from network.models import (
    Agreement,
    ComplianceStatus,
    CountSpan,
    ServiceCount,
    StampSample,
    subject,
)
from tests.conftest import NOON
from tests.network.kinds import kind_of
from tests.network.service_levels.conftest import MINUTE, begin, counted, drawn, fill, record
from tests.retention import deleted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]


def test_a_minute_of_a_site_counts_rounds_packets_and_times(make_site, make_agreement):
    site = make_site()
    up = make_agreement(site)
    loss = make_agreement(site, Metric.LOSS_SHARE, 0.01)
    fast = make_agreement(site, Metric.RTT_P99, 4.0)
    steady = make_agreement(site, Metric.JITTER, 2.0)
    drawn(site, 0, answered=29, lost=12, rtts_ms=[1.0, 2.0, 2.9, 3.2, 4.5])
    assert record(1) == 1
    assert counted(up) == [(29, 30, 0, 0)]
    assert counted(loss) == [(288, 300, 0, 0)]
    assert counted(fast) == [(4, 5, 0, 0)]
    assert counted(steady) == [(3, 5, 0, 0)]  # at most 2 ms above the shortest, which took 1 ms


def test_a_minute_nobody_measured_is_unknown_and_not_good(make_site, make_agreement):
    agreement = make_agreement(make_site())
    assert record(1) == 1
    assert counted(agreement) == [(0, 0, 60, 0)]


def test_a_minute_of_which_a_part_was_measured_is_unknown_for_the_rest(make_site, make_agreement):
    site = make_site()
    agreement = make_agreement(site)
    drawn(site, 0, rounds=14, answered=14, untrusted=16)  # 30 rounds are due; one more or less is none
    record(1)
    assert counted(agreement) == [(14, 14, 30.0, 0)]


def test_a_minute_of_which_no_packet_came_back_says_nothing_of_times(make_site, make_agreement):
    site = make_site()
    fast, up = make_agreement(site, Metric.RTT_P99, 4.0), make_agreement(site)
    drawn(site, 0, answered=0, lost=300, rtts_ms=())
    record(1)
    assert counted(fast) == [(0, 0, 60, 0)]
    assert counted(up) == [(0, 30, 0, 0)]


def test_repeating_it_changes_nothing(make_site, make_agreement):
    site = make_site()
    agreement = make_agreement(site)
    drawn(site, 0)
    assert (record(1), record(1)) == (1, 0)
    ledger.write([agreement], NOON, NOON + MINUTE)
    assert counted(agreement) == [(30, 30, 0, 0)]


def test_after_an_outage_the_minutes_missed_are_counted_from_what_was_measured(make_site, make_agreement):
    site = make_site()
    agreement = make_agreement(site)
    for minute in (0, 1, 2, 4):
        drawn(site, minute)
    record(1)
    assert record(5) == 4
    assert counted(agreement) == [(30, 30, 0, 0)] * 3 + [(0, 0, 60, 0), (30, 30, 0, 0)]


def test_the_ledger_waits_for_minutes_that_are_not_drawn_yet(make_site, make_agreement):
    site = make_site()
    make_agreement(site)
    drawn(site, 0)
    record(1)
    StampSample.objects.create(
        site=site, sent_at=NOON + MINUTE, packets=1, lost=0, rtts_ms=[1.0], probe_delay_ms=0, rtt_ms=1.0
    )
    assert record(3) == 0


def test_a_long_outage_is_caught_up_a_piece_at_a_time(make_site, make_agreement):
    agreement = make_agreement(make_site())
    record(1)
    assert (record(301), record(301), record(301)) == (120, 120, 60)
    assert len(counted(agreement)) == 301
    assert counted(agreement, CountSpan.HOUR) == [(0, 0, 3_600, 0)] * 5


def test_hours_are_summed_from_minutes_and_what_is_missing_of_them_is_unknown(make_site, make_agreement):
    site = make_site()
    agreement = make_agreement(site)
    for minute in range(10, 60):
        drawn(site, minute, answered=29)
    ledger.write([agreement], NOON + 10 * MINUTE, NOON + 60 * MINUTE)
    record(61)
    assert counted(agreement, CountSpan.HOUR) == [(50 * 29, 50 * 30, 600, 0)]


def test_days_are_summed_from_hours(make_site, make_agreement):
    agreement = make_agreement(make_site())
    fill(agreement, 36 * 60)  # from midnight of the day before to noon
    assert counted(agreement, CountSpan.DAY) == [(24 * 1_800, 24 * 1_800, 0, 0)]


def test_a_source_that_fails_makes_its_own_agreements_unknown_and_nobody_elses(make_site, make_agreement, monkeypatch):
    site = make_site()
    agreement = make_agreement(site)
    other = Agreement.objects.create(kind="corridor", key="c-01", metric="coverage", objective=0.9, name="c-01")

    def fail(agreements, since, until):
        raise ValueError("no model")

    monkeypatch.setitem(subject._registered, "corridor", kind_of("corridor", counts=fail))
    drawn(site, 0)
    record(1)
    assert counted(agreement) == [(30, 30, 0, 0)]
    assert counted(other) == [(0, 0, 60, 0)]


def test_what_is_left_of_an_hour_is_summed_though_no_agreement_is_in_force_any_more(make_site, make_agreement):
    agreement = make_agreement(make_site())
    begin(agreement)
    Agreement.objects.update(ended_at=NOON + MINUTE)
    assert (record(59), ServiceCount.objects.filter(span_s=CountSpan.HOUR).count()) == (0, 0)
    assert (record(61), counted(agreement, CountSpan.HOUR)) == (0, [(0, 0, 3_600, 0)])


def test_a_count_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="good: 3"):
        sources.MinuteCount(1, NOON, 3, 2)
    with pytest.raises(ValueError, match="unknown_s: 61"):
        sources.MinuteCount(1, NOON, 1, 2, 61.0)


def test_old_counts_go_and_none_that_is_not_summed_yet(make_site, make_agreement):
    agreement = make_agreement(make_site())
    fill(agreement, 12 * 60)
    ServiceCount.objects.filter(span_s=3_600, started_at__gte=NOON - timedelta(hours=6)).delete()
    deleted(
        "minutes of the ledger", NOON + timedelta(hours=5)
    )  # minutes are kept for eight hours, those before nine o'clock could go
    oldest = ServiceCount.objects.filter(span_s=60).order_by("started_at").first()
    assert oldest.started_at == NOON - timedelta(hours=6)  # of the hour that begins here no sum is there yet


def test_the_minutely_task_counts_and_judges(make_site, make_agreement):
    from network import tasks

    agreement = make_agreement(make_site())
    tasks.record_service()
    assert counted(agreement) == [(0, 0, 60, 0)]
    assert ComplianceStatus.objects.get().state == "unknown"
