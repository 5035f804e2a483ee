from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IndustryConfig(AppConfig):
    name = "industry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what industry adds to the network (kinds of subject, layers, a view, a count), and open jobs."""
        from console.actions import quota, search  # noqa: PLC0415  models are loaded by now
        from industry.actions import impact, names, refusals, runbooks  # noqa: F401, PLC0415  these register themselves
        from industry.actions.catalogue import catalogue  # noqa: PLC0415
        from industry.actions.jobs import job  # noqa: PLC0415
        from industry.actions.search import SOURCES  # noqa: PLC0415
        from industry.actions.subject import SUBJECTS  # noqa: PLC0415
        from network.actions import map_layers, wallboard  # noqa: PLC0415
        from network.actions.targets import programme  # noqa: PLC0415
        from network.models import subject  # noqa: PLC0415

        quota.count_open_jobs(job.open_jobs)
        subject.register(*SUBJECTS)
        search.register(*SOURCES)
        map_layers.register(
            map_layers.MapLayers(
                "industry", _("Industry"), "industry.view_factory", "industry/map/plants.js", "vehicles"
            )
        )
        wallboard.register(wallboard.View("industry", impact.WORKLOADS_RIGHT, "industry/wallboard.js"))
        programme.register(programme.AI_SCENARIOS, catalogue.SCENARIO, catalogue.count_scenarios)
