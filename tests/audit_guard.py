"""For tests only: let a test database be emptied, whose audit trail its triggers keep from being changed.

Tests with `transaction=True` end with Django's `flush`. In its place only tables that hold rows are emptied, and what
`migrate` makes of its own accord is put back: truncating all tables of PostgreSQL, and asking every app after that for
its permissions and types again, took longer than most tests. The application holds no such thing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import flush
from django.db import OperationalError, connections, transaction

from console.access import rowsecurity
from console.actions.access.organisation import ensure_home
from console.audit import audit_guard
from tests.waiting import wait_until

SAME_AFTERWARDS = {"django_content_type", "auth_permission"}
"""What `migrate` would write again row by row."""


def let_tests_flush() -> None:
    """Have `flush` lower the guard of the database that it empties."""

    def handle(self: flush.Command, **options: Any) -> None:
        wait_until(lambda: is_emptied(options["database"]), "no thread of the test reads the database any more")

    flush.Command.handle = handle


def is_emptied(using: str = "default") -> bool:
    """Empty a database; return whether it could be: one in memory is locked while a thread that a test left reads it."""
    try:
        lower(using)
        empty(using)
        ensure_home(using)
        audit_guard.install(using)
        rowsecurity.install(using)  # a test of migrations may have made tables anew
    except OperationalError as reason:
        if connections[using].vendor == "sqlite" and "is locked" in str(reason):
            return False
        raise
    return True


def empty(using: str = "default") -> list[str]:
    """Delete every row, but for those that are the same afterwards; return the tables that had any."""
    connection = connections[using]
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    names = [connection.ops.quote_name(table) for table in sorted(tables - SAME_AFTERWARDS)]
    with transaction.atomic(using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # whatever a test left narrowed
            cursor.execute("SELECT set_config(%s, '', true)", [rowsecurity.SETTING])
        # a list in one statement, for asking one by one costs a hundred of them
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names))  # noqa: S608  our own names
        filled = [name for (name,) in cursor.fetchall()]
        for name in filled:  # in any order: keys of others are looked at when the transaction ends
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608
    return filled


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
