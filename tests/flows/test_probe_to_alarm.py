"""Walk (b), whole: beat, the prober, simulated base stations; a fault becomes an alarm and the alarm goes again."""

import os
import signal
from datetime import datetime

import pytest

from tests.flows.test_beginning import time_of
from tests.stack import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.stack]
SITE = "bs-007"
WITHIN_ROUNDS = 5  # of 2 s


@pytest.fixture(scope="module")
def operator(stack: Stack):
    caller = stack.signed_in("operator")
    try:
        wait_until(lambda: availability(caller) == "met", f"{SITE} has met its availability", every_s=0.3)
        yield caller
    finally:
        caller.close()


def availability(caller) -> str:
    rows = caller.get("/api/v1/agreements", params={"site": SITE, "metric": "availability"}).json()["results"]
    return rows[0]["state"]


def open_alarms(caller, site: str = SITE) -> list[dict]:
    rows = caller.get("/api/v1/alarms", params={"site": site, "is_active": "true"}).json()["results"]
    return [row for row in rows if row["detail"]["metric"] == "availability"]


def open_breaches(caller) -> list[str]:
    """Return what is broken, without packet loss, whose window may still hold the packets lost at the fault's edges."""
    rows = caller.get("/api/v1/breaches", params={"site": SITE, "is_open": "true"}).json()["results"]
    return [row["metric"] for row in rows if row["metric"] != "loss_share"]


def test_sites_are_measured_over_the_wire_and_every_value_has_its_age(stack, operator):
    sites = operator.get("/api/v1/sites", params={"is_probed": "true", "limit": 1000}).json()["results"]
    assert len(sites) > 70
    assert sum(site["rtt_ms"] is not None for site in sites) > 65
    assert all(site["age_s"] < 15 for site in sites)
    body = operator.get(f"/api/v1/sites/{SITE}").json()
    assert body["rtt_ms"] == pytest.approx(body["modelled_rtt_ms"], abs=3)  # measured over a simulated network


def test_an_injected_fault_is_an_alarm_within_ten_seconds_and_clears_after_it(stack, operator):
    before = lost_rounds(stack)
    stack.manage("fault", "inject", SITE, "--kind", "down", "--for", "600")
    alarm = wait_until(lambda: open_alarms(operator), "the alarm is raised", every_s=0.2)[0]
    raised_at = datetime.fromisoformat(alarm["started_at"])
    assert 1 <= len([at for at in lost_rounds(stack) - before if at <= raised_at]) <= WITHIN_ROUNDS
    assert (alarm["severity"], alarm["state"]) == ("major", "unacknowledged")
    assert operator.get(f"/api/v1/sites/{SITE}").json()["state"] == "breached"
    assert open_breaches(operator) == ["availability"]
    answer = operator.post(f"/api/v1/alarms/{alarm['id']}/acknowledge", json={"comment": "seen"})
    assert answer.json()["state"] == "acknowledged", answer.text
    stack.manage("fault", "clear", SITE)
    wait_until(lambda: not open_alarms(operator), "the alarm clears", every_s=0.5)
    rows = operator.get("/api/v1/alarms", params={"site": SITE, "state": "normal"}).json()["results"]
    assert alarm["id"] in [row["id"] for row in rows]
    assert not open_breaches(operator)


def lost_rounds(stack) -> set[datetime]:
    """Return when the rounds began of which the site answered nothing."""
    rows = stack.query(
        "SELECT s.slug, m.sent_at FROM network_stampsample m JOIN network_site s ON s.id = m.site_id "
        "WHERE m.lost = m.packets"
    )
    return {time_of(at) for slug, at in rows if slug == SITE}


def test_a_silent_prober_makes_everything_unknown_and_not_met(stack, operator):
    pid = stack.pid("worker-probes")
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: availability(operator) == "unknown", "knowledge has aged", every_s=0.5)
    assert operator.get("/api/v1/sites", params={"is_probed": "true", "state": "met"}).json()["count"] == 0
    wait_until(lambda: "process worker-probes" in hung(operator), "that it hung is an alarm", every_s=0.5)
    assert stack.pid("worker-probes") != pid
    wait_until(lambda: availability(operator) != "unknown", "the prober measures again", every_s=0.5)


def hung(caller) -> list[str]:
    """Return which processes were told of as replaced, for they hung."""
    rows = caller.get("/api/v1/alarms", params={"is_active": "true", "search": "hung and was replaced"}).json()
    return [row["subject"] for row in rows["results"]]
