"""The same over and over: the first is written, and then a line a minute says how many more."""

import pytest

from console.run.repeats import MOST_KINDS, Repeats


@pytest.fixture
def clock():
    return [1_000.0]


@pytest.fixture
def repeats(clock):
    return Repeats(60.0, lambda: clock[0])


def take(repeats, kind, count=1, most=1):
    """Offer so many of a kind; return how many were new."""
    return sum(repeats.is_new(kind, lambda number=number: f"{kind} {number}", most) for number in range(count))


def told(repeats):
    return [(repeated.newest, repeated.count, repeated.within_s) for repeated in repeats.ended()]


def test_the_first_is_new_and_the_others_are_counted_with_the_newest_of_them(repeats, clock):
    assert take(repeats, "refused", 500) == 1
    assert told(repeats) == []
    clock[0] += 60
    assert told(repeats) == [("refused 499", 499, 60.0)]


def test_what_goes_on_is_one_line_a_minute_and_no_more(repeats, clock):
    new, lines = 0, 0
    for _ in range(600):  # ten minutes, once a second
        new += take(repeats, "refused")
        lines += len(told(repeats))
        clock[0] += 1.0
    assert (new, lines) == (1, 9)


def test_nothing_is_lost_between_the_lines(repeats, clock):
    new, counted = 0, 0
    for _ in range(1_000):
        new += take(repeats, "refused")
        counted += sum(count for _, count, _ in told(repeats))
        clock[0] += 0.7
    counted += sum(repeated.count for repeated in repeats.end())
    assert new + counted == 1_000


def test_after_a_quiet_minute_it_is_new_again(repeats, clock):
    take(repeats, "refused", 3)
    clock[0] += 61
    assert len(told(repeats)) == 1
    clock[0] += 61
    assert told(repeats) == []
    assert take(repeats, "refused") == 1


def test_one_that_came_once_is_not_told_again(repeats, clock):
    take(repeats, "refused")
    clock[0] += 61
    assert told(repeats) == []
    assert len(repeats) == 0


def test_so_many_as_are_allowed_are_written(repeats):
    assert take(repeats, "news", 25, most=20) == 20
    assert [repeated.count for repeated in repeats.end()] == [5]
    assert list(repeats.end()) == []


def test_kinds_do_not_disturb_one_another(repeats):
    assert [take(repeats, kind, 10) for kind in ("a", "b", "c")] == [1, 1, 1]


def test_kinds_are_bounded_and_what_is_beyond_is_one_of_them(repeats):
    new = sum(take(repeats, number) for number in range(3 * MOST_KINDS))
    assert (new, len(repeats)) == (MOST_KINDS + 1, MOST_KINDS + 1)


def test_an_example_is_made_only_of_what_is_counted(repeats):
    made = []
    for number in range(3):
        repeats.is_new("refused", lambda number=number: made.append(number) or number)
    assert made == [1, 2]


def test_something_waits_until_it_is_told(repeats, clock):
    take(repeats, "refused")
    assert not repeats.waits
    take(repeats, "refused")
    assert repeats.waits
    clock[0] += 60
    told(repeats)
    assert not repeats.waits
