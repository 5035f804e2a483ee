"""Monthly reports: their figures against raw samples by another route, the files, who may ask, how long they stay."""

import csv
import hashlib
import io
import os
import random
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pandas as pd
import pytest

from console.actions.audit import SYSTEM, Actor
from console.errors import Refused
from console.models import AuditEntry
from network.actions import digest
from network.actions.evidence import store
from network.actions.report import orders
from network.actions.report.document import document
from network.actions.report.figures import month_of, span_of
from network.actions.report.words import duration_of
from network.actions.service import ledger
from network.models import (
    Agreement,
    Breach,
    Corridor,
    EvidenceState,
    Link,
    Maintenance,
    ServiceCount,
    SlaReport,
    StampSample,
    Standing,
)
from network.models.order import LEASE, QUEUED_FOR
from tests.conftest import NOON

URL = "/api/v1/sla/reports"
PLANNER = Actor("planner")
SINCE = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ROUND_S = 10
LIMIT_MS = 2.0


@pytest.fixture(autouse=True)
def zone(settings):
    settings.TIME_ZONE = "Asia/Shanghai"


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "reports"


@pytest.fixture
def sent():
    return []


def promise(site, metric="availability", target=0.9, **fields):
    given = {"objective": LIMIT_MS if metric == "rtt_p99" else target, "target_share": target, "name": metric} | fields
    return Agreement.objects.create(kind="site", site=site, metric=metric, **given)


def count(agreement, start, good, total, unknown_s=0.0, excluded_s=0.0, span_s=3_600):
    return ServiceCount.objects.create(
        agreement=agreement, span_s=span_s, started_at=start, good=good, total=total, unknown_s=unknown_s,
        excluded_s=excluded_s,
    )  # fmt: skip


def stand(agreement, began_at):
    Standing.objects.create(
        agreement=agreement, began_at=began_at, period_started_at=began_at, counted_until=began_at, judged_at=began_at
    )


def june(region, until=None):
    return month_of(region, span_of("2026-06", until or SINCE + 31 * 24 * HOUR))


