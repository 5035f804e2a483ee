"""The bench of compliance, on a few agreements."""

import pytest
from django.db import connections

from network.bench import sla as bench
from network.models import Agreement

pytestmark = pytest.mark.django_db


def test_it_measures_in_a_database_of_its_own_and_leaves_the_installations_alone():
    before = connections["default"]
    row = bench.standing_row(sites=4, asked=3, runs=1)
    assert (row.name, row.unit) == ("sla_standing", "ms")
    assert "12 agreements" in row.note
    assert row.value > 0
    assert row.baseline > 0
    assert connections["default"] is before
    assert Agreement.objects.count() == 0


def test_a_minute_of_the_ledger_is_measured_too():
    row = bench.ledger_row(sites=3, runs=1)
    assert (row.name, row.unit, row.value > 0) == ("sla_ledger_minute", "ms", True)
    assert "9 agreements of 3 sites" in row.note
