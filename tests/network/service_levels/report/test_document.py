"""The document and the table of a month: what they say, that they are safe, the same bytes every time."""

import csv
import io
import re

import pytest

from network.actions.service_levels.report import orders
from network.actions.service_levels.report.document import document
from network.actions.service_levels.report.words import duration_of
from network.models import (
    Agreement,
    Maintenance,
    ServiceCount,
    SlaReport,
)
from tests.conftest import NOON
from tests.network.service_levels.report.conftest import HOUR, SINCE, june, promise


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.6, "1 min"), (3_660, "1 h 1 min"), (90_061, "1 d 1 h"), (12, "12 s")]
)
def test_durations_are_told_in_their_two_largest_units(seconds, words):
    assert duration_of(seconds) == words


def made(region, language="en"):
    report = SlaReport(region=region, month="2026-06", language=language, until_at=SINCE + HOUR)
    return orders.made_of(report)


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
        ("corridor", "c-1", "met"),
        ("link", "a~b", "unknown"),
        ("site", "a", "met"),
        ("site", "b", "breached"),
    ]
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
    result = made(region)
    assert result.agreements == 0
    assert "No agreement of this region was in force." in result.files["report.html"].decode()


def test_the_page_of_a_month_is_one_document_even_with_the_longest_list(counted, make_site):
    for number in range(60):
        promise(make_site(f"s-{number:02}", lat_deg=29 + number / 1_000))
    month = june(counted, SINCE + HOUR)
    assert document(month, "d", "en").count(b"<article") == 64
