"""An engine, what is published, and a history that has its own mind about latitudes."""

import pytest
from django.db import DataError

from airspace.actions.tracking import history
from tests.airspace.engines import opened


@pytest.fixture
def engine(empty_redis):
    """An engine at its beginning, whose turns a test takes."""
    return opened()


@pytest.fixture
def published(monkeypatch):
    """Events published, in order."""
    events = []
    monkeypatch.setattr("console.live.hub.publish", events.append)
    return events


@pytest.fixture
def without_66_degrees(monkeypatch):
    """A database that refuses every set of rows in which one is at a latitude of 66 degrees."""
    store = history.store

    def picky(rows):
        rows = list(rows)
        if any(row[4] == 66.0 for row in rows):
            raise DataError("no such latitude here")
        store(rows)

    monkeypatch.setattr("airspace.engine.writer.history.store", picky)
