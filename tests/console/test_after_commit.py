"""What follows a stored change cannot undo it, whatever kind of function it is."""

import logging
from functools import partial

import pytest
from django.db import transaction

from console.after_commit import after_commit
from network.models import Region
from network.tasks import draw_evidence
from tests.sources import sources

pytestmark = pytest.mark.django_db(transaction=True)


def _region():
    return Region.objects.create(slug="r", name_en="R", name_zh="R", lat_deg=29, lon_deg=123.5, radius_m=1000)


def _fails(what):
    raise OSError(f"the broker is away: {what}")


class Teller:
    """Something whose method is called."""

    def fails(self, what):
        _fails(what)


@pytest.mark.parametrize(
    ("do", "name"),
    [(_fails, "_fails"), (partial(_fails), "partial"), (Teller().fails, "Teller.fails")],
)
def test_what_fails_afterwards_is_logged_by_its_name_and_the_change_stays(do, name, caplog):
    with caplog.at_level(logging.ERROR), transaction.atomic():
        _region()
        after_commit(do, "a row")
    assert Region.objects.get().slug == "r"
    assert name in caplog.text
    assert "the broker is away: a row" in caplog.text


def test_a_task_that_cannot_be_handed_over_leaves_the_row_for_the_schedule(caplog):
    """A broker whose port is closed."""
    app = draw_evidence.app
    with app.connection_for_write("redis://127.0.0.1:1/0") as closed, transaction.atomic():
        _region()
        after_commit(draw_evidence.apply_async, ["uuid"], connection=closed, retry=False)
    assert Region.objects.count() == 1
    assert "apply_async" in caplog.text


def test_nothing_follows_what_was_rolled_back():
    done = []
    with transaction.atomic():
        after_commit(done.append, 1)
        transaction.set_rollback(True)
    with transaction.atomic():
        after_commit(done.append, 2)
        assert done == []
    assert done == [2]


def test_nobody_asks_the_transaction_himself():
    asking = [path.name for path in sources() if "on_commit(" in path.read_text()]
    assert asking == ["after_commit.py"]
