"""The figures of a month against raw samples by another route."""

import random
from datetime import timedelta

import pandas as pd
import pytest

from network.actions.measurement import latency_histogram
from network.actions.service_levels import ledger
from network.models import (
    Maintenance,
    StampSample,
)
from tests.network.service_levels.report.conftest import HOUR, LIMIT_MS, MINUTE, SINCE, june, promise

pytestmark = pytest.mark.slow
ROUND_S = 10
BEGAN = SINCE - HOUR
UNTIL = SINCE + 5 * HOUR
OUTAGE = (SINCE + 70 * MINUTE, SINCE + 85 * MINUTE)
UNWELL = (SINCE + 125 * MINUTE, SINCE + 140 * MINUTE)
NOBODY = (SINCE + 180 * MINUTE, SINCE + 190 * MINUTE)
ANNOUNCED = (SINCE + 210 * MINUTE, SINCE + 240 * MINUTE)
LATE = (SINCE + 250 * MINUTE, SINCE + 270 * MINUTE, SINCE + 260 * MINUTE)  # announced half-way


def inside(at, time):
    return time[0] <= at < time[1]


@pytest.fixture
def measured(make_site, settings):
    """Six hours of rounds of a site, one of them in May: loss, an outage, an unwell probe, silence, maintenance."""
    settings.LOFT_PROBE_PERIOD_S = ROUND_S
    site, draw = make_site("bs-1"), random.Random(11)
    promised = {
        "availability": promise(site, "availability", 0.95),
        "loss_share": promise(site, "loss_share", 0.99),
        "rtt_p99": promise(site, "rtt_p99", 0.9, is_unknown_bad=True),
    }
    for start, end, made_at in ((*ANNOUNCED, BEGAN), LATE):
        Maintenance.objects.create(
            kind="site", key="bs-1", starts_at=start, ends_at=end, reason="new antenna", actor="p", made_at=made_at
        )
    ledger.record(BEGAN + 90 * timedelta(seconds=1))  # the ledger begins
    StampSample.objects.bulk_create(_round(site, at, draw) for at in _rounds() if not inside(at, NOBODY))
    now = UNTIL + 2 * MINUTE
    while latency_histogram.draw_minutes(now):
        pass
    while ledger.record(now):
        pass
    return promised


def _rounds():
    at = BEGAN
    while at < UNTIL:
        yield at
        at += timedelta(seconds=ROUND_S)


def _round(site, at, draw):
    is_out = inside(at, OUTAGE) or inside(at, (ANNOUNCED[0] + 5 * MINUTE, ANNOUNCED[1]))
    times_ms = [
        None if is_out or draw.random() < 0.03 else draw.choice([draw.uniform(0.8, 1.9), draw.uniform(2.1, 5)])
        for _ in range(3)
    ]
    answered = [times_m for times_m in times_ms if times_m is not None]
    return StampSample(
        site=site, sent_at=at, rtt_ms=sorted(answered)[len(answered) // 2] if answered else None, rtts_ms=times_ms,
        packets=3, lost=3 - len(answered), probe_delay_ms=0.1, is_trusted=not inside(at, UNWELL),
    )  # fmt: skip


def recomputed(metric):
    """Return good, total, known, unknown and excluded seconds of June, from raw rows minute by minute with pandas."""
    rows = pd.DataFrame(StampSample.objects.filter(is_trusted=True).values("sent_at", "rtts_ms", "packets", "lost"))
    rows["answered"] = rows.rtts_ms.map(lambda times: any(time is not None for time in times))
    rows["within"] = rows.rtts_ms.map(lambda times: sum(time is not None and time <= LIMIT_MS for time in times))
    by_minute = rows.assign(minute=rows.sent_at.dt.floor("min")).groupby("minute")
    table = by_minute.agg(
        rounds=("sent_at", "size"),
        answered=("answered", "sum"),
        packets=("packets", "sum"),
        lost=("lost", "sum"),
        within=("within", "sum"),
    ).reindex(pd.date_range(SINCE, UNTIL, freq="min", inclusive="left"), fill_value=0)
    late = (LATE[2], LATE[1])
    is_excluded = table.index.map(lambda at: inside(at, ANNOUNCED) or inside(at, late)).to_numpy(bool)
    replies = table.packets - table.lost
    good = {"availability": table.answered, "loss_share": replies, "rtt_p99": table.within}[metric]
    total = {"availability": table.rounds, "loss_share": table.packets, "rtt_p99": replies}[metric]
    missing_s = (60 - (table.rounds + 1) * ROUND_S).clip(lower=0).where(table.rounds > 0, 60.0)
    missing_s = missing_s.where(total > 0, 60.0)
    kept = ~is_excluded
    unknown_s, excluded_s = float(missing_s[kept].sum()), 60.0 * int(is_excluded.sum())
    known_s = (UNTIL - SINCE).total_seconds() - unknown_s - excluded_s
    return int(good[kept].sum()), int(total[kept].sum()), known_s, unknown_s, excluded_s


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("metric", ["availability", "loss_share", "rtt_p99"])
def test_a_report_s_figures_are_those_of_the_raw_samples_by_another_route(measured, region, metric):
    line = next(line for line in june(region, UNTIL).lines if line.agreement == measured[metric])
    good, total, known_s, unknown_s, excluded_s = recomputed(metric)
    assert (line.good, line.total) == (good, total)
    assert (line.known_s, line.unknown_s, line.excluded_s) == pytest.approx((known_s, unknown_s, excluded_s))
    assert line.elapsed_s == 5 * 3_600
    assert excluded_s == 40 * 60
    bad, spent_s = total - good, known_s
    if measured[metric].is_unknown_bad:
        bad, total, spent_s = (
            bad + unknown_s * total / known_s,
            total + unknown_s * total / known_s,
            known_s + unknown_s,
        )
    assert line.achieved_share == pytest.approx(1 - bad / total)
    rest_s = 30 * 86_400 - 5 * 3_600
    allowed = (1 - measured[metric].target_share) * total * (spent_s + rest_s) / spent_s
    assert line.budget_left_share == pytest.approx(1 - bad / allowed, abs=1e-6)


@pytest.mark.django_db(transaction=True)
def test_the_outage_the_unwell_probe_and_the_silence_are_where_they_belong(measured, region):
    line = next(line for line in june(region, UNTIL).lines if line.agreement.metric == "availability")
    assert line.total - line.good >= 15 * 6  # the outage
    assert line.unknown_s == 25 * 60  # the probe unwell, and nobody measuring
    assert [exclusion.reason for exclusion in line.exclusions] == ["new antenna"] * 2
