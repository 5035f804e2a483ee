"""What happened at a site, in the order of time: what its charts mark, for people, in both languages."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Q

from console.actions.audit.audit import Actor
from network.actions.maintenance import affected
from network.actions.service_levels import timeline
from network.actions.service_levels.timeline import MOST_ASKED, MOST_ROWS, Row
from network.models import ConfigurationJob, ConfigurationState, Maintenance, RecordKind, Site, SubjectKind

RIGHTS = {
    "alarm": "network.view_alarm",
    "maintenance": "network.view_maintenance",
    "push": "network.view_configurationjob",
    "change": "network.view_change",
}
"""What may happen at a site, with the right that each needs."""
_REACHING = (SubjectKind.SITE, SubjectKind.LINK, affected.REGION)
_STATES = {
    ConfigurationState.PENDING: ("pending", "等待中"),
    ConfigurationState.ACKNOWLEDGED: ("acknowledged", "已确认"),
    ConfigurationState.REFUSED: ("refused", "被拒绝"),
    ConfigurationState.LOST: ("lost: whether it took effect is not known", "丢失：是否生效未知"),
}


def site_timeline(
    site: Site, times: tuple[datetime, datetime], actor: Actor, kinds: Collection[str] = tuple(RIGHTS)
) -> list[Row]:
    """Return what happened at a site in [since, until), the oldest first, at most the newest thousand rows.

    Args:
        site: where.
        times: since when, and until when.
        actor: who asks: alarms are those that they may see; what was pushed and changed, and why there was
            maintenance, only those see who see every organisation.
        kinds: of `RIGHTS`, those that they have the right to.
    """
    sees_all = actor.sees is None
    rows = [
        *(timeline.alarm_rows(Q(site=site) & timeline.overlaps(*times), actor) if "alarm" in kinds else ()),
        *(_maintenances(site, times, sees_all=sees_all) if "maintenance" in kinds else ()),
        *(_pushes(site, times, names=actor.runs_the_network) if sees_all and "push" in kinds else ()),
        *(
            timeline.change_rows(RecordKind.SITE, site.slug, times, names=actor.runs_the_network)
            if sees_all and "change" in kinds
            else ()
        ),
    ]
    return sorted(rows, key=lambda row: (row.at, row.kind))[-MOST_ROWS:]


def _maintenances(site: Site, times: tuple[datetime, datetime], *, sees_all: bool) -> Iterator[Row]:
    """Yield the maintenances that the site is under, or that cut it off, by the rule of `affected`."""
    since, until = times
    rows = Maintenance.objects.filter(kind__in=_REACHING, starts_at__lt=until, ends_at__gt=since)
    asked = list(rows.order_by("-starts_at")[:MOST_ASKED])
    subjects = affected.sites_of({(window.kind, window.key) for window in asked}).get(site.pk, {})
    for window in [window for window in asked if (window.kind, window.key) in subjects][:MOST_ROWS]:
        yield timeline.maintenance_row(window, sees_all=sees_all)


def _pushes(site: Site, times: tuple[datetime, datetime], *, names: bool) -> Iterator[Row]:
    since, until = times
    jobs = ConfigurationJob.objects.filter(site=site, asked_at__gte=since, asked_at__lt=until)
    for job in jobs.order_by("-asked_at")[:MOST_ROWS]:
        state_en, state_zh = _STATES[ConfigurationState(job.state)]
        version = "" if job.version is None else str(job.version)
        by_en, by_zh = (f" by {job.actor}", f"{job.actor}") if names else ("", "")
        yield Row(
            job.asked_at,
            job.applied_at or job.ended_at or job.asked_at,
            "push",
            f"Settings{version and f' {version}'} pushed{by_en}: {state_en}",
            f"{by_zh}下发设置{version}：{state_zh}",
            ref=f"/api/v1/sites/{site.slug}/configuration",
        )
