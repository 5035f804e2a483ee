"""What is sent to a browser is framed here as the library would frame it."""

import contextlib

import pytest
from websockets.frames import Frame, Opcode

from console.live.socket_protocol import framed
from tests.console.door.test_lobby import ASK
from tests.console.serving import serving


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_message_is_one_frame_whatever_its_length(size):
    usual = Frame(Opcode.BINARY, b"x" * size).serialize(mask=False)
    assert framed({"type": "websocket.send", "bytes": b"x" * size}) == usual


def test_text_is_framed_as_utf_8():
    usual = Frame(Opcode.TEXT, "低空 alarm".encode()).serialize(mask=False)
    assert framed({"type": "websocket.send", "text": "低空 alarm"}) == usual
    assert framed({"type": "websocket.send", "text": "低空 alarm", "bytes": None}) == usual


async def _says_and_closes(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": "one"})
    await send({"type": "websocket.send", "bytes": b"two"})
    await send({"type": "websocket.close", "code": 4403})
    await send({"type": "websocket.send", "text": "too late"})


def test_messages_come_in_their_order_and_none_after_the_close():
    with serving(_says_and_closes) as served, contextlib.closing(served.connect()) as line:
        line.sendall(ASK)
        said = line.makefile("rb").read().partition(b"\r\n\r\n")[2]
        assert said == b"\x81\x03one\x82\x03two\x88\x02\x11\x33"
