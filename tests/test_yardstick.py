"""Bounds on processor time grow with the slowness of the machine, and never shrink."""

import gc
from types import SimpleNamespace

import pytest

from tests import yardstick


@pytest.mark.parametrize(("work_s", "factor"), [(0.004, 1.0), (0.010, 1.0), (0.030, 3.0)])
def test_a_bound_is_as_much_larger_as_the_machine_is_slower(monkeypatch, work_s, factor):
    monkeypatch.setattr(yardstick, "_work_s", lambda: work_s)
    assert yardstick.here_s(2.0) == pytest.approx(2.0 * factor)


def test_what_takes_longer_than_its_bound_fails_and_what_does_not_passes(monkeypatch):
    clock = iter([10.0, 10.5, 20.0, 20.5])
    monkeypatch.setattr(yardstick, "here_s", lambda bound_s: bound_s)
    monkeypatch.setattr(yardstick, "time", SimpleNamespace(process_time=clock.__next__))
    with yardstick.at_most_s(0.6):
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(AssertionError, match=r"0\.50 s of a processor, at most 0\.40 s"), yardstick.at_most_s(0.4):
        pass
    assert gc.isenabled()
