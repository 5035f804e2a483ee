"""`manage.py rowsecurity`: every table that has an owner, and what stands between organisations there."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.access import rowsecurity


class Command(BaseCommand):
    """Lists tables with their policies; fails when one is missing or the role of the database passes them all."""

    help = "List every table that has an owner, with its row-level security policies. PostgreSQL only."

    def handle(self, *_: Any, **__: Any) -> None:
        """Write one line per table."""
        lacking = {policy.table for policy in rowsecurity.missing()}
        for model, path in rowsecurity.owned().items():
            table = model._meta.db_table  # noqa: SLF001  Django's public name
            word = rowsecurity.reason(model) or ("MISSING" if table in lacking else "covered")
            self.stdout.write(f"{table:<40} {path:<40} {word}")
        if lacking:
            raise CommandError(f"{len(lacking)} tables lack policies: run `manage.py migrate`")
        if rowsecurity.bypassed():
            raise CommandError("the database role bypasses row-level security, see docs/operations.md")
