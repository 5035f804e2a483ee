"""STAMP packets (RFC 8762, with RFC 8972's session id and padding): packing, unpacking, round-trip time.

Times on the wire are NTP's, seconds since 1900 and a 32-bit fraction, or PTP's where the error estimate says so; kept
as nanoseconds since 1970 on our side. With a key a packet is of the authenticated mode: 112 bytes, the last 16 of them
the HMAC of the 96 before.
"""

import hashlib
import hmac
import math
import struct
from dataclasses import dataclass, field

PACKET_BYTES = 44
AUTHENTICATED_BYTES = 112
MOST_BYTES = 1_472  # what fits an Ethernet frame under IPv4 and UDP
NTP_EPOCH_S = 2_208_988_800  # from 1900 to 1970
_NS = 1_000_000_000
_ERA_S = 1 << 32
_SENDER = struct.Struct("!IIIHH28x")
_REFLECTOR = struct.Struct("!IIIHHIIIIIHHB3x")
_SENDER_SIGNED = struct.Struct("!I12xIIHH68x")
_REFLECTOR_SIGNED = struct.Struct("!I12xIIHH4xII8xI12xIIH6xB15x")
_HMAC_BYTES = 16
_SIGNED_BYTES = AUTHENTICATED_BYTES - _HMAC_BYTES
_TLV = struct.Struct("!BBH")
_TLV_PADDING = 1
_TLV_UNKNOWN, _TLV_MALFORMED = 0x80, 0x40
ERROR_ESTIMATE = 0x9101  # synchronised, NTP format, 1 x 2^(17-32) s: about 30 us
UNSYNCHRONISED = 0x1101  # likewise, by a clock that nobody has set
_SYNCHRONISED_BIT, _PTP_BIT = 0x8000, 0x4000


class Forged(ValueError):  # noqa: N818  reads as what the packet is
    """A packet whose HMAC is not that of its bytes and our key."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a session sender sends. `sent_ns` is T1; `sent_wire` the same as it came, finer than nanoseconds."""

    sequence: int
    sent_ns: int
    session_id: int
    error_estimate: int = ERROR_ESTIMATE
    sent_wire: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a session reflector answers: its own sequence, T3 and T2, and what it was sent."""

    sequence: int
    sent_ns: int
    session_id: int
    received_ns: int
    query_sequence: int
    query_sent_ns: int
    query_error_estimate: int
    query_ttl: int
    error_estimate: int = ERROR_ESTIMATE
    query_sent_wire: tuple[int, int] | None = None  # T1 as it came, to be answered to the bit

    @property
    def residence_ns(self) -> int:
        """T3 - T2: how long the reflector held the packet. [ns]."""
        return self.sent_ns - self.received_ns


def packet_bytes(key: bytes | None) -> int:
    """Return how long a packet is at least, with or without a key. [bytes]."""
    return PACKET_BYTES if key is None else AUTHENTICATED_BYTES


def pack_query(query: Query, key: bytes | None = None) -> bytes:
    """Return a sender's packet: 44 bytes, with a key 112.

    Source: RFC 8762 sections 4.2.1 and 4.2.2, figures 3 and 4; RFC 8972 section 3 (session id).
    """
    form = _SENDER if key is None else _SENDER_SIGNED
    packet = form.pack(
        query.sequence, *_to_wire(query.sent_ns, query.error_estimate), query.error_estimate, query.session_id
    )
    return packet if key is None else packet + _hmac(packet, key)


def unpack_query(packet: bytes, near_ns: int, key: bytes | None = None) -> Query:
    """Read a sender's packet. Longer ones are taken: extensions follow.

    Args:
        packet: as received.
        near_ns: any time within 68 years of it, to choose the NTP era. [ns since 1970]
        key: of the authenticated mode.

    Raises:
        Forged: its HMAC is wrong.
        ValueError: the packet is too short.
    """
    form = _SENDER if key is None else _SENDER_SIGNED
    sequence, seconds, fraction, error_estimate, session_id = form.unpack(_first(packet, key))
    sent_ns = _from_wire(seconds, fraction, error_estimate, near_ns)
    return Query(sequence, sent_ns, session_id, error_estimate, (seconds, fraction))


def pack_answer(answer: Answer, key: bytes | None = None) -> bytes:
    """Return a reflector's packet: 44 bytes, with a key 112.

    Source: RFC 8762 sections 4.3.1 and 4.3.2, figures 5 and 6.
    """
    estimate, query_estimate = answer.error_estimate, answer.query_error_estimate
    head = (answer.sequence, *_to_wire(answer.sent_ns, estimate), estimate, answer.session_id)
    received = _to_wire(answer.received_ns, estimate)
    echoed = answer.query_sent_wire or _to_wire(answer.query_sent_ns, query_estimate)
    echo = (answer.query_sequence, *echoed, query_estimate)
    if key is None:
        return _REFLECTOR.pack(*head, *received, *echo, 0, answer.query_ttl)
    packet = _REFLECTOR_SIGNED.pack(*head, *received, *echo, answer.query_ttl)
    return packet + _hmac(packet, key)


def unpack_answer(packet: bytes, near_ns: int, key: bytes | None = None) -> Answer:
    """Read a reflector's packet; arguments and errors as for `unpack_query`."""
    first = _first(packet, key)
    if key is None:
        sequence, s3, f3, error, session, s2, f2, query, s1, f1, query_error, _, ttl = _REFLECTOR.unpack(first)
    else:
        sequence, s3, f3, error, session, s2, f2, query, s1, f1, query_error, ttl = _REFLECTOR_SIGNED.unpack(first)
    return Answer(
        sequence, _from_wire(s3, f3, error, near_ns), session, _from_wire(s2, f2, error, near_ns),
        query, _from_wire(s1, f1, query_error, near_ns), query_error, ttl, error,
    )  # fmt: skip


