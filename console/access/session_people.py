"""Whose many sessions are, and for how long they last: three questions to the database, however many there are."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import Prefetch, Q
from django.utils.crypto import constant_time_compare

from console.access.session_rules import idle_left_s, learn_use, what_is_due
from console.access.sessions import ACTING_FOR, SessionStore
from console.models import Membership, Person


@dataclass(frozen=True)
class Opened:
    """A session that is good: its person, and for how many seconds it lasts; for none while something is due first."""

    person: Person
    left_s: float
    roles: Hashable
    """What all have in common who see and may do the same; None where somebody was granted something by itself."""


def opened(keys: Collection[str], now: datetime) -> dict[str, Opened]:
    """Return those of the sessions that are good, by their keys. What is read is shared by all sessions of a person."""
    if not (stored := _stored(keys, now)):
        return {}
    if settings.LOFT_IDLE_MIN > 0:
        learn_use([store for store, _ in stored], now)
    people = _people([store[SESSION_KEY] for store, _ in stored])
    granted = _granted(people)
    found = ((store, people.get(str(store[SESSION_KEY])), ends_at) for store, ends_at in stored)
    return {
        store.session_key: Opened(
            person,
            _left_s(store, person, ends_at, now),
            None if person.pk in granted else _in_common(person, store),
        )
        for store, person, ends_at in found
        if person is not None and store.session_key and _is_of(store, person)
    }


def roles_of(person: Person, session: Any) -> Hashable:
    """Return the same of a single person, as they were read for a request: who they are now is not asked."""
    return None if _granted([person.pk]) else _in_common(person, session)


def _in_common(person: Person, session: Any) -> Hashable:
    return _same((person.is_superuser, session.get(ACTING_FOR), tuple(person.roles.items())))


@lru_cache(maxsize=1_024)
def _same(roles: Hashable) -> Hashable:
    """Return one object for all that are equal: thousands of lines hold it, and each request compares it."""
    return roles


def _stored(keys: Collection[str], now: datetime) -> list[tuple[SessionStore, datetime]]:
    stores = []
    keys = [key for key in keys if SessionStore(key).session_key]  # one that can be none must not end the look for all
    rows = SessionStore.get_model_class().objects.filter(session_key__in=keys, expire_date__gt=now)
    for key, data, ends_at in rows.values_list("session_key", "session_data", "expire_date"):
        store = SessionStore(key)
        vars(store)["_session_cache"] = store.decode(data)  # where Django's `load` puts it, for many at once
        if store.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS and store.get(SESSION_KEY):
            stores.append((store, ends_at))
    return stores


def _people(numbers: Collection[Any]) -> Mapping[str, Person]:
    active = Membership.objects.filter(organisation__is_active=True).select_related("organisation")
    people = Person.objects.filter(pk__in=set(numbers), is_active=True)
    by_pk = {}
    for person in people.prefetch_related(Prefetch("memberships", active, to_attr="fetched")):
        person.active_memberships = person.fetched  # to fetch into it directly would ask for it of each first
        by_pk[str(person.pk)] = person
    return by_pk


def _granted(people: Collection[Any]) -> set[int]:
    """Return those who hold rights beside their roles."""
    granted = Q(user_permissions__isnull=False) | Q(groups__isnull=False)
    return set(Person.objects.filter(granted, pk__in=people).values_list("pk", flat=True))


def _is_of(store: SessionStore, person: Person) -> bool:
    """Whether a session began under the password that its person has now, and under one of our secret keys."""
    shown = store.get(HASH_SESSION_KEY) or ""
    hashes = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    return any(constant_time_compare(shown, expected) for expected in hashes)


def _left_s(store: SessionStore, person: Person, ends_at: datetime, now: datetime) -> float:
    if what_is_due(person, store):
        return 0.0
    left_s = (ends_at - now).total_seconds()
    if settings.LOFT_IDLE_MIN > 0:
        left_s = min(left_s, idle_left_s(store, now))  # being looked at keeps no session alive
    return max(0.0, left_s)
