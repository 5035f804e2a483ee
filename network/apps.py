from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say who counts for the agreements on paths and corridors."""
        from network.actions.service import modelled, sources  # noqa: PLC0415  models are loaded by now

        sources.register("path", modelled.paths)
        sources.register("corridor", modelled.corridors)
