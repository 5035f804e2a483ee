"""A small inventory, and simulated sites in the test's own event loop."""

from collections.abc import Callable

import numpy as np
import pytest

from network.emulator.faults.faults import Faults
from network.emulator.places import Place
from network.emulator.reflector import Reflector
from network.kernels.sla.sla import Metric
from network.models import Agreement, EdgeNode, Link, Region, Sector, Site
from tests.conftest import NOON


@pytest.fixture
def region(db):
    return Region.objects.create(
        slug="here", name_en="Here", name_zh="此地", lat_deg=29, lon_deg=123.5, radius_m=30_000
    )


@pytest.fixture
def make_site(region) -> Callable[..., Site]:
    """Make a base station: `make_site("bs-000")`."""

    def make(slug: str = "bs-000", **fields) -> Site:
        given = {
            "kind": "macro", "name_en": slug.upper(), "name_zh": slug.upper(), "lat_deg": 29.0, "lon_deg": 123.5,
            "height_m": 30, "probe_host": "127.0.0.1", "probe_port": 9, "changed_at": NOON,
        }  # fmt: skip
        return Site.objects.create(region=region, slug=slug, **{**given, **fields})

    return make


@pytest.fixture
def make_sector() -> Callable[..., Sector]:
    """Put an antenna on a base station: `make_sector(site, azimuth_deg=120)`."""

    def make(site: Site, slug: str | None = None, **fields) -> Sector:
        given = {
            "height_m": 30, "power_dbm": 53, "carrier_ghz": 4.9, "bandwidth_mhz": 100, "tilt_deg": 8, "changed_at": NOON
        }  # fmt: skip
        return Sector.objects.create(
            site=site, slug=slug or f"{site.slug}-{site.sectors.count() + 1}", **{**given, **fields}
        )

    return make


@pytest.fixture
def make_agreement() -> Callable[..., Agreement]:
    """Promise something for a site."""

    def make(site: Site, metric: Metric = Metric.AVAILABILITY, objective: float = 0.9, **fields) -> Agreement:
        given = {"window_s": 30, "min_samples": 3, "name": f"{site.name_en} {metric.value}"} | fields
        return Agreement.objects.create(site=site, metric=metric.value, objective=objective, **given)

    return make


@pytest.fixture
def clock() -> list[float]:
    """The time that injected faults go by; a test moves it on."""
    return [0.0]


def _reflector(clock: list[float], slug: str = "bs-000", **fields) -> Reflector:
    quiet = {"fixed_ms": 1.0, "jitter_mean_ms": 1e-6, "jitter_sd_ms": 1e-6, "loss_share": 0.0}
    place = Place(slug, "127.0.0.1", 0, **{**quiet, **fields})
    return Reflector(place, Faults(lambda: clock[0]), np.random.default_rng(1))


@pytest.fixture
def make_reflector_closed(clock) -> Callable[..., Reflector]:
    """Make a simulated site that does not listen."""
    return lambda **fields: _reflector(clock, **fields)


@pytest.fixture
async def make_reflector(clock):
    """Start a simulated site: `make_reflector(fixed_ms=2.0)`; its faults are `reflector._faults`."""
    started = []

    def make(slug: str = "bs-000", **fields) -> Reflector:
        reflector = _reflector(clock, slug, **fields)
        reflector.open()
        started.append(reflector)
        return reflector

    yield make
    for reflector in started:
        reflector.close()


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "evidence"


@pytest.fixture
def town(region, make_site, make_sector):
    """A data centre with computing, a key site 10 km of fibre away, another that nothing leads to, one antenna."""
    region.radius_m = 2_000
    region.save()
    centre = make_site("dc", kind="data_centre", probe_port=None)
    near = make_site("near", is_key_site=True, lat_deg=29.01)
    make_site("far", is_key_site=True, lat_deg=29.02, lon_deg=123.51)
    EdgeNode.objects.create(
        slug="edge", site=centre, name_en="Edge", name_zh="边缘", cores=8, memory_gb=32, changed_at=NOON
    )
    Link.objects.create(a=centre, b=near, length_km=10, rate_gbps=400, changed_at=NOON)
    make_sector(near)
    return region


@pytest.fixture
def heard(monkeypatch) -> list:
    """Events, instead of the way to browsers."""
    events = []
    monkeypatch.setattr("console.live.hub.publish", events.append)
    return events