def padding(size_bytes: int, filling: bytes) -> bytes:
    """Return a padding extension that is so long, header included.

    Args:
        size_bytes: 0 for none, otherwise 4 to 1,428. [bytes]
        filling: what it is filled with, repeated; not zeros, which a line might compress.

    Raises:
        ValueError: the size is out of range.

    Source: RFC 8972 section 4.1. The sender marks it as not understood; a reflector that knows it takes the mark away.
    """
    if size_bytes == 0:
        return b""
    if not _TLV.size <= size_bytes <= MOST_BYTES - PACKET_BYTES:
        raise ValueError(f"size_bytes is {size_bytes}; expected 0, or {_TLV.size} to {MOST_BYTES - PACKET_BYTES}")
    length = size_bytes - _TLV.size
    repeated = filling * (length // max(len(filling), 1) + 1)
    return _TLV.pack(_TLV_UNKNOWN, _TLV_PADDING, length) + repeated[:length]


def reflect_extensions(extensions: bytes) -> bytes:
    """Return what a reflector answers to the extensions of a query: the same, each marked as understood or not.

    Source: RFC 8972 section 4: flags U (not understood) and M (malformed); only padding is understood here.
    """
    answered, start = bytearray(extensions), 0
    while start < len(answered):
        if start + _TLV.size > len(answered):
            break  # too short for a header: carried back as it is, so that the sizes agree
        _, kind, length = _TLV.unpack_from(answered, start)
        is_whole = start + _TLV.size + length <= len(answered)
        flags = 0 if kind == _TLV_PADDING else _TLV_UNKNOWN
        answered[start] = flags if is_whole else flags | _TLV_MALFORMED
        start = start + _TLV.size + length if is_whole else len(answered)
    return bytes(answered)


def rtt_ns(t1_ns: int, t2_ns: int, t3_ns: int, t4_ns: int) -> int:
    """Return the round-trip time without the reflector's residence: (T4 - T1) - (T3 - T2). [ns].

    The clocks of the two ends need not agree: each difference is taken on one of them.
    """
    return (t4_ns - t1_ns) - (t3_ns - t2_ns)


def error_estimate(error_s: float, *, is_synchronised: bool = True) -> int:
    """Return the error estimate that says this of a clock, rounded up.

    Args:
        error_s: the bound of its error. [s]
        is_synchronised: whether anything outside keeps it right.

    Raises:
        ValueError: the error is negative or no number.

    Source: RFC 4656 section 4.1.2, taken over by RFC 8762: S, Z, a scale of 6 bits, a multiplier of 8 that is never 0.
    """
    if not 0 <= error_s < math.inf:
        raise ValueError(f"error_s is {error_s}; expected a number from 0")
    units = error_s * 2**32
    scale = max(math.ceil(math.log2(units / 255)), 0) if units > 255 else 0
    multiplier = max(math.ceil(units / 2**scale), 1)
    if scale > 63:
        raise ValueError(f"error_s is {error_s}; expected less than 5e11")
    return int((_SYNCHRONISED_BIT if is_synchronised else 0) | scale << 8 | multiplier)


def clock_error_s(estimate: int) -> float | None:
    """Return the bound that an error estimate states; None where it states none.

    It states none of a clock that is not synchronised, of a multiplier of 0, which the RFC forbids, and of PTP's scale,
    which runs apart from ours by leap seconds nobody tells. [s].
    """
    if not estimate & _SYNCHRONISED_BIT or estimate & _PTP_BIT or not estimate & 0xFF:
        return None
    return float((estimate & 0xFF) * 2.0 ** ((estimate >> 8 & 0x3F) - 32))


def sequence_gap(earlier: int, later: int) -> int:
    """Return how far `later` is ahead, in the circle of 32-bit sequence numbers; negative when it is behind."""
    gap = (later - earlier) & 0xFFFF_FFFF
    return gap - (1 << 32) if gap >= 1 << 31 else gap


def _first(packet: bytes, key: bytes | None) -> bytes:
    least = packet_bytes(key)
    if len(packet) < least:
        raise ValueError(f"a STAMP packet of {len(packet)} bytes; expected at least {least}")
    if key is None:
        return packet[:PACKET_BYTES]
    if not hmac.compare_digest(_hmac(packet[:_SIGNED_BYTES], key), packet[_SIGNED_BYTES:AUTHENTICATED_BYTES]):
        raise Forged("the HMAC of a STAMP packet is not that of its bytes and the session's key")
    return packet[:_SIGNED_BYTES]


def _hmac(packet: bytes, key: bytes) -> bytes:
    """Return HMAC-SHA-256, cut to 128 bits (RFC 8762 section 4.4)."""
    return hmac.digest(key, packet, hashlib.sha256)[:_HMAC_BYTES]


def _to_wire(at_ns: int, estimate: int) -> tuple[int, int]:
    seconds, rest_ns = divmod(at_ns, _NS)
    if estimate & _PTP_BIT:
        return seconds % _ERA_S, rest_ns
    return (seconds + NTP_EPOCH_S) % _ERA_S, (rest_ns << 32) // _NS


def _from_wire(seconds: int, fraction: int, estimate: int, near_ns: int) -> int:
    if estimate & _PTP_BIT:
        return seconds * _NS + fraction
    whole_s = seconds - NTP_EPOCH_S
    whole_s += round((near_ns / _NS - whole_s) / _ERA_S) * _ERA_S
    return whole_s * _NS + -(-fraction * _NS >> 32)  # rounded up, the inverse of the rounding down when packing
