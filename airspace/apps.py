from django.apps import AppConfig


class AirspaceConfig(AppConfig):
    name = "airspace"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the network which flights use a site, and what came of the promises made to them."""
        from airspace.actions import impact as ours  # noqa: PLC0415  models are loaded by now
        from airspace.actions import service  # noqa: PLC0415
        from network.actions import impact  # noqa: PLC0415
        from network.actions.service import sources, subjects  # noqa: PLC0415

        impact.register(ours.GROUP, ours.RIGHT, ours.flights)
        sources.register("flight", service.counts, service.find)
        subjects.register("flight", ours.RIGHT, service.search)
