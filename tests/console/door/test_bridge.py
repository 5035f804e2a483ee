"""WSGI behind the event loop: how answers go out, and that no thread is lost."""

import json
import os
import threading
from wsgiref.util import FileWrapper

import pytest

from tests.console.serving import HELLO, bridged, hear, is_ended
from tests.waiting import wait_until

POST = b"POST /api/v1/hello HTTP/1.1\r\nHost: x\r\nCookie: sessionid=any\r\n"
LENGTH, TYPE = "Content-Length", "Content-Type"


class Answer:
    """An iterable that knows whether it was closed, and by which thread."""

    def __init__(self, chunks):
        self.chunks, self.closed, self.taken = iter(chunks), threading.Event(), 0

    def __iter__(self):
        return self

    def __next__(self):
        chunk = next(self.chunks)
        self.taken += 1
        return chunk

    def close(self):
        self.closed.set()


def answering(chunks, headers=()):
    answer = Answer(chunks)

    def application(environ, start_response):
        start_response("200 OK", list(headers))
        return answer

    return application, answer


def test_a_whole_answer_goes_out_with_its_length_and_its_iterable_was_closed_before():
    application, answer = answering([b"a" * 300_000, b"b" * 300_000])
    with bridged(application) as (served, _):
        status, headers, body = served.ask(HELLO)
    assert (status, len(body), body[299_999:300_001]) == (200, 600_000, b"ab")
    assert answer.closed.is_set()
    assert "content-length" in headers or headers["transfer-encoding"] == "chunked"


def test_a_thread_is_free_before_the_peer_has_read_a_large_answer():
    application, answer = answering([b"x" * 20_000_000], [(LENGTH, "20000000")])
    with bridged(application, threads=1) as (served, bridge), served.connect(receive_bytes=4_096) as line:
        line.sendall(HELLO)
        assert answer.closed.wait(5)
        wait_until(lambda: bridge.inside == 0, "the thread is free")
        assert len(hear(line.makefile("rb"))[2]) == 20_000_000


def test_an_answer_bigger_than_the_buffer_waits_for_its_reader_and_comes_whole():
    application, answer = answering(b"%07d\n" % number * 4_096 for number in range(1_000))
    with bridged(application) as (served, _), served.connect(receive_bytes=4_096) as line:
        line.sendall(HELLO)
        wait_until(lambda: answer.taken >= 8, "the buffer fills")
        assert answer.taken < 900  # 32 MB would not have fitted
        body = hear(line.makefile("rb"))[2]
    assert [body[at : at + 7] for at in range(0, len(body), 32_768)] == [b"%07d" % number for number in range(1_000)]


def test_a_thread_that_streams_waits_for_a_slow_reader_only_so_long(settings):
    settings.LOFT_SEND_DEADLINE_S = 1.0
    application, answer = answering(b"x" * 100_000 for _ in range(10_000))
    with bridged(application, threads=1) as (served, bridge), served.connect(receive_bytes=4_096) as line:
        line.sendall(HELLO)
        assert answer.closed.wait(8)
        wait_until(lambda: bridge.inside == 0, "the thread is free")
        with pytest.raises((EOFError, ValueError, OSError)):
            hear(line.makefile("rb"))


def test_what_trickles_reaches_the_peer_as_it_comes():
    second = threading.Event()

    def trickle():
        yield b"first"
        second.wait(10)
        yield b"second"

    application, _ = answering(trickle())
    with bridged(application) as (served, _), served.connect() as line:
        line.sendall(HELLO)
        stream = line.makefile("rb")
        while stream.readline().strip():
            pass
        assert (stream.readline(), stream.readline()) == (b"5\r\n", b"first\r\n")
        second.set()
        assert stream.readline() == b"6\r\n"


def test_a_peer_that_leaves_ends_the_answer_and_its_iterable_is_closed():
    application, answer = answering(b"x" * 100_000 for _ in iter(int, 1))
    with bridged(application, threads=1) as (served, bridge):
        line = served.connect(receive_bytes=4_096)
        line.sendall(HELLO)
        wait_until(lambda: answer.taken >= 3, "the buffer fills")
        line.close()
        assert answer.closed.wait(5)
        wait_until(lambda: bridge.inside == 0, "the thread is free")


