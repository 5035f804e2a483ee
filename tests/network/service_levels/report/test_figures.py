"""What a month counts: its bounds, hours and days, unknown time, breaches, maintenance."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.errors import Refused
from network.actions.service_levels.report.figures import span_of
from network.models import (
    Agreement,
    Breach,
    ComplianceStatus,
    Maintenance,
    ServiceCount,
)
from tests.conftest import NOON
from tests.network.service_levels.report.conftest import HOUR, MINUTE, SINCE, count, june, promise, stand


def test_a_month_begins_at_midnight_of_the_installation_s_zone():
    span = span_of("2026-06", NOON + timedelta(days=60))
    assert (span.since, span.until, span.is_whole) == (SINCE, datetime(2026, 6, 30, 16, tzinfo=UTC), True)


def test_a_month_with_a_change_of_the_clock_has_an_hour_less(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    span = span_of("2026-03", NOON)
    assert (span.end - span.since) == timedelta(hours=31 * 24 - 1)


def test_a_month_that_is_not_over_is_reported_up_to_the_last_whole_hour():
    span = span_of("2026-06", NOON + timedelta(minutes=59))
    assert (span.until, span.is_whole) == (NOON, False)


@pytest.mark.parametrize("counted_until", [None, SINCE, SINCE + 59 * MINUTE])
def test_of_a_month_before_its_first_hour_is_counted_there_is_no_report(counted_until):
    with pytest.raises(Refused, match="nothing of 2026-06 has been counted"):
        span_of("2026-06", counted_until)


def test_hours_before_the_month_do_not_count_and_its_first_does(region, make_site):
    agreement = promise(make_site())
    stand(agreement, SINCE - 2 * HOUR)
    count(agreement, SINCE - HOUR, 0, 100)
    count(agreement, SINCE, 90, 100)
    (line,) = june(region, SINCE + HOUR).lines
    assert (line.good, line.total, line.achieved_share, line.unknown_s) == (90, 100, 0.9, 0)


def test_where_hours_are_gone_the_day_stands_in_and_nothing_is_counted_twice(region, make_site):
    agreement = promise(make_site())
    stand(agreement, SINCE)
    noon = SINCE + 8 * HOUR  # midnight of UTC: the first day wholly inside June
    for number in range(32):
        count(agreement, SINCE + number * HOUR, 50, 100)
    count(agreement, noon, 24 * 50, 24 * 100, span_s=86_400)
    whole = june(region, SINCE + 32 * HOUR).lines[0]
    assert (whole.good, whole.total) == (1_600, 3_200)
    ServiceCount.objects.filter(span_s=3_600, started_at__gte=noon, started_at__lt=noon + 10 * HOUR).delete()
    assert june(region, SINCE + 32 * HOUR).lines[0] == whole


def test_an_agreement_s_time_begins_with_its_ledger_and_a_missing_hour_is_unknown(region, make_site):
    agreement = promise(make_site(), most_unknown_share=0.5)
    stand(agreement, SINCE + 2 * HOUR)
    count(agreement, SINCE + 2 * HOUR, 100, 100)
    (line,) = june(region, SINCE + 4 * HOUR).lines
    assert (line.elapsed_s, line.known_s, line.unknown_s, line.state) == (7_200, 3_600, 3_600, "met")


def test_more_unknown_time_than_agreed_makes_the_state_unknown(region, make_site):
    agreement = promise(make_site(), most_unknown_share=0.1)
    stand(agreement, SINCE)
    count(agreement, SINCE, 100, 100)
    (line,) = june(region, SINCE + 2 * HOUR).lines
    assert (line.state, line.achieved_share) == ("unknown", 1.0)


def test_of_an_agreement_never_counted_everything_is_unknown(region, make_site):
    promise(make_site())
    (line,) = june(region, SINCE + HOUR).lines
    assert (line.state, line.achieved_share, line.budget_left_share, line.elapsed_s) == ("unknown", None, None, 0)


def test_days_are_those_of_the_clock_on_the_wall(region, make_site):
    agreement = promise(make_site())
    stand(agreement, SINCE)
    count(agreement, SINCE + 23 * HOUR, 100, 100)
    count(agreement, SINCE + 24 * HOUR, 0, 100)
    (line,) = june(region, SINCE + 25 * HOUR).lines
    first, second = line.days
    assert (first.on.isoformat(), first.achieved_share, first.is_kept) == ("2026-06-01", 1.0, True)
    assert (first.known_share, second.on.isoformat(), second.is_kept) == (pytest.approx(1 / 24), "2026-06-02", False)


def test_breaches_of_the_month_are_named_and_others_are_not(region, make_site):
    agreement = promise(make_site())
    for start, end in ((SINCE - 2 * HOUR, SINCE - HOUR), (SINCE - HOUR, SINCE + HOUR), (SINCE + 2 * HOUR, None)):
        Breach.objects.create(agreement=agreement, started_at=start, ended_at=end, worst_value=0.5)
    (line,) = june(region, SINCE + 3 * HOUR).lines
    assert (line.breach_count, [row.ended_at is None for row in line.breaches]) == (2, [False, True])


def test_a_maintenance_of_another_subject_or_withdrawn_before_it_began_excuses_nothing(region, make_site):
    promise(make_site())
    given = {"starts_at": SINCE, "ends_at": SINCE + HOUR, "reason": "r", "actor": "a", "made_at": SINCE - HOUR}
    for kind, key, fields in (
        ("site", "bs-000", {}), ("site", "other", {}), ("region", "", {}), ("region", "here", {}),
        ("region", "there", {}), ("site", "bs-000", {"withdrawn_at": SINCE - 30 * MINUTE}),
        ("site", "bs-000", {"starts_at": SINCE - HOUR, "withdrawn_at": SINCE}),
    ):  # fmt: skip
        Maintenance.objects.create(kind=kind, key=key, **{**given, **fields})
    (line,) = june(region, SINCE + HOUR).lines
    assert [(exclusion.kind, exclusion.key) for exclusion in line.exclusions] == [
        ("site", "bs-000"),
        ("region", ""),
        ("region", "here"),
    ]


def test_a_region_with_too_many_agreements_is_refused(region, make_site, monkeypatch):
    promise(make_site())
    monkeypatch.setattr("network.actions.service_levels.report.figures.MOST_AGREEMENTS", 0)
    with pytest.raises(Refused, match="at most 0"):
        june(region)


def test_how_often_the_database_is_asked_does_not_grow_with_the_agreements(
    region, make_site, django_assert_num_queries
):
    promise(make_site())
    Maintenance.objects.create(
        kind="region", starts_at=SINCE, ends_at=SINCE + HOUR, reason="r", actor="a", made_at=SINCE - HOUR
    )
    with CaptureQueriesContext(connection) as asked:
        june(region, SINCE + HOUR)
    for number in range(1, 6):
        promise(make_site(f"bs-00{number}"))
    with django_assert_num_queries(len(asked)):
        assert len(june(region, SINCE + HOUR).lines) == 6


@pytest.mark.django_db
def test_a_month_names_what_ended_in_it_or_later_and_not_what_replaced_it_later(region, make_site):
    site = make_site("a")
    old = promise(site)
    stand(old, SINCE)
    for hour in range(48):
        count(old, SINCE + hour * HOUR, 10, 10)
    Agreement.objects.filter(pk=old.pk).update(ended_at=SINCE + 48 * HOUR + MINUTE / 2)
    new = promise(site, replaces=old)
    stand(new, SINCE + 48 * HOUR + MINUTE)
    first, second = june(region).lines
    assert (first.agreement, first.ended_at, first.elapsed_s) == (old, SINCE + 48 * HOUR, 48 * 3_600)
    assert (first.state, first.unknown_s, first.total) == ("met", 0, 480)
    assert (second.agreement, second.ended_at) == (new, None)
    Agreement.objects.filter(pk=old.pk).update(ended_at=SINCE + 40 * 24 * HOUR)
    ComplianceStatus.objects.filter(agreement=new).update(began_at=SINCE + 40 * 24 * HOUR)
    (only,) = june(region).lines
    assert (only.agreement, only.ended_at, only.elapsed_s) == (old, None, 30 * 24 * 3_600)
    Agreement.objects.filter(pk=old.pk).update(ended_at=SINCE)
    assert june(region).lines == ()
