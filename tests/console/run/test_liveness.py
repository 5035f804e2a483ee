"""Whether a process answers is found out without waiting, and what is slow or busy starting is not taken for hung."""

import socket

import pytest

from console.run.liveness import EVERY_S, MISSES, REDIS_PING, START_S, Inquiry, listen
from tests.waiting import wait_until


@pytest.fixture
def door(tmp_path):
    with listen(tmp_path / "web.sock") as line:
        yield line


@pytest.fixture
def inquiry(door, tmp_path):
    asked = Inquiry(tmp_path / "web.sock", 0.0)
    yield asked
    asked.close()


def answer(door: socket.socket, text: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> bytes:
    line, _ = door.accept()
    with line:
        question = line.recv(200)
        line.sendall(text)
    return question


def test_it_asks_for_healthz_at_a_socket_that_only_its_owner_may_use(door, inquiry, tmp_path):
    assert answer(door).startswith(b"GET /healthz HTTP/1.1\r\n")
    inquiry.turn(0.1)
    assert inquiry.has_answered
    assert (tmp_path / "web.sock").stat().st_mode & 0o077 == 0


def test_a_process_may_take_a_minute_until_its_first_answer(door, inquiry):
    for second in range(int(START_S) + 1):
        inquiry.turn(second)
        assert not inquiry.is_hung(second)
    assert inquiry.is_hung(START_S + 1)
    answer(door)
    inquiry.turn(START_S + 2)
    assert not inquiry.is_hung(START_S + 2)


def test_three_questions_in_a_row_without_an_answer_are_a_hung_process(door, inquiry):
    answer(door)
    inquiry.turn(1.0)
    pairs = [(second, inquiry.turn(second) or inquiry.is_hung(second)) for second in range(1, 30)]
    assert next(second for second, hung in pairs if hung) == (1 + MISSES) * EVERY_S


def test_a_late_answer_shows_life(door, inquiry):
    answer(door)
    inquiry.turn(1.0)
    for second in range(2, 19):
        inquiry.turn(second)
    assert inquiry.misses == MISSES - 1
    answer(door)
    inquiry.turn(19.0)
    assert inquiry.misses == 0
    assert not inquiry.is_hung(60.0)


@pytest.mark.parametrize("status", ["400 Bad Request", "503 Service Unavailable", "301 Moved Permanently"])
def test_whatever_the_status_it_lives(door, inquiry, status):
    answer(door, f"HTTP/1.1 {status}\r\n\r\n".encode())
    inquiry.turn(1.0)
    assert inquiry.has_answered


@pytest.mark.parametrize("text", [b"", b"SSH-2.0\r\n"])
def test_a_line_that_is_closed_without_an_answer_is_none(door, inquiry, text):
    answer(door, text)
    inquiry.turn(1.0)
    assert not inquiry.has_answered


def test_where_nobody_listens_it_neither_waits_nor_raises(tmp_path):
    inquiry = Inquiry(tmp_path / "nobody.sock", 0.0)
    inquiry.turn(EVERY_S)
    assert not inquiry.has_answered
    inquiry.close()


@pytest.mark.parametrize(
    "text", ["+PONG", "-NOAUTH Authentication required.", "-LOADING Redis is loading", "-MISCONF Errors writing"]
)
def test_whatever_redis_says_its_loop_turns(door, tmp_path, text):
    inquiry = Inquiry(tmp_path / "web.sock", 0.0, REDIS_PING)
    assert answer(door, f"{text}\r\n".encode()) == b"PING\r\n"
    inquiry.turn(2.0)
    assert inquiry.has_answered
    assert inquiry.silent_s(5.0) == 3.0
    inquiry.close()


def test_a_real_redis_is_asked_without_its_password(settings):
    inquiry = Inquiry(settings.REDIS_SOCKET, 0.0, REDIS_PING)
    wait_until(lambda: inquiry.turn(0.1) or inquiry.has_answered, "it answers")
    inquiry.close()


def test_what_has_hung_before_is_given_more_time(door, inquiry):
    answer(door)
    inquiry.turn(1.0)
    pairs = [(second, inquiry.turn(second) or inquiry.is_hung(second, 2.0)) for second in range(1, 60)]
    assert next(second for second, hung in pairs if hung) == (1 + 2 * MISSES) * EVERY_S
