"""The engine under a clock that is set: nothing accepted is lost, nothing shown hides behind a false future."""

import json
from datetime import timedelta

import pytest

from airspace import feeds
from airspace.actions.tracking import history
from airspace.engine.writer import Writer
from airspace.models import LastPosition, Position
from console.models import TimeMark
from console.redis_clients import client
from tests.airspace.engines import opened, work
from tests.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]
STEPS_S = [3_600, -3_600, -20, 5]


class Sky:
    """One engine, and drones that report by the clock of this machine."""

    def __init__(self, hands):
        self.hands, self.sent = hands, 0
        self.engine = opened()

    def ms(self):
        return int(self.hands.at.timestamp() * 1_000)

    def send(self, serial="S-1", lat_deg=29.0):
        rows = [{"serial": serial, "at": self.ms(), "lat_deg": lat_deg, "lon_deg": 123.5, "altitude_wgs84_m": 80.0}]
        self.sent += 1
        return client().xadd(feeds.STREAM, feeds.Entry(json.dumps(rows).encode(), "array", 1, self.ms()).fields())

    def work(self):
        work(self.engine)

    def send_an_hour_forth_and_back(self):
        """The clock goes forth by an hour and back again; the report after that is sent, and not read yet."""
        self.send(lat_deg=29.0)
        self.work()
        self.hands.set_by_s(3_600)
        self.send(lat_deg=29.1)
        self.work()
        self.hands.set_by_s(-3_600)
        self.hands.pass_s(5)
        self.send(lat_deg=29.2)

    def shown_deg(self, drone):
        slots = {int(self.engine.picture.drone[slot]): slot for slot in self.engine.picture.heard()}
        return self.engine.picture.values[slots[drone], 0]


@pytest.fixture
def sky(hands):
    return Sky(hands)


@pytest.mark.parametrize("step_s", STEPS_S)
def test_what_is_reported_after_a_step_is_stored_shown_and_the_last_position(sky, hands, step_s):
    for second in range(3):
        sky.send(lat_deg=29.0 + second / 1_000)
        sky.work()
        hands.pass_s(1)
    sky.send(lat_deg=29.1)  # accepted before the step, read after it
    hands.set_by_s(step_s)
    sky.work()
    hands.pass_s(1)
    sky.send(lat_deg=29.5)
    sky.work()
    assert (Position.objects.count(), client().xlen(feeds.STREAM)) == (sky.sent, 0)
    last = LastPosition.objects.get()
    assert (last.lat_deg, last.at_ms) == (29.5, sky.ms())
    assert sky.shown_deg(last.drone_id) == 29.5


def test_an_hour_forth_and_back_loses_nothing_and_a_restart_restores_the_present(sky, hands):
    sky.send_an_hour_forth_and_back()
    sky.work()
    assert Position.objects.count() == sky.sent == 3
    again = Sky(hands)
    assert again.shown_deg(LastPosition.objects.get().drone_id) == 29.2


def test_an_engine_that_died_before_the_list_restores_the_present_and_not_the_false_future(sky, hands):
    sky.send_an_hour_forth_and_back()
    sky.engine.turn()
    sky.engine.writer.write_waiting()  # and then it died
    assert LastPosition.objects.get().lat_deg == 29.1
    again = Sky(hands)
    assert LastPosition.objects.get().lat_deg == 29.2
    assert again.shown_deg(LastPosition.objects.get().drone_id) == 29.2


def test_the_order_of_the_stream_outlives_a_clock_of_redis_that_goes_back(sky, hands):
    ahead_ms = sky.ms() + 3_600_000
    body = feeds.Entry(b"[]", "array", 1, sky.ms()).fields()
    first = client().xadd(feeds.STREAM, body, id=f"{ahead_ms + 10**12}-0")  # by a clock far ahead
    assert client().xadd(feeds.STREAM, body) > first
    sky.work()
    assert client().xlen(feeds.STREAM) == 0


def test_without_a_present_a_late_report_moves_nothing_back(sky):
    sky.send(lat_deg=29.0)
    sky.work()
    row = Position.objects.values_list(*Position.COLUMNS).get()
    history.keep_newest({row[0]: (row[0], row[1] - 5_000, *row[2:])})
    assert LastPosition.objects.get().at_ms == row[1]


def test_a_clock_that_jumped_a_year_ahead_deletes_no_positions(sky, hands):
    sky.send()
    sky.work()
    TimeMark.objects.put("retention: last walk", NOON)
    hands.go_to(NOON + timedelta(days=365))
    Writer(sky.engine.outlet)._clean()
    assert Position.objects.count() == 1
    TimeMark.objects.put("retention: last walk", hands.at)
    Writer(sky.engine.outlet)._clean()
    assert Position.objects.count() == 0
