"""A traceback on one line: what, where, and what caused it, of bounded length."""

import sqlite3

from console.run.loglines import printable
from console.run.tracelines import MOST_INNER, MOST_OUTER, causes, folded, inner_most


def caught(do):
    try:
        do()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def fail():
    raise ValueError("no such thing")


def wrap():
    try:
        fail()
    except ValueError as reason:
        raise LookupError("not found") from reason


def deep(levels):
    return fail() if levels == 0 else deep(levels - 1)


def test_the_error_comes_first_then_its_places_from_the_inside():
    text = folded(caught(fail))
    assert text.startswith("Traceback: ValueError: no such thing at tests/console/run/test_tracelines.py:")
    places = text.partition(" at ")[2].split(" < ")
    assert [place.rpartition(" ")[2] for place in places] == ["fail", "caught"]


def test_what_caused_it_follows():
    text = folded(caught(wrap))
    assert "LookupError: not found at " in text
    assert " | caused by ValueError: no such thing at " in text


def test_a_cause_that_was_put_aside_is_not_told():
    def quietly():
        try:
            fail()
        except ValueError:
            raise LookupError("not found") from None

    assert "caused by" not in folded(caught(quietly))


def test_the_middle_of_a_long_way_is_counted():
    text = folded(caught(lambda: deep(200)))
    assert text.count(" < ") == MOST_INNER + MOST_OUTER
    assert f"… ({204 - MOST_INNER - MOST_OUTER} more)" in text
    assert len(text) < 2_000


def test_a_long_text_is_cut():
    def fails():
        raise ValueError("x" * 10_000)

    assert "x… (9500 characters more)" in folded(caught(fails))


def test_endless_causes_come_to_an_end():
    error = ValueError("again")
    error.__cause__ = error
    assert folded(error).count("ValueError: again") == 4
    assert len(list(causes(error))) == 4


def test_a_group_tells_its_first():
    text = folded(ExceptionGroup("two tasks", [caught(fail), OSError("x")]))
    assert "ExceptionGroup: two tasks (2 sub-exceptions) | caused by ValueError: no such thing" in text


def test_places_of_libraries_are_named_from_the_library_on():
    import redis

    error = caught(lambda: redis.Redis(unix_socket_path="/nowhere").ping())
    assert "/site-packages/" not in folded(error)
    assert " redis/connection.py:" in folded(error)


def test_an_error_of_several_lines_is_one_line_once_printable():
    error = caught(lambda: sqlite3.connect(":memory:").execute("bad\nstatement"))
    assert "\n" not in printable(folded(error))


def test_the_same_place_and_type_are_the_same():
    one, other = caught(fail), caught(fail)
    assert inner_most(one) == inner_most(other) != inner_most(caught(wrap))
    assert inner_most(ValueError("never raised")) == "ValueError "
