from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say who counts for the agreements on each kind of subject."""
        from console.actions import quota  # noqa: PLC0415  models are loaded by now
        from network.actions import impact, storage  # noqa: PLC0415  models are loaded by now
        from network.actions.service import modelled, probed, sources  # noqa: PLC0415  models are loaded by now

        quota.count_files(storage.file_bytes)
        sources.register("site", probed.count_sites)
        sources.register("slice", probed.count_slices)
        sources.register("link", probed.count_links)
        impact.register("slices", "network.view_slice", impact.slices)
        sources.register("path", modelled.paths)
        sources.register("corridor", modelled.corridors)
