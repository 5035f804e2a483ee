"""What keeps an alarm from attention: a hold of its subject, else announced maintenance of what it is about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.actions.audit import SYSTEM, record
from console.narrowing import unnarrowed
from network.actions.service import concern
from network.actions.service.concern import Sites
from network.models import Alarm, AlarmHold, HoldKind, Maintenance, Site


def cover(alarms: Sequence[Alarm], now: datetime) -> list[Alarm]:
    """Put alarms that nothing holds under what covers them now; return those that this held. They are not written.

    People's holds come first. Maintenance suppresses by design the alarms of the site or the region's sites that it
    names, and of the sites that it cuts off; a root cause only when all the sites that it explains are among them.
    Within the caller's transaction.
    """
    if not alarms:
        return []
    holds = list(AlarmHold.objects.filter(subject__in={one.subject for one in alarms}, ended_at=None))
    upkeep = _upkeep(alarms, now)
    held: list[Alarm] = []
    known: dict[int, AlarmHold] = {}
    for alarm in alarms:
        hold = next((hold for hold in holds if hold.covers(alarm)), None)
        if hold is None and (one := upkeep.of(alarm)):
            hold = known[one.pk] = known.get(one.pk) or hold_of(one, now)
        if hold:
            alarm.hold, alarm.held = hold, hold.kind
            held.append(alarm)
    return held


def is_covered(alarms: Sequence[Alarm], now: datetime) -> list[bool]:
    """Return of each alarm whether maintenance suppresses it now."""
    upkeep = _upkeep(alarms, now)
    return [upkeep.of(alarm) is not None for alarm in alarms]


@unnarrowed()  # it belongs to whoever announced the maintenance, and holds the alarms of any
def hold_of(one: Maintenance, now: datetime) -> AlarmHold:
    """Return the hold that follows from a maintenance, made when it is first needed."""
    subject = f"maintenance {one.pk}: {one.kind} {one.key or 'everywhere'}"[:120]
    given = {
        "kind": HoldKind.SUPPRESSED, "subject": subject, "reason": one.reason, "started_at": now,
        "until_at": one.counts_until, "actor": one.actor, "person": one.person, "organisation": one.organisation,
    }  # fmt: skip
    hold, is_new = AlarmHold.objects.get_or_create(maintenance=one, ended_at=None, defaults=given)
    if is_new:
        until = one.counts_until.isoformat()
        record(SYSTEM, "held alarm", subject, now, kind=hold.kind, reason=one.reason, until=until)
    return hold


@dataclass(frozen=True)
class _Upkeep:
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
        members = alarm.detail.get("members")
        if members is None:
            return [alarm.site_id] if alarm.site_id is not None else []
        return [self.keys.get(slug, 0) for slug in members] if len(members) == alarm.detail.get("sites") else []

    def _of_site(self, pk: int) -> Maintenance | None:
        return max((self.rows[subject] for subject in self.sites.get(pk, ())), key=_end, default=None)


def _upkeep(alarms: Sequence[Alarm], now: datetime) -> _Upkeep:
    rows: dict[concern.Subject, Maintenance] = {}
    for one in sorted(concern.in_force(now), key=_end):
        rows[one.kind, one.key] = one
    if not rows:
        return _Upkeep({}, {}, {})
    named = {slug for alarm in alarms for slug in alarm.detail.get("members", ())}
    keys = dict(Site.objects.filter(slug__in=named).values_list("slug", "pk")) if named else {}
    return _Upkeep(rows, concern.sites_of(rows), keys)


def _end(one: Maintenance) -> tuple[datetime, int]:
    return one.counts_until, one.pk
