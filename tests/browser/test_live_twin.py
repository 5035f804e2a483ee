"""A failed hub on the map: the live twin says what is lost now, beside the planned one, and calms down when it is back.

It has an installation of its own: a fault in the shared one would be an alarm of other tests.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SIZE, Watch, shot, sign_in
from tests.browser.pages import serious_violations, wait_in
from tests.stack import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PATIENCE_MS = 180_000
LEGEND = "() => Boolean(window.loft?.map?.layers?.coverage.base)"
CALM = re.compile(r"^(\d+) of \1 sites answer; down: 0, unknown: 0$")


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("live-twin"), LOFT_DEMO_DRONES="4").running() as running:
        yield running


@pytest.fixture
def hour(browser: Browser, own_stack: Stack) -> Iterator[Page]:
    """A page of an operator."""
    context = browser.new_context(base_url=own_stack.url, viewport=SIZE, reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.watch = Watch(page, own_stack.url)  # type: ignore[attr-defined]  # read below
    sign_in(page, own_stack, "operator")
    yield page
    context.close()


def hub_of(caller: httpx.Client) -> tuple[str, set[str]]:
    """Return the access point on which most stations hang, and these."""
    rows = caller.get("/api/v1/links?region=lanwan&limit=1000").json()["results"]
    ends = [{row["a"], row["b"]} for row in rows]
    hubs = Counter(
        end for pair in ends for end in pair if end.startswith("oa-") and any("bs-" in other for other in pair)
    )
    hub = hubs.most_common(1)[0][0]
    return hub, {end for pair in ends if hub in pair for end in pair if end.startswith("bs-")}


@pytest.fixture
def fail(own_stack: Stack) -> Iterator[Callable[[str], None]]:
    """Make a site fail until the test is over, whatever comes of it."""
    failed: list[str] = []

    def inject(slug: str) -> None:
        own_stack.manage("fault", "inject", slug, "--for", "1800")
        failed.append(slug)

    yield inject
    for slug in failed:
        own_stack.manage("fault", "clear", slug)


def down(caller: httpx.Client) -> set[str]:
    rows = caller.get("/api/v1/network/live?region=lanwan").json()["site_rows"]
    return {row["key"] for row in rows if row["condition"] == "down"}


def test_a_failed_hub_is_told_by_the_live_twin_and_not_by_the_planned_one(hour: Page, own_stack: Stack, fail):
    caller = own_stack.signed_in("operator")
    hub, stations = hub_of(caller)
    hour.goto("/map?layers=coverage,circles&height=1.5&compare=planned", wait_until="commit")
    wait_in(hour, LEGEND, "coverage is drawn", 180)
    panel = hour.locator("#network-layers")
    note = panel.get_by_role("status").first
    expect(note).to_have_text(CALM, timeout=PATIENCE_MS)
    expect(panel).not_to_contain_text("key sites lost now")
    fail(hub)
    wait_until(lambda: down(caller) >= {hub, *stations}, f"{hub} and what hangs on it is down")
    expect(note).to_contain_text(re.compile(r"down: [1-9]"), timeout=PATIENCE_MS)
    expect(panel).to_contain_text(re.compile(r"[1-9]\d* key sites lost now"), timeout=PATIENCE_MS)
    legend = hour.locator("#net-legends")
    expect(legend).to_contain_text("modelled · Live twin")
    expect(hour.locator(".swipe-tag.left")).to_have_text("Live twin")
    expect(hour.locator(".swipe-tag.right")).to_have_text("Planned twin")
    places = panel.locator("details.places").filter(has_text="key sites, outside first")
    places.locator("summary").click()
    expect(places.locator(f'.place[data-key="{hub}"]')).to_contain_text("lost now")
    shot(hour, "live-twin")
    hour.watch.assert_clean()  # type: ignore[attr-defined]
    assert serious_violations(hour) == []
    panel.get_by_label("Network").select_option("planned")
    expect(note).to_contain_text("As the inventory has it")
    expect(panel).not_to_contain_text("lost now")
    expect(legend).to_contain_text("modelled · Planned twin")
    panel.get_by_label("Network").select_option("live")
    own_stack.manage("fault", "clear", hub)
    expect(note).to_have_text(CALM, timeout=PATIENCE_MS)
    expect(panel).not_to_contain_text("key sites lost now", timeout=PATIENCE_MS)


def test_a_sector_is_named_as_set_otherwise_until_what_is_planned_is_pushed(hour: Page, own_stack: Stack):
    caller = own_stack.signed_in("planner")
    sector = caller.get("/api/v1/sectors?region=lanwan&limit=1").json()["results"][0]
    slug, site, tilt_deg = sector["slug"], sector["site"], sector["tilt_deg"] + 2.5
    wait_until(lambda: caller.get(f"/api/v1/sites/{site}/counters").json()["is_known"], "its equipment tells something")
    hour.goto("/map?layers=links", wait_until="commit")
    settings = hour.locator("#net-otherwise")
    expect(hour.locator("#network-layers").get_by_role("status").first).to_have_text(CALM, timeout=PATIENCE_MS)
    expect(settings).to_be_hidden()
    assert caller.patch(f"/api/v1/sectors/{slug}", json={"tilt_deg": tilt_deg}).status_code == 200
    expect(settings.locator("summary")).to_have_text("Sectors set otherwise than planned: 1", timeout=PATIENCE_MS)
    settings.locator("summary").click()
    told, planned = (f"{value:.1f}°" for value in (sector["tilt_deg"], tilt_deg))
    expect(settings.locator(f'.place[data-key="{slug}"]')).to_contain_text(f"tilt {told}, planned {planned}")
    expect(settings).to_contain_text("as the equipment told, at")
    shot(hour, "set-otherwise")
    hour.watch.assert_clean()  # type: ignore[attr-defined]
    assert serious_violations(hour) == []
    push = {"tilt_deg": tilt_deg, "sectors": [slug], "reason": "as planned"}
    assert caller.post(f"/api/v1/sites/{site}/configuration", json=push).status_code == 202
    expect(settings).to_be_hidden(timeout=PATIENCE_MS)
