"""What comes late, or was lived through twice as the clock was set back, is summed all the same, and then deleted."""

from datetime import timedelta

import pytest

from console.models import TimeMark
from network.actions import rollup
from network.actions.equipment import counters
from network.actions.measurement import latency_histogram
from network.actions.measurement.latency_histogram import LATE_MOST, MINUTES, SETTLE
from network.actions.service_levels import compliance, ledger
from network.actions.sla import sla
from network.models import (
    ComplianceStatus,
    CounterHour,
    CounterReading,
    CountSpan,
    SampleDigest,
    ServiceCount,
    Span,
    StampSample,
)
from network.probes.stamp import Measured, Round
from tests.conftest import NOON
from tests.retention import deleted, rule

pytestmark = pytest.mark.django_db
HOUR, MINUTE, DAY, YEAR = (timedelta(hours=1), timedelta(minutes=1), timedelta(days=1), timedelta(days=365))


@pytest.fixture
def site(make_site):
    return make_site()


@pytest.fixture
def measure(site):
    """Keep one sample, as of a round that the clock says was then."""

    def measure(at):
        StampSample.objects.create(
            site=site, sent_at=at, packets=1, lost=0, rtt_ms=1.0, rtts_ms=[1.0], probe_delay_ms=0, is_trusted=True
        )

    return measure


def draw(now):
    latency_histogram.draw_minutes(now)
    latency_histogram.draw_hours(now)


def live(measure, start, minutes):
    """Measure once a minute, and draw as beat has it drawn; return what the clock shows then."""
    for number in range(minutes):
        measure(start + number * MINUTE + timedelta(seconds=5))
        draw(start + number * MINUTE + timedelta(seconds=35))
    return start + minutes * MINUTE


def marks():
    """Return the marks of samples; nobody runs the ledger here."""
    return TimeMark.objects.filter(name__contains="samples")


def rounds(span=Span.MINUTE):
    rows = SampleDigest.objects.filter(span_s=span).order_by("started_at")
    return dict(rows.values_list("started_at", "rounds"))


@pytest.mark.parametrize("ahead", [HOUR, DAY, YEAR])
def test_after_a_clock_that_was_ahead_every_minute_is_drawn_and_no_sample_goes_undrawn(measure, ahead):
    now = live(measure, NOON, 5)
    live(measure, now + ahead, 5)
    now = live(measure, now, 60 if ahead == HOUR else 10)
    draw(now + MINUTE)
    drawn = rounds()
    assert all(NOON + number * MINUTE in drawn for number in range(15))
    assert (
        sum(drawn.values()) == StampSample.objects.filter(sent_at__lt=now).count() + 4
    )  # of what was ahead, whose last was not over


def test_an_hour_forth_and_back_is_summed_to_the_last_sample_when_that_hour_has_come(measure):
    now = live(measure, NOON, 5)
    live(measure, now + HOUR, 5)
    now = live(measure, now, 120)
    draw(now + MINUTE)
    assert sum(rounds().values()) == StampSample.objects.count() == 130
    draw(now + HOUR)
    assert sum(rounds(Span.HOUR).values()) == 130
    assert MINUTES.needed_from() is None
    assert not marks()


def test_what_is_not_drawn_after_a_step_back_is_not_deleted(measure, settings):
    now = live(measure, NOON, 2)
    live(measure, now + YEAR, 2)
    draw(now + MINUTE)  # the first after the step finds it
    for number in range(3):
        measure(now + number * MINUTE + timedelta(seconds=5))
    later = now + 3 * DAY
    assert (deleted("samples", later), rule("samples").held_s(later) > 0) == (2, True)
    assert StampSample.objects.filter(sent_at__gte=now, sent_at__lt=later).count() == 3
    draw(later)
    assert deleted("samples", later) == 3
    assert {now, now + MINUTE, now + 2 * MINUTE} <= rounds().keys()


@pytest.mark.parametrize("back_s", [20, 50, 3_600])
def test_times_lived_through_twice_are_drawn_again_with_both(measure, back_s):
    now = live(measure, NOON - HOUR, 60)
    back = now - timedelta(seconds=back_s)
    rollup.redo(MINUTES.name, back)  # as the clock's watch does
    measure(back + timedelta(seconds=1))
    end = live(measure, MINUTES.floor(back) + MINUTE, 70)
    draw(end + HOUR)
    assert sum(rounds().values()) == StampSample.objects.count()
    assert sum(rounds(Span.HOUR).values()) == StampSample.objects.count()


