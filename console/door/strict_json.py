"""JSON that strangers send: UTF-8, of a bounded depth, with numbers that a float can hold.

The shape is judged before anything is built of it, in time linear to the size: a deep text would otherwise end the
parser, or whoever walks through what it returns, with a RecursionError; a long integer, a conversion with an
OverflowError. NaN, Infinity, numbers out of a float's range and halves of surrogate pairs are no JSON.
"""

import re
from itertools import accumulate
from typing import Any

import msgspec

MOST_DEPTH = 32
MOST_DIGITS = 300  # of a whole number; more would not fit into a float
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]|\d++', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - set(_STEPS))
_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_TOO_MANY_DIGITS = b"0" * (MOST_DIGITS + 1)
_BYTE = re.compile(r" \(byte (\d+)\)$")
_MARKS = {b"\xef\xbb\xbf": "UTF-8", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_HALF = re.compile(rb"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F]")
_WORDS = (b"NaN", b"Infinity")


class NotJson(ValueError):  # noqa: N818  it reads as what the text is
    """The text is no JSON, or more than is taken. `line` and `column` say where, from 1."""

    def __init__(self, data: bytes, byte: int, reason: str) -> None:
        start = data.rfind(b"\n", 0, byte) + 1
        self.byte, self.reason = byte, reason
        self.line = data.count(b"\n", 0, byte) + 1
        self.column = len(data[start:byte].decode(errors="replace")) + 1
        super().__init__(f"line {self.line}, column {self.column}: {reason}")


def decode(text: bytes | str, most_depth: int = MOST_DEPTH) -> Any:
    """Return the value of a JSON text.

    Args:
        text: whole; bytes in UTF-8 without a byte order mark.
        most_depth: how deep lists and objects may be nested.

    Raises:
        NotJson: naming the place and the reason.
    """
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    check_shape(data, most_depth)
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as reason:
        raise NotJson(data, *_place(data, reason)) from reason


def check_shape(data: bytes, most_depth: int = MOST_DEPTH) -> None:
    """Refuse a text that is nested too deep, or holds a number of too many digits. It may be no JSON otherwise.

    Raises:
        NotJson: naming the place and the reason.
    """
    has_few = data.count(b"[") + data.count(b"{") <= most_depth
    if has_few and len(data) <= MOST_DIGITS:
        return
    bare = _STRING.sub(b'"', data)
    depths = accumulate(map(_STEPS.__getitem__, bare.translate(None, _NO_BRACKETS)))
    if max(depths, default=0) > most_depth or _TOO_MANY_DIGITS in bare.translate(_TO_ZERO):
        _refuse(data, most_depth)


def _refuse(data: bytes, most_depth: int) -> None:
    depth = 0
    for match in _TOKEN.finditer(data):
        start, end = match.span()
        depth += _STEPS.get(data[start], 0)
        if depth > most_depth:
            raise NotJson(data, start, f"nested more than {most_depth} deep")
        if data[start : start + 1].isdigit() and end - start > MOST_DIGITS:
            raise NotJson(data, start, f"a number of {end - start} digits; expected at most {MOST_DIGITS}")


def _place(data: bytes, reason: Exception) -> tuple[int, str]:
    """Return the byte at which a text stops being JSON, and why."""
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return 0, f"begins with a byte order mark of {name}; expected UTF-8 without one"
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        return wrong.start, f"the byte 0x{data[wrong.start]:02X} is not UTF-8"
    if half := _HALF.search(data):
        return half.start(), "half of a surrogate pair"
    match = _BYTE.search(str(reason))
    byte = int(match[1]) if match else len(data)
    word = next((word.decode() for word in _WORDS if data.startswith(word, byte)), None)
    words = _BYTE.sub("", str(reason)).removeprefix("JSON is malformed: ")
    return byte, f"{word} is no JSON number" if word else words[:1].lower() + words[1:]
