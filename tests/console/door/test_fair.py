"""Whose turn it is at the threads."""

import threading

import pytest

from console.door.fair import LONG_S, FairLine
from tests.console.serving import bridged
from tests.waiting import wait_until


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


def served(line, count):
    order = []
    for _ in range(count):
        turn = line.next()
        order.append(turn.job)
        line.done(turn, turn.guess_s)
    return order


def test_a_late_comer_does_not_wait_behind_a_crowd():
    line = FairLine(1)
    for number in range(100):
        line.put("a", f"a{number}")
    line.put("b", "b0")
    line.put("b", "b1")
    assert served(line, 5) == ["a0", "b0", "a1", "b1", "a2"]


def test_one_that_takes_ten_times_as_long_gets_fewer_turns():
    line, order = FairLine(1), ""
    for _ in range(200):
        line.put("slow", "s")
        line.put("quick", "q")
    for _ in range(110):
        turn = line.next()
        order += turn.job
        line.done(turn, 0.1 if turn.label == "slow" else 0.01)
    assert 5 <= order[:110].count("s") <= 20


def test_what_was_not_used_is_not_saved_up():
    line = FairLine(1)
    for number in range(50):
        line.put("a", f"a{number}")
    served(line, 40)
    for number in range(10):
        line.put("b", f"b{number}")
    assert served(line, 6).count("b0") == 1
    assert sum(job.startswith("b") for job in served(line, 6)) == 3


def test_one_account_has_all_threads_only_while_it_is_alone():
    clock = Clock()
    line = FairLine(8, clock)
    clock.now_s = 100.0
    for number in range(16):
        line.put("a", f"a{number}")
    turns = [line.next() for _ in range(8)]
    assert [turn.job for turn in turns] == [f"a{number}" for number in range(8)]
    line.put("b", "b0")
    for turn in turns:
        line.done(turn, 0.02)
    assert {line.next().job for _ in range(2)} == {"b0", "a8"}
    assert line.next() is None
    clock.now_s += 2 * LONG_S  # it takes long, so its own people wait for it no longer
    assert line.next().job == "a9"
    assert line.next() is None
    clock.now_s += 11.0
    line.put("a", "a16")
    assert line.next().job == "a10"


def test_accounts_that_are_idle_are_forgotten(monkeypatch):
    monkeypatch.setattr("console.door.fair.MOST_IDLE", 10)
    line = FairLine(1)
    for number in range(100):
        line.put(f"address {number}", "x")
        served(line, 1)
    assert len(line._accounts) <= 10


def test_a_crowd_of_one_account_leaves_room_in_the_line_for_others(monkeypatch):
    go_on = threading.Event()

    def slow(environ, start_response):
        go_on.wait(20)
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    who = {b"/a": "a", b"/b": "b"}
    from console.door import bridge as bridges

    monkeypatch.setattr(bridges, "account_of", lambda scope: bridges.Account(who[scope["path"].encode()]))
    with bridged(slow, threads=2, most_waiting=4) as (server, bridge):
        lines = [server.connect() for _ in range(8)]
        try:
            for line in lines[:7]:
                line.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_until(lambda: bridge.inside == 6, "its line is full")
            lines[7].sendall(b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_until(lambda: bridge.inside == 7, "another still finds room")
        finally:
            go_on.set()
        wait_until(lambda: bridge.inside == 0, "all are answered")
        for line in lines:
            line.close()


def test_what_is_reserved_is_a_guess_that_learns_a_fifth_of_each_error_and_is_settled_when_done():
    line = FairLine(1)
    line.put("a", "a0")
    line.put("a", "a1")
    turn = line.next()
    assert (turn.guess_s, line._accounts["a"].virtual_s) == (0.02, 0.02)
    line.done(turn, 0.12)
    assert line._accounts["a"].virtual_s == pytest.approx(0.12)
    turn = line.next()
    assert turn.guess_s == pytest.approx(0.04)  # 0.02 + 0.2 x (0.12 - 0.02)
    assert line._accounts["a"].virtual_s == pytest.approx(0.16)


def test_an_account_holds_what_waits_and_what_runs():
    line = FairLine(1)
    assert line.held_by("a") == 0
    line.put("a", "a0")
    line.put("a", "a1")
    turn = line.next()
    assert line.held_by("a") == 2
    line.done(turn, 0.1)
    assert line.held_by("a") == 1


def test_what_takes_long_gets_half_of_the_threads_beside_others_and_no_more():
    clock = Clock()
    line = FairLine(8, clock)
    clock.now_s = 100.0
    for number in range(9):
        line.put("a", f"a{number}")
    line.put("b", "b0")
    assert [line.next().job for _ in range(2)] == ["a0", "b0"]
    for number in range(1, 4):
        clock.now_s += LONG_S - 0.01
        assert line.next() is None
        clock.now_s += 0.02
        assert line.next().job == f"a{number}"
    clock.now_s += 2 * LONG_S
    assert line.next() is None


def test_an_account_is_alone_when_the_last_of_others_came_more_than_ten_seconds_ago():
    clock = Clock()
    line = FairLine(2, clock)
    clock.now_s = 100.0
    line.put("a", "a0")
    line.put("a", "a1")
    assert line.next().job == "a0"
    clock.now_s = 103.0
    line.put("b", "b0")
    line.put("b", "b1")
    assert line.next().job == "b0"
    clock.now_s = 110.0
    assert line.next() is None
    clock.now_s = 110.5
    assert line.next().job == "b1"  # who came last: of others nobody since 100
    clock.now_s = 113.0
    assert line.next() is None
    clock.now_s = 113.5
    assert line.next().job == "a1"  # of others nobody since 103


def test_only_accounts_of_which_nothing_waits_or_runs_are_forgotten(monkeypatch):
    monkeypatch.setattr("console.door.fair.MOST_IDLE", 3)
    line = FairLine(3)
    for label in "abc":
        line.put(label, f"{label}0")
    first = line.next()
    line.next()
    line.done(first, 0.5)
    line.put("d", "d0")
    assert list(line._accounts) == ["b", "c", "d"]  # one runs, one waits, one is new
    assert line.held_by("b") == line.held_by("c") == 1
