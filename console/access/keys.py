"""API keys as the hot path sees them: a cache in every web process, cleared over Redis the moment a key is revoked."""

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from console.access.roles import RUNS_THE_NETWORK, Role
from console.access.scopes import grants

KEYS_CHANNEL = "loft.keys"
TRUSTED_FOR_S = 30.0
UNHEARD_FOR_S = 1.0
MAX_CACHED = 10_000


@dataclass(frozen=True)
class Key:
    """An API key that is good now. `scopes` are what it may do, e.g. `reports:write`."""

    pk: int
    name: str
    prefix: str
    scopes: frozenset[str]
    expires_at: datetime | None
    organisation: int = 1
    role: Role = RUNS_THE_NETWORK

    def may(self, scope: str) -> bool:
        """Whether it may do what needs this scope."""
        return grants(self.scopes, scope)

    @property
    def sees(self) -> frozenset[int] | None:
        """The organisations whose rows it may see, None for all."""
        return None if self.role.sees_all else frozenset({self.organisation})


_TOKEN = re.compile(r"loft_([0-9a-f]{8})_")


def new_token() -> tuple[str, str, str]:
    """Make a token; return (token, prefix, hash). The token is shown once and never stored."""
    prefix, rest = secrets.token_hex(4), secrets.token_urlsafe(32)
    token = f"loft_{prefix}_{rest}"
    return token, prefix, hash_of(token)


def hash_of(token: str) -> str:
    """Return what is stored of a token. It holds 256 random bits, so one round of SHA-256 suffices."""
    return hashlib.sha256(token.encode()).hexdigest()


def prefix_of(token: str) -> str:
    """Return the visible prefix of a token, or an empty text when it is not shaped like one."""
    match = _TOKEN.match(token)
    return match[1] if match else ""


def matches(token: str, stored_hash: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(hash_of(token), stored_hash)


class KeyRing:
    """Keys seen lately. Without the line on which revocations arrive, nothing is believed for longer than a second."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[Key | None, float]] = {}
        self._trusted_for_s = UNHEARD_FOR_S
        self.turn = 0
        """Rises whenever something is forgotten: what was read of the database before may be over."""

    def cached(self, token: str, now: datetime) -> tuple[bool, Key | None]:
        """Return (known, key): known False means "ask the database"; a known None is a refusal."""
        key, seen = self._seen.get(hash_of(token), (None, -1.0))
        if seen < 0 or self._clock() - seen > self._trusted_for_s:
            return False, None
        if key and key.expires_at and key.expires_at <= now:
            return True, None
        return True, key

    def keep(self, token: str, key: Key | None, turn: int | None = None) -> None:
        """Remember what the database said of a token, unless something was forgotten since the turn of the question."""
        with self._lock:
            if turn not in (None, self.turn):
                return
            if len(self._seen) >= MAX_CACHED:
                self._seen.clear()
            self._seen[hash_of(token)] = (key, self._clock())

    def forget(self, prefix: str) -> None:
        """A key was changed or revoked somewhere: ask the database again."""
        with self._lock:
            self.turn += 1
            self._seen = {
                digest: (key, seen) for digest, (key, seen) in self._seen.items() if key and key.prefix != prefix
            }

    def trust(self) -> None:
        """The line on which revocations arrive is open: what is asked from now on may be believed for longer."""
        with self._lock:
            self.turn += 1
            self._seen.clear()
            self._trusted_for_s = TRUSTED_FOR_S

    def distrust(self) -> None:
        """The line is down: a revocation could go unheard."""
        with self._lock:
            self.turn += 1
            self._seen.clear()
            self._trusted_for_s = UNHEARD_FOR_S


ring = KeyRing()
