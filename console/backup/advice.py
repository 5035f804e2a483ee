"""What to do about a damaged database, as commands that can be typed: they hold also when backups are in the home."""

from pathlib import Path
from shlex import quote

from django.conf import settings

from console.backup import keep
from console.backup.sealing import PASSPHRASE


def after_damage(file: Path | None) -> str:
    """Return the end of the sentence that tells of damage: the newest backup, and how it is restored.

    Args:
        file: the damaged database; None where it is on a server.
    """
    folder = Path(settings.LOFT_BACKUP_DIR)
    newest = keep.newest(folder)
    if newest is None:
        return f", and there is no backup in {folder}"
    home = Path(settings.LOFT_HOME)
    aside = home.with_name(f"{home.name}.damaged")
    backup, secret = _moved(newest.path, home, aside), _secret(home, aside)
    return (
        f"; the newest backup is {newest.path}: stop Loft, `mv -T {quote(str(home))} {quote(str(aside))}`,"
        f"{_database(file, home)} then `python manage.py backup restore {quote(str(backup))} {secret}`"
    )


def _database(file: Path | None, home: Path) -> str:
    if file is None:
        return " name an empty database in DATABASE_URL,"
    return "" if file.is_relative_to(home) else f" move {file} and what has its name with -wal or -shm away,"


def _secret(home: Path, aside: Path) -> str:
    """Return the option that opens the backup, as far as this installation knows what does."""
    if given := settings.LOFT_BACKUP_PASSPHRASE_FILE:
        return f"--passphrase-file {quote(str(_moved(Path(given), home, aside)))}"
    if settings.LOFT_BACKUP_RECIPIENTS:
        return "--identity-file FILE"
    return f"--passphrase-file {quote(str(_moved(Path(settings.SECRETS_DIR) / PASSPHRASE, home, aside)))}"


def _moved(path: Path, home: Path, aside: Path) -> Path:
    return aside / path.relative_to(home) if path.is_relative_to(home) else path
