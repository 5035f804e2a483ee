import importlib

from django.apps import AppConfig

_SOURCES = (
    "alarms.alarm_hold", "alarms.alarm_root", "alarms.notice_delivery", "equipment.counter_alarms",
    "equipment.counters", "measurement.clocks", "measurement.prober_health", "selfwatch.backups", "selfwatch.clock",
    "selfwatch.damage", "selfwatch.platform", "selfwatch.processes", "selfwatch.unfinished", "selfwatch.watch",
    "service_levels.burn", "service_levels.overdrawn", "sla.probing", "sla.sla_breaches",
)  # fmt: skip
"""Who finds what calls for an alarm: each registers its problems when it is imported."""


class NetworkConfig(AppConfig):
    name = "network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the kinds of subject and the views of the wallboard, and who finds what calls for an alarm."""
        from console.actions import quota, search  # noqa: PLC0415  models are loaded by now
        from console.door.shared import share  # noqa: PLC0415
        from network.actions import names, refusals, wallboard  # noqa: F401, PLC0415  words register themselves
        from network.actions.documents import storage  # noqa: PLC0415
        from network.actions.search import SOURCES  # noqa: PLC0415
        from network.actions.subject import SUBJECTS  # noqa: PLC0415
        from network.models import subject  # noqa: PLC0415

        for name in _SOURCES:
            importlib.import_module(f"network.actions.{name}")
        quota.count_files(storage.file_bytes)
        subject.register(*SUBJECTS)
        search.register(*SOURCES)
        wallboard.register(*wallboard.OF_NETWORK)
        share("/api/v1/alarms/summary", "/api/v1/alarms", "/api/v1/sites", "/api/v1/links")  # what pages fetch anew
