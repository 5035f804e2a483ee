"""The ledger of service levels and the standings that rest on it."""

from datetime import timedelta

import pytest

from network.actions import sla
from network.actions.service import burn, ledger, maintenance, probed, sources, standing
from network.kernels import digest
from network.kernels.sla import Metric
from network.models import (
    Agreement,
    Alarm,
    CountSpan,
    Link,
    Maintenance,
    SampleDigest,
    ServiceCount,
    Slice,
    Span,
    StampSample,
    Standing,
)
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def heard(monkeypatch) -> list:
    """Events, instead of the way to browsers."""
    events = []
    monkeypatch.setattr("console.hub.publish", events.append)
    return events


def drawn(site, minute: int, *, rounds=30, answered=30, lost=0, rtts_ms=(1.0,), untrusted=0, span=Span.MINUTE):
    """Draw a minute of a site, counted from noon."""
    return SampleDigest.objects.create(
        site=site, span_s=span, started_at=NOON + minute * MINUTE, rounds=rounds, answered_rounds=answered,
        untrusted_rounds=untrusted, packets=rounds * 10, lost=lost, histogram=digest.encode(rtts_ms),
    )  # fmt: skip


def record(minute: float) -> int:
    """Write the ledger up to a minute after noon, and some settling time."""
    return ledger.record(NOON + minute * MINUTE + timedelta(seconds=31))


def counted(agreement, span=CountSpan.MINUTE):
    rows = ServiceCount.objects.filter(agreement=agreement, span_s=span).order_by("started_at")
    return [(row.good, row.total, row.unknown_s, row.excluded_s) for row in rows]


def begin(*agreements) -> None:
    """Let the ledger of agreements begin at noon."""
    ledger.write(agreements, NOON, NOON + MINUTE)


def fill(agreement, minutes: int, good=30, total=30, until=NOON) -> None:
    """Fill the ledger backwards from a time: minutes, hours and days."""
    rows = [
        ServiceCount(agreement=agreement, span_s=60, started_at=until - (number + 1) * MINUTE, good=good, total=total,
                     unknown_s=0, excluded_s=0)
        for number in range(minutes)
    ]  # fmt: skip
    ServiceCount.objects.bulk_create(rows, ignore_conflicts=True)
    began = until - minutes * MINUTE
    times = {"began_at": began, "period_started_at": began, "counted_until": began, "judged_at": began}
    Standing.objects.update_or_create(agreement=agreement, defaults=times)
    sum_anew(until)


def sum_anew(until=NOON) -> None:
    """Sum hours and days again, of minutes that a test made or changed."""
    ServiceCount.objects.exclude(span_s=CountSpan.MINUTE).delete()
    for span in (CountSpan.HOUR, CountSpan.DAY):
        ledger._sum_up(span, until)


def spoil(minutes: int, **news) -> None:
    """Change the newest minutes before noon."""
    ServiceCount.objects.filter(span_s=60, started_at__gte=NOON - minutes * MINUTE).update(**news)
    sum_anew()


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

    monkeypatch.setitem(sources._sources, "corridor", fail)
    drawn(site, 0)
    record(1)
    assert counted(agreement) == [(30, 30, 0, 0)]
    assert counted(other) == [(0, 0, 60, 0)]


def test_a_count_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="good: 3"):
        sources.MinuteCount(1, NOON, 3, 2)
    with pytest.raises(ValueError, match="unknown_s: 61"):
        sources.MinuteCount(1, NOON, 1, 2, 61.0)


def test_old_counts_go_and_none_that_is_not_summed_yet(make_site, make_agreement):
    agreement = make_agreement(make_site())
    fill(agreement, 12 * 60)
    ServiceCount.objects.filter(span_s=3_600, started_at__gte=NOON - timedelta(hours=6)).delete()
    ledger.delete_old(NOON + timedelta(hours=5))  # minutes are kept for eight hours, those before nine o'clock could go
    oldest = ServiceCount.objects.filter(span_s=60).order_by("started_at").first()
    assert oldest.started_at == NOON - timedelta(hours=6)  # of the hour that begins here no sum is there yet


def test_a_slice_pools_the_events_of_its_sites(make_site):
    one, two = make_site("bs-001"), make_site("bs-002")
    made = Slice.objects.create(slug="uav", name_en="UAV", name_zh="无人机", sst=2, changed_at=NOON)
    made.sites.set([one, two])
    up = Agreement.objects.create(kind="slice", key="uav", metric="availability", objective=0.99, name="uav")
    fast = Agreement.objects.create(kind="slice", key="uav", metric="rtt_p99", objective=4.0, name="uav fast")
    drawn(one, 0, answered=30, rtts_ms=[1.0, 5.0])
    drawn(two, 0, answered=20, rtts_ms=[1.0])
    drawn(one, 1)
    record(1)
    record(2)
    assert counted(up) == [(50, 60, 0, 0), (30, 30, 30, 0)]  # of the second minute one of two sites is unknown
    assert counted(fast)[0] == (2, 3, 0, 0)


