"""What `manage.py check --deploy` says of an installation."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register  # noqa: A004  Django's name

from console import rowsecurity


@register(deploy=True)
def row_security_binds(**_: Any) -> list[CheckMessage]:
    """Tell when the second wall between organisations does not stand: for this role, or on some table."""
    found: list[CheckMessage] = []
    if rowsecurity.bypassed():
        hint = "connect as a role that is no superuser and has no BYPASSRLS, see docs/operations.md"
        found.append(Warning("row-level security does not bind the database role", hint=hint, id="loft.W001"))
    if tables := sorted({policy.table for policy in rowsecurity.missing()}):
        named = ", ".join(tables)
        found.append(Warning(f"no row-level security on {named}", hint="run `manage.py migrate`", id="loft.W002"))
    return found
