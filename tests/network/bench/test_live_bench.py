"""The bench of the live twin, on a small city."""

import pytest
from django.db import connections

from network.actions.topology.graph import snapshot
from network.bench import live as bench
from network.models import SiteHealth

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return {row.name: row for row in bench.rows(sites=101, runs=2)}


def test_a_look_is_told_beside_reading_everything(told):
    look = told["live_look"]
    assert (look.unit, look.value > 0, look.baseline > 0) == ("ms", True, True)
    assert "101 sites" in look.note


def test_how_old_the_twin_is_at_most_counts_the_pause_between_two_looks(told):
    revised = told["live_revised"]
    assert (revised.unit, revised.baseline) == ("s", bench.WANTED_S)
    assert revised.value > bench.LOOK_AGAIN.total_seconds()
    assert "a hub with 49 stations is down" in revised.note


def test_the_circle_of_the_revised_twin_is_told_beside_the_planned_one(told):
    assert (told["live_circle"].unit, told["live_circle"].value > 0) == ("ms", True)


def test_it_leaves_the_installation_alone(told):
    assert connections["default"].vendor in ("sqlite", "postgresql")
    assert (SiteHealth.objects.count(), len(snapshot().sites)) == (0, 0)


def test_a_twin_that_is_wrong_is_not_told_of(monkeypatch):
    monkeypatch.setattr("network.kernels.topology.condition.DOWN_PACKETS", 7)
    with pytest.raises(ArithmeticError, match="50 sites are silent, and 0 are down"):
        bench.rows(sites=101, runs=1)
