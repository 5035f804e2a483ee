"""Checks behind `/readyz`. Each returns None when well, else what is wrong, in words."""

from django.db import DatabaseError, connection
from django.utils import timezone

from console import heartbeat
from console.redis_clients import GONE, client

MAX_BEAT_AGE_S = 15.0


def redis_answers() -> str | None:
    """Redis answers a ping."""
    try:
        client().ping()
    except GONE as reason:
        return f"Redis does not answer: {reason}"
    return None


def database_answers() -> str | None:
    """The database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as reason:
        return f"the database does not answer: {reason}"
    return None


def beat_beats() -> str | None:
    """The schedule runs and a worker carries it out."""
    return silent("beat", MAX_BEAT_AGE_S)


def silent(name: str, limit_s: float) -> str | None:
    """Return what is wrong when the named heartbeat is missing or older than the limit."""
    try:
        age = heartbeat.age_s(name, timezone.now())
    except GONE:
        return f"{name}: unknown, because Redis does not answer"
    if age is None:
        return f"{name} has never been heard"
    return f"{name} was last heard {age:.0f} s ago" if age > limit_s else None
