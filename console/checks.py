"""What `manage.py check --deploy` says of an installation."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  Django's name
from django.db import connection

from console.access import rowsecurity
from console.run import redis_fitness

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
"""Settings of PostgreSQL without which it answers before its disk has what it stored."""


@register(deploy=True)
def row_security_binds(**_: Any) -> list[CheckMessage]:
    """Tell when the second wall between organisations does not stand: for this role, or on some table."""
    check_messages: list[CheckMessage] = []
    if rowsecurity.bypassed():
        hint = "connect as a role that is no superuser and has no BYPASSRLS, see docs/operations.md"
        check_messages.append(Warning("row-level security does not bind the database role", hint=hint, id="loft.W001"))
    if tables := sorted({policy.table for policy in rowsecurity.missing()}):
        named = ", ".join(tables)
        check_messages.append(
            Warning(f"no row-level security on {named}", hint="run `manage.py migrate`", id="loft.W002")
        )
    return check_messages


@register(deploy=True)
def redis_is_new_enough(**_: Any) -> list[CheckMessage]:
    """Tell that the Redis that the settings name is too old, which no process of Loft would start with."""
    lacking = redis_fitness.own_fault()
    return [Error(lacking, id="loft.E001")] if lacking else []


@register(deploy=True)
def database_keeps_what_it_answers(**_: Any) -> list[CheckMessage]:
    """Tell when a crash of PostgreSQL, or of its machine, would lose what Loft has accepted."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings WHERE setting = 'off' AND name = ANY(%s)", [list(DURABLE)])
        off = sorted(name for (name,) in cursor.fetchall())
    named = ", ".join(off)
    text = f"PostgreSQL answers before its disk has what it stored ({named} off): a crash loses what was accepted"
    return [Warning(text, hint="set it to on for the role or the server", id="loft.W003")] if off else []
