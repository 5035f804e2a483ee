"""Root causes as alarms: one for the cut or failed site that explains many, with theirs below it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, DateTimeField, ExpressionWrapper, F, Q
from django.db.models.functions import Coalesce

from console.access.actor import HOME_PK
from console.actions.audit.audit import SYSTEM
from network.actions.alarms import root_cause
from network.actions.alarms.alarm import ANEW, Facts, apply, note, open_alarms, save, tell, wait_anew
from network.actions.alarms.alarm_condition import (
    AlarmCondition,
    Delta,
    RootCause,
    explained_by,
    identity_of,
    root_cause_of,
)
from network.actions.alarms.alarm_source import AlarmSource, follow
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import GROUP, LINK, MOST_KEY, ManagedObject, Name, of_site
from network.actions.alarms.problem import Problem, outages, symptoms
from network.actions.alarms.root_cause import CODES, CUT, CUT_OR_FAILED, FAILED, PROBLEMS, SLOW
from network.actions.topology import live, vantage
from network.actions.topology.vantage import View
from network.kernels.alarms.alarm import FLAP_QUIET_S
from network.kernels.sla.sla import Metric, State
from network.kernels.topology.condition import Condition
from network.kernels.topology.correlation import PACKETS, Cause, Element, Observed, explain
from network.models import (
    Agreement,
    Alarm,
    EntryKind,
    Site,
    SiteHealth,
    stale_after_s,
)
from network.models.alarms.alarm import AlarmQuerySet

DETACH_AFTER = timedelta(seconds=120)
"""A consequence that outlives its root cause for so long stands on its own."""
MOST_NAMED = 2_000
ALL, ANY = " + ", " / "
"""Between the keys of several objects: all of them failed, or any of them did."""
Seen = dict[int, Observed]


def correlate(now: datetime) -> None:
    """Name the root causes of what is silent or slow, put its alarms below them, and clear those that are over."""
    roots = list(Alarm.objects.active().filter(problem__in=CODES).whole())
    is_quiet = not SiteHealth.objects.filter(silent_packets__gt=0).exists() and not _slow_sites(now)
    if is_quiet and not roots and not _orphans(now).exists():
        return
    view = vantage.view()
    if view is None:
        return
    silent, slow = _silence(view, now), _slowness(view, now)
    causes = root_cause.named(view, explain(view.net, view.cut_off, silent), now)
    named = [_condition(view, cause, None) for cause in causes]
    begun_s = {condition.identity: _onset_s(cause, silent) for (condition, _), cause in zip(named, causes, strict=True)}
    named += [_condition(view, cause, SLOW) for cause in _large(explain(view.net, view.carried, slow))]
    identities = {condition.identity for condition, _ in named}
    over = _over([root for root in roots if identity_of(root) not in identities], view, silent, slow)
    stands = [root for root in roots if root not in over]
    named = [pair for pair in named if not _is_rest(pair[1], over) and not root_cause.is_known_better(*pair, stands)]
    with transaction.atomic():
        root_cause.replace_vague(stands, named, now)
        apply(Delta([condition for condition, _ in named]), now)
        raised = open_alarms(condition.identity for condition, _ in named)
        follow((condition for condition, _ in named), now)  # by now they explain other sites
        for condition, detail in named:
            root = raised[condition.identity]
            _attach(root, detail.members, roots, _explains_since(root, begun_s.get(condition.identity)), now)
        over += [root for root in roots if root.root_id is not None and root not in over]
        apply(Delta(over=[identity_of(root) for root in over]), now)
        _detach(now)


def _silence(view: View, now: datetime) -> Seen:
    """Return who is silent and who answers; whoever was not measured lately is left out."""
    rows = SiteHealth.objects.filter(measured_at__gte=now - timedelta(seconds=stale_after_s())).order_by()
    observed: Seen = {}
    fields = ("pk", "silent_since", "silent_packets", "answered_at", "lost")
    for pk, since, packets, answered_at, lost in rows.values_list(*fields):
        if packets and since:
            observed[view.place[pk]] = Observed(True, since.timestamp(), packets)
        elif answered_at:
            observed[view.place[pk]] = Observed(False, answered_at.timestamp(), is_unsure=lost > 0)
    return observed


def _slowness(view: View, now: datetime) -> Seen:
    """Return whose round trips are too long, as those who run the network promise them."""
    rows = Agreement.objects.filter(
        organisation=HOME_PK,
        metric=Metric.RTT_P99,
        judged_at__gte=now - timedelta(seconds=stale_after_s()),
        site__health__silent_packets=0,
    ).order_by()
    fields = ("site", "state", "objective", "site__health__rtt_ms", "site__health__measured_at")
    observed: Seen = {}
    for pk, state, objective_ms, rtt_ms, measured_at in rows.values_list(*fields):
        is_slow = state == State.BREACHED and rtt_ms is not None and rtt_ms > objective_ms
        if is_slow or (rtt_ms is not None and measured_at):
            observed[view.place[pk]] = Observed(is_slow, 0.0 if is_slow else measured_at.timestamp(), PACKETS)
    return observed


def _slow_sites(now: datetime) -> bool:
    fresh = Agreement.objects.filter(organisation=HOME_PK, judged_at__gte=now - timedelta(seconds=stale_after_s()))
    return fresh.filter(metric=Metric.RTT_P99, state=State.BREACHED).exists()


def _large(causes: Sequence[Cause]) -> list[Cause]:
    return [cause for cause in causes if len(cause.affected) >= root_cause.LEAST_SITES]


def _onset_s(cause: Cause, silent: Seen) -> float:
    """Return when the last of those fell silent whom a cause explains."""
    return max(silent[node].since_s for node in cause.affected)


def _explains_since(root: Alarm, begun_s: float | None) -> datetime:
    """Return from when on an alarm may be a consequence: who raised one earlier had another reason.

    Ports tell later than probes which of several causes it was, so what counts is when the silence began.
    """
    began_at = root.started_at if begun_s is None else datetime.fromtimestamp(begun_s, root.started_at.tzinfo)
    return min(root.started_at, began_at) - timedelta(seconds=stale_after_s())


def _condition(view: View, cause: Cause, problem: Problem | None) -> tuple[AlarmCondition, RootCause]:
    pks = _ends(view, cause.elements)
    sites = {site.pk: site for site in Site.objects.filter(pk__in=pks)}
    objects = [_object(view, element, sites) for element in cause.elements]
    kinds = {kind for kind, _ in cause.elements}
    known = FAILED if kinds == {"node"} else CUT if kinds == {"link"} else CUT_OR_FAILED
    members = Site.objects.filter(pk__in=[view.site_ids[node] for node in cause.affected]).order_by("slug")
    detail = RootCause(
        len(cause.affected),
        [managed_object.name.en for managed_object in objects][:MOST_NAMED],
        cause.is_all,
        list(members.values_list("slug", flat=True)[:MOST_NAMED]),
    )
    return AlarmCondition(_joint(objects, is_all=cause.is_all), problem or known, detail), detail


def _ends(view: View, elements: Sequence[Element]) -> set[int]:
    nodes = {number for kind, number in elements if kind == "node"}
    nodes |= {end for kind, number in elements if kind == "link" for end in view.net.links[number]}
    return {view.site_ids[node] for node in nodes}


def _object(view: View, element: Element, sites: Mapping[int, Site]) -> ManagedObject:
    kind, number = element
    if kind == "node":
        return of_site(sites[view.site_ids[number]])
    return of_link([sites[view.site_ids[end]] for end in view.net.links[number]])


def of_link(ends: Sequence[Site]) -> ManagedObject:
    """Return the link between two sites as what an alarm is about."""
    name = Name(
        *(" – ".join(sorted(names)) for names in zip(*((end.name_en, end.name_zh) for end in ends), strict=True))
    )
    return ManagedObject(LINK, "~".join(sorted(end.slug for end in ends)), name)


def _joint(objects: Sequence[ManagedObject], *, is_all: bool) -> ManagedObject:
    """Return one object for several: of which all failed, or any may have. A key too long is told by its digest."""
    sites = [managed_object.site for managed_object in objects if managed_object.site is not None]
    if len(objects) == 1:
        return objects[0]
    sign = ALL if is_all else ANY
    key = sign.join(sorted(managed_object.key for managed_object in objects))
    if len(key) > MOST_KEY:
        key = f"{len(objects)}{sign}{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    name = Name(*(sign.join(names) for names in zip(*(managed_object.name for managed_object in objects), strict=True)))
    return ManagedObject(GROUP, key, name, sites[0] if len(sites) == len(objects) else None)


def suspects_of(alarm: Alarm) -> list[str]:
    """Return what failed, or may have, by the names that the subject of a root cause has in the present language."""
    cause = root_cause_of(alarm)
    if cause is None:
        return []
    names = alarm.display_subject.split(ALL if cause.is_every_one else ANY)
    return names if len(names) == len(cause.causes) else list(cause.causes)  # too many for the name of a subject


def _attach(root: Alarm, members: Sequence[str], roots: list[Alarm], since: datetime, now: datetime) -> None:
    """Put what a root cause explains below it: alarms of its sites' agreements, and smaller root causes.

    An alarm of a customer stays by itself: the customer does not see the root cause, and would see nothing.
    """
    of_outage = Q(root__problem__in=outages(), root__started_at__gte=since)
    fresh = Q(root=None, started_at__gte=since) | Q(root__ended_at__isnull=False) | of_outage
    ours = Alarm.objects.active().filter(organisation=root.organisation_id, site__slug__in=members)
    explained = list(ours.filter(fresh, problem__in=symptoms()).exclude(pk=root.pk).whole())
    attached = [*explained]
    attached += [row for row in roots if row.pk != root.pk and row.root_id is None and _is_within(row, members)]
    if not attached:
        return
    for alarm in attached:
        alarm.root = root
    heads = [alarm for alarm in explained if alarm.child_count]
    for alarm in heads:
        alarm.child_count = 0  # what stood below the outage of one site comes along
    save(attached, ["root", "child_count"], now)
    Alarm.objects.filter(root__in=heads).update(root=root)  # what is over as well, or nobody could acknowledge it
    note(attached, EntryKind.CORRELATED, SYSTEM, now, Facts(root.subject, root_id=root.pk))
    root.child_count = Alarm.objects.filter(root=root).aggregate(count=Count("pk"))["count"]
    save([root], ["child_count"], now)
    tell([root, *attached], now)


def _is_within(root: Alarm, members: Sequence[str]) -> bool:
    return explained_by(root) < set(members)


def _well(view: View, seen: Seen) -> set[str]:
    well = [view.site_ids[node] for node, observed in seen.items() if not observed.is_affected]
    return set(Site.objects.filter(pk__in=well).values_list("slug", flat=True))


def _over(roots: list[Alarm], view: View, silent: Seen, slow: Seen) -> list[Alarm]:
    """Return the root causes that a site of theirs refutes by being well again."""
    well = [_well(view, seen) for seen in (silent, slow)] if roots else []
    return [root for root in roots if not well[root.problem == SLOW.code].isdisjoint(explained_by(root))]


def _is_rest(cause: RootCause, over: list[Alarm]) -> bool:
    """Whether a cause may be what is left, within one round, of a larger one that has just ended."""
    members = set(cause.members)
    return any(root.clears_at is None and members < explained_by(root) for root in over)


def _orphans(now: datetime) -> AlarmQuerySet:
    """Return consequences that outlived their root cause: for long, or silent ever since, and asked once more.

    A root cause that flaps is held open when it is over; what does not come back with the others is not held with it.
    """
    held_s = timedelta(seconds=FLAP_QUIET_S)
    over_at = Coalesce(F("root__ended_at"), ExpressionWrapper(F("root__clears_at") - held_s, DateTimeField()))
    never_came_back = Q(site__health__silent_since__lte=F("over_at"), site__health__measured_at__gt=F("over_at"))
    alarms = Alarm.objects.active().filter(root__isnull=False).annotate(over_at=over_at)
    return alarms.filter(Q(root__ended_at__lte=now - DETACH_AFTER) | never_came_back)


def _detach(now: datetime) -> None:
    """Let consequences that outlived their root cause stand on their own."""
    alarms = list(_orphans(now).whole())
    for alarm in alarms:
        alarm.root = None
    wait_anew(alarms, now)
    save(alarms, ["root", *ANEW], now)
    note(alarms, EntryKind.DETACHED, SYSTEM, now)
    tell(alarms, now)


def _still_holds(alarm: Alarm) -> bool:
    """Whether a site that a root cause explains is still slow or silent."""
    members = explained_by(alarm)
    if alarm.problem == SLOW.code:
        ours = Agreement.objects.filter(organisation=HOME_PK, metric=Metric.RTT_P99, state=State.BREACHED)
        return ours.filter(site__slug__in=members).exists()
    return SiteHealth.objects.filter(site__slug__in=members, silent_packets__gt=0).exists()


def links_found(_: datetime) -> Iterator[live.Found]:
    """Yield the links that root causes name: cut, slow, or one of several of which nobody can say which is cut."""
    named = Alarm.objects.active().filter(problem__in=CODES, clears_at=None, object_kind__in=(LINK, GROUP))
    rows = named.order_by("started_at").values_list("object_kind", "object_key", "problem", "started_at")
    for kind, key, problem, since in rows:
        is_sure = kind == LINK or ALL in key
        cut = Condition.DOWN if is_sure else Condition.UNKNOWN
        condition = Condition.DEGRADED if problem == SLOW.code else cut  # each of those that may be slow carries on
        for part in key.split(ALL if ALL in key else ANY):
            a, is_link, b = part.partition("~")
            if is_link:
                yield live.Found(frozenset((a, b)), condition, since)


live.register(links_found)
register_source(AlarmSource(PROBLEMS, holds=_still_holds))
