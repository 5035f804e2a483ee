"""Roll-ups: each period once, resumed where they were interrupted, and nothing deleted that they have not read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console import metrics
from console.retention import visit
from network.actions.equipment import counters
from network.actions.measurement import latency_histogram
from network.actions.rollup import RollUp, first_time
from network.actions.service_levels import ledger
from network.models import CounterHour, CounterReading, CountSpan, SampleDigest, ServiceCount, Span, StampSample
from network.models.measurement import partition
from tests.conftest import NOON
from tests.network.service_levels.conftest import drawn, fill
from tests.retention import deleted, rule

pytestmark = pytest.mark.django_db
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)


def sample(site, at, **news):
    return StampSample.objects.create(
        site=site, sent_at=at, packets=1, lost=0, rtt_ms=1.0, rtts_ms=[1.0], probe_delay_ms=0, **news
    )


class World:
    """A source and a target without a database: times, and the periods made of them."""

    def __init__(self, *times):
        self.times, self.periods, self.calls = sorted(times), set(), []

    def rollup(self, **news):
        return _InMemory(span=HOUR, target=list, make=self.make, **{"first": self.first, **news})

    def first(self, after):
        return next((at for at in self.times if after is None or at >= after), None)

    def make(self, start, stop):
        self.calls.append((start, stop))
        self.periods.add(start)
        return 1


class _InMemory(RollUp):
    def made_until(self):
        periods = self.make.__self__.periods
        return max(periods) + self.span if periods else None


def test_periods_without_rows_are_passed_over_and_one_that_is_not_over_waits():
    world = World(NOON + MINUTE, NOON + 5 * HOUR, NOON + 7 * HOUR)
    assert world.rollup().run(NOON + 8 * HOUR - MINUTE) == 2
    assert world.periods == {NOON, NOON + 5 * HOUR}
    assert world.rollup().run(NOON + 8 * HOUR) == 1
    assert world.rollup().run(NOON + 80 * HOUR) == 0


def test_a_run_is_bounded_and_the_next_goes_on():
    world = World(*(NOON + number * HOUR for number in range(5)))
    assert [world.rollup(most=2).run(NOON + DAY) for _ in range(4)] == [2, 2, 1, 0]
    assert len(world.calls) == len(world.periods) == 5


def test_several_periods_are_handed_over_together_up_to_the_end_and_the_most():
    world = World()
    ours = world.rollup(at_once=10, most=25, first=lambda after: after or NOON)
    assert ours.run(NOON + 13 * HOUR) == 13
    assert world.calls == [(NOON, NOON + 10 * HOUR), (NOON + 10 * HOUR, NOON + 13 * HOUR)]
    far = World()
    assert far.rollup(at_once=10, most=25, first=lambda after: after or NOON).run(NOON + 2 * DAY) == 25


def test_a_period_of_which_nothing_comes_ends_the_run_instead_of_repeating_it():
    real = RollUp(span=HOUR, target=SampleDigest.objects.none, first=lambda _: NOON, make=lambda *_: 0)
    assert real.run(NOON + DAY) == 0


def test_one_that_fails_midway_is_resumed_by_the_next_run_and_makes_nothing_twice():
    world = World(*(NOON + number * HOUR for number in range(4)))

    def interrupted(start, stop):
        if start == NOON + 2 * HOUR:
            raise ConnectionError
        return world.make(start, stop)

    broken = RollUp(span=HOUR, target=SampleDigest.objects.none, first=world.first, make=interrupted)
    with pytest.raises(ConnectionError):
        broken.run(NOON + DAY)
    assert world.periods == {NOON, NOON + HOUR}
    assert world.rollup().needed_from() == NOON + 2 * HOUR
    assert world.rollup().run(NOON + DAY) == 2
    assert [start for start, _ in world.calls] == [NOON + number * HOUR for number in range(4)]


def test_what_is_complete_and_what_is_still_needed():
    world = World(NOON + MINUTE, NOON + 3 * HOUR + MINUTE)
    ours = world.rollup()
    assert (ours.made_until(), ours.needed_from(), ours.complete_until(NOON + 2 * HOUR)) == (None, NOON, NOON)
    ours.run(NOON + 2 * HOUR)
    assert (ours.made_until(), ours.needed_from()) == (NOON + HOUR, NOON + 3 * HOUR)
    assert ours.complete_until(NOON + 2 * HOUR + MINUTE) == NOON + 2 * HOUR
    ours.run(NOON + DAY)
    assert (ours.needed_from(), ours.complete_until(NOON + DAY + MINUTE)) == (None, NOON + DAY)


def test_a_time_that_ends_what_it_tells_of_belongs_to_the_period_it_ends(make_site):
    for at in (NOON, NOON + HOUR):
        CounterReading.objects.create(site=make_site(f"bs-{at:%H}"), to_at=at, period_s=10, version=0)
    first = first_time(CounterReading.objects.all, "to_at", is_end=True)
    assert [counters.HOURS.floor(at) for at in (first(None), first(NOON))] == [NOON - HOUR, NOON]
    assert first(NOON + HOUR) is None


def test_drawing_that_was_killed_before_a_minute_was_whole_draws_it_again(make_site, monkeypatch):
    site = make_site()
    for number in range(3):
        sample(site, NOON + number * MINUTE)
    keep = latency_histogram._keep

    def killed(span, start, result):
        if start == NOON + MINUTE:
            raise SystemExit
        return keep(span, start, result)

    monkeypatch.setattr(latency_histogram, "_keep", killed)
    with pytest.raises(SystemExit):
        latency_histogram.draw_minutes(NOON + HOUR)
    assert latency_histogram.MINUTES.needed_from() == NOON + MINUTE
    monkeypatch.setattr(latency_histogram, "_keep", keep)
    assert latency_histogram.draw_minutes(NOON + HOUR) == 2
    assert SampleDigest.objects.filter(span_s=Span.MINUTE).count() == 3


def test_samples_stay_while_their_minutes_are_not_drawn_and_go_once_they_are(make_site):
    site = make_site()
    for number in range(3):
        sample(site, NOON + number * MINUTE)
    later = NOON + 3 * DAY
    [outcome] = visit([rule("samples")], later)
    assert (outcome.deleted, outcome.held_s, StampSample.objects.count()) == (0, 2 * 86_400, 3)
    replace(latency_histogram.MINUTES, most=2).run(later)
    assert deleted("samples", later) == 2
    assert rule("samples").held_s(later) == 2 * 86_400 - 120
    latency_histogram.draw_minutes(later)
    assert (deleted("samples", later), rule("samples").held_s(later)) == (1, 0.0)


def test_second_looks_which_no_minute_counts_hold_up_nothing(make_site):
    sample(make_site(), NOON, is_second_look=True)
    assert deleted("samples", NOON + 3 * DAY) == 1


@pytest.mark.skipif(not partition.is_partitioned(), reason="partitions are PostgreSQL's")
def test_days_that_are_not_drawn_are_not_dropped(make_site):
    site = make_site()
    partition.prepare(NOON)
    sample(site, NOON)
    later, days = NOON + 5 * DAY, len(partition.days_of("network_stampsample"))
    assert (deleted("samples", later), StampSample.objects.count()) == (1, 1)  # the day before noon's, which is empty
    assert len(partition.days_of("network_stampsample")) == days - 1
    latency_histogram.draw_minutes(later)
    assert (deleted("samples", later), StampSample.objects.count()) == (4, 0)


def test_minutes_stay_while_their_hours_are_not_drawn(make_site):
    site = make_site()
    drawn(site, 0)
    drawn(site, 24 * 60)
    later = NOON + 8 * DAY
    assert (deleted("minutes of samples", later), rule("minutes of samples").held_s(later)) == (0, 86_400)
    latency_histogram.draw_hours(later)
    assert deleted("minutes of samples", later) == 1


def test_readings_stay_while_their_hours_are_not_summed_up(make_site):
    site, later = make_site(), NOON + 3 * DAY
    CounterReading.objects.create(site=site, to_at=NOON, period_s=10, version=0)
    assert (deleted("counters", later), CounterReading.objects.count()) == (0, 1)
    assert rule("counters").held_s(later) == 2 * 86_400 + 3_600
    counters.draw_hours(later)
    assert (deleted("counters", later), CounterReading.objects.count(), CounterHour.objects.count()) == (1, 0, 1)


def test_the_ledgers_minutes_and_hours_stay_while_hours_and_days_are_not_summed(make_site, make_agreement):
    fill(make_agreement(make_site()), 60)
    ServiceCount.objects.exclude(span_s=CountSpan.MINUTE).delete()
    later = NOON + 100 * DAY
    assert deleted("minutes of the ledger", later) == 0  # though there is no hour at all
    ledger.SUMS[CountSpan.HOUR].run(later)
    assert deleted("minutes of the ledger", later) == 60
    assert deleted("hours of the ledger", later) == 0
    ledger.SUMS[CountSpan.DAY].run(later)
    assert (deleted("hours of the ledger", later), deleted("days of the ledger", later)) == (1, 0)


def test_the_metric_tells_for_how_long_samples_are_held(make_site):
    sample(make_site(), NOON)  # months ago by the clock, and never drawn
    assert 'loft_retention_held_seconds{rows="samples"} 0.0' not in metrics.page().decode()
    assert 'loft_retention_held_seconds{rows="counters"} 0.0' in metrics.page().decode()
