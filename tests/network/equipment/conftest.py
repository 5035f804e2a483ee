"""Two simulated base stations behind their own interface, and a clock."""

from datetime import timedelta

import httpx
import pytest

from network.actions.equipment import configuration, counters
from network.emulator.equipment.equipment import Equipment
from network.emulator.faults.faults import Fault, Faults
from network.emulator.places import Antenna, Inventory, Place
from network.emulator.routes import Routes, Span
from network.probes.stations import Stations
from tests.conftest import NOON

TOKEN = "of the stations"


class World:
    """Two simulated sites on a ring with the core, their interface, and a clock."""

    def __init__(self):
        self.now = NOON
        self.is_away = False
        self.asked: list[tuple[str, str]] = []
        antennas = tuple(Antenna(f"bs-000-{number}", azimuth_deg=120.0 * number) for number in (1, 2, 3))
        places = [
            Place(slug, "127.0.0.1", 0, 1.0, 0.1, 0.1, 0.0, antennas=antennas if slug == "bs-000" else (), edge_cores=8)
            for slug in ("bs-000", "bs-001")
        ]
        spans = (Span("core", "bs-000", 1.0), Span("core", "bs-001", 1.0), Span("bs-000", "bs-001", 1.0))
        routes = Routes(spans, "core")
        self.faults = Faults(lambda: self.now.timestamp(), routes)
        self.equipment = Equipment(Inventory(places, routes), self.faults, TOKEN, lambda: self.now.timestamp())

    async def __call__(self, scope, receive, send):
        if self.is_away:
            raise httpx.ConnectError("nobody listens")
        self.asked.append((scope["method"], scope["path"]))
        await self.equipment(scope, receive, send)

    def stations(self) -> Stations:
        return Stations("http://stations", TOKEN, httpx.ASGITransport(self))

    def fail(self, kind: str, slug: str = "bs-000") -> None:
        self.faults.inject(Fault(slug, kind, 1.0, self.now.timestamp() + 1e6, self.now.timestamp()))

    def version(self, slug: str = "bs-000") -> int:
        return self.equipment._settings[slug].newest().version

    def wait(self, **some) -> None:
        self.now += timedelta(**some)

    def clock(self):
        return self.now


@pytest.fixture
def world(monkeypatch):
    made = World()
    monkeypatch.setattr(counters, "stations", made.stations)
    monkeypatch.setattr(configuration, "stations", made.stations)
    return made


@pytest.fixture
def site(make_site, make_sector):
    made = make_site("bs-000")
    for number in (1, 2, 3):
        make_sector(made, f"bs-000-{number}", azimuth_deg=120.0 * (number - 1))
    return made


def read_all(world) -> None:
    for after, last in counters.shards():
        counters.read(after, last, world.now)
