"""Backups that are made by themselves: when one is due, for whom, and how long they are kept."""

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from console.access.secret import kept, secret
from console.backup import keep
from console.backup.creating import Created, create
from console.backup.sealing import PASSPHRASE, Seal, Secret, secret_in
from console.door import intake
from console.errors import Refused
from console.run.disk import AGAIN_SHARE

log = logging.getLogger(__name__)
LEAST_LEFT_BYTES = 2_000_000_000


def period() -> timedelta | None:
    """Return how old the newest backup may become; None when none are made."""
    return timedelta(hours=settings.LOFT_BACKUP_EVERY_H) if settings.LOFT_BACKUP_EVERY_H else None


def folder() -> Path:
    """Return where backups go, and make it. Raises Refused: it cannot be made."""
    path = Path(settings.LOFT_BACKUP_DIR)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as reason:
        raise Refused(f"LOFT_BACKUP_DIR, {path}, cannot be made: {reason.strerror}") from None
    return path


def newest_at(now: datetime) -> datetime | None:
    """Return when the newest backup was made; one that a clock set back has left in the future says nothing."""
    newest = keep.newest(Path(settings.LOFT_BACKUP_DIR), now)
    return newest.created_at if newest else None


def is_due(now: datetime) -> bool:
    """Whether a backup is to be made."""
    every, newest = period(), newest_at(now)
    return every is not None and (newest is None or now - newest >= every)


def left_bytes() -> int:
    """Return how much of a disk stays free of what is made by itself: more than where the disk's own alarm begins."""
    alarm_mb = settings.LOFT_DISK_WARN_MB * AGAIN_SHARE + settings.LOFT_DISK_BALLAST_MB
    return max(LEAST_LEFT_BYTES, round(alarm_mb * 1_000_000))


def make_due(now: datetime) -> Created | None:
    """Make a backup when it is due, and delete those that are kept no longer; nothing is deleted when none was made.

    Raises:
        Refused: it cannot be made, and why.
        Unavailable: no bulk work is taken just now.
    """
    if not is_due(now):
        return None
    intake.admit(intake.Work.BULK)
    created = create(folder() / keep.name_of(now), seal(), now, left_bytes())
    log.info("backup: %s, %d bytes", created.path, created.size_bytes)
    for path in keep.prune(created.path.parent, rule()):
        log.info("backup: %s is kept no longer", path)
    return created


def rule() -> keep.Rule:
    """Return how many are kept."""
    return keep.Rule(settings.LOFT_BACKUP_HOURS, settings.LOFT_BACKUP_DAYS, settings.LOFT_BACKUP_MONTHS)


def seal() -> Seal:
    """Return what the settings want backups encrypted with; by default a passphrase that is made once."""
    return Seal(_passphrase(), settings.LOFT_BACKUP_RECIPIENTS)


def secret_of_settings() -> Secret:
    """Return what opens the backups of this installation. Raises Refused: it does not know it; nothing is made."""
    passphrase = _given_passphrase() or kept(settings.SECRETS_DIR, PASSPHRASE)
    if passphrase is None:
        raise Refused("no secret given: name --passphrase-file or --identity-file")
    return Secret(passphrase)


def _passphrase() -> str:
    given = _given_passphrase()
    return given or ("" if settings.LOFT_BACKUP_RECIPIENTS else secret(settings.SECRETS_DIR, PASSPHRASE))


def _given_passphrase() -> str:
    file = settings.LOFT_BACKUP_PASSPHRASE_FILE
    return secret_in(Path(file), "passphrase") if file else ""
