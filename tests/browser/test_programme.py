"""The programme page and the evidence maps, as a planner works with them."""

import io
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, serious_violations
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
ROWS = "#list tbody tr"
MAPS = {
    "circle": {"kind": "circle", "region": "lanwan", "language": "zh-hans"},
    "coverage": {"kind": "coverage", "region": "lanwan", "height_m": 60, "value": "sinr"},
}


@pytest.fixture(scope="module")
def maps(stack, tmp_path_factory) -> dict[str, Path]:
    """One document of each kind, drawn by a worker and downloaded to a folder."""
    folder = tmp_path_factory.mktemp("maps")
    with closing(stack.signed_in("planner")) as caller:
        asked = {}
        for kind, wanted in MAPS.items():
            answer = caller.post("/api/v1/evidence", json=wanted, headers={"Referer": stack.url})
            assert answer.status_code == 202, answer.text
            asked[kind] = f"/api/v1/evidence/{answer.json()['id']}"
        for kind, url in asked.items():
            wait_until(lambda url=url: caller.get(url).json()["state"] == "ready", f"the {kind} is ready", 150, 0.5)
            (folder / f"{kind}.html").write_bytes(caller.get(f"{url}/map.html").content)
    return {kind: folder / f"{kind}.html" for kind in asked}


def test_every_target_has_a_state_a_shape_and_a_source(page: Page):
    open_page(page, "/programme", ROWS)
    expect(page.locator(ROWS)).to_have_count(13)
    circle = page.locator(f"{ROWS}[data-key=circle_2028]")
    expect(circle).to_contain_text("≥ 75.0 % by 2028")
    expect(circle).to_contain_text("modelled", timeout=120_000)  # once a worker has worked it out
    expect(circle.locator(".chip")).to_have_text("met")
    expect(page.locator(f"{ROWS}[data-key=wlan_access_ms] .chip")).to_have_text("unknown")
    shot(page, "page-programme")
    page.watch.assert_clean()
    assert serious_violations(page) == []


def test_the_programme_fits_1024_pixels_in_chinese(open_as, stack):
    with open_as("planner") as page:
        page.set_viewport_size({"width": 1024, "height": 768})
        page.context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": stack.url}])
        for path, ready in (("/programme", ROWS), ("/evidence", "#new")):
            open_page(page, path, ready)
            shot(page, f"narrow{path.replace('/', '-')}")
            assert page.evaluate("() => document.getElementById('main').scrollWidth") <= 1024 - 56
        page.watch.assert_clean()


def test_a_map_is_asked_for_on_the_page_and_downloaded(open_as, maps):
    with open_as("planner") as page:
        open_page(page, "/evidence?new=circle", ROWS)
        expect(page.locator("#n-kind")).to_have_value("circle")
        expect(page.locator("#n-height")).to_be_hidden()
        page.fill("#n-threshold", "0.5")
        page.click("#new button.primary")
        made = page.locator(ROWS).filter(has_text="< 0.5 ms")
        expect(made.locator(".chip.done")).to_be_visible(timeout=120_000)
        with page.expect_download() as got:
            made.locator("a").first.click()
        assert got.value.suggested_filename.startswith("loft-circle-lanwan-")
        shot(page, "page-evidence")
        page.watch.assert_clean()
        assert serious_violations(page) == []


@pytest.mark.parametrize("kind", MAPS)
def test_a_saved_map_asks_nobody_and_draws(browser: Browser, maps, kind: str):
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    try:
        page.goto(maps[kind].as_uri())
        colours = wait_until(lambda: _colours(page) > 20 and _colours(page), "the map is drawn", every_s=0.5)
        assert colours > 20
        outside = [url for url in asked if not url.startswith(("file:", "blob:", "data:"))]
        assert (outside, errors) == ([], [])
        expect(page.locator("#sheet h1")).to_contain_text("60 m" if kind == "coverage" else "时延圈")
        page.screenshot(path=str(maps[kind].with_suffix(".png")))
    finally:
        page.close()


def _colours(page: Page) -> int:
    """Return how many colours the map shows."""
    shown = page.locator("canvas.maplibregl-canvas")
    if shown.count() == 0:
        return 0
    compliance = Image.open(io.BytesIO(shown.screenshot())).convert("RGB").quantize(256).getcolors()
    return len(compliance or [])
