"""Signs of life: a process writes that it is alive, readiness and pages read when it last was."""

from datetime import UTC, datetime

from console.redis_clients import client

_KEY = "loft.heartbeat:%s"


def beat(name: str, now: datetime) -> None:
    """Note that this part of Loft is alive."""
    client().set(_KEY % name, now.timestamp())


def age_s(name: str, now: datetime) -> float | None:
    """Return seconds since the part was last heard; None when it never was."""
    heard: bytes | None = client().get(_KEY % name)  # type: ignore[assignment]
    return None if heard is None else (now - datetime.fromtimestamp(float(heard), UTC)).total_seconds()
