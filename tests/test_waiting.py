"""Waiting ends with the first true answer, or in vain, and not while something goes on."""

import pytest

from tests import waiting
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def clock(monkeypatch):
    """A clock that sleeping moves."""

    class Clock:
        now_s = 0.0

        def monotonic(self):
            return self.now_s

        def sleep(self, seconds):
            self.now_s += seconds

    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


def test_the_first_true_answer_is_returned(clock):
    answers = iter([0, "", 7, 8])
    assert wait_until(lambda: next(answers), "a number", every_s=1.0) == 7
    assert clock.now_s == 2.0


def test_in_vain_it_says_what_for_and_what_was_seen_last(clock):
    with pytest.raises(AssertionError, match="waited 90 s in vain until: it rains; last seen: 0"):
        wait_until(lambda: 0, "it rains", every_s=1.0)
    assert clock.now_s == pytest.approx(PATIENCE_S, abs=1.5)


def test_while_there_is_progress_nothing_is_in_vain(clock):
    steps = [int(second / 80) for second in range(400)]
    assert wait_until(lambda: clock.now_s >= 399, "it is done", every_s=1.0, progress=lambda: steps[int(clock.now_s)])
    with pytest.raises(AssertionError, match="in vain"):
        wait_until(lambda: False, "it is done", every_s=1.0, progress=lambda: 1)


def test_no_wait_hangs_on_a_machine_at_rest(clock):
    with pytest.raises(AssertionError, match="10 s for 'it rains' are too few"):
        wait_until(lambda: True, "it rains", timeout_s=10.0)
