"""What is refused where room runs short, and what is not: every kind of work that is taken asks at the door."""

from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command

from airspace.views import reports
from console.door.intake import Level, Reason, intake
from console.errors import Unavailable
from industry.actions.jobs.job import request_inference
from industry.actions.telemetry.reading import accept
from network.actions.documents import order
from network.actions.inventory.imports import load
from network.actions.placement import plan
from network.actions.service_levels.report import orders
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
ANY = Mock()
BULK = {
    "an evidence map or a report": lambda: order.place(ANY, ANY, ANY, NOON, about="", send=ANY),
    "a plan": lambda: plan.ask(ANY, ANY, "", ANY, NOON, ANY),
    "an import": lambda: load(ANY, ANY, "", NOON, is_dry_run=False),
}
STREAM = {
    "readings": lambda: accept(ANY, ANY, [], NOON),
    "a job": lambda: request_inference(ANY, "", [], None, NOON),
}


@pytest.fixture
def short():
    """Let room be short by a level: `short(level)`."""
    yield lambda level: intake.register("of a test", lambda: Reason(level, "the disk is full", 7))
    intake.register("of a test", lambda: None)


@pytest.mark.parametrize("level", [Level.NO_BULK, Level.CLOSED])
@pytest.mark.parametrize("ask", BULK.values(), ids=BULK)
def test_bulk_work_is_refused_first(short, ask, level):
    short(level)
    with pytest.raises(Unavailable, match="the disk is full") as refused:
        ask()
    assert refused.value.retry_after_s == 7


@pytest.mark.parametrize("ask", STREAM.values(), ids=STREAM)
def test_the_stream_is_refused_last(short, ask):
    short(Level.CLOSED)
    with pytest.raises(Unavailable, match="the disk is full"):
        ask()


@pytest.mark.parametrize("ask", STREAM.values(), ids=STREAM)
def test_the_stream_goes_on_while_bulk_work_waits(short, ask):
    short(Level.NO_BULK)
    try:
        ask()
    except Unavailable as reason:
        pytest.fail(f"refused: {reason}")
    except Exception:  # what it was given is nothing that it could take
        return


def test_what_would_change_is_told_all_the_same(short):
    short(Level.NO_BULK)
    contents = Mock(rows=[], ignored=())
    assert load(ANY, contents, "", NOON).applied is False  # a dry run writes nothing


def test_reports_that_are_due_are_asked_for_once_there_is_room(short, monkeypatch):
    monkeypatch.setattr(orders, "counted_until", lambda _: NOON)
    short(Level.NO_BULK)
    assert orders.ask_due(NOON, ANY) == 0


def test_an_import_by_command_says_why(short, tmp_path):
    short(Level.NO_BULK)
    file = tmp_path / "sites.csv"
    file.write_text("slug,name_en\n")
    with pytest.raises(CommandError, match="the disk is full"):
        call_command("inventory", "import", str(file), "--format", "csv", "--kind", "site", "--apply")


def test_an_export_to_a_file_by_command_as_well(short, tmp_path):
    short(Level.NO_BULK)
    with pytest.raises(CommandError, match="the disk is full"):
        call_command("inventory", "export", "--format", "csv", "--kind", "site", "--output", str(tmp_path / "out.csv"))
    assert not list(tmp_path.iterdir())


async def test_reports_are_refused_before_their_body_is_read(short, monkeypatch):
    async def known(*_):
        return Mock(may=lambda _: True)

    async def receive():
        raise AssertionError("the body was read")

    sent = []

    async def send(message):
        sent.append(message)

    monkeypatch.setattr(reports, "_authenticated", known)
    short(Level.CLOSED)
    scope = {"type": "http", "method": "POST", "path": "/api/v1/reports", "headers": [], "query_string": b""}
    await reports.application(scope, receive, send)
    headers = dict(sent[0]["headers"])
    assert (sent[0]["status"], headers[b"retry-after"]) == (503, b"7")
    assert headers[b"content-type"] == b"application/problem+json"
    assert b"the disk is full" in sent[1]["body"]
