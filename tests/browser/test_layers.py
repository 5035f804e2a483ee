"""The network's layers over the live map: coverage and its divider, a sector's sliders, links, circles, corridors, plans."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import serious_violations, wait_in
from tests.browser.test_map import WITHOUT_WEBGL
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
FIRST_S = 90  # the first map of a process compiles its loops
LAYERS = "window.loft?.map?.layers"
DRAWN = f"() => Boolean({LAYERS}?.coverage.base)"
WHAT_IFS = "() => performance.getEntriesByName('loft:what-if').length"
MOVE = """
([field, by]) => {
  const slider = document.getElementById(`try-${field}`);
  slider.value = Number(slider.value) + by;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}
"""
TURN = """
async ([slug, tilt_deg]) => (await fetch(`/api/v1/sectors/${slug}`, {
  method: "PATCH", body: JSON.stringify({ tilt_deg }),
  headers: {
    "Content-Type": "application/json",
    "X-CSRFToken": document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)[1],
  },
})).status
"""
PALETTE = """
async ([url, value]) => {
  const { lookupOf } = await import(url);
  const lookup = lookupOf(value);
  return [0, 1, 128, 255].map((byte) => Array.from(lookup.slice(byte * 4, byte * 4 + 4)));
}
"""


def open_layers(page: Page, query: str) -> None:
    page.goto(f"/map?{query}", wait_until="commit")
    wait_in(page, f"() => Boolean({LAYERS})", "the layers are there")


def open_coverage(page: Page, query: str = "") -> None:
    """Open the coverage as planned: it is the same whatever other tests have made fail."""
    open_layers(page, f"layers=coverage&twin=planned{query}")
    wait_in(page, DRAWN, "coverage is drawn", FIRST_S)


def wait_for_address(page: Page, *parts: str) -> None:
    for part in parts:
        wait_in(page, f"() => location.search.includes('{part}')", f"the address holds {part}")


def counted(page: Page, layer: str) -> int:
    """Return how many features of a layer were given to the map, once its data and the places of sites are there."""
    wait_in(page, f"() => {LAYERS}.counts.{layer} > 0", f"{layer} are drawn", FIRST_S)
    return int(page.evaluate(f"() => {LAYERS}.counts.{layer}"))


def sector(page: Page, slug: str) -> dict[str, Any]:
    return page.evaluate("async (slug) => (await fetch(`/api/v1/sectors/${slug}`)).json()", slug)


def open_sector(page: Page, slug: str) -> None:
    open_coverage(page, f"&sector={slug}")
    expect(page.locator("#try-tilt_deg")).to_be_visible()


def move(page: Page, field: str, by: float) -> None:
    """Move a slider and wait until the map shows what it found."""
    before = page.evaluate(WHAT_IFS)
    page.evaluate(MOVE, [field, by])
    wait_in(page, f"() => ({WHAT_IFS})() > {before}", "the trial is on the map", FIRST_S)


def test_coverage_is_drawn_with_its_unit_its_definition_and_its_source(page: Page):
    open_coverage(page, "&height=120")
    legend = page.locator("#net-legends")
    expect(legend).to_contain_text("RSRP, 120 m")
    expect(legend).to_contain_text("modelled")
    expect(legend).to_contain_text("dBm")
    expect(legend).to_contain_text("Unknown")
    legend.get_by_text("Definition").click()
    expect(legend).to_contain_text("30 kHz")
    shot(page, "layers-coverage")
    page.watch.assert_clean()
    assert serious_violations(page) == []


def test_keys_switch_the_network_and_the_address_remembers_it(page: Page):
    open_layers(page, "")
    for key in "6789":
        page.keyboard.press(key)
    for layer in ("coverage", "links", "circles", "corridors"):
        expect(page.locator(f"[data-net={layer}]")).to_have_attribute("aria-pressed", "true")
    wait_for_address(page, "layers=coverage,links,circles,corridors")
    page.keyboard.press("]")
    page.keyboard.press("v")
    wait_for_address(page, "value=sinr", "height=200")
    page.keyboard.press("6")
    wait_for_address(page, "layers=links,circles,corridors")


def test_two_heights_are_compared_with_a_divider_moved_by_keys(page: Page):
    open_coverage(page, "&height=120&compare=30")
    grip = page.get_by_role("slider", name=re.compile("Divider: 120 m on the left, 30 m on the right"))
    expect(grip).to_have_attribute("aria-valuenow", "50")
    grip.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    expect(grip).to_have_attribute("aria-valuenow", "62")
    wait_for_address(page, "split=62")
    page.keyboard.press("Home")
    expect(grip).to_have_attribute("aria-valuenow", "2")
    shot(page, "layers-compare")
    page.keyboard.press("c")
    expect(page.locator(".swipe")).to_be_hidden()


def test_a_click_shows_the_exact_figures_of_a_place_and_offers_its_sector(page: Page):
    open_coverage(page, "&at=29.00000,123.50000,14.00")
    page.evaluate(f"() => {LAYERS}.clicked([123.515, 29.011], {{ x: 700, y: 300 }})")
    readout = page.locator("#readout")
    expect(readout).to_contain_text("dBm")
    expect(readout).to_contain_text("Modelled.")
    readout.get_by_role("button", name=re.compile("Try changes to bs-")).click()
    expect(page.locator("#try-azimuth_deg")).to_be_visible()


def test_links_circles_and_corridors_lie_on_the_real_graph(page: Page):
    open_layers(page, "layers=links,circles,corridors,planned")
    assert counted(page, "links") >= 75  # 54 stations and 16 access points hang on rings of three data centres
    assert counted(page, "circles") > 74  # every site of the region, and the links that reach it
    assert counted(page, "corridors") >= 6
    panel = page.locator("#network-layers")
    expect(panel).to_contain_text("Gbit/s")
    expect(panel).to_contain_text(re.compile(r"\d+ of \d+ key sites inside 1 ms"))
    expect(panel).to_contain_text("Not covered")
    shot(page, "layers-graph")
    assert serious_violations(page) == []


def test_key_sites_and_corridors_are_lists_that_the_keyboard_reaches_and_lead_to_their_places(page: Page):
    open_layers(page, "layers=circles,corridors&twin=planned&at=29.00000,123.50000,9.00")
    assert counted(page, "corridors") >= 6
    corridors = page.locator("details.places").filter(has_text="corridors, least covered first")
    corridors.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(corridors.locator(".place")).to_have_count(6)
    expect(corridors.locator('.place[data-key="c-06"]')).to_contain_text("not public")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_in(page, "() => loft.map.view().zoom > 9.5", "the map is at the corridor")
    sites = page.locator("details.places").filter(has_text="key sites, outside first")
    sites.locator("summary").click()
    expect(sites.locator(".place").first).to_contain_text(re.compile(r"(inside|outside), [\d.]+ ms"))
    shot(page, "layers-places")
    sites.locator(".place").first.press("Enter")
    wait_in(page, "() => loft.map.view().zoom > 12.5", "the map is at the site")
    page.watch.assert_clean()
    assert serious_violations(page) == []


def test_the_share_of_a_corridor_counts_the_unknown_as_not_covered_and_nothing_known_is_unknown(page: Page):
    open_layers(page, "")
    url = page.evaluate(
        "() => performance.getEntriesByType('resource').map((one) => one.name).find((name) => name.includes('layers/places'))"
    )
    pieces = [
        {"properties": {"is_covered": is_covered, "length_m": metres}}
        for is_covered, metres in ((True, 300), (False, 100), (None, 200))
    ]
    share = "async ([url, pieces]) => (await import(url)).coveredShare(pieces)"
    assert page.evaluate(share, [url, pieces]) == 0.5  # 300 of 600 m
    assert page.evaluate(share, [url, pieces[2:]]) is None


def test_coverage_that_could_not_be_read_again_is_marked_as_old_in_its_legend(page: Page):
    open_coverage(page, "&height=120")
    legend = page.locator("#net-legends")
    expect(legend).to_contain_text("RSRP, 120 m")
    expect(legend.locator(".net-stale")).to_have_count(0)
    page.evaluate("() => Object.assign(loft.map.layers.rasters.about, { version: 'another' })")
    page.route("**/api/v1/coverage/**", lambda route: route.abort())
    page.evaluate("() => loft.map.layers.coverage.forget()")
    expect(legend.locator(".net-stale")).to_contain_text("could not be read again")
    shot(page, "layers-stale")
    assert serious_violations(page) == []
    page.unroute("**/api/v1/coverage/**")
    page.evaluate("() => loft.map.layers.coverage.forget()")
    expect(legend.locator(".net-stale")).to_have_count(0)


def test_an_operator_may_try_a_sector_but_not_adopt_it(page: Page):
    open_sector(page, "bs-010-1")
    before = sector(page, "bs-010-1")
    move(page, "tilt_deg", 4)
    expect(page.locator("#inspector .sector-body table")).to_contain_text("Area covered")
    expect(page.locator("#inspector")).to_contain_text("You lack the right to change sectors.")
    expect(page.get_by_role("button", name="Adopt")).to_have_count(0)
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#try-tilt_deg")).to_have_value(f"{before['tilt_deg']:g}")
    assert sector(page, "bs-010-1") == before


def test_a_planner_adopts_a_trial_after_reading_its_consequence(open_as):
    with open_as("planner") as page:
        open_sector(page, "bs-011-2")
        before = sector(page, "bs-011-2")
        move(page, "azimuth_deg", 12)
        move(page, "power_dbm", -3)
        assert sector(page, "bs-011-2") == before  # a trial changes nothing
        page.get_by_role("button", name="Adopt").click()
        dialog = page.locator("dialog[open]")
        expect(dialog).to_contain_text("Area covered at 120 m")
        expect(dialog).to_contain_text("at once, for everybody")
        shot(page, "layers-adopt")
        dialog.get_by_role("button", name="Adopt").click()
        wait_until(lambda: sector(page, "bs-011-2")["power_dbm"] == before["power_dbm"] - 3, "the change holds")
        assert sector(page, "bs-011-2")["azimuth_deg"] == before["azimuth_deg"] + 12
        expect(page.locator("#try-power_dbm")).to_have_value(f"{before['power_dbm'] - 3:g}")
        page.watch.assert_clean()


def test_coverage_is_drawn_anew_as_soon_as_a_record_changes_and_not_when_it_is_asked_again(page: Page, open_as):
    open_coverage(page)
    page.evaluate("() => { for (let id = 1; id < 100_000; id++) clearInterval(id); }")  # from now on it can only hear
    before = page.evaluate(f"() => {LAYERS}.coverage.base.version")
    with open_as("planner") as planner:
        planner.goto("/inventory/sectors")
        tilt_deg = sector(planner, "bs-020-1")["tilt_deg"]
        assert planner.evaluate(TURN, ["bs-020-1", tilt_deg + 1]) == 200
        wait_in(page, f"() => {LAYERS}.coverage.base.version !== '{before}'", "the new coverage is drawn", FIRST_S)
        assert planner.evaluate(TURN, ["bs-020-1", tilt_deg]) == 200
    page.watch.assert_clean()


def test_a_map_without_webgl_shows_coverage_and_links_too(page: Page):
    page.add_init_script(WITHOUT_WEBGL)
    open_layers(page, "layers=coverage,links&links=standing")
    wait_in(page, DRAWN, "coverage is drawn", FIRST_S)
    assert page.evaluate("() => loft.map.kind") == "canvas"
    assert counted(page, "links") >= 75
    shot(page, "layers-canvas")
    page.watch.assert_clean()


STANDING = """
([state, judgedAt]) => {
  const { compliance: standings } = loft.map.layers;
  const one = [...standings.rows.values()].find(({ kind }) => kind === "link");
  standings.heard({ type: "StandingChanged", rows: [{ ...one, state, judged_at: judgedAt || one.judged_at }] });
  if (!judgedAt) one.judged_at = "2020-01-01T00:00:00Z"; // and nothing more is heard of it
  return standings.of("link", one.key.split("~").reverse().join("~"));
}
"""


def test_links_and_corridors_are_coloured_by_their_service_level_which_is_live_and_turns_unknown(page: Page):
    open_layers(page, "layers=links,corridors&links=standing&corridors=standing")
    assert counted(page, "links") >= 75
    legend = page.locator("#network-layers [data-of=links]")
    expect(legend).to_contain_text("Links by service level")
    expect(page.locator("#network-layers [data-of=corridors]")).to_contain_text("Corridors by service level")
    wait_in(
        page,
        f"() => [...{LAYERS}.compliance.rows.values()].some((one) => one.kind === 'link')",
        "an agreement is known",
    )
    expect(legend).to_contain_text(re.compile(r"nothing agreed: [1-9]"))
    now = page.evaluate("() => new Date(Date.now() + 1000).toISOString()")
    assert page.evaluate(STANDING, ["breached", now]) == "breached"
    expect(legend).to_contain_text("breached: 1")
    shot(page, "layers-standing")
    assert page.evaluate(STANDING, ["breached", None]) == "unknown"
    expect(legend).to_contain_text("breached: 0")
    page.locator("#network-layers select").filter(has_text="Service level").first.select_option("rate")
    wait_in(page, "() => !location.search.includes('links=standing')", "the address follows")
    expect(page.locator("#network-layers [data-of=links]")).to_contain_text("Gbit/s")
    page.watch.assert_clean()
    assert serious_violations(page) == []


def test_a_byte_of_a_raster_has_the_colour_of_its_class_and_zero_none(page: Page):
    open_layers(page, "")
    url = page.evaluate(
        "() => performance.getEntriesByType('resource').map((one) => one.name).find((name) => name.includes('layers/palette'))"
    )
    rsrp = {"key": "rsrp", "low": -140, "high": -40, "classes": [-120, -110, -100, -90, -80]}
    unknown, lowest, middle, highest = page.evaluate(PALETTE, [url, rsrp])
    assert unknown == [0, 0, 0, 0]
    assert lowest == [0x3B, 0x2F, 0x6B, 255]  # byte 1 is -140 dBm: the first class
    assert middle == [0x7C, 0xC0, 0x4F, 255]  # byte 128 is -90 dBm: the fifth of six
    assert highest == [0xF0, 0xDC, 0x3C, 255]
