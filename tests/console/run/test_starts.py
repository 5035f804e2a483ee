"""When Loft started and when it was away: kept by itself, and never guessed."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from console.run import starts
from tests.conftest import NOON


@pytest.fixture
def run_dir(settings, tmp_path):
    settings.LOFT_RUN_DIR = tmp_path
    return tmp_path


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_silence_counts_only_since_loft_was_there_to_hear(run_dir):
    limit = timedelta(seconds=30)
    assert starts.has_listened_for(limit, NOON)  # nobody noted a start: nothing is excused
    starts.note_console_start(NOON)
    assert starts.console_started_at() == NOON
    assert [starts.has_listened_for(limit, at(s)) for s in (0, 29.9, 30)] == [False, False, True]
    assert starts.has_listened_for(limit, at(-5))  # a start in the future is no start


def test_the_newest_of_some_processes_counts(run_dir):
    assert starts.process_started_at(["worker-probes", "basestations"]) is None
    for name, second in (("worker-probes", 100), ("basestations", 160), ("web", 900)):
        (run_dir / f"{name}.pid").write_text("1\n")
        os.utime(run_dir / f"{name}.pid", (second, second))
    assert starts.process_started_at(["worker-probes", "basestations"]) == datetime.fromtimestamp(160, UTC)


@pytest.mark.usefixtures("empty_redis")
def test_an_absence_is_noted_by_who_comes_back(hands):
    presence = starts.Presence(NOON)
    for second in (0, 2, 4, 44, 46):
        hands.go_to(at(second))
        presence.look(hands.at)
    assert starts.absences(at(0), at(60)) == [(at(4), at(44))]
    assert starts.absences(at(43), at(60)) == [(at(4), at(44))]
    assert starts.absences(at(44), at(60)) == []
    assert starts.absences(at(-60), at(4)) == []


@pytest.mark.usefixtures("empty_redis")
def test_what_is_older_than_the_ledger_looks_back_is_forgotten():
    starts.note_absence(at(0), at(10))
    starts.note_absence(NOON + timedelta(days=9), NOON + timedelta(days=9, seconds=10))
    assert starts.absences(at(0), NOON + timedelta(days=10)) == [
        (NOON + timedelta(days=9), NOON + timedelta(days=9, seconds=10))
    ]
