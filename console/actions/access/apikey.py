"""Making, finding and revoking API keys."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, transaction

from console.access.keys import KEYS_CHANNEL, Key, hash_of, matches, new_token, prefix_of, ring
from console.access.scopes import RUNS_THE_NETWORK, SCOPES
from console.actions.access import security
from console.actions.audit.audit import Actor, record
from console.after_commit import after_commit
from console.database import is_unwritable
from console.errors import Refused
from console.models import ApiKey, Organisation
from console.redis_clients import GONE, client

USE_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_key(
    actor: Actor, name: str, scopes: Iterable[str], now: datetime, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key; return it with its token, which cannot be had again.

    Raises:
        Refused: a scope is unknown or not for this organisation, the name is taken by a good key, or the expiry is
            not in the future.
    """
    wanted = sorted(set(scopes))
    if not wanted or (unknown := set(wanted) - set(SCOPES)):
        raise Refused(f"scopes: {sorted(unknown) if wanted else 'none'} given; expected some of {sorted(SCOPES)}")
    if expires_at and expires_at <= now:
        raise Refused(f"expires_at: {expires_at.isoformat()} given; expected a time in the future")
    if ApiKey.objects.filter(organisation=actor.organisation, name=name, revoked_at=None).exists():
        raise Refused(f"name: a key named {name} exists already; revoke it first or choose another name")
    owner = Organisation.objects.get(pk=actor.organisation)
    if not owner.role("key").acts_on_all and (foreign := set(wanted) & RUNS_THE_NETWORK):
        raise Refused(f"scopes: {sorted(foreign)} given; a key of {owner.slug} cannot change what all share")
    token, prefix, secret_hash = new_token()
    key = ApiKey.objects.create(
        name=name, prefix=prefix, secret_hash=secret_hash, scopes=wanted,
        created_by=actor.person, created_at=now, expires_at=expires_at, organisation_id=actor.organisation,
    )  # fmt: skip
    record(actor, "created API key", str(key), now, owner=key.owner_pk, scopes=wanted)
    return key, token


@transaction.atomic
def revoke_key(actor: Actor, key: ApiKey, now: datetime) -> ApiKey:
    """Make a key useless at once, in every process. Revoking it again changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        record(actor, "revoked API key", str(key), now, owner=key.owner_pk)
        after_commit(tell_rings, [key.prefix])
    key.refresh_from_db()
    return key


def find_key(token: str, now: datetime, address: str = "") -> Key | None:
    """Return the good key of a token that came from an address, or None. Answers from the process's cache if it may."""
    turn = ring.turn
    known, key = ring.cached(token, now)
    if not known:
        key = _look_up(token, now, address)
        ring.keep(token, key, turn)
    if key:
        security.note_use(key, address)
    return key


def find_key_from_loop(token: str, now: datetime, address: str = "") -> Key | None:
    """`find_key` for a bare thread, which has to close its own database connection."""
    try:
        return find_key(token, now, address)
    finally:
        close_old_connections()


def _look_up(token: str, now: datetime, address: str) -> Key | None:
    prefix = prefix_of(token)
    row = ApiKey.objects.select_related("organisation").filter(prefix=prefix).first() if prefix else None
    if row is None or not matches(token, row.secret_hash):
        return None
    if ended := row.why_not_good_at(now):
        security.note_ended_key(row.as_key(), ended, address, now)
        return None
    if row.last_used_at is None or now - row.last_used_at >= USE_NOTED_EVERY:
        _note_use(row, token, now)
    return row.as_key()


def _note_use(row: ApiKey, token: str, now: datetime) -> None:
    try:
        ApiKey.objects.filter(pk=row.pk, secret_hash=hash_of(token)).update(last_used_at=now)
    except DatabaseError as reason:
        if not is_unwritable(reason):  # a key is good whether or not its use can be written down
            raise


def tell_rings(prefixes: Iterable[str]) -> None:
    """Let every process ask the database again about these keys."""
    for prefix in prefixes:
        ring.forget(prefix)
        with suppress(*GONE):  # without Redis no ring believes anything for longer than a second
            client().publish(KEYS_CHANNEL, prefix)
