from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class ConsoleConfig(AppConfig):
    name = "console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every app tell the hub its events; upward by name only."""
        autodiscover_modules("events")
        post_migrate.connect(_ensure_home, sender=self)
        post_migrate.connect(_guard_audit, sender=self)


def _ensure_home(using: str, **_: Any) -> None:
    """Make the organisation that owns what names no owner, also after a database was emptied, as Django does types."""
    from console.actions.organisation import ensure_home  # noqa: PLC0415  models are not loaded any earlier

    ensure_home(using)


def _guard_audit(using: str, **_: Any) -> None:
    """Have the database refuse changes of the audit trail, also after a migration that remade its tables."""
    from console import audit_guard  # noqa: PLC0415  it opens the database

    audit_guard.install(using)
