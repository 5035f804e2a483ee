"""Who plans, two sites to plan with, and no screen that hears of it."""

import pytest


@pytest.fixture
def quiet(monkeypatch):
    """Nothing is published."""
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.fixture
def planner(signed_in):
    return signed_in("planner")


@pytest.fixture
def two_sites(make_site):
    """Two base stations; a hundredth of a degree of latitude at 29 degrees north is 1.1085 km."""
    return make_site("bs-000"), make_site("bs-001", lat_deg=29.01)