def test_who_leaves_while_waiting_for_a_thread_is_forgotten_and_who_leaves_a_working_view_lets_it_end():
    goes_on, begun = threading.Event(), []

    def slow(environ, start_response):
        begun.append(environ["PATH_INFO"])
        goes_on.wait(10)
        start_response("200 OK", [])
        return [b"done"]

    with bridged(slow, threads=1, most_waiting=3) as (served, bridge):
        working, waiting = served.connect(), served.connect()
        working.sendall(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: begun == ["/1"], "the view works")
        waiting.sendall(b"GET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: bridge.inside == 2, "the other waits")
        waiting.close()
        working.close()
        wait_until(lambda: bridge.inside == 1, "it waits no more")
        goes_on.set()
        wait_until(lambda: bridge.inside == 0, "the view ends")
        assert served.ask(HELLO)[2] == b"done"
    assert begun == ["/1", "/api/v1/hello"]


def test_who_pipelines_and_leaves_unread_takes_no_thread_with_him(caplog):
    application, answer = answering(b"x" * 100_000 for _ in iter(int, 1))
    with bridged(application, threads=1) as (served, bridge):
        line = served.connect(receive_bytes=4_096)
        line.sendall(HELLO * 4)
        wait_until(lambda: answer.taken >= 3, "the buffer fills")
        line.close()
        assert answer.closed.wait(5)
        wait_until(lambda: bridge.inside == 0, "the thread is free")
        wait_until(lambda: not served.server.server_state.tasks, "nothing waits for him")
    assert "handler is closed" not in caplog.text


def test_more_than_may_wait_are_told_at_once_when_to_come_again():
    goes_on = threading.Event()

    def slow(environ, start_response):
        goes_on.wait(10)
        start_response("200 OK", [])
        return [b""]

    with bridged(slow, threads=1, most_waiting=1) as (served, bridge):
        lines = [served.connect(), served.connect()]
        for line in lines:
            line.sendall(HELLO)
        wait_until(lambda: bridge.inside == 2, "it is full")
        status, headers, body = served.ask(HELLO)
        assert (status, headers["retry-after"], json.loads(body)["status"]) == (503, "1", 503)
        goes_on.set()
        assert [hear(line.makefile("rb"))[0] for line in lines] == [200, 200]


def test_head_brings_the_headers_and_takes_nothing_of_the_body():
    application, answer = answering((b"x" for _ in range(3)), [(LENGTH, "3")])
    with bridged(application) as (served, _), served.connect() as line:
        line.sendall(HELLO.replace(b"GET", b"HEAD") + HELLO)
        stream = line.makefile("rb")
        status, headers, _ = hear(stream, is_head=True)
        assert (status, headers["content-length"], answer.closed.is_set()) == (200, "3", True)
        assert hear(stream)[0] == 200


def test_an_error_before_anything_was_sent_is_a_500_and_one_in_the_midst_cuts_the_answer(caplog):
    def broken():
        yield b"x" * 300_000
        yield b"x" * 300_000
        raise ValueError("in the midst")

    def at_once(environ, start_response):
        raise ValueError("at once")

    with bridged(at_once) as (served, _):
        assert served.ask(HELLO)[0] == 500
    application, answer = answering(broken())
    with bridged(application) as (served, bridge), served.connect() as line:
        line.sendall(HELLO)
        with pytest.raises((EOFError, ValueError, OSError)):
            hear(line.makefile("rb"))
        assert answer.closed.wait(5)
        wait_until(lambda: bridge.inside == 0, "the thread is free")
    assert "in the midst" in caplog.text


def test_a_file_is_sent_without_a_thread_from_where_it_stands_and_nothing_stays_open(tmp_path):
    path, closed = tmp_path / "large", threading.Event()
    path.write_bytes(b"ab" * 4_000_000)

    def application(environ, start_response):
        file = path.open("rb")
        file.read(1)
        start_response("200 OK", [(LENGTH, "7999999")])
        wrapped = FileWrapper(file)
        wrapped.close = lambda: (file.close(), closed.set())
        return wrapped

    with bridged(application, threads=1) as (served, bridge):
        before = len(os.listdir("/proc/self/fd"))
        with served.connect(receive_bytes=4_096) as line:
            line.sendall(HELLO)
            assert closed.wait(5)
            wait_until(lambda: bridge.inside == 0, "the thread is free while the file is on its way")
            body = hear(line.makefile("rb"))[2]
        assert (len(body), body[:4]) == (7_999_999, b"baba")
        gone = served.connect(receive_bytes=4_096)
        gone.sendall(HELLO)
        gone.recv(10)
        gone.close()
        wait_until(lambda: len(os.listdir("/proc/self/fd")) <= before, "no file is left open")


def test_a_file_whose_peer_left_while_it_was_sought_is_not_left_open(tmp_path):
    path, begun, goes_on = tmp_path / "small", threading.Event(), threading.Event()
    path.write_bytes(b"x" * 1_000)

    def application(environ, start_response):
        begun.set()
        goes_on.wait(10)
        start_response("200 OK", [(LENGTH, "1000")])
        return FileWrapper(path.open("rb"))

    with bridged(application, threads=1) as (served, bridge):
        before = len(os.listdir("/proc/self/fd"))
        line = served.connect()
        line.sendall(HELLO)
        assert begun.wait(5)
        line.close()
        wait_until(lambda: not served.server.server_state.tasks, "nobody waits for it")
        goes_on.set()
        wait_until(lambda: bridge.inside == 0, "the view ends")
        assert len(os.listdir("/proc/self/fd")) <= before


def test_the_oldest_unread_answer_goes_when_all_together_hold_too_much(settings):
    settings.LOFT_ANSWERS_BYTES = 50_000_000

    def large(environ, start_response):
        start_response("200 OK", [(LENGTH, "20000000")])
        return [b"x" * 20_000_000]

    with bridged(large) as (served, bridge):
        lines = []
        for number in range(1, 4):
            lines.append(served.connect(receive_bytes=4_096))
            lines[-1].sendall(HELLO)
            wait_until(lambda n=number: bridge._answers.held_bytes >= 20_000_000 * min(n, 2), "it is held")
        assert len(hear(lines[2].makefile("rb"))[2]) == 20_000_000
        assert len(hear(lines[1].makefile("rb"))[2]) == 20_000_000
        wait_until(lambda: is_ended(lines[0]), "the first reader lost its answer")
        wait_until(lambda: bridge._answers.held_bytes == 0, "nothing is held")