def test_a_sample_stored_after_its_minute_was_drawn_draws_it_again(site, hands):
    at_ns = int(NOON.timestamp() * 1e9)
    sla.store(Round([Measured(site.pk, at_ns, [1.0], 0, 0, 0.1)], 1.0, True, True, at_ns), hands.clock)
    draw(NOON + 2 * HOUR)
    assert (rounds(), rounds(Span.HOUR)) == ({NOON: 1}, {NOON: 1})
    hands.go_to(NOON + 2 * HOUR)  # a worker that was stopped in between
    late_ns = at_ns + 10**9
    sla.store(Round([Measured(site.pk, late_ns, [1.0], 0, 0, 0.1)], 1.0, True, True, late_ns), hands.clock)
    assert MINUTES.needed_from() == NOON
    draw(hands.at)
    assert (rounds(), rounds(Span.HOUR)) == ({NOON: 2}, {NOON: 2})
    assert not marks()


def test_a_sample_in_time_marks_nothing(site, hands):
    at_ns = int(NOON.timestamp() * 1e9)
    hands.go_to(NOON + MINUTE + SETTLE - timedelta(seconds=1))
    sla.store(Round([Measured(site.pk, at_ns, [1.0], 0, 0, 0.1)], 1.0, True, True, at_ns), hands.clock)
    assert not TimeMark.objects.exists()


@pytest.mark.parametrize(("hours", "late", "is_drawn"), [
    (24, timedelta(), True), (24, LATE_MOST - MINUTE, True), (24, LATE_MOST, False), (1, HOUR, False),
])  # fmt: skip
def test_how_late_a_sample_may_be_is_bounded(settings, hours, late, is_drawn):
    settings.LOFT_SAMPLE_RETENTION_H = hours
    latency_histogram.note_stored(NOON, NOON + MINUTE + SETTLE + late)
    assert TimeMark.objects.exists() == is_drawn


def test_a_mark_that_is_set_anew_while_its_periods_are_made_is_not_lost(measure, monkeypatch):
    now = live(measure, NOON, 5)
    rollup.redo(MINUTES.name, NOON + 2 * MINUTE)
    keep = latency_histogram._keep

    def late(span, start, rows):
        made = keep(span, start, rows)
        if span == Span.MINUTE and not StampSample.objects.filter(site__slug="late").exists():
            StampSample.objects.filter(sent_at__lt=NOON + MINUTE).update(sent_at=NOON + 2 * MINUTE + SETTLE)
            monkeypatch.setattr(latency_histogram, "_keep", keep)
            rollup.redo(MINUTES.name, NOON + 2 * MINUTE)
        return made

    monkeypatch.setattr(latency_histogram, "_keep", late)
    draw(now)
    assert MINUTES.needed_from() == NOON + 2 * MINUTE
    draw(now)
    assert rounds()[NOON + 2 * MINUTE] == 2
    assert not marks()


def test_a_mark_of_before_anything_was_made_or_of_after_it_changes_nothing(measure):
    rollup.redo(MINUTES.name, NOON + HOUR)
    live(measure, NOON, 3)
    draw(NOON + 10 * MINUTE)
    assert rounds() == {NOON + number * MINUTE: 1 for number in range(3)}
    assert not marks()


def test_hours_of_counters_are_made_again_too(site):
    def reading(at):
        CounterReading.objects.create(site=site, to_at=at, period_s=10, version=0)

    reading(NOON + MINUTE)
    counters.draw_hours(NOON + 2 * HOUR)
    reading(NOON + YEAR)
    counters.draw_hours(NOON + YEAR + HOUR)
    reading(NOON + HOUR + MINUTE)
    counters.draw_hours(NOON + HOUR + 10 * MINUTE)
    assert counters.HOURS.needed_from() == NOON + HOUR
    counters.draw_hours(NOON + 3 * HOUR)
    assert CounterHour.objects.filter(started_at__lt=NOON + DAY).count() == 2
    assert counters.HOURS.needed_from() == NOON + YEAR - HOUR  # of a false time: it stays until that has come
    assert deleted("counters", NOON + 3 * DAY) == 2


def test_the_ledger_goes_on_after_a_clock_that_was_ahead(site, make_agreement, measure):
    make_agreement(site)
    for number in range(3):
        measure(NOON + number * MINUTE)
    draw(NOON + 3 * MINUTE + SETTLE)
    while ledger.record(NOON + 3 * MINUTE + SETTLE):
        pass
    ahead = NOON + YEAR
    measure(ahead)
    draw(ahead + 2 * MINUTE)
    while ledger.record(ahead + 2 * MINUTE):
        pass
    now = NOON + 5 * MINUTE
    for number in (3, 4):
        measure(NOON + number * MINUTE)
    draw(now + SETTLE)
    ledger.record(now + SETTLE)
    minutes = ServiceCount.objects.filter(span_s=CountSpan.MINUTE, started_at__lt=now)
    assert minutes.filter(started_at__gte=NOON + 3 * MINUTE).count() == 2
    assert ledger.counted_until(now) == now
    compliance.judge_all(now + SETTLE)
    assert set(ComplianceStatus.objects.values_list("counted_until", flat=True)) == {now}
