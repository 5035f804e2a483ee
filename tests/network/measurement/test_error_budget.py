"""Error budgets and burn rates: numbers checked by hand, and by counting minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.kernels.measurement import error_budget
from network.kernels.measurement.error_budget import Promise, Tally, Time

DAY = 86_400.0
MONTH = 30 * DAY
SHANGHAI = ZoneInfo("Asia/Shanghai")


def tally(good=0.0, total=0.0, known_s=0.0, excluded_s=0.0) -> Tally:
    return Tally(*(np.array([float(value)]) for value in (good, total, known_s, excluded_s)))


def promise(target_share=0.999, most_unknown_share=0.1, *, is_unknown_bad=False) -> Promise:
    return Promise(np.array([target_share]), np.array([most_unknown_share]), np.array([is_unknown_bad]))


def time(elapsed_s=MONTH, period_s=MONTH) -> Time:
    return Time(np.array([float(elapsed_s)]), np.array([float(period_s)]))


def burn(counted: Tally, window_s: float, promised: Promise, elapsed_s: float | None = None) -> float:
    existed = np.array([window_s if elapsed_s is None else elapsed_s])
    return float(error_budget.burn_rate(counted, existed, window_s, promised)[0])


def left(counted: Tally, spent: Time, promised: Promise) -> float:
    return float(error_budget.budget_left_share(counted, spent, promised)[0])


def state(counted: Tally, spent: Time, promised: Promise, alert: str = "") -> str:
    return str(error_budget.states(counted, spent, promised, np.array([alert], "<U6"))[0])


def alert(before: str = "", **burns: float) -> str:
    fields = {name: np.array([burns.get(f"b{name}", 0.0)]) for name in error_budget.WINDOWS_S}
    return str(error_budget.alerts(fields, np.array([before], "<U6"))[0])


def test_burning_at_14_4_for_an_hour_spends_two_percent_of_a_budget_of_thirty_days():
    an_hour = tally(good=3_600 * (1 - 14.4 * 0.001), total=3_600, known_s=3_600)
    assert burn(an_hour, 3_600, promise()) == pytest.approx(14.4)
    month = tally(good=MONTH - 14.4 * 0.001 * 3_600, total=MONTH, known_s=MONTH)
    assert left(month, time(), promise()) == pytest.approx(0.98)


@pytest.mark.parametrize(("alarm", "spent_share"), [("page", 0.02), ("ticket", 0.05), ("slow", 0.10)])
def test_each_alert_stands_for_the_share_of_a_monthly_budget_that_the_workbook_says(alarm, spent_share):
    long, _, rate = error_budget.ALERTS[alarm]
    assert rate * error_budget.WINDOWS_S[long] / MONTH == pytest.approx(spent_share)


def test_the_short_window_of_each_alert_is_a_twelfth_of_the_long_one():
    for long, short, _ in error_budget.ALERTS.values():
        assert error_budget.WINDOWS_S[long] / error_budget.WINDOWS_S[short] == 12


def test_99_9_percent_over_thirty_days_allows_43_minutes_and_12_seconds():
    out_s = 43 * 60 + 12
    used_up = tally(good=MONTH - out_s, total=MONTH, known_s=MONTH)
    assert left(used_up, time(), promise()) == 0.0
    assert state(used_up, time(), promise()) == "at_risk"
    over = tally(good=MONTH - out_s - 1, total=MONTH, known_s=MONTH)
    assert left(over, time(), promise()) == pytest.approx(-1 / out_s, abs=1e-9)
    assert state(over, time(), promise()) == "breached"


def test_an_outage_on_the_first_day_costs_what_it_costs_on_the_last():
    first_day = tally(good=DAY - 1_296, total=DAY, known_s=DAY)  # 21.6 minutes: half of the month's 43.2
    assert left(first_day, time(DAY), promise()) == pytest.approx(0.5)
    last_day = tally(good=MONTH - 1_296, total=MONTH, known_s=MONTH)
    assert left(last_day, time(), promise()) == pytest.approx(0.5)


def test_nothing_counted_is_unknown_and_never_met():
    assert np.isnan(left(tally(), time(), promise()))
    assert np.isnan(error_budget.achieved_share(tally(), np.array([MONTH]), promise())[0])
    assert state(tally(), time(), promise()) == "unknown"


def test_unknown_time_is_left_out_until_there_is_too_much_of_it():
    a_tenth = tally(good=0.9 * DAY, total=0.9 * DAY, known_s=0.9 * DAY)
    assert state(a_tenth, time(DAY, DAY), promise()) == "met"
    assert float(error_budget.unknown_s(a_tenth, np.array([DAY]))[0]) == pytest.approx(8_640)
    more = tally(good=0.89 * DAY, total=0.89 * DAY, known_s=0.89 * DAY)
    assert state(more, time(DAY, DAY), promise()) == "unknown"
    assert left(more, time(DAY, DAY), promise()) == 1.0


def test_unknown_time_counts_as_bad_where_the_promise_says_so():
    half = tally(good=0.5 * DAY, total=0.5 * DAY, known_s=0.5 * DAY)
    strict = promise(0.9, is_unknown_bad=True)
    assert error_budget.achieved_share(half, np.array([DAY]), strict)[0] == pytest.approx(0.5)
    assert left(half, time(DAY, DAY), strict) == pytest.approx(1 - 0.5 / 0.1)
    assert state(half, time(DAY, DAY), strict) == "breached"
    assert state(tally(), time(DAY, DAY), strict) == "breached"  # nothing known at all


def test_what_is_breached_even_if_all_unknown_time_was_good_is_breached():
    half_known = tally(good=0.3 * DAY, total=0.5 * DAY, known_s=0.5 * DAY)  # a fifth of the day was bad for certain
    assert state(half_known, time(DAY, DAY), promise(0.9)) == "breached"
    less = tally(good=0.45 * DAY, total=0.5 * DAY, known_s=0.5 * DAY)  # a twentieth was
    assert state(less, time(DAY, DAY), promise(0.9)) == "unknown"


def test_excluded_time_is_neither_good_nor_bad_nor_unknown():
    half_excluded = tally(good=0.5 * DAY - 10, total=0.5 * DAY, known_s=0.5 * DAY, excluded_s=0.5 * DAY)
    assert float(error_budget.unknown_s(half_excluded, np.array([DAY]))[0]) == 0
    assert left(half_excluded, time(DAY, DAY), promise(0.999)) == pytest.approx(1 - 10 / (0.001 * 0.5 * DAY))


def test_a_window_that_is_mostly_not_known_tells_no_burn_rate():
    assert np.isnan(burn(tally(0, 50, 3_000), 3_600, promise()))
    assert burn(tally(0, 54, 3_240), 3_600, promise()) == pytest.approx(1_000)  # exactly a tenth is missing


def test_the_time_before_an_agreement_spent_nothing_of_its_budget():
    assert burn(tally(0, 900, 1_800), 3_600, promise(), elapsed_s=1_800) == pytest.approx(500)  # half of 1,000
    assert np.isnan(burn(tally(), 3_600, promise(), elapsed_s=0))


def test_a_window_under_maintenance_spends_nothing_of_what_is_left_out():
    assert burn(tally(excluded_s=3_600), 3_600, promise()) == 0
    last_minute_bad = tally(good=0, total=30, known_s=60, excluded_s=3_540)
    assert burn(last_minute_bad, 3_600, promise()) == pytest.approx(1 / 60 / 0.001)


def test_unknown_time_burns_where_it_counts_as_bad():
    assert burn(tally(1_800, 1_800, 1_800), 3_600, promise(is_unknown_bad=True)) == pytest.approx(500)


def test_a_window_without_events_but_with_measurement_burns_nothing():
    assert burn(tally(0, 0, 300), 300, promise()) == 0


def test_both_windows_must_burn_for_an_alert():
    assert alert(b1h=14.4, b5m=14.4) == "page"
    assert alert(b1h=14.4, b5m=14.3) == ""
    assert alert(b1h=14.3, b5m=100) == ""
    assert alert(b6h=6, b30m=6) == "ticket"
    assert alert(b3d=1, b6h=1) == "slow"
    assert alert(b1h=20, b5m=20, b6h=20, b30m=20, b3d=20) == "page"


def test_not_knowing_ends_no_alert_and_begins_none():
    nan = float("nan")
    assert alert("page", b1h=nan, b5m=nan) == "page"
    assert alert("", b1h=nan, b5m=100) == ""
    assert alert("page", b1h=0, b5m=0) == ""
    assert alert("slow", b3d=nan, b1h=20, b5m=20) == "page"


def test_a_page_or_a_ticket_puts_a_promise_at_risk_and_a_slow_burn_does_not():
    fine = tally(MONTH, MONTH, MONTH)
    assert [state(fine, time(), promise(), item) for item in ("page", "ticket", "slow", "")] == [
        "at_risk",
        "at_risk",
        "met",
        "met",
    ]


def test_a_promise_without_a_budget_is_refused():
    with pytest.raises(ValueError, match="target_share"):
        promise(1.0)
    with pytest.raises(ValueError, match="elapsed_s"):
        time(MONTH + 1)


def test_a_rolling_period_ends_now_and_begins_with_a_whole_hour():
    until = datetime(2026, 3, 15, 10, 37, tzinfo=UTC)
    assert error_budget.bounds("rolling_1d", until, SHANGHAI) == (datetime(2026, 3, 14, 10, tzinfo=UTC), until)
    assert error_budget.bounds("rolling_30d", until, SHANGHAI)[0] == datetime(2026, 2, 13, 10, tzinfo=UTC)


def test_calendar_periods_begin_at_midnight_of_the_installations_time_zone():
    until = datetime(2026, 3, 31, 16, 30, tzinfo=UTC)  # 1 April, half past midnight, in Shanghai
    start, end = error_budget.bounds("calendar_month", until, SHANGHAI)
    assert (start, end) == (datetime(2026, 3, 31, 16, tzinfo=UTC), datetime(2026, 4, 30, 16, tzinfo=UTC))
    start, end = error_budget.bounds("calendar_week", until, SHANGHAI)  # 1 April 2026 is a Wednesday
    assert (start, end) == (datetime(2026, 3, 29, 16, tzinfo=UTC), datetime(2026, 4, 5, 16, tzinfo=UTC))


def test_what_is_counted_until_midnight_belongs_to_the_day_that_ends():
    midnight = datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert error_budget.bounds("calendar_day", midnight, SHANGHAI)[1] == midnight
    assert error_budget.bounds("calendar_month", midnight, SHANGHAI)[1] == midnight


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_a_day_has_the_hours_that_the_clock_on_the_wall_gives_it(day, hours):
    start, end = error_budget.bounds("calendar_day", datetime(*day, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert end - start == timedelta(hours=hours)


def test_a_month_across_the_change_of_the_clock_is_an_hour_shorter():
    start, end = error_budget.bounds("calendar_month", datetime(2026, 3, 10, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert end - start == timedelta(days=31) - timedelta(hours=1)


def test_december_is_followed_by_january():
    _, end = error_budget.bounds("calendar_month", datetime(2026, 12, 10, tzinfo=UTC), UTC)
    assert end == datetime(2027, 1, 1, tzinfo=UTC)


def test_where_midnight_is_not_a_whole_hour_of_utc_the_period_begins_with_the_next():
    start, _ = error_budget.bounds("calendar_day", datetime(2026, 3, 10, 12, tzinfo=UTC), ZoneInfo("Asia/Kolkata"))
    assert start == datetime(2026, 3, 9, 19, tzinfo=UTC)  # midnight was 18:30


@pytest.mark.parametrize("wrong", ["rolling_2d", "calendar_year", "", "monthly"])
def test_a_period_nobody_knows_is_refused(wrong):
    with pytest.raises(ValueError, match="expected rolling"):
        error_budget.bounds(wrong, datetime(2026, 1, 1, tzinfo=UTC), UTC)


def test_three_days_are_cut_into_minutes_hours_and_days():
    since, until = datetime(2026, 5, 1, 22, 58, tzinfo=UTC), datetime(2026, 5, 4, 1, 3, tzinfo=UTC)
    pieces = list(error_budget.pieces(since, until))
    assert [(span, (end - start) / timedelta(seconds=span)) for span, start, end in pieces] == [
        (60, 2), (3_600, 1), (86_400, 2), (3_600, 1), (60, 3),
    ]  # fmt: skip


@given(st.integers(0, 60 * 24 * 5), st.integers(0, 60 * 24 * 5))
@settings(max_examples=200, deadline=None)
def test_pieces_cover_a_time_once_and_without_gaps(first, length):
    since = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=first)
    until = since + timedelta(minutes=length)
    pieces = list(error_budget.pieces(since, until))
    assert sum(((end - start) for _, start, end in pieces), timedelta()) == until - since
    assert all(start.timestamp() % span == end.timestamp() % span == 0 for span, start, end in pieces)
    assert [start for _, start, _ in pieces[1:]] == [end for _, _, end in pieces[:-1]]
    assert [span for span, _, _ in pieces].count(86_400) <= 1


def by_minutes(minutes: list[tuple[int, int, str]], target: float, most_unknown: float, *, is_bad: bool):
    """Judge a whole period minute by minute, in plain Python: another way to the same numbers."""
    known = [minute for minute in minutes if minute[2] == "known"]
    unknown, excluded = (sum(minute[2] == word for minute in minutes) for word in ("unknown", "excluded"))
    total = sum(item[1] for item in known)
    bad = sum(item[1] - item[0] for item in known)
    if is_bad:
        a_minute = total / len(known) if known else 60.0
        bad, total = bad + unknown * a_minute, total + unknown * a_minute
    if not total:
        return None, "unknown"
    budget_left = 1 - bad / ((1 - target) * total)
    is_unclear = not is_bad and unknown > most_unknown * (len(minutes) - excluded)
    sure = sum(item[1] - item[0] for item in known) / ((1 - target) * sum(item[1] for item in known) or 1)
    scale = len(known) / (len(minutes) - excluded) if len(minutes) > excluded else 1
    if round(sure * scale, 9) > 1:
        return budget_left, "breached"
    if is_unclear:
        return budget_left, "unknown"
    if round(budget_left, 9) < 0:
        return budget_left, "breached"
    return budget_left, "at_risk" if round(budget_left, 9) <= 0.2 else "met"


minute = st.one_of(
    st.integers(0, 30).map(lambda good: (good, 30, "known")),
    st.just((30, 30, "known")),
    st.just((0, 0, "unknown")),
    st.just((0, 0, "excluded")),
)


@given(
    st.lists(minute, min_size=1, max_size=60),
    st.sampled_from([0.5, 0.9, 0.99]),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_counting_minute_by_minute_comes_to_the_same(minutes, target, most_unknown, is_bad):
    known = [minute for minute in minutes if minute[2] == "known"]
    counted = tally(
        sum(item[0] for item in known),
        sum(item[1] for item in known),
        60 * len(known),
        60 * sum(minute[2] == "excluded" for minute in minutes),
    )
    promised, spent = promise(target, most_unknown, is_unknown_bad=is_bad), time(60 * len(minutes), 60 * len(minutes))
    wanted_left, wanted_state = by_minutes(minutes, target, most_unknown, is_bad=is_bad)
    found_left = left(counted, spent, promised)
    if wanted_left is None:
        assert np.isnan(found_left)
    else:
        assert found_left == pytest.approx(wanted_left, abs=1e-6)
    assert state(counted, spent, promised) == wanted_state


@given(st.integers(0, 3_600), st.integers(0, 3_600))
@settings(max_examples=100, deadline=None)
def test_worse_service_never_leaves_more_budget(first, second):
    less, more = sorted((first, second))
    assert left(tally(less, 3_600, 3_600), time(3_600), promise()) <= left(
        tally(more, 3_600, 3_600), time(3_600), promise()
    )


def test_sums_of_windows_are_sums_of_their_parts():
    both = tally(1, 2, 60, 0) + tally(3, 4, 30, 30)
    assert [float(part[0]) for part in (both.good, both.total, both.known_s, both.excluded_s)] == [4, 6, 90, 30]
