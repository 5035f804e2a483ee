"""WSGI behind the event loop: what the application is given of a request, and which bodies are not taken."""

import json
import time

import pytest

from console.door.bridge import _known_key
from tests.console.serving import HELLO, bridged, hear
from tests.waiting import wait_until

POST = b"POST /api/v1/hello HTTP/1.1\r\nHost: x\r\nCookie: sessionid=any\r\n"
LENGTH, TYPE = "Content-Length", "Content-Type"


def echo(environ, start_response):
    """Say what came."""
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    body = json.dumps({**seen, "body": environ["wsgi.input"].read().decode()}).encode()
    start_response("200 OK", [(TYPE, "application/json")])
    return [body]


@pytest.fixture
def echoed():
    with bridged(echo) as (served, _):
        yield lambda text: json.loads(served.ask(text)[2])


def test_a_body_of_said_length_arrives_whole(echoed):
    echo = echoed(POST + b"Content-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello")
    assert (echo["body"], echo["CONTENT_LENGTH"], echo["CONTENT_TYPE"]) == ("hello", "5", "text/plain")


def test_a_chunked_body_arrives_with_its_length_and_without_word_of_its_chunks(echoed):
    echo = echoed(POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n")
    assert (echo["body"], echo["CONTENT_LENGTH"]) == ("hello world", "11")
    assert "HTTP_TRANSFER_ENCODING" not in echo


def test_a_trailer_does_not_pass_for_a_header(echoed):
    echo = echoed(POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")
    assert echo["body"] == "x"
    assert "HTTP_X_FORWARDED_FOR" not in echo


def test_a_header_with_an_underscore_does_not_pass_for_one_with_a_hyphen(echoed):
    assert "HTTP_X_FORWARDED_PROTO" not in echoed(b"GET / HTTP/1.1\r\nHost: x\r\nX_Forwarded_Proto: https\r\n\r\n")


def test_headers_that_come_twice_are_joined_as_each_kind_wants(echoed):
    echo = echoed(
        b"GET /a%20b?q=%C3%A4 HTTP/1.1\r\nHost: x\r\nAccept: a\r\nAccept: b\r\nCookie: c=1\r\nCookie: d=2\r\n\r\n"
    )
    assert (echo["HTTP_ACCEPT"], echo["HTTP_COOKIE"]) == ("a,b", "c=1; d=2")
    assert (echo["PATH_INFO"], echo["QUERY_STRING"], echo["REMOTE_ADDR"]) == ("/a b", "q=%C3%A4", "127.0.0.1")


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
        for word, status in (
            (f"Authorization: {token}", 200),
            ("Authorization: Bearer loft_no_key", 413),
            ("Cookie: sessionid=invented", 413),
        ):
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


def test_a_body_in_many_small_parts_arrives_whole(echoed):
    parts = [b"%05d" % number for number in range(2_000)]
    body = b"".join(b"5\r\n" + part + b"\r\n" for part in parts)
    assert (
        echoed(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n")["body"] == b"".join(parts).decode()
    )


def test_invented_headers_are_not_remembered():
    before = _known_key.cache_info().currsize
    with bridged(echo) as (served, _):
        for number in range(20):
            name = f"X-{number}-" + "a" * 1_000
            data = json.loads(served.ask(f"GET / HTTP/1.1\r\nHost: x\r\n{name}: 1\r\n\r\n".encode())[2])
            assert data[f"HTTP_{name.upper().replace('-', '_')}"] == "1"
    assert _known_key.cache_info().currsize <= before + 1  # Host
