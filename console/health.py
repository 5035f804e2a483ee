"""Checks behind `/readyz`. Each returns None when well, else what is wrong, in words."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection

from console.database import absence_of, absences
from console.redis_clients import GONE, REFUSING, client
from console.run import heartbeat, process_states

MAX_BEAT_AGE_S = 15.0
CHECKS, PROBES, EDGE, BEAT = "worker-checks", "worker-probes", "worker-edge-", "beat"


def redis_answers() -> str | None:
    """Redis answers a ping."""
    try:
        client().ping()
    except REFUSING as reason:
        return f"Redis takes nothing for now: {reason}"
    except GONE as reason:
        return f"Redis does not answer: {reason}"
    return None


def database_answers() -> str | None:
    """The database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as reason:
        absence_of(reason)
        return f"the database does not answer: {reason}"
    absences.answered()
    return None


def beat_beats() -> str | None:
    """The schedule runs and a worker carries it out."""
    return silent("beat", MAX_BEAT_AGE_S)


def silent(name: str, limit_s: float) -> str | None:
    """Return what is wrong when the named heartbeat is missing or older than the limit."""
    try:
        age = heartbeat.age_s(name)
    except GONE:
        return f"{name}: unknown, because Redis does not answer"
    if age is None:
        return f"{name} has never been heard"
    return f"{name} was last heard {age:.0f} s ago" if age > limit_s else None


def beat_turns() -> str | None:
    """The scheduler's loop turns."""
    return _missed(lambda name: name == BEAT)


def checks_turn() -> str | None:
    """The worker that begins probe rounds turns."""
    return _missed(lambda name: name == CHECKS)


def probes_turn() -> str | None:
    """The prober turns."""
    return _missed(lambda name: name == PROBES)


def edge_workers_turn() -> str | None:
    """The workers of all edge nodes turn."""
    return _missed(lambda name: name.startswith(EDGE))


def workers_turn() -> str | None:
    """Every other process that Loft needs turns."""
    return _missed(lambda name: name not in (BEAT, CHECKS, PROBES) and not name.startswith(EDGE))


def _missed(is_meant: Callable[[str], bool]) -> str | None:
    """Return which of these processes are silent or have not come back; None without a supervisor that would know."""
    states = process_states.read(settings.LOFT_RUN_DIR)
    missed = [state for state in states if state.is_needed and state.is_missed and is_meant(state.name)]
    return ", ".join(f"{state.name}: {state.state}" for state in missed) or None
