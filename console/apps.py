from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules


class ConsoleConfig(AppConfig):
    name = "console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every app tell the hub its events; upward by name only."""
        autodiscover_modules("events")
        import_module("console.checks")
        import_module("console.actions.refusals")
        for room in ("disk", "redis_memory"):
            import_module(f"console.run.{room}")  # it says when there is no room for more
        pre_migrate.connect(_refuse_newer, sender=self)
        post_migrate.connect(_ensure_home, sender=self)
        post_migrate.connect(_guard_audit, sender=self)
        post_migrate.connect(_ensure_row_security, sender=self)
        connection_created.connect(_fit_new)


def _refuse_newer(using: str, **_: Any) -> None:
    """Migrate no database that a newer program has migrated: what is put up afterwards would be older than its rows."""
    from django.core.management import CommandError  # noqa: PLC0415

    from console.run.fitness import newer, unknown_migrations  # noqa: PLC0415  as below

    if unknown := unknown_migrations(using):
        raise CommandError(newer(unknown))


def _ensure_home(using: str, **_: Any) -> None:
    """Make the organisation that owns what names no owner, also after a database was emptied, as Django does types."""
    from console.actions.access.organisation import ensure_home  # noqa: PLC0415  models are not loaded any earlier

    ensure_home(using)


def _ensure_row_security(using: str, **_: Any) -> None:
    """Put up the second wall between organisations where a table lacks it."""
    from console.access.rowsecurity import install  # noqa: PLC0415  as above

    install(using)


def _fit_new(**_: Any) -> None:
    """Let a connection that is opened within a narrowed request be narrowed, and no other."""
    from console.access.narrowing import fit_new  # noqa: PLC0415  as above

    fit_new()


def _guard_audit(using: str, **_: Any) -> None:
    """Have the database refuse changes of the audit trail, also after a migration that remade its tables."""
    from console.audit import audit_guard  # noqa: PLC0415  it opens the database

    audit_guard.install(using)
