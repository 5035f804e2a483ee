"""How long it takes to judge every agreement from the ledger, beside asking the database for each of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connections
from django.db.models import F, Sum

from console.bench import Row, bench
from console.live import hub
from network.actions.service_levels import compliance, ledger
from network.bench.database import cpu_s, own_database
from network.kernels.measurement import error_budget, latency_histogram
from network.kernels.sla.sla import Metric
from network.models import Agreement, ComplianceStatus, CountSpan, PeriodKind, Region, SampleDigest, ServiceCount, Site

SITES, METRICS = 1_000, (Metric.RTT_P99, Metric.LOSS_SHARE, Metric.AVAILABILITY)
KEPT = {CountSpan.MINUTE: 480, CountSpan.HOUR: 80, CountSpan.DAY: 32}  # what the longest period reads, and more
PACKETS = 300  # to each site in a minute
ASKED_ONE_BY_ONE = 60  # the baseline asks for so many, and is scaled up
UNTIL = datetime(2026, 6, 15, 10, 37, tzinfo=UTC)
RUNS = 3
_FILL = """
    INSERT INTO network_servicecount (agreement_id, span_s, started_at, good, total, unknown_s, excluded_s)
    WITH RECURSIVE place(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM place WHERE number < %s)
    SELECT id, %s, datetime(%s, '-' || (number * %s) || ' seconds'), 30 - (id + number) %% 400 / 399, 30, 0, 0
    FROM place, network_agreement
"""


@bench("sla")
def run() -> Iterator[Row]:
    """Yield the CPU time of one minute's judgement, and of one minute's ledger, of three agreements a site."""
    yield standing_row(SITES, ASKED_ONE_BY_ONE, RUNS)
    yield ledger_row(SITES, RUNS)


def standing_row(sites: int, asked: int, runs: int) -> Row:
    """Measure judging and writing all statuses, and one by one the sums that they rest on."""
    with own_database(), hub.muted():
        count = _fill(sites)
        ours_s = min(cpu_s(lambda: compliance.judge_all(UNTIL + timedelta(seconds=31))) for _ in range(runs))
        chosen = list(ComplianceStatus.objects.select_related("agreement")[:asked])
        theirs_s = cpu_s(lambda: _one_by_one(chosen)) / len(chosen) * count
        rows = ServiceCount.objects.count()
    note = (
        f"{count} agreements, {rows} rows in the ledger, periods of 1 to 30 days, standings written, SQLite, CPU time; "
        f"the same sums asked for one agreement after another, without writing, scaled up from {len(chosen)}"
    )
    return Row("sla_standing", round(ours_s * 1e3), "ms", round(theirs_s * 1e3), round(theirs_s / ours_s, 1), note)


def ledger_row(sites: int, runs: int) -> Row:
    """Measure writing one minute of the ledger from what was measured in it."""
    with own_database(), hub.muted():
        count = _fill(sites)
        histogram = latency_histogram.encode(np.random.default_rng(1).gamma(4.0, 0.5, PACKETS))
        SampleDigest.objects.bulk_create(
            SampleDigest(site_id=pk, span_s=60, started_at=UNTIL, rounds=30, answered_rounds=30, untrusted_rounds=0,
                         packets=PACKETS, lost=0, histogram=histogram)
            for pk in Site.objects.values_list("pk", flat=True)
        )  # fmt: skip
        agreements = list(Agreement.objects.select_related("site"))
        end = UNTIL + timedelta(minutes=1)
        spent_s = min(cpu_s(lambda: ledger.write(agreements, UNTIL, end)) for _ in range(runs))
    note = f"{count} agreements of {sites} sites, histograms of {PACKETS} packets, SQLite, CPU time, once a minute"
    return Row("sla_ledger_minute", round(spent_s * 1e3), "ms", note=note)


def _one_by_one(chosen: list[ComplianceStatus]) -> None:
    for compliance_status in chosen:
        _one(compliance_status)


def _one(compliance_status: ComplianceStatus) -> None:
    """Ask for everything that one status rests on; and compare, so that both count the same."""
    start, end = error_budget.bounds(compliance_status.agreement.period, UNTIL, UTC)
    good = sum(_asked(compliance_status.agreement_id, *piece) for piece in error_budget.pieces(start, end))
    for name in error_budget.WINDOWS_S:
        for piece in error_budget.pieces(error_budget.window_start(name, UNTIL), UNTIL):
            _asked(compliance_status.agreement_id, *piece)
    if compliance_status.agreement.period.startswith("rolling") and good != compliance_status.good:
        raise ArithmeticError(
            f"agreement {compliance_status.agreement_id}: {compliance_status.good} judged, {good} asked for"
        )


def _asked(agreement_id: int, span_s: int, since: datetime, until: datetime) -> int:
    rows = ServiceCount.objects.filter(
        agreement=agreement_id, span_s=span_s, started_at__gte=since, started_at__lt=until
    )
    known = Sum(F("span_s") - F("unknown_s") - F("excluded_s"))
    totals = rows.aggregate(good=Sum("good"), total=Sum("total"), known=known, out=Sum("excluded_s"))
    return int(totals["good"] or 0)


def _fill(sites: int) -> int:
    region = Region.objects.create(slug="bench", name_en="B", name_zh="B", lat_deg=0, lon_deg=0, radius_m=1)
    made = Site.objects.bulk_create(
        Site(region=region, slug=f"s-{number}", kind="macro", name_en=f"S{number}", name_zh=f"S{number}", lat_deg=0,
             lon_deg=0, changed_at=UNTIL)
        for number in range(sites)
    )  # fmt: skip
    periods = [period for period in PeriodKind.values if period.startswith("rolling")]
    agreements = Agreement.objects.bulk_create(
        Agreement(kind="site", key=site.slug, site=site, region=region, metric=metric.value, objective=0.99,
                  target_share=0.99, period=periods[number % 3], name=f"{site.slug} {metric.value}")
        for number, site in enumerate(made) for metric in METRICS
    )  # fmt: skip
    for span, kept in KEPT.items():
        newest = datetime.fromtimestamp(UNTIL.timestamp() // span * span, UTC).strftime("%Y-%m-%d %H:%M:%S")
        with connections["default"].cursor() as cursor:
            cursor.execute(_FILL, [kept, int(span), newest, int(span)])
    began = UNTIL - timedelta(days=31)
    ComplianceStatus.objects.bulk_create(
        ComplianceStatus(
            agreement=agreement, began_at=began, period_started_at=began, counted_until=began, judged_at=began
        )
        for agreement in agreements
    )
    return len(agreements)
