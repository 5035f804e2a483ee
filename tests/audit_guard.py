"""For tests only: let a test database be emptied, whose audit trail its triggers keep from being changed.

Tests with `transaction=True` end with Django's `flush`, a DELETE on SQLite and a TRUNCATE on PostgreSQL. `lowered`
drops the triggers; the `migrate` signal at the end of `flush` puts them back. The application holds no such thing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import flush
from django.db import connections

from console import audit_guard

_flush = flush.Command.handle


def let_tests_flush() -> None:
    """Have `flush` lower the guard of the database that it empties."""

    def handle(self: flush.Command, **options: Any) -> None:
        lower(options["database"])
        _flush(self, **options)
        audit_guard.install(options["database"])

    flush.Command.handle = handle


def lower(using: str = "default") -> None:
    """Drop the triggers that refuse, as whoever owns the tables could; rows are still chained."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for table in audit_guard.TABLES:
            if connection.vendor == "sqlite":
                for verb in ("update", "delete", "replace"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
                cursor.execute(f"GRANT UPDATE, DELETE, TRUNCATE ON {table} TO CURRENT_USER")


@contextmanager
def lowered() -> Iterator[None]:
    """Change the audit trail behind the triggers' back."""
    lower()
    yield
    audit_guard.install()
