from django.apps import AppConfig


class AirspaceConfig(AppConfig):
    name = "airspace"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the kinds of subject and the wallboard's view that the airspace adds, and what waits in Redis."""
        from airspace import feeds  # noqa: PLC0415  models are loaded by now
        from airspace.actions import impact, link_alarms, refusals, runbooks  # noqa: F401, PLC0415  registered
        from airspace.actions.search import SOURCES  # noqa: PLC0415
        from airspace.actions.subject import SUBJECTS  # noqa: PLC0415
        from console.actions import search  # noqa: PLC0415
        from console.backup import carried  # noqa: PLC0415
        from network.actions import wallboard  # noqa: PLC0415
        from network.models import subject  # noqa: PLC0415

        carried.register(*feeds.CARRIED)
        subject.register(*SUBJECTS)
        search.register(*SOURCES)
        wallboard.register(wallboard.View("airspace", impact.RIGHT, "airspace/wallboard.js", is_of_region=True))
