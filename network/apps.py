import importlib

from django.apps import AppConfig

_SOURCES = (
    "alarms.alarm_hold", "alarms.alarm_root", "alarms.notice_delivery", "clocks", "counter_alarms", "counters",
    "ground", "prober_health", "probing", "service.burn", "service.overdrawn", "sla_breaches", "unfinished", "watch",
)  # fmt: skip
"""Who finds what calls for an alarm: each registers its problems when it is imported."""


class NetworkConfig(AppConfig):
    name = "network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say who counts for the agreements on each kind of subject, and who finds what calls for an alarm."""
        from console.actions import quota  # noqa: PLC0415  models are loaded by now
        from network.actions import impact, storage  # noqa: PLC0415  models are loaded by now
        from network.actions.service import modelled, probed, sources  # noqa: PLC0415  models are loaded by now

        importlib.import_module("network.actions.alarms.object_names")
        for name in _SOURCES:
            importlib.import_module(f"network.actions.{name}")
        quota.count_files(storage.file_bytes)
        sources.register("site", probed.count_sites)
        sources.register("slice", probed.count_slices)
        sources.register("link", probed.count_links)
        impact.register("slices", "network.view_slice", impact.slices)
        sources.register("path", modelled.paths)
        sources.register("corridor", modelled.corridors)
