"""What runs short of room says so in one place, and new work is refused by kind: bulk first, the stream last."""

import pytest

from console.door.intake import Intake, Level, Reason, Work
from console.errors import Unavailable


@pytest.fixture
def clock():
    return [1_000.0]


@pytest.fixture
def intake(clock):
    return Intake(lambda: clock[0])


def taken(intake: Intake) -> list[str]:
    """Return the kinds of work that are let in."""
    names = []
    for work in (Work.BULK, Work.STREAM):
        try:
            intake.admit(work)
            names.append(work.name)
        except Unavailable:
            continue
    return names


def test_without_a_reason_everything_is_taken(intake):
    intake.register("disk", lambda: None)
    assert intake.reason() is None
    assert taken(intake) == ["BULK", "STREAM"]


@pytest.mark.parametrize(
    ("level", "expected"),
    [(Level.OPEN, ["BULK", "STREAM"]), (Level.NO_BULK, ["STREAM"]), (Level.CLOSED, [])],
)
def test_each_level_refuses_its_kind_and_what_is_below(intake, level, expected):
    intake.register("disk", lambda: Reason(level, "the disk is nearly full"))
    assert taken(intake) == expected


def test_the_worst_of_all_sources_counts_and_its_words_are_told(intake):
    intake.register("disk", lambda: Reason(Level.NO_BULK, "the disk is nearly full"))
    intake.register("redis", lambda: Reason(Level.CLOSED, "Redis is nearly full", 3))
    intake.register("other", lambda: None)
    with pytest.raises(Unavailable, match="Redis is nearly full") as refused:
        intake.admit(Work.STREAM)
    assert refused.value.retry_after_s == 3


def test_a_source_is_asked_once_a_second_however_many_ask(intake, clock):
    asked = []
    intake.register("disk", lambda: asked.append(clock[0]))
    for _ in range(500):
        clock[0] += 0.01  # five seconds
        intake.admit(Work.STREAM)
    assert 5 <= len(asked) <= 6


def test_a_change_is_noticed_within_a_second_in_both_directions(intake, clock):
    reasons = [Reason(Level.CLOSED, "the disk is full")]
    intake.register("disk", lambda: reasons[0])
    assert taken(intake) == []
    reasons[0] = None
    clock[0] += 1.0
    assert taken(intake) == ["BULK", "STREAM"]


def test_a_source_that_fails_refuses_nobody_and_silences_no_other(intake):
    def fails():
        raise OSError("no such folder")

    intake.register("broken", fails)
    assert taken(intake) == ["BULK", "STREAM"]
    intake.register("disk", lambda: Reason(Level.NO_BULK, "the disk is nearly full"))
    assert taken(intake) == ["STREAM"]


def test_who_registers_anew_takes_the_place_of_the_former(intake):
    intake.register("disk", lambda: Reason(Level.CLOSED, "full"))
    assert taken(intake) == []
    intake.register("disk", lambda: None)
    assert taken(intake) == ["BULK", "STREAM"]