# --- The figures, recomputed from raw samples by another route -------------------------------------------------------

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
        "availability": promise(site, "availability", 0.95), "loss_share": promise(site, "loss_share", 0.99),
        "rtt_p99": promise(site, "rtt_p99", 0.9, is_unknown_bad=True),
    }  # fmt: skip
    for start, end, made_at in ((*ANNOUNCED, BEGAN), LATE):
        Maintenance.objects.create(
            kind="site", key="bs-1", starts_at=start, ends_at=end, reason="new antenna", actor="p", made_at=made_at
        )
    ledger.record(BEGAN + 90 * timedelta(seconds=1))  # the ledger begins
    StampSample.objects.bulk_create(_round(site, at, draw) for at in _rounds() if not inside(at, NOBODY))
    now = UNTIL + 2 * MINUTE
    while digest.draw_minutes(now):
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
    answered = [one for one in times_ms if one is not None]
    return StampSample(
        site=site, sent_at=at, rtt_ms=sorted(answered)[len(answered) // 2] if answered else None, rtts_ms=times_ms,
        packets=3, lost=3 - len(answered), probe_delay_ms=0.1, is_trusted=not inside(at, UNWELL),
    )  # fmt: skip


def recomputed(metric):
    """Return good, total, known, unknown and excluded seconds of June, from raw rows minute by minute with pandas."""
    rows = pd.DataFrame(StampSample.objects.filter(is_trusted=True).values("sent_at", "rtts_ms", "packets", "lost"))
    rows["answered"] = rows.rtts_ms.map(lambda times: any(one is not None for one in times))
    rows["within"] = rows.rtts_ms.map(lambda times: sum(one is not None and one <= LIMIT_MS for one in times))
    by_minute = rows.assign(minute=rows.sent_at.dt.floor("min")).groupby("minute")
    table = by_minute.agg(
        rounds=("sent_at", "size"), answered=("answered", "sum"), packets=("packets", "sum"), lost=("lost", "sum"),
        within=("within", "sum"),
    ).reindex(pd.date_range(SINCE, UNTIL, freq="min", inclusive="left"), fill_value=0)  # fmt: skip
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
    line = next(one for one in june(region, UNTIL).lines if one.agreement == measured[metric])
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
    line = next(one for one in june(region, UNTIL).lines if one.agreement.metric == "availability")
    assert line.total - line.good >= 15 * 6  # the outage
    assert line.unknown_s == 25 * 60  # the probe unwell, and nobody measuring
    assert [one.reason for one in line.exclusions] == ["new antenna"] * 2


# --- Months and days -------------------------------------------------------------------------------------------------


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
    one = promise(make_site())
    stand(one, SINCE - 2 * HOUR)
    count(one, SINCE - HOUR, 0, 100)
    count(one, SINCE, 90, 100)
    (line,) = june(region, SINCE + HOUR).lines
    assert (line.good, line.total, line.achieved_share, line.unknown_s) == (90, 100, 0.9, 0)


def test_where_hours_are_gone_the_day_stands_in_and_nothing_is_counted_twice(region, make_site):
    one = promise(make_site())
    stand(one, SINCE)
    noon = SINCE + 8 * HOUR  # midnight of UTC: the first day wholly inside June
    for number in range(32):
        count(one, SINCE + number * HOUR, 50, 100)
    count(one, noon, 24 * 50, 24 * 100, span_s=86_400)
    whole = june(region, SINCE + 32 * HOUR).lines[0]
    assert (whole.good, whole.total) == (1_600, 3_200)
    ServiceCount.objects.filter(span_s=3_600, started_at__gte=noon, started_at__lt=noon + 10 * HOUR).delete()
    assert june(region, SINCE + 32 * HOUR).lines[0] == whole


def test_an_agreement_s_time_begins_with_its_ledger_and_a_missing_hour_is_unknown(region, make_site):
    one = promise(make_site(), most_unknown_share=0.5)
    stand(one, SINCE + 2 * HOUR)
    count(one, SINCE + 2 * HOUR, 100, 100)
    (line,) = june(region, SINCE + 4 * HOUR).lines
    assert (line.elapsed_s, line.known_s, line.unknown_s, line.state) == (7_200, 3_600, 3_600, "met")


def test_more_unknown_time_than_agreed_makes_the_state_unknown(region, make_site):
    one = promise(make_site(), most_unknown_share=0.1)
    stand(one, SINCE)
    count(one, SINCE, 100, 100)
    (line,) = june(region, SINCE + 2 * HOUR).lines
    assert (line.state, line.achieved_share) == ("unknown", 1.0)


def test_of_an_agreement_never_counted_everything_is_unknown(region, make_site):
    promise(make_site())
    (line,) = june(region, SINCE + HOUR).lines
    assert (line.state, line.achieved_share, line.budget_left_share, line.elapsed_s) == ("unknown", None, None, 0)


def test_days_are_those_of_the_clock_on_the_wall(region, make_site):
    one = promise(make_site())
    stand(one, SINCE)
    count(one, SINCE + 23 * HOUR, 100, 100)
    count(one, SINCE + 24 * HOUR, 0, 100)
    (line,) = june(region, SINCE + 25 * HOUR).lines
    first, second = line.days
    assert (first.on.isoformat(), first.achieved_share, first.is_kept) == ("2026-06-01", 1.0, True)
    assert (first.known_share, second.on.isoformat(), second.is_kept) == (pytest.approx(1 / 24), "2026-06-02", False)


def test_breaches_of_the_month_are_named_and_others_are_not(region, make_site):
    one = promise(make_site())
    for start, end in ((SINCE - 2 * HOUR, SINCE - HOUR), (SINCE - HOUR, SINCE + HOUR), (SINCE + 2 * HOUR, None)):
        Breach.objects.create(agreement=one, started_at=start, ended_at=end, worst_value=0.5)
    (line,) = june(region, SINCE + 3 * HOUR).lines
    assert (line.breach_count, [row.ended_at is None for row in line.breaches]) == (2, [False, True])


def test_a_maintenance_of_another_subject_or_withdrawn_before_it_began_excuses_nothing(region, make_site):
    promise(make_site())
    given = {"starts_at": SINCE, "ends_at": SINCE + HOUR, "reason": "r", "actor": "a", "made_at": SINCE - HOUR}
    for kind, key, fields in (
        ("site", "bs-000", {}), ("site", "other", {}), ("region", "", {}), ("region", "here", {}),
        ("region", "there", {}), ("site", "bs-000", {"withdrawn_at": SINCE - 30 * MINUTE}),
    ):  # fmt: skip
        Maintenance.objects.create(kind=kind, key=key, **given, **fields)
    (line,) = june(region, SINCE + HOUR).lines
    assert [(one.kind, one.key) for one in line.exclusions] == [("site", "bs-000"), ("region", ""), ("region", "here")]


def test_a_region_with_too_many_agreements_is_refused(region, make_site, monkeypatch):
    promise(make_site())
    monkeypatch.setattr("network.actions.report.figures.MOST_AGREEMENTS", 0)
    with pytest.raises(Refused, match="at most 0"):
        june(region)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.6, "1 min"), (3_660, "1 h 1 min"), (90_061, "1 d 1 h"), (12, "12 s")]
)
def test_durations_are_told_in_their_two_largest_units(seconds, words):
    assert duration_of(seconds) == words