@pytest.fixture
def tree(make_site):
    """core - oa - (bs-1, bs-2), and a ring of core, oa and ob."""
    core = make_site("co-00", kind="core", probe_port=None)
    oa, ob = make_site("oa-1", kind="optical_access"), make_site("oa-2", kind="optical_access")
    stations = [make_site(f"bs-{number}") for number in (1, 2)]
    for a, b in ((core, oa), (oa, ob), (ob, core), *((station, oa) for station in stations)):
        Link.objects.create(a=a, b=b, length_km=1, rate_gbps=10, changed_at=NOON)
    return stations


def link_agreement(key: str) -> Agreement:
    return Agreement.objects.create(kind="link", key=key, metric="availability", objective=0.99, name=key)


def test_a_link_was_up_at_least_when_a_site_answered_that_is_reached_only_through_it(tree):
    tail, ring = link_agreement("bs-1~oa-1"), link_agreement("co-00~oa-1")
    drawn(tree[0], 0, answered=27)
    drawn(tree[1], 0, answered=0)
    record(1)
    assert counted(tail) == [(27, 30, 0, 0)]
    assert counted(ring) == [(0, 0, 60, 0)]  # of a ring: nobody depends on it, so nothing is known


def test_of_several_sites_behind_a_link_the_best_one_speaks(tree):
    bridge = make_bridge(tree)
    drawn(tree[0], 0, answered=10)
    drawn(tree[1], 0, answered=28)
    record(1)
    assert counted(bridge) == [(28, 30, 0, 0)]


def make_bridge(tree) -> Agreement:
    """Open the ring, so that both stations hang on the link to the core."""
    Link.objects.filter(a__slug="oa-2").delete()
    return link_agreement("co-00~oa-1")


def test_a_link_whose_sites_were_not_measured_is_unknown(tree):
    bridge = make_bridge(tree)
    drawn(tree[0], 0, rounds=0, answered=0, untrusted=30)
    record(1)
    assert counted(bridge) == [(0, 0, 60, 0)]


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


def judged(agreement) -> Standing:
    standing.judge_all(NOON + timedelta(seconds=31))
    return Standing.objects.get(agreement=agreement)


def test_a_month_of_good_service_leaves_the_budget_untouched(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.999)
    fill(agreement, 4 * 24 * 60)
    found = judged(agreement)
    assert (found.state, found.achieved_share, found.budget_left_share) == ("met", 1.0, 1.0)
    assert (found.burn_5m, found.burn_1h, found.burn_6h, found.burn_3d) == (0, 0, 0, 0)
    assert found.total == 4 * 24 * 60 * 30
    assert (found.unknown_s, found.burn_alert) == (0, "")
    assert found.counted_until == NOON


def test_ten_bad_minutes_in_the_last_hour_page_somebody_and_the_alarm_ends_when_they_do(
    make_site, make_agreement, heard
):
    agreement = make_agreement(make_site(), target_share=0.99)
    fill(agreement, 4 * 24 * 60)
    spoil(10, good=0)
    found = judged(agreement)
    assert found.burn_5m == pytest.approx(100)
    assert found.burn_1h == pytest.approx(10 / 60 / 0.01)  # 16.7
    assert (found.burn_alert, found.state) == ("page", "at_risk")
    alarm = Alarm.objects.get()
    assert (alarm.severity, alarm.subject, alarm.specific_problem) == (
        "major", "BS-000", "Error budget burns: availability",
    )  # fmt: skip
    assert alarm.detail["burn_1h"] == pytest.approx(16.7, abs=0.1)
    spoil(5, good=30)  # five bad minutes are left: 8.3 over an hour, 0 over five minutes, 1.4 over six hours
    assert judged(agreement).burn_alert == ""


def test_a_burn_that_is_over_clears_its_alarm(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.99)
    fill(agreement, 4 * 24 * 60)
    spoil(10, good=0)
    assert judged(agreement).burn_alert == "page"
    spoil(10, good=30)
    assert judged(agreement).burn_alert == ""
    assert Alarm.objects.active().count() == 0


def test_a_burn_under_maintenance_alarms_nobody(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.99)
    fill(agreement, 4 * 24 * 60)
    spoil(10, good=0)
    Maintenance.objects.create(
        kind="site", key="bs-000", starts_at=NOON, ends_at=NOON + 9 * MINUTE, reason="swap", actor="a", made_at=NOON
    )
    assert judged(agreement).burn_alert == ""
    assert Alarm.objects.count() == 0


