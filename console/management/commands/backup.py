import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from console.backup import keep, schedule
from console.backup.creating import create
from console.backup.restoring import restore
from console.backup.sealing import Seal, Secret, identities_in, secret_in
from console.backup.verifying import verify
from console.errors import Refused

NICE = 10
"""Those who work come first."""


class Command(BaseCommand):
    """Make, list, check and put back backups."""

    help = "backup create [--to FILE] | list | verify FILE | restore FILE, with --passphrase-file FILE"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        make = verbs.add_parser("create", help="make a backup while Loft runs, or while it does not")
        make.add_argument("--to", type=Path, metavar="FILE", help="else into LOFT_BACKUP_DIR, named by the time")
        make.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line is the passphrase")
        make.add_argument(
            "--recipient", action="append", metavar="AGE1...", help="a public key of age; may be repeated"
        )
        verbs.add_parser("list", help="list the backups in LOFT_BACKUP_DIR")
        for verb, words in (
            ("verify", "restore it into a scratch home and count; exit code 1 when it is not good"),
            ("restore", "put it back into an empty LOFT_HOME"),
        ):
            reading = verbs.add_parser(verb, help=words)
            reading.add_argument("file", type=Path)
            reading.add_argument("--passphrase-file", type=Path, metavar="FILE", help="else that of the settings")
            reading.add_argument("--identity-file", type=Path, metavar="FILE", help="age's secret key of a recipient")

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)
        os.nice(NICE)
        about = options.get("file")
        try:
            getattr(self, options["verb"])(**options)
        except Refused as reason:
            raise CommandError(f"{about}: {reason}" if about else str(reason)) from None

    def create(self, to: Path | None, passphrase_file: Path | None, recipient: list[str] | None, **_: Any) -> None:
        """Make a backup."""
        given = passphrase_file or recipient
        seal = Seal(_passphrase(passphrase_file), recipient or ()) if given else schedule.seal()
        now = timezone.now()
        made = create(to or schedule.folder() / keep.name_of(now), seal, now)
        rows = sum(made.manifest.tables.values())
        waiting = f" and {made.manifest.carried} that waited in Redis" if made.manifest.carried else ""
        self.stdout.write(f"{made.path}: {made.size_bytes:,} bytes, {rows:,} rows{waiting}")

    def list(self, **_: Any) -> None:
        """List backups, the newest first."""
        for kept in keep.backups(Path(settings.LOFT_BACKUP_DIR)):
            self.stdout.write(f"{kept.created_at.isoformat()}  {kept.size_bytes:>15,}  {kept.path}")

    def verify(self, file: Path, **options: Any) -> None:
        """Check a backup."""
        good = verify(file, _secret(options))
        about = good.manifest.about
        self.stdout.write(
            f"{file}: good. Loft {about.version} on {good.manifest.host}, {about.created_at.isoformat()}; "
            f"{good.rows:,} rows in {len(good.manifest.tables)} tables as they were; audit: {good.audit}"
        )

    def restore(self, file: Path, **options: Any) -> None:
        """Put a backup back."""
        manifest = restore(file, _secret(options))
        self.stdout.write(
            f"{settings.LOFT_HOME}: as it was at {manifest.about.created_at.isoformat()}, "
            f"{sum(manifest.tables.values()):,} rows; start it with `manage.py up`, with the settings in "
            f"{Path(settings.LOFT_HOME) / 'settings-of-backup.env'} as far as they still hold"
        )


def _passphrase(file: Path | None) -> str:
    return secret_in(file, "passphrase") if file else ""


def _secret(options: dict[str, Any]) -> Secret:
    identities = identities_in(options["identity_file"]) if options["identity_file"] else ()
    if options["passphrase_file"] or identities:
        return Secret(_passphrase(options["passphrase_file"]), identities)
    return schedule.secret_of_settings()
