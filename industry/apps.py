from django.apps import AppConfig


class IndustryConfig(AppConfig):
    name = "industry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the network which workloads and jobs use a site, and what came of the promises made to workloads."""
        from console.actions import quota  # noqa: PLC0415  models are loaded by now
        from industry.actions import impact as ours  # noqa: PLC0415  models are loaded by now
        from industry.actions import job, service  # noqa: PLC0415
        from network.actions import impact  # noqa: PLC0415
        from network.actions.service import sources, subjects  # noqa: PLC0415

        quota.count_open_jobs(job.open_jobs)
        impact.register(ours.WORKLOADS, ours.WORKLOADS_RIGHT, ours.workloads)
        impact.register(ours.JOBS, ours.JOBS_RIGHT, ours.jobs)
        sources.register("workload", service.counts, service.find)
        subjects.register("workload", ours.WORKLOADS_RIGHT, service.search)
