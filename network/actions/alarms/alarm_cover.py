"""What keeps an alarm from attention: a hold of its subject, else announced maintenance of what it is about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, gettext_lazy, override

from console.actions.audit import SYSTEM, record
from console.narrowing import unnarrowed
from network.actions.alarms.alarm_condition import explained_by, root_cause_of
from network.actions.alarms.managed_object import Name
from network.actions.service import concern
from network.actions.service.concern import Sites
from network.models import Alarm, AlarmHold, HoldKind, Maintenance, Site, SubjectKind

MAINTENANCE = "maintenance"
_KINDS = {**dict(SubjectKind.choices), concern.REGION: gettext_lazy("Region")}


def cover(alarms: Sequence[Alarm], now: datetime) -> list[Alarm]:
    """Put alarms that nothing holds under what covers them now; return those that this held. They are not written.

    People's holds come first. Maintenance suppresses by design the alarms of the site or the region's sites that it
    names, and of the sites that it cuts off; a root cause only when all the sites that it explains are among them.
    Within the caller's transaction.
    """
    if not alarms:
        return []
    keys = {word for one in alarms for word in (one.object_key, one.subject, one.subject_zh)}
    holds = list(AlarmHold.objects.filter(object_key__in=keys, ended_at=None))
    in_force = _in_force(alarms, now)
    held: list[Alarm] = []
    known: dict[int, AlarmHold] = {}
    for alarm in alarms:
        hold = next((hold for hold in holds if hold.covers(alarm)), None)
        if hold is None and (one := in_force.of(alarm)):
            hold = known[one.pk] = known.get(one.pk) or hold_of(one, now)
        if hold:
            alarm.hold, alarm.held = hold, hold.kind
            held.append(alarm)
    return held


def is_covered(alarms: Sequence[Alarm], now: datetime) -> list[bool]:
    """Return of each alarm whether maintenance suppresses it now."""
    in_force = _in_force(alarms, now)
    return [in_force.of(alarm) is not None for alarm in alarms]


@unnarrowed()  # it belongs to whoever announced the maintenance, and holds the alarms of any
def hold_of(one: Maintenance, now: datetime) -> AlarmHold:
    """Return the hold that follows from a maintenance, made when it is first needed."""
    name = _name_of(one)
    given = {
        "kind": HoldKind.SUPPRESSED, "object_kind": MAINTENANCE, "object_key": str(one.pk), "subject": name.en,
        "subject_zh": name.zh, "reason": one.reason, "started_at": now, "until_at": one.counts_until,
        "actor": one.actor, "person": one.person, "organisation": one.organisation,
    }  # fmt: skip
    hold, is_new = AlarmHold.objects.get_or_create(maintenance=one, ended_at=None, defaults=given)
    if is_new:
        until = one.counts_until.isoformat()
        record(SYSTEM, "held alarm", name.en, now, kind=hold.kind, reason=one.reason, until=until)
    return hold


def _name_of(one: Maintenance) -> Name:
    english = f"{MAINTENANCE} {one.pk}: {one.kind} {one.key or 'everywhere'}"
    with override("zh-hans"):
        where = f"{_KINDS.get(one.kind, one.kind)} {one.key or gettext('everywhere')}"
        return Name(english, f"{gettext('maintenance')} {one.pk}：{where}").fitted


@dataclass(frozen=True)
class _InForce:
    """The maintenance under way, and which sites it concerns."""

    rows: Mapping[concern.Subject, Maintenance]  # of several of one subject that which ends last
    sites: Sites
    keys: Mapping[str, int]  # of sites that root causes name, by slug

    def of(self, alarm: Alarm) -> Maintenance | None:
        """Return the maintenance that suppresses an alarm; of several that which ends last."""
        if not self.rows:
            return None
        found = [self._of_site(pk) for pk in self._about(alarm)]
        known = [one for one in found if one is not None]
        return min(known, key=_end) if known and len(known) == len(found) else None

    def _about(self, alarm: Alarm) -> Collection[int]:
        """Return the sites that an alarm is about; a root cause that does not name all of its sites is about none."""
        cause = root_cause_of(alarm)
        if cause is None:
            return [alarm.site_id] if alarm.site_id is not None else []
        return [self.keys.get(slug, 0) for slug in cause.members] if len(cause.members) == cause.sites else []

    def _of_site(self, pk: int) -> Maintenance | None:
        return max((self.rows[subject] for subject in self.sites.get(pk, ())), key=_end, default=None)


def _in_force(alarms: Sequence[Alarm], now: datetime) -> _InForce:
    rows: dict[concern.Subject, Maintenance] = {}
    for one in sorted(concern.in_force(now), key=_end):
        rows[one.kind, one.key] = one
    if not rows:
        return _InForce({}, {}, {})
    named = {slug for alarm in alarms for slug in explained_by(alarm)}
    keys = dict(Site.objects.filter(slug__in=named).values_list("slug", "pk")) if named else {}
    return _InForce(rows, concern.sites_of(rows), keys)


def _end(one: Maintenance) -> tuple[datetime, int]:
    return one.counts_until, one.pk
