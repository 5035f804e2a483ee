"""What was accepted and cannot be read or stored leaves the stream only once it is a row: nothing is dropped.

It lies in the database, not in Redis: a full Redis would refuse it, and keep the rest waiting behind it.
"""

import ast
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from django.db import transaction

from airspace import feeds
from airspace.models import DeadLetter
from console.access.actor import HOME_PK
from console.actions.audit.audit import SYSTEM, record
from console.errors import Refused
from console.models import Organisation
from console.redis_clients import client

ADOPTED_AT_ONCE = 100
MOST_REASON = 400


def keep(number: bytes, fields: Mapping[bytes, bytes], reason: str, now: datetime) -> int:
    """Keep an entry of the stream; return the organisation that it counts for there.

    Args:
        number: of the entry, by which it is kept once.
        fields: as the stream has them; of a foreign shape, all of them are kept as text.
        reason: why it cannot be stored.
        now: the time.
    """
    owner = _whole(fields.get(b"o"), feeds.MOST_OWNER) or HOME_PK
    received_ms = _whole(fields.get(b"r"), feeds.MOST_MS)
    values = {
        "organisation_id": owner if Organisation.objects.filter(pk=owner).exists() else HOME_PK,
        "key_id": _whole(fields.get(b"k"), feeds.MOST_KEY),
        "form": _text(fields.get(b"f", b""))[:10],
        "body": fields[b"b"] if b"b" in fields else repr(dict(fields)).encode(),
        "received_at": None if received_ms is None else datetime.fromtimestamp(received_ms / 1e3, UTC),
        "reason": _text(reason.encode(errors="replace"))[:MOST_REASON],
        "at": now,
    }
    DeadLetter.objects.bulk_create([DeadLetter(entry=_text(number)[:40], **values)], ignore_conflicts=True)
    return owner


def adopt(now: datetime) -> None:
    """Take over what a release before this one put aside in Redis, the oldest first, which are at the end."""
    while texts := cast("list[bytes]", client().lrange(feeds.DEAD, -ADOPTED_AT_ONCE, -1)):
        for text in reversed(texts):
            try:
                entry = ast.literal_eval(text.decode())
                keep(entry["id"], entry["fields"], entry["reason"], now)
            except (ValueError, SyntaxError, KeyError, TypeError, AttributeError) as reason:
                keep(hashlib.sha256(text).hexdigest()[:40].encode(), {b"text": text}, str(reason), now)
        client().ltrim(feeds.DEAD, 0, -len(texts) - 1)


@transaction.atomic
def send_again(letter: DeadLetter, now: datetime) -> None:
    """Let the engine read an entry once more, as when it was accepted; put aside again, it is another row.

    Raises:
        Refused: it is no entry of ours, so that nobody can read it.
        what `console.redis_clients.GONE` lists: nothing was changed.
    """
    if letter.key_id is None or letter.received_at is None or not letter.form:
        raise Refused(f"entry {letter.entry} is not of the form in which reports are accepted")
    received_ms = round(letter.received_at.timestamp() * 1e3)
    record(SYSTEM, "sent dead letter again", f"entry {letter.entry}", now, owner=letter.owner_pk)
    letter.delete()
    entry = feeds.Entry(bytes(letter.body), letter.form, letter.key_id, received_ms, organisation=letter.owner_pk)
    client().xadd(feeds.STREAM, entry.fields())


def _whole(field: bytes | None, limit: int) -> int | None:
    """Return a number below a limit; None for anything else."""
    try:
        number = int(field or b"")
    except ValueError:
        return None
    return number if 0 <= number < limit else None


def _text(field: bytes) -> str:
    return field.decode(errors="replace").replace("\0", "\ufffd")
