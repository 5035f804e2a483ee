"""Two hundred alarms at once, as an operator sees and hears them: the worst is on the strip, the list goes on working."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import open_page, wait_in

pytestmark = [pytest.mark.browser, pytest.mark.stack]
LONG_MS = 120_000
HALF = 100
MOST_TONES = 60
"""A sound for each new worst, and one again every ten seconds until somebody acknowledges: far fewer than alarms."""
EARS = """
window.tones = [];
window.AudioContext = class {
  state = "running"; currentTime = 0; destination = {};
  createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect() {} }; }
  createOscillator() {
    const node = { frequency: { set value(hertz) { window.tones.push(hertz); } }, start() {}, stop() {} };
    return { ...node, frequency: node.frequency, connect: (gain) => gain };
  }
  resume() { return Promise.resolve(); }
};
"""
RAISE = """
from django.utils import timezone
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta
from network.actions.alarms.managed_object import ManagedObject, Name
from network.actions.sla.sla_breaches import PROBLEMS
found = [
    AlarmCondition(ManagedObject("site", f"flood-{number}", Name(f"Flood {number}", "")), PROBLEMS["METRIC"], None, "GRADE")
    for number in range(FIRST, LAST)
]
apply(Delta(found), timezone.now())
"""
FORGET = """
from network.models import Alarm
Alarm.objects.filter(object_key__startswith="flood-").delete()
"""


def raise_alarms(stack, first: int, last: int, metric: str, grade: str = "") -> None:
    words = {"FIRST": str(first), "LAST": str(last), "METRIC": metric, "GRADE": grade}
    stack.manage("shell", "-v", "0", "-c", re.sub("|".join(words), lambda found: words[found.group()], RAISE))


@pytest.fixture
def listening(open_as, stack):
    """The list of alarms of somebody who has the sound on, which is counted rather than heard."""
    with open_as("operator") as page:
        page.add_init_script(EARS)
        open_page(page, "/alarms?search=Flood&is_active=true", "#list")
        page.locator("#sound").click()
        expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
        yield page
        stack.manage("shell", "-v", "0", "-c", FORGET)


def test_in_a_flood_the_strip_shows_the_worst_the_list_responds_and_the_sound_does_not_drone(listening: Page, stack):
    page, strip = listening, listening.locator("#strip-newest")
    raise_alarms(stack, 0, HALF, "rtt_p99")
    minor = page.locator('.strip-count[data-priority="minor"] b')
    wait_in(page, f"() => Number({_text('minor')}) >= {HALF}", "the strip counts the flood")
    raise_alarms(stack, HALF, 2 * HALF, "loss_share")
    raise_alarms(stack, 2 * HALF, 2 * HALF + 1, "availability", "key_site")
    expect(strip).to_contain_text(f"Flood {2 * HALF}", timeout=LONG_MS)
    expect(minor).to_be_visible()
    expect(page.locator("#list tbody tr").first).to_contain_text(f"Flood {2 * HALF}", timeout=LONG_MS)
    wait_in(page, "() => window.tones.filter((hertz) => hertz === 780).length >= 3", "the worst is heard")
    tones = page.evaluate("() => window.tones.length")
    assert tones < MOST_TONES, f"{tones} tones for {2 * HALF + 1} alarms"
    expect(page.locator("#list .pager")).to_contain_text(f"of {2 * HALF + 1}")
    page.locator('#list [data-focus="next"]').click()
    expect(page.locator("#list .pager")).to_contain_text(f"{HALF + 1} to {2 * HALF} of", timeout=LONG_MS)
    page.fill('#filters [name="search"]', f"Flood {HALF + 7}")
    page.keyboard.press("Enter")
    expect(page.locator("#list tbody tr")).to_have_count(1, timeout=LONG_MS)
    page.watch.assert_clean()


def _text(priority: str) -> str:
    return f"""document.querySelector('.strip-count[data-priority="{priority}"] b').textContent.replace(/\\D/g, "")"""
