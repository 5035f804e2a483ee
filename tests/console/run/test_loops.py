"""Loops count their turns in a page that the supervisor sees; nobody else's turn counts for theirs."""

import math
import os
import threading

import pytest

from console.run import loops
from console.run.loops import MOST_LOOPS, Page, Row, claim


@pytest.fixture
def page(monkeypatch):
    """A page that this process counts into, as one that was just forked."""
    monkeypatch.setattr(loops, "_process", loops._process)
    own = Page()
    loops.use(own)
    return own


def rows(page: Page) -> list[Row]:
    return [row for row in page.rows() if row]


def test_a_loop_says_its_name_and_how_long_it_may_stand_still_and_counts_its_turns(page):
    loop = claim("engine", 25.0)
    (before,) = rows(page)
    assert before[::2] == ("engine", 25.0)
    loop.beat()
    loop.beat()
    assert rows(page) == [before._replace(turns=before.turns + 2)]


def test_a_turn_that_may_take_longer_says_so(page):
    loop = claim("worker", 25.0)
    for limit_s in (303.0, math.inf):
        before = rows(page)[0].turns
        loop.may_take(limit_s)
        assert rows(page)[0].limit_s == limit_s
        assert rows(page)[0].turns > before


def test_a_loop_that_ended_is_watched_no_more_and_whoever_takes_its_place_is_another(page):
    with loops.watched("first"):
        (first,) = rows(page)
    assert rows(page) == []
    claim("second")
    (second,) = rows(page)
    assert second.name == "second"
    assert second.turns > first.turns


def test_a_long_name_is_cut_and_one_of_any_language_read(page):
    claim("边" * 40)
    claim("x" * 100)
    assert [row.name for row in rows(page)] == ["边" * 16, "x" * 48]


def test_where_all_places_are_taken_one_more_loop_goes_on_unwatched(page):
    taken = [claim(f"loop {number}") for number in range(MOST_LOOPS)]
    more = claim("one more")
    more.beat()
    more.end()
    assert [row.name for row in rows(page)] == [f"loop {number}" for number in range(MOST_LOOPS)]
    taken[7].end()
    claim("in its place")
    assert rows(page)[7].name == "in its place"


def test_threads_claim_places_of_their_own(page):
    threads = [threading.Thread(target=claim, args=(f"thread {number}",)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row.name for row in rows(page)) == sorted(f"thread {number}" for number in range(16))


def test_the_parent_sees_what_its_child_counts():
    page = Page()

    def work() -> None:
        loops.use(page)
        loop = claim("child", 3.0)
        for _ in range(5):
            loop.beat()

    assert _fork(work) == 0
    assert rows(page) == [Row("child", 7, 3.0)]


def test_a_process_of_a_pool_neither_counts_for_its_parent_nor_takes_a_place(page):
    """A pool forks after the worker has claimed its loop: a child that works proves nothing of a parent that hangs."""
    loop = claim("worker")
    before = rows(page)

    def work() -> None:
        loop.beat()
        loop.may_take(1.0)
        claim("a task").beat()

    assert _fork(work) == 0
    assert rows(page) == before


def _fork(work) -> int:
    """Run in a child of this process, which has threads of its own: it only writes into memory, and ends."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # its exit code says so
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