def test_a_new_agreement_is_not_blamed_for_the_time_before_it(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.99)
    fill(agreement, 60)
    found = judged(agreement)
    assert (found.state, found.unknown_s) == ("met", 0)
    assert found.period_started_at == NOON - timedelta(hours=1)
    assert found.burn_1h == 0
    spoil(10, good=0)
    found = judged(agreement)
    assert (found.burn_alert, found.burn_3d) == ("page", pytest.approx(10 / (3 * 24 * 60) / 0.01))


def test_unknown_time_is_shown_and_makes_the_standing_unknown(make_site, make_agreement):
    agreement = make_agreement(make_site(), target_share=0.99)
    fill(agreement, 60)
    ServiceCount.objects.filter(span_s=60, started_at__lt=NOON - 50 * MINUTE).update(good=0, total=0, unknown_s=60)
    sum_anew()
    found = judged(agreement)
    assert (found.state, found.unknown_s, found.achieved_share) == ("unknown", 600, 1.0)


def test_an_agreement_without_a_ledger_has_no_standing(make_site, make_agreement):
    make_agreement(make_site())
    assert standing.judge_all(NOON) == 0


def test_browsers_hear_of_what_changed_and_of_nothing_else(make_site, make_agreement, heard):
    one, two = make_agreement(make_site("bs-001")), make_agreement(make_site("bs-002"))
    fill(one, 60)
    fill(two, 60)
    standing.judge_all(NOON + MINUTE)
    assert [row["agreement"] for row in heard[-1].rows] == [one.pk, two.pk]
    assert '"state": "met"' in heard[-1].as_json()
    heard.clear()
    standing.judge_all(NOON + MINUTE)
    assert heard == []
    ServiceCount.objects.filter(agreement=two, span_s=60).update(good=0)
    ServiceCount.objects.filter(agreement=two, span_s=3_600).update(good=0)
    standing.judge_all(NOON + MINUTE)
    assert [row["agreement"] for event in heard if type(event).__name__ == "StandingChanged" for row in event.rows] == [
        two.pk
    ]


def test_judging_asks_no_more_for_many_agreements_than_for_one(
    make_site, make_agreement, django_assert_max_num_queries
):
    for number in range(40):
        fill(make_agreement(make_site(f"bs-{number:03d}"), period=["rolling_1d", "calendar_month"][number % 2]), 3)
    with django_assert_max_num_queries(30):
        standing.judge_all(NOON + MINUTE)


def test_calendar_periods_forget_what_was_before_them(make_site, make_agreement, settings):
    settings.TIME_ZONE = "Asia/Shanghai"  # noon of UTC is eight in the evening
    agreement = make_agreement(make_site(), target_share=0.9, period="calendar_day")
    fill(agreement, 24 * 60)
    ServiceCount.objects.filter(started_at__lt=NOON - timedelta(hours=20)).update(good=0)
    found = judged(agreement)
    assert (found.good, found.total) == (20 * 1_800, 20 * 1_800)
    assert found.period_started_at == NOON - timedelta(hours=20)


def test_every_problem_that_burning_can_name_has_its_chinese():
    from tests.messages import known_to

    assert set(burn.PROBLEMS.values()) <= set(known_to("network", "django"))
    assert set(burn.PROBLEMS.values()) <= set(known_to("network", "djangojs"))
    assert set(burn.PROBLEMS) == set(Metric)


def test_the_rounds_of_a_site_ignore_agreements_that_they_cannot_judge(make_site, make_agreement):
    from network.probes.stamp import Measured, Round

    site = make_site()
    steady = make_agreement(site, Metric.JITTER, 2.0)
    at_ns = int(NOON.timestamp() * 1e9)
    sla.check(Round([Measured(site.pk, at_ns, [1.0], 0, 0, 0.1)], 1.0, True, True, at_ns))
    steady.refresh_from_db()
    assert steady.judged_at is None


def test_a_site_that_was_not_measured_brings_a_minute_of_unknown_time(make_site, make_agreement):
    assert probed.part(None, make_agreement(make_site())) == probed.Part(0, 0, 60.0)


def test_the_minutely_task_counts_and_judges_and_another_lets_go_of_what_is_old(make_site, make_agreement):
    from network import tasks

    agreement = make_agreement(make_site())
    tasks.record_service()
    assert counted(agreement) == [(0, 0, 60, 0)]
    assert Standing.objects.get().state == "unknown"
    tasks.delete_old_counts()
    assert ServiceCount.objects.count() >= 1
