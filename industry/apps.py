from django.apps import AppConfig


class IndustryConfig(AppConfig):
    name = "industry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what industry adds to the network (kinds of subject, a view, a count), and open jobs."""
        from console.actions import quota, search  # noqa: PLC0415  models are loaded by now
        from industry.actions import impact, names, refusals, runbooks  # noqa: F401, PLC0415  these register themselves
        from industry.actions.catalogue import catalogue  # noqa: PLC0415
        from industry.actions.jobs import job  # noqa: PLC0415
        from industry.actions.search import SOURCES  # noqa: PLC0415
        from industry.actions.subject import SUBJECTS  # noqa: PLC0415
        from network.actions import wallboard  # noqa: PLC0415
        from network.actions.targets import programme  # noqa: PLC0415
        from network.models import subject  # noqa: PLC0415

        quota.count_open_jobs(job.open_jobs)
        subject.register(*SUBJECTS)
        search.register(*SOURCES)
        wallboard.register(wallboard.View("industry", impact.WORKLOADS_RIGHT, "industry/wallboard.js"))
        programme.register(programme.AI_SCENARIOS, catalogue.SCENARIO, catalogue.count_scenarios)
