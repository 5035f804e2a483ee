"""STAMP packets (RFC 8762, session id of RFC 8972), unauthenticated: packing, unpacking, round-trip time.

Times are NTP's: seconds since 1900 and a 32-bit fraction, kept as nanoseconds since 1970 on our side.
"""

import struct
from dataclasses import dataclass

PACKET_BYTES = 44
NTP_EPOCH_S = 2_208_988_800  # from 1900 to 1970
_NS = 1_000_000_000
_ERA_S = 1 << 32
_SENDER = struct.Struct("!IIIHH28x")
_REFLECTOR = struct.Struct("!IIIHHIIIIIHHB3x")
ERROR_ESTIMATE = 0x9101  # synchronised, NTP format, 1 x 2^(17-32) s: about 30 us


@dataclass(frozen=True)
class Query:
    """What a session sender sends. `sent_ns` is T1."""

    sequence: int
    sent_ns: int
    session_id: int
    error_estimate: int = ERROR_ESTIMATE


@dataclass(frozen=True)
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

    @property
    def residence_ns(self) -> int:
        """T3 - T2: how long the reflector held the packet. [ns]."""
        return self.sent_ns - self.received_ns


def pack_query(query: Query) -> bytes:
    """Return the 44 bytes of a sender's packet.

    Source: RFC 8762 section 4.2.1, figure 3; RFC 8972 section 3 (session id).
    """
    return _SENDER.pack(query.sequence, *_to_ntp(query.sent_ns), query.error_estimate, query.session_id)


def unpack_query(packet: bytes, near_ns: int) -> Query:
    """Read a sender's packet. Longer ones are taken: extensions follow the first 44 bytes.

    Args:
        packet: as received.
        near_ns: any time within 68 years of it, to choose the NTP era. [ns since 1970]

    Raises:
        ValueError: the packet is shorter than 44 bytes.
    """
    sequence, seconds, fraction, error_estimate, session_id = _SENDER.unpack(_first(packet))
    return Query(sequence, _from_ntp(seconds, fraction, near_ns), session_id, error_estimate)


def pack_answer(answer: Answer) -> bytes:
    """Return the 44 bytes of a reflector's packet.

    Source: RFC 8762 section 4.3.1, figure 5.
    """
    return _REFLECTOR.pack(
        answer.sequence,
        *_to_ntp(answer.sent_ns),
        answer.error_estimate,
        answer.session_id,
        *_to_ntp(answer.received_ns),
        answer.query_sequence,
        *_to_ntp(answer.query_sent_ns),
        answer.query_error_estimate,
        0,
        answer.query_ttl,
    )


def unpack_answer(packet: bytes, near_ns: int) -> Answer:
    """Read a reflector's packet; arguments and errors as for `unpack_query`."""
    sequence, s3, f3, error, session, s2, f2, query, s1, f1, query_error, _, ttl = _REFLECTOR.unpack(_first(packet))
    sent_ns, received_ns, query_sent_ns = (_from_ntp(s, f, near_ns) for s, f in ((s3, f3), (s2, f2), (s1, f1)))
    return Answer(sequence, sent_ns, session, received_ns, query, query_sent_ns, query_error, ttl, error)


def rtt_ns(t1_ns: int, t2_ns: int, t3_ns: int, t4_ns: int) -> int:
    """Return the round-trip time without the reflector's residence: (T4 - T1) - (T3 - T2). [ns].

    The clocks of the two ends need not agree: each difference is taken on one of them.
    """
    return (t4_ns - t1_ns) - (t3_ns - t2_ns)


def sequence_gap(earlier: int, later: int) -> int:
    """Return how far `later` is ahead, in the circle of 32-bit sequence numbers; negative when it is behind."""
    gap = (later - earlier) & 0xFFFF_FFFF
    return gap - (1 << 32) if gap >= 1 << 31 else gap


def _first(packet: bytes) -> bytes:
    if len(packet) < PACKET_BYTES:
        raise ValueError(f"a STAMP packet of {len(packet)} bytes; expected at least {PACKET_BYTES}")
    return packet[:PACKET_BYTES]


def _to_ntp(at_ns: int) -> tuple[int, int]:
    seconds, rest_ns = divmod(at_ns, _NS)
    return (seconds + NTP_EPOCH_S) % _ERA_S, (rest_ns << 32) // _NS


def _from_ntp(seconds: int, fraction: int, near_ns: int) -> int:
    whole_s = seconds - NTP_EPOCH_S
    whole_s += round((near_ns / _NS - whole_s) / _ERA_S) * _ERA_S
    return whole_s * _NS + -(-fraction * _NS >> 32)  # rounded up, the inverse of the rounding down when packing
