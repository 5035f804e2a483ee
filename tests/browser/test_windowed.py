"""Tables of many thousand rows: what is seen is in the page, the rest is room; readers of the screen hear of all."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import shot
from tests.browser.pages import LIVE, serious_violations, wait_in
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
COUNT = 10_000
BOX = "#list .windowed"
LINE = "#list tbody tr[aria-rowindex]"
MOST_LINES = 80  # at 800 pixels of height about 20 are seen, with 8 to spare on both sides
LAST_SEEN = f"() => document.querySelector('{LINE}[aria-rowindex=\"{COUNT + 1}\"]') !== null"
FIRST_SEEN = f"() => document.querySelector('{LINE}[aria-rowindex=\"2\"]') !== null"
ALL_READ = f"""
() => [...document.querySelectorAll("{LINE}")].filter((line) => !line.querySelector("a[data-key]")).length === 0
"""
IN_SIGHT = """
(index) => {
  const box = document.querySelector('#list .windowed').getBoundingClientRect();
  const line = document.querySelector(`#list tbody tr[aria-rowindex="${index}"]`)?.getBoundingClientRect();
  return Boolean(line) && line.bottom > box.top && line.top < box.bottom;
}
"""


def site(number: int, kind: dict[str, object]) -> dict[str, object]:
    return {**kind, "slug": f"many-{number:05d}", "name_en": f"Many {number:05d}", "name_zh": f"众多 {number:05d}"}


@pytest.fixture
def many(page: Page) -> Page:
    first = page.request.get("/api/v1/sites?is_probed=true&limit=1").json()["results"][0]

    def answer(route: Route) -> None:
        at = int(route.request.url.partition("offset=")[2])
        rows = [site(number, first) for number in range(at, min(at + 1000, COUNT))]
        route.fulfill(json={"count": COUNT, "next": None, "previous": None, "results": rows})

    page.route("**/api/v1/sites?is_probed=true&limit=1000&offset=*", answer)
    page.goto("/network", wait_until="commit")
    expect(page.locator(LINE).first).to_be_visible()
    expect(page.locator(LIVE)).to_be_visible()
    return page


def lines(page: Page) -> int:
    return page.locator(LINE).count()


def test_of_ten_thousand_rows_those_in_sight_are_in_the_page_and_all_are_told_of(many: Page):
    table = many.locator("#list table")
    expect(table).to_have_attribute("aria-rowcount", str(COUNT + 1))
    assert 0 < lines(many) <= MOST_LINES
    many.evaluate(
        "() => { const box = document.querySelector('#list .windowed'); box.scrollTop = box.scrollHeight / 2; }"
    )
    wait_in(
        many, "() => Number(document.querySelector('#list tbody tr[aria-rowindex]').ariaRowIndex) > 4000", "the middle"
    )
    assert lines(many) <= MOST_LINES
    many.evaluate("() => { const box = document.querySelector('#list .windowed'); box.scrollTop = box.scrollHeight; }")
    wait_in(many, LAST_SEEN, "the last row")
    assert many.evaluate(IN_SIGHT, COUNT + 1)
    expect(many.locator("#list .pager")).to_contain_text(f"{COUNT:,} of {COUNT:,}")
    assert lines(many) <= MOST_LINES
    many.locator("#list").scroll_into_view_if_needed()
    shot(many, "network-ten-thousand")
    many.watch.assert_clean()
    assert serious_violations(many) == []


def test_the_keyboard_scrolls_to_both_ends_and_a_row_with_the_focus_stays(many: Page):
    many.locator(BOX).focus()
    many.keyboard.press("End")
    wait_in(many, LAST_SEEN, "the last row")
    many.keyboard.press("Home")
    wait_in(many, FIRST_SEEN, "the first row")
    link = many.locator(f"{LINE}[aria-rowindex='4'] a")
    link.focus()
    many.evaluate("() => { const box = document.querySelector('#list .windowed'); box.scrollTop = box.scrollHeight; }")
    wait_in(many, LAST_SEEN, "the last row")
    expect(link).to_be_focused()
    expect(link).to_have_text("Many 00002")
    many.keyboard.press("Tab")
    expect(many.locator(f"{LINE} a:focus")).to_have_count(1)  # the next one is in the page


def test_another_order_keeps_the_place_of_the_head_and_turns_the_rows_round(many: Page):
    head = many.locator("#list th button").first
    head.press("Enter")
    expect(many.locator("#list th").first).to_have_attribute("aria-sort", "ascending")
    many.locator("#list th button").first.press("Enter")
    expect(many.locator("#list th").first).to_have_attribute("aria-sort", "descending")
    expect(many.locator(f"{LINE}[aria-rowindex='2'] a")).to_have_text(f"Many {COUNT - 1:05d}")
    expect(many.locator("#list th button").first).to_be_focused()


def test_fewer_rows_take_no_more_room_than_they_need(many: Page):
    many.fill("#f-search", "many-0012")
    expect(many.locator("#list table")).to_have_attribute("aria-rowcount", "11")
    expect(many.locator(LINE)).to_have_count(10)
    expect(many.locator("#list .row-gap")).to_have_count(0)


@pytest.fixture
def asked() -> list[int]:
    """From which rows on pages of the list were asked for."""
    return []


@pytest.fixture
def failing() -> set[int]:
    """The rows from which on nothing can be read."""
    return set()


@pytest.fixture
def listed(page: Page, asked: list[int], failing: set[int]) -> Page:
    """The inventory's list of sites, with many."""
    first = page.request.get("/api/v1/sites?limit=1").json()["results"][0]

    def answer(route: Route) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(route.request.url).query).items()}
        at, limit = int(query["offset"]), int(query["limit"])
        asked.append(at)
        if any(at >= row for row in failing):
            return route.fulfill(status=503, json={"title": "Unavailable", "detail": "not now"})
        numbers = list(range(COUNT))[:: -1 if query.get("ordering", "").startswith("-") else 1][at : at + limit]
        rows = [site(number, first) for number in numbers]
        return route.fulfill(json={"count": COUNT, "next": None, "previous": None, "results": rows})

    page.route(re.compile(r"/api/v1/sites\?.*\blimit=100\b"), answer)
    page.goto("/inventory/sites", wait_until="commit")
    expect(page.locator(LINE).first).to_contain_text("00000")
    return page


