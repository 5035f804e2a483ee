"""Security events that anyone can cause: refusals, failed sign-ins, and where keys are used from.

They are counted in memory (`console.door.tallies`) and written by a look every two seconds, so that a request that is
refused costs no write, and whoever causes a million of them leaves a few rows with numbers.
"""

import threading
from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from console.access.keys import Key
from console.actions.audit.audit import Actor, record
from console.door.address import neighbourhood
from console.door.tallies import SPAN, Sort, Tallies, Tally
from console.models import AuditEntry

VERBS = {401: "was not let in", 403: "was refused", 429: "was told to wait"}
USED = "used API key"
MOST_SEEN = 20_000
MOST_WAITING = 1_000
tallies = Tallies()
_seen: set[tuple[int, str]] = set()
_waiting: dict[tuple[int, str], tuple[Key, str]] = {}
_writing = threading.Lock()


def note_refusal(status: int, subject: str, address: str, now: datetime, actor: Actor | None = None) -> None:
    """Note that a request was answered with 401, 403 or 429; other answers are none of a guard's."""
    if status in VERBS:
        _note(actor or Actor("anonymous", address=address or None), VERBS[status], subject, now)


def note_use(key: Key, address: str) -> None:
    """Note that a good key was used, if this process does not know it from there: one look into a set otherwise."""
    origin = (key.pk, address)
    if origin in _seen:
        return
    place = (key.pk, neighbourhood(address))
    if place not in _waiting and len(_waiting) >= MOST_WAITING:
        return  # its next use is noted, once there is room
    if len(_seen) >= MOST_SEEN:
        _seen.clear()
    _seen.add(origin)
    _waiting.setdefault(place, (key, address))


def note_ended_key(key: Key, how: str, address: str, now: datetime) -> None:
    """Note that somebody showed a key that is revoked or expired, or whose organisation ended."""
    actor = Actor(f"key {key.name}", key=key, address=address or None, organisation=key.organisation)
    _note(actor, f"showed API key that is {how}", f"{key.name} (loft_{key.prefix}_…)", now)


def record_sparingly(actor: Actor, verb: str, subject: str, now: datetime) -> None:
    """Record at once what comes up for the first time within a minute; count it otherwise, as the rest is."""
    tally = _note(actor, verb, subject, now)
    if tally.count == 1:
        _write(tally)


def write(now: datetime) -> None:
    """Write what is due. What cannot be written stays counted."""
    with _writing:
        _note_uses(now)
        for tally in tallies.due(now):
            _write(tally)
        tallies.close(now)


def write_all() -> None:
    """Write everything, at the end of a process, as if every minute were over."""
    write(timezone.now() + SPAN)


def forget() -> None:
    """Let go of everything that is counted."""
    tallies.clear()
    _seen.clear()
    _waiting.clear()


class Watch:
    """The look of each web process, see `console.run.watch`."""

    def __init__(self, now: datetime) -> None:
        self.began_at = now

    def look(self, now: datetime) -> None:
        """Write what is due."""
        write(now)


def _note(actor: Actor, verb: str, subject: str, now: datetime) -> Tally:
    sort = Sort(
        verb, subject[:200], actor.name, actor.address, actor.person.pk if actor.person else None,
        actor.key.pk if actor.key else None, actor.organisation,
    )  # fmt: skip
    return tallies.note(sort, now, actor)


def _note_uses(now: datetime) -> None:
    """Note keys used for the first time from somewhere; the audit trail knows where they were used from before."""
    while _waiting:
        place, use = _waiting.popitem()
        try:
            _note_first_use(place[1], *use, now)
        except DatabaseError:
            _waiting.setdefault(place, use)
            raise


def _note_first_use(origin: str, key: Key, address: str, now: datetime) -> None:
    if not AuditEntry.objects.filter(verb=USED, key=key.pk, subject=f"from {origin}").exists():
        actor = Actor(f"key {key.name}", key=key, address=address or None, organisation=key.organisation)
        _note(actor, USED, f"from {origin}", now)


def _write(tally: Tally) -> None:
    sort, fresh = tally.sort, tallies.claim(tally)
    if not fresh:
        return
    since = tally.first_at.isoformat(timespec="seconds")
    detail: dict[str, Any] = {"times": fresh, "since": since} if fresh > 1 else {}
    actor = tally.who or Actor(sort.actor, organisation=sort.organisation)
    try:
        record(actor, sort.verb, sort.subject, tally.last_at, **detail)
    except DatabaseError:
        tallies.give_back(tally, fresh)
        raise
