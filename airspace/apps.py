from django.apps import AppConfig


class AirspaceConfig(AppConfig):
    name = "airspace"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the network which flights use a site."""
        from airspace.actions import impact as ours  # noqa: PLC0415  models are loaded by now
        from network.actions import impact  # noqa: PLC0415

        impact.register(ours.GROUP, ours.RIGHT, ours.flights)