def scroll_to(page: Page, share: float) -> None:
    page.evaluate(
        f"() => {{ const box = document.querySelector('{BOX}'); box.scrollTop = box.scrollHeight * {share}; }}"
    )


def test_a_list_of_the_api_reads_what_comes_into_sight_and_its_address_keeps_the_place(listed: Page, asked: list[int]):
    expect(listed.locator("#list table")).to_have_attribute("aria-rowcount", str(COUNT + 1))
    scroll_to(listed, 1)
    expect(listed.locator(f"{LINE}[aria-rowindex='{COUNT + 1}']")).to_contain_text(f"{COUNT - 1:05d}")
    assert lines(listed) <= MOST_LINES
    assert len(asked) <= 4, asked  # the beginning, the end, and what a live list reads meanwhile
    expect(listed).to_have_url(re.compile(r"offset=99"))
    asked.clear()
    listed.reload(wait_until="commit")
    expect(listed.locator(f"{LINE}[aria-rowindex='{COUNT + 1}']")).to_contain_text(f"{COUNT - 1:05d}")
    assert asked
    assert min(asked) > COUNT // 2
    listed.watch.assert_clean()


def test_another_order_of_a_list_begins_at_its_top(listed: Page):
    scroll_to(listed, 0.5)
    expect(listed.locator("#list .pager")).to_contain_text(re.compile(r"^[345],\d{3} to "))
    listed.locator("#list th button").first.click()
    expect(listed.locator("#list .pager")).to_contain_text("1 to ")
    listed.locator("#list th button").first.click()
    expect(listed.locator(f"{LINE}[aria-rowindex='2']")).to_contain_text(f"{COUNT - 1:05d}")
    expect(listed).not_to_have_url(re.compile(r"offset="))


def test_a_list_that_fails_keeps_the_place_at_which_it_failed(listed: Page, failing: set[int]):
    failing.add(COUNT // 2)
    scroll_to(listed, 1)
    again = listed.locator("#list .widget-state button")
    expect(again).to_be_visible()
    expect(listed).to_have_url(re.compile(r"offset=99"))
    failing.clear()
    again.click()
    expect(listed.locator(f"{LINE}[aria-rowindex='{COUNT + 1}']")).to_contain_text(f"{COUNT - 1:05d}")
    expect(listed).to_have_url(re.compile(r"offset=99"))


def test_a_screen_that_is_higher_than_a_page_of_rows_is_filled_and_no_page_is_asked_for_twice(
    listed: Page, asked: list[int]
):
    listed.set_viewport_size({"width": 1280, "height": 4000})
    scroll_to(listed, 0.5)
    expect(listed.locator("#list .pager")).to_contain_text(re.compile(r"^[45],\d{3} to "))
    wait_in(listed, ALL_READ, "all that is in sight is read")
    assert len(asked) <= 6, asked


DRONES = re.compile(r"/api/v1/drones\?.*\blimit=100\b")
DRONE_LINE = "#drones-list tbody tr[aria-rowindex]"
TO_LAST_DRONE = f"""
() => {{
  const box = document.querySelector("#drones-list .windowed");
  box.scrollTop = box.scrollHeight;  // which is another once rows were measured
  return document.querySelector("{DRONE_LINE}[aria-rowindex='{COUNT + 1}']") !== null;
}}
"""


def drones_of(route: Route, drone: dict[str, object]) -> None:
    at = int(parse_qs(urlsplit(route.request.url).query).get("offset", ["0"])[0])
    rows = [{**drone, "id": 900_000 + number, "serial": f"MANY-{number:05d}"} for number in range(at, at + 100)]
    route.fulfill(json={"count": COUNT, "next": None, "previous": None, "results": rows[: COUNT - at]})


def first_drone(page: Page) -> dict[str, object]:
    return page.request.get("/api/v1/drones?limit=1").json()["results"][0]


def test_the_focus_stays_on_a_row_out_of_sight_while_the_list_is_read_anew(page: Page):
    drone = first_drone(page)
    page.route(DRONES, lambda route: drones_of(route, drone))
    page.goto("/airspace", wait_until="commit")
    link = page.locator(f"{DRONE_LINE}[aria-rowindex='4'] a")
    link.focus()
    wait_in(page, TO_LAST_DRONE, "the last row")
    expect(page.locator(f"{DRONE_LINE}[aria-rowindex='{COUNT + 1}']")).to_contain_text(f"MANY-{COUNT - 1:05d}")
    for _ in range(3):  # by the third the second was drawn
        with page.expect_response(DRONES):
            pass
    expect(link).to_be_focused()


def test_answers_that_are_slower_than_the_next_question_are_drawn(page: Page):
    drone = first_drone(page)
    held: list[Route] = []
    page.route(DRONES, lambda route: held.append(route))
    page.goto("/airspace", wait_until="commit")
    asked_again = lambda: page.evaluate("() => true") and len(held) >= 2  # noqa: E731
    wait_until(asked_again, "it asks again, unanswered")
    drones_of(held[0], drone)
    expect(page.locator(DRONE_LINE).first).to_contain_text("MANY-00000")
