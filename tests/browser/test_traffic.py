"""Another operator's drone on the map: where it is, and in page and answers nothing of whose it is."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from tests.browser.conftest import shot
from tests.browser.pages import open_map, wait_in

pytestmark = [pytest.mark.browser, pytest.mark.stack]
MEMBER = """
from console.actions.demo import demo_password
from console.models import Membership, Organisation, Person
person = Person.objects.create_user("harbour", password=demo_password("harbour"))
Membership.objects.create(person=person, organisation=Organisation.objects.get(slug="harbour-inspection"), role="operator")
"""
FOREIGN = "() => loft.map.store.within(loft.map.view().bounds).filter((one) => one.isForeign).map((one) => one.id)"
OWN = FOREIGN.replace("one.isForeign", "!one.isForeign")


def keep(route, answers):
    """Pass an answer on, and keep what it says: the browser forgets it with the page."""
    with suppress(PlaywrightError):  # the page asked anew or left meanwhile, and never gets this one
        answer = route.fetch()
        answers.append(answer.text())
        route.fulfill(response=answer)


@pytest.fixture
def harbour(stack, open_as):
    """The map as an operator of one of the demo's three fleets sees it, with every answer that it got."""
    if not stack.query("SELECT 1 FROM console_person WHERE username = 'harbour'"):
        stack.manage("shell", "-v", "0", "-c", MEMBER)
    with open_as("harbour") as page:
        page.answers = []
        page.route("**/api/v1/**", lambda route: keep(route, page.answers))
        open_map(page)
        yield page


def test_a_foreign_drone_shows_its_position_and_no_operators_data(harbour, stack):
    sql = "SELECT d.id, d.serial, d.name, o.slug, o.name_en FROM airspace_drone d JOIN console_organisation o ON o.id = d.organisation_id"
    drones = {row[0]: row for row in stack.query(sql)}
    wait_in(harbour, f"() => ({FOREIGN})().length > 3 && ({OWN})().length > 1", "both kinds are in view")
    assert {drones[item][3] for item in harbour.evaluate(OWN)} == {"harbour-inspection"}
    foreign = harbour.evaluate(FOREIGN)[0]
    assert drones[foreign][3] != "harbour-inspection"
    open_map(harbour, f"?drone={foreign}")
    expect(harbour.locator("#inspector h2")).to_have_text("Other traffic")
    expect(harbour.locator("#inspector").get_by_role("button", name="Follow")).to_be_visible()
    expect(harbour.locator("#inspector").get_by_role("button", name="Retire")).to_have_count(0)
    expect(harbour.locator("#inspector .facts dt")).to_have_text(
        ["Altitude (WGS-84)", "Above ground", "Ground speed", "Track", "Place"]
    )
    expect(harbour.locator("#inspector .facts .mono")).to_have_text(re.compile(r"\d+\.\d{5}°, \d+\.\d{5}°"))
    shot(harbour, "map-traffic")
    harbour.select_option("#table-filter", "traffic")
    expect(harbour.locator(".drawer tbody tr").first).to_contain_text("Other traffic")
    content = harbour.content() + "".join(harbour.answers)
    serials = {row[1] for row in drones.values() if row[3] != "harbour-inspection"}
    assert not [word for word in (*serials, "Lanwan Express", "Skyline Medical", "lanwan-express") if word in content]
    assert "Harbour Inspection" in content
