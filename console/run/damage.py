"""Damage of the database that some process met while it ran: told to all over Redis, and in the log with what to do."""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from django.conf import settings
from redis.exceptions import RedisError

from console.backup import keep
from console.redis_clients import GONE, client
from console.run import fitness

log = logging.getLogger(__name__)
KEY = "loft.database.damage"
TOLD_FOR_S = 3_600
"""It is over once nobody has met it for so long, or somebody says so after a restore."""
MOST_DETAIL = 300


@dataclass(frozen=True)
class Damage:
    """What was met, since when, and what to restore."""

    problem: str
    since: str
    newest_backup: str


def note(problem: str, since: datetime) -> None:
    """Tell all processes that the database is damaged, and say in one sentence how to restore it."""
    newest = keep.newest(Path(settings.LOFT_BACKUP_DIR))
    met = Damage(problem[:MOST_DETAIL], since.isoformat(), str(newest.path if newest else ""))
    log.critical("%s", fitness.damage(met.problem))
    try:
        client().set(KEY, msgspec.json.encode(asdict(met)), ex=TOLD_FOR_S)
    except (*GONE, RedisError) as reason:
        log.warning("could not tell the other processes: %s", reason)


def met() -> Damage | None:
    """Return what was met lately, by whichever process.

    Raises:
        redis.exceptions.ConnectionError: Redis is away, so nobody knows.
    """
    told = client().get(KEY)
    return msgspec.json.decode(told, type=Damage) if isinstance(told, bytes) else None
