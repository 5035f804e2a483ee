"""Factories, their vehicles and ways on the map, as an operator finds them: by key, by pointer, by address."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import LIVE, serious_violations, wait_in

pytestmark = [pytest.mark.browser, pytest.mark.stack]
READY = "() => window.loft?.map?.more?.opened.length > 0"
PLANTS = "loft.map.more.opened[0]"
PLACED = f"() => [...{PLANTS}.plants.vehicles.values()].filter((row) => row.lat_deg !== null).length >= 12"
PANEL, INSPECTOR = "[data-more=industry]", "#inspector-body"


def open_map(page: Page, query: str = "") -> None:
    page.goto(f"/map{query}", wait_until="commit")
    wait_in(page, READY, "the layers are there")
    expect(page.locator(LIVE)).to_be_visible()


def point_of(page: Page, vehicle: int) -> dict[str, float]:
    """Return where a vehicle is drawn on the page."""
    return page.evaluate(
        f"""(id) => {{
          const {{ wiring, plants }} = {PLANTS}, row = plants.vehicles.get(id);
          const [x, y] = wiring.map.project(row.lon_deg, row.lat_deg);
          const box = document.getElementById('map').getBoundingClientRect();
          return {{ x: box.x + x, y: box.y + y }};
        }}""",
        vehicle,
    )


def test_a_vehicle_is_found_by_key_list_and_pointer_and_its_address_brings_it_back(page: Page):
    open_map(page)
    expect(page.locator(f"{PANEL} .layer-body")).to_be_hidden()
    page.keyboard.press("i")
    expect(page.locator(f"{PANEL} .layer-switch")).to_have_attribute("aria-pressed", "true")
    wait_in(page, PLACED, "every vehicle of the demo has reported")
    assert "plants=1" in page.url
    places = page.locator(f"{PANEL} details.places")
    places.locator("summary").press("Enter")
    places.get_by_role("button", name="Beigang Precision").click()
    expect(page.locator(f"{INSPECTOR} h2")).to_have_text("Beigang Precision")
    expect(page.locator(f"{INSPECTOR} h3")).to_have_text("4 vehicles")
    expect(page).to_have_url(re.compile("factory=beigang-precision"))
    page.locator(f"{INSPECTOR} .place").first.press("Enter")
    expect(page).to_have_url(re.compile(r"vehicle=\d+"))
    expect(page.locator(f"{INSPECTOR} .facts")).to_contain_text("Beigang Precision")
    expect(page.locator(f"{INSPECTOR} .chip")).to_have_text("Driving")
    wait_in(page, "() => loft.map.view().zoom > 16", "the map is at the vehicle")
    shot(page, "plants-vehicle")
    link = page.url
    page.keyboard.press("Escape")
    expect(page.locator("#inspector")).to_be_hidden()
    page.goto(link, wait_until="commit")
    expect(page.locator(f"{INSPECTOR} .facts")).to_contain_text("Beigang Precision")
    page.watch.assert_clean()  # type: ignore[attr-defined]  # before axe brings its own styles
    assert serious_violations(page) == []


def test_a_click_on_a_vehicle_shows_it_and_it_moves_as_it_reports(page: Page):
    open_map(page, "?factory=gangcheng-drives")
    expect(page.locator(f"{INSPECTOR} h2")).to_have_text("Gangcheng Drives")
    wait_in(page, "() => loft.map.view().zoom > 15", "the map is at the factory")
    vehicle = page.evaluate(f"() => {PLANTS}.plants.vehiclesOf('gangcheng-drives', Date.now(), false)[0].id")
    at = f"JSON.stringify([{PLANTS}.plants.vehicles.get({vehicle}).lon_deg, {PLANTS}.plants.vehicles.get({vehicle}).lat_deg])"
    before = page.evaluate(f"() => {at}")
    wait_in(page, f"() => {at} !== {before!r}", "it drove on")
    page.mouse.click(**point_of(page, vehicle))
    expect(page).to_have_url(re.compile(f"vehicle={vehicle}"))
    page.watch.assert_clean()  # type: ignore[attr-defined]


def test_at_1024_pixels_the_layer_is_in_its_drawer_and_nothing_is_cut(page: Page):
    page.set_viewport_size({"width": 1024, "height": 768})
    open_map(page, "?plants=1")
    expect(page.locator(PANEL)).to_be_hidden()
    page.click("#layers summary")
    switch = page.locator(f"{PANEL} .layer-switch")
    switch.scroll_into_view_if_needed()
    expect(switch).to_be_visible()
    cut = "() => { const box = document.querySelector('.layers-body'); return box.scrollWidth > box.clientWidth + 1; }"
    assert page.evaluate(cut) is False
    shot(page, "plants-narrow")
