"""Notices to other systems: their signature, and how long to wait before one is tried again.

Source of the signature: Standard Webhooks 1.0, section "Signature scheme" (symmetric, HMAC-SHA-256).
"""

import base64
import hashlib
import hmac

FIRST_WAIT_S = 10.0
LONGEST_WAIT_S = 3_600.0
PREFIX = "whsec_"


def secret_of(ring: str, channel: str, number: int) -> str:
    """Return a channel's signing secret, as its receiver is told it.

    Args:
        ring: the installation's own secret, from which every channel's is derived.
        channel: what tells the channel apart for ever.
        number: which of its secrets; a new number makes the old secret useless.
    """
    derived = hmac.digest(ring.encode(), f"{channel}:{number}".encode(), hashlib.sha256)
    return PREFIX + base64.b64encode(derived).decode()


def signature(secret: str, notice: str, at_s: int, body: bytes) -> str:
    """Return the signature of one attempt: `v1,` and the HMAC-SHA-256 of `id.time.body` in base 64.

    Args:
        secret: as `secret_of` returns it.
        notice: the id of the notice, the same in every attempt.
        at_s: when the attempt was made, since the epoch. [s]
        body: what is sent, byte by byte.
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    code = hmac.digest(key, f"{notice}.{at_s}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(code).decode()


def wait_s(attempts: int, draw: float) -> float:
    """Return how long to wait after this many failed attempts: doubled each time, up to an hour, with jitter. [s].

    Args:
        attempts: how many failed, at least 1.
        draw: uniform in [0, 1); half of the wait is drawn, so that many that failed together come back apart.
    """
    if attempts < 1:
        raise ValueError(f"attempts is {attempts}; expected at least 1")
    longest_s = min(FIRST_WAIT_S * 2.0 ** min(attempts - 1, 30), LONGEST_WAIT_S)
    return longest_s * (0.5 + 0.5 * draw)
