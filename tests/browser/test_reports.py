"""Monthly reports on their page, and their document in a browser without any network."""

import csv
import io
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, serious_violations
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
URL = "/api/v1/sla/reports"
ROWS = "#list tbody tr"
LAST_MONTH = (datetime.now(ZoneInfo("Asia/Shanghai")).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


@pytest.fixture(scope="module")
def report(stack, tmp_path_factory) -> dict[str, Path]:
    """A report of last month by the worker, downloaded to a folder; nothing was in force yet, which it says."""
    folder = tmp_path_factory.mktemp("report")
    with closing(stack.signed_in("planner")) as caller:
        wanted = {"month": LAST_MONTH, "region": "lanwan", "language": "zh-hans"}
        asked = wait_until(lambda: _asked(caller, stack, wanted), "the ledger has begun", 200, 2)
        url = f"{URL}/{asked['id']}"
        wait_until(lambda: caller.get(url).json()["state"] == "ready", "the report is ready", 150, 0.5)
        for name in ("report.html", "report.csv"):
            (folder / name).write_bytes(caller.get(f"{url}/{name}").content)
    return {name: folder / name for name in ("report.html", "report.csv")}


def _asked(caller: httpx.Client, stack, wanted):
    answer = caller.post(URL, json=wanted, headers={"Referer": stack.url})
    return answer.json() if answer.status_code == 202 else None  # 409 while nothing is counted


def test_a_report_opens_in_a_browser_that_reaches_nothing(browser: Browser, report):
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page, asked, errors = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(report["report.html"].as_uri())
        expect(page.locator("canvas.maplibregl-canvas")).to_be_visible(timeout=60_000)
        expect(page.locator("h1")).to_contain_text("服务水平")
        lines = list(csv.DictReader(io.StringIO(report["report.csv"].read_text("utf-8-sig"))))
        expect(page.locator("article")).to_have_count(len(lines))
        assert len(lines) > 100
        outside = [url for url in asked if not url.startswith(("file:", "blob:", "data:"))]
        assert (outside, errors) == ([], [])
        page.screenshot(path=str(report["report.html"].with_suffix(".png")))
        page.emulate_media(media="print")
        expect(page.locator("#still")).to_be_visible()
        expect(page.locator("#pymaplibregl")).to_be_hidden()
    finally:
        context.close()


def test_a_report_is_asked_for_on_the_page_and_downloaded(open_as, report):
    with open_as("planner") as page:
        open_page(page, "/reports", ROWS)
        page.select_option("#n-region", "lanwan")
        page.fill("#n-month", LAST_MONTH)
        page.click("#new button.primary")
        expect(page.locator(ROWS)).to_have_count(2)
        made = page.locator(ROWS).first
        expect(made.locator(".chip.done")).to_be_visible(timeout=120_000)
        with page.expect_download() as got:
            made.locator("a").last.click()
        assert got.value.suggested_filename.startswith("loft-sla-lanwan-")
        shot(page, "page-reports")
        page.watch.assert_clean()
        assert serious_violations(page) == []


def test_the_reports_fit_1024_pixels_in_chinese(open_as, stack, report):
    with open_as("planner") as page:
        page.set_viewport_size({"width": 1024, "height": 768})
        page.context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": stack.url}])
        open_page(page, "/reports", ROWS)
        shot(page, "narrow-reports")
        assert page.evaluate("() => document.getElementById('main').scrollWidth") <= 1024 - 56
        page.watch.assert_clean()
