from django.apps import AppConfig


class AirspaceConfig(AppConfig):
    name = "airspace"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the network which flights use a site, and what came of the promises made to them."""
        from airspace.actions import drone_alarms, service  # noqa: PLC0415
        from airspace.actions import impact as ours  # noqa: PLC0415  models are loaded by now
        from network.actions import impact  # noqa: PLC0415
        from network.actions.alarms import managed_object  # noqa: PLC0415
        from network.actions.service import sources, subjects  # noqa: PLC0415

        impact.register(ours.GROUP, ours.RIGHT, ours.flights)
        sources.register("flight", service.counts, service.find)
        subjects.register("flight", ours.RIGHT, service.search)
        managed_object.register_kind(drone_alarms.DRONE, managed_object.Name("drones", "无人机"))
        managed_object.register_kind(drone_alarms.KEY, managed_object.Name("keys", "密钥"))
