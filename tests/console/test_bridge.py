"""WSGI behind the event loop: what the application is given, how its answers go out, and that no thread is lost."""

import json
import os
import threading
import time
from wsgiref.util import FileWrapper

import pytest

from console.bridge import _known_key
from tests.console.serving import HELLO, bridged, hear, is_ended
from tests.waiting import wait_until

POST = b"POST /api/v1/hello HTTP/1.1\r\nHost: x\r\nCookie: sessionid=any\r\n"
LENGTH, TYPE = "Content-Length", "Content-Type"


def echo(environ, start_response):
    """Say what came."""
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    body = json.dumps({**seen, "body": environ["wsgi.input"].read().decode()}).encode()
    start_response("200 OK", [(TYPE, "application/json")])
    return [body]


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


@pytest.fixture
def echoed():
    with bridged(echo) as (served, _):
        yield lambda text: json.loads(served.ask(text)[2])


def test_a_body_of_said_length_arrives_whole(echoed):
    said = echoed(POST + b"Content-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello")
    assert (said["body"], said["CONTENT_LENGTH"], said["CONTENT_TYPE"]) == ("hello", "5", "text/plain")


def test_a_chunked_body_arrives_with_its_length_and_without_word_of_its_chunks(echoed):
    said = echoed(POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n")
    assert (said["body"], said["CONTENT_LENGTH"]) == ("hello world", "11")
    assert "HTTP_TRANSFER_ENCODING" not in said


def test_a_trailer_does_not_pass_for_a_header(echoed):
    said = echoed(POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")
    assert said["body"] == "x"
    assert "HTTP_X_FORWARDED_FOR" not in said


def test_a_header_with_an_underscore_does_not_pass_for_one_with_a_hyphen(echoed):
    assert "HTTP_X_FORWARDED_PROTO" not in echoed(b"GET / HTTP/1.1\r\nHost: x\r\nX_Forwarded_Proto: https\r\n\r\n")


def test_headers_that_come_twice_are_joined_as_each_kind_wants(echoed):
    said = echoed(
        b"GET /a%20b?q=%C3%A4 HTTP/1.1\r\nHost: x\r\nAccept: a\r\nAccept: b\r\nCookie: c=1\r\nCookie: d=2\r\n\r\n"
    )
    assert (said["HTTP_ACCEPT"], said["HTTP_COOKIE"]) == ("a,b", "c=1; d=2")
    assert (said["PATH_INFO"], said["QUERY_STRING"], said["REMOTE_ADDR"]) == ("/a b", "q=%C3%A4", "127.0.0.1")


def test_who_waits_for_100_continue_gets_it_and_then_the_answer():
    with bridged(echo) as (served, _), served.connect() as line:
        line.sendall(POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        stream = line.makefile("rb")
        assert stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        stream.readline()
        line.sendall(b"hello")
        assert json.loads(hear(stream)[2])["body"] == "hello"


def test_who_waits_for_100_continue_with_too_much_is_refused_instead_and_sends_nothing():
    with bridged(echo) as (served, _), served.connect() as line:
        line.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 16385\r\nExpect: 100-continue\r\n\r\n")
        status, headers, body = hear(line.makefile("rb"))
        assert (status, headers["connection"], headers["content-type"][:9]) == (413, "close", "text/html")
        assert b"16385 bytes given; expected at most 16384" in body


@pytest.mark.parametrize(
    ("path", "cookie", "most"),
    [
        ("/login", "", 16_384),
        ("/api/v1/placement/preview", "", 65_536),
        ("/api/v1/placement/preview", "sessionid=any", 2_621_440),
        ("/api/v1/sites", "sessionid=any", 262_144),
        ("/map", "sessionid=any", 65_536),
    ],
)
def test_each_class_of_route_takes_its_bytes_and_not_one_more_announced_or_chunked(path, cookie, most):
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n"
    with bridged(echo) as (served, _):
        assert served.ask(f"{head}{LENGTH}: {most}\r\n\r\n".encode() + b"x" * most)[0] == 200
        status, _, body = served.ask(f"{head}{LENGTH}: {most + 1}\r\n\r\n".encode() + b"x" * (most + 1))
        assert (status, f"{most + 1} bytes given; expected at most {most}".encode() in body) == (413, True)
        chunked = (
            f"{head}Transfer-Encoding: chunked\r\n\r\n{most + 1:x}\r\n".encode() + b"x" * (most + 1) + b"\r\n0\r\n\r\n"
        )
        assert served.ask(chunked)[0] == 413


def test_after_a_refused_body_the_connection_goes_on():
    with bridged(echo) as (served, _), served.connect() as line:
        line.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + b"x" * 500_000 + HELLO)
        stream = line.makefile("rb")
        assert [hear(stream)[0], hear(stream)[0]] == [413, 200]


@pytest.mark.django_db(transaction=True)
def test_an_import_is_read_of_nobody_whose_session_or_key_is_not_good(with_key):
    token = with_key("inventory:write")._credentials["HTTP_AUTHORIZATION"]
    body = b"x" * 3_000_000
    with bridged(echo) as (served, _):
        for word, status in ((f"Authorization: {token}", 200), ("Authorization: Bearer loft_no_key", 413),
                             ("Cookie: sessionid=invented", 413)):  # fmt: skip
            head = f"POST /api/v1/inventory/imports HTTP/1.1\r\nHost: x\r\n{word}\r\n{LENGTH}: {len(body)}\r\n\r\n"
            assert served.ask(head.encode() + body)[0] == status


def test_a_body_that_does_not_come_takes_no_thread_and_is_given_up(settings):
    settings.LOFT_BODY_DEADLINE_S = 1.0
    with bridged(echo, threads=1, most_waiting=1) as (served, bridge):
        lines = [served.connect() for _ in range(20)]
        for line in lines:
            line.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx")
        assert served.ask(HELLO)[0] == 200
        wait_until(lambda: bridge.inside == 0, "no thread is taken")
        assert {hear(line.makefile("rb"))[0] for line in lines} == {408}


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


def test_pipelined_requests_are_answered_in_their_order(echoed):
    def by_path(environ, start_response):
        number = int(environ["PATH_INFO"][1:])
        time.sleep(0.02 * (number == 0))
        start_response("200 OK", [])
        return [b"%d" % number]

    with bridged(by_path, threads=2) as (served, _), served.connect() as line:
        line.sendall(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(20)))
        stream = line.makefile("rb")
        assert [hear(stream)[2] for _ in range(20)] == [b"%d" % number for number in range(20)]


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


def test_invented_headers_are_not_remembered():
    before = _known_key.cache_info().currsize
    with bridged(echo) as (served, _):
        for number in range(20):
            name = f"X-{number}-" + "a" * 1_000
            said = json.loads(served.ask(f"GET / HTTP/1.1\r\nHost: x\r\n{name}: 1\r\n\r\n".encode())[2])
            assert said[f"HTTP_{name.upper().replace('-', '_')}"] == "1"
    assert _known_key.cache_info().currsize <= before + 1  # Host


def test_a_body_in_many_small_parts_arrives_whole(echoed):
    parts = [b"%05d" % number for number in range(2_000)]
    body = b"".join(b"5\r\n" + part + b"\r\n" for part in parts)
    assert (
        echoed(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n")["body"] == b"".join(parts).decode()
    )