# --- The files -------------------------------------------------------------------------------------------------------


@pytest.fixture
def counted(region, make_site):
    """Two sites, a link and a corridor with an hour of counts each: kept, breached, unknown, modelled."""
    a, b = make_site("a"), make_site("b", lon_deg=123.6)
    Link.objects.create(a=a, b=b, length_km=10, rate_gbps=100, changed_at=NOON)
    Corridor.objects.create(
        region=region, slug="c-1", name_en="Bay", name_zh="湾", path_lon_lat_deg=[[123.5, 29], [123.6, 29]], lowest_m=60,
        highest_m=120, changed_at=NOON,
    )  # fmt: skip
    about = [("site", "a", a, "availability"), ("site", "b", b, "availability"), ("link", "a~b", None, "availability"),
             ("corridor", "c-1", None, "coverage")]  # fmt: skip
    for number, (kind, key, site, metric) in enumerate(about):
        one = Agreement.objects.create(
            kind=kind, key=key, site=site, region=region, metric=metric, objective=0.9, target_share=0.9,
            name=f"{key} {metric}",
        )  # fmt: skip
        stand(one, SINCE)
        count(one, SINCE, 100 if number != 1 else 0, 100, unknown_s=3_600 if number == 2 else 0)
        count(one, SINCE, 0, 0, span_s=60)
        count(one, SINCE + 59 * MINUTE, 0, 0, span_s=60)
    ServiceCount.objects.filter(agreement__key="a~b").update(good=0, total=0)
    Agreement.objects.filter(key="b").update(target_share=0.9999)  # of which an hour of outage is more than a month has
    return region


def ask(region, sent, month="2026-06", language="en", actor=PLANNER, now=NOON):
    return orders.ask(actor, region, month, language, now, sent.append)


def made(region, language="en"):
    one = SlaReport(region=region, month="2026-06", language=language, until_at=SINCE + HOUR)
    return orders.made_of(one)


def test_the_document_shows_every_agreement_with_its_figures_definition_and_rule(counted):
    page = made(counted).files["report.html"].decode()
    text = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert "Service levels of Here, 2026-06" in text
    assert "From 2026-06-01 00:00:00 to 2026-06-01 01:00:00 (Asia/Shanghai)" in text
    for words in ("100.0000 %", "0.0000 %", "≥ 90 %", "breached", "unknown", "modelled", "100 / 100"):
        assert words in text
    assert text.index("b availability") < text.index("a~b availability") < text.index("a availability")
    assert "Metres of the corridor modelled to be covered" in text
    assert "Unknown time is left out; with more than 10 % of the time unknown so is the verdict." in text


def test_the_document_speaks_chinese(counted):
    text = made(counted, "zh-hans").files["report.html"].decode()
    assert '<html lang="zh-Hans">' in text
    for words in ("此地", "服务水平", "已达成", "剩余预算", "违约"):
        assert words in text


def test_the_document_asks_nobody_for_anything_and_forbids_itself_the_network(counted):
    page = made(counted).files["report.html"].decode()
    assert "default-src 'none'" in page
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?!data:)", page)
    assert page.count("<body>") == page.count('id="pymaplibregl"') == 1


def test_names_and_reasons_cannot_break_out_of_the_document(counted):
    nasty = "</script><script>alert(1)</script>"
    clean = made(counted).files["report.html"].decode()
    Agreement.objects.filter(key="a").update(name=nasty)
    counted.sites.filter(slug="a").update(name_en=nasty[:80])
    Maintenance.objects.create(
        kind="site", key="a", starts_at=SINCE, ends_at=SINCE + HOUR, reason=nasty, actor=nasty, made_at=SINCE - HOUR
    )
    page = made(counted).files["report.html"].decode()
    assert "<script>alert(1)" not in page
    assert page.count("</script>") == clean.count("</script>")


def test_identical_input_gives_identical_bytes_and_other_figures_another_digest(counted):
    first, second = made(counted), made(counted)
    assert first == second
    Agreement.objects.update(state="met", value=1.0, judged_at=NOON)  # what changes every few seconds
    assert made(counted) == first
    ServiceCount.objects.filter(span_s=3_600, agreement__key="a").update(good=99)
    assert made(counted).digest != first.digest


