"""What of the load's positions is in the database."""

import pytest

from airspace.chaos import DRONES, PREFIX, Positions
from airspace.models import Drone, Position
from console.access.actor import HOME_PK
from console.chaos.load import Verdict
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
AT_MS = int(NOON.timestamp() * 1_000)
WHERE = {"received_ms": AT_MS, "processed_ms": AT_MS, "lat_deg": 29.0, "lon_deg": 123.5, "altitude_wgs84_m": 80.0}


@pytest.fixture
def load():
    made = Positions()
    for at_ms in (AT_MS, AT_MS + 1):
        assert made.accepted(at_ms, {"accepted": DRONES}) == DRONES
    return made


def store(at_ms: int, drones: int, prefix: str = PREFIX) -> None:
    for number in range(drones):
        drone, _ = Drone.objects.get_or_create(
            serial=f"{prefix}{number}", defaults={"registered_at": NOON, "changed_at": NOON, "organisation_id": HOME_PK}
        )
        Position.objects.create(drone=drone, at_ms=at_ms, **WHERE)


def test_a_post_is_of_every_drone_at_one_time():
    path, body = Positions().post(AT_MS)
    assert path == "/api/v1/reports"
    assert (len({report["serial"] for report in body}), {report["at"] for report in body}) == (DRONES, {AT_MS})


def test_all_that_was_accepted_is_found(load):
    store(AT_MS, DRONES)
    store(AT_MS + 1, DRONES)
    assert load.judge() == Verdict(2 * DRONES, 0, 0)


def test_what_is_missing_is_lost(load):
    store(AT_MS, DRONES - 3)
    assert load.judge() == Verdict(DRONES - 3, DRONES + 3, 0)


def test_what_nobody_was_told_of_and_what_others_sent_does_not_count(load):
    store(AT_MS, DRONES)
    store(AT_MS + 1, DRONES)
    store(AT_MS + 2, 5)
    store(AT_MS, 5, "OTHER-")
    assert load.judge() == Verdict(2 * DRONES, 0, 0)
