"""One organisation's flood beside another's calm work, over sockets, with engine, web process and Redis of their own."""

import pytest

from airspace.bench import fairness
from console.quota.kinds import POSITIONS

pytestmark = pytest.mark.alone
FOR_S = 4.0
MOST = 2.0


@pytest.fixture(scope="module")
def stand():
    with fairness.stand() as made:
        yield made


@pytest.mark.parametrize("kind", ["rest", "reports"])
def test_a_flood_leaves_anothers_slowest_answers_within_twice_what_they_take_alone(stand, kind):
    made, tokens = stand
    figures = fairness.measure(made, tokens, kind, FOR_S)
    if figures.ratio > MOST:  # a machine that does other work measures that as well: once more
        figures = fairness.measure(made, tokens, kind, FOR_S)
    assert figures.ratio <= MOST, figures.words


def test_the_flood_was_above_its_quota_and_the_other_was_refused_nothing(stand):
    made, _ = stand
    words = made.manage("shell", "-v", "0", "-c", _READ).split()
    refused = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    assert refused["limited"] > 100
    assert refused["other"] == 0


_READ = f"""
from django.utils import timezone
from console.actions.quota import report
from console.models import Organisation
for row in report(list(Organisation.objects.all()), timezone.now()):
    print(row["organisation"].slug, next(one["refused"] for one in row["quotas"] if one["quota"] == "{POSITIONS.name}"))
"""
