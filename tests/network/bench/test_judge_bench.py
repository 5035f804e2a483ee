"""The bench of judging a round, on a few sites."""

import pytest
from django.db import connections

from network.bench import judge as bench
from network.models import StampSample

pytestmark = pytest.mark.django_db


def test_it_judges_both_ways_in_a_database_of_its_own():
    before = connections["default"]
    verdicts, whole = bench.rows(sites=4, window_s=20, runs=1)
    assert (verdicts.name, verdicts.unit, whole.name, whole.unit) == ("judge_verdicts", "ms", "judge_round", "ms")
    assert verdicts.value > 0
    assert verdicts.baseline > 0
    assert "12 agreements of 4 sites" in whole.note
    assert connections["default"] is before
    assert StampSample.objects.count() == 0
