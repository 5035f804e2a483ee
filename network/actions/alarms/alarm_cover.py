"""What keeps an alarm from attention: a hold of its subject, else announced maintenance of what it is about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, override

from console.access.narrowing import unnarrowed
from console.actions.audit.audit import SYSTEM, record
from network.actions.alarms.alarm_condition import explained_by, root_cause_of
from network.actions.alarms.managed_object import Name
from network.actions.maintenance import affected
from network.actions.maintenance.affected import Sites
from network.models import Alarm, AlarmHold, HoldKind, Maintenance, Site, subject

MAINTENANCE = "maintenance"


def cover(alarms: Sequence[Alarm], now: datetime) -> list[Alarm]:
    """Put alarms that nothing holds under what covers them now; return those that this held. They are not written.

    People's holds come first. Maintenance suppresses by design the alarms of the site, the link or the region's sites
    that it names, and of the sites that it cuts off; a root cause only when all the sites that it explains are among
    them. Within the caller's transaction.
    """
    if not alarms:
        return []
    keys = {word for row in alarms for word in (row.object_key, row.subject, row.subject_zh)}
    holds = list(AlarmHold.objects.filter(object_key__in=keys, ended_at=None))
    in_force = _in_force(alarms, now)
    held: list[Alarm] = []
    known: dict[int, AlarmHold] = {}
    for alarm in alarms:
        hold = next((hold for hold in holds if hold.covers(alarm)), None)
        if hold is None and (maintenance := in_force.of(alarm)):
            hold = known[maintenance.pk] = known.get(maintenance.pk) or hold_of(maintenance, now)
        if hold:
            alarm.hold, alarm.held = hold, hold.kind
            held.append(alarm)
    return held


def is_covered(alarms: Sequence[Alarm], now: datetime) -> list[bool]:
    """Return of each alarm whether maintenance suppresses it now."""
    in_force = _in_force(alarms, now)
    return [in_force.of(alarm) is not None for alarm in alarms]


@unnarrowed()  # it belongs to whoever announced the maintenance, and holds the alarms of any
def hold_of(maintenance: Maintenance, now: datetime) -> AlarmHold:
    """Return the hold that follows from a maintenance, made when it is first needed."""
    name = _name_of(maintenance)
    given = {
        "kind": HoldKind.SUPPRESSED, "object_kind": MAINTENANCE, "object_key": str(maintenance.pk), "subject": name.en,
        "subject_zh": name.zh, "reason": maintenance.reason, "started_at": now, "until_at": maintenance.counts_until,
        "actor": maintenance.actor, "person": maintenance.person, "organisation": maintenance.organisation,
    }  # fmt: skip
    hold, is_new = AlarmHold.objects.get_or_create(maintenance=maintenance, ended_at=None, defaults=given)
    if is_new:
        until = maintenance.counts_until.isoformat()
        record(SYSTEM, "held alarm", name.en, now, kind=hold.kind, reason=maintenance.reason, until=until)
    return hold


def _name_of(maintenance: Maintenance) -> Name:
    english = f"{MAINTENANCE} {maintenance.pk}: {maintenance.kind} {maintenance.key or 'everywhere'}"
    with override("zh-hans"):
        where = f"{subject.label_of(maintenance.kind)} {maintenance.key or gettext('everywhere')}"
        return Name(english, f"{gettext('maintenance')} {maintenance.pk}：{where}").fitted


@dataclass(frozen=True)
class _InForce:
    """The maintenance under way, and which sites it concerns."""

    rows: Mapping[affected.Subject, Maintenance]  # of several of one subject that which ends last
    sites: Sites
    keys: Mapping[str, int]  # of sites that root causes name, by slug

    def of(self, alarm: Alarm) -> Maintenance | None:
        """Return the maintenance that suppresses an alarm; of several that which ends last."""
        if not self.rows:
            return None
        own = self.rows.get((alarm.object_kind, alarm.object_key))
        if own is not None and root_cause_of(alarm) is None:
            return own
        windows = [self._of_site(pk) for pk in self._about(alarm)]
        known = [maintenance for maintenance in windows if maintenance is not None]
        return min(known, key=_end) if known and len(known) == len(windows) else None

    def _about(self, alarm: Alarm) -> Collection[int]:
        """Return the sites that an alarm is about; a root cause that does not name all of its sites is about none."""
        cause = root_cause_of(alarm)
        if cause is None:
            return [alarm.site_id] if alarm.site_id is not None else []
        return [self.keys.get(slug, 0) for slug in cause.members] if len(cause.members) == cause.sites else []

    def _of_site(self, pk: int) -> Maintenance | None:
        return max((self.rows[subject] for subject in self.sites.get(pk, ())), key=_end, default=None)


def _in_force(alarms: Sequence[Alarm], now: datetime) -> _InForce:
    rows: dict[affected.Subject, Maintenance] = {}
    for maintenance in sorted(affected.in_force(now), key=_end):
        rows[maintenance.kind, maintenance.key] = maintenance
    if not rows:
        return _InForce({}, {}, {})
    named = {slug for alarm in alarms for slug in explained_by(alarm)}
    keys = dict(Site.objects.filter(slug__in=named).values_list("slug", "pk")) if named else {}
    return _InForce(rows, affected.sites_of(rows), keys)


def _end(maintenance: Maintenance) -> tuple[datetime, int]:
    return maintenance.counts_until, maintenance.pk
