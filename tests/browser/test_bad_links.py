"""Which drones have a bad link: one click on the map, a filter of the list, an alarm."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_map
from tests.stack import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
SERIAL, HEIGHT_M, WEAK_DBM = "WEAK-1", 1.5, -120.5  # low: higher up a link is good wherever the model reaches
CENTRE = (29.0, 123.5)


@pytest.fixture
def weak_place(stack: Stack) -> tuple[float, float]:
    """Where the model reaches, and nothing is received well enough."""
    reader = stack.signed_in("viewer")
    for step in range(1, 80):
        place = {"lat_deg": CENTRE[0], "lon_deg": round(CENTRE[1] + step / 100, 2)}
        found = reader.get("/api/v1/coverage/at", params={**place, "height_m": HEIGHT_M, "twin": "planned"}).json()
        if found.get("site") and found["rsrp_dbm"] < WEAK_DBM:
            return place["lat_deg"], place["lon_deg"]
    return pytest.fail("the model reaches no place where a link is weak")


class Drone:
    """One that hovers where its link is weak, and reports whenever it is asked to."""

    def __init__(self, stack: Stack, place: tuple[float, float]) -> None:
        self._fleet, self._reader, self.place = stack.with_key("demo-fleet"), stack.signed_in("viewer"), place

    def report(self, status: str = "airborne") -> None:
        lat_deg, lon_deg = self.place
        row = {
            "serial": SERIAL, "at": datetime.now(UTC).isoformat(), "lat_deg": lat_deg, "lon_deg": lon_deg,
            "altitude_wgs84_m": 80.0, "height_agl_m": HEIGHT_M, "speed_mps": 0.0, "track_deg": 0.0, "status": status,
        }  # fmt: skip
        assert self._fleet.post("/api/v1/reports?durable=1", json=[row]).status_code == 200

    def has_bad_link(self) -> bool:
        self.report()
        rows = self._reader.get("/api/v1/drones", params={"control": "below", "serial": SERIAL}).json()["results"]
        return bool(rows) and rows[0]["link"]["control"]["reason"] in ("weak", "cell_silent")


@pytest.fixture
def drone(stack: Stack, weak_place: tuple[float, float]) -> Iterator[Drone]:
    made = Drone(stack, weak_place)
    yield made
    made.report("ground")  # nothing is concluded of it any more


def test_which_drones_have_a_bad_link_is_one_click(page: Page, drone: Drone):
    wait_until(drone.has_bad_link, "the link is below its need for long enough", every_s=1.0)
    lat_deg, lon_deg = drone.place
    open_map(page, f"?at={lat_deg:.5f},{lon_deg:.5f},9.00")
    page.locator("#bad-links").click()
    rows = page.locator(".drawer tbody tr").filter(has_text=SERIAL)
    in_table = lambda: drone.report() or rows.filter(has_text="Below need").count() == 1  # noqa: E731
    wait_until(in_table, "it is among those with a bad link", every_s=1.0)
    expect(page.locator(".drawer tbody tr").filter(has_text="Need met")).to_have_count(0)
    expect(page.locator("#bad-links")).to_have_attribute("aria-pressed", "true")
    shot(page, "map-bad-links")

    page.goto(f"/airspace?control=bad&search={SERIAL}", wait_until="commit")
    in_list = page.locator("#drones-list tbody tr").filter(has_text="Below need")
    wait_until(lambda: drone.report() or in_list.count() == 1, "the list names it too", every_s=1.0)
    shot(page, "drones-bad-links")