def test_the_table_has_a_line_per_agreement_that_a_program_can_read(counted):
    rows = list(csv.DictReader(io.StringIO(made(counted).files["report.csv"].decode("utf-8-sig"))))
    assert [(row["kind"], row["key"], row["state"]) for row in rows] == [
        ("corridor", "c-1", "met"), ("link", "a~b", "unknown"), ("site", "a", "met"), ("site", "b", "breached")
    ]  # fmt: skip
    assert (rows[0]["source"], rows[2]["source"]) == ("modelled", "measured")
    assert (rows[1]["achieved_share"], rows[1]["unknown_s"], rows[2]["achieved_share"]) == ("", "3600.0", "1.0")
    assert (rows[3]["good"], rows[3]["total"], float(rows[3]["budget_left_share"])) == (
        "0",
        "100",
        pytest.approx(1 - 100 / 7.2),
    )


def test_a_name_that_a_spreadsheet_would_run_is_quoted(counted):
    Agreement.objects.filter(key="a").update(name="=1+1")
    assert "'=1+1" in made(counted).files["report.csv"].decode()


def test_a_region_without_agreements_has_a_report_that_says_so(region):
    found = made(region)
    assert found.agreements == 0
    assert "No agreement of this region was in force." in found.files["report.html"].decode()


def test_the_page_of_a_month_is_one_document_even_with_the_longest_list(counted, make_site):
    for number in range(60):
        promise(make_site(f"s-{number:02}", lat_deg=29 + number / 1_000))
    month = june(counted, SINCE + HOUR)
    assert document(month, "d", "en").count(b"<article") == 64


# --- From asking to ready --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_was_asked_for_is_sent_made_and_lies_there_with_its_digests(counted, media, sent):
    asked = ask(counted, sent)
    assert sent == [str(asked.uuid)]
    orders.make(asked.uuid, lambda: NOON)
    one = SlaReport.objects.get()
    assert (one.state, one.problem, one.agreements, one.until_at) == ("ready", "", 4, SINCE + HOUR)
    for name, digest_, size in (
        ("report.html", one.html_sha256, one.html_bytes),
        ("report.csv", one.csv_sha256, one.csv_bytes),
    ):
        content = (media / one.claim.hex / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (digest_, size)
    assert AuditEntry.objects.get(verb="asked for report").subject == "2026-06 of here"


def test_what_is_under_way_is_not_asked_for_twice_and_what_is_ready_is_made_anew(counted, sent):
    first = ask(counted, sent)
    assert ask(counted, sent).uuid == first.uuid
    assert ask(counted, sent, language="zh-hans").uuid != first.uuid
    SlaReport.objects.update(state=EvidenceState.READY)
    assert ask(counted, sent).uuid != first.uuid


def test_a_person_may_ask_for_so_many_reports_an_hour(counted, sent, settings):
    settings.LOFT_EVIDENCE_PER_PERSON_PER_H = 1
    ask(counted, sent)
    with pytest.raises(Refused, match="1 reports were asked for"):
        ask(counted, sent, language="zh-hans")
    ask(counted, sent, language="zh-hans", actor=SYSTEM)


def test_a_report_that_cannot_be_made_has_failed_and_says_why(counted, media, sent, monkeypatch):
    asked = ask(counted, sent)
    monkeypatch.setattr(orders, "MOST_BYTES", 10)
    orders.make(asked.uuid, lambda: NOON)
    one = SlaReport.objects.get()
    assert (one.state, one.problem.startswith("the report would take")) == ("failed", True)
    assert not list(media.glob("*"))


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_s_report_is_taken_up_again_once_and_then_has_failed(counted, media, sent):
    asked = ask(counted, sent)
    SlaReport.take(asked.uuid, NOON)  # and dies
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
    one = ask(counted, sent)
    SlaReport.objects.update(claim=claim, state="ready")
    for folder in (claim, left):
        store.keep(folder, {"report.html": b"h"}, "reports")
    strange.mkdir(parents=True)
    os.utime(media / left.hex, (0, 0))
    assert orders.delete_old(NOON + timedelta(days=9)) == 0
    assert [path.name for path in media.iterdir()] == [claim.hex]
    assert orders.delete_old(one.expires_at) == 1
    assert (list(media.iterdir()), strange.is_dir()) == ([], True)


def test_the_month_that_is_over_is_asked_for_by_itself_once_in_every_language(counted, sent):
    july = datetime(2026, 7, 1, 3, tzinfo=UTC)
    assert orders.ask_due(july, sent.append) == 0  # not all of June is counted yet
    count(Agreement.objects.first(), datetime(2026, 6, 30, 15, 59, tzinfo=UTC), 1, 1, span_s=60)
    assert orders.ask_due(july, sent.append) == 2
    assert orders.ask_due(july + HOUR, sent.append) == 0
    told = SlaReport.objects.order_by("language").values_list("month", "language", "asked_by")
    assert list(told) == [("2026-06", "en", SYSTEM.name), ("2026-06", "zh-hans", SYSTEM.name)]


def test_a_month_in_which_nothing_was_in_force_yet_is_not_reported_by_itself(counted, sent):
    count(Agreement.objects.first(), datetime(2026, 6, 30, 15, 59, tzinfo=UTC), 1, 1, span_s=60)
    Standing.objects.update(began_at=datetime(2026, 6, 30, 16, tzinfo=UTC))
    assert orders.ask_due(datetime(2026, 7, 1, 3, tzinfo=UTC), sent.append) == 0


# --- REST ------------------------------------------------------------------------------------------------------------

WISH = {"month": "2026-06", "region": "here"}


def ready(region):
    claim = uuid4()
    kept = store.keep(claim, {"report.html": b"<!DOCTYPE html>", "report.csv": b"a,b"}, "reports")
    return SlaReport.objects.create(
        region=region, month="2026-06", language="en", since_at=SINCE, until_at=SINCE + HOUR, state="ready", claim=claim,
        asked_by="p", asked_at=NOON, ready_at=NOON, expires_at=NOON + timedelta(days=9), html_bytes=15, csv_bytes=3,
        html_sha256=kept["report.html"].sha256, csv_sha256=kept["report.csv"].sha256,
    )  # fmt: skip


def test_an_operator_asks_and_a_viewer_only_reads(counted, signed_in):
    answer = signed_in("operator").post(URL, WISH, format="json")
    assert (answer.status_code, answer.json()["state"], answer.json()["html_url"]) == (202, "queued", None)
    viewer = signed_in("viewer")
    assert viewer.post(URL, WISH, format="json").status_code == 403
    assert viewer.get(URL).json()["results"][0]["id"] == answer.json()["id"]
    assert viewer.get(f"{URL}/{answer.json()['id']}").json()["until_at"] == "2026-06-01T01:00:00+08:00"


@pytest.mark.parametrize(
    ("wish", "field"),
    [({"region": "here"}, "month"), ({"month": "2026-13", "region": "here"}, "month"), ({"month": "2026-06"}, "region"),
     ({**WISH, "language": "fr"}, "language"), ({**WISH, "month": "06/2026"}, "month")],
)  # fmt: skip
def test_a_wish_that_cannot_be_read_names_its_field(counted, signed_in, wish, field):
    answer = signed_in("operator").post(URL, wish, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_a_month_to_come_is_refused_and_a_strange_region_not_found(counted, signed_in):
    operator = signed_in("operator")
    assert operator.post(URL, {**WISH, "month": "2026-07"}, format="json").status_code == 409
    assert operator.post(URL, {**WISH, "region": "there"}, format="json").status_code == 404


def test_files_are_downloads_that_may_reach_nothing(counted, media, signed_in, with_key):
    one, viewer = ready(counted), signed_in("viewer")
    for name, content in (("report.html", b"<!DOCTYPE html>"), ("report.csv", b"a,b")):
        answer = viewer.get(f"{URL}/{one.uuid}/{name}")
        assert b"".join(answer.streaming_content) == content
        assert answer["Content-Disposition"] == f'attachment; filename="loft-sla-here-2026-06.{name[7:]}"'
        assert answer["Content-Security-Policy"].startswith("sandbox allow-scripts; default-src 'none'")
    answer = with_key("read").get(f"{URL}/{one.uuid}/report.csv")
    assert b"".join(answer.streaming_content) == b"a,b"


def test_files_that_are_not_ready_or_gone_are_not_found(counted, media, signed_in):
    one, viewer = ready(counted), signed_in("viewer")
    (media / one.claim.hex / "report.csv").unlink()
    assert viewer.get(f"{URL}/{one.uuid}/report.csv").status_code == 404
    SlaReport.objects.update(state="failed")
    assert viewer.get(f"{URL}/{one.uuid}/report.html").status_code == 404
    assert viewer.get(f"{URL}/{uuid4()}").status_code == 404


def test_the_page_offers_regions_and_the_form_only_to_those_who_may_ask(counted, signed_in):
    operator, viewer = (signed_in(role).get("/reports").content.decode() for role in ("operator", "viewer"))
    assert 'id="new"' in operator
    assert '<option value="here">Here</option>' in operator
    assert 'id="new"' not in viewer
    assert "network.add_slareport" in viewer
